"""Numbers against the documented answers, Python's own functions, and the ends of their ranges."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import pytest
from tests.query.kql.functions._entries import connect
from tests.query.kql.functions._render import evaluate, long, nulls_are_kept, real

from huntbook.query.kql.functions import maths
from huntbook.query.kql.functions._base import Entry

DB = connect("Asia/Tokyo")

CASES: list[tuple[str, tuple[str, ...], Any]] = [
    ("abs(x: long|real|decimal", ("-5",), 5),
    ("acos", (real(1.5),), None),
    ("asin", (real(-1.5),), None),
    ("sqrt", (real(-1),), None),
    ("log", (real(-1),), None),
    ("log", (real(0),), -math.inf),
    ("log10", (real(1000),), 3.0),
    ("log2", (real(8),), 3.0),
    ("exp2", (real(3),), 8.0),
    ("exp10", (real(2),), 100.0),
    ("exp", (real(1000),), math.inf),
    ("pow", (real(2), real(3)), 8.0),
    ("gamma", (real(5),), 24.0),
    ("degrees", (real(math.pi * 1.5),), 270.0),
    ("sign", (real(-42),), -1.0),
    ("ceiling(x: real", (real(-1.1),), -1.0),
    ("ceiling(x: whole", (long(3),), 3),
    ("round(x: real", (real(2.98765), long(3)), 2.988),
    ("round(x: real", (real(1234.5), long(-2)), 1200.0),
    ("round(x: whole", (long(1250), long(-2)), 1300),
    ("round(x: decimal", ("1.2345::DECIMAL(38, 18)", "2"), Decimal("1.23")),
    ("isnan", (real("nan"),), True),
    ("isnan", ("NULL::DOUBLE",), False),
    ("isinf", (real("-inf"),), True),
    ("isfinite", ("NULL::DOUBLE",), False),
    ("max_of", ("10", "1", "-3", "17"), 17),
    ("max_of", ("NULL::INTEGER", "2"), 2),
    ("min_of", ("10", "1", "-3", "17"), -3),
    ("min_of", ("NULL::INTEGER", "NULL::INTEGER"), None),
    ("binary_and", (long(-1), long(255)), 255),
    ("binary_or", (long(5), long(3)), 7),
    ("binary_xor", (long(5), long(3)), 6),
    ("binary_not", (long(100),), -101),
    ("binary_shift_right", (long(1), long(2)), 0),
    ("binary_shift_right", (long(-8), long(65)), -4),
    ("binary_shift_right", (long(8), long(-1)), None),
    ("binary_shift_left", (long(1), long(63)), -(2**63)),
    ("binary_shift_left", (long(3), long(62)), -(2**62)),
    ("binary_shift_left", (long(5), long(64)), 5),
    ("binary_shift_left", (long(-(2**63)), long(1)), 0),
    ("binary_shift_left", (long(1), long(-1)), None),
    ("bitset_count_ones", (long(-1),), 64),
    ("convert_angle", (real(1.2), "'Degree'", "'Arcminute'"), 72.0),
    ("convert_energy", (real(1.2), "'Joule'", "'BritishThermalUnit'"), pytest.approx(0.00113738054437598, rel=1e-14)),
    ("convert_speed", (real(1.2), "'MeterPerSecond'", "'CentimeterPerHour'"), 432000.0),
    ("convert_volume", (real(1.2), "'CubicMeter'", "'AcreFoot'"), pytest.approx(0.0009728568, rel=1e-14)),
    ("convert_length", (real(1), "'Mile'", "'Kilometer'"), pytest.approx(1.609344)),
    ("convert_mass", (real(1), "'Pound'", "'Ounce'"), pytest.approx(16)),
    ("convert_force", (real(1), "'Newton'", "'Dyn'"), pytest.approx(1e5)),
    ("convert_temperature", (real(100), "'DegreeCelsius'", "'DegreeFahrenheit'"), pytest.approx(212)),
    ("convert_temperature", (real(0), "'Kelvin'", "'DegreeCelsius'"), pytest.approx(-273.15)),
    ("beta_cdf", (real(0.9), real(10), real(20)), pytest.approx(0.999999999999959, abs=1e-15)),
    ("beta_cdf", ("NULL::DOUBLE", real(10), real(20)), None),
    ("beta_cdf", (real(0), real(1), real(1)), 0.0),
    ("beta_cdf", (real(1), real(1), real(1)), 1.0),
    ("beta_pdf", (real(0.5), real(2), real(3)), pytest.approx(1.5)),
]


@pytest.mark.parametrize(("signature", "arguments", "wanted"), CASES)
def test_answers(signature: str, arguments: tuple[str, ...], wanted: object) -> None:
    assert evaluate(DB, signature, *arguments) == wanted


@pytest.mark.parametrize("x", [-7, -3, -1, -0.5, -0.46875, -0.1, 0, 1e-9, 0.46, 0.47, 1, 2, 3.99, 4, 5.5, 5.99, 6.01])
def test_erf(x: float) -> None:
    assert evaluate(DB, "erf", real(x)) == pytest.approx(math.erf(x), rel=1e-15)


@pytest.mark.parametrize(
    ("x", "a", "b"), [(0.5, 2, 3), (0.1, 5, 1), (0.02, 1, 1), (0.3, 100, 250), (0.7, 300, 150), (0.99, 5, 50)]
)
def test_beta_cdf_is_the_binomial_tail(x: float, a: int, b: int) -> None:
    share, n = Fraction(x), a + b - 1
    wanted = float(sum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(a, n + 1)))
    assert evaluate(DB, "beta_cdf", real(x), real(a), real(b)) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(("x", "a"), [(1.5, 10), (-10, 10), (0.1, -1)])
def test_beta_of_what_it_is_not_defined_for(x: float, a: float) -> None:
    assert math.isnan(evaluate(DB, "beta_cdf", real(x), real(a), real(20)))


def test_rand_is_within_its_range() -> None:
    assert 0 <= evaluate(DB, "rand()") < 1
    assert evaluate(DB, "rand(count", long(3)) in {0.0, 1.0, 2.0}


def test_a_unit_there_is_not_is_told() -> None:
    with pytest.raises(duckdb.InvalidInputException, match=r"convert_length\(\) has no unit Ell"):
        evaluate(DB, "convert_length", real(1), "'Ell'", "'Meter'")


NULL_IS_NO_NUMBER = ("isnan", "isinf", "isfinite")


@pytest.mark.parametrize(
    "entry",
    [
        each
        for each in maths.SCALARS
        if not each.refused and "()" not in each.signature and each.name not in NULL_IS_NO_NUMBER
    ],
    ids=lambda e: e.signature,
)
def test_null_is_null(entry: Entry) -> None:
    nulls_are_kept(DB, entry)
