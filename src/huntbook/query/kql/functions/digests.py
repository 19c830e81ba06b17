"""Digests: what percentiles are taken of later, of the rows of a group or of several groups together.

Kusto's are approximate; these hold the values themselves, see `routines/digests.py`, up to a size at which they begin to leave some out.
"""

from __future__ import annotations

from huntbook.query.kql.functions._base import Entry, aggregate, scalar
from huntbook.query.kql.routines import digests

# How a value of each type stands in a digest: `PACKED` of the dynamics, of those types that have an order and a sum.
_STANDS = {
    "whole": "to_json({v})",
    "real|decimal": "kql_of_real({v})",
    "datetime": "kql_of_datetime({v})",
    "timespan": "kql_of_timespan({v})",
}


def _aggregates() -> tuple[Entry, ...]:
    forms = []
    for types, packed in _STANDS.items():
        value = "{0}::DOUBLE" if "real" in types else "{0}"
        forms += [
            aggregate(
                f"tdigest(value: {types}) dynamic",
                f"kql_digest(list_transform(map_entries(histogram({value})), lambda kql_each: "
                f"{{{{'v': {packed.format(v='kql_each.key')}, 'n': kql_each.value}}}}))",
            ),
            aggregate(
                f"tdigest(value: {types}, weight: whole) dynamic",
                f"coalesce(kql_digest_of(list({packed.format(v=value)}::VARCHAR), list({{1}}::BIGINT)), '[[7],[],[]]')::JSON",
            ),
        ]
    return tuple(forms)


_MERGED = "kql_digests_merged(list({0}::VARCHAR))::JSON"

AGGREGATES = (
    *_aggregates(),
    aggregate("tdigest_merge(digest: dynamic) dynamic", _MERGED),
    aggregate("merge_tdigest(digest: dynamic) dynamic", _MERGED),
)

SCALARS = (
    *(
        scalar(f"{name}(digest: dynamic, other: dynamic, ...) dynamic", "kql_digests_merged_all([{*}])")
        for name in ("tdigest_merge", "merge_tdigest")
    ),
    scalar("percentile_tdigest(digest: dynamic, percentile: real) dynamic", "kql_digest_at({0}::VARCHAR, {1})::JSON"),
    scalar(
        "percentiles_array_tdigest(digest: dynamic, percentiles: dynamic) dynamic",
        "kql_digest_at_all({0}::VARCHAR, TRY_CAST({1} AS DOUBLE[]))::JSON",
    ),
    scalar(
        "percentiles_array_tdigest(digest: dynamic, percentile: real, ...) dynamic",
        "kql_digest_at_all({0}::VARCHAR, [{1*}])::JSON",
    ),
    *(
        scalar(
            f"{name}(digest: dynamic, value: {types}) real",
            f"{routine}({{0}}::VARCHAR, {packed.format(v='{1}')}::VARCHAR)",
        )
        for name, routine in (("rank_tdigest", "kql_digest_rank"), ("percentrank_tdigest", "kql_digest_percent"))
        for types, packed in _STANDS.items()
    ),
)

MACROS = {
    "kql_digest": (
        "(entries) AS CASE WHEN coalesce(len(entries), 0) > " + str(digests.LONGEST) + " "
        "THEN kql_digest_bounded(kql_digest_text(entries)::VARCHAR)::JSON ELSE kql_digest_text(entries) END"
    ),
    "kql_digest_text": (
        "(entries) AS json_array(json_array(7), to_json(list_transform(coalesce(entries, []), lambda kql_each: kql_each.v)), "
        "to_json(list_transform(coalesce(entries, []), lambda kql_each: kql_each.n)))"
    ),
    "kql_digests_merged_all": (
        "(found) AS CASE WHEN len(list_filter(found, lambda kql_each: kql_each IS NULL)) = 0 "
        "THEN kql_digests_merged(CAST(found AS VARCHAR[]))::JSON END"
    ),
}

ROUTINES = {
    "kql_digest_of": digests.of_values,
    "kql_digest_bounded": digests.bounded,
    "kql_digests_merged": digests.merged,
    "kql_digest_at": digests.percentile,
    "kql_digest_at_all": digests.percentiles,
    "kql_digest_rank": digests.rank,
    "kql_digest_percent": digests.percent_rank,
}
