"""Calls: of the query's own functions, and of KQL's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind.convert import classes, converted, finest, fitting, widest
from huntbook.query.kql.bind.scope import Closure, Scope, meant
from huntbook.query.kql.functions import _registry
from huntbook.query.kql.functions.strings import OF_ANYTHING
from huntbook.query.kql.plan import Apply, Const, Expr, Op, Relation, is_relation
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from huntbook.query.kql.functions._base import Entry
    from huntbook.query.kql.functions._registry import Signature

DEEPEST = 60  # functions that call functions
_OF_GRAPHS = ("all", "map", "inner_nodes", "labels", "node_id", "node_degree_in", "node_degree_out")


def call(node: tree.Call, scope: Scope) -> Expr:
    """Bind a call that gives a value."""
    name = node.name.name
    meaning = scope.meanings.get(name)
    if isinstance(meaning, Closure):
        return value_called(meaning, node.arguments, node, scope)
    from huntbook.query.kql.bind.specials import ALONE, SPECIAL  # noqa: PLC0415 - they need each other

    if (special := SPECIAL.get(name)) is not None:
        if not node.arguments and name not in ALONE:
            raise scope.error(f"{name}() takes an argument.", node)
        return special(node, scope)
    found = _registry.signatures(name)
    if not found:
        raise _no_function(node, scope)
    if found[0].several:
        hint = f"Give them names in a step before: extend (a, b) = {name}(…)"
        raise scope.error(f"{name}() gives several columns, and here is room for one value.", node, hint=hint)
    return apply(found, node, [value_in(each, scope) for each in node.arguments], scope)


def value_in(node: tree.Argument, scope: Scope) -> Expr:
    """Bind an argument."""
    from huntbook.query.kql.bind.expressions import value_of  # noqa: PLC0415 - they need each other

    return value_of(node, scope)


def _no_function(node: tree.Call, scope: Scope) -> Exception:
    from huntbook.query.kql.bind.specials import SPECIAL  # noqa: PLC0415 - they need each other

    name = node.name.name
    if name in _registry.names("AGGREGATES") or name in ("arg_max", "arg_min", "argmax", "argmin"):
        return scope.error(f"{name}() is over many rows: it belongs in summarize.", node)
    if name in _OF_GRAPHS:
        return scope.error(f"{name}() is of a graph: it belongs in graph-match or graph-shortest-paths.", node)
    known = [
        *_registry.names(),
        *_registry.names("AGGREGATES"),
        *SPECIAL,
        *scope.catalogue.functions.names(),
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
    last = len(signature.parameters) - 1
    for number, argument in enumerate(arguments):
        if min(number, last) in entry.constant and not is_constant(argument):
            at = node.arguments[number] if number < len(node.arguments) else node
            raise scope.error(f"Argument {number + 1} of {entry.name}() must be a constant.", at)
    gives = signature.gives
    if gives == "=0":
        kind = arguments[0].type
    elif gives == "common":
        kind = widest(value.type for value in arguments)
        if kind is Type.DYNAMIC and not any(value.type is Type.DYNAMIC for value in arguments):
            kinds = " and ".join(dict.fromkeys(value.type.value for value in arguments))
            raise scope.error(f"{entry.name}() gets {kinds}: all its values must be of one type.", node)
        if not any(value.type is Type.DYNAMIC for value in arguments):
            arguments = [converted(value, kind) for value in arguments]
    else:
        kind = Type.DATETIME if gives == "ticks" else Type(gives)
    takes = tuple(signature.parameters[min(number, last)].type for number in range(len(arguments)))
    passed = {"=0": arguments[:1], "common": arguments}.get(gives, [])  # what comes out as it went in
    fine = gives == "ticks" or kind is Type.TIMESPAN or (kind is Type.DATETIME and any(each.fine for each in passed))
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
    left = iter(in_order)
    names = [parameter.name.name for parameter in closure.function.parameters]
    for each in given:
        if isinstance(each, tree.Named) and each.names[0].name not in names:
            raise scope.unknown("parameter", each.names[0], names)
    for parameter in closure.function.parameters:
        name = parameter.name.name
        argument = by_name[name] if name in by_name else next(left, None)
        inside = inside.knowing(name, _parameter(parameter, argument, node, scope))
    if len(given) > len(closure.function.parameters):
        raise scope.error(f"This function takes {len(closure.function.parameters)} arguments, not {len(given)}.", node)
    return body_of(closure.function.body, inside)


def value_called(closure: Closure, given: Sequence[tree.Argument], node: tree.Node, scope: Scope) -> Expr:
    """Call a function of the query that gives a value."""
    found = called(closure, given, node, scope)
    if is_relation(found):
        hint = "toscalar(…) takes the first value of a table."
        raise scope.error("This function gives a table, and here is room for one value.", node, hint=hint)
    return found  # type: ignore[return-value]


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
        return converted(value_in(parameter.default, scope.over(())), parameter.type)
    value = value_in(given, scope)
    if value.type is Type.LONG and parameter.type is Type.INT:
        value = converted(value, Type.INT)
    fitted = fitting(value, parameter.type.value)
    if fitted is None:
        raise scope.error(
            f"The parameter {parameter.name.name!r} is a {parameter.type.value}, not a {value.type.value}.", given
        )
    return fitted


PLACES = ("workspace", "database", "cluster", "app", "resource", "adx", "arg")  # calls after which a table's name comes


def place_of(node: tree.Member) -> tree.Call | None:
    """The call that a path to a table begins with: `workspace('x')` of `workspace('x').T`."""
    place: tree.Node = node.of
    while isinstance(place, tree.Member):
        place = place.of
    if isinstance(place, tree.Call) and place.name.name in PLACES:
        return place
    return None


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
            return relation_of(node, scope) if scope.is_table(node.name) else None
        case tree.Member() if place_of(node) is not None:
            return relation_of(node, scope)
        case tree.Call() if node.name.name in ("materialize", "table", "union", "_GetWatchlist"):
            return relation_of(node, scope)
        case tree.Call() if isinstance(scope.meanings.get(node.name.name), Closure):
            found = called(scope.meanings[node.name.name], node.arguments, node, scope)  # type: ignore[arg-type]
            return found if is_relation(found) else None
        case tree.Call() if scope.catalogue.functions.get(node.name.name) is not None or scope.is_table(node.name.name):
            return relation_of(node, scope)
    return None
