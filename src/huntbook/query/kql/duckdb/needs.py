"""Which columns of each relation are needed: a step that nobody looks at is not computed, and not even written."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from huntbook.query.kql import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from huntbook.query.kql.plan import Column, Expr, Relation


class Needs:
    """The needed columns of every relation that a plan reads."""

    def __init__(self, relation: Relation) -> None:
        self._needed: dict[int, set[Column]] = {}
        self.need(relation, relation.columns)

    def of(self, relation: Relation) -> tuple[Column, ...]:
        """The columns of a relation that are needed, in order."""
        needed = self._needed.get(id(relation), set())
        return tuple(column for column in relation.columns if column in needed)

    def need(self, relation: Relation, columns: Iterable[Column]) -> None:
        """Note that columns are needed, and what is needed for them."""
        known = self._needed.get(id(relation))
        more = set(columns)
        if known is not None and more <= known:
            return
        self._needed[id(relation)] = (known or set()) | more
        _READS.get(type(relation), _everything)(self, relation, self._needed[id(relation)])

    def refs(self, *exprs: Expr | None) -> set[Column]:
        """The columns that expressions speak of; what they ask of other relations is noted."""
        found: set[Column] = set()
        waiting = [expr for expr in exprs if expr is not None]
        while waiting:
            expr = waiting.pop()
            match expr:
                case plan.Ref():
                    found.add(expr.column)
                case plan.Apply() | plan.Op():
                    waiting += expr.arguments
                case plan.OneOf():
                    waiting.append(expr.of)
                    if isinstance(expr.items, tuple):
                        waiting += expr.items
                    else:
                        self.need(expr.items, expr.items.columns[:1])
                case plan.Only():
                    self.need(expr.relation, expr.relation.columns[:1])
        return found


def _select(needs: Needs, node: plan.Select, wanted: set[Column]) -> None:
    pairs = zip(node.columns, node.values, strict=True)
    needs.need(node.of, needs.refs(*(value for column, value in pairs if column in wanted)))


def _filter(needs: Needs, node: plan.Filter, wanted: set[Column]) -> None:
    needs.need(node.of, wanted | needs.refs(node.predicate))


def _group(needs: Needs, node: plan.Group, wanted: set[Column]) -> None:
    pairs = zip(node.columns[len(node.keys) :], node.aggregates, strict=True)
    needs.need(node.of, needs.refs(*node.keys, *(value for column, value in pairs if column in wanted)))


def _sorted(needs: Needs, node: plan.Sorted, wanted: set[Column]) -> None:
    keys = needs.refs(node.limit, *(key.value for key in node.keys))
    needs.need(node.of, wanted | keys | set(node.per))


def _limit(needs: Needs, node: plan.Limit, wanted: set[Column]) -> None:
    needs.need(node.of, wanted | needs.refs(node.rows) | set(node.per))


def _joined(needs: Needs, node: plan.Joined, wanted: set[Column]) -> None:
    sides: dict[str, set[Column]] = {
        "left": needs.refs(*(pair[0] for pair in node.pairs)),
        "right": needs.refs(*(pair[1] for pair in node.pairs)),
    }
    for column, (side, original) in zip(node.columns, node.values, strict=True):
        if column in wanted:
            sides[side].add(original)
    needs.need(node.left, sides["left"])
    needs.need(node.right, sides["right"])


def _united(needs: Needs, node: plan.United, wanted: set[Column]) -> None:
    for relation, exprs in node.branches:
        given = node.given(exprs)
        needs.need(relation, needs.refs(*(value for column, value in given.items() if column in wanted)))


def _unnested(needs: Needs, node: plan.Unnested, wanted: set[Column]) -> None:
    kept = {column for column in node.kept if column in wanted}
    needs.need(node.of, kept | needs.refs(node.limit, *node.arrays))


def _first_of(needs: Needs, node: plan.FirstOf, wanted: set[Column]) -> None:
    needs.need(node.of, wanted | needs.refs(*node.keys))


def _numbered(needs: Needs, node: plan.Numbered, wanted: set[Column]) -> None:
    needs.need(node.of, wanted - {node.number})


def _kept(needs: Needs, node: plan.Kept, wanted: set[Column]) -> None:
    needs.need(node.of, wanted)


def _windowed(needs: Needs, node: plan.Windowed, wanted: set[Column]) -> None:
    pairs = zip(node.added, node.values, strict=True)
    refs = needs.refs(*(value for column, value in pairs if column in wanted))
    needs.need(node.of, (wanted - set(node.added)) | refs | {node.number, *node.per})


def _reached(needs: Needs, node: plan.Reached, wanted: set[Column]) -> None:
    needs.need(node.of, (wanted - {node.reached}) | needs.refs(node.value, node.step, *node.per) | {node.number})


def _everything(needs: Needs, node: object, _: set[Column]) -> None:
    """Of a relation that is not known here: all columns of all that it reads."""
    for each in read_by(node):
        needs.need(each, each.columns)


_READS: dict[type, Callable[[Needs, Any, set[Column]], None]] = {
    plan.Select: _select,
    plan.Filter: _filter,
    plan.Group: _group,
    plan.Sorted: _sorted,
    plan.Limit: _limit,
    plan.Joined: _joined,
    plan.United: _united,
    plan.Unnested: _unnested,
    plan.FirstOf: _first_of,
    plan.Numbered: _numbered,
    plan.Kept: _kept,
    plan.Serialized: _kept,
    plan.Windowed: _windowed,
    plan.Reached: _reached,
}

PRUNED = frozenset(_READS)  # of these, columns that nobody needs are left out


def uses(relation: Relation) -> Counter[int]:
    """How often each relation is read."""
    found: Counter[int] = Counter()
    waiting: list[object] = [relation]
    while waiting:
        node = waiting.pop()
        found[id(node)] += 1
        if found[id(node)] == 1:
            waiting += read_by(node)
    return found


def read_by(node: object) -> list[Any]:
    """The relations that a relation reads."""
    found: list[Any] = []
    for each in getattr(node, "__slots__", ()):
        _collect(getattr(node, each, None), found)
    return found


def _collect(value: object, found: list[Any]) -> None:
    if isinstance(value, tuple):
        for each in value:
            _collect(each, found)
    elif isinstance(value, (plan.Apply, plan.Op)):
        _collect(value.arguments, found)
    elif isinstance(value, plan.OneOf):
        _collect((value.of, value.items), found)
    elif isinstance(value, plan.Order):
        _collect(value.value, found)
    elif isinstance(value, plan.Only):
        found.append(value.relation)
    elif isinstance(value, plan.Relation):
        found.append(value)
