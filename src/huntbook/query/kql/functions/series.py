"""Numeric series, arrays in dynamic values, element by element and as a whole.

What is not a number counts as null. A series without fractions stays one, where KQL keeps it so. Where a series and a number meet the
number stands for every element; of two series of different length the result is as long as the longer, with nulls. What is not finite
is written as its name, as Kusto does within dynamic values.
"""

from __future__ import annotations

from huntbook.query.kql.functions._base import scalar

_WHOLES = {"add": "+", "subtract": "-", "multiply": "*"}
_REALS = {"divide": "kql_e.x / kql_e.y", "pow": "pow(kql_e.x, kql_e.y)"}
_COMPARISONS = {
    "greater": ">",
    "greater_equals": ">=",
    "less": "<",
    "less_equals": "<=",
    "equals": "=",
    "not_equals": "<>",
}
_FUNCTIONS = {
    "exp": "exp(kql_x)",
    "log": "CASE WHEN kql_x >= 0 THEN ln(kql_x) END",
    "sin": "sin(kql_x)",
    "cos": "cos(kql_x)",
    "tan": "tan(kql_x)",
    "asin": "CASE WHEN kql_x BETWEEN -1 AND 1 THEN asin(kql_x) END",
    "acos": "CASE WHEN kql_x BETWEEN -1 AND 1 THEN acos(kql_x) END",
    "atan": "atan(kql_x)",
}
_KEEPING = {"abs": "abs(kql_x)", "ceiling": "ceil(kql_x)", "floor": "floor(kql_x)"}  # whole numbers stay whole

SCALARS = (
    *(
        form
        for name in (*_WHOLES, *_REALS, *_COMPARISONS)
        for form in (
            scalar(f"series_{name}(left: dynamic, right: dynamic) dynamic", f"kql_series_{name}({{0}}, {{1}})"),
            scalar(f"series_{name}(left: dynamic, right: whole) dynamic", f"kql_series_{name}({{0}}, to_json({{1}}))"),
            scalar(
                f"series_{name}(left: dynamic, right: real) dynamic", f"kql_series_{name}({{0}}, kql_of_real({{1}}))"
            ),
            scalar(f"series_{name}(left: whole, right: dynamic) dynamic", f"kql_series_{name}(to_json({{0}}), {{1}})"),
            scalar(
                f"series_{name}(left: real, right: dynamic) dynamic", f"kql_series_{name}(kql_of_real({{0}}), {{1}})"
            ),
        )
    ),
    *(
        scalar(f"series_{name}(series: dynamic) dynamic", f"kql_series_{name}({{0}})")
        for name in (*_FUNCTIONS, *_KEEPING, "sign")
    ),
    scalar(
        "series_fill_const(series: dynamic, constant: real = 0.0, missing: real?) dynamic",
        "kql_series_fill_const({0}, {1}, {2})",
    ),
    scalar("series_fill_forward(series: dynamic, missing: real?) dynamic", "kql_series_fill_near({0}, {1}, true)"),
    scalar("series_fill_backward(series: dynamic, missing: real?) dynamic", "kql_series_fill_near({0}, {1}, false)"),
    scalar(
        "series_fill_linear(series: dynamic, missing: real?, edges: bool = true, constant: real = 0.0) dynamic",
        "kql_series_fill_linear({0}, {1}, {2}, {3})",
    ),
    scalar(
        "series_stats_dynamic(series: dynamic, ignore_nonfinite: bool = false) dynamic", "kql_series_stats({0}, {1})"
    ),
    scalar(
        "series_stats(series: dynamic, ignore_nonfinite: bool = false) "
        "(min: real, min_idx: long, max: real, max_idx: long, avg: real, stdev: real, variance: real)",
        "kql_series_stats({0}, {1})",
    ),
    scalar("series_sum(series: dynamic) real", "kql_series_sum({0})"),
    scalar("series_product(series: dynamic) real", "kql_series_product({0})"),
    scalar("series_magnitude(series: dynamic) real", "sqrt(kql_series_dot({0}, {0}))"),
    scalar("series_dot_product(left: dynamic, right: dynamic) real", "kql_series_dot({0}, {1})"),
    scalar("series_cosine_similarity(left: dynamic, right: dynamic) real", "kql_series_cosine({0}, {1})"),
    scalar(
        "series_cosine_similarity(left: dynamic, right: dynamic, magnitude: real, other_magnitude: real) real",
        "CASE WHEN kql_comparable({0}, {1}) THEN kql_series_dot({0}, {1}) / ({2} * {3}) END",
    ),
    scalar("series_pearson_correlation(left: dynamic, right: dynamic) real", "kql_series_pearson({0}, {1})"),
    scalar(
        "series_iir(series: dynamic, numerators: dynamic, denominators: dynamic) dynamic",
        "kql_series_iir({0}, {1}, {2})",
    ),
)

_PAIRED = "lambda kql_e: {'x': kql_real(kql_e.x), 'y': kql_real(kql_e.y)}"

MACROS = {
    "kql_real": "(x) AS CASE WHEN kql_kind(x) = 'number' THEN TRY_CAST((x)::VARCHAR AS DOUBLE) "
    "WHEN (x)::VARCHAR IN ('\"NaN\"', '\"Infinity\"', '\"-Infinity\"') THEN ((x)->>'$')::DOUBLE END",
    "kql_reals": "(a) AS list_transform(kql_items(a), lambda kql_e: kql_real(kql_e))",
    "kql_series": "(l) AS to_json(list_transform(l, lambda kql_e: kql_of_real(kql_e)))",
    "kql_fractions": "(l) AS (len(list_filter(l, lambda kql_e: json_type(kql_e) NOT IN ('BIGINT', 'UBIGINT', 'NULL'))) > 0)",
    "kql_series_pairs": "(a, b) AS list_transform([{'a': kql_items(a), 'b': kql_items(b), 's': a, 't': b}], lambda kql_p: CASE "
    "WHEN kql_p.s IS NOT NULL AND kql_p.t IS NOT NULL THEN list_transform(range(greatest(len(kql_p.a), len(kql_p.b))), lambda kql_i: "
    "{'x': CASE WHEN kql_p.a IS NULL THEN kql_p.s ELSE kql_p.a[kql_i + 1] END, "
    "'y': CASE WHEN kql_p.b IS NULL THEN kql_p.t ELSE kql_p.b[kql_i + 1] END}) END)[1]",
    "kql_real_pairs": f"(a, b) AS list_transform(kql_series_pairs(a, b), {_PAIRED})",
    **{
        f"kql_series_{name}": "(a, b) AS list_transform([kql_series_pairs(a, b)], lambda kql_l: CASE "
        "WHEN kql_fractions(list_transform(kql_l, lambda kql_e: kql_e.x)) OR kql_fractions(list_transform(kql_l, lambda kql_e: kql_e.y)) "
        f"THEN kql_series(list_transform(kql_l, lambda kql_e: kql_real(kql_e.x) {sign} kql_real(kql_e.y))) ELSE to_json(list_transform("
        f"kql_l, lambda kql_e: TRY_CAST(TRY(TRY_CAST(kql_e.x AS HUGEINT) {sign} TRY_CAST(kql_e.y AS HUGEINT)) AS BIGINT))) END)[1]"
        for name, sign in _WHOLES.items()
    },
    **{
        f"kql_series_{name}": f"(a, b) AS kql_series(list_transform(kql_real_pairs(a, b), lambda kql_e: {sql}))"
        for name, sql in _REALS.items()
    },
    **{
        f"kql_series_{name}": f"(a, b) AS to_json(list_transform(kql_real_pairs(a, b), lambda kql_e: kql_e.x {sign} kql_e.y))"
        for name, sign in _COMPARISONS.items()
    },
    **{
        f"kql_series_{name}": f"(a) AS kql_series(list_transform(kql_reals(a), lambda kql_x: {sql}))"
        for name, sql in _FUNCTIONS.items()
    },
    **{
        f"kql_series_{name}": "(a) AS list_transform([kql_items(a)], lambda kql_l: CASE WHEN kql_fractions(kql_l) "
        f"THEN kql_series(list_transform(list_transform(kql_l, lambda kql_e: kql_real(kql_e)), lambda kql_x: {sql})) "
        f"ELSE to_json(list_transform(list_transform(kql_l, lambda kql_e: TRY_CAST(kql_e AS HUGEINT)), lambda kql_x: "
        f"{sql if name == 'abs' else 'kql_x'})) END)[1]"
        for name, sql in _KEEPING.items()
    },
    "kql_series_sign": "(a) AS to_json(list_transform(kql_reals(a), lambda kql_x: CASE WHEN NOT isnan(kql_x) THEN sign(kql_x) END))",
    "kql_missing": "(x, m) AS CASE WHEN m IS NULL THEN kql_real(x) IS NULL ELSE coalesce(kql_real(x) = m, false) END",
    "kql_marked": "(a, m) AS list_transform([{'l': kql_items(a), 'm': m}], lambda kql_x: "
    "list_transform(kql_x.l, lambda kql_e, kql_i: {'i': kql_i, 'v': kql_e, 'm': kql_missing(kql_e, kql_x.m)}))[1]",
    "kql_series_fill_const": "(a, k, m) AS list_transform([{'l': kql_marked(a, m), 'w': kql_fractions(kql_items(a)), 'k': k}], "
    "lambda kql_x: to_json(list_transform(kql_x.l, lambda kql_e: CASE WHEN NOT kql_e.m THEN kql_e.v "
    "WHEN kql_x.w OR kql_x.k <> trunc(kql_x.k) THEN kql_of_real(kql_x.k) ELSE to_json(kql_x.k::BIGINT) END)))[1]",
    "kql_known": "(l) AS list_filter(l, lambda kql_e: NOT kql_e.m)",
    "kql_before": "(l, i) AS list_filter(l, lambda kql_k: kql_k.i < i)[-1]",
    "kql_after": "(l, i) AS list_filter(l, lambda kql_k: kql_k.i > i)[1]",
    "kql_series_fill_near": "(a, m, back) AS list_transform([kql_marked(a, m)], lambda kql_l: list_transform([kql_known(kql_l)], "
    "lambda kql_n: to_json(list_transform(kql_l, lambda kql_e: CASE WHEN NOT kql_e.m THEN kql_e.v ELSE coalesce("
    "CASE WHEN back THEN kql_before(kql_n, kql_e.i).v ELSE kql_after(kql_n, kql_e.i).v END, kql_e.v) END)))[1])[1]",
    "kql_series_fill_linear": "(a, m, edges, k) AS list_transform([{'l': kql_marked(a, m), 'f': kql_fractions(kql_items(a)), 'g': edges, "
    "'k': k}], lambda kql_x: list_transform([kql_known(kql_x.l)], lambda kql_n: CASE WHEN len(kql_x.l) > 0 AND len(kql_n) = 0 "
    "THEN kql_series(list_transform(kql_x.l, lambda kql_e: kql_x.k)) ELSE to_json(list_transform(list_transform(kql_x.l, lambda kql_e: "
    "{'e': kql_e, 'b': CASE WHEN kql_e.m THEN kql_before(kql_n, kql_e.i) END, 'a': CASE WHEN kql_e.m THEN kql_after(kql_n, kql_e.i) END}), "
    "lambda kql_e: CASE WHEN NOT kql_e.e.m THEN kql_e.e.v WHEN kql_e.b IS NULL OR kql_e.a IS NULL "
    "THEN CASE WHEN kql_x.g THEN coalesce(kql_e.b.v, kql_e.a.v) ELSE kql_e.e.v END "
    "WHEN kql_x.f THEN kql_of_real(kql_between(kql_e.e.i, kql_e.b, kql_e.a)) "
    "ELSE to_json(trunc(kql_between(kql_e.e.i, kql_e.b, kql_e.a))::BIGINT) END)) END)[1])[1]",
    "kql_between": "(i, b, a) AS (kql_real((b).v) + (kql_real((a).v) - kql_real((b).v)) * (i - (b).i) / ((a).i - (b).i))",
    "kql_numbers": "(a) AS list_filter(kql_reals(a), lambda kql_e: kql_e IS NOT NULL)",
    "kql_series_sum": "(a) AS list_transform([kql_numbers(a)], lambda kql_l: CASE WHEN kql_l IS NOT NULL "
    "THEN coalesce(list_sum(kql_l), 0) END)[1]",
    "kql_series_product": "(a) AS list_reduce(kql_numbers(a), lambda kql_x, kql_y: kql_x * kql_y, 1::DOUBLE)",
    "kql_series_dot": "(a, b) AS list_transform([list_transform(list_zip(kql_reals(a), kql_reals(b)), lambda kql_e: kql_e[1] * kql_e[2])], "
    "lambda kql_l: CASE WHEN kql_items(a) IS NOT NULL AND kql_items(b) IS NOT NULL THEN coalesce(list_sum(kql_l), 0) END)[1]",
    "kql_comparable": "(a, b) AS (len(kql_numbers(a)) > 0 AND len(kql_numbers(a)) = kql_length(a) AND len(kql_numbers(b)) = kql_length(b) "
    "AND kql_length(a) = kql_length(b))",
    "kql_series_cosine": "(a, b) AS CASE WHEN kql_comparable(a, b) "
    "THEN kql_series_dot(a, b) / (sqrt(kql_series_dot(a, a)) * sqrt(kql_series_dot(b, b))) END",
    "kql_centred": "(l) AS list_transform([{'l': l, 'm': list_avg(l)}], lambda kql_c: "
    "list_transform(kql_c.l, lambda kql_e: kql_e - kql_c.m))[1]",
    "kql_dot": "(a, b) AS list_sum(list_transform(list_zip(a, b), lambda kql_e: kql_e[1] * kql_e[2]))",
    "kql_series_pearson": "(a, b) AS CASE WHEN kql_comparable(a, b) THEN list_transform([{'x': kql_centred(kql_reals(a)), "
    "'y': kql_centred(kql_reals(b))}], lambda kql_x: kql_dot(kql_x.x, kql_x.y) / sqrt(kql_dot(kql_x.x, kql_x.x) "
    "* kql_dot(kql_x.y, kql_x.y)))[1] END",
    "kql_finite": "(l) AS list_filter(l, lambda kql_e: isfinite(kql_e))",
    "kql_series_stats": "(a, finite) AS list_transform([{'r': kql_reals(a), 'f': kql_finite(kql_reals(a))}], lambda kql_x: CASE "
    "WHEN kql_x.r IS NULL THEN NULL WHEN finite OR len(kql_x.f) = len(kql_x.r) THEN kql_stats(kql_x.r, kql_x.f) "
    "ELSE kql_stats(kql_x.r, []::DOUBLE[]) END)[1]",
    "kql_series_place": "(l, x) AS CASE WHEN x IS NOT NULL THEN list_position(l, x) - 1 END",
    "kql_stats": "(r, f) AS json_object('min', list_min(f), 'min_idx', kql_series_place(r, list_min(f)), 'max', list_max(f), "
    "'max_idx', kql_series_place(r, list_max(f)), 'avg', list_avg(f), 'stdev', list_stddev_samp(f), 'variance', list_var_samp(f), "
    "'sum', list_sum(f), 'len', len(r))",
    "kql_series_iir": "(a, b, d) AS list_transform([{'x': kql_reals(a), 'b': kql_reals(b), 'd': kql_reals(d)}], lambda kql_s: "
    "kql_series(list_reduce(list_transform(kql_s.x, lambda kql_e, kql_i: [kql_tap(kql_s.b, kql_s.x, kql_i, 1)]), "
    "lambda kql_y, kql_f: list_append(kql_y, (kql_f[1] - kql_tap(kql_s.d, kql_y, len(kql_y) + 1, 2)) / kql_s.d[1]), []::DOUBLE[])))[1]",
    # the sum of w[j] * x[i - j] from the j-th weight on, both counted from 1 in lists
    "kql_tap": "(w, x, i, j) AS coalesce(list_sum(list_transform(range(j, least(len(w), i) + 1), "
    "lambda kql_j: w[kql_j] * x[i - kql_j + 1])), 0)",
    "kql_series_fit_line": "(a) AS CASE WHEN kql_comparable(a, a) THEN list_transform([{'y': kql_reals(a), 'c': kql_centred(kql_reals(a)), "
    "'t': kql_centred(list_transform(range(kql_length(a)), lambda kql_i: kql_i::DOUBLE))}], lambda kql_x: list_transform(["
    "{'s': coalesce(kql_dot(kql_x.c, kql_x.t) / nullif(kql_dot(kql_x.t, kql_x.t), 0), 0), 'm': list_avg(kql_x.y), 'y': kql_x.y, "
    "'c': kql_x.c, 't': kql_x.t}], lambda kql_l: kql_line(kql_l.s, kql_l.m, kql_l.y, list_transform(kql_l.t, "
    "lambda kql_e: kql_e * kql_l.s + kql_l.m)))[1])[1] END",
    # x counts from 1, as Kusto's interception shows
    "kql_line": "(s, m, y, f) AS json_object('rsquare', 1 - kql_residual(y, f) / nullif(list_var_samp(y), 0), 'slope', s, "
    "'variance', list_var_samp(y), 'rvariance', kql_residual(y, f), 'interception', m - s * (len(y) + 1) / 2, 'line_fit', f)",
    "kql_residual": "(y, f) AS list_var_samp(list_transform(list_zip(y, f), lambda kql_e: kql_e[1] - kql_e[2]))",
}
