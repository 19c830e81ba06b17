"""How DuckDB runs a `scan`: row after row of each part, with what the steps remember as columns.

The state of a step holds what matched it and each step before it. Steps are looked at from the last to the first, each in two layers
of SQL: whether the row matches, then what becomes of the state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.duckdb.literals import TYPES
from huntbook.query.kql.duckdb.values import Values
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from huntbook.query.kql import plan
    from huntbook.query.kql.duckdb.emit import Writer
    from huntbook.query.kql.plan import Column, Expr


class _Machine:
    """The columns of the recursion, and how one step changes them."""

    def __init__(self, writer: Writer, node: plan.Scanned, names: Mapping[Column, str]) -> None:
        self.writer = writer
        self.node = node
        self.names = names  # of the input's columns
        self.count = len(node.steps)
        self.default = dict(zip(node.declared, node.defaults, strict=True))

    # The state: `a` is whether a step is active, `m` its match, `r` how often it began, `v` what it remembers, `d` what it gives, `o`
    # whether it does

    def kept(self, step: int, upto: int) -> dict[str, tuple[Column, Column]]:
        """The columns that a step's state has of the steps up to one."""
        return {f"v{step}_{of}_{at}": pair for of in range(upto + 1) for at, pair in enumerate(self.node.states[of])}

    def blank(self, column: Column) -> str:
        """What a state that is empty has for a column."""
        value = self.default.get(column)
        return f"CAST({self.cell(value, column, {}) if value is not None else 'NULL'} AS {_stored(column)})"

    def cell(self, value: Expr, column: Column, names: Mapping[Column, str]) -> str:
        """A value as a column holds it."""
        values = Values(self.writer, names)
        return values.timed(value, fine=column.fine) if column.type is Type.DATETIME else values.raw(value)

    def seen(self, step: int, state: int) -> dict[Column, str]:
        """What a step's expressions mean by their columns, while they look at a state."""
        seen = dict(self.names)
        for of in range(step + 1):
            for at, (there, column) in enumerate(self.node.states[of]):
                seen[there] = f"v{state}_{of}_{at}" if of <= state else self.blank(column)
        return seen

    def begin(self) -> list[str]:
        """The state before the first row."""
        found = ["0::BIGINT AS matches"]
        for step in range(self.count):
            found += [f"false AS a{step}", f"NULL::BIGINT AS m{step}", f"0::BIGINT AS r{step}", f"false AS o{step}"]
            found += [f"{self.blank(column)} AS {name}" for name, (_, column) in self.kept(step, step).items()]
            found += [f"{self.blank(column)} AS d{step}_{at}" for at, column in enumerate(self.node.declared)]
        return found

    def columns(self) -> list[str]:
        """The names of all that the recursion carries."""
        return [each.rpartition(" AS ")[2] for each in self.begin()]

    def step(self, step: int, of: str) -> str:
        """One step of one row."""
        assigned = self.node.steps[step]
        before, own = self.seen(step, step - 1), self.seen(step, step)
        promoted = f"a{step - 1} AND coalesce({self.truth(assigned.condition, before)}, false)" if step else "false"
        repeated = f"{f'a{step} AND ' if step else ''}coalesce({self.truth(assigned.condition, own)}, false)"
        matched = f"SELECT *, {promoted} AS _first, {repeated} AS _again FROM ({of})"
        new = [f"(_first OR _again) AS o{step}", f"(a{step} OR _first OR _again) AS a{step}"]
        new += self.match(step)
        given = {}
        for at, (column, value) in enumerate(zip(self.node.declared, assigned.values, strict=True)):
            first = self.cell(value, column, before) if step else "NULL"
            given[column] = (
                f"CAST(CASE WHEN _first THEN {first} WHEN _again THEN {self.cell(value, column, own)} END AS {_stored(column)})"
            )
            new.append(f"{given[column]} AS d{step}_{at}")
        new += self.remembered(step, given)
        return f"SELECT * REPLACE ({', '.join(new)}) FROM ({matched})"

    def truth(self, condition: Expr, names: Mapping[Column, str]) -> str:
        """A condition."""
        return Values(self.writer, names).truth(condition)

    def match(self, step: int) -> list[str]:
        """The number of the match: the first step gives a new one where it was not active."""
        if step:
            return [
                f"CASE WHEN _first THEN m{step - 1} ELSE m{step} END AS m{step}",
                f"(a{step - 1} AND NOT _first) AS a{step - 1}",
                f"r{step} + _first::BIGINT AS r{step}",
            ]
        return [
            "CASE WHEN _again AND NOT a0 THEN matches ELSE m0 END AS m0",
            "matches + CASE WHEN _again AND NOT a0 THEN 1 ELSE 0 END AS matches",
            "r0 + CASE WHEN _again AND NOT a0 THEN 1 ELSE 0 END AS r0",
        ]

    def remembered(self, step: int, given: Mapping[Column, str]) -> list[str]:
        """What the states become: what a step had before is moved into this one, which then takes the row in."""
        new = []
        for name, (_, column) in self.kept(step, step).items():
            before = f"v{step - 1}_{name.split('_', 1)[1]}"
            if name.startswith(f"v{step}_{step}_"):
                value = given.get(column) or self.names[column]
                new.append(f"CASE WHEN _first OR _again THEN {value} ELSE {name} END AS {name}")
            else:
                new.append(f"CASE WHEN _first THEN {before} ELSE {name} END AS {name}")
        if step:
            for name, (_, column) in self.kept(step - 1, step - 1).items():
                new.append(f"CASE WHEN _first THEN {self.blank(column)} ELSE {name} END AS {name}")
        return new


def _stored(column: Column) -> str:
    return "BIGINT" if column.fine and column.type is Type.DATETIME else TYPES[column.type]


def scanned(writer: Writer, node: plan.Scanned, names: Mapping[Column, str]) -> str:
    """The body of a step that runs a `scan`."""
    of = writer.source(node.of)
    inside = {column: f"c{at}" for at, column in enumerate(of.names)}
    machine = _Machine(writer, node, inside)
    apart = ", ".join(f"coalesce(to_json({of.names[column]}), 'null')" for column in node.per)
    part = f"dense_rank() OVER (ORDER BY {apart})" if apart else "1"
    within = "PARTITION BY part " if apart else ""
    taken = ", ".join(f"{of.names[column]} AS {name}" for column, name in inside.items())
    rows = f"SELECT *, row_number() OVER ({within}ORDER BY {inside[node.number]}) AS place FROM (SELECT {taken}, {part} AS part FROM {of.sql}{of.where})"
    carried = machine.columns()
    first = f"SELECT part, 0::BIGINT AS place, {', '.join(machine.begin())} FROM base WHERE place = 1"
    one = "SELECT run.* EXCLUDE (place), base.* EXCLUDE (part) FROM run JOIN base ON base.part = run.part AND base.place = run.place + 1"
    for step in reversed(range(machine.count)):
        one = f"SELECT * EXCLUDE (_first, _again) FROM ({machine.step(step, one)})"
    after = f"SELECT part, place, {', '.join(carried)} FROM ({one})"
    shown = [column for column in names if column in of.names]
    kept = [f"base.{inside[column]} AS {names[column]}" for column in shown]
    outputs = []
    for at, assigned in enumerate(node.steps):
        if assigned.output != "none":
            given = [f"run.d{at}_{place} AS {names[column]}" for place, column in enumerate(node.declared)]
            last = f" QUALIFY row_number() OVER (PARTITION BY run.part, run.r{at} ORDER BY run.place DESC) = 1"
            given += [f"run.m{at} AS {names[node.match_id]}"] if node.match_id else []
            outputs.append(
                f"SELECT {', '.join([*kept, *given])}, base.{inside[node.number]} AS _at, {-at} AS _step "
                "FROM run JOIN base ON base.part = run.part AND base.place = run.place "
                f"WHERE run.o{at}{last if assigned.output == 'last' else ''}"
            )
    if not outputs:
        empty = [f"CAST(NULL AS {_stored(column)}) AS {name}" for column, name in names.items()]
        return f"SELECT {', '.join(empty)} WHERE false"
    out = "\n  UNION ALL ".join(outputs)
    return (
        f"WITH RECURSIVE base AS MATERIALIZED ({rows}),\n  run AS ({first}\n  UNION ALL {after})\n  "
        f"SELECT {', '.join(names.values())} FROM ({out}) ORDER BY _at, _step"
    )
