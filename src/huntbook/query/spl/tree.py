"""The tree of an SPL query: a pipeline of commands, search terms, and the expressions of `eval` and `where`.

The commands that a small engine needs have a class of their own; every other is `Other`, with its arguments as they are written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """Where a node stands in the text."""

    start: int
    end: int


@dataclass(frozen=True)
class Node:
    """Anything in the tree."""

    span: Span


# What a search looks for


@dataclass(frozen=True)
class Word(Node):
    """A text, unescaped. A `*` in it stands for any text, in quotes or not; `match` is TERM or CASE where it was written so."""

    text: str
    quoted: bool = False
    match: str = ""


@dataclass(frozen=True)
class Comparison(Node):
    """`host=web*`; the operator is one of `= != < <= > >=`."""

    field: str
    operator: str
    value: Word | Subsearch | Macro


@dataclass(frozen=True)
class Among(Node):
    """`EventCode IN (4624, 4625)`."""

    field: str
    values: tuple[Word, ...]


@dataclass(frozen=True)
class Both(Node):
    """Terms that must all hold: written with AND, or with a space."""

    parts: tuple[Term, ...]


@dataclass(frozen=True)
class Either(Node):
    """Terms of which one must hold. In a search, OR binds more tightly than AND."""

    parts: tuple[Term, ...]


@dataclass(frozen=True)
class Negated(Node):
    """`NOT term`."""

    part: Term


@dataclass(frozen=True)
class Subsearch(Node):
    """A pipeline in brackets, whose answer becomes part of the query."""

    pipeline: Pipeline


@dataclass(frozen=True)
class Macro(Node):
    """A search macro, with what is between its backquotes."""

    text: str


Term = Word | Comparison | Among | Both | Either | Negated | Subsearch | Macro


# Expressions


@dataclass(frozen=True)
class Constant(Node):
    """A string, a number, true, false or null."""

    value: str | int | float | bool | None


@dataclass(frozen=True)
class Field(Node):
    """The value of a field."""

    name: str


@dataclass(frozen=True)
class Call(Node):
    """A function of arguments. `x IN (1, 2)` is `in(x, 1, 2)`, and `x LIKE "a%"` is `like(x, "a%")`."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Unary(Node):
    """`-x`, `+x` or `NOT x`."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary(Node):
    """Two operands; operators are `= != < <= > >= + - * / % . AND OR XOR`, where `==` is `=` and `<>` is `!=`."""

    operator: str
    left: Expression
    right: Expression


Expression = Constant | Field | Call | Unary | Binary | Subsearch | Macro


# Commands


@dataclass(frozen=True)
class Option(Node):
    """`name=value` among the arguments of a command."""

    name: str
    value: str


@dataclass(frozen=True)
class Command(Node):
    """One stage of a pipeline."""

    name: str


@dataclass(frozen=True)
class Search(Command):
    """`search`, or the words that a query begins with."""

    terms: Term | None


@dataclass(frozen=True)
class Where(Command):
    """`where`: keep the rows for which the condition is true."""

    condition: Expression


@dataclass(frozen=True)
class Eval(Command):
    """`eval` and `fieldformat`: fields and what they become, in this order."""

    assignments: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True)
class Aggregate(Node):
    """`sum(bytes) AS total`: `argument` is a field's name (with wildcards), the expression of `eval(…)`, or None."""

    function: str
    argument: str | Expression | None
    alias: str


@dataclass(frozen=True)
class Stats(Command):
    """`stats`, `eventstats`, `streamstats`, `chart`, `timechart`, `tstats` and `mstats`.

    `source` and `where` are tstats's; `over` is chart's.
    """

    aggregates: tuple[Aggregate, ...]
    by: tuple[str, ...]
    options: tuple[Option, ...] = ()
    over: str = ""
    source: str = ""
    where: Term | None = None


@dataclass(frozen=True)
class Fields(Command):
    """`table`, and `fields` with `keep` False if it begins with a minus. Names may hold wildcards."""

    names: tuple[str, ...]
    keep: bool = True


@dataclass(frozen=True)
class Head(Command):
    """`head`: so many rows, or as long as a condition is true."""

    count: int
    condition: Expression | None = None
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Key(Node):
    """What to sort by; `how` is one of `auto num str ip`, or empty."""

    field: str
    descending: bool = False
    how: str = ""


@dataclass(frozen=True)
class Sort(Command):
    """`sort`: at most `count` rows come back, all of them if it is 0."""

    keys: tuple[Key, ...]
    count: int


@dataclass(frozen=True)
class Dedup(Command):
    """`dedup`: the first `count` rows of each combination."""

    names: tuple[str, ...]
    count: int
    options: tuple[Option, ...]
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Rename(Command):
    """`rename`: names and what they become, with wildcards on both sides or on none."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Top(Command):
    """`top` and `rare`: the most and the least common values."""

    names: tuple[str, ...]
    by: tuple[str, ...]
    options: tuple[Option, ...]


Argument = Word | Option | Subsearch | Macro


@dataclass(frozen=True)
class Other(Command):
    """Any other command. A macro that stands for a command is one without a name."""

    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class Pipeline(Node):
    """Commands, each of which works on what the one before it gives."""

    commands: tuple[Command, ...]
