"""Operators on rows and columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal as Choice

from huntbook.query.kql.tree.base import Node

if TYPE_CHECKING:
    from huntbook.query.kql.tree.sources import Argument, Option, Pipe
    from huntbook.query.kql.tree.values import Expression, Name, Named, Pattern, Star


@dataclass(frozen=True)
class Key:
    """`by` of `sort` and `top`: KQL's default is descending, nulls last; ascending has nulls first."""

    value: Expression
    descending: bool = True
    nulls_first: bool = False


@dataclass(frozen=True)
class Where(Node):
    """`where` or `filter`. Kusto takes `where a = b`, which names the value `b` and compares nothing: then there is a name."""

    predicate: Expression
    name: Name | None = None


@dataclass(frozen=True)
class Extend(Node):
    """`extend`."""

    columns: tuple[Argument, ...]


@dataclass(frozen=True)
class Project(Node):
    """`project`."""

    columns: tuple[Argument, ...]


@dataclass(frozen=True)
class ProjectAway(Node):
    """`project-away`."""

    columns: tuple[Name | Pattern | Star, ...]


@dataclass(frozen=True)
class ProjectKeep(Node):
    """`project-keep`."""

    columns: tuple[Name | Pattern | Star, ...]


@dataclass(frozen=True)
class ProjectRename(Node):
    """`project-rename new = old, …`."""

    columns: tuple[Named, ...]


@dataclass(frozen=True)
class ProjectReorder(Node):
    """`project-reorder`, each with `asc`, `desc`, `granny-asc`, `granny-desc` or nothing."""

    columns: tuple[tuple[Name | Pattern | Star, str], ...]


@dataclass(frozen=True)
class ProjectByNames(Node):
    """`project-by-names`: names, patterns, and expressions that give names."""

    columns: tuple[Expression | Pattern | Star, ...]


@dataclass(frozen=True)
class Summarize(Node):
    """`summarize aggregates by keys`."""

    aggregates: tuple[Argument, ...]
    by: tuple[Argument, ...]
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Distinct(Node):
    """`distinct a, b` or `distinct *`."""

    columns: tuple[Argument | Pattern | Star, ...]


@dataclass(frozen=True)
class Count(Node):
    """`count`, perhaps `as Name`."""

    name: Name | None = None


@dataclass(frozen=True)
class Take(Node):
    """`take` or `limit`."""

    rows: Expression


@dataclass(frozen=True)
class Top(Node):
    """`top n by keys`."""

    rows: Expression
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Level:
    """One level of `top-nested`: `n of value with others = … by aggregate`; without `n`, all."""

    rows: Expression | None
    value: Argument
    others: Expression | None
    by: Argument
    descending: bool = True


@dataclass(frozen=True)
class TopNested(Node):
    """`top-nested … , top-nested …`."""

    levels: tuple[Level, ...]


@dataclass(frozen=True)
class TopHitters(Node):
    """`top-hitters n of value by weight`."""

    rows: Expression
    value: Argument
    by: Expression | None


@dataclass(frozen=True)
class Sort(Node):
    """`sort by` or `order by`."""

    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Join(Node):
    """`join` (kind "innerunique" where none is given) or `lookup` ("leftouter"); `on` holds names and `$left.a == $right.b`."""

    keyword: Choice["join", "lookup"]
    kind: str
    right: Pipe
    on: tuple[Expression, ...]
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Sample(Node):
    """`sample n`."""

    rows: Expression


@dataclass(frozen=True)
class SampleDistinct(Node):
    """`sample-distinct n of value`."""

    rows: Expression
    value: Expression


@dataclass(frozen=True)
class Serialize(Node):
    """`serialize`, perhaps with columns to add."""

    columns: tuple[Argument, ...]


@dataclass(frozen=True)
class GetSchema(Node):
    """`getschema`."""


@dataclass(frozen=True)
class As(Node):
    """`as name`."""

    name: Name


@dataclass(frozen=True)
class Consume(Node):
    """`consume`."""


@dataclass(frozen=True)
class Render(Node):
    """`render chart with (properties)`."""

    chart: str
    properties: tuple[tuple[str, Expression | tuple[Name, ...]], ...] = ()
