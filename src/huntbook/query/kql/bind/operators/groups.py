"""Operators that make one row of many."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from huntbook.query.kql import tree
from huntbook.query.kql.bind import calls
from huntbook.query.kql.bind.expressions import value_of
from huntbook.query.kql.bind.naming import OF_A_SHARE, Names, aggregate_name, own_name, summarized_name
from huntbook.query.kql.bind.operators.columns import column_for, matching, named_values, say, solid
from huntbook.query.kql.bind.scope import meant
from huntbook.query.kql.bind.several import check_names, given_names
from huntbook.query.kql.functions import _registry
from huntbook.query.kql.plan import Apply, Column, Const, Filter, Group, Joined, Op, Ref, Select, United
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation

_COUNT = Op("count", (), Type.LONG)
_EXTREMES = ("arg_max", "arg_min")
_ANY = ("take_any", "any")


def count(node: tree.Count, of: Relation, scope: Scope) -> Relation:
    """How many rows there are."""
    column = Column(node.name.name if node.name else "Count", Type.LONG)
    return _in_all(of, (column,), (_COUNT,), scope)


def _in_all(of: Relation, columns: tuple[Column, ...], aggregates: tuple[Expr, ...], scope: Scope) -> Relation:
    """Aggregates over all rows; over those of each part, where there are parts, of those too that have no rows left."""
    if not scope.per:
        return Group(of, columns, (), aggregates)
    refs = tuple(map(Ref, scope.per))
    found = Group(of, (*scope.per, *columns), refs, aggregates)
    if scope.parts is None or of.columns == scope.parts.columns:
        return found
    pairs = tuple(zip(refs, refs, strict=True))
    missing = Joined(
        "anti", scope.parts, found, pairs, scope.per, tuple(("left", each) for each in scope.per), nulls_match=True
    )
    of_none = Group(Filter(of, Const(Type.BOOL, value=False)), columns, (), aggregates)
    shown = (*(("left", each) for each in scope.per), *(("right", each) for each in columns))
    empty = Joined("inner", missing, of_none, (), found.columns, shown)  # type: ignore[arg-type]
    values = tuple(map(Ref, found.columns))
    return United(found.columns, ((found, values), (empty, values)))


def distinct(node: tree.Distinct, of: Relation, scope: Scope) -> Relation:
    """The different combinations of some columns."""
    nodes = [
        tree.Name(each.span, column.name)
        for each in node.columns
        if isinstance(each, (tree.Star, tree.Pattern))
        for column in matching(each, scope)
    ]
    columns, values = named_values(nodes or node.columns, scope)
    solid(values, nodes or node.columns, "distinct", scope)
    return Group(of, (*scope.per, *_solid(columns)), (*map(Ref, scope.per), *values), ())


def _solid(columns: Sequence[Column]) -> tuple[Column, ...]:
    """What a group is told by is never null where it is a string."""
    return tuple(Column(column.name, column.type, fine=column.fine) for column in columns)


class Aggregates:
    """The aggregates of a summarize: those that are in its expressions, each computed once."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.columns: list[Column] = []
        self.values: list[Expr] = []

    def bind(self, node: tree.Argument) -> Expr:
        """Bind an expression over aggregates: what it says of the columns that they become."""
        match node:
            case tree.Named():
                return self.bind(node.value)
            case tree.Call() if _is_aggregate(node):
                return self.add(aggregate(node, self.scope))
            case tree.Call():
                return self._rewritten(node, node.arguments)
            case tree.Binary():
                return self._rewritten(node, (node.left, node.right))
            case tree.Unary() | tree.Member() | tree.Index():
                return self._rewritten(node, (node.of,))
        if isinstance(node, tree.Name) and self.scope.column(node.name) is not None:
            message = f"{node.name!r} has a value in every row: take an aggregate of it, or put it after `by`."
            raise self.scope.error(message, node, hint=f"take_any({node.name}) is any of its values.")
        return value_of(node, self.scope.over(()))

    def add(self, value: Expr) -> Expr:
        """Take an aggregate in, and give the column that it becomes."""
        if value in self.values:
            return Ref(self.columns[self.values.index(value)])
        column = Column(f"a{len(self.columns)}", value.type, value.sparse, value.fine)
        self.columns.append(column)
        self.values.append(value)
        return Ref(column)

    def _rewritten(self, node: tree.Expression, parts: Sequence[tree.Argument]) -> Expr:
        """Bind a part after its aggregates: they are names of columns there."""
        names: dict[int, tree.Name] = {}
        scope = self.scope.over(())
        for part in parts:
            if _has_aggregate(part):
                bound = self.bind(part)
                name = f" {len(names)} {id(part)}"
                names[id(part)] = tree.Name(part.span, name)
                scope = scope.knowing(name, bound)

        def put(part: Any) -> Any:
            return names.get(id(part), part)

        match node:
            case tree.Call():
                return value_of(replace(node, arguments=tuple(map(put, node.arguments))), scope)
            case tree.Binary():
                return value_of(replace(node, left=put(node.left), right=put(node.right)), scope)
            case tree.Unary() | tree.Member() | tree.Index():
                return value_of(replace(node, of=put(node.of)), scope)
        raise AssertionError(node)


def _is_aggregate(node: tree.Call) -> bool:
    return bool(_registry.signatures(node.name.name, "AGGREGATES")) or node.name.name in (*_EXTREMES, *_ANY)


def _has_aggregate(node: tree.Argument) -> bool:
    match node:
        case tree.Call():
            return _is_aggregate(node) or any(map(_has_aggregate, node.arguments))
        case tree.Binary():
            return _has_aggregate(node.left) or _has_aggregate(node.right)
        case tree.Unary() | tree.Member() | tree.Index():
            return _has_aggregate(node.of)
        case tree.Named():
            return _has_aggregate(node.value)
    return False


def aggregate(node: tree.Call, scope: Scope) -> Expr:
    """Bind one aggregate over the rows of a group."""
    node, *others = repeated(node, scope)
    if others:
        raise scope.error("This gives several columns, and here is room for one value.", node)
    found = _registry.signatures(node.name.name, "AGGREGATES")
    if not found:
        hint = meant(node.name.name, list(_registry.names("AGGREGATES")))
        raise scope.error(f"There is no aggregate {node.name.name!r} here.", node.name, hint=hint)
    values = [value_of(each, scope) for each in node.arguments]
    return calls.apply(found, node, values, scope)


def summarize(node: tree.Summarize, of: Relation, scope: Scope) -> Relation:
    """One row for each combination of the keys, with aggregates; keys come first."""
    keys, key_values = named_values(node.by, scope)
    solid(key_values, node.by, "summarize by", scope)
    names = Names(tuple(key.name for key in keys), scope.unnamed)
    found = Aggregates(scope)
    out: list[tuple[Column, Expr]] = []
    said = {own_name(each) for each in node.by if isinstance(each, (tree.Named, tree.Name))}
    by = [value.column for value in key_values if isinstance(value, Ref)]
    for each in node.aggregates:
        for name in each.names if isinstance(each, tree.Named) else ():
            say(name.name, said, each, scope)
        for wanted, value in _several(each, found, by):
            out.append((column_for(names.free(wanted) if wanted else names.column(), value), value))
    if not out and not keys:
        raise scope.error("summarize needs something to compute.", node)
    of, aggregates = _prepared(of, found.values)
    if keys:
        keys = (*scope.per, *_solid(keys))
        group: Relation = Group(of, (*keys, *found.columns), (*map(Ref, scope.per), *key_values), aggregates)
    else:
        keys, group = scope.per, _in_all(of, tuple(found.columns), aggregates, scope)
    columns = (*keys, *(Column(column.name, value.type, value.sparse, value.fine) for column, value in out))
    return Select(group, columns, (*map(Ref, keys), *(value for _, value in out)))


def _prepared(of: Relation, aggregates: Sequence[Expr]) -> tuple[Relation, tuple[Expr, ...]]:
    """Compute in a step before what aggregates are of, where both may be spelled with loops: an engine may not nest them."""
    made: dict[Expr, Column] = {}

    def prepared(value: Expr) -> Expr:
        if not isinstance(value, Apply) or not value.arguments or "kql_" not in str(value.entry.duckdb):
            return value
        first = value.arguments[0]
        if not isinstance(first, Apply):
            return value
        column = made.setdefault(first, Column(f" of{len(made)}", first.type, first.sparse, first.fine))
        return replace(value, arguments=(Ref(column), *value.arguments[1:]))

    found = tuple(map(prepared, aggregates))
    if not made:
        return of, found
    return Select(of, (*of.columns, *made.values()), (*map(Ref, of.columns), *made)), found


def _several(node: tree.Argument, found: Aggregates, by: Sequence[Column]) -> list[tuple[str, Expr]]:
    """The columns that one part of a summarize gives, with their names or none.

    Most give one, `arg_max` and `percentiles` several.
    """
    call, given = (node.value if isinstance(node, tree.Named) else node), given_names(node)
    if not isinstance(call, tree.Call) or not _is_aggregate(call):
        check_names(node, 1, found.scope)
        return [(given[0] if given else summarized_name(call, _is_aggregate), found.bind(call))]
    if call.name.name in _EXTREMES:
        pairs = _extreme(call, found, by)
    elif call.name.name in _ANY:
        pairs = _any(call, found, by)
    else:
        pairs = [(aggregate_name(each), found.bind(each)) for each in repeated(call, found.scope)]
    check_names(node, len(pairs), found.scope)
    return [(given[at] if at < len(given) else name, value) for at, (name, value) in enumerate(pairs)]


def repeated(call: tree.Call, scope: Scope) -> list[tree.Call]:
    """What an aggregate stands for: itself, or another one for each of its last arguments."""
    found = _registry.signatures(call.name.name, "AGGREGATES")
    if found and found[0].each and len(call.arguments) >= len(found[0].parameters):
        fixed = call.arguments[: len(found[0].parameters) - 1]
        one = replace(call.name, name=found[0].each)
        shares = call.arguments[len(fixed) :]
        return [replace(call, name=one, arguments=(*fixed, _constant(each, scope))) for each in shares]
    if call.name.name in OF_A_SHARE and call.arguments:
        return [replace(call, arguments=(*call.arguments[:-1], _constant(call.arguments[-1], scope)))]
    return [call]


def _constant(node: tree.Argument, scope: Scope) -> tree.Argument:
    """What stands for a number, as that number: columns are called by it."""
    meaning = scope.meanings.get(node.name) if isinstance(node, tree.Name) and not scope.column(node.name) else None
    found = tree.Literal(node.span, meaning.type, meaning.value) if isinstance(meaning, Const) else node
    if isinstance(found, tree.Literal) and found.type not in NUMBERS:
        raise scope.error(f"A percentile is a number, and this is a {found.type.value}.", node)
    return found


def _returned(nodes: Sequence[tree.Argument], scope: Scope, but: Sequence[Column]) -> list[tuple[str, Expr]]:
    """What `arg_max` and `take_any` give beside: a star is all columns but those that are there anyway."""
    out: list[tuple[str, Expr]] = []
    for node in nodes:
        if isinstance(node, (tree.Star, tree.Pattern)):
            out += [(column.name, Ref(column)) for column in matching(node, scope) if column not in but]
        else:
            out.append((own_name(node), value_of(node, scope)))
    return out


def _extreme(call: tree.Call, found: Aggregates, keys: Sequence[Column]) -> list[tuple[str, Expr]]:
    scope = found.scope
    if not call.arguments:
        raise scope.error(f"{call.name.name}() takes what is to be greatest or least, and what to give beside.", call)
    by = value_of(call.arguments[0], scope)
    if by.type in (Type.DYNAMIC, Type.GUID):
        hint = "tolong(…) or tostring(…) makes a value of it." if by.type is Type.DYNAMIC else ""
        raise scope.error(f"A {by.type.value} has no greatest and no least.", call.arguments[0], hint=hint)
    by_name, prefix = own_name(call.arguments[0]), call.name.name.removeprefix("arg_")
    there = [*keys, *([by.column] if isinstance(by, Ref) else [])]
    pairs = [(by_name or f"{prefix}_", by), *_returned(call.arguments[1:], scope, there)]
    out = []
    for number, (name, value) in enumerate(pairs):
        taken = found.add(Op(call.name.name, (value, by), value.type, fine=value.fine, sparse=value.sparse))
        out.append((name or f"{prefix}_{by_name}_arg{number}", taken))
    return out


def _any(call: tree.Call, found: Aggregates, keys: Sequence[Column]) -> list[tuple[str, Expr]]:
    out = []
    for number, (name, value) in enumerate(_returned(call.arguments, found.scope, keys)):
        taken = found.add(Op("take_any", (value,), value.type, fine=value.fine, sparse=value.sparse))
        default = f"any_{name}" if call.name.name == "any" else name
        out.append((default if name else f"any_arg{number}", taken))
    return out
