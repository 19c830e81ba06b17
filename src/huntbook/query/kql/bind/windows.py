"""Functions that look at the rows around one: `prev`, `row_number` and the like.

A call becomes an operation over the rows. Operators do not know them: what an operator gives is looked through for them, and they
are computed in a step before, over rows that have got numbers. KQL takes them only where the order of the rows is certain.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from huntbook.query.kql import plan
from huntbook.query.kql.bind.convert import converted
from huntbook.query.kql.bind.rewrite import parts, rewritten
from huntbook.query.kql.plan import Column, Const, Expr, Numbered, Op, Order, Reached, Ref, Relation, Select, Windowed
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from huntbook.query.kql import tree
    from huntbook.query.kql.bind.scope import Scope

_PREFIX = "window "
# How many arguments an operation has; those after them tell parts of the rows apart, in each of which it begins anew.
_ARITY = {
    "number": 0,  # from 1
    "before": 3,  # the value so many rows before, or a default
    "after": 3,
    "total": 1,  # the sum so far
    "true": 1,  # how many were true so far
    "latest": 1,  # the last that was not null
    "greatest": 1,  # so far
    "changed": 1,  # whether it is another value than before; of the first row, true
    "reached": 2,
}
_HINT = "Put `sort by …` or `serialize` before it."


def arity(op: Op) -> int:
    """How many arguments of a window's operation are not there to tell parts apart."""
    return _ARITY[op.name.removeprefix(_PREFIX)]


def _window(name: str, arguments: Sequence[Expr], apart: Sequence[Expr], kind: Type, *, like: Expr | None = None) -> Op:
    fine = like.fine if like is not None else False
    sparse = kind is Type.STRING
    return Op(_PREFIX + name, (*arguments, *apart), kind, fine=fine, sparse=sparse)


def is_window(expr: Expr) -> bool:
    """Whether an expression is over the rows around."""
    return isinstance(expr, Op) and expr.name.startswith(_PREFIX)


# Calls


def _values(node: tree.Call, scope: Scope, least: int, most: int) -> list[Expr]:
    from huntbook.query.kql.bind.expressions import value_of  # noqa: PLC0415 - they need each other

    name = node.name.name
    if scope.sides or not scope.columns:
        raise scope.error(f"{name}() looks at the rows around, and here are none.", node)
    if not least <= len(node.arguments) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        raise scope.error(f"{name}() takes {wanted} arguments, not {len(node.arguments)}.", node)
    return [value_of(each, scope) for each in node.arguments]


def _parts(node: tree.Call, number: int, scope: Scope) -> tuple[Expr, ...]:
    """What tells the parts apart between which a function begins anew: how often its restart was true."""
    from huntbook.query.kql.bind.expressions import predicate_of  # noqa: PLC0415

    if len(node.arguments) <= number:
        return ()
    return (_window("true", (predicate_of(node.arguments[number], scope),), (), Type.LONG),)


def _row_number(node: tree.Call, scope: Scope) -> Expr:
    values = _values(node, scope, 0, 2)
    number = _window("number", (), _parts(node, 1, scope), Type.LONG)
    if not values or values[0] == Const(Type.LONG, 1):
        return number
    start = _number(values[0], node, scope)
    return Op("-", (Op("+", (number, converted(start, Type.LONG)), Type.LONG), Const(Type.LONG, 1)), Type.LONG)


def _number(value: Expr, node: tree.Call, scope: Scope) -> Expr:
    if value.type not in (Type.INT, Type.LONG):
        raise scope.error(f"{node.name.name}() takes a whole number, not a {value.type.value}.", node)
    return value


def _row_cumsum(node: tree.Call, scope: Scope) -> Expr:
    value = _values(node, scope, 1, 2)[0]
    if value.type not in (*NUMBERS, Type.TIMESPAN):
        raise scope.error(f"row_cumsum() adds numbers, and this is a {value.type.value}.", node.arguments[0])
    return _window("total", (value,), _parts(node, 1, scope), value.type, like=value)


def _changed(node: tree.Call, scope: Scope) -> tuple[Expr, tuple[Expr, ...]]:
    value = _values(node, scope, 1, 2)[0]
    if value.type is Type.DYNAMIC:
        raise scope.error(f"{node.name.name}() does not take a dynamic.", node.arguments[0])
    apart = _parts(node, 1, scope)
    return _window("changed", (value,), apart, Type.BOOL), apart


def _row_rank_dense(node: tree.Call, scope: Scope) -> Expr:
    changed, apart = _changed(node, scope)
    return _window("true", (changed,), apart, Type.LONG)


def _row_rank_min(node: tree.Call, scope: Scope) -> Expr:
    changed, apart = _changed(node, scope)
    number = _window("number", (), apart, Type.LONG)
    first = Op("case", (changed, number, Const(Type.LONG, None)), Type.LONG)
    return _window("latest", (first,), apart, Type.LONG)


def _beside(node: tree.Call, scope: Scope) -> Expr:
    values = _values(node, scope, 1, 3)
    of, far = values[0], values[1] if len(values) > 1 else Const(Type.LONG, 1)
    default = converted(values[2], of.type) if len(values) > 2 else Const(of.type, None)
    name = "before" if node.name.name == "prev" else "after"
    far = converted(_number(far, node, scope), Type.LONG)
    return _window(name, (of, far, default), (), of.type, like=of)


def _row_window_session(node: tree.Call, scope: Scope) -> Expr:
    """Sessions end by themselves after a gap or a restart: between those, the next begins so long after the last began."""
    from huntbook.query.kql.bind.calls import is_constant  # noqa: PLC0415
    from huntbook.query.kql.bind.expressions import predicate_of  # noqa: PLC0415

    of, longest, gap, *_ = _values(node, scope, 3, 4)
    if of.type is not Type.DATETIME:
        raise scope.error(f"row_window_session() is over a datetime, not a {of.type.value}.", node.arguments[0])
    for number, span in ((1, longest), (2, gap)):
        if span.type is not Type.TIMESPAN or not is_constant(span):
            raise scope.error("row_window_session() takes constant timespans here.", node.arguments[number])
        if isinstance(span, Const) and isinstance(span.value, int) and span.value <= 0:
            raise scope.error("A session must be longer than nothing.", node.arguments[number])
    before = _window("before", (of, Const(Type.LONG, 1), Const(of.type, None)), (), of.type, like=of)
    since = Op("since", (of, before), Type.TIMESPAN, fine=True)
    ends = [Op(">=", (since, gap), Type.BOOL), Op("is_null", (of,), Type.BOOL), Op("is_null", (before,), Type.BOOL)]
    if len(node.arguments) > 3:
        ends.append(Op("coalesce", (predicate_of(node.arguments[3], scope), Const(Type.BOOL, value=False)), Type.BOOL))
    begun: Expr = ends[0]
    for each in ends[1:]:
        begun = Op("or", (begun, each), Type.BOOL)
    apart = (_window("true", (begun,), (), Type.LONG),)
    fine = Op("fine", (of,), Type.DATETIME, fine=True)
    greatest = _window("greatest", (fine,), apart, Type.DATETIME, like=fine)
    reached = _window("reached", (greatest, longest), apart, Type.BOOL)
    start = Op("case", (reached, of, Const(of.type, None)), of.type, fine=of.fine)
    return _window("latest", (start,), apart, of.type, like=of)


CALLS: Mapping[str, Callable[[tree.Call, Scope], Expr]] = {
    "row_number": _row_number,
    "row_cumsum": _row_cumsum,
    "row_rank_dense": _row_rank_dense,
    "row_rank_min": _row_rank_min,
    "row_window_session": _row_window_session,
    "prev": _beside,
    "next": _beside,
}


# Steps before


class _Before:
    """What is computed in steps before a relation: each window's operation once, those inside of others first."""

    def __init__(self, of: Relation, per: tuple[Column, ...]) -> None:
        self.per = per
        self.number = Column(" number", Type.LONG)
        self.of: Relation = Numbered(of, self.number)
        self.found: dict[Op, Column] = {}
        self.steps: dict[Column, int] = {}

    def __call__(self, expr: Expr) -> Expr:
        """Take an operation out, and give the column that it becomes."""
        if not isinstance(expr, Op) or not is_window(expr):
            return expr
        if expr not in self.found:
            column = Column(f" window{len(self.found)}", expr.type, sparse=expr.sparse, fine=expr.fine)
            inside = [part.column for each in expr.arguments for part in parts(each) if isinstance(part, Ref)]
            self.steps[column] = 1 + max((self.steps.get(each, 0) for each in inside), default=0)
            self.found[expr] = column
        return Ref(self.found[expr])

    def relation(self) -> Relation:
        """The rows with what was computed, in the order that they had."""
        found = self.of
        for step in range(1, max(self.steps.values()) + 1):
            here = {column: op for op, column in self.found.items() if self.steps[column] == step}
            plain = {column: op for column, op in here.items() if op.name != f"{_PREFIX}reached"}
            if plain:
                found = Windowed(found, tuple(plain), tuple(plain.values()), self.number, self.per)
            for column, op in here.items():
                if column not in plain:
                    value, size, *apart = op.arguments
                    found = Reached(found, value, size, column, self.number, (*map(Ref, self.per), *apart))
        return plan.Sorted(found, (Order(Ref(self.number), descending=False, nulls_first=True),))


def lifted(found: Relation, of: Relation, node: tree.Node, scope: Scope) -> Relation:
    """What an operator gives, with functions that look at other rows computed in steps before.

    Args:
        found: what the operator gives.
        of: what it is given.
        node: the operator.
        scope: where it stands.

    Raises:
        KqlError: if there are such functions, and the order of the rows is not certain.
    """
    if found is of or not hasattr(found, "of"):
        return found
    inner = lifted(found.of, of, node, scope)
    inside = {each.name: getattr(found, each.name) for each in fields(found) if each.name not in ("of", "columns")}
    if isinstance(found, (Windowed, Reached)) or not any(map(_has_window, inside.values())):
        return found if inner is found.of else replace(found, of=inner)  # type: ignore[arg-type]
    if not plan.serialized(inner):
        raise scope.error("Functions that look at the rows around need rows in an order.", node, hint=_HINT)
    before = _Before(inner, scope.per)
    changed = {name: _each(value, before) for name, value in inside.items()}
    relation: Any = replace(found, of=before.relation(), **changed)  # type: ignore[arg-type]
    if any(each.name == "columns" for each in fields(found)):
        return relation  # type: ignore[no-any-return]
    return Select(relation, found.columns, tuple(map(Ref, found.columns)))


def _has_window(value: object) -> bool:
    if isinstance(value, tuple):
        return any(map(_has_window, value))
    if isinstance(value, Order):
        return _has_window(value.value)
    return isinstance(value, Expr) and any(map(is_window, parts(value)))


def _each(value: Any, change: Callable[[Expr], Expr]) -> Any:
    if isinstance(value, tuple):
        return tuple(_each(each, change) for each in value)
    if isinstance(value, Order):
        return replace(value, value=rewritten(value.value, change))
    return rewritten(value, change) if isinstance(value, Expr) else value
