"""Calls: of the query's own functions, of KQL's, and of those few that need to see more than their arguments."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind import windows
from huntbook.query.kql.bind.convert import classes, converted, finest, fitting, widest
from huntbook.query.kql.bind.scope import NOW, Closure, Scope, meant
from huntbook.query.kql.functions import _registry
from huntbook.query.kql.functions.strings import OF_ANYTHING
from huntbook.query.kql.plan import Apply, Const, Expr, Kept, Only, Op, Ref, Relation, is_relation
from huntbook.query.kql.types import NAMES, NUMBERS, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from huntbook.query.kql.functions._base import Entry
    from huntbook.query.kql.functions._registry import Signature

DEEPEST = 60  # functions that call functions


def call(node: tree.Call, scope: Scope) -> Expr:
    """Bind a call that gives a value."""
    name = node.name.name
    meaning = scope.meanings.get(name)
    if isinstance(meaning, Closure):
        return called(meaning, node.arguments, node, scope)  # type: ignore[return-value]
    if (special := SPECIAL.get(name)) is not None:
        return special(node, scope)
    found = _registry.signatures(name)
    if not found:
        raise _no_function(node, scope)
    return apply(found, node, [_value(each, scope) for each in node.arguments], scope)


def _value(node: tree.Argument, scope: Scope) -> Expr:
    from huntbook.query.kql.bind.expressions import value_of  # noqa: PLC0415 - they need each other

    return value_of(node, scope)


def _no_function(node: tree.Call, scope: Scope) -> Exception:
    name = node.name.name
    if name in _registry.names("AGGREGATES") or name in ("arg_max", "arg_min"):
        return scope.error(f"{name}() is over many rows: it belongs in summarize.", node)
    known = [
        *_registry.names(),
        *_registry.names("AGGREGATES"),
        *SPECIAL,
        *(each for each in scope.meanings if isinstance(scope.meanings[each], Closure)),
    ]
    hint = meant(name, known)
    return scope.error(f"There is no function {name!r} here.", node.name, hint=hint if "mean" in hint else "")


def apply(found: Sequence[Signature], node: tree.Call, values: Sequence[Expr], scope: Scope) -> Expr:
    """Apply the first overload that the arguments fit."""
    dynamic = any(value.type is Type.DYNAMIC for value in values)
    for fit in (_as_it_is, _as_real, _fitting) if dynamic else (_fitting,):
        for signature in finest(found, values):
            arguments = _arguments(signature, values, fit)
            if arguments is None:
                continue
            if signature.entry.refused:
                message = f"{node.name.name}() cannot be run on local evidence."
                raise scope.error(message, node, hint=signature.entry.refused)
            return _applied(signature, node, arguments, scope)
    raise _misfit(found, node, values, scope)


_PLAINLY = {
    "whole": "number",
    "real": "number",
    "decimal": "number",
    "ticks": "datetime",
}  # types as a message says them


def _misfit(found: Sequence[Signature], node: tree.Call, values: Sequence[Expr], scope: Scope) -> Exception:
    name = node.name.name
    fewest = min(each.least for each in found)
    most = max(99 if each.many else len(each.parameters) for each in found)
    if not fewest <= len(values) <= most:
        wanted = f"{fewest}" if fewest == most else f"{fewest} or more" if most == 99 else f"{fewest} to {most}"
        plural = "" if wanted == "1" else "s"
        return scope.error(f"{name}() takes {wanted} argument{plural}, not {len(values)}.", node)
    for number, (value, taken) in enumerate(zip(values, found[0].parameters, strict=False)):
        if fitting(value, taken.type) is None:
            taking = [each.parameters[number].type for each in found if number < len(each.parameters)]
            if any(fitting(value, each) is not None for each in taking):
                continue
            wanted = " or ".join(dict.fromkeys(_PLAINLY.get(one, one) for each in taking for one in each.split("|")))
            hint = f"to{taken.type}(…) makes one of it." if taken.type in ("datetime", "timespan", "string") else ""
            message = f"{name}() takes a {wanted} here, not a {value.type.value}."
            return scope.error(message, node.arguments[number], hint=hint)
    return scope.error(f"{name}() does not take arguments like these.", node)


def _fitting(value: Expr, takes: str, entry: Entry) -> Expr | None:
    return fitting(value, takes, of_anything=entry.name in OF_ANYTHING)


def _as_it_is(value: Expr, takes: str, entry: Entry) -> Expr | None:
    """A dynamic only where one is taken."""
    if value.type is Type.DYNAMIC and Type.DYNAMIC not in classes(takes):
        return None
    return _fitting(value, takes, entry)


def _as_real(value: Expr, takes: str, entry: Entry) -> Expr | None:
    """A dynamic as a real where numbers are taken: it may be one."""
    if value.type is Type.DYNAMIC and Type.DYNAMIC not in (accepted := classes(takes)):
        numbers = Type.REAL in accepted and all(kind in NUMBERS for kind in accepted)
        return converted(value, Type.REAL) if numbers else None
    return _fitting(value, takes, entry)


def _arguments(
    signature: Signature, values: Sequence[Expr], fit: Callable[[Expr, str, Entry], Expr | None]
) -> list[Expr] | None:
    taken = signature.parameters
    if len(values) < signature.least or (len(values) > len(taken) and not signature.many):
        return None
    fitted: list[Expr] = []
    for number, value in enumerate(values):
        one = fit(value, taken[min(number, len(taken) - 1)].type, signature.entry)
        if one is None:
            return None
        fitted.append(one)
    return fitted + [_default(each) for each in taken[len(values) :] if each.optional]


def _default(taken: object) -> Expr:
    kind = classes(taken.type)[0]  # type: ignore[attr-defined]
    text = taken.default.strip()  # type: ignore[attr-defined]
    if not text:
        return Const(kind, None)
    if text[0] in "'\"":
        return Const(Type.STRING, text[1:-1])
    if text in ("true", "false"):
        return Const(Type.BOOL, text == "true")
    return Const(Type.REAL, float(text)) if "." in text else Const(Type.LONG, int(text))


def _applied(signature: Signature, node: tree.Call, arguments: list[Expr], scope: Scope) -> Expr:
    entry = signature.entry
    for number in entry.constant:
        if number < len(arguments) and not is_constant(arguments[number]):
            at = node.arguments[number] if number < len(node.arguments) else node
            raise scope.error(f"Argument {number + 1} of {entry.name}() must be a constant.", at)
    gives = signature.gives
    if gives == "=0":
        kind = arguments[0].type
    elif gives == "common":
        kind = widest(value.type for value in arguments)
        if not any(value.type is Type.DYNAMIC for value in arguments):
            arguments = [converted(value, kind) for value in arguments]
    else:
        kind = Type.DATETIME if gives == "ticks" else Type(gives)
    last = len(signature.parameters) - 1
    takes = tuple(signature.parameters[min(number, last)].type for number in range(len(arguments)))
    fine = gives == "ticks" or kind is Type.TIMESPAN or (kind is Type.DATETIME and gives == "=0" and arguments[0].fine)
    return Apply(entry, takes, tuple(arguments), kind, fine=fine, sparse=entry.nullable and kind is Type.STRING)


def is_constant(value: Expr) -> bool:
    """Whether a value is the same for all rows."""
    if isinstance(value, Const):
        return True
    return isinstance(value, (Apply, Op)) and all(map(is_constant, value.arguments))


# The query's own functions


def called(closure: Closure, given: Sequence[tree.Argument], node: tree.Node, scope: Scope) -> Expr | Relation:
    """Call a function of the query: its body is bound where it was written, with the parameters' meanings."""
    from huntbook.query.kql.bind.query import body_of  # noqa: PLC0415 - they need each other

    if scope.depth > DEEPEST:
        raise scope.error("Functions call functions too deeply.", node)
    inside = replace(closure.scope, columns=(), sides={}, depth=scope.depth + 1)
    by_name = {each.names[0].name: each.value for each in given if isinstance(each, tree.Named)}
    in_order = [each for each in given if not isinstance(each, tree.Named)]
    for number, parameter in enumerate(closure.function.parameters):
        name = parameter.name.name
        argument = in_order[number] if number < len(in_order) else by_name.get(name)
        inside = inside.knowing(name, _parameter(parameter, argument, node, scope))
    if len(given) > len(closure.function.parameters):
        raise scope.error(f"This function takes {len(closure.function.parameters)} arguments, not {len(given)}.", node)
    return body_of(closure.function.body, inside)


def _parameter(
    parameter: tree.Parameter, given: tree.Argument | None, node: tree.Node, scope: Scope
) -> Expr | Relation:
    from huntbook.query.kql.bind.query import relation_of  # noqa: PLC0415

    if isinstance(parameter.type, tree.Schema):
        if given is None:
            raise scope.error(f"The table {parameter.name.name!r} is not given.", node)
        return relation_of(given, scope)
    if given is None:
        if parameter.default is None:
            raise scope.error(f"The parameter {parameter.name.name!r} is not given.", node)
        return converted(_value(parameter.default, scope.over(())), parameter.type)
    value = _value(given, scope)
    if value.type is Type.LONG and parameter.type is Type.INT:
        value = converted(value, Type.INT)
    fitted = fitting(value, parameter.type.value)
    if fitted is None:
        raise scope.error(
            f"The parameter {parameter.name.name!r} is a {parameter.type.value}, not a {value.type.value}.", given
        )
    return fitted


def relation_if_any(node: tree.Argument, scope: Scope) -> Relation | None:  # noqa: PLR0911 - a kind of source each
    """The table that an argument is, or `None` where it is a value."""
    from huntbook.query.kql.bind.query import relation_of  # noqa: PLC0415

    match node:
        case tree.Pipe(operators=(), source=tree.Name() | tree.Call() as source):
            return relation_if_any(source, scope)
        case tree.Pipe() | tree.Datatable() | tree.Range() | tree.Print():
            return relation_of(node, scope)
        case tree.Name() if scope.column(node.name) is None:
            meaning = scope.meanings.get(node.name)
            if isinstance(meaning, Closure):
                found = called(meaning, (), node, scope)
                return found if is_relation(found) else None
            if meaning is not None:
                return meaning if is_relation(meaning) else None
            return relation_of(node, scope) if node.name in scope.tables else None
        case tree.Call() if node.name.name in ("materialize", "table", "union"):
            return relation_of(node, scope)
        case tree.Call() if isinstance(scope.meanings.get(node.name.name), Closure):
            found = called(scope.meanings[node.name.name], node.arguments, node, scope)  # type: ignore[arg-type]
            return found if is_relation(found) else None
    return None


# Functions that see more than their arguments


def _toscalar(node: tree.Call, scope: Scope) -> Expr:
    if len(node.arguments) != 1:
        raise scope.error("toscalar() takes one table.", node)
    relation = relation_if_any(node.arguments[0], scope.over(()))
    if relation is None:
        return _value(node.arguments[0], scope)
    first = relation.columns[0]
    return Only(Kept(relation), first.type, fine=first.fine)


def _iff(node: tree.Call, scope: Scope) -> Expr:
    from huntbook.query.kql.bind.expressions import predicate_of  # noqa: PLC0415

    if len(node.arguments) != 3:
        raise scope.error(f"{node.name.name}() takes 3 arguments, not {len(node.arguments)}.", node)
    condition = predicate_of(node.arguments[0], scope)
    return _branches([condition], [_value(each, scope) for each in node.arguments[1:]], node, scope)


def _case(node: tree.Call, scope: Scope) -> Expr:
    from huntbook.query.kql.bind.expressions import predicate_of  # noqa: PLC0415

    if len(node.arguments) < 3 or len(node.arguments) % 2 == 0:
        raise scope.error("case() takes conditions and values in turn, and a last value.", node)
    conditions = [predicate_of(each, scope) for each in node.arguments[:-1:2]]
    values = [_value(each, scope) for each in (*node.arguments[1::2], node.arguments[-1])]
    return _branches(conditions, values, node, scope)


def _branches(conditions: list[Expr], values: list[Expr], node: tree.Call, scope: Scope) -> Expr:
    values = _of_one_type(values, node, scope)
    pairs = [part for pair in zip(conditions, values, strict=False) for part in pair]
    fine = any(value.fine for value in values)
    sparse = any(value.sparse for value in values)
    return Op("case", (*pairs, values[-1]), values[0].type, fine=fine, sparse=sparse)


def _of_one_type(values: list[Expr], node: tree.Call, scope: Scope) -> list[Expr]:
    typed = [value.type for value in values if not (isinstance(value, Const) and value.value is None)]
    wide = widest(typed or [values[0].type])
    if wide is Type.DYNAMIC and Type.DYNAMIC not in typed:
        kinds = " and ".join(dict.fromkeys(kind.value for kind in typed))
        raise scope.error(f"{node.name.name}() gives {kinds}: all its values must be of one type.", node)
    return [converted(value, wide) for value in values]


def _coalesce(node: tree.Call, scope: Scope) -> Expr:
    values = _of_one_type([_value(each, scope) for each in node.arguments], node, scope)
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
    offset = _value(node.arguments[0], scope)
    return Op("later", (now, offset), Type.DATETIME, fine=offset.fine)


def _ago(node: tree.Call, scope: Scope) -> Expr:
    if len(node.arguments) != 1:
        raise scope.error("ago() takes one timespan.", node)
    value = _value(node.arguments[0], scope)
    if value.type not in (Type.TIMESPAN, Type.DYNAMIC):
        message = f"ago() takes a timespan, such as 1d or 2h, not a {value.type.value}."
        raise scope.error(message, node.arguments[0], hint="totimespan(…) makes one of it.")
    offset = converted(value, Type.TIMESPAN)
    return Op("earlier", (_the_time(scope), offset), Type.DATETIME, fine=isinstance(offset, Const) and offset.fine)


def _is_null(node: tree.Call, scope: Scope) -> Expr:
    value = _value(node.arguments[0], scope)
    found = Const(Type.BOOL, value=False) if value.type is Type.STRING else Op("is_null", (value,), Type.BOOL)
    return Op("not", (found,), Type.BOOL) if node.name.name in ("isnotnull", "notnull") else found


def _is_empty(node: tree.Call, scope: Scope) -> Expr:
    value = _value(node.arguments[0], scope)
    found = Op("is_empty", (value,), Type.BOOL)
    return Op("not", (found,), Type.BOOL) if node.name.name in ("isnotempty", "notempty") else found


def _gettype(node: tree.Call, scope: Scope) -> Expr:
    value = _value(node.arguments[0], scope)
    if value.type is Type.DYNAMIC:
        return Op("gettype", (value,), Type.STRING)
    return Const(Type.STRING, value.type.value)


def _column_ifexists(node: tree.Call, scope: Scope) -> Expr:
    if len(node.arguments) != 2 or not isinstance(node.arguments[0], (tree.Literal, tree.Name)):
        raise scope.error("column_ifexists() takes a column's name and what to take where there is none.", node)
    first = node.arguments[0]
    name = str(first.value) if isinstance(first, tree.Literal) else first.name
    column = scope.column(name)
    return Ref(column) if column else _value(node.arguments[1], scope)


def _pack(node: tree.Call, scope: Scope) -> Expr:
    return Op("pack", tuple(_value(each, scope) for each in node.arguments), Type.DYNAMIC)


def _pack_all(node: tree.Call, scope: Scope) -> Expr:
    pairs = [part for column in scope.columns for part in (Const(Type.STRING, column.name), Ref(column))]
    skip = bool(node.arguments) and _value(node.arguments[0], scope) == Const(Type.BOOL, value=True)
    return Op("pack_some" if skip else "pack", tuple(pairs), Type.DYNAMIC)


def _pack_columns(node: tree.Call, scope: Scope) -> Expr:
    pairs: list[Expr] = []
    for each in node.arguments:
        value = _value(each, scope)
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
    return Op("array", tuple(_value(each, scope) for each in node.arguments), Type.DYNAMIC)


def _typed(node: tree.Call, scope: Scope) -> Expr:
    """`long(x)`, `datetime(x)` of what is no constant: a conversion."""
    return converted(_value(node.arguments[0], scope), NAMES[node.name.name])


def _extract(node: tree.Call, scope: Scope) -> Expr:
    """`extract(regex, group, text, typeof(long))`: the last says what is made of the text."""
    *given, last = node.arguments or (None,)
    if not isinstance(last, tree.TypeLiteral):
        return apply(
            _registry.signatures(node.name.name), node, [_value(each, scope) for each in node.arguments], scope
        )
    plain = replace(node, arguments=tuple(given))
    return converted(_extract(plain, scope), last.type)


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
        "pack": _pack,
        "bag_pack": _pack,
        "pack_dictionary": _pack,
        "pack_all": _pack_all,
        "pack_array": _pack_array,
        "bag_pack_columns": _pack_columns,
        "column_names_of": _column_names_of,
        "extract": _extract,
        "extract_json": _extract,
        "extractjson": _extract,
    }
    | dict(windows.CALLS)
    | dict.fromkeys(NAMES, _typed)
)
