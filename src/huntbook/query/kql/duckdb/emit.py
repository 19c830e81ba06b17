"""Relations in DuckDB's SQL: one named step for each, in the order of the query, so that it can be read like the query."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from huntbook.core import sql
from huntbook.errors import KqlError
from huntbook.query.kql import plan
from huntbook.query.kql.duckdb import graphs, scans, windows
from huntbook.query.kql.duckdb.literals import TYPES
from huntbook.query.kql.duckdb.macros import MACROS
from huntbook.query.kql.duckdb.needs import PRUNED, Needs, uses
from huntbook.query.kql.duckdb.values import Values, is_same
from huntbook.query.kql.functions import _registry
from huntbook.query.kql.functions.aggregates import IN_ORDER
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping, Sequence

    from huntbook.core.chart import Chart
    from huntbook.query.kql.plan import Column, Expr, Plan, Relation

WIDEST = 200_000  # cells of a union: tables times columns
_TEXT = re.compile(r"'(?:[^']|'')*'")
_MACRO = re.compile(r"\bkql_\w+(?=\()")


@dataclass(frozen=True)
class Written:
    """A query for DuckDB, the macros and routines that it uses, the types of what comes out, and what to know of it."""

    sql: str
    macros: Mapping[str, str]
    routines: Mapping[str, Callable[..., object]]
    columns: tuple[Column, ...]
    cautions: tuple[str, ...] = ()
    chart: Chart | None = None


@dataclass(frozen=True)
class _Source:
    """What stands after FROM, and how it calls the columns."""

    sql: str
    names: Mapping[Column, str]
    where: str = ""


@dataclass
class Writer:
    """Writes the steps of one plan."""

    uses: Counter[int]
    needs: Needs
    steps: list[str] = field(default_factory=list)
    macros: dict[str, str] = field(default_factory=dict)
    routines: dict[str, Callable[..., object]] = field(default_factory=dict)
    cautions: dict[str, None] = field(
        default_factory=dict
    )  # of the query, and of functions that were called; each once
    known: dict[int, _Source] = field(default_factory=dict)

    # Names and macros

    def with_macros(self, written: str) -> str:
        """Note the macros and routines that a piece of SQL uses."""
        for name in _MACRO.findall(written):
            if (routine := _registry.routines().get(name)) is not None:
                self.routines[name] = routine
            elif name not in self.macros:
                body = MACROS.get(name) or _registry.macros().get(name)
                if body is not None:
                    self.with_macros(body)  # those that it uses must be there before it
                    self.macros[name] = body
        return written

    def macro(self, name: str, argument: str) -> str:
        """Call a macro."""
        return self.with_macros(f"{name}({argument})")

    # Relations

    def source(self, relation: Relation) -> _Source:
        """Write a relation's steps, once, and say what it is called."""
        found = self.known.get(id(relation))
        if found is None:
            found = self.known[id(relation)] = self._written(relation)
        return found

    def _written(self, relation: Relation) -> _Source:
        if isinstance(relation, plan.Scan):
            return _Source(
                sql.name(relation.table), {column: sql.name(column.name) for column in self.needs.of(relation)}
            )
        if isinstance(relation, plan.Serialized):
            return self.source(relation.of)
        if isinstance(relation, plan.Kept):
            columns = self.needs.of(relation)
            return self._step(columns, self._select_all(self.source(relation.of), columns), kept=True)
        if isinstance(relation, plan.Filter) and self.uses[id(relation)] <= 1:
            of = self.source(relation.of)
            more = Values(self, of.names).truth(relation.predicate)
            return _Source(of.sql, of.names, f"{of.where}\n  AND {more}" if of.where else f" WHERE {more}")
        columns = self.needs.of(relation) if type(relation) in PRUNED else relation.columns
        if isinstance(relation, plan.Group):  # keys are told by their places
            columns = relation.columns[: len(relation.keys)] + tuple(
                column for column in relation.columns[len(relation.keys) :] if column in columns
            )
        names = _unique(columns)
        return self._step(columns, _BODIES[type(relation)](self, relation, names), names=names)

    def _step(
        self, columns: Sequence[Column], body: str, *, names: Mapping[Column, str] | None = None, kept: bool = False
    ) -> _Source:
        name = f"s{len(self.steps) + 1}"
        self.steps.append(f"{name} AS {'' if kept else 'NOT '}MATERIALIZED (\n  {body}\n)")
        return _Source(name, names or _unique(columns))

    def _select_all(self, of: _Source, columns: Sequence[Column]) -> str:
        parts = [_as(of.names[column], name) for column, name in _unique(columns).items()]
        return f"SELECT {', '.join(parts) or '1 AS _'} FROM {of.sql}{of.where}"

    def only(self, relation: Relation) -> str:
        """The first value of a relation, as a value."""
        of = self.source(relation)
        return f"(SELECT {of.names[relation.columns[0]]} FROM {of.sql}{of.where} LIMIT 1)"

    def column_of(self, relation: Relation, *, folded: bool) -> str:
        """A query for a relation's first column."""
        of = self.source(relation)
        name = of.names[relation.columns[0]]
        value = f"coalesce({name}, '')" if relation.columns[0].type is Type.STRING else name
        return f"SELECT {f'lower({value})' if folded else value} FROM {of.sql}{of.where}"


def _unique(columns: Sequence[Column]) -> dict[Column, str]:
    """Names that DuckDB can tell apart: it does not see case."""
    taken: set[str] = set()
    found: dict[Column, str] = {}
    for column in columns:
        name, number = column.name or "_", 1
        while name.lower() in taken:
            number += 1
            name = f"{column.name}_{number}"
        taken.add(name.lower())
        found[column] = sql.name(name)
    return found


def _as(value: str, name: str) -> str:
    return name if value == name else f"{value} AS {name}"


def _select(writer: Writer, node: plan.Select, names: Mapping[Column, str]) -> str:
    of = writer.source(node.of)
    values = Values(writer, of.names)
    pairs = zip(node.columns, node.values, strict=True)
    parts = [_as(values.column(value), names[column]) for column, value in pairs if column in names]
    return f"SELECT {', '.join(parts) or '1 AS _'} FROM {of.sql}{of.where}"


def _passed(writer: Writer, relation: Relation, names: Mapping[Column, str]) -> tuple[str, Values]:
    """`SELECT … FROM …` of all columns, under the new names."""
    of = writer.source(relation)
    parts = [_as(of.names[column], name) for column, name in names.items()]
    return f"SELECT {', '.join(parts) or '1 AS _'} FROM {of.sql}{of.where}", Values(writer, of.names)


def _filter(writer: Writer, node: plan.Filter, names: Mapping[Column, str]) -> str:
    of = writer.source(node.of)
    more = Values(writer, of.names).truth(node.predicate)
    where = f"{of.where}\n  AND {more}" if of.where else f" WHERE {more}"
    return f"SELECT {', '.join(_as(of.names[column], name) for column, name in names.items()) or '1 AS _'} FROM {of.sql}{where}"


def _sorted(writer: Writer, node: plan.Sorted, names: Mapping[Column, str]) -> str:
    head, values = _passed(writer, node.of, names)
    keys = [
        f"{written} {'DESC' if key.descending else 'ASC'} NULLS {'FIRST' if key.nulls_first else 'LAST'}"
        for key in node.keys
        if not is_same(key.value)  # DuckDB takes a number for a column's place
        and not _TEXT.fullmatch(written := values.value(key.value))  # and refuses a text
    ]
    order = f" ORDER BY {', '.join(keys)}" if keys else ""
    if node.limit is not None and node.per:
        return f"{head} QUALIFY row_number() OVER (PARTITION BY {_refs(values, node.per)}{order}) <= {values.value(node.limit)}{order}"
    limit = f" LIMIT {values.value(node.limit)}" if node.limit is not None else ""
    return f"{head}{order}{limit}"


def _refs(values: Values, columns: Sequence[Column]) -> str:
    return ", ".join(values.names[column] for column in columns)


def _limit(writer: Writer, node: plan.Limit, names: Mapping[Column, str]) -> str:
    head, values = _passed(writer, node.of, names)
    order = " ORDER BY random()" if node.random else ""
    if node.per:
        return f"{head} QUALIFY row_number() OVER (PARTITION BY {_refs(values, node.per)}{order}) <= {values.value(node.rows)}"
    return f"{head}{order} LIMIT {values.value(node.rows)}"


def _group(writer: Writer, node: plan.Group, names: Mapping[Column, str]) -> str:
    of = writer.source(node.of)
    values = Values(writer, of.names)
    pairs = zip(node.columns[len(node.keys) :], node.aggregates, strict=True)
    written = [*map(values.value, node.keys), *(values.raw(value) for column, value in pairs if column in names)]
    rows, order = f"{of.sql}{of.where}", ""
    if any(IN_ORDER in value for value in written) and plan.serialized(node.of):
        rows, order = f"(SELECT *, row_number() OVER () AS _place FROM {rows})", " ORDER BY _place"
    parts = [f"{value.replace(IN_ORDER, order)} AS {name}" for value, name in zip(written, names.values(), strict=True)]
    by = f" GROUP BY {', '.join(str(number + 1) for number in range(len(node.keys)))}" if node.keys else ""
    return f"SELECT {', '.join(parts) or '1 AS _'} FROM {rows}{by}"


def _first_of(writer: Writer, node: plan.FirstOf, names: Mapping[Column, str]) -> str:
    of = writer.source(node.of)
    values = Values(writer, of.names)
    keys = ", ".join(map(values.value, node.keys))
    return f"SELECT DISTINCT ON ({keys}) {', '.join(_as(of.names[column], name) for column, name in names.items())} FROM {of.sql}{of.where}"


def _numbered(writer: Writer, node: plan.Numbered, names: Mapping[Column, str]) -> str:
    of = writer.source(node.of)
    parts = [_as(of.names[column], names[column]) for column in node.of.columns if column in names]
    return f"SELECT {', '.join([*parts, *([f'row_number() OVER () - 1 AS {names[node.number]}'] if node.number in names else [])])} FROM {of.sql}{of.where}"


def _rows(writer: Writer, node: plan.Rows, names: Mapping[Column, str]) -> str:
    if not node.columns:
        return "SELECT 1 AS _"
    values = Values(writer, {})
    kinds = [f"CAST(NULL AS {_stored(column)}) AS {name}" for column, name in names.items()]
    if not node.rows:
        return f"SELECT {', '.join(kinds)} WHERE false"
    rows = [
        "(" + ", ".join(_cell(values, value, column) for value, column in zip(row, node.columns, strict=True)) + ")"
        for row in node.rows
    ]
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS _({', '.join(names.values())})"


def _stored(column: Column) -> str:
    return "BIGINT" if column.fine and column.type is Type.DATETIME else TYPES[column.type]


def _cell(values: Values, value: Expr, column: Column) -> str:
    if column.type is Type.DATETIME:
        return values.column(value) if value.fine == column.fine else values.timed(value, fine=column.fine)
    return values.value(value)


def _sequence(writer: Writer, node: plan.Sequence, names: Mapping[Column, str]) -> str:
    [(column, name)] = names.items()
    values = Values(writer, {})
    start, stop, step = (_cell(values, each, column) for each in (node.start, node.stop, node.step))
    if column.type in (Type.REAL, Type.DECIMAL):
        count = f"CAST(floor(({stop} - {start}) / {step}) AS BIGINT) + 1"
        return f"SELECT {start} + {step} * i AS {name} FROM range(greatest({count}, 0)) AS _(i)"
    if column.type is Type.DATETIME and not column.fine:
        count = f"(epoch_us({stop}) - epoch_us({start})) * 10 // nullif({values.value(node.step)}, 0) + 1"
        return f"SELECT {start} + to_microseconds(i * {values.value(node.step)} // 10) AS {name} FROM range(greatest({count}, 0)) AS _(i)"
    return f"SELECT generate_series AS {name} FROM generate_series({start}, {stop}, {step})"


def _joined(writer: Writer, node: plan.Joined, names: Mapping[Column, str]) -> str:
    left, right = writer.source(node.left), writer.source(node.right)
    before = Values(writer, {column: f"l.{name}" for column, name in left.names.items()})
    after = Values(writer, {column: f"r.{name}" for column, name in right.names.items()})
    equal = "IS NOT DISTINCT FROM" if node.nulls_match else "="
    on = " AND ".join(f"{_key(before, one, other)} {equal} {_key(after, other, one)}" for one, other in node.pairs)
    parts = [
        _as((before if side == "left" else after).names[original], names[column])
        for column, (side, original) in zip(node.columns, node.values, strict=True)
        if column in names
    ]
    head = f"SELECT {', '.join(parts) or '1 AS _'} FROM {_from(left)} AS l"
    return f"{head} {node.kind.upper()} JOIN {_from(right)} AS r ON {on or 'true'}"


def _key(values: Values, key: Expr, other: Expr) -> str:
    return values.timed(key, fine=key.fine or other.fine) if key.type is Type.DATETIME else values.value(key)


def _from(of: _Source) -> str:
    return f"(SELECT * FROM {of.sql}{of.where})" if of.where else of.sql


def _nothing(column: Column) -> Expr:
    return plan.Const(column.type, "" if column.type is Type.STRING else None)


def _united(writer: Writer, node: plan.United, names: Mapping[Column, str]) -> str:
    if len(names) * len(node.branches) > WIDEST:
        message = f"A union of {len(node.branches):,} tables with {len(names):,} columns is too wide."
        raise KqlError(message, hint="Name the tables, or project the columns that you want.")
    queries = []
    for relation, exprs in node.branches:
        of = writer.source(relation)
        values = Values(writer, of.names)
        given = node.given(exprs)
        parts = [_as(values.raw(given.get(column) or _nothing(column)), name) for column, name in names.items()]
        queries.append(f"SELECT {', '.join(parts) or '1 AS _'} FROM {of.sql}{of.where}")
    return "\n  UNION ALL ".join(queries)


def _unnested(writer: Writer, node: plan.Unnested, names: Mapping[Column, str]) -> str:
    of = writer.source(node.of)
    values = Values(writer, of.names)
    lists = [
        writer.macro("kql_pairs" if node.as_pairs else "kql_elements", values.value(array)) for array in node.arrays
    ]
    kept = [_as(of.names[column], names[column]) for column in node.kept if column in names]
    limit = f"[:{values.value(node.limit)}]" if node.limit is not None else ""
    expanded = [column for column in node.columns if column not in node.kept and column is not node.index]
    inner = [*kept, *(f"{one}{limit} AS _{number}" for number, one in enumerate(lists))]
    longest = f"greatest({', '.join(f'coalesce(len(_{number}), 0)' for number in range(len(lists)))})"
    outer = [names[column] for column in node.kept if column in names]
    outer += [f"_{number}[_at + 1] AS {names[column]}" for number, column in enumerate(expanded) if column in names]
    outer += [f"_at AS {names[node.index]}"] if node.index is not None and node.index in names else []
    at = f"unnest(range({longest})) AS _at"
    return f"SELECT {', '.join(outer) or '1 AS _'} FROM (SELECT *, {at} FROM (SELECT {', '.join(inner)} FROM {of.sql}{of.where}))"


_BODIES: Mapping[type, Callable[[Writer, Any, Mapping[Column, str]], str]] = {
    plan.Select: _select,
    plan.Filter: _filter,
    plan.Sorted: _sorted,
    plan.Limit: _limit,
    plan.Group: _group,
    plan.FirstOf: _first_of,
    plan.Numbered: _numbered,
    plan.Rows: _rows,
    plan.Sequence: _sequence,
    plan.Joined: _joined,
    plan.United: _united,
    plan.Unnested: _unnested,
    plan.Windowed: windows.windowed,
    plan.Reached: windows.reached,
    plan.Scanned: scans.scanned,
    plan.Components: graphs.components,
    plan.Graph: graphs.graph,
}


def write(query: Plan) -> Written:
    """Write a plan as one query of DuckDB."""
    writer = Writer(uses(query.relation), Needs(query.relation), cautions=dict.fromkeys(query.cautions))
    of = writer.source(query.relation)
    parts = [_as(of.names[column], sql.name(column.name)) for column in query.relation.columns]
    last = f"SELECT {', '.join(parts) or '1 AS _'} FROM {of.sql}{of.where}"
    head = "WITH " + ",\n".join(writer.steps) + "\n" if writer.steps else ""
    return Written(
        head + last, writer.macros, writer.routines, query.relation.columns, tuple(writer.cautions), query.chart
    )
