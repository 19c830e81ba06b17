"""Models of series: the documentation's figures, what holds of any series, and the same computed otherwise."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.query.kql.routines import decompose, filters, lines, outliers, periods

# Traffic of a month, twice a day, from the page of series_periods_detect.
TRAFFIC = [
    *(
        80,
        139,
        87,
        110,
        68,
        54,
        50,
        51,
        53,
        133,
        86,
        141,
        97,
        156,
        94,
        149,
        95,
        140,
        77,
        61,
        50,
        54,
        47,
        133,
        72,
        152,
        94,
    ),
    *(
        148,
        105,
        162,
        101,
        160,
        87,
        63,
        53,
        55,
        54,
        151,
        103,
        189,
        108,
        183,
        113,
        175,
        113,
        178,
        90,
        71,
        62,
        62,
        65,
        165,
    ),
    *(109, 181, 115, 182, 121, 178, 114, 170),
]
FINITE = st.floats(-1e6, 1e6, allow_nan=False)
SERIES = st.lists(FINITE, min_size=4, max_size=80)


def read(text: str | None) -> dict[str, Any]:
    assert text is not None
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def floats(values: Iterable[float]) -> list[float]:
    return [float(value) for value in values]


def noisy(size: int, season: Sequence[float] = (0,), slope: float = 0.0, seed: int = 7) -> list[float]:
    noise = np.random.default_rng(seed).normal(0, 0.3, size)
    return floats(np.resize(np.array(season, float), size) + slope * np.arange(size) + noise)


# Periods


def test_the_week_in_the_documented_traffic() -> None:
    found = read(periods.detect(floats(TRAFFIC), 0.0, 50.0, 2))
    assert found == {"periods": [14.0, 0.0], "scores": [pytest.approx(0.84, abs=0.005), 0.0]}
    assert read(periods.detect(floats(TRAFFIC), 0.0, 50.0, 1))["periods"] == [14.0]
    found = read(periods.validate(floats(TRAFFIC), [14.0, 10.0]))
    assert found == {"periods": [14.0, 10.0], "scores": [pytest.approx(0.84, abs=0.005), 0.0]}


def test_bounds_of_periods() -> None:
    series = floats([0, 1, 2] * 10)
    assert read(periods.detect(series, 0, 100, 2))["periods"][0] == 6.0  # three is too short
    assert read(periods.detect(series, 7, 100, 1))["periods"][0] % 3 == 0
    assert read(periods.detect(series, 0, 5, 1)) == {"periods": [0.0], "scores": [0.0]}
    assert read(periods.validate(series, [3.0, 6.0, 16.0, -1.0]))["scores"] == [
        0.0,
        pytest.approx(1, abs=0.1),
        0.0,
        0.0,
    ]
    assert read(periods.detect([], 0, 9, 1))["periods"] == [0.0]
    assert read(periods.detect([5.0] * 30, 0, 9, 1))["periods"] == [0.0]


@pytest.mark.parametrize("period", [4, 7, 24, 30])
@pytest.mark.parametrize("slope", [0.0, 0.02])
def test_a_planted_period_is_found(period: int, slope: float) -> None:
    season = np.random.default_rng(period).normal(0, 3, period).tolist()
    [(found, score)] = periods.periods(np.array(noisy(period * 8, season, slope)), 0, 1e9, 1)
    assert found == period
    assert score > 0.7


def test_what_has_no_period_has_none() -> None:
    for seed in range(20):
        found = periods.periods(np.array(noisy(120, seed=seed)), 0, 1e9, 1)
        assert not found or found[0][1] < 0.5
    walk = np.cumsum(np.random.default_rng(1).normal(0, 1, 2000))
    assert all(score < 0.6 for _, score in periods.periods(walk, 0, 200, 3))


@pytest.mark.evidence
def test_taxis_have_weeks_and_days(evidence: Path) -> None:
    """Rides in New York every half hour."""
    with gzip.open(evidence / "timeseries" / "realKnownCause" / "nyc_taxi.csv.gz", "rt", encoding="utf-8") as file:
        rides = [float(row["value"]) for row in csv.DictReader(file)]
    assert read(periods.detect(rides, 0, 2000, 3))["periods"] == [7 * 48, 48, 0]


# Seasons


@pytest.mark.parametrize(
    ("series", "period", "wanted"),
    [
        ([2, 5, *[3, 4, 3, 2, 1, 2] * 3, 3, 4, 3, 2, 1], -1, [1, 2, *[3, 4, 3, 2, 1, 2] * 3, 3, 4, 3, 2, 1]),
        ([8, 12, 14, 12, 10, *[10, 12, 14, 12, 10] * 3], -1, [10, 12, 14, 12, 10] * 4),
        ([1, 3, 5, 2, 4, 6, 1, 3, 5, 2, 4, 6], -1, [0] * 12),
        ([1, 3, 5, 1, 3, 5, 2, 4, 6], 3, [1, 3, 5] * 3),
        ([1, 3, 5, 2, 4, 6, 1, 3, 5, 2, 4, 6], 3, [1.5, 3.5, 5.5] * 4),
        ([1, 2, 3], 0, [0] * 3),
        ([1, 2, 3], -2, [0] * 3),
        ([1, 2, 3], 4, [0] * 3),
    ],
)
def test_documented_seasons(series: list[float], period: int, wanted: list[float]) -> None:
    assert decompose.seasonal(floats(series), period, 0) == wanted


def test_points_at_the_end_teach_nothing() -> None:
    assert decompose.seasonal(floats([1, 2, 1, 2, 9, 9]), 2, 2) == [1, 2, 1, 2, 1, 2]


# Decomposition


@given(SERIES, st.integers(-1, 20), st.sampled_from(["avg", "linefit", "none"]), st.integers(0, 3))
def test_parts_make_up_the_series(series: list[float], period: int, trend: str, test_points: int) -> None:
    parts = {
        name: np.array(part)
        for name, part in read(decompose.decompose(series, period, trend, test_points, 0.6)).items()
    }
    assert np.allclose(parts["seasonal"] + parts["trend"], parts["baseline"])
    assert np.allclose(parts["baseline"] + parts["residual"], series, atol=1e-6)


@pytest.mark.parametrize("trend", ["avg", "linefit", "none"])
def test_decomposition_as_it_is_described(trend: str) -> None:
    series, period, learned = np.array(noisy(60, [3, 1, 4, 1, 5, 9, 2], 0.1)), 7, 50
    season = np.array([np.median(series[:learned][np.arange(learned) % period == at % period]) for at in range(60)])
    left = (series - season)[:learned]
    fits = {"avg": np.full(60, left.mean()), "none": np.zeros(60)}
    fits["linefit"] = np.polyval(np.polyfit(np.arange(learned), left, 1), np.arange(60))
    found = read(decompose.decompose(series.tolist(), period, trend, 10, 0.6))
    assert np.allclose(found["seasonal"], season)
    assert np.allclose(found["trend"], fits[trend])
    assert np.allclose(found["residual"], series - season - fits[trend])


def test_a_forecast_goes_on_with_season_and_line() -> None:
    series: list[Any] = [*(np.resize([5, 0, 0, 0], 40) + 0.5 * np.arange(40)).tolist(), *[None] * 8]
    found = read(decompose.decompose(series, -1, "linefit", 8, 0.6))
    wanted = np.resize([5, 0, 0, 0], 48) + 0.5 * np.arange(48)
    assert np.abs(np.array(found["baseline"]) - wanted).max() < 1  # a season of a period holds its part of the line
    assert found["residual"][40:] == [None] * 8


@pytest.mark.parametrize(
    "arguments",
    [
        ([1.0, None, 3.0], -1, "avg", 0, 0.6),
        ([1.0, float("nan"), 3.0], -1, "avg", 0, 0.6),
        ([1.0, 2.0], -1, "line", 0, 0.6),
        ([1.0, 2.0], -1, "avg", 2, 0.6),
        ([1.0, 2.0], -1, "avg", -1, 0.6),
    ],
)
def test_what_cannot_be_taken_apart(arguments: Any) -> None:
    assert decompose.decompose(*arguments) is None


def anomalies(series: Iterable[float], threshold: float = 1.5, trend: str = "avg", period: int = -1) -> dict[str, Any]:
    return read(decompose.anomalies(floats(series), threshold, period, trend, 0, "ctukey", 0.6))


def documented(slope: float) -> list[float]:
    """The series of the page of series_decompose_anomalies: five weeks by the hour, with a trend and six anomalies."""
    hour = np.arange(1, 24 * 7 * 5 + 1)
    weekend, day = np.where(hour // 24 % 7 >= 5, 5.0, 15.0), (hour % 24 / 10) ** 2
    series = 2 * np.random.default_rng(1).random(len(hour)) + weekend - day + slope * hour
    series[[149, 199, 779]] -= 8
    series[[299, 399, 599]] += 8
    return floats(series)


def test_the_documented_anomalies() -> None:
    planted = {149: -1, 199: -1, 779: -1, 299: 1, 399: 1, 599: 1}

    def flagged(threshold: float, trend: str) -> dict[int, int]:
        flags = anomalies(documented(1 / 72), threshold, trend)["ad_flag"]
        return {at: flag for at, flag in enumerate(flags) if flag}

    assert 0 < len(planted.keys() & flagged(1.5, "avg").keys()) < 6  # the trend hides others
    assert planted.items() < flagged(1.5, "linefit").items()  # and some that are none
    assert flagged(2.5, "linefit") == planted
    scores = np.abs(anomalies(documented(0))["ad_score"])
    assert set(np.argsort(scores)[-6:].tolist()) == planted.keys()


@pytest.mark.parametrize("trend", ["avg", "linefit", "none"])
@pytest.mark.parametrize("spike", [20.0, -20.0])
def test_a_planted_spike_is_found(trend: str, spike: float) -> None:
    series = noisy(84, [3, 1, 4, 1, 5, 9, 2])
    series[40] += spike
    found = anomalies(series, 3, trend, period=7)
    assert found["ad_flag"][40] == np.sign(spike)
    assert abs(found["ad_score"][40]) == max(map(abs, found["ad_score"]))
    assert found["baseline"][40] == pytest.approx(np.resize([3, 1, 4, 1, 5, 9, 2], 84)[40], abs=1)


def test_flags_are_scores_beyond_the_threshold_and_scores_those_of_what_is_left() -> None:
    series = noisy(70, [3, 1, 4, 1, 5, 9, 2], seed=3)
    found = anomalies(series, 0.4)
    left = read(decompose.decompose(series, -1, "avg", 0, 0.6))["residual"]
    assert found["ad_score"] == outliers.outliers(left, "ctukey", None, 10, 90, 0)
    assert found["ad_flag"] == [(score > 0.4) - (score < -0.4) for score in found["ad_score"]]
    assert set(found["ad_flag"]) == {-1, 0, 1}


def test_one_event_among_none_is_an_anomaly() -> None:
    found = anomalies([0] * 20 + [7] + [0] * 5)
    assert [at for at, flag in enumerate(found["ad_flag"]) if flag] == [20]
    assert found["ad_score"][20] == "Infinity"
    assert not any(anomalies([4.1] * 30, trend="linefit")["ad_flag"])
    assert not any(anomalies(np.arange(30) * 0.1, trend="linefit")["ad_flag"])  # what is left is what computing makes


# Outliers


def test_the_documented_outliers() -> None:
    found = outliers.outliers(floats([30, 28, 5, 27, 31, 38, 29, 80, 25, 37, 30]), "ctukey", None, 10, 90, 0)
    assert found == pytest.approx(
        [
            *(0.0, 0.0, -3.206896551724138, -0.1724137931034483, 0.0, 2.6666666666666667, 0.0, 16.666666666666669),
            *(-0.4482758620689655, 2.3333333333333337, 0.0),
        ]
    )


def test_tukeys_own_test() -> None:
    series = np.random.default_rng(5).normal(0, 1, 101)
    low, high = np.quantile(series, [0.25, 0.75])
    wanted = np.where(series > high, series - high, np.minimum(series - low, 0)) / (high - low)
    assert outliers.outliers(series.tolist(), "tukey", None, 10, 90, 0) == pytest.approx(wanted.tolist())


def test_what_is_missing_scores_nothing() -> None:
    series: list[Any] = [None, 1.0, 2.0, 2.0, -1.0, 1.0, 99.0, float("nan"), 1.0]
    found = outliers.outliers(series, "tukey", -1.0, 10, 90, 0)
    assert found is not None
    assert [at for at, score in enumerate(found) if score] == [6]
    assert outliers.outliers([None, None], "tukey", None, 10, 90, 0) == [0, 0]  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("kind", "least", "most"), [("tuckey", 10, 90), ("ctukey", 1, 90), ("ctukey", 10, 99), ("ctukey", 90, 10)]
)
def test_no_such_test(kind: str, least: float, most: float) -> None:
    assert outliers.outliers([1.0, 2.0], kind, None, least, most, 0) is None


# Lines


@given(st.floats(-100, 100), st.floats(-100, 100), st.floats(-100, 100), st.integers(2, 30), st.integers(2, 30))
def test_two_lines_are_recovered(start: float, up: float, jump: float, before: int, after: int) -> None:
    left = start + up * np.arange(1, before + 1)
    right = start + jump + 1000 - up * np.arange(1, after + 1)
    found = read(lines.two_lines([*left, *right], flat=True))
    assert found["line_fit"] == pytest.approx([*left, *right], abs=1e-2)
    assert found["rsquare"] == pytest.approx(1)
    assert found["rvariance"] == pytest.approx(0, abs=1e-5)


@given(st.lists(st.integers(-50, 50).map(float), min_size=4, max_size=25))
def test_no_split_is_better(series: list[float]) -> None:
    def left(part: list[float]) -> float:
        return float(np.square(np.polyval(np.polyfit(range(len(part)), part, 1), range(len(part))) - part).sum())

    best = min(left(series[:at]) + left(series[at:]) for at in range(2, len(series) - 1))
    found = read(lines.two_lines(series, flat=False))
    assert left(series[: found["split_idx"]]) + left(series[found["split_idx"] :]) == pytest.approx(best, abs=1e-4)
    assert np.square(np.array(found["line_fit"]) - series).sum() == pytest.approx(best, abs=1e-4)


def test_both_shapes_say_the_same() -> None:
    series = floats([1, 2, 3, 4, 9, 7, 5, 3])
    nested, flat = read(lines.two_lines(series, flat=False)), read(lines.two_lines(series, flat=True))
    assert (flat["split_idx"], flat["left_slope"], flat["right_slope"]) == (4, pytest.approx(1), pytest.approx(-2))
    assert (flat["left_interception"], flat["right_interception"]) == (pytest.approx(0), pytest.approx(11))
    sides = {f"{side}_{part}": value for side in ("left", "right") for part, value in nested.pop(side).items()}
    assert flat == nested | sides
    assert lines.two_lines([1.0, 2.0, 3.0], flat=True) is None


@pytest.mark.parametrize("degree", [0, 1, 2, 5])
def test_a_polynomial_is_that_of_numpy(degree: int) -> None:
    rng = np.random.default_rng(degree)
    x, y = rng.uniform(-2.3, 2.7, 200), rng.normal(0, 1, 200)
    found = read(lines.poly(y.tolist(), x.tolist(), degree))
    wanted = np.polyfit(x, y, degree)
    assert found["coefficients"] == pytest.approx(wanted.tolist())
    assert found["poly_fit"] == pytest.approx(np.polyval(wanted, x).tolist())
    assert found["variance"] == pytest.approx(np.var(y, ddof=1))
    assert found["rvariance"] == pytest.approx(np.var(y - np.polyval(wanted, x), ddof=1))
    assert found["rsquare"] == pytest.approx(1 - found["rvariance"] / found["variance"])


def test_too_few_points_for_a_polynomial() -> None:
    assert lines.poly([1.0, 2.0], [1.0, 2.0], 2) is None
    assert lines.poly([1.0, 2.0, 3.0], [5.0, 5.0, 5.0], 1) is None
    assert lines.poly([1.0, 2.0], [1.0], 1) is None
    assert lines.poly([1.0, 2.0], [1.0, 2.0], -1) is None


# Filters and frequencies


@pytest.mark.parametrize(
    ("series", "weights", "normalize", "center", "wanted"),
    [
        ([0, 0, 10, 20, 40, 100], [1] * 5, None, False, [0, 0, 2, 6, 14, 34]),
        ([0, 0, 10, 20, 40, 100, 40, 20, 10, 0, 0], [1] * 5, True, True, [2, 6, 14, 34, 42, 44, 42, 34, 14, 6, 2]),
        ([0, 0, 2, 2, 3, 3], [1, -1], False, False, [0, 0, 2, 0, 1, 0]),
        ([0, 0, 2, 2, 3, 3], [1, -1], None, False, [0, 0, 2, 0, 1, 0]),
        ([1, 2, 3], [1, -1], True, False, None),
        ([1, 2, 3], [0, 0], None, False, None),
        ([1, 2, 3], [], None, False, None),
        ([1, None, 3, 4], [1, 1], False, False, [1, None, None, 7]),
        ([], [1], None, False, []),
    ],
)
def test_weighted_sums(
    series: Any, weights: list[float], normalize: bool | None, center: bool, wanted: list[float] | None
) -> None:
    found = filters.fir(series, floats(weights), normalize, center)
    assert found == (wanted if wanted is None else pytest.approx(wanted))


@settings(deadline=None)
@given(st.lists(FINITE, min_size=1, max_size=300), st.integers(1, 200))
def test_long_filters_are_the_same(series: list[float], size: int) -> None:
    weights = np.random.default_rng(size).normal(0, 1, size)
    wanted = np.convolve(series, weights)[: len(series)]
    assert filters.fir(series, weights.tolist(), normalize=False, center=False) == pytest.approx(
        wanted.tolist(), abs=1e-5
    )


@given(st.lists(FINITE, max_size=60))
def test_frequencies_and_back(series: list[float]) -> None:
    there = read(filters.fft(series, [0.0] * len(series)))
    assert sum(series) == pytest.approx(there["real"][0] if series else 0, abs=1e-3)
    back = read(filters.ifft(there["real"], there["imag"]))
    assert back["real"] == pytest.approx(series, abs=1e-3)
    assert back["imag"] == pytest.approx([0] * len(series), abs=1e-3)


def test_frequencies_of_two_waves() -> None:
    at = np.arange(128)
    there = read(filters.fft(np.sin(2 * np.pi * at / 8).tolist(), np.sin(2 * np.pi * at / 32).tolist()))
    strength = np.hypot(there["real"], there["imag"])
    assert np.flatnonzero(strength > 1).tolist() == [4, 16, 112, 124]
    assert filters.fft([1.0], []) is None
