"""Arrays, bags and sets in dynamic values.

A scalar that is put into one becomes what Kusto makes of it: a string a JSON string (it is not parsed), a datetime and a timespan the
text that is printed, a real that is no number its name. Null in an array is JSON's. Overloads with a dynamic come first: one fits
whatever is asked for.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from huntbook.query.kql.functions._base import Entry, Spelling, scalar
from huntbook.query.kql.routines import dynamics

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 1_048_576  # elements of an array that range(), repeat(), make_list() and make_set() make at most

_DEEPEST = 2  # keys of a path that is set: each level doubles what DuckDB has to bind


# How a value of each type is put into a dynamic one.
PACKED = {
    "dynamic": "{0}",
    "bool|int|long|string|guid": "to_json({0})",
    "decimal": "kql_of_decimal({0})",
    "real": "kql_of_real({0})",
    "datetime": "kql_of_datetime({0})",
    "timespan": "kql_of_timespan({0})",
}


def packing(signature: str, template: str) -> tuple[Entry, ...]:
    """An entry with parameters of the type `packed`: those become dynamic, an overload for each type."""
    parameters = signature[signature.index("(") + 1 : signature.rindex(")")].split(",")
    places = [n for n, parameter in enumerate(parameters) if ": packed" in parameter]
    forms = []
    for choice in product(PACKED, repeat=len(places)):
        spelled, text = signature, template
        for place, types in zip(places, choice, strict=True):
            spelled = spelled.replace(": packed", f": {types}", 1)
            text = text.replace(f"{{{place}}}", PACKED[types].replace("{0}", f"{{{place}}}"))
        forms.append(scalar(spelled, text))
    return tuple(forms)


def _at_depth(path: str, change: str) -> str:
    """SQL that changes a bag `b` at the end of a path: `change` of the innermost bag and key, put back into each around it."""
    cases = []
    for depth in range(1, _DEEPEST + 1):
        bags = ["b"]
        for n in range(1, depth):
            bags.append(f"kql_get({bags[-1]}, {path}[{n}])")
        text = change.format(bags[-1], f"{path}[{depth}]")
        for n in range(depth - 1, 0, -1):
            text = f"kql_put({bags[n - 1]}, {path}[{n}], {text})"
        cases.append(f"WHEN {depth} THEN {text}")
    return f"CASE len({path}) {' '.join(cases)} ELSE error('a path of keys has at most {_DEEPEST} of them')::JSON END"


def _each(name: str, numbers: str) -> str:
    """SQL of a range of datetimes or timespans as an array of their texts."""
    return f"to_json(list_transform({numbers}, lambda kql_t: {name}(kql_t)))"


def _sorted_beside(way: str) -> Spelling:
    """Builds the SQL of several arrays: the first sorted, each of the others in its order, as an array of them."""

    def build(sql: Sequence[str]) -> str:
        *others, last = sql[1:]
        if last not in ("true", "false"):
            others, last = [*others, last], "true"
        beside = [
            f"kql_beside({sql[0]}::VARCHAR, {each}::VARCHAR, {last}, {str(way == 'DESC').lower()})::JSON"
            for each in others
        ]
        return f"to_json([{', '.join([f'kql_array_sort({sql[0]}, {last}, {way!r})', *beside])}])"

    return build


SCALARS = (
    scalar("array_concat(array: dynamic, ...) dynamic", "kql_array_concat([{*}])"),
    *(
        form
        for name in ("array_iff", "array_iif")
        for form in packing(
            f"{name}(conditions: dynamic, when_true: packed, when_false: packed) dynamic",
            "kql_array_iff({0}, {1}, {2})",
        )
    ),
    *packing(
        "array_index_of(array: dynamic, value: packed, start: long = 0, length: long = -1, occurrence: long = 1) long",
        "kql_array_index_of({0}, {1}, {2}, {3}, {4})",
    ),
    *(scalar(f"{name}(array: dynamic) long", "kql_length({0})") for name in ("array_length", "arraylength")),
    scalar("array_reverse(array: dynamic) dynamic", "to_json(list_reverse(kql_items({0})))"),
    scalar("array_rotate_left(array: dynamic, count: long) dynamic", "kql_rotate({0}, {1})"),
    scalar("array_rotate_right(array: dynamic, count: long) dynamic", "kql_rotate({0}, -({1}))"),
    *packing("array_shift_left(array: dynamic, count: long, fill: packed?) dynamic", "kql_shift({0}, {1}, {2})"),
    *packing(
        "array_shift_right(array: dynamic, count: long, fill: packed?) dynamic",
        "kql_shift({0}, -(CASE WHEN {1} < -1e9 THEN -1e9::BIGINT ELSE {1} END), {2})",
    ),
    scalar("array_slice(array: dynamic, start: long, end: long) dynamic", "kql_array_slice({0}, {1}, {2})"),
    *(
        form
        for name, way in (("array_sort_asc", "ASC"), ("array_sort_desc", "DESC"))
        for form in (
            scalar(f"{name}(array: dynamic, other: dynamic) dynamic", _sorted_beside(way)),
            scalar(
                f"{name}(array: dynamic, nulls_last: bool = true) dynamic",
                f"kql_array_sort({{0}}, {{1}}, '{way}')",
                constant=(1,),
            ),
            scalar(f"{name}(array: dynamic, other: dynamic, another: dynamic|bool, ...) dynamic", _sorted_beside(way)),
        )
    ),
    scalar("array_split(array: dynamic, indices: dynamic) dynamic", "kql_array_split({0}, TRY_CAST({1} AS BIGINT[]))"),
    scalar("array_split(array: dynamic, index: long) dynamic", "kql_array_split({0}, [{1}])"),
    scalar("array_sum(array: dynamic) real", "kql_array_sum({0})"),
    scalar("bag_has_key(bag: dynamic, key: string) bool", "kql_bag_has({0}, {1})"),
    scalar("bag_keys(bag: dynamic) dynamic", "CASE WHEN json_type({0}) = 'OBJECT' THEN to_json(json_keys({0})) END"),
    scalar("bag_merge(bag: dynamic, other: dynamic, ...) dynamic", "kql_bag_merge([{*}])"),
    scalar("bag_remove_keys(bag: dynamic, keys: dynamic) dynamic", "kql_bag_remove_keys({0}, {1})"),
    *packing("bag_set_key(bag: dynamic, key: string, value: packed) dynamic", "kql_bag_set_key({0}, {1}, {2})"),
    scalar("bag_zip(keys: dynamic, values: dynamic) dynamic", "kql_bag_zip({0}, {1})"),
    scalar("zip(array: dynamic, other: dynamic, ...) dynamic", "kql_zip([{*}])"),
    scalar("set_difference(set: dynamic, other: dynamic, ...) dynamic", "kql_set_difference({0}, [{1*}])"),
    scalar("set_intersect(set: dynamic, other: dynamic, ...) dynamic", "kql_set_intersect({0}, [{1*}])"),
    scalar("set_union(set: dynamic, other: dynamic, ...) dynamic", "kql_set_union([{*}])"),
    *packing(
        "set_has_element(set: dynamic, value: packed) bool", "list_contains(kql_keys(kql_items({0})), kql_key({1}))"
    ),
    scalar("jaccard_index(set: dynamic, other: dynamic) real", "kql_jaccard({0}, {1})"),
    *packing("repeat(value: packed, count: long) dynamic", "kql_repeat({0}, {1})"),
    scalar("range(start: whole, stop: whole, step: whole = 1) dynamic", "to_json(kql_range({0}, {1}, {2}))"),
    scalar("range(start: real, stop: real, step: real = 1.0) dynamic", "to_json(kql_range_real({0}, {1}, {2}))"),
    scalar(
        "range(start: datetime, stop: datetime, step: timespan = 36000000000) dynamic",
        _each("kql_text_of_ticks", "kql_range(kql_ticks({0}), kql_ticks({1}), {2})"),
    ),
    scalar(
        "range(start: timespan, stop: timespan, step: timespan = 36000000000) dynamic",
        _each("kql_timespan_text", "kql_range({0}, {1}, {2})"),
    ),
    scalar("treepath(object: dynamic) dynamic", "kql_paths({0}::VARCHAR)::JSON"),
    scalar("dynamic_to_json(value: string) string", "{0}"),
    scalar("dynamic_to_json(value: dynamic) string", "kql_canonical({0}::VARCHAR)", nullable=True),
)

_NUMBERS = "('BIGINT', 'UBIGINT', 'DOUBLE')"

MACROS = {
    # scalars as they are within dynamic values
    "kql_of_real": "(x) AS CASE WHEN isfinite(x) THEN to_json(x) WHEN isnan(x) THEN '\"NaN\"'::JSON WHEN x > 0 THEN '\"Infinity\"'::JSON "
    "WHEN x < 0 THEN '\"-Infinity\"'::JSON END",
    "kql_of_datetime": "(t) AS to_json(kql_datetime_text(t))",
    "kql_of_ticks": "(n) AS to_json(kql_text_of_ticks(n))",
    "kql_of_timespan": "(n) AS to_json(kql_timespan_text(n))",
    "kql_of_decimal": "(x) AS to_json(kql_decimal_in_json(x))",
    "kql_decimal_in_json": "(x) AS rtrim(rtrim((x)::VARCHAR, '0'), '.')",
    "kql_text_of_ticks": "(n) AS (left(kql_datetime_text(kql_datetime(n)), -2) || (n % 10)::VARCHAR || 'Z')",
    # arrays as lists: of JSON, of what tells elements apart
    "kql_items": "(a) AS TRY_CAST(a AS JSON[])",
    "kql_length": "(a) AS CASE WHEN json_type(a) = 'ARRAY' THEN json_array_length(a)::BIGINT END",
    "kql_key": "(x) AS coalesce((x)::VARCHAR, 'null')",
    "kql_keys": "(l) AS list_transform(l, lambda kql_k: kql_key(kql_k))",
    "kql_distinct": "(l) AS list_transform([l], lambda kql_l: list_transform([kql_keys(kql_l)], lambda kql_t: "
    "list_filter(kql_l, lambda kql_e, kql_i: list_position(kql_t, kql_key(kql_e)) = kql_i))[1])[1]",
    "kql_array_concat": "(l) AS list_transform([list_transform(l, lambda kql_a: kql_items(kql_a))], lambda kql_l: "
    "CASE WHEN len(list_filter(kql_l, lambda kql_e: kql_e IS NULL)) = 0 THEN to_json(flatten(kql_l)) END)[1]",
    "kql_pick": "(a, i) AS CASE WHEN json_type(a) = 'ARRAY' THEN json_extract(a, '$[' || i || ']') ELSE a END",
    "kql_array_iff": "(c, a, b) AS list_transform([{'c': kql_items(c), 'a': a, 'b': b}], lambda kql_x: "
    f"to_json(list_transform(kql_x.c, lambda kql_c, kql_i: CASE WHEN json_type(kql_c) = 'BOOLEAN' OR json_type(kql_c) IN {_NUMBERS} THEN "
    "CASE WHEN kql_c::VARCHAR = 'true' OR coalesce(TRY_CAST(kql_c::VARCHAR AS DOUBLE), 0) <> 0 THEN kql_pick(kql_x.a, kql_i - 1) "
    "ELSE kql_pick(kql_x.b, kql_i - 1) END END)))[1]",
    "kql_clip": "(n, size) AS CASE WHEN n < 0 THEN greatest(n + size, 0) ELSE n END",
    "kql_array_index_of": "(a, v, s, n, k) AS list_transform([{'l': kql_items(a), 'v': kql_key(v), 's': s, 'n': n, 'k': k}], "
    "lambda kql_x: CASE WHEN kql_x.n >= -1 AND kql_x.k >= 1 AND kql_x.l IS NOT NULL AND kql_x.s IS NOT NULL THEN "
    "coalesce(list_filter(range(kql_clip(kql_x.s, len(kql_x.l)), CASE WHEN kql_x.n = -1 THEN len(kql_x.l) ELSE "
    "least(kql_clip(kql_x.s, len(kql_x.l))::HUGEINT + kql_x.n, len(kql_x.l))::BIGINT END), "
    "lambda kql_i: kql_key(kql_x.l[kql_i + 1]) = kql_x.v)[kql_x.k], -1) END)[1]",
    "kql_rotate": "(a, n) AS list_transform([{'l': kql_items(a), 'n': n}], lambda kql_x: CASE WHEN kql_x.n IS NULL THEN NULL "
    "WHEN len(kql_x.l) = 0 THEN '[]'::JSON ELSE to_json(list_transform(range(len(kql_x.l)), lambda kql_i: "
    "kql_x.l[(kql_i + kql_x.n % len(kql_x.l) + len(kql_x.l)) % len(kql_x.l) + 1])) END)[1]",
    # strings are filled up with empty ones, anything else with nulls
    "kql_shift": "(a, n, fill) AS list_transform([{'l': kql_items(a), 'n': greatest(least(n, 1e9::BIGINT), -1e9::BIGINT), 'm': n, 'f': fill}], "
    "lambda kql_x: CASE WHEN kql_x.m IS NOT NULL THEN to_json(list_transform(range(len(kql_x.l)), lambda kql_i: "
    "CASE WHEN kql_i + kql_x.n BETWEEN 0 AND len(kql_x.l) - 1 THEN kql_x.l[kql_i + kql_x.n + 1] "
    "ELSE coalesce(kql_x.f, CASE WHEN json_type(kql_x.l[1]) = 'VARCHAR' THEN '\"\"'::JSON END) END)) END)[1]",
    "kql_array_slice": "(a, s, e) AS list_transform([{'l': kql_items(a), 's': s, 'e': e}], lambda kql_x: "
    "CASE WHEN kql_x.s IS NOT NULL AND kql_x.e IS NOT NULL THEN to_json(kql_cut(kql_x.l, kql_clip(kql_x.s, len(kql_x.l)), "
    "CASE WHEN kql_x.e < 0 THEN kql_x.e + len(kql_x.l) ELSE least(kql_x.e, len(kql_x.l)) END + 1)) END)[1]",
    "kql_cut": "(l, s, e) AS CASE WHEN l IS NULL THEN NULL WHEN e > s THEN l[s + 1:e] ELSE [] END",
    "kql_array_split": "(a, cuts) AS list_transform([{'l': kql_items(a), 'c': cuts}], lambda kql_x: list_transform([list_transform("
    "kql_x.c, lambda kql_n: CASE WHEN kql_n IS NOT NULL THEN least(kql_clip(kql_n, len(kql_x.l)), len(kql_x.l)) END)], lambda kql_b: "
    "CASE WHEN kql_x.l IS NOT NULL AND len(kql_b) > 0 AND len(kql_b) = list_count(kql_b) THEN to_json(list_transform("
    "range(len(kql_b) + 1), lambda kql_i: kql_cut(kql_x.l, CASE WHEN kql_i = 0 THEN 0 ELSE kql_b[kql_i] END, "
    "CASE WHEN kql_i = len(kql_b) THEN len(kql_x.l) ELSE kql_b[kql_i + 1] END))) END)[1])[1]",
    "kql_kind": f"(x) AS CASE WHEN json_type(x) IN {_NUMBERS} THEN 'number' ELSE json_type(x) END",
    "kql_sort_key": "(x) AS {'r': TRY_CAST(CASE WHEN kql_kind(x) = 'number' THEN (x)::VARCHAR END AS DOUBLE), "
    "'n': TRY_CAST(CASE WHEN kql_kind(x) = 'number' THEN (x)::VARCHAR END AS HUGEINT), 's': (x)->>'$', 'v': x}",
    "kql_array_sort": "(a, last, way) AS list_transform([kql_items(a)], lambda kql_l: list_transform([list_filter(kql_l, "
    "lambda kql_e: kql_e IS NOT NULL)], lambda kql_f: CASE "
    "WHEN kql_f IS NULL THEN NULL WHEN len(list_distinct(list_transform(kql_f, lambda kql_e: kql_kind(kql_e)))) > 1 "
    "OR len(list_filter(kql_f, lambda kql_e: json_type(kql_e) IN ('ARRAY', 'OBJECT'))) > 0 "
    "THEN error('array_sort_asc() and array_sort_desc() sort numbers, or strings, or booleans: not several kinds in one array')::JSON "
    "ELSE to_json(list_concat(CASE WHEN last THEN [] ELSE kql_nulls(len(kql_l) - len(kql_f)) END, list_transform(list_sort("
    "list_transform(kql_f, lambda kql_e: kql_sort_key(kql_e)), way, 'NULLS LAST'), lambda kql_e: kql_e.v), "
    "CASE WHEN last THEN kql_nulls(len(kql_l) - len(kql_f)) ELSE [] END)) END)[1])[1]",
    "kql_nulls": "(n) AS list_transform(range(n), lambda kql_i: NULL::JSON)",
    "kql_array_sum": "(a) AS list_transform([kql_items(a)], lambda kql_l: CASE WHEN kql_l IS NOT NULL AND len(list_filter(kql_l, "
    "lambda kql_e: coalesce(kql_kind(kql_e), '') <> 'number')) = 0 THEN coalesce(list_sum(CAST(kql_l AS DOUBLE[])), 0) END)[1]",
    # bags: a key may be a path `$.a.b`
    "kql_path": "(k) AS CASE WHEN starts_with(k, '$.') THEN CASE WHEN regexp_matches(k, '[\\[\\]''\"]') "
    "THEN error('a path of keys has names with dots between, not brackets: ' || k) ELSE string_split(substr(k, 3), '.') END ELSE [k] END",
    "kql_pointer": "(l) AS array_to_string(list_transform(l, lambda kql_p: "
    "'/' || replace(replace(kql_p, '~', '~0'), '/', '~1')), '')",
    "kql_bag_has": "(b, k) AS CASE WHEN json_type(b) = 'OBJECT' THEN json_exists(b, kql_pointer(kql_path(k))) END",
    "kql_entries": "(b) AS CASE WHEN json_type(b) = 'OBJECT' THEN coalesce(map_entries(TRY_CAST(b AS MAP(VARCHAR, JSON))), list_transform("
    "list_filter(json_keys(b), lambda kql_k, kql_i: list_position(json_keys(b), kql_k) = kql_i), lambda kql_k: "
    "{'key': kql_k, 'value': json_extract(b, kql_pointer([kql_k]))})) END",
    # the first of each key, in the order of their coming; sorted for it, so that many bags are merged as well
    "kql_bag_of": "(l) AS list_transform([list_sort(list_transform(l, lambda kql_e, kql_i: "
    "{'k': kql_e.key, 'i': kql_i, 'v': kql_e.value}))], lambda kql_s: to_json(map_from_entries(list_transform(list_sort(list_transform("
    "list_filter(kql_s, lambda kql_e, kql_i: kql_i = 1 OR kql_s[kql_i - 1].k <> kql_e.k), lambda kql_e: "
    "{'i': kql_e.i, 'k': kql_e.k, 'v': kql_e.v})), lambda kql_e: {'k': kql_e.k, 'v': kql_e.v}))))[1]",
    "kql_bag_merge": "(l) AS list_transform([list_filter(l, lambda kql_b: json_type(kql_b) = 'OBJECT')], lambda kql_l: "
    "CASE WHEN len(kql_l) > 0 THEN kql_bag_of(flatten(list_transform(kql_l, lambda kql_b: kql_entries(kql_b)))) END)[1]",
    "kql_get": "(b, k) AS json_extract(b, kql_pointer([k]))",
    "kql_put": "(b, k, v) AS list_transform([coalesce(kql_entries(b), [])], lambda kql_l: to_json(map_from_entries("
    "CASE WHEN list_contains(list_transform(kql_l, lambda kql_e: kql_e.key), k) THEN list_transform(kql_l, lambda kql_e: "
    "{'key': kql_e.key, 'value': CASE WHEN kql_e.key = k THEN v ELSE kql_e.value END}) "
    "ELSE list_append(kql_l, {'key': k, 'value': v}) END)))[1]",
    "kql_bag_set_key": "(b, k, v) AS CASE WHEN json_type(b) = 'OBJECT' THEN "
    + _at_depth("kql_path(k)", "kql_put({0}, {1}, v)")
    + " END",
    "kql_bag_remove_keys": "(b, k) AS CASE WHEN json_type(b) = 'OBJECT' THEN list_reduce(list_filter(kql_items(k), "
    "lambda kql_k: json_type(kql_k) = 'VARCHAR'), lambda kql_b, kql_k: CASE WHEN kql_bag_has(kql_b, kql_k->>'$') "
    "THEN kql_bag_without(kql_b, kql_path(kql_k->>'$')) ELSE kql_b END, b) END",
    "kql_bag_without": "(b, p) AS json_merge_patch(b, list_reduce(list_reverse(p), "
    "lambda kql_m, kql_k: '{' || to_json(kql_k) || ':' || kql_m || '}', 'null')::JSON)",  # a null in a patch takes a member away
    "kql_bag_zip": "(k, v) AS list_transform([kql_items(k)], lambda kql_l: CASE WHEN kql_l IS NOT NULL THEN kql_bag_of(list_filter("
    "list_transform(kql_l, lambda kql_k, kql_i: {'key': CASE WHEN json_type(kql_k) = 'VARCHAR' THEN kql_k->>'$' END, "
    "'value': CASE WHEN json_type(v) = 'ARRAY' THEN json_extract(v, '$[' || (kql_i - 1) || ']') END}), "
    "lambda kql_e: kql_e.key IS NOT NULL)) END)[1]",
    "kql_zip": "(l) AS list_transform([list_transform(l, lambda kql_a: kql_items(kql_a))], lambda kql_l: CASE "
    "WHEN len(list_filter(kql_l, lambda kql_e: kql_e IS NULL)) = 0 THEN to_json(list_transform(range(list_max(list_transform(kql_l, "
    "lambda kql_e: len(kql_e)))), lambda kql_i: list_transform(kql_l, lambda kql_e: kql_e[kql_i + 1]))) END)[1]",
    "kql_all_items": "(l) AS list_transform([list_transform(l, lambda kql_a: kql_items(kql_a))], lambda kql_l: CASE "
    "WHEN len(list_filter(kql_l, lambda kql_e: kql_e IS NULL)) = 0 THEN flatten(kql_l) END)[1]",
    "kql_set_union": "(l) AS to_json(kql_distinct(kql_all_items(l)))",
    "kql_set_difference": "(a, l) AS list_transform([{'a': kql_distinct(kql_items(a)), 'o': kql_keys(kql_all_items(l))}], lambda kql_x: "
    "CASE WHEN kql_x.o IS NOT NULL THEN to_json(list_filter(kql_x.a, lambda kql_e: NOT list_contains(kql_x.o, kql_key(kql_e)))) END)[1]",
    "kql_set_intersect": "(a, l) AS list_transform([{'a': kql_distinct(kql_items(a)), 'o': list_transform(l, lambda kql_a: "
    "kql_keys(kql_items(kql_a)))}], lambda kql_x: CASE WHEN len(list_filter(kql_x.o, lambda kql_e: kql_e IS NULL)) = 0 THEN to_json("
    "list_filter(kql_x.a, lambda kql_e: len(list_filter(kql_x.o, lambda kql_s: NOT list_contains(kql_s, kql_key(kql_e)))) = 0)) END)[1]",
    "kql_jaccard": "(a, b) AS (kql_length(kql_set_intersect(a, [b]))::DOUBLE / kql_length(kql_set_union([a, b])))",
    "kql_repeat": f"(v, n) AS CASE WHEN n >= 0 THEN to_json(repeat([v], least(n, {LONGEST}))) END",
    # at most as many elements as Kusto makes
    "kql_range": "(a, b, n) AS list_transform([{'a': (a)::HUGEINT, 'd': (b)::HUGEINT - (a), 'n': n}], lambda kql_x: "
    "CASE WHEN kql_x.d IS NULL OR coalesce(kql_x.n, 0) = 0 THEN NULL WHEN sign(kql_x.d) * sign(kql_x.n) < 0 THEN [] ELSE list_transform("
    f"range(least(kql_x.d // nullif(kql_x.n, 0) + 1, {LONGEST})::BIGINT), lambda kql_i: (kql_x.a + kql_i * kql_x.n)::BIGINT) END)[1]",
    "kql_range_real": "(a, b, n) AS list_transform([{'a': a, 'd': b - a, 'n': n}], lambda kql_x: CASE WHEN isfinite(kql_x.d) "
    "AND isfinite(kql_x.n) AND kql_x.n <> 0 THEN CASE WHEN kql_x.d / kql_x.n < 0 THEN [] ELSE list_transform("
    f"range(least(floor(kql_x.d / kql_x.n) + 1, {LONGEST})::BIGINT), lambda kql_i: kql_x.a + kql_i * kql_x.n) END END)[1]",
}

ROUTINES = {"kql_canonical": dynamics.canonical, "kql_paths": dynamics.paths, "kql_beside": dynamics.beside}
