"""Sources: tables of the connection, names of the query, and rows that stand in it."""

from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import translate
from typing import TYPE_CHECKING, Any

from huntbook.query.kql import tree
from huntbook.query.kql.bind import calls
from huntbook.query.kql.bind.convert import converted, widest
from huntbook.query.kql.bind.expressions import value_of
from huntbook.query.kql.bind.naming import Names
from huntbook.query.kql.bind.scope import Closure, Scope
from huntbook.query.kql.bind.several import parts_of
from huntbook.query.kql.plan import Column, Const, Filter, Kept, Op, Ref, Rows, Scan, Select, Sequence, United
from huntbook.query.kql.types import EPOCH, NUMBERS, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Sequence as Several

    from huntbook.query.kql.plan import Expr, Relation


TIMES = ("TimeGenerated", "Timestamp")  # the columns that a span of time is about: Sentinel's, and Defender's
MOST_ROWS = 10**12  # of a range


def source(node: Any, scope: Scope) -> Relation:
    """Bind what stands at the beginning of a pipe."""
    bound = SOURCES.get(type(node))
    if bound is None:
        raise scope.error("This cannot begin a query on local evidence.", node)
    return bound(node, scope)


def _named(node: tree.Name, scope: Scope) -> Relation:
    """A table of the connection, or of the query. One that Microsoft documents and that is not there counts as empty, which the answer says."""
    meaning = scope.meanings.get(node.name)
    if isinstance(meaning, Closure):
        meaning = calls.called(meaning, (), node, scope)
    if meaning is not None:
        if not hasattr(meaning, "columns"):
            raise scope.error(f"{node.name!r} is a value, not a table.", node)
        return meaning  # type: ignore[return-value]
    if not scope.is_table(node.name):
        raise scope.unknown("table", node, [*scope.tables, *scope.meanings])
    return scan(node.name, scope)


def scan(name: str, scope: Scope) -> Relation:
    """A table of the connection; one that is spoken of twice is one. One that is only known counts as empty."""
    found = scope.scanned.get(name)
    if found is None:
        found = scope.scanned[name] = _scanned(name, scope) if name in scope.tables else _absent(name, scope)
    return found


def _scanned(name: str, scope: Scope) -> Relation:
    there = within(Scan(name, tuple(_column(column, kind) for column, kind in scope.tables[name].items())), scope)
    known = scope.catalogue.known().get(name, {})
    missing = {
        column: kind for column, kind in known.items() if column in scope.words and column not in scope.tables[name]
    }
    if not missing:
        return there
    scope.cautions[
        f"{name} has no {' and no '.join(missing)} here, which count{'s' * (len(missing) == 1)} as empty"
    ] = None
    nothing = [Const(kind, "" if kind is Type.STRING else None) for kind in missing.values()]
    columns = (*there.columns, *(_column(column, kind) for column, kind in missing.items()))
    return Select(there, columns, (*map(Ref, there.columns), *nothing))


def within(table: Scan, scope: Scope) -> Relation:
    """The rows of a table in the time that is asked of; a table that has no time of its own is asked whole."""
    if scope.catalogue.span is None:
        return table
    times = (
        column for name in TIMES for column in table.columns if column.name == name and column.type is Type.DATETIME
    )
    time = next(times, None)
    if time is None:
        return table
    start, end = (Const(Type.DATETIME, EPOCH + micros * 10) for micros in scope.catalogue.span)
    inside = Op("and", (_compared(">=", time, start), _compared("<", time, end)), Type.BOOL)
    return Filter(table, inside)


def _compared(operator: str, time: Column, moment: Const) -> Expr:
    return Op(operator, (Ref(time), moment), Type.BOOL)


def _absent(name: str, scope: Scope) -> Relation:
    scope.cautions[f"there is no {name} here, which counts as empty"] = None
    return Rows(tuple(_column(column, kind) for column, kind in scope.catalogue.known()[name].items()), ())


def _column(name: str, kind: Type) -> Column:
    return Column(name, kind, sparse=kind is Type.STRING, fine=kind is Type.TIMESPAN)


def _called(node: tree.Call, scope: Scope) -> Relation:
    """A function of the query, an ASIM view with its parameters, `materialize(…)`, `table('name')`, `_GetWatchlist('name')` (a table so named)."""
    name = node.name.name
    meaning = scope.meanings.get(name)
    if isinstance(meaning, Closure):
        found = calls.called(meaning, node.arguments, node, scope)
        if not hasattr(found, "columns"):
            raise scope.error(f"{name}() gives a value, not a table.", node)
        return found  # type: ignore[return-value]
    if name == "materialize" and len(node.arguments) == 1:
        from huntbook.query.kql.bind.query import relation_of  # noqa: PLC0415 - they need each other

        return Kept(relation_of(node.arguments[0], scope))
    if name in ("table", "_GetWatchlist"):
        return _by_text(node, scope)
    if (stored := scope.catalogue.functions.get(name)) is not None:
        text = scope.catalogue.functions.text
        inside = replace(scope, text=text, meanings={}, columns=(), sides={}, per=(), parts=None)
        return calls.called(Closure(stored, inside), node.arguments, node, scope)  # type: ignore[return-value]
    if scope.is_table(name):
        if node.arguments:
            raise scope.error(f"{name!r} is a table, which takes no arguments.", node, hint="Filter it with where.")
        return scan(name, scope)
    raise scope.unknown(
        "table or function", node.name, [*scope.tables, *scope.meanings, *scope.catalogue.functions.names()]
    )


def _by_text(node: tree.Call, scope: Scope) -> Relation:
    """`table('name')`; a watchlist is a table of its name, if there is one."""
    name = node.name.name
    value = value_of(node.arguments[0], scope) if node.arguments else None
    if not isinstance(value, Const) or not isinstance(value.value, str):
        raise scope.error(f"{name}() takes the name as a constant text.", node)
    if name == "_GetWatchlist" and value.value not in scope.tables:
        hint = f"Put the list as {value.value}.csv into the folder of evidence."
        raise scope.error(f"There is no watchlist {value.value!r} here.", node, hint=hint)
    return _named(tree.Name(node.span, value.value), scope)


def _elsewhere(node: tree.Member, scope: Scope) -> Relation:
    """`workspace('x').T`, `database('x').T`, `cluster('y').database('x').T`: the connection's own tables; `app`, `resource`, `adx`, `arg`: refused."""
    place = calls.place_of(node)
    if place is None:
        raise scope.error("This is no table.", node)
    if place.name.name not in ("workspace", "database", "cluster"):
        hint = "The tables of the connection are all there is: give the table's name alone."
        raise scope.error(f"{place.name.name!r} cannot be asked here.", place, hint=hint)
    return _named(node.name, scope)


def _datatable(node: tree.Datatable, scope: Scope) -> Relation:
    """Rows that stand in the query."""
    width = len(node.schema.columns)
    if not width or len(node.values) % width:
        raise scope.error(f"The values do not fill rows of {width} columns.", node)
    kinds = [kind for _, kind in node.schema.columns]
    values = [_cell(each, kinds[number % width], scope) for number, each in enumerate(node.values)]
    rows = tuple(tuple(values[at : at + width]) for at in range(0, len(values), width))
    fine = [any(row[number].fine for row in rows) for number in range(width)]
    columns = tuple(Column(name.name, kind, fine=fine[at]) for at, (name, kind) in enumerate(node.schema.columns))
    return Rows(columns, rows)


def _cell(node: tree.Expression, kind: Type, scope: Scope) -> Expr:
    """A value as its column's type; a text that is none of it would be null, and nobody would see why."""
    value = value_of(node, scope)
    if isinstance(value, Const) and value.type is Type.STRING and value.value and not _reads_as(kind, str(value.value)):
        raise scope.error(f"This is no {kind.value}.", node, hint=f"{kind.value}(null) is none.")
    return converted(value, kind)


_NUMBER = r"(?:0[xX][0-9a-fA-F]+|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
_FORMS = {  # what a text has to look like to be read as a type; of times there are many forms
    **dict.fromkeys((Type.INT, Type.LONG, Type.DECIMAL), _NUMBER),
    Type.REAL: rf"{_NUMBER}|[-+]?(?i:nan|inf|infinity)",
    Type.BOOL: rf"(?i:true|false)|{_NUMBER}",
    Type.GUID: r"\{?[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?",
    **dict.fromkeys((Type.DATETIME, Type.TIMESPAN), r"(?s:.*\d.*)"),
}


def _reads_as(kind: Type, text: str) -> bool:
    return kind not in _FORMS or bool(re.fullmatch(_FORMS[kind], text.strip()))


def printed(values: Several[Expr], names: Several[str]) -> Relation:
    """One row of values."""
    columns = tuple(
        Column(name, value.type, value.sparse, value.fine) for name, value in zip(names, values, strict=True)
    )
    return Select(Rows((), ((),)), columns, tuple(values))


def _print(node: tree.Print, scope: Scope) -> Relation:
    """One row of values."""
    values, given = [], Names()
    names: list[str] = []
    for number, each in enumerate(node.columns):
        for part in parts_of(each, scope):
            if part.made and isinstance(each, tree.Named):
                continue  # of those that are not named here, print shows none
            values.append(part.value)
            names.append(given.free(part.name if part.made or isinstance(each, tree.Named) else f"print_{number}"))
    return printed(values, names)


def _range(node: tree.Range, scope: Scope) -> Relation:
    """Numbers, datetimes or timespans from one to another, as a column."""
    start, stop, step = (value_of(each, scope) for each in (node.start, node.stop, node.step))
    if start.type in NUMBERS:
        kind = (
            widest((start.type, stop.type, step.type))
            if all(each.type in NUMBERS for each in (stop, step))
            else start.type
        )
        kind = Type.LONG if kind is Type.INT else kind
        start, stop, step = (converted(each, kind) for each in (start, stop, step))
    elif start.type in (Type.DATETIME, Type.TIMESPAN):
        kind = start.type
        stop, step = converted(stop, kind), converted(step, Type.TIMESPAN)
    else:
        raise scope.error("range goes over numbers, datetimes or timespans.", node)
    _bounded(start, stop, step, node, scope)
    fine = start.fine or step.fine or kind is Type.TIMESPAN
    return Sequence((Column(node.name.name, kind, fine=fine),), start, stop, step)


def _bounded(start: Expr, stop: Expr, step: Expr, node: tree.Range, scope: Scope) -> None:
    """Refuse a range that no machine comes to the end of, where that can be seen."""
    values = [
        each.value for each in (start, stop, step) if isinstance(each, Const) and isinstance(each.value, (int, float))
    ]
    if len(values) == 3 and values[2] and (values[1] - values[0]) / values[2] > MOST_ROWS:
        raise scope.error(f"A range can have {MOST_ROWS:,} rows here.", node, hint="Take a greater step.")


# Union


def union(node: tree.Union, first: Relation | None, scope: Scope) -> Relation:
    """The rows of several tables, under the names that they share."""
    branches = ([("union_arg0", first)] if first is not None else []) + [
        each for table in node.tables for each in branches_of(table, node, scope)
    ]
    if not branches:
        raise scope.error("There is no table to unite.", node)
    return together(branches, inner=node.kind == "inner", label=node.source.name if node.source is not None else None)


def together(branches: list[tuple[str, Relation]], *, inner: bool = False, label: str | None = None) -> Relation:
    """The rows of several relations, perhaps with a column of what each is called."""
    columns = _common(branches) if inner else in_all(branches)
    places = {(name, column.type): column for column, name in columns}
    out = tuple(column for column, _ in columns)
    if label is None:
        return United(out, tuple((relation, given(relation, places)) for _, relation in branches))
    of = Column(label, Type.STRING)
    labelled = tuple(
        (relation, {of: Const(Type.STRING, called), **given(relation, places)}) for called, relation in branches
    )
    return United((of, *out), labelled)


def branches_of(table: Any, node: tree.Union | tree.Find, scope: Scope) -> list[tuple[str, Relation]]:
    """The tables that a name, a pattern or a pipe means, and what each is called."""
    from huntbook.errors import KqlError  # noqa: PLC0415
    from huntbook.query.kql.bind.query import relation_of  # noqa: PLC0415

    if isinstance(table, tree.Pattern):
        like = re.compile(translate(table.pattern))
        return [(name, scan(name, scope)) for name in scope.own_tables() if like.match(name)]
    source = table.source if isinstance(table, tree.Pipe) else table
    named = [each for each in table.operators if isinstance(each, tree.As)] if isinstance(table, tree.Pipe) else []
    label = (
        named[-1].name.name
        if named
        else source.name
        if isinstance(source, tree.Name)
        else f"union_arg{node.tables.index(table)}"
    )
    try:
        return [(label, relation_of(table, scope))]
    except KqlError:
        if (
            isinstance(node, tree.Union)
            and node.fuzzy
            and isinstance(source, tree.Name)
            and not scope.is_table(source.name)
        ):
            scope.cautions[f"there is no {source.name} here, which union leaves out (isfuzzy)"] = None
            return []
        raise


def in_all(branches: list[tuple[str, Relation]]) -> list[tuple[Column, str]]:
    """All names; where tables have one in several types, a column for each type, with the type in its name."""
    kinds: dict[str, dict[Type, list[Column]]] = {}
    for _, relation in branches:
        for column in relation.columns:
            kinds.setdefault(column.name, {}).setdefault(column.type, []).append(column)
    found: list[tuple[Column, str]] = []
    for name, by_type in kinds.items():
        for kind, columns in by_type.items():
            called = name if len(by_type) == 1 else f"{name}_{kind.value}"
            sparse = kind is Type.STRING
            found.append((Column(called, kind, sparse, any(column.fine for column in columns)), name))
    return found


def _common(branches: list[tuple[str, Relation]]) -> list[tuple[Column, str]]:
    named = [{(column.name, column.type) for column in relation.columns} for _, relation in branches]
    shared = set.intersection(*named)
    return [pair for pair in in_all(branches) if (pair[1], pair[0].type) in shared]


def given(relation: Relation, places: Mapping[tuple[str, Type], Column]) -> dict[Column, Expr]:
    """What a relation has for the columns of a union."""
    found: dict[Column, Expr] = {}
    for each in relation.columns:
        place = places.get((each.name, each.type))
        if place is not None:
            value: Expr = Ref(each)
            found[place] = Op("fine", (value,), each.type, fine=True) if place.fine and not each.fine else value
    return found


def _pattern(node: tree.Pattern, scope: Scope) -> Relation:
    """All tables whose names are like it."""
    return union(tree.Union(node.span, (node,)), None, scope)


def _union(node: tree.Union, scope: Scope) -> Relation:
    """The rows of several tables; of those that `isfuzzy` leaves out, the answer says so."""
    return union(node, None, scope)


def _search(node: tree.Search, scope: Scope) -> Relation:
    """The rows of any table that have a term anywhere."""
    from huntbook.query.kql.bind import searching  # noqa: PLC0415 - they need each other

    return searching.search(node, None, scope)


def _find(node: tree.Find, scope: Scope) -> Relation:
    """The rows of any table for which a condition is true: with their table, the columns that are wanted, and the others packed."""
    from huntbook.query.kql.bind import searching  # noqa: PLC0415 - they need each other

    return searching.find(node, scope)


def _external(node: tree.ExternalData, scope: Scope) -> Relation:
    """Refused: it reads from the network, which a query may not. Put the file into the folder of evidence."""
    hint = "Put the file into the folder of evidence, and name the table that it becomes."
    raise scope.error("externaldata reads from the network, which a query may not.", node, hint=hint)


SOURCES: Mapping[type, Callable[[Any, Scope], Relation]] = {
    tree.Name: _named,
    tree.Pattern: _pattern,
    tree.Call: _called,
    tree.Member: _elsewhere,
    tree.Datatable: _datatable,
    tree.Print: _print,
    tree.Range: _range,
    tree.Union: _union,
    tree.Search: _search,
    tree.Find: _find,
    tree.ExternalData: _external,
}
