"""Numbers: arithmetic, trigonometry, distributions, bits, and units of measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.functions._base import Entry, scalar
from huntbook.query.kql.routines import distributions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# W. J. Cody, "Rational Chebyshev Approximations for the Error Function", Mathematics of Computation 23 (1969); highest power first.
_ERF_NEAR = (
    (0.185777706184603153, 3.16112374387056560, 113.864154151050156, 377.485237685302021, 3209.37758913846947),
    (1.0, 23.6012909523441209, 244.024637934444173, 1282.61652607737228, 2844.23683343917062),
)
_ERF_MIDDLE = (
    (
        2.1531153547440383e-08,
        0.5641884969886701,
        8.883149794388377,
        66.11919063714163,
        298.6351381974001,
        881.952221241769,
        1712.0476126340707,
        2051.0783778260716,
        1230.3393547979972,
    ),
    (
        1.0,
        15.744926110709835,
        117.6939508913125,
        537.1811018620099,
        1621.3895745666903,
        3290.7992357334597,
        4362.619090143247,
        3439.3676741437216,
        1230.3393548037495,
    ),
)

_METRIC = {
    "Nano": 1e-9,
    "Micro": 1e-6,
    "Milli": 1e-3,
    "Centi": 1e-2,
    "Deci": 1e-1,
    "Deca": 1e1,
    "Hecto": 1e2,
    "Kilo": 1e3,
}
_LARGE = {"Kilo": 1e3, "Mega": 1e6, "Giga": 1e9, "Tera": 1e12}


def _prefixed(unit: str, size: float, prefixes: Mapping[str, float], only: str = "") -> dict[str, float]:
    """A unit, and what it is with each prefix (or those named)."""
    chosen = only.split() or list(prefixes)
    return {unit: size} | {prefix + unit[0].lower() + unit[1:]: prefixes[prefix] * size for prefix in chosen}


_PI = 3.141592653589793
_FOOT, _SURVEY_FOOT, _POUND, _GALLON, _IMPERIAL = 0.3048, 1200 / 3937, 0.45359237, 0.003785411784, 0.00454609
_G, _BTU = 9.80665, 1055.05585262
_LIGHT_YEAR, _PARSEC = 9.4607304725808e15, 3.0856775814913673e16

# The size of each unit in the first of its kind; only those whose size is defined, not measured.
UNITS: dict[str, dict[str, float]] = {
    "angle": {
        "Radian": 1.0,
        "Centiradian": 1e-2,
        "Deciradian": 1e-1,
        "Milliradian": 1e-3,
        "Microradian": 1e-6,
        "Nanoradian": 1e-9,
    }
    | {"Degree": _PI / 180, "Arcminute": _PI / 10800, "Arcsecond": _PI / 648000, "Millidegree": _PI / 180e3}
    | {
        "Microdegree": _PI / 180e6,
        "Nanodegree": _PI / 180e9,
        "Gradian": _PI / 200,
        "NatoMil": _PI / 3200,
        "Revolution": 2 * _PI,
    },
    "energy": _prefixed("Joule", 1.0, _LARGE | {"Milli": 1e-3})
    | _prefixed("Calorie", 4.184, _LARGE, "Kilo Mega")
    | _prefixed("BritishThermalUnit", _BTU, _LARGE, "Kilo Mega Giga")
    | _prefixed("ElectronVolt", 1.602176634e-19, _LARGE)
    | _prefixed("WattHour", 3600.0, _LARGE)
    | _prefixed("WattDay", 86400.0, _LARGE)
    | {"Erg": 1e-7, "FootPound": _FOOT * _POUND * _G, "ThermEc": 1e5 * _BTU, "DecathermEc": 1e6 * _BTU},
    "force": {
        "Newton": 1.0,
        "Decanewton": 10.0,
        "Kilonewton": 1e3,
        "Meganewton": 1e6,
        "Micronewton": 1e-6,
        "Millinewton": 1e-3,
    }
    | {
        "Dyn": 1e-5,
        "KilogramForce": _G,
        "KiloPond": _G,
        "Kilopond": _G,
        "TonneForce": 1e3 * _G,
        "OunceForce": _POUND * _G / 16,
    }
    | {
        "PoundForce": _POUND * _G,
        "KilopoundForce": 1e3 * _POUND * _G,
        "ShortTonForce": 2e3 * _POUND * _G,
        "Poundal": _POUND * _FOOT,
    },
    "length": _prefixed("Meter", 1.0, _METRIC)
    | {"Angstrom": 1e-10, "AstronomicalUnit": 1.495978707e11, "Chain": 66 * _FOOT, "Fathom": 6 * _FOOT, "Foot": _FOOT}
    | {
        "DataMile": 6000 * _FOOT,
        "DtpPica": 0.0254 / 6,
        "DtpPoint": 0.0254 / 72,
        "Hand": 0.1016,
        "Inch": 0.0254,
        "Microinch": 2.54e-8,
    }
    | {"Mil": 2.54e-5, "Mile": 5280 * _FOOT, "NauticalMile": 1852.0, "Shackle": 90 * _FOOT, "Twip": 0.0254 / 1440}
    | {"UsSurveyFoot": _SURVEY_FOOT, "Yard": 3 * _FOOT}
    | _prefixed("LightYear", _LIGHT_YEAR, _LARGE, "Kilo Mega")
    | _prefixed("Parsec", _PARSEC, _LARGE, "Kilo Mega"),
    "mass": _prefixed("Gram", 1.0, _METRIC)
    | _prefixed("Tonne", 1e6, _LARGE, "Kilo Mega")
    | _prefixed("Pound", 1e3 * _POUND, _LARGE, "Kilo Mega")
    | {
        "Grain": _POUND / 7,
        "Ounce": 62.5 * _POUND,
        "Stone": 14e3 * _POUND,
        "LongTon": 2.24e6 * _POUND,
        "ShortTon": 2e6 * _POUND,
    }
    | {"LongHundredweight": 1.12e5 * _POUND, "ShortHundredweight": 1e5 * _POUND, "Slug": 1e3 * _POUND * _G / _FOOT},
    "speed": {
        f"{length}Per{time}": size / seconds
        for length, size in (
            {
                "Meter": 1.0,
                "Centimeter": 1e-2,
                "Decimeter": 1e-1,
                "Kilometer": 1e3,
                "Micrometer": 1e-6,
                "Millimeter": 1e-3,
            }
            | {
                "Nanometer": 1e-9,
                "Foot": _FOOT,
                "Inch": 0.0254,
                "UsSurveyFoot": _SURVEY_FOOT,
                "Yard": 3 * _FOOT,
                "Mile": 5280 * _FOOT,
            }
        ).items()
        for time, seconds in {"Second": 1, "Minute": 60, "Hour": 3600}.items()
    }
    | {"Knot": 1852 / 3600},
    "volume": _prefixed("Liter", 1e-3, _METRIC | {"Mega": 1e6}, "Micro Milli Centi Deci Deca Hecto Kilo Mega")
    | {
        "CubicMeter": 1.0,
        "CubicDecimeter": 1e-3,
        "CubicCentimeter": 1e-6,
        "CubicMillimeter": 1e-9,
        "CubicMicrometer": 1e-18,
    }
    | {
        "HectocubicMeter": 1e2,
        "KilocubicMeter": 1e3,
        "CubicHectometer": 1e6,
        "CubicKilometer": 1e9,
        "CubicInch": 0.0254**3,
    }
    | {
        "CubicFoot": _FOOT**3,
        "HectocubicFoot": 1e2 * _FOOT**3,
        "KilocubicFoot": 1e3 * _FOOT**3,
        "MegacubicFoot": 1e6 * _FOOT**3,
    }
    | {
        "CubicYard": (3 * _FOOT) ** 3,
        "CubicMile": (5280 * _FOOT) ** 3,
        "BoardFoot": _FOOT**3 / 12,
        "AcreFoot": 1 / 0.000810714,
    }
    | {"ImperialGallon": _IMPERIAL, "KiloimperialGallon": 1e3 * _IMPERIAL, "MegaimperialGallon": 1e6 * _IMPERIAL}
    | {
        "ImperialOunce": _IMPERIAL / 160,
        "ImperialPint": _IMPERIAL / 8,
        "ImperialBeerBarrel": 36 * _IMPERIAL,
        "OilBarrel": 42 * _GALLON,
    }
    | {
        "UsGallon": _GALLON,
        "HectousGallon": 1e2 * _GALLON,
        "KilousGallon": 1e3 * _GALLON,
        "MegausGallon": 1e6 * _GALLON,
    }
    | {"UsQuart": _GALLON / 4, "UsPint": _GALLON / 8, "UsCustomaryCup": _GALLON / 16, "UsOunce": _GALLON / 128}
    | {"UsTablespoon": _GALLON / 256, "UsTeaspoon": _GALLON / 768, "UsLegalCup": 2.4e-4, "UsBeerBarrel": 31 * _GALLON}
    | {"MetricCup": 2.5e-4, "MetricTeaspoon": 5e-6, "AuTablespoon": 2e-5, "UkTablespoon": 1.5e-5},
}

# how many kelvins a degree is, and where in kelvins the scale has its zero
TEMPERATURES = {
    "Kelvin": (1.0, 0.0),
    "DegreeCelsius": (1.0, 273.15),
    "MillidegreeCelsius": (1e-3, 273.15),
    "DegreeFahrenheit": (5 / 9, 459.67 * 5 / 9),
    "DegreeRankine": (5 / 9, 0.0),
    "DegreeDelisle": (-2 / 3, 373.15),
    "DegreeNewton": (100 / 33, 273.15),
    "DegreeReaumur": (5 / 4, 273.15),
    "DegreeRoemer": (40 / 21, 273.15 - 7.5 * 40 / 21),
}


def _number(value: float) -> str:
    """A DOUBLE as SQL, to the last bit."""
    return f"{value!r}::DOUBLE"


def _choice(kind: str, values: Mapping[str, float]) -> str:
    """The body of a macro: the value of the unit `u`."""
    cases = " ".join(f"WHEN '{unit}' THEN {_number(value)}" for unit, value in values.items())
    return f"(u) AS CASE u {cases} ELSE error('convert_{kind}() has no unit ' || u || '; there are: {', '.join(values)}') END"


def _polynomial(coefficients: Sequence[float], x: str) -> str:
    """A polynomial by Horner's rule."""
    text = _number(coefficients[0])
    for coefficient in coefficients[1:]:
        text = f"({text} * {x} + {_number(coefficient)})"
    return text


def _ratio(approximation: tuple[Sequence[float], Sequence[float]], x: str) -> str:
    """A ratio of two polynomials."""
    return f"({_polynomial(approximation[0], x)} / {_polynomial(approximation[1], x)})"


def _reals(**functions: str) -> tuple[Entry, ...]:
    """Functions of one real that give a real."""
    return tuple(scalar(f"{name}(x: real) real", sql) for name, sql in functions.items())


SCALARS = (
    scalar("abs(x: long|real|decimal) =0", "abs({0})"),
    scalar("abs(x: timespan) timespan", "abs({0})"),
    *_reals(
        acos="CASE WHEN {0} BETWEEN -1 AND 1 THEN acos({0}) END",
        asin="CASE WHEN {0} BETWEEN -1 AND 1 THEN asin({0}) END",
        atan="atan({0})",
        cos="cos({0})",
        cot="(1 / tan({0}))",
        sin="sin({0})",
        tan="tan({0})",
        degrees="degrees({0})",
        radians="radians({0})",
        exp="exp({0})",
        exp2="pow(2::DOUBLE, {0})",
        exp10="pow(10::DOUBLE, {0})",
        log="CASE WHEN {0} >= 0 THEN ln({0}) END",
        log2="CASE WHEN {0} >= 0 THEN log2({0}) END",
        log10="CASE WHEN {0} >= 0 THEN log10({0}) END",
        sqrt="CASE WHEN {0} >= 0 THEN sqrt({0}) END",
        gamma="gamma({0})",
        loggamma="lgamma({0})",
        erf="kql_erf({0})",
    ),
    scalar("atan2(y: real, x: real) real", "atan2({0}, {1})"),
    scalar("pow(base: real, exponent: real) real", "pow({0}, {1})"),
    scalar("pi() real", "pi()"),
    scalar("rand() real", "random()"),
    scalar("rand(count: long) real", "floor(random() * {0})"),
    scalar("isnan(x: real) bool", "coalesce(isnan({0}), false)"),
    scalar("isinf(x: real) bool", "coalesce(isinf({0}), false)"),
    scalar("isfinite(x: real) bool", "coalesce(isfinite({0}), false)"),
    scalar("sign(x: real) real", "sign({0})::DOUBLE"),
    scalar("ceiling(x: whole) =0", "{0}"),
    scalar("ceiling(x: decimal) decimal", "ceil({0})::DECIMAL(38, 18)"),
    scalar("ceiling(x: real) real", "ceil({0})"),
    scalar("round(x: whole, precision: long = 0) =0", "round({0}, ({1})::INTEGER)"),
    scalar(
        "round(x: decimal, precision: long = 0) decimal", "round({0}, ({1})::INTEGER)::DECIMAL(38, 18)", constant=(1,)
    ),
    scalar("round(x: real, precision: long = 0) real", "round({0}, ({1})::INTEGER)"),
    scalar("max_of(value: ordered, other: ordered, ...) common", "greatest({*})"),
    scalar("min_of(value: ordered, other: ordered, ...) common", "least({*})"),
    scalar("beta_pdf(x: real, alpha: real, beta: real) real", "kql_beta_pdf({0}, {1}, {2})"),
    scalar("beta_cdf(x: real, alpha: real, beta: real) real", "kql_beta_cdf({0}, {1}, {2})"),
    scalar("binary_and(a: long, b: long) long", "({0} & {1})"),
    scalar("binary_or(a: long, b: long) long", "({0} | {1})"),
    scalar("binary_xor(a: long, b: long) long", "xor({0}, {1})"),
    scalar("binary_not(a: long) long", "(~({0}))"),
    scalar("binary_shift_left(value: long, count: long) long", "kql_shift_left({0}, {1})"),
    scalar("binary_shift_right(value: long, count: long) long", "CASE WHEN {1} >= 0 THEN ({0}) >> ({1} % 64) END"),
    scalar("bitset_count_ones(value: long) long", "bit_count({0})::BIGINT"),
    *(
        scalar(
            f"convert_{kind}(value: real, from: string, to: string) real",
            f"({{0}} * (kql_unit_{kind}({{1}}) / kql_unit_{kind}({{2}})))",
        )
        for kind in UNITS
    ),
    scalar(
        "convert_temperature(value: real, from: string, to: string) real",
        "(({0} * kql_degree({1}) + kql_zero({1}) - kql_zero({2})) / kql_degree({2}))",
    ),
    scalar(
        "beta_inv(probability: real, alpha: real, beta: real) real",
        "CASE WHEN {0} > 0 AND {0} <= 1 AND ({1} <= 0 OR {2} <= 0) THEN 'NaN'::DOUBLE ELSE kql_beta_inv({*}) END",
    ),
    scalar(
        "welch_test(mean1: real, variance1: real, count1: real, mean2: real, variance2: real, count2: real) real",
        "kql_welch_test({*})",
    ),
    scalar("erfc(x: real) real", "kql_erfc({0})"),
    *(
        scalar(
            f"around(value: {kind}, center: {kind}, delta: {delta}) bool",
            f"({{0}} BETWEEN {{1}}{wide} - {{2}} AND {{1}}{wide} + {{2}})",
        )
        for kind, delta, wide in (
            ("whole", "whole", "::HUGEINT"),
            ("decimal", "decimal", "::DOUBLE"),
            ("real", "real", ""),
            ("ticks", "timespan", "::HUGEINT"),
            ("timespan", "timespan", "::HUGEINT"),
        )
    ),
)

_TERMS = 600  # of the continued fraction: enough for parameters up to ten thousand

MACROS = {
    "kql_erf": "(x) AS CASE WHEN isnan(x) THEN x WHEN abs(x) <= 0.46875 THEN kql_erf_near(x, x * x) "
    "WHEN abs(x) < 6 THEN sign(x) * (1 - kql_erf_rest(abs(x))) WHEN x IS NOT NULL THEN sign(x)::DOUBLE END",
    "kql_erf_near": f"(x, s) AS (x * {_ratio(_ERF_NEAR, 's')})",
    "kql_erf_rest": f"(x) AS (exp(-(x) * (x)) * {_ratio(_ERF_MIDDLE, 'x')})",
    "kql_beta_known": "(x, a, b) AS (x BETWEEN 0 AND 1 AND a > 0 AND b > 0)",
    "kql_log_beta": "(a, b) AS (lgamma(a) + lgamma(b) - lgamma((a) + (b)))",
    "kql_beta_pdf": "(x, a, b) AS CASE WHEN kql_beta_known(x, a, b) THEN "
    "pow(x, (a) - 1) * pow(1 - (x), (b) - 1) / exp(kql_log_beta(a, b)) WHEN x + a + b IS NOT NULL THEN 'NaN'::DOUBLE END",
    # The regularised incomplete beta function by its continued fraction (see 8.17.22 of the DLMF), from the end to the beginning.
    "kql_beta_step": "(x, a, b, n) AS CASE WHEN n % 2 = 0 THEN (n // 2) * ((b) - n // 2) * (x) / (((a) + n - 1) * ((a) + n)) "
    "ELSE -((a) + n // 2) * ((a) + (b) + n // 2) * (x) / (((a) + n - 1) * ((a) + n)) END",
    "kql_beta_part": "(x, a, b) AS (exp((a) * ln(x) + (b) * ln(1 - (x)) - kql_log_beta(a, b)) / (a) / "
    "(1 + list_reduce(list_transform("
    f"range({_TERMS}, 0, -1), lambda kql_n: kql_beta_step(x, a, b, kql_n)), lambda kql_f, kql_d: kql_d / (1 + kql_f), 0::DOUBLE)))",
    "kql_beta_cdf": "(x, a, b) AS CASE WHEN x + a + b IS NULL THEN NULL WHEN NOT kql_beta_known(x, a, b) THEN 'NaN'::DOUBLE "
    "WHEN a > 10000 OR b > 10000 THEN error('beta_cdf() takes parameters up to 10000') WHEN x = 0 THEN 0 WHEN x = 1 THEN 1 "
    "WHEN x <= ((a) + 1) / ((a) + (b) + 2) THEN kql_beta_part(x, a, b) ELSE 1 - kql_beta_part(1 - (x), b, a) END",
    "kql_signed": "(n) AS (CASE WHEN n > 9223372036854775807 THEN n - 18446744073709551616 ELSE n END)::BIGINT",
    "kql_shift_left": "(n, k) AS CASE WHEN k < 0 THEN NULL WHEN k % 64 = 0 THEN n ELSE kql_signed("
    "((n) & ((1::HUGEINT << (64 - k % 64)::INTEGER) - 1)::BIGINT)::HUGEINT * (1::HUGEINT << (k % 64)::INTEGER)) END",
    **{f"kql_unit_{kind}": _choice(kind, values) for kind, values in UNITS.items()},
    "kql_degree": _choice("temperature", {unit: factor for unit, (factor, _) in TEMPERATURES.items()}),
    "kql_zero": _choice("temperature", {unit: offset for unit, (_, offset) in TEMPERATURES.items()}),
}

ROUTINES = {
    "kql_beta_inv": distributions.beta_inverse,
    "kql_welch_test": distributions.welch_test,
    "kql_erfc": distributions.erfc,
}
