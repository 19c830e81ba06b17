"""Percentiles: values of the data by the nearest rank, exact where Kusto estimates; with weights, as if a row were there so many times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.functions._base import Entry, aggregate, repeated
from huntbook.query.kql.routines import ranks

if TYPE_CHECKING:
    from collections.abc import Sequence

_RESULTS = {
    "whole": ("long", "::BIGINT"),
    "real|decimal": ("real", "::DOUBLE"),
    "datetime|timespan": ("=0", ""),
}
_PACKED = {
    "whole": "kql_q",
    "real": "kql_of_real(kql_q)",
    "datetime": "kql_of_datetime(kql_q)",
    "timespan": "kql_of_timespan(kql_q)",
}
_COUNTS = "FILTER (WHERE {0} IS NOT NULL AND {1} > 0)"
_WEIGHED = f"list({{0}} ORDER BY {{0}}) {_COUNTS}, list({{1}}::DOUBLE ORDER BY {{0}}) {_COUNTS}"


def _shares(percentiles: Sequence[str]) -> str:
    """Constants as shares of one."""
    return f"[{', '.join(f'({percentile})::DOUBLE / 100' for percentile in percentiles)}]"


def _arrays(name: str, before: str, found: str, packed: str) -> tuple[Entry, Entry]:
    """`percentiles_array` and the like, of one type: with the percentiles in an array, and one by one; `{S}` are the shares."""
    fixed = before.count(":")
    answer = f"to_json(list_transform({found}, lambda kql_q: {packed}))"

    def one_by_one(arguments: Sequence[str]) -> str:
        return answer.format(*arguments, S=_shares(arguments[fixed:]))

    of_array = f"list_transform(CAST({{{fixed}}} AS DOUBLE[]), lambda kql_p: kql_p / 100)"
    return (
        aggregate(
            f"{name}({before}, percentiles: dynamic) dynamic", answer.replace("{S}", of_array), constant=(fixed,)
        ),
        aggregate(f"{name}({before}, percentile: real, ...) dynamic", one_by_one, constant=(fixed,)),
    )


AGGREGATES = (
    *(
        entry
        for types, (result, cast) in _RESULTS.items()
        for entry in (
            aggregate(
                f"percentile(value: {types}, percentile: real) {result}",
                f"quantile_disc({{0}}, {{1}} / 100){cast}",
                constant=(1,),
            ),
            aggregate(
                f"percentilew(value: {types}, weight: whole, percentile: real) {result}",
                f"kql_weighted({_WEIGHED}, [{{2}} / 100])[1]{cast}",
                constant=(2,),
            ),
        )
    ),
    repeated("percentiles(value: scalar, percentile: real, ...) each percentile"),
    repeated("percentilesw(value: scalar, weight: whole, percentile: real, ...) each percentilew"),
    *(
        entry
        for type_, packed in _PACKED.items()
        for entry in (
            *_arrays("percentiles_array", f"value: {type_}", "quantile_disc({0}, {S})", packed),
            *_arrays(
                "percentilesw_array", f"value: {type_}, weight: whole", f"kql_weighted({_WEIGHED}, {{S}})", packed
            ),
        )
    ),
)

MACROS = {
    "kql_weighted": "(found, weights, shares) AS list_transform([{'v': found, 'r': kql_ranks(weights, shares)}], "
    "lambda kql_w: list_transform(kql_w.r, lambda kql_i: kql_w.v[kql_i]))[1]",
}

ROUTINES = {"kql_ranks": ranks.ranks}
