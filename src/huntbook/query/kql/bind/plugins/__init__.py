"""The plugins of `evaluate`, by name: each takes its call and a relation, and gives a relation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from huntbook.query.kql import tree
from huntbook.query.kql.bind.plugins import bags, intersections, lookups, narrow, near, pivots
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
}

_NETWORK = "It reads from the network, which a query may not."
_CODE = "It runs foreign code, which a query may not."
_PATTERNS = (
    "Which patterns the service finds is not documented so that the same could be found here. Use summarize by …"
)
_USERS = "Use summarize dcount(…) by bin(…)."

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(("python", "r"), _CODE),
    **dict.fromkeys(
        (
            "http_request",
            "http_request_post",
            "sql_request",
            "mysql_request",
            "postgresql_request",
            "cosmosdb_sql_request",
            "azure_digital_twins_query_request",
            "ai_chat_completion",
            "ai_chat_completion_prompt",
            "ai_embeddings",
            "ai_embed_text",
        ),
        _NETWORK,
    ),
    **dict.fromkeys(("autocluster", "basket", "diffpatterns", "diffpatterns_text"), _PATTERNS),
    "active_users_count": (
        "Whether periods without a user's rows count is not documented. Use summarize dcount(…) by bin(…)."
    ),
    **dict.fromkeys(
        (
            "activity_counts_metrics",
            "activity_engagement",
            "activity_metrics",
            "new_activity_metrics",
            "session_count",
            "sliding_window_counts",
        ),
        _USERS,
    ),
    **dict.fromkeys(
        ("funnel_sequence", "funnel_sequence_completion", "sequence_detect"), "Use scan, which says what follows what."
    ),
    **dict.fromkeys(("rolling_percentile",), "Use percentile() by bin(…)."),
    "schema_merge": "Which types are made one is not documented. Use union … | getschema.",
    "preview": "Use take.",
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
