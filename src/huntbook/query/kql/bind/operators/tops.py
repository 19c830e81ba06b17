"""`top-hitters` and `top-nested`: the values with the most."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind.convert import classes, converted
from huntbook.query.kql.bind.expressions import value_of
from huntbook.query.kql.bind.naming import Names, own_name
from huntbook.query.kql.bind.operators.columns import column_for
from huntbook.query.kql.bind.operators.groups import Aggregates
from huntbook.query.kql.bind.operators.rows import count_of
from huntbook.query.kql.functions import _registry
from huntbook.query.kql.plan import Apply, Column, Const, Filter, Group, Joined, Kept, Op, Order, Ref, Select, Sorted
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation

_FALSE, _TRUE = Const(Type.BOOL, value=False), Const(Type.BOOL, value=True)


def top_hitters(node: tree.TopHitters, of: Relation, scope: Scope) -> Relation:
    """The values that come most often, or with the greatest sum; counted exactly, which KQL leaves open."""
    value = value_of(node.value, scope)
    key = column_for(own_name(node.value) or Names((), scope.unnamed).column(), value)
    name, found = f"approximate_count_{key.name}", _COUNT
    if node.by is not None:
        weight = value_of(node.by, scope)
        if weight.type not in NUMBERS:
            raise scope.error(f"top-hitters sums a number, and this is a {weight.type.value}.", node.by)
        name, found = f"approximate_sum_{own_name(node.by) or key.name}", _sum(weight)
    total = Column(name, found.type)
    group = Group(of, (*scope.per, key, total), (*map(Ref, scope.per), value), (found,))
    order = (Order(Ref(total), descending=True, nulls_first=False),)
    return Sorted(group, order, count_of(node.rows, scope), scope.per)


_COUNT: Expr = Op("count", (), Type.LONG)


def _sum(weight: Expr) -> Expr:
    for signature in _registry.signatures("sum", "AGGREGATES"):
        taken = signature.parameters[0].type
        if weight.type in classes(taken):
            return Apply(signature.entry, (taken,), (weight,), Type(signature.gives))
    raise AssertionError(weight)


def top_nested(node: tree.TopNested, of: Relation, scope: Scope) -> Relation:
    """For each value of the first level, the values of the second, and so on, each level with its aggregate.

    With others, what did not make it to the top of a level is one more value there; below it, a level without others is empty.
    """
    path = _Path(of, scope)
    for level in node.levels:
        path.down(level)
    return path.result()


class _Path:
    """Where each row is in the levels so far: the labels that it got, and whether each stands for others."""

    def __init__(self, of: Relation, scope: Scope) -> None:
        self.scope = scope
        self.source = of.columns
        self.rows: Relation = Kept(of)
        self.steps: list[tuple[Column, Column]] = []  # label, and whether it stands for others
        self.totals: list[tuple[tuple[Column, ...], Relation, Column]] = []
        self.names = Names()

    def keys(self) -> tuple[Column, ...]:
        """What tells apart where rows are."""
        return (*self.scope.per, *(column for step in self.steps for column in step))

    def down(self, level: tree.Level) -> None:
        """Go a level down."""
        scope = self.scope.over(self.source)
        wanted = value_of(level.value, scope)
        name = own_name(level.value) or "Column1"
        label = Column(self.names.free(name), wanted.type, wanted.sparse, wanted.fine)
        top = self._top(level, wanted, scope)
        others = Column(f" others{len(self.steps)}", Type.BOOL)
        self._label(level, wanted, top, (label, others), scope)
        self.steps.append((label, others))
        self._total(level, name, scope)

    def _in_others(self) -> Expr:
        return Ref(self.steps[-1][1]) if self.steps else _FALSE

    def _top(self, level: tree.Level, wanted: Expr, scope: Scope) -> Relation:
        """The values that are on the top of each place, with those places."""
        found = Aggregates(scope)
        total = found.bind(level.by)
        keys = self.keys()
        value = Column(" value", wanted.type, wanted.sparse, wanted.fine)
        rows = Filter(self.rows, Op("not", (self._in_others(),), Type.BOOL))
        group: Relation = Group(rows, (*keys, value, *found.columns), (*map(Ref, keys), wanted), tuple(found.values))
        if level.rows is not None:
            order = (Order(total, level.descending, nulls_first=False),)
            group = Sorted(group, order, count_of(level.rows, scope), keys)
        columns = tuple(replace(column) for column in (*keys, value))
        hit = Column(" hit", Type.BOOL)
        return Select(group, (*columns, hit), (*map(Ref, (*keys, value)), _TRUE))

    def _label(self, level: tree.Level, wanted: Expr, top: Relation, step: tuple[Column, Column], scope: Scope) -> None:
        """Give each row its label; those that are not on top and belong to no others fall away."""
        *places, value, hit = top.columns
        pairs = [
            pair
            for here, there in zip((*map(Ref, self.keys()), wanted), (*places, value), strict=True)
            for pair in zip(_parts(here), _parts(Ref(there)), strict=True)
        ]
        columns = (*self.rows.columns, hit)
        shown = (*(("left", column) for column in self.rows.columns), ("right", hit))
        joined = Joined("left", self.rows, top, tuple(pairs), columns, shown)  # type: ignore[arg-type]
        on_top = Op("not", (Op("is_null", (Ref(hit),), Type.BOOL),), Type.BOOL)
        if level.others is None:
            rows: Relation = Filter(joined, Op("or", (on_top, self._in_others()), Type.BOOL))
            other: Expr = Const(wanted.type, "" if wanted.type is Type.STRING else None)
        else:
            rows, other = joined, converted(value_of(level.others, scope.over(())), wanted.type)
        label = Op("case", (on_top, wanted, other), wanted.type, fine=wanted.fine, sparse=wanted.sparse)
        values: tuple[Expr, ...] = (*map(Ref, self.rows.columns), label, Op("not", (on_top,), Type.BOOL))
        self.rows = Kept(Select(rows, (*self.rows.columns, *step), values))

    def _total(self, level: tree.Level, name: str, scope: Scope) -> None:
        """The aggregate of each place; of those below others, where the level has none, there is none."""
        found = Aggregates(scope)
        total = found.bind(level.by)
        keys = self.keys()
        given = level.by.names[0].name if isinstance(level.by, tree.Named) else f"aggregated_{name}"
        column = Column(self.names.free(given), total.type, total.sparse, total.fine)
        group = Group(self.rows, (*keys, *found.columns), tuple(map(Ref, keys)), tuple(found.values))
        if level.others is None:
            total = Op("case", (Ref(self.steps[-1][1]), Const(total.type, None), total), total.type, fine=total.fine)
        copies = tuple(replace(each) for each in keys)
        self.totals.append((copies, Select(group, (*copies, column), (*map(Ref, keys), total)), column))

    def result(self) -> Relation:
        """Each place of the last level, with the labels and aggregates of all."""
        keys = self.keys()
        out: Relation = Group(self.rows, keys, tuple(map(Ref, keys)), ())
        for copies, totals, column in self.totals:
            pairs = [
                pair
                for here, there in zip(keys, copies, strict=False)
                for pair in zip(_parts(Ref(here)), _parts(Ref(there)), strict=True)
            ]
            shown = (*(("left", each) for each in out.columns), ("right", column))
            out = Joined("inner", out, totals, tuple(pairs), (*out.columns, column), shown)  # type: ignore[arg-type]
        last = [
            column
            for (label, _), (_, _, total) in zip(self.steps, self.totals, strict=True)
            for column in (label, total)
        ]
        columns = (*last, *self.scope.per)
        return Select(out, columns, tuple(map(Ref, columns)))


def _parts(value: Expr) -> Sequence[Expr]:
    """What tells a value apart from others, nulls too, and is never null."""
    text = converted(value, Type.STRING)
    if value.type in (Type.STRING, Type.BOOL, Type.GUID):
        return (text,)
    return (text, Op("is_null", (value,), Type.BOOL))
