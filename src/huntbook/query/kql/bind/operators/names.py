"""`project-by-names`: columns by names that are values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind.operators.columns import matching, only
from huntbook.query.kql.bind.plugins._arguments import texts_of

if TYPE_CHECKING:
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Column, Relation


def project_by_names(node: tree.ProjectByNames, of: Relation, scope: Scope) -> Relation:
    """The columns of these names, in their order; a name may have stars in it, and one that no column has is no error."""
    found: list[Column] = []
    for each in node.columns:
        for name in _names(each, scope):
            pattern = tree.Pattern(each.span, name)
            found += [column for column in matching(pattern, scope) if column not in found]
    return only(of, found, scope)


def _names(node: tree.Expression, scope: Scope) -> list[str]:
    if isinstance(node, tree.Star):
        return ["*"]
    if isinstance(node, tree.Pattern):
        return [node.pattern]
    if isinstance(node, tree.Name) and scope.column(node.name) is not None:
        return [node.name]
    return texts_of(node, scope)
