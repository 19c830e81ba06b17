"""Functions that see more than their arguments: tables, rows at hand, names, the clock."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind import windows
from huntbook.query.kql.bind.convert import converted, fitting, widest
from huntbook.query.kql.bind.scope import NOW, Scope
from huntbook.query.kql.functions import _registry
from huntbook.query.kql.plan import Apply, Column, Const, Expr, Kept, Only, Op, Ref, Rows
from huntbook.query.kql.types import NAMES, NUMBERS, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

from huntbook.query.kql.bind.calls import apply, is_constant, relation_if_any, value_in


def _toscalar(node: tree.Call, scope: Scope) -> Expr:
    if len(node.arguments) != 1:
        raise scope.error("toscalar() takes one table.", node)
    relation = relation_if_any(node.arguments[0], scope.over(()))
    if relation is None:
        return value_in(node.arguments[0], scope)
    first = relation.columns[0]
    return Only(Kept(relation), first.type, fine=first.fine)


def _iff(node: tree.Call, scope: Scope) -> Expr:
    from huntbook.query.kql.bind.expressions import predicate_of  # noqa: PLC0415

    if len(node.arguments) != 3:
        raise scope.error(f"{node.name.name}() takes 3 arguments, not {len(node.arguments)}.", node)
    condition = predicate_of(node.arguments[0], scope)
    return _branches([condition], [value_in(each, scope) for each in node.arguments[1:]], node, scope)


def _case(node: tree.Call, scope: Scope) -> Expr:
    from huntbook.query.kql.bind.expressions import predicate_of  # noqa: PLC0415

    if len(node.arguments) < 3 or len(node.arguments) % 2 == 0:
        raise scope.error("case() takes conditions and values in turn, and a last value.", node)
    conditions = [predicate_of(each, scope) for each in node.arguments[:-1:2]]
    values = [value_in(each, scope) for each in (*node.arguments[1::2], node.arguments[-1])]
    return _branches(conditions, values, node, scope)


def _branches(conditions: list[Expr], values: list[Expr], node: tree.Call, scope: Scope) -> Expr:
    values = _of_one_type(values, node, scope)
    pairs = [part for pair in zip(conditions, values, strict=False) for part in pair]
    fine = any(value.fine for value in values)
    sparse = any(value.sparse for value in values)
    return Op("case", (*pairs, values[-1]), values[0].type, fine=fine, sparse=sparse)


def _of_one_type(values: list[Expr], node: tree.Call, scope: Scope) -> list[Expr]:
    typed = [value.type for value in values if not _is_null_constant(value)]
    plain = [kind for kind in typed if kind is not Type.DYNAMIC]  # a dynamic is taken as what the others are
    wide = widest(plain or typed or [values[0].type])
    if wide is Type.DYNAMIC and plain:
        kinds = " and ".join(dict.fromkeys(kind.value for kind in typed))
        raise scope.error(f"{node.name.name}() gives {kinds}: all its values must be of one type.", node)
    return [converted(value, wide) for value in values]


def _is_null_constant(value: Expr) -> bool:
    return isinstance(value, Const) and value.value is None


def _coalesce(node: tree.Call, scope: Scope) -> Expr:
    given = [value_in(each, scope) for each in node.arguments]
    if len({value.type for value in given if not _is_null_constant(value)} - set(NUMBERS)) > 1:
        kinds = " and ".join(dict.fromkeys(value.type.value for value in given))
        raise scope.error(f"coalesce() gets {kinds}: all its values must be of one type.", node)
    values = _of_one_type(given, node, scope)
    fine = any(value.fine for value in values)
    return Op("coalesce", tuple(values), values[0].type, fine=fine, sparse=values[0].type is Type.STRING)


def _not(node: tree.Call, scope: Scope) -> Expr:
    from huntbook.query.kql.bind.expressions import predicate_of  # noqa: PLC0415

    return Op("not", (predicate_of(node.arguments[0], scope),), Type.BOOL)


def _the_time(scope: Scope) -> Expr:
    meaning = scope.meanings.get(NOW)
    return meaning if isinstance(meaning, (Const, Apply, Op)) else Op("now", (), Type.DATETIME)


def _now(node: tree.Call, scope: Scope) -> Expr:
    now = _the_time(scope)
    if not node.arguments:
        return now
    offset = value_in(node.arguments[0], scope)
    if offset.type is not Type.TIMESPAN:
        raise scope.error(f"now() takes a timespan, not a {offset.type.value}.", node.arguments[0])
    return Op("later", (now, offset), Type.DATETIME, fine=offset.fine)


def _ago(node: tree.Call, scope: Scope) -> Expr:
    if len(node.arguments) != 1:
        raise scope.error("ago() takes one timespan.", node)
    value = value_in(node.arguments[0], scope)
    if value.type not in (Type.TIMESPAN, Type.DYNAMIC):
        message = f"ago() takes a timespan, such as 1d or 2h, not a {value.type.value}."
        raise scope.error(message, node.arguments[0], hint="totimespan(…) makes one of it.")
    offset = converted(value, Type.TIMESPAN)
    return Op("earlier", (_the_time(scope), offset), Type.DATETIME, fine=isinstance(offset, Const) and offset.fine)


def _is_null(node: tree.Call, scope: Scope) -> Expr:
    value = value_in(node.arguments[0], scope)
    found = Const(Type.BOOL, value=False) if value.type is Type.STRING else Op("is_null", (value,), Type.BOOL)
    return Op("not", (found,), Type.BOOL) if node.name.name in ("isnotnull", "notnull") else found


def _is_empty(node: tree.Call, scope: Scope) -> Expr:
    value = value_in(node.arguments[0], scope)
    found = Op("is_empty", (value,), Type.BOOL)
    return Op("not", (found,), Type.BOOL) if node.name.name in ("isnotempty", "notempty") else found


def _gettype(node: tree.Call, scope: Scope) -> Expr:
    value = value_in(node.arguments[0], scope)
    if value.type is Type.DYNAMIC:
        return Op("gettype", (value,), Type.STRING)
    return Const(Type.STRING, value.type.value)


def _column_ifexists(node: tree.Call, scope: Scope) -> Expr:
    if len(node.arguments) != 2 or not isinstance(node.arguments[0], (tree.Literal, tree.Name)):
        raise scope.error("column_ifexists() takes a column's name and what to take where there is none.", node)
    first = node.arguments[0]
    name = str(first.value) if isinstance(first, tree.Literal) else first.name
    column = scope.column(name)
    return Ref(column) if column else value_in(node.arguments[1], scope)


def _column_exists(node: tree.Call, scope: Scope) -> Expr:
    if len(node.arguments) != 1 or not isinstance(node.arguments[0], tree.Literal):
        raise scope.error("iscolumnexists() takes a column's name as a text.", node)
    return Const(Type.BOOL, value=scope.column(str(node.arguments[0].value)) is not None)


def _assert(node: tree.Call, scope: Scope) -> Expr:
    """True, or the message as the error of the query: what is asserted is constant."""
    from huntbook.query.kql.bind.expressions import predicate_of  # noqa: PLC0415

    if len(node.arguments) != 2 or not isinstance(node.arguments[1], tree.Literal):
        raise scope.error("assert() takes a condition and a message.", node)
    condition, message = predicate_of(node.arguments[0], scope), str(node.arguments[1].value)
    if not is_constant(condition):
        raise scope.error("assert() takes a condition that is the same for all rows.", node.arguments[0])
    holds: object = condition.value if isinstance(condition, Const) else None
    if not isinstance(condition, Const) and scope.ask is not None:
        [[holds]] = scope.ask(Rows((Column("holds", Type.BOOL),), ((condition,),)))
    elif not isinstance(condition, Const):
        raise scope.error("Whether this is true takes an engine, and none is asked here.", node.arguments[0])
    if not holds:
        raise scope.error(f"assert() has failed with message: {message!r}", node)
    return Const(Type.BOOL, value=True)


def _pack(node: tree.Call, scope: Scope) -> Expr:
    if len(node.arguments) % 2:
        raise scope.error(f"{node.name.name}() takes keys and values in turn.", node)
    values = [value_in(each, scope) for each in node.arguments]
    for at in range(0, len(values), 2):
        key = fitting(values[at], "string")
        if key is None:
            message = f"A key is a string, not {values[at].type.value}."
            raise scope.error(message, node.arguments[at], hint="tostring(…) makes one of it.")
        values[at] = key
    return Op("pack", tuple(values), Type.DYNAMIC)


def _pack_all(node: tree.Call, scope: Scope) -> Expr:
    pairs = [part for column in scope.columns for part in (Const(Type.STRING, column.name), Ref(column))]
    skip = bool(node.arguments) and value_in(node.arguments[0], scope) == Const(Type.BOOL, value=True)
    return Op("pack_some" if skip else "pack", tuple(pairs), Type.DYNAMIC)


def _pack_columns(node: tree.Call, scope: Scope) -> Expr:
    pairs: list[Expr] = []
    for each in node.arguments:
        value = value_in(each, scope)
        if not isinstance(value, Ref):
            raise scope.error(f"{node.name.name}() takes names of columns.", each)
        pairs += (Const(Type.STRING, value.column.name), value)
    return Op("pack", tuple(pairs), Type.DYNAMIC)


def _column_names_of(node: tree.Call, scope: Scope) -> Expr:
    relation = relation_if_any(node.arguments[0], scope.over(())) if len(node.arguments) == 1 else None
    if relation is None:
        raise scope.error("column_names_of() takes a table.", node)
    return Const(Type.DYNAMIC, json.dumps([column.name for column in relation.columns]))


def _pack_array(node: tree.Call, scope: Scope) -> Expr:
    if len(node.arguments) == 1 and isinstance(node.arguments[0], tree.Star):
        return Op("array", tuple(map(Ref, scope.columns)), Type.DYNAMIC)
    return Op("array", tuple(value_in(each, scope) for each in node.arguments), Type.DYNAMIC)


def _typed(node: tree.Call, scope: Scope) -> Expr:
    """`long(x)`, `datetime(x)` of what is no constant: a conversion."""
    return converted(value_in(node.arguments[0], scope), NAMES[node.name.name])


def _of_type(node: tree.Call, scope: Scope) -> Expr:
    """A function whose last argument may say what type is made of its answer: `extract(regex, group, text, typeof(long))`."""
    *given, last = node.arguments
    if not isinstance(last, tree.TypeLiteral):
        values = [value_in(each, scope) for each in node.arguments]
        return apply(_registry.signatures(node.name.name), node, values, scope)
    return converted(_of_type(replace(node, arguments=tuple(given)), scope), last.type)


def _percentiles_of(node: tree.Call, scope: Scope) -> Expr:
    """`percentiles_array_tdigest()`: a type is that of the only percentile."""
    *given, last = node.arguments
    if not isinstance(last, tree.TypeLiteral):
        return _of_type(node, scope)
    if len(given) != 2 or value_in(given[1], scope).type is Type.DYNAMIC:
        raise scope.error("A type is taken of one percentile only.", last, hint="The values have their types already.")
    plain = replace(node, arguments=tuple(given), name=replace(node.name, name="percentile_tdigest"))
    return converted(_of_type(plain, scope), last.type)


# Those that may have no argument.
ALONE = frozenset(
    {"now", "pack", "bag_pack", "pack_dictionary", "pack_all", "pack_array", "column_names_of", "row_number"}
)

SPECIAL: Mapping[str, Callable[[tree.Call, Scope], Expr]] = (
    {
        "toscalar": _toscalar,
        "materialize": _toscalar,
        "iff": _iff,
        "iif": _iff,
        "case": _case,
        "coalesce": _coalesce,
        "not": _not,
        "now": _now,
        "ago": _ago,
        "isnull": _is_null,
        "isnotnull": _is_null,
        "notnull": _is_null,
        "isempty": _is_empty,
        "isnotempty": _is_empty,
        "notempty": _is_empty,
        "gettype": _gettype,
        "column_ifexists": _column_ifexists,
        "columnifexists": _column_ifexists,
        "iscolumnexists": _column_exists,
        "assert": _assert,
        "pack": _pack,
        "bag_pack": _pack,
        "pack_dictionary": _pack,
        "pack_all": _pack_all,
        "pack_array": _pack_array,
        "bag_pack_columns": _pack_columns,
        "column_names_of": _column_names_of,
        "percentile_tdigest": _of_type,
        "percentiles_array_tdigest": _percentiles_of,
        "extract": _of_type,
        "extract_json": _of_type,
        "extractjson": _of_type,
    }
    | dict(windows.CALLS)
    | dict.fromkeys(NAMES, _typed)
)
