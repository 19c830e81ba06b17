"""Statements, sources and pipes: from the tree to relations."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from huntbook.core.chart import Chart
from huntbook.query.kql import tree
from huntbook.query.kql.bind import calls, graphs, sources, windows
from huntbook.query.kql.bind.convert import converted
from huntbook.query.kql.bind.expressions import value_of
from huntbook.query.kql.bind.operators import OPERATORS
from huntbook.query.kql.bind.scope import NOW, Ask, Closure, Scope
from huntbook.query.kql.plan import Plan, is_relation
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from huntbook.query.kql.catalogue import Catalogue
    from huntbook.query.kql.plan import Expr, Relation


def bind(query: tree.Query, text: str, catalogue: Catalogue, ask: Ask | None = None) -> Plan:
    """Resolve every name and type of a query.

    Args:
        query: the query.
        text: what it was read from.
        catalogue: the tables and functions that it may name.
        ask: gives the rows of a relation, where the columns that come out depend on the data.

    Raises:
        KqlError: if a name means nothing, types do not go together, or something cannot be done here.
    """
    words = frozenset(re.findall(r"\w+", text))
    scope = Scope(text, catalogue.tables, catalogue=catalogue, words=words, ask=ask)
    if query.more:
        raise scope.error("The text holds several queries.", query.more[0], hint="Ask one at a time.")
    found = body_of(query, scope)
    if not is_relation(found):
        found = sources.printed((found,), ("print_0",))  # type: ignore[arg-type]
    return Plan(found, _chart(query), tuple(scope.cautions))


def _chart(query: tree.Query) -> Chart | None:
    last = query.body.operators[-1] if isinstance(query.body, tree.Pipe) and query.body.operators else None
    if not isinstance(last, tree.Render):
        return None
    return Chart(last.chart, {name: _shown(name, value) for name, value in last.properties})


def _shown(name: str, value: tree.Expression | tuple[tree.Name, ...]) -> object:
    """A property's value: a constant, a name, or names of columns."""
    if isinstance(value, tuple):
        return [each.name for each in value]
    found = getattr(value, "value", getattr(value, "name", None))
    return [found] if name in ("ycolumns", "series") else found


def body_of(query: tree.Query, scope: Scope) -> Expr | Relation:
    """Bind statements and what is asked after them: a relation or a value."""
    for statement in query.statements:
        if statement.span.start < query.body.span.start:  # what is let after the query is of no use to it
            scope = _after(statement, scope)
    relation = calls.relation_if_any(query.body, scope)
    if relation is not None:
        return relation
    if isinstance(query.body, tree.Name | tree.Call) and not _is_value(query.body, scope):
        return relation_of(query.body, scope)
    return value_of(query.body, scope)


def _is_value(node: tree.Name | tree.Call, scope: Scope) -> bool:
    if isinstance(node, tree.Call):
        return True
    return node.name in scope.meanings or scope.column(node.name) is not None


def _after(statement: tree.Statement, scope: Scope) -> Scope:
    return STATEMENTS[type(statement)](statement, scope)


def _let_function(statement: tree.LetFunction, scope: Scope) -> Scope:
    """A function, with parameters (values and tables) and what they are when they are left out; a `view` too."""
    return scope.knowing(statement.name.name, Closure(statement.function, scope))


def _let(statement: tree.Let, scope: Scope) -> Scope:
    """A name for a value or a table."""
    return scope.knowing(statement.name.name, _meaning(statement.value, scope))


def _set(statement: tree.Set, scope: Scope) -> Scope:
    """`set query_now = …` is what now() says from here on; other options are for the service, and mean nothing here."""
    if statement.option.name.name == "query_now":
        return scope.knowing(NOW, converted(value_of(statement.option.value, scope), Type.DATETIME))
    return scope


def _other(statement: tree.OtherStatement, scope: Scope) -> Scope:
    """Refused: it is for the service alone."""
    raise scope.error(f"{statement.keyword} cannot be used on local evidence.", statement)


def _meaning(value: tree.Argument, scope: Scope) -> Expr | Relation:
    relation = calls.relation_if_any(value, scope)
    return value_of(value, scope) if relation is None else relation


def _declared(statement: tree.Declare, scope: Scope) -> Scope:
    """Parameters of the query: each is what stands as its default."""
    for parameter in statement.parameters:
        if parameter.default is None or isinstance(parameter.type, tree.Schema):
            raise scope.error(f"The query's parameter {parameter.name.name!r} has no value.", parameter.name)
        scope = scope.knowing(parameter.name.name, converted(value_of(parameter.default, scope), parameter.type))
    return scope


def relation_of(node: Any, scope: Scope) -> Relation:
    """Bind a pipe, or the source of one.

    Raises:
        KqlError: if it is no table.
    """
    if isinstance(node, tree.Pipe):
        relation = relation_of(node.source, scope)
        return through(relation, node.operators, scope)
    return sources.source(node, replace(scope, columns=(), sides={}))


def _without(before: Relation, after: Relation, operator: tree.Operator, scope: Scope) -> Scope:
    """Remember what columns an operator leaves out, so that who asks for them is told."""
    left = {column.name for column in after.columns}
    gone = {column.name for column in before.columns} - left
    line = scope.text.count("\n", 0, operator.span.start) + 1
    kept = {name: at for name, at in scope.lost.items() if name not in left}
    return replace(scope, lost=kept | dict.fromkeys(gone, line)) if gone or len(kept) < len(scope.lost) else scope


def through(relation: Relation, operators: tuple[tree.Operator, ...], scope: Scope) -> Relation:
    """Apply operators to a relation, one after the other."""
    for operator in operators:
        if isinstance(operator, tree.As):
            scope = scope.knowing(operator.name.name, relation)
            continue
        bound = OPERATORS.get(type(operator))
        if bound is None:
            raise scope.error("This operator cannot be run on local evidence yet.", operator)
        graphs.check(operator, relation, scope)
        found = bound(operator, relation, scope.over(relation.columns))
        before, relation = relation, windows.lifted(found, relation, operator, scope)
        scope = _without(before, relation, operator, scope)
    return relation


STATEMENTS: Mapping[type, Callable[[Any, Scope], Scope]] = {
    tree.Let: _let,
    tree.LetFunction: _let_function,
    tree.Declare: _declared,
    tree.Set: _set,
    tree.OtherStatement: _other,
}
