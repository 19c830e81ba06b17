"""Models of series: lines through them, filters, seasons, what is left without these, and what of that is out of the ordinary.

A series is modelled where every element is a finite number. Where Kusto's method is described but not published in every detail, what is
done follows the description and its examples, and the answer says so.
"""

from __future__ import annotations

from huntbook.query.kql.functions._base import scalar
from huntbook.query.kql.routines import decompose, filters, lines, outliers, periods

_LINE = "(rsquare: real, slope: real, variance: real, rvariance: real, interception: real, line_fit: dynamic)"
_SIDE = ("rsquare", "slope", "interception", "variance", "rvariance")
_TWO_LINES = ", ".join(
    (
        "rsquare: real, split_idx: long, variance: real, rvariance: real, line_fit: dynamic",
        *(f"{side}_{part}: real" for side in ("right", "left") for part in _SIDE),
    )
)
_POLY = "(rsquare: real, coefficients: dynamic, variance: real, rvariance: real, poly_fit: dynamic)"
_PERIODS = "(periods: dynamic, scores: dynamic)"
_COMPLEX = "(real: dynamic, imag: dynamic)"
_PARTS = "(baseline: dynamic, seasonal: dynamic, trend: dynamic, residual: dynamic)"
_SEASON = "seasonality: long = -1"
_AT_THE_SPLIT = (
    "series_fit_2lines: the value at split_idx is the first of the right line, and each line counts from its own "
    "beginning; Kusto does not say, and its figures may differ by one step."
)
_BEFORE_THE_FIRST = (
    "series_fir: before its first value (and after its last) a series counts as zero; Kusto's first values may differ."
)
_SEASONS = (
    "Seasons are detected by autocorrelation, fitted to the documentation's examples; Kusto's method is not "
    "published, so that it may see another period, or none."
)
_SCORES = (
    "Scores of outliers are Tukey's, computed so that the documentation's example comes out; Kusto's method is not "
    "published in full, so that its scores may differ, and flags where a score is near the threshold."
)
_FORECAST = (
    f"series_decompose_forecast: the trend is a line where none is given, as in the documentation's example. {_SEASONS}"
)

SCALARS = (
    scalar("series_fit_line_dynamic(series: dynamic) dynamic", "kql_series_fit_line({0})"),
    scalar(f"series_fit_line(series: dynamic) {_LINE}", "kql_series_fit_line({0})"),
    scalar(
        "series_fit_2lines_dynamic(series: dynamic) dynamic",
        "kql_two_lines(kql_reals({0}), false)::JSON",
        caution=_AT_THE_SPLIT,
    ),
    scalar(
        f"series_fit_2lines(series: dynamic) ({_TWO_LINES})",
        "kql_two_lines(kql_reals({0}), true)::JSON",
        caution=_AT_THE_SPLIT,
    ),
    scalar(f"series_fit_poly(series: dynamic) {_POLY}", "kql_poly(kql_reals({0}), kql_steps({0}), 1)::JSON"),
    scalar(
        f"series_fit_poly(series: dynamic, at: dynamic, degree: whole = 1) {_POLY}",
        "kql_poly(kql_reals({0}), kql_reals({1}), {2})::JSON",
    ),
    scalar(
        "series_fir(series: dynamic, filter: dynamic, normalize: bool?, center: bool = false) dynamic",
        "kql_series(kql_fir(kql_reals({0}), kql_reals({1}), {2}, {3}))",
        caution=_BEFORE_THE_FIRST,
    ),
    scalar(f"series_fft(real: dynamic) {_COMPLEX}", "kql_fft(kql_reals({0}), kql_zeros({0}))::JSON"),
    scalar(f"series_fft(real: dynamic, imag: dynamic) {_COMPLEX}", "kql_fft(kql_reals({0}), kql_reals({1}))::JSON"),
    scalar(f"series_ifft(real: dynamic) {_COMPLEX}", "kql_ifft(kql_reals({0}), kql_zeros({0}))::JSON"),
    scalar(f"series_ifft(real: dynamic, imag: dynamic) {_COMPLEX}", "kql_ifft(kql_reals({0}), kql_reals({1}))::JSON"),
    scalar(
        "series_outliers(series: dynamic, kind: string = 'ctukey', ignored: real?, min_percentile: real = 10.0, "
        "max_percentile: real = 90.0, test_points: long = 0) dynamic",
        "kql_series(kql_outliers(kql_reals({0}), {1}, {2}, {3}, {4}, {5}))",
        caution=_SCORES,
    ),
    scalar(
        f"series_periods_detect(series: dynamic, min_period: real, max_period: real, num_periods: long) {_PERIODS}",
        "kql_periods_detect(kql_reals({0}), {1}, {2}, {3})::JSON",
        caution=_SEASONS,
    ),
    scalar(
        f"series_periods_validate(series: dynamic, period: real, ...) {_PERIODS}",
        "kql_periods_validate(kql_reals({0}), [{1*}])::JSON",
        caution=_SEASONS,
    ),
    scalar(
        "series_seasonal(series: dynamic, period: long = -1, test_points: long = 0) dynamic",
        "kql_series(kql_seasonal(kql_reals({0}), {1}, {2}))",
        caution=_SEASONS,
    ),
    scalar(
        f"series_decompose(series: dynamic, {_SEASON}, trend: string = 'avg', test_points: long = 0, "
        f"seasonality_threshold: real = 0.6) {_PARTS}",
        "kql_decompose(kql_reals({0}), {1}, {2}, {3}, {4})::JSON",
        caution=_SEASONS,
    ),
    scalar(
        f"series_decompose_forecast(series: dynamic, points: long, {_SEASON}, trend: string = 'linefit', "
        f"seasonality_threshold: real = 0.6) {_PARTS}",
        "kql_decompose(kql_reals({0}), {2}, {3}, {1}, {4})::JSON",
        caution=_FORECAST,
    ),
    scalar(
        f"series_decompose_anomalies(series: dynamic, threshold: real = 1.5, {_SEASON}, trend: string = 'avg', "
        "test_points: long = 0, ad_method: string = 'ctukey', seasonality_threshold: real = 0.6) "
        "(ad_flag: dynamic, ad_score: dynamic, baseline: dynamic)",
        "kql_anomalies(kql_reals({0}), {1}, {2}, {3}, {4}, {5}, {6})::JSON",
        caution=f"{_SCORES} {_SEASONS}",
    ),
)

MACROS = {
    "kql_steps": "(a) AS list_transform(range(1, kql_length(a) + 1), lambda kql_i: kql_i::DOUBLE)",
    "kql_zeros": "(a) AS list_transform(range(kql_length(a)), lambda kql_i: 0::DOUBLE)",
}

ROUTINES = {
    "kql_two_lines": lines.two_lines,
    "kql_poly": lines.poly,
    "kql_fir": filters.fir,
    "kql_fft": filters.fft,
    "kql_ifft": filters.ifft,
    "kql_outliers": outliers.outliers,
    "kql_periods_detect": periods.detect,
    "kql_periods_validate": periods.validate,
    "kql_seasonal": decompose.seasonal,
    "kql_decompose": decompose.decompose,
    "kql_anomalies": decompose.anomalies,
}
