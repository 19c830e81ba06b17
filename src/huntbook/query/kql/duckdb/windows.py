"""How DuckDB computes over rows in an order: functions over the rows around, and sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.errors import KqlError
from huntbook.query.kql.bind.windows import arity
from huntbook.query.kql.duckdb.literals import TYPES
from huntbook.query.kql.duckdb.values import Values
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from huntbook.query.kql import plan
    from huntbook.query.kql.duckdb.emit import Writer
    from huntbook.query.kql.plan import Column, Op

_SO_FAR = "ROWS UNBOUNDED PRECEDING"


def windowed(writer: Writer, node: plan.Windowed, names: Mapping[Column, str]) -> str:
    """The body of a step that computes over the rows around."""
    of = writer.source(node.of)
    values = Values(writer, of.names)
    apart = [of.names[column] for column in node.per]
    selected = [_as(of.names[column], name) for column, name in names.items() if column in of.names]
    for column, op in zip(node.added, node.values, strict=True):
        if column in names:
            within = [*apart, *map(values.value, op.arguments[arity(op) :])]
            by = f"PARTITION BY {', '.join(within)} " if within else ""
            over = f"{by}ORDER BY {of.names[node.number]}"
            selected.append(f"{_SPELLED[op.name](values, op, over)} AS {names[column]}")
    return f"SELECT {', '.join(selected)} FROM {of.sql}{of.where}"


def _as(value: str, name: str) -> str:
    return name if value == name else f"{value} AS {name}"


def _neighbour(name: str) -> Callable[[Values, Op, str], str]:
    def written(values: Values, op: Op, over: str) -> str:
        of, far, default = op.arguments[:3]
        beside = values.timed(default, fine=of.fine) if of.type is Type.DATETIME else values.raw(default)
        return f"{name}({values.raw(of)}, {values.raw(far)}, {beside}) OVER ({over})"

    return written


def _total(values: Values, op: Op, over: str) -> str:
    value = values.value(op.arguments[0])
    zero = f"0::{TYPES[op.type]}"
    return f"CAST(coalesce(sum({value}) OVER ({over} {_SO_FAR}), {zero}) AS {TYPES[op.type]})"


def _changed(values: Values, op: Op, over: str) -> str:
    value = values.value(op.arguments[0])
    return f"(row_number() OVER ({over}) = 1 OR {value} IS DISTINCT FROM lag({value}) OVER ({over}))"


def _true(values: Values, op: Op, over: str) -> str:
    return f"count(CASE WHEN {values.truth(op.arguments[0])} THEN 1 END) OVER ({over} {_SO_FAR})"


_SPELLED: Mapping[str, Callable[[Values, Op, str], str]] = {
    "window number": lambda _, __, over: f"row_number() OVER ({over})",
    "window before": _neighbour("lag"),
    "window after": _neighbour("lead"),
    "window total": _total,
    "window true": _true,
    "window latest": lambda values, op, over: (
        f"last_value({values.raw(op.arguments[0])} IGNORE NULLS) OVER ({over} {_SO_FAR})"
    ),
    "window greatest": lambda values, op, over: f"max({values.raw(op.arguments[0])}) OVER ({over} {_SO_FAR})",
    "window changed": _changed,
}


def reached(writer: Writer, node: plan.Reached, names: Mapping[Column, str]) -> str:
    """The body of a step that marks where sessions begin.

    Each row knows the first after it that is far enough away; from the first of each part, one leads to the next.
    """
    of = writer.source(node.of)
    values = Values(writer, of.names)
    number, step = of.names[node.number], values.value(node.step)
    apart = ", ".join(map(values.value, node.per))
    ahead = f"ORDER BY {values.raw(node.value)} RANGE BETWEEN {step} FOLLOWING AND UNBOUNDED FOLLOWING"
    base = (
        f"SELECT *, row_number() OVER (PARTITION BY {apart} ORDER BY {number}) = 1 AS _begins, "
        f"min({number}) OVER (PARTITION BY {apart} {ahead}) AS _following FROM {of.sql}{of.where}"
    )
    walk = (
        f"SELECT {number} AS n, _following FROM base WHERE _begins UNION ALL "
        f"SELECT base.{number}, base._following FROM walk JOIN base ON base.{number} = walk._following AND base.{number} > walk.n"
    )
    parts = [_as(of.names[column], name) for column, name in names.items() if column in of.names]
    if node.reached in names:
        parts.append(f"{number} IN (SELECT n FROM walk) AS {names[node.reached]}")
    return (  # rows that tie in a sort must have got their numbers once
        f"WITH RECURSIVE base AS MATERIALIZED ({base}),\n  walk AS ({walk})\n  SELECT {', '.join(parts)} FROM base"
    )


def misplaced(_: Values, __: Op) -> str:
    """A window's operation that no step was made for."""
    raise KqlError(
        "Functions that look at the rows around cannot stand here.",
        hint="Compute them with extend, in a step before.",
    )


MISPLACED: Mapping[str, Callable[[Values, Op], str]] = dict.fromkeys((*_SPELLED, "window reached"), misplaced)
