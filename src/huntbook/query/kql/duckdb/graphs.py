"""How DuckDB walks graphs: paths are lists of edges, and components spread from node to node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.errors import KqlError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from huntbook.query.kql import plan
    from huntbook.query.kql.duckdb.emit import Writer
    from huntbook.query.kql.duckdb.values import Values
    from huntbook.query.kql.plan import Column, Expr, Op


def _json(values: Values, expr: Expr) -> str:
    from huntbook.query.kql.duckdb.operations import as_json  # noqa: PLC0415 - they need each other

    return f"to_json({as_json(values, expr)})"


PATHS: Mapping[str, str | Callable[[Values, Op], str]] = {
    "ids": "[]::{type}[]",
    "path_add": "list_append({0}, {1})",
    "path_has": "list_contains({0}, {1})",
    "path_length": "len({0})",
    "values": "[]::JSON[]",
    "values_add": lambda values, op: f"list_append({values.raw(op.arguments[0])}, {_json(values, op.arguments[1])})",
    "values_put": lambda values, op: f"list_prepend({_json(values, op.arguments[1])}, {values.raw(op.arguments[0])})",
    "values_json": "to_json({0})",
}


def graph(*_: object) -> str:
    """A graph is no table."""
    raise KqlError(
        "This is a graph, and a table is asked for.", hint="graph-match or graph-to-table make a table of it."
    )


def components(writer: Writer, node: plan.Components, names: Mapping[Column, str]) -> str:
    """The body of a step that numbers components: each node takes the least number of those beside it, until none changes."""
    of, edges = writer.source(node.of), writer.source(node.edges)
    key, source, target = of.names[node.id], edges.names[node.source], edges.names[node.target]
    parts = [f"nodes.{of.names[column]} AS {name}" for column, name in names.items() if column in of.names]
    ids = f"SELECT *, row_number() OVER (ORDER BY {key}) AS _node FROM {of.sql}{of.where}"
    ends = (
        f"SELECT a._node AS one, b._node AS other FROM {edges.sql} AS e "
        f"JOIN nodes AS a ON a.{key} = coalesce(e.{source}, {_nothing(node)}) "
        f"JOIN nodes AS b ON b.{key} = coalesce(e.{target}, {_nothing(node)})"
    )
    both = "SELECT one, other FROM ends UNION SELECT other, one FROM ends"
    spread = (
        "SELECT _node AS node, _node AS least FROM nodes UNION "
        "SELECT beside.other, min(spread.least) FROM spread JOIN beside ON beside.one = spread.node "
        "JOIN recurring.spread AS known ON known.node = beside.other "
        "WHERE spread.least < known.least GROUP BY beside.other"
    )
    return (
        f"WITH RECURSIVE nodes AS MATERIALIZED ({ids}),\n  ends AS MATERIALIZED ({ends}),\n  "
        f"beside AS MATERIALIZED ({both}),\n  spread USING KEY (node) AS ({spread})\n  "
        f"SELECT {', '.join(parts)}, dense_rank() OVER (ORDER BY spread.least) - 1 AS {names[node.component]} "
        "FROM nodes JOIN spread ON spread.node = nodes._node"
    )


def _nothing(node: plan.Components) -> str:
    from huntbook.query.kql.types import Type  # noqa: PLC0415

    return "''" if node.id.type is Type.STRING else "NULL"
