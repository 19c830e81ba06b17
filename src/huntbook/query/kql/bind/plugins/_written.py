"""Plug-ins that KQL itself can say: a query over the rows that they are given."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from huntbook.errors import KqlError
from huntbook.query.kql.bind.scope import NOW
from huntbook.query.kql.parse import parse
from huntbook.query.kql.plan import Ref, Select, is_relation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from huntbook.query.kql import tree
    from huntbook.query.kql.bind.scope import Meaning, Scope
    from huntbook.query.kql.plan import Relation


def asked(text: str, known: Mapping[str, Meaning], node: tree.Evaluate, scope: Scope) -> Relation:
    """The answer to a query in KQL, in which names mean relations and values.

    Raises:
        KqlError: if they do not fit; the place is that of the plug-in, not within its query.
    """
    from huntbook.query.kql.bind.query import body_of  # noqa: PLC0415 - they need each other

    now = {NOW: scope.meanings[NOW]} if NOW in scope.meanings else {}
    inside = replace(scope, text=text, tables={}, meanings={**now, **known}, columns=(), sides={}, lost={})
    try:
        found = body_of(parse(text), inside)
    except KqlError as error:
        name = node.call.name.name
        raise scope.error(f"{name}() cannot be asked with these arguments.", node.call, hint=str(error)) from error
    if not is_relation(found):
        raise TypeError(text)
    return found


def renamed(of: Relation, names: Mapping[str, str]) -> Relation:
    """A relation whose columns have other names, in the order of these names."""
    by_name = {column.name: column for column in of.columns}
    columns = tuple(replace(by_name[name], name=called) for name, called in names.items())
    return Select(of, columns, tuple(Ref(by_name[name]) for name in names))
