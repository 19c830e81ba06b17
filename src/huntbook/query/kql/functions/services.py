"""Functions that speak of the service a query runs in, or that the service keeps for itself: there is none here."""

from __future__ import annotations

from huntbook.query.kql.functions._base import refused

_CLUSTER = "no cluster runs this query"
_PRINCIPAL = "nobody is signed in where this query runs"
_EXTENT = "evidence has no extents"
_CURSOR = "evidence has no database cursor; compare times"
_INTERNAL = "the service keeps it for itself, and does not document it"

_TABLES = "the tables of the connection are all there is: give a table's name alone"

SCALARS = (
    *(refused(name, _TABLES) for name in ("cluster", "database", "workspace", "external_table", "materialized_view")),
    refused("table", "it is rows, not a value: use toscalar()"),
    refused("entity_group", "there are no entity groups; use union of the tables"),
    refused("stored_query_result", "the service stores no results here; use let and materialize()"),
    refused("graph", "the service stores no graphs here; use make-graph"),
    refused("current_cluster_endpoint", _CLUSTER),
    refused("current_database", _CLUSTER),
    refused("current_node_id", _CLUSTER),
    refused("rowstore_ordinal_range", _CLUSTER),
    refused("current_principal", _PRINCIPAL),
    refused("current_principal_details", _PRINCIPAL),
    refused("current_principal_is_member_of", _PRINCIPAL),
    refused("extent_id", _EXTENT),
    refused("extentid", _EXTENT),
    refused("extent_tags", _EXTENT),
    refused("row_id", "rows have no ids of the service; use row_number()"),
    refused("ingestion_time", "when rows came into the service is not in evidence; use TimeGenerated"),
    refused("cursor_after", _CURSOR),
    refused("cursor_before_or_at", _CURSOR),
    refused("cursor_current", _CURSOR),
    refused("current_cursor", _CURSOR),
    refused("bin_auto", "the size of its bins is a property of a request; use bin()"),
    refused("array_strcat", "it is not documented; use strcat_array()"),
    refused("set_equals", "it is not documented; compare array_length() of set_union() and of set_intersect()"),
    refused("row_rank", "it is not documented; use row_rank_dense() or row_rank_min()"),
    refused("hll_isvalid", _INTERNAL),
    refused("tdigest_isvalid", _INTERNAL),
    *(
        refused(name, _INTERNAL)
        for name in (
            "__cast",
            "__geo_length_to_s2cell_level",
            "__geo_line_s2cell_covering_level",
            "__geo_line_validate",
            "__geo_polygon_s2cell_covering_level",
            "__geo_polygon_validate",
            "__hash_crc32",
            "__hash_djb2",
            "__hash_many_crc32",
            "__hash_xxh64",
            "__hll_normalize",
            "__invoke",
            "__ipv6_lookup_ranges",
            "__lz4_compress_dynamic_array_to_base64_string",
        )
    ),
)

AGGREGATES = (
    refused("argmax", "it is deprecated: use arg_max()"),
    refused("argmin", "it is deprecated: use arg_min()"),
    refused("cnt", "it is not documented: use count()"),
    refused("passthrough", _INTERNAL),
)
