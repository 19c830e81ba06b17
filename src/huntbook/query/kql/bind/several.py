"""Calls that give several columns: `extend (slope, fit) = series_fit_line(x)`.

Such a call is a bag to the plan, and each column a member of it. Names that are given come first; what is left gets the function's name,
what it is of, and the part's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind import calls
from huntbook.query.kql.bind.convert import converted
from huntbook.query.kql.bind.expressions import value_of
from huntbook.query.kql.bind.naming import Names, own_name
from huntbook.query.kql.bind.rewrite import parts, rewritten
from huntbook.query.kql.functions import _registry
from huntbook.query.kql.plan import Apply, Column, Const, Op, Ref, Select
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.functions._registry import Taken
    from huntbook.query.kql.plan import Expr, Relation

_SORTS = ("array_sort_asc", "array_sort_desc")


@dataclass(frozen=True)
class Part:
    """A value, and the name of its column: given, its own, none, or made up, which must not take the place of another."""

    name: str
    value: Expr
    made: bool = False


def given_names(node: tree.Argument) -> list[str]:
    """The names that stand before an expression."""
    return [name.name for name in node.names] if isinstance(node, tree.Named) else []


def parts_of(node: tree.Argument, scope: Scope) -> list[Part]:
    """The columns that an expression gives: mostly one.

    Raises:
        KqlError: if there are more names than columns.
    """
    call, given = (node.value if isinstance(node, tree.Named) else node), given_names(node)
    if isinstance(call, tree.Call) and call.name.name in _SORTS and call.name.name not in scope.meanings:
        return _sorted_arrays(node, call, scope)
    several = _several(call, scope)
    if not _is_refused(call):
        check_names(node, len(several) or 1, scope)
    if not several or not isinstance(call, tree.Call):
        return [Part(own_name(node), value_of(node, scope))]
    name = call.name.name
    bag = calls.apply(_registry.signatures(name), call, [value_of(each, scope) for each in call.arguments], scope)
    made = [f"{name}_{own_name(call.arguments[0])}_{each.name}" for each in several]
    return [
        Part(given[at] if at < len(given) else made[at], _member(bag, each), made=at >= len(given))
        for at, each in enumerate(several)
    ]


def _sorted_arrays(node: tree.Argument, call: tree.Call, scope: Scope) -> list[Part]:
    """The first array sorted, and the others in its order: a column for each."""
    given = given_names(node)
    values = [value_of(each, scope) for each in call.arguments]
    arrays = [each for each, value in zip(call.arguments, values, strict=True) if value.type is Type.DYNAMIC]
    check_names(node, max(1, len(arrays)), scope)
    sort = calls.apply(_registry.signatures(call.name.name), call, values, scope)
    if len(arrays) < 2:
        return [Part(own_name(node), sort)]
    nameless = count()
    made = [f"{own_name(each) or f'array{next(nameless)}'}_sorted" for each in arrays]
    return [
        Part(
            given[at] if at < len(given) else made[at],
            Op("member", (sort, Const(Type.LONG, at)), Type.DYNAMIC),
            made=at >= len(given),
        )
        for at in range(len(arrays))
    ]


def _is_refused(call: tree.Argument) -> bool:
    """Whether it is a call that is refused for what it is, however many columns it gives."""
    found = _registry.signatures(call.name.name) if isinstance(call, tree.Call) else ()
    return bool(found and found[0].entry.refused)


def check_names(node: tree.Argument, columns: int, scope: Scope) -> None:
    """Refuse more names than there are columns.

    Raises:
        KqlError: if there are.
    """
    if isinstance(node, tree.Named) and len(node.names) > columns:
        what = "one column" if columns == 1 else f"{columns} columns"
        raise scope.error(f"This gives {what}, and there are {len(node.names)} names.", node.names[columns])


def named(nodes: Sequence[tree.Argument], taken: Iterable[str], scope: Scope) -> list[tuple[str, Expr]]:
    """The columns that expressions add to others; what is made up takes the name of none that is there."""
    names, found = Names(tuple(taken)), []
    for node in nodes:
        for part in parts_of(node, scope):
            name = names.free(part.name) if part.made else part.name
            names.take(name)
            found.append((name, part.value))
    return found


def _several(call: tree.Argument, scope: Scope) -> tuple[Taken, ...]:
    if not isinstance(call, tree.Call) or call.name.name in scope.meanings or not call.arguments:
        return ()
    found = _registry.signatures(call.name.name)
    return found[0].several if found else ()


def _member(bag: Expr, part: Taken) -> Expr:
    return converted(Op("member", (bag, Const(Type.STRING, part.name)), Type.DYNAMIC), Type(part.type))


def apart(select: Select) -> Relation:
    """Make calls that several columns are taken of in a step before: once, and readable."""
    found: dict[Expr, Column] = {}
    for value in select.values:
        for part in parts(value):
            if isinstance(part, Apply) and part.entry.signature.endswith(")"):
                found.setdefault(part, Column(f" bag{len(found)}", Type.DYNAMIC))
    if not found:
        return select

    def taken(expr: Expr) -> Expr:
        return Ref(found[expr]) if expr in found else expr

    of = select.of
    before = Select(of, (*of.columns, *found.values()), (*map(Ref, of.columns), *found))
    return Select(before, select.columns, tuple(rewritten(value, taken) for value in select.values))
