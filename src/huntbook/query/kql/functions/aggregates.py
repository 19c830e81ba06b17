"""Aggregates: over the rows of a group.

Nulls do not count, but in `make_list_with_nulls`. Of no rows counts, sums, `stdev` and `variance` are 0, lists and sets are empty and
the others null, as KQL's `summarize` has it. Numbers of distinct values are exact, whatever accuracy is asked for.
An `hll` holds the distinct values themselves, so that what is merged of it is exact as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.functions._base import Entry, aggregate, scalar
from huntbook.query.kql.functions.dynamics import LONGEST, PACKED
from huntbook.query.kql.routines import baskets, dynamics

if TYPE_CHECKING:
    from collections.abc import Sequence


def _both(name: str, parameters: str, result: str, template: str, *, nullable: bool = False) -> tuple[Entry, Entry]:
    """An aggregate and its form with a condition; `{F}` in the template is where FILTER goes, `{W}` adds to a condition."""
    count = parameters.count(":")
    condition = f"{{{count}}}"
    separator = ", " if parameters else ""
    return (
        aggregate(f"{name}({parameters}) {result}", template.replace("{F}", "").replace("{W}", ""), nullable=nullable),
        aggregate(
            f"{name}if({parameters}{separator}predicate: bool) {result}",
            template.replace("{F}", f" FILTER (WHERE {condition})").replace("{W}", f" AND {condition}"),
            nullable=nullable,
        ),
    )


def _collected(names: Sequence[str], types: str, packed: str, template: str) -> tuple[Entry, ...]:
    """`make_list` or `make_set` of one kind of value; the template gets the value `{V}` and what else FILTER asks for `{W}`."""
    forms = []
    for name in names:
        conditional = name.endswith("_if")
        condition, size = (" AND {1}", "{2}") if conditional else ("", "{1}")
        most = LONGEST if "_" in name else 128  # of the old names
        predicate = ", predicate: bool" if conditional else ""
        text = (
            template.replace("{V}", packed)
            .replace("{W}", condition)
            .replace("{N}", f"least(coalesce({size}, {most}), {LONGEST})")
        )
        last = 2 if conditional else 1
        forms.append(
            aggregate(f"{name}(value: {types}{predicate}, size: long = {most}) dynamic", text, constant=(last,))
        )
    return tuple(forms)


# Where an aggregate goes by the order of the rows, if they have one.
IN_ORDER = " /* in order */"
_LIST = f"to_json(coalesce((list({{V}}{IN_ORDER}) FILTER (WHERE {{0}} IS NOT NULL{{W}}))[1:{{N}}], []))"
# of arrays the list is that of their elements, as the examples of geo_h3cell_rings() show
_LIST_OF_ARRAYS = (
    "to_json(coalesce(flatten(list(CASE WHEN json_type({0}) = 'ARRAY' THEN kql_items({0}) ELSE [{0}] END /* in order */) "
    "FILTER (WHERE {0} IS NOT NULL{W}))[1:{N}], []))"
)
# A set has no order, but the same question should have the same answer: it is sorted.
_SET = "to_json(coalesce(list_sort(list(DISTINCT {V}) FILTER (WHERE {0} IS NOT NULL{W}))[1:{N}], []))"
# a set of arrays is that of their elements
_SET_OF_ARRAYS = (
    "to_json(coalesce(kql_distinct(flatten(list(DISTINCT CASE WHEN json_type({0}) = 'ARRAY' THEN kql_items({0}) ELSE [{0}] END) "
    "FILTER (WHERE {0} IS NOT NULL{W})))[1:{N}], []))"
)
_BAG = "coalesce(kql_bag_first(kql_bag_merge(list({0} /* in order */) FILTER (WHERE {0} IS NOT NULL{W})), {N}), '[]'::JSON)"
_HLL = "to_json(coalesce(list(DISTINCT {V}) FILTER (WHERE {0} IS NOT NULL{W}), []))"

AGGREGATES = (
    aggregate("count() long", "count(*)"),
    aggregate("countif(predicate: bool) long", "count(*) FILTER (WHERE {0})"),
    *_both("sum", "value: whole", "long", "coalesce(sum({0}){F}, 0)::BIGINT"),
    *_both("sum", "value: decimal", "decimal", "coalesce(sum({0}){F}, 0)::DECIMAL(38, 18)"),
    *_both("sum", "value: real", "real", "coalesce(sum({0}){F}, 0)"),
    *_both("sum", "value: timespan", "timespan", "coalesce(sum({0}){F}, 0)::BIGINT"),
    *_both("avg", "value: whole", "real", "avg({0}){F}"),
    *_both("avg", "value: decimal", "decimal", "kql_average_decimal(sum({0}){F}, count({0}){F})"),
    *_both("avg", "value: real", "real", "avg({0}){F}"),
    *_both("avg", "value: timespan", "timespan", "kql_average(sum({0}){F}, count({0}){F})"),
    *_both("avg", "value: datetime", "datetime", "kql_datetime(kql_average(sum(kql_ticks({0})){F}, count({0}){F}))"),
    *_both("min", "value: ordered", "=0", "min({0}){F}", nullable=True),
    *_both("max", "value: ordered", "=0", "max({0}){F}", nullable=True),
    aggregate("dcount(value: any, accuracy: long = 1) long", "count(DISTINCT {0})"),
    aggregate(
        "dcountif(value: any, predicate: bool, accuracy: long = 1) long", "count(DISTINCT {0}) FILTER (WHERE {1})"
    ),
    *_both("count_distinct", "value: scalar", "long", "count(DISTINCT {0}){F}"),
    *_both("stdev", "value: real", "real", "coalesce(stddev_samp({0}){F}, 0)"),
    aggregate("stdevp(value: real) real", "stddev_pop({0})"),
    *_both("variance", "value: real", "real", "coalesce(var_samp({0}){F}, 0)"),
    *_both("variancep", "value: real", "real", "var_pop({0}){F}"),
    *_both("covariance", "x: real, y: real", "real", "covar_samp({0}, {1}){F}"),
    *_both("covariancep", "x: real, y: real", "real", "covar_pop({0}, {1}){F}"),
    *(
        form
        for types, packed in PACKED.items()
        for form in (
            *_collected(
                ("make_list", "makelist", "make_list_if"),
                types,
                packed,
                _LIST_OF_ARRAYS if types == "dynamic" else _LIST,
            ),
            *_collected(
                ("make_set", "makeset", "make_set_if"), types, packed, _SET_OF_ARRAYS if types == "dynamic" else _SET
            ),
            aggregate(
                f"make_list_with_nulls(value: {types}) dynamic", f"to_json(coalesce(list({packed}{IN_ORDER}), []))"
            ),
            aggregate(
                f"hll(value: {types}, accuracy: long = 1) dynamic", _HLL.replace("{V}", packed).replace("{W}", "")
            ),
            aggregate(
                f"hll_if(value: {types}, predicate: bool, accuracy: long = 1) dynamic",
                _HLL.replace("{V}", packed).replace("{W}", " AND {1}"),
            ),
        )
    ),
    *_collected(("make_bag", "make_bag_if", "make_dictionary"), "dynamic", "{0}", _BAG),
    aggregate(
        "hll_merge(hll: dynamic) dynamic", _SET_OF_ARRAYS.replace("{W}", "").replace("{N}", "9223372036854775807")
    ),
    *(
        entry
        for name in ("take_any", "any")
        for entry in (
            aggregate(f"{name}(value: any) =0", "any_value({0})", nullable=True),
            aggregate(f"{name}if(value: any, predicate: bool) =0", "any_value({0}) FILTER (WHERE {1})", nullable=True),
        )
    ),
    *(aggregate(f"binary_all_{name}(value: whole) =0", f"bit_{name}({{0}})") for name in ("and", "or", "xor")),
    aggregate(
        "op_baskets(row: string, weight: real, ratio: real, dimensions: long) dynamic",
        "kql_baskets_told(kql_baskets(list({0}), list({1}), any_value({2}), any_value({3})))",
        caution="basket() counts all rows, where Kusto begins with a sample; its patterns come in the order of their weight.",
    ),
    aggregate("buildschema(value: dynamic) dynamic", "kql_schemas(list(DISTINCT kql_schema({0}::VARCHAR)))::JSON"),
)

SCALARS = (
    scalar("dcount_hll(hll: dynamic) long", "kql_length({0})"),
    scalar("hll_merge(hll: dynamic, other: dynamic, ...) dynamic", "kql_set_union([{*}])"),
)

MACROS = {
    "kql_baskets_told": f"(found) AS CASE found WHEN '{baskets.TOO_MANY}' THEN error('basket() finds too many patterns: "
    "ask for a greater part of the rows, or fewer columns')::JSON ELSE found::JSON END",
    "kql_bag_first": "(b, n) AS CASE WHEN len(json_keys(b)) <= n THEN b ELSE to_json(map_from_entries(kql_entries(b)[1:n])) END",
    "kql_average": "(total, n) AS (total // nullif(n, 0))::BIGINT",
    # a DECIMAL by a BIGINT would be a DOUBLE: its digits as a HUGEINT, and the point put back
    "kql_average_decimal": "(total, n) AS kql_pointed(replace(total::VARCHAR, '.', '')::HUGEINT // nullif(n, 0))",
    "kql_pointed": "(q) AS (CASE WHEN q < 0 THEN '-' ELSE '' END || regexp_replace("
    "lpad(abs(q)::VARCHAR, greatest(19, length(abs(q)::VARCHAR)::INTEGER), '0'), '(.{18})$', '.\\1'))::DECIMAL(38, 18)",
}

ROUTINES = {"kql_baskets": baskets.baskets, "kql_schema": dynamics.schema, "kql_schemas": dynamics.merged_schemas}
