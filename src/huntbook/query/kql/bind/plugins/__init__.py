"""The plugins of `evaluate`, by name: each takes its call and a relation, and gives a relation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from huntbook.query.kql import tree
from huntbook.query.kql.bind.plugins import (
    bags,
    baskets,
    cohorts,
    geo_lookups,
    intersections,
    lookups,
    narrow,
    near,
    pivots,
    rolling,
    schemas,
    users,
)
from huntbook.query.kql.bind.scope import Scope, meant
from huntbook.query.kql.plan import Relation

Bind = Callable[[tree.Evaluate, Relation, Scope], Relation]

PLUGINS: Mapping[str, Bind] = {
    "bag_unpack": bags.bag_unpack,
    "pivot": pivots.pivot,
    "narrow": narrow.narrow,
    "ipv4_lookup": lookups.ipv4_lookup,
    "ipv6_lookup": lookups.ipv6_lookup,
    "rows_near": near.rows_near,
    "dcount_intersect": intersections.dcount_intersect,
    "sliding_window_counts": users.sliding_window_counts,
    "active_users_count": users.active_users_count,
    "activity_counts_metrics": users.activity_counts_metrics,
    "activity_metrics": users.activity_metrics,
    "geo_polygon_lookup": geo_lookups.geo_polygon_lookup,
    "geo_line_lookup": geo_lookups.geo_line_lookup,
    "basket": baskets.basket,
    "rolling_percentile": rolling.rolling_percentile,
    "schema_merge": schemas.schema_merge,
    "new_activity_metrics": cohorts.new_activity_metrics,
}

_NETWORK = "It reads from the network, which a query may not."
_CODE = "It runs foreign code, which a query may not."
_PATTERNS = "Which patterns the service finds is not documented so that the same could be found here. Use basket, or summarize by …"

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(("python", "r", "csharp"), _CODE),
    **dict.fromkeys(
        (
            "http_request",
            "http_request_post",
            "sql_request",
            "mysql_request",
            "postgresql_request",
            "cosmosdb_sql_request",
            "dax_request",
            "execute_query",
            "execute_show_command",
            "external_datatable",
            "azure_digital_twins_query_request",
            "ai_chat_completion",
            "ai_chat_completion_prompt",
            "ai_embeddings",
            "ai_embed_text",
        ),
        _NETWORK,
    ),
    **dict.fromkeys(("autocluster", "diffpatterns", "diffpatterns_text"), _PATTERNS),
    "activity_engagement": (
        "Which rows its outer window has is not documented. Use sliding_window_counts, once for each window, and join."
    ),
    "session_count": "Where a session begins and ends is not documented. Use row_window_session(), which says it.",
    **dict.fromkeys(
        ("funnel_sequence", "funnel_sequence_completion", "sequence_detect"),
        "Which of several sequences that overlap it counts is not documented. Use scan, which says what follows what.",
    ),
    "preview": "It gives two tables, and an answer is one. Use take for the rows, and count for how many there are.",
    "estimate_rows_count": "It is not documented. Use count.",
    **dict.fromkeys(("identity", "identity_v3"), "The service keeps it for itself, and does not document it."),
    "infer_storage_schema": _NETWORK,
    "infer_storage_schema_with_suggestions": _NETWORK,
    "external_data": _NETWORK,
}


def evaluate(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """Run a plugin on a relation."""
    name = node.call.name.name
    if (why := REFUSED.get(name)) is not None:
        raise scope.error(f"The plugin {name} cannot be run on local evidence.", node.call.name, hint=why)
    bound = PLUGINS.get(name)
    if bound is None:
        hint = meant(name, list(PLUGINS))
        raise scope.error(f"There is no plugin {name!r} here.", node.call.name, hint=hint)
    if scope.per:
        raise scope.error(f"The plugin {name} cannot be run on parts of a table.", node.call.name)
    if node.schema is not None and name not in ("bag_unpack", "pivot"):
        raise scope.error(f"The plugin {name} takes no schema here.", node.schema, hint="project gives what is wanted.")
    return bound(node, of, scope)
