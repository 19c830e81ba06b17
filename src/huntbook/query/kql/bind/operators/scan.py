"""`scan`: rows go, in order, through steps that remember what matched them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind.convert import converted
from huntbook.query.kql.bind.expressions import predicate_of, value_of
from huntbook.query.kql.bind.operators.rows import orders
from huntbook.query.kql.bind.rewrite import exchanged, parts
from huntbook.query.kql.bind.windows import is_window
from huntbook.query.kql.plan import Assigned, Column, Const, Numbered, Ref, Scanned, Select, Sorted, serialized
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation

MOST_STEPS = 12  # what is kept grows with the square


def scan(node: tree.Scan, of: Relation, scope: Scope) -> Relation:
    """A row for each match of a row with a step, with the columns that are declared."""
    _check(node, scope)
    rows, per = _arranged(node, of, scope)
    number = Column(" number", Type.LONG)
    fine = any(column.fine for column in of.columns if column.type is Type.DATETIME)
    declared = tuple(
        Column(name.name, kind, kind is Type.STRING, kind is Type.TIMESPAN or (fine and kind is Type.DATETIME))
        for name, kind, _ in node.declared
    )
    taken = {column.name for column in of.columns}
    for name, _, _ in node.declared:
        if name.name in taken:
            raise scope.error(f"There is a column {name.name!r} already.", name)
    defaults = tuple(_default(kind, value, scope) for _, kind, value in node.declared)
    spoken = {
        step.name.name: {
            column: replace(column, sparse=column.type is Type.STRING) for column in (*of.columns, *declared)
        }
        for step in node.steps
    }
    steps = tuple(
        _step(node, at, dict(zip(declared, defaults, strict=True)), spoken, scope) for at in range(len(node.steps))
    )
    used = {part.column for step in steps for each in (step.condition, *step.values) for part in _refs(each)}
    states = tuple(
        tuple((there, column) for column, there in columns.items() if there in used) for columns in spoken.values()
    )
    match_id = Column(node.match_id.name, Type.LONG) if node.match_id else None
    found: Relation = Scanned(Numbered(rows, number), number, per, steps, states, declared, defaults, match_id)
    shown = (*of.columns, *declared, *((match_id,) if match_id else ()))
    return Select(found, shown, tuple(map(Ref, shown)))


def _refs(expr: Expr) -> list[Ref]:
    return [part for part in parts(expr) if isinstance(part, Ref)]


def _check(node: tree.Scan, scope: Scope) -> None:
    if not node.steps:
        raise scope.error("scan needs a step.", node)
    if len(node.steps) > MOST_STEPS:
        raise scope.error(f"scan can have {MOST_STEPS} steps here, not {len(node.steps)}.", node)
    names = [step.name.name for step in node.steps]
    for step in node.steps:
        if names.count(step.name.name) > 1:
            raise scope.error(f"There are two steps {step.name.name!r}.", step.name)
        if step.output not in ("all", "last", "none"):
            raise scope.error(f"The output of a step is all, last or none, not {step.output}.", step.name)
        if step.optional:
            hint = "What an optional step does is not documented: write the steps with and without it, and union them."
            raise scope.error("Optional steps cannot be run on local evidence.", step.name, hint=hint)


def _arranged(node: tree.Scan, of: Relation, scope: Scope) -> tuple[Relation, tuple[Column, ...]]:
    """The rows in their order, with the columns that tell parts apart."""
    if not node.order_by and not serialized(of):
        raise scope.error("scan needs rows in an order.", node, hint="Put `sort by …` or `serialize` before it.")
    rows: Relation = Sorted(of, orders(node.order_by, scope)) if node.order_by else of
    values = tuple(value_of(each, scope) for each in node.partition_by)
    if not values:
        return rows, scope.per
    added = tuple(Column(f" part{at}", value.type, fine=value.fine) for at, value in enumerate(values))
    return Select(rows, (*of.columns, *added), (*map(Ref, of.columns), *values)), (*scope.per, *added)


def _default(kind: Type, value: tree.Expression | None, scope: Scope) -> Expr:
    if value is None:
        return Const(kind, "" if kind is Type.STRING else None)
    return converted(value_of(value, scope.over(())), kind)


def _step(
    node: tree.Scan,
    at: int,
    given_to: Mapping[Column, Expr],
    spoken: Mapping[str, Mapping[Column, Column]],
    scope: Scope,
) -> Assigned:
    """Bind one step: it may speak of those before it, and of itself."""
    step = node.steps[at]
    known = [each.name.name for each in node.steps[: at + 1]]
    sides = {name: tuple(spoken[name].values()) for name in known}
    inside = replace(scope, sides=sides)
    for later in node.steps[at + 1 :]:
        _not_yet(later.name.name, step, scope)
    given: dict[str, Expr] = {}
    kinds = {column.name: column.type for column in given_to}
    for each in step.assignments:
        name = each.names[0]
        if name.name not in kinds:
            raise scope.unknown("declared column", name, list(kinds))
        value = value_of(each.value, inside)
        if value.type is not kinds[name.name] and not _fits(value.type, kinds[name.name]):
            kind = kinds[name.name].value
            raise scope.error(f"{name.name!r} is a {kind}, and this is a {value.type.value}.", each)
        given[name.name] = converted(value, kinds[name.name])
    values = tuple(given.get(column.name, default) for column, default in given_to.items())
    condition = predicate_of(step.condition, inside)
    for value in (condition, *values):
        if any(map(is_window, parts(value))):
            raise scope.error("Functions that look at the rows around cannot stand in a step.", step.name)
    return Assigned(condition, values, step.output)  # type: ignore[arg-type]


def _not_yet(later: str, step: tree.Step, scope: Scope) -> None:
    def look(node: tree.Node) -> tree.Node | None:
        if isinstance(node, tree.Member) and isinstance(node.of, tree.Name) and node.of.name == later:
            raise scope.error(f"The step {step.name.name!r} cannot speak of {later!r}, which comes after it.", node)
        return None

    exchanged((step.condition, step.assignments), look)


def _fits(given: Type, wanted: Type) -> bool:
    return (given in NUMBERS and wanted in NUMBERS) or Type.DYNAMIC in (given, wanted) or given is Type.UNKNOWN
