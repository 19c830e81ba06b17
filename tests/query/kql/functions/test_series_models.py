"""Models of series as queries ask for them; what is computed is tested beside the routines."""

from __future__ import annotations

import pytest
from tests.query.kql.functions._entries import connect
from tests.query.kql.functions._render import nulls_are_kept
from tests.query.kql.operators._answers import answer, rows

from huntbook.query.kql import Type, compile_kql
from huntbook.query.kql.functions import _registry, series_models
from huntbook.query.kql.functions._base import Entry

DB = connect()
TABLE = {"T": {"x": Type.DYNAMIC}}
SIDE = ["rsquare", "slope", "interception", "variance", "rvariance"]
PARTS = {  # as Microsoft's parser has them
    "series_fit_line(x)": ["rsquare", "slope", "variance", "rvariance", "interception", "line_fit"],
    "series_fit_2lines(x)": [
        *("rsquare", "split_idx", "variance", "rvariance", "line_fit"),
        *(f"{side}_{part}" for side in ("right", "left") for part in SIDE),
    ],
    "series_fit_poly(x, x, int(2))": ["rsquare", "coefficients", "variance", "rvariance", "poly_fit"],
    "series_periods_detect(x, 0, 50, 2)": ["periods", "scores"],
    "series_periods_validate(x, 7, 14.5)": ["periods", "scores"],
    "series_decompose(x, 7, 'avg', 3, 0.5)": ["baseline", "seasonal", "trend", "residual"],
    "series_decompose_forecast(x, 3)": ["baseline", "seasonal", "trend", "residual"],
    "series_decompose_anomalies(x, 3)": ["ad_flag", "ad_score", "baseline"],
    "series_fft(x)": ["real", "imag"],
    "series_ifft(x, x)": ["real", "imag"],
}


@pytest.mark.parametrize("call", PARTS)
def test_columns(call: str) -> None:
    found = [column.name for column in compile_kql(f"T | project {call}", TABLE).columns]
    assert found == [f"{call.partition('(')[0]}_x_{part}" for part in PARTS[call]]


@pytest.mark.parametrize("call", PARTS)
def test_each_column_is_a_part_of_the_bag(call: str) -> None:
    series = "[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6]"
    names, [row] = answer(f"print x = dynamic({series}) | project {call}")
    assert len(names) == len(PARTS[call])
    assert None not in row


@pytest.mark.parametrize("entry", series_models.SCALARS, ids=lambda each: each.signature.partition(")")[0])
def test_null_is_null(entry: Entry) -> None:
    nulls_are_kept(DB, entry)


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("series_fir(x, dynamic([1, -1]), false)", [3.0, -2.0, 3.0, -3.0, 4.0]),
        ("series_fir(x, dynamic([1, 1]))", [1.5, 2.0, 2.5, 2.5, 3.0]),
        ("series_fir(x, dynamic([1, 0, 1]), false, true)", [1, 7.0, 2.0, 9.0, 1.0]),
        ("series_seasonal(x, 2)", [4.0, 1.0, 4.0, 1.0, 4.0]),
        ("series_seasonal(x)", [0.0] * 5),
        ("series_outliers(x, 'tukey')", [0.0, 0.0, 0.0, 0.0, pytest.approx(1 / 3)]),
        ("series_outliers(x, 'tukey', 1)", [pytest.approx(-0.5), 0.0, 0.0, 0.0, pytest.approx(0.5)]),
        ("series_outliers(x, 'none')", None),
    ],
)
def test_series_of_series(call: str, wanted: object) -> None:
    assert rows(f"print x = dynamic([3, 1, 4, 1, 5]) | project y = {call}") == [(wanted,)]


def test_the_documented_line() -> None:
    query = (
        "print y = dynamic([2, 5, 6, 8, 11, 15, 17, 18, 25, 26, 30, 30])"
        " | project (RSquare, Slope, Variance, RVariance, Interception, LineFit) = series_fit_line(y)"
    )
    [[*figures, fitted]] = rows(query)
    assert figures == pytest.approx([0.982, 2.730, 98.628, 1.686, -1.666], abs=1e-3)
    wanted = [1.064, 3.7945, 6.526, 9.256, 11.987, 14.718, 17.449, 20.180, 22.910, 25.641, 28.371, 31.102]
    assert fitted == pytest.approx(wanted, abs=1e-3)


def test_the_documented_statistics() -> None:
    query = "print x = dynamic([23, 46, 23, 87, 4, 8, 3, 75, 2, 56, 13, 75, 32, 16, 29]) | project series_stats(x)"
    assert rows(query) == [pytest.approx((2, 8, 87, 3, 32.8, 28.5036338535483, 812.457142857143))]


def test_a_polynomial_of_degree_one_is_the_line() -> None:
    query = "print y = dynamic([2, 5, 6, 8, 11]) | project (a) = series_fit_line(y), (b) = series_fit_poly(y), series_fit_line(y)"
    names, [row] = answer(query)
    found = dict(zip(names, row, strict=True))
    assert found["series_fit_poly_y_poly_fit"] == pytest.approx(found["series_fit_line_y_line_fit"])
    line = [found["series_fit_line_y_slope"], found["series_fit_line_y_interception"]]
    assert found["series_fit_poly_y_coefficients"] == pytest.approx(line)


def test_a_bag_of_two_lines() -> None:
    [(found,)] = rows("print s = series_fit_2lines_dynamic(dynamic([1, 2, 3, 4, 9, 7, 5, 3])).right.slope")
    assert found == pytest.approx(-2)


def test_anomalies_in_what_is_made_of_events() -> None:
    """The usual way: count by the day, score, and look at the days that are out of the ordinary."""
    query = """
        range d from datetime(2024-01-01) to datetime(2024-02-25) step 1d
        | extend n = iff(d == datetime(2024-02-14), 90, 10 + 5 * toint(dayofweek(d) / 1d) + toint(dayofmonth(d) % 3))
        | mv-expand range(1, n, 1)
        | make-series Events = count() default = 0 on d from datetime(2024-01-01) to datetime(2024-02-26) step 1d
        | extend (Anomalies, Score, Expected) = series_decompose_anomalies(Events, 3)
        | mv-expand d to typeof(datetime), Events to typeof(long), Anomalies to typeof(int), Score to typeof(real), Expected to typeof(long)
        | where Anomalies != 0
        | project format_datetime(d, 'MM-dd'), Events, Anomalies, Score > 3, Expected between (20 .. 30)"""
    assert rows(query) == [("02-14", 90, 1, True, True)]


# Cautions


def test_an_answer_says_where_figures_may_differ() -> None:
    compiled = compile_kql("T | extend series_decompose_anomalies(x)", TABLE)
    [caution] = compiled.cautions
    assert "Kusto" in caution
    assert compile_kql("T | extend series_fit_line(x)", TABLE).cautions == ()


def test_a_caution_is_said_once_and_only_of_what_is_shown() -> None:
    twice = "T | extend a = series_outliers(x) | extend b = series_outliers(a)"
    assert len(compile_kql(twice, TABLE).cautions) == 1
    assert compile_kql("T | extend a = series_outliers(x) | project x", TABLE).cautions == ()


def test_none_of_the_documented_series_functions_is_refused() -> None:
    known = [name for name in _registry.names() if name.startswith("series_")]
    assert len(known) == 51
    assert not [name for name in known if any(entry.refused for entry in _registry.names()[name])]
