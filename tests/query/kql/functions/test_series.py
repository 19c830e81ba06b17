"""Series against the documented answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.query.kql.functions._entries import connect
from tests.query.kql.functions._render import evaluate, find, j, long, nulls_are_kept, real

from huntbook.query.kql.functions import series
from huntbook.query.kql.functions._base import Entry

DB = connect("Asia/Tokyo")
REALS = j("[null,111.0,null,36.0,41.0,null,null,16.0,61.0,33.0,null,null]")
WHOLES = j("[null,111,null,36,41,null,null,16,61,33,null,null]")
NO_MARK = "NULL::DOUBLE"

CASES: list[tuple[str, tuple[str, ...], Any]] = [
    ("series_add", (j("[1,2,4]"), j("[4,2,1]")), "[5,4,5]"),
    ("series_add", (j("[1,2.5,null]"), j("[1,1,1,1]")), "[2.0,3.5,null,null]"),
    ("series_add(left: dynamic, right: whole", (j("[1,2]"), long(5)), "[6,7]"),
    ("series_add(left: dynamic, right: real", (j("[1,2]"), real(0.5)), "[1.5,2.5]"),
    ("series_subtract(left: whole", (long(5), j("[1,2]")), "[4,3]"),
    ("series_subtract", (j("[1,2,4]"), j("[4,2,1]")), "[-3,0,3]"),
    ("series_multiply", (j("[1,2,4]"), j("[4,2,1]")), "[4,4,4]"),
    ("series_multiply", (j("[9223372036854775807]"), j("2")), "[null]"),
    ("series_divide", (j("[1,2,4]"), j("[4,2,1]")), "[0.25,1.0,4.0]"),
    ("series_divide", (j("[1,0]"), j("0")), '["Infinity","NaN"]'),
    ("series_pow", (j("[1,2,4]"), j("[4,2,1]")), "[1.0,4.0,4.0]"),
    ("series_greater", (j("[1,2,4]"), j("[4,2,1]")), "[false,false,true]"),
    ("series_less_equals", (j("[1,2,4]"), j("[4,2,1]")), "[true,true,false]"),
    ("series_equals", (j("[1,2,4]"), j("[4,2,1]")), "[false,true,false]"),
    ("series_not_equals", (j("[1,2,4]"), j("[4,2,1]")), "[true,false,true]"),
    ("series_ceiling", (j("[-1.5,1,2.5]"),), "[-1.0,1.0,3.0]"),
    ("series_floor", (j("[-1.5,1,2.5]"),), "[-2.0,1.0,2.0]"),
    ("series_abs", (j("[-1,2]"),), "[1,2]"),
    ("series_sign", (j("[-1.5,2,0,null]"),), "[-1,1,0,null]"),
    ("series_log", (j('[1,-1,0,"x"]'),), '[0.0,null,"-Infinity",null]'),
    ("series_acos", (j("[1,2]"),), "[0.0,null]"),
    (
        "series_fill_backward",
        (j("[111,null,36,41,null,null,16,61,33,null,null]"), NO_MARK),
        "[111,36,36,41,16,16,16,61,33,null,null]",
    ),
    ("series_fill_forward", (j("[null,111,null,36]"), NO_MARK), "[null,111,111,36]"),
    ("series_fill_forward", (j("[0,111,0,36,0]"), real(0)), "[0,111,111,36,36]"),
    ("series_fill_const", (j("[null,111,null]"), real(0), NO_MARK), "[0,111,0]"),
    ("series_fill_const", (j("[null,111.5]"), real(0), NO_MARK), "[0.0,111.5]"),
    ("series_fill_linear", (WHOLES, NO_MARK, "true", real(0)), "[111,111,73,36,41,32,24,16,61,33,33,33]"),
    ("series_fill_linear", (WHOLES, NO_MARK, "false", real(0)), "[null,111,73,36,41,32,24,16,61,33,null,null]"),
    ("series_fill_linear", (j("[null,null]"), NO_MARK, "true", real(3.14159)), "[3.14159,3.14159]"),
    ("series_sum", (j('[1,2,"x",null,3.5]'),), 6.5),
    ("series_product", (j('[1,2,"x",4]'),), 8.0),
    ("series_magnitude", (j("[3,4]"),), 5.0),
    ("series_dot_product", (j("[1,2,3,null]"), j("[4,5,6]")), 32.0),
    ("series_cosine_similarity", (j("[0.1,0.2,0.1,0.2]"), j("[1,2,3,4]")), pytest.approx(0.923760430703401)),
    ("series_cosine_similarity", (j("[0.1,0.2,0.1,0.2]"), j("[0.11,0.2,0.11,0.21]")), pytest.approx(0.99935343825504)),
    ("series_cosine_similarity", (j("[0.1]"), j("[1,2]")), None),
    ("series_pearson_correlation", (j("[1,2,3,4,5]"), j("[2,4,6,8,10]")), pytest.approx(1)),
    ("series_iir", (j("[1,2,3,4]"), j("[1]"), j("[1,-1]")), "[1.0,3.0,6.0,10.0]"),
    ("series_iir", (j("[1,2,3,4]"), j("[0.5,0.5]"), j("[2]")), "[0.25,0.75,1.25,1.75]"),
    ("series_sum", (j("5"),), None),
]


@pytest.mark.parametrize(("signature", "arguments", "wanted"), CASES)
def test_answers(signature: str, arguments: tuple[str, ...], wanted: object) -> None:
    assert evaluate(DB, signature, *arguments) == wanted


def test_a_line_between() -> None:
    made = json.loads(evaluate(DB, "series_fill_linear", REALS, NO_MARK, "true", real(0)))
    assert made == pytest.approx([111, 111, 73.5, 36, 41, 32.667, 24.333, 16, 61, 33, 33, 33], abs=1e-3)


def test_statistics() -> None:
    made = json.loads(evaluate(DB, "series_stats_dynamic", j("[23,46,23,87,4,8,3,75,2,56,13,75,32,16,29]"), "false"))
    wanted = {"min": 2, "min_idx": 8, "max": 87, "max_idx": 3, "avg": 32.8, "stdev": 28.503633853548269}
    assert made == pytest.approx(wanted | {"variance": 812.45714285714291, "sum": 492, "len": 15})
    made = json.loads(evaluate(DB, "series_stats_dynamic", j("[null,1,3]"), "true"))
    assert (made["min"], made["min_idx"], made["len"]) == (1, 1, 3)
    made = json.loads(evaluate(DB, "series_stats_dynamic", j("[1,null]"), "false"))
    assert {name for name, value in made.items() if value is not None} == {"len"}


def test_a_line_through() -> None:
    made = json.loads(evaluate(DB, "series_fit_line_dynamic", j("[2,5,6,8,11,15,17,18,25,26,30,30]")))
    assert made["line_fit"][:2] == pytest.approx([1.064, 3.7945], abs=1e-3)
    del made["line_fit"]
    wanted = {"rsquare": 0.982, "slope": 2.730, "variance": 98.628, "rvariance": 1.686, "interception": -1.666}
    assert made == pytest.approx(wanted, abs=1e-3)


def test_an_overload_with_series_comes_first() -> None:
    assert find("series_add").signature == "series_add(left: dynamic, right: dynamic) dynamic"


@pytest.mark.parametrize("entry", [each for each in series.SCALARS if not each.refused], ids=lambda e: e.signature)
def test_null_is_null(entry: Entry) -> None:
    nulls_are_kept(DB, entry)
