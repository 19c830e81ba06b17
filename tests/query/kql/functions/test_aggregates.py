"""Aggregates over rows with nulls, over no rows, and against the documented answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.query.kql.functions._entries import connect
from tests.query.kql.functions._render import at, evaluate, moment, real, sql_type, type_of, typed

from huntbook.query.kql.functions import aggregates, dynamics
from huntbook.query.kql.functions._base import Entry

DB = connect("Asia/Tokyo")
ROWS = f"""FROM (VALUES
    (1::BIGINT, 'a', {at("2020-01-01")}, true, '[1,2]'::JSON, 1.5::DOUBLE),
    (2, 'b', {at("2020-01-03")}, false, '{{"k":1}}'::JSON, 'nan'::DOUBLE),
    (NULL, 'a', NULL, true, NULL, NULL),
    (4, '', {at("2020-01-04")}, NULL, '[2,3]'::JSON, 2.5)) t(n, s, d, b, j, r)"""
NO_ROWS = f"FROM (SELECT * {ROWS}) WHERE false"
LONGEST = str(dynamics.LONGEST)

CASES: list[tuple[str, tuple[str, ...], Any, Any]] = [  # of the rows, and of no rows
    ("count", (), 4, 0),
    ("countif", ("b",), 2, 0),
    ("sum(value: whole", ("n",), 7, 0),
    ("sumif(value: whole", ("n", "b"), 1, 0),
    ("sum(value: real", ("n::DOUBLE",), 7.0, 0.0),
    ("sum(value: decimal", ("n::DECIMAL(38, 18)",), Decimal(7), Decimal(0)),
    ("avg(value: whole", ("n",), pytest.approx(7 / 3), None),
    ("avg(value: decimal", ("n::DECIMAL(38, 18)",), Decimal("2.333333333333333333"), None),
    ("avg(value: timespan", ("n",), 2, None),
    ("avg(value: datetime", ("d",), moment(2020, 1, 2, 16), None),
    ("avgif(value: datetime", ("d", "b"), moment(2020, 1, 1), None),
    ("min", ("n",), 1, None),
    ("max", ("d",), moment(2020, 1, 4), None),
    ("max", ("s",), "b", None),
    ("minif", ("n", "NOT b"), 2, None),
    ("maxif", ("n", "b"), 1, None),
    ("dcount", ("s", "1"), 3, 0),
    ("dcount", ("n", "4"), 3, 0),
    ("dcountif", ("s", "b", "1"), 1, 0),
    ("count_distinct", ("s",), 3, 0),
    ("count_distinctif", ("s", "b"), 1, 0),
    ("percentile(value: whole", ("n", real(50)), 2, None),
    ("percentile(value: datetime", ("d", real(95)), moment(2020, 1, 4), None),
    ("percentile(value: real", ("n::DECIMAL(38, 18)", real(95)), 4.0, None),
    ("percentiles_array(value: whole, percentile:", ("n", real(5), real(50)), "[1,2]", None),
    (
        "percentiles_array(value: datetime, percentiles:",
        ("d", "'[5,95]'::JSON"),
        '["2020-01-01T00:00:00.0000000Z","2020-01-04T00:00:00.0000000Z"]',
        None,
    ),
    ("stdev", ("n",), pytest.approx(1.5275252316519465), 0),
    ("stdevif", ("n", "b"), 0, 0),
    ("stdevp", ("n",), pytest.approx(1.247219128924647), None),
    ("variance", ("n",), pytest.approx(7 / 3), 0),
    ("variancepif", ("n", "b"), 0, None),
    ("covariance", ("n", "n"), pytest.approx(7 / 3), None),
    ("covariancep", ("n", "n"), pytest.approx(14 / 9), None),
    ("make_list(value: bool", ("s", LONGEST), '["a","b","a",""]', "[]"),
    ("make_list(value: bool", ("s", "2"), '["a","b"]', "[]"),
    ("make_list(value: bool", ("n", LONGEST), "[1,2,4]", "[]"),
    ("make_list(value: real", ("r", LONGEST), '[1.5,"NaN",2.5]', "[]"),
    ("make_list(value: timespan", ("n * 36000000000", "1"), '["01:00:00"]', "[]"),
    ("make_list", ("j", LONGEST), '[1,2,{"k":1},2,3]', "[]"),
    ("make_list_if(value: bool", ("s", "b", LONGEST), '["a","a"]', "[]"),
    ("make_list_with_nulls(value: bool", ("n",), "[1,2,null,4]", "[]"),
    ("make_set_if(value: bool", ("s", "b", LONGEST), '["a"]', "[]"),
    ("make_bag", ("j", LONGEST), '{"k":1}', "[]"),
    ("make_bag_if", ("j", "b", LONGEST), "[]", "[]"),
    ("take_any", ("n",), 1, None),
    ("take_anyif", ("s", "NOT b"), "b", None),
    ("binary_all_and", ("n",), 0, None),
    ("binary_all_or", ("n",), 7, None),
    ("binary_all_xor", ("n",), 7, None),
]


@pytest.mark.parametrize(("signature", "arguments", "wanted", "of_none"), CASES)
def test_answers(signature: str, arguments: tuple[str, ...], wanted: object, of_none: object) -> None:
    assert evaluate(DB, signature, *arguments, rows=ROWS) == wanted
    assert evaluate(DB, signature, *arguments, rows=NO_ROWS) == of_none


def _set(text: str) -> set[str]:
    return set(text[1:-1].split(","))


@pytest.mark.parametrize(
    ("signature", "argument", "wanted"),
    [
        ("make_set(value: bool", "s", {'"a"', '"b"', '""'}),
        ("make_set", "j", {"1", "2", "3", '{"k":1}'}),  # arrays give their elements
        ("hll(value: bool", "s", {'"a"', '"b"', '""'}),
    ],
)
def test_sets(signature: str, argument: str, wanted: set[str]) -> None:
    assert _set(evaluate(DB, signature, argument, LONGEST, rows=ROWS)) == wanted


def test_an_hll_is_merged_exactly() -> None:
    rows = "FROM (VALUES ('[1,2]'::JSON), ('[2,3]'::JSON), (NULL)) t(h)"
    merged = evaluate(DB, "hll_merge(hll: dynamic) ", "h", rows=rows)
    assert evaluate(DB, "dcount_hll", f"'{merged}'::JSON") == 3


def test_documented() -> None:
    rows = "FROM range(1, 101) t(x)"
    assert evaluate(DB, "stdevif", "x", "x % 2 = 0", rows=rows) == pytest.approx(29.1547594742265)
    assert evaluate(DB, "varianceif", "x", "x % 2 = 0", rows=rows) == pytest.approx(850)
    rows = "FROM (VALUES (4294967295), (4294963215), (3489660925), (4211015679)) t(x)"
    assert evaluate(DB, "binary_all_and", "x", rows=rows) == 0xCAFEF00D


@pytest.mark.parametrize("share", [0.1, 5, 7, 29, 50, 95, 99.9, 100])
def test_percentiles_are_by_the_nearest_rank(share: float) -> None:
    wanted = max(1, -(-1000 * int(share * 10) // 1000))
    assert evaluate(DB, "percentile(value: whole", "x", real(share), rows="FROM range(1, 1001) t(x)") == wanted


def test_an_average_of_decimals_keeps_its_digits() -> None:
    rows = "FROM (VALUES (12345678901234567890.5::DECIMAL(38, 18)), (0.1::DECIMAL(38, 18))) t(x)"
    assert evaluate(DB, "avg(value: decimal", "x", rows=rows) == Decimal("6172839450617283945.3")
    rows = "FROM (VALUES (-1::DECIMAL(38, 18)), (0), (0)) t(x)"
    assert evaluate(DB, "avg(value: decimal", "x", rows=rows) == Decimal("-0.333333333333333333")


def test_many_bags_are_merged() -> None:
    made = evaluate(DB, "make_bag", "json_object('k' || (i % 5000), i)", LONGEST, rows="FROM range(50000) t(i)")
    assert made.startswith('{"k0":0,"k1":1,')
    assert made.count(":") == 5000
    assert evaluate(DB, "make_bag", "json_object('k' || i, i)", "2", rows="FROM range(9) t(i)") == '{"k0":0,"k1":1}'


@pytest.mark.parametrize(
    "entry", [each for each in aggregates.AGGREGATES if not each.refused], ids=lambda e: e.signature
)
def test_the_type_is_what_is_said(entry: Entry) -> None:
    arguments = [
        "'[5]'::JSON" if n in entry.constant and "JSON" in each else each for n, each in enumerate(typed(entry))
    ]
    arguments = [
        each.replace("NULL", "50") if "percentile" in entry.name and n else each for n, each in enumerate(arguments)
    ]
    assert sql_type(entry) in ("", type_of(DB, entry, arguments, "FROM range(3)"))
