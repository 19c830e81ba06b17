"""Arrays, bags and sets against the documented answers."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from tests.query.kql.functions._entries import connect
from tests.query.kql.functions._render import at, evaluate, find, j, long, nulls_are_kept, real

from huntbook.query.kql.functions import dynamics
from huntbook.query.kql.functions._base import Entry

DB = connect("Asia/Tokyo")
FIVE, WORDS, NONE = j("[1,2,3,4,5]"), j('["this","is","an","example","an","example"]'), "NULL::JSON"


def _index(value: str, start: int = 0, length: int = -1, occurrence: int = 1) -> tuple[str, ...]:
    return WORDS, j(f'"{value}"'), long(start), long(length), long(occurrence)


CASES: list[tuple[str, tuple[str, ...], Any]] = [
    ("array_concat", (FIVE, j('[null,"x"]')), '[1,2,3,4,5,null,"x"]'),
    ("array_concat", (FIVE, NONE), None),
    ("array_iff", (j('[true,false,1,0,null,"x"]'), j("[1,2,3]"), j('"b"')), '[1,"b",3,"b",null,null]'),
    ("array_index_of", _index("an"), 2),
    ("array_index_of", _index("example", 1, 3), 3),
    ("array_index_of", _index("example", 1, 2), -1),
    ("array_index_of", _index("is", 2, 4), -1),
    ("array_index_of", _index("example", 2, -1), 3),
    ("array_index_of", _index("an", 1, -1, 2), 4),
    ("array_index_of", _index("an", 1, -1, 3), -1),
    ("array_index_of", _index("an", -3), 4),
    ("array_index_of", _index("is", -4), -1),
    ("array_index_of", _index("is", 0, -2), None),
    ("array_index_of", _index("is", 99), -1),
    ("array_index_of", (j("5"), j("5"), "0", "-1", "1"), None),
    ("array_length", (FIVE,), 5),
    ("array_length", (j('{"a":1}'),), None),
    ("array_reverse", (j('["this","is","an","example"]'),), '["example","an","is","this"]'),
    ("array_rotate_right", (FIVE, long(2)), "[4,5,1,2,3]"),
    ("array_rotate_right", (FIVE, long(-2)), "[3,4,5,1,2]"),
    ("array_rotate_left", (FIVE, long(7)), "[3,4,5,1,2]"),
    ("array_rotate_left", (j("[]"), long(7)), "[]"),
    ("array_rotate_left", (FIVE, long(2**63 - 1)), "[3,4,5,1,2]"),
    ("array_rotate_left", (FIVE, "NULL::BIGINT"), None),
    ("array_shift_left", (FIVE, long(2**63 - 1), j("0")), "[0,0,0,0,0]"),
    ("array_shift_left", (FIVE, "NULL::BIGINT", j("0")), None),
    ("array_slice", (FIVE, "NULL::BIGINT", long(2)), None),
    ("array_split(array: dynamic, indices", (FIVE, j("[1,null]")), None),
    ("array_shift_left", (FIVE, long(2), NONE), "[3,4,5,null,null]"),
    ("array_shift_left", (FIVE, long(2), j("-1")), "[3,4,5,-1,-1]"),
    ("array_shift_left", (FIVE, long(-2), j("-1")), "[-1,-1,1,2,3]"),
    ("array_shift_right", (FIVE, long(2), NONE), "[null,null,1,2,3]"),
    ("array_shift_right", (FIVE, long(-2), j("-1")), "[3,4,5,-1,-1]"),
    ("array_shift_left", (WORDS, long(4), NONE), '["an","example","","","",""]'),
    ("array_slice", (j("[1,2,3]"), long(1), long(2)), "[2,3]"),
    ("array_slice", (FIVE, long(2), long(-1)), "[3,4,5]"),
    ("array_slice", (FIVE, long(-3), long(-2)), "[3,4]"),
    ("array_slice", (FIVE, long(9), long(12)), "[]"),
    ("array_slice", (FIVE, long(-99), long(99)), "[1,2,3,4,5]"),
    ("array_sort_asc(array: dynamic, nulls", (j("[1,3,4.5,5,2]"), "true"), "[1,2,3,4.5,5]"),
    (
        "array_sort_asc(array: dynamic, nulls",
        (j('[null,"blue","Red","green",null]'), "true"),
        '["Red","blue","green",null,null]',
    ),
    ("array_sort_asc(array: dynamic, nulls", (j('[null,"blue","yellow"]'), "false"), '[null,"blue","yellow"]'),
    (
        "array_sort_desc(array: dynamic, nulls",
        (j("[9007199254740992,9007199254740993,null]"), "true"),
        "[9007199254740993,9007199254740992,null]",
    ),
    ("array_sort_asc(array: dynamic, nulls", (j("[]"), "true"), "[]"),
    ("array_split(array: dynamic, index:", (FIVE, long(2)), "[[1,2],[3,4,5]]"),
    ("array_split(array: dynamic, indices", (FIVE, j("[1,3]")), "[[1],[2,3],[4,5]]"),
    ("array_split(array: dynamic, index:", (FIVE, long(-2)), "[[1,2,3],[4,5]]"),
    ("array_split(array: dynamic, index:", (FIVE, long(99)), "[[1,2,3,4,5],[]]"),
    ("array_sum", (j("[1,2.5]"),), 3.5),
    ("array_sum", (j('[1,"a"]'),), None),
    ("bag_has_key", (j('{"a":{"b":null}}'), "'$.a.b'"), True),
    ("bag_has_key", (j('{"a":{"b":null}}'), "'b'"), False),
    ("bag_has_key", (j('{"a/b.c~":1}'), "'a/b.c~'"), True),
    ("bag_keys", (j('{"a":"b","c":{"d":123}}'),), '["a","c"]'),
    ("bag_keys", (j("{}"),), "[]"),
    ("bag_keys", (j('"a"'),), None),
    ("bag_keys", (j("[]"),), None),
    (
        "bag_merge",
        (j('{"A1":12,"B1":2,"C1":3}'), j('{"A2":81,"B2":82,"A1":1}')),
        '{"A1":12,"B1":2,"C1":3,"A2":81,"B2":82}',
    ),
    ("bag_merge", (j('{"a":1,"a":2}'), j('{"b":null}')), '{"a":1,"b":null}'),
    (
        "bag_remove_keys",
        (j('{"a":1,"b":{"x":1,"y":null},"c":null}'), j('["a","$.b.x","z"]')),
        '{"c":null,"b":{"y":null}}',
    ),
    ("bag_remove_keys", (j('{"a":1}'), j("[]")), '{"a":1}'),
    ("bag_set_key", (j('{"key1":1,"key2":2}'), "'key3'", j("3")), '{"key1":1,"key2":2,"key3":3}'),
    ("bag_set_key", (j('{"key1":1,"key3":"abc"}'), "'key3'", j("3")), '{"key1":1,"key3":3}'),
    (
        "bag_set_key",
        (j('{"key1":123,"key2":{"prop1":123,"prop2":"xyz"}}'), "'$.key2.prop1'", j('"abc"')),
        '{"key1":123,"key2":{"prop1":"abc","prop2":"xyz"}}',
    ),
    ("bag_set_key", (j('{"key1":123}'), "'$.key2.prop1'", j('{"q":null}')), '{"key1":123,"key2":{"prop1":{"q":null}}}'),
    ("bag_set_key", (j('{"key1":123}'), "'key1'", NONE), '{"key1":null}'),
    ("bag_zip", (j('["a","b","c"]'), j('[1,"2",3.4]')), '{"a":1,"b":"2","c":3.4}'),
    ("bag_zip", (j('["a","b","c"]'), j('[1,"2"]')), '{"a":1,"b":"2","c":null}'),
    ("bag_zip", (j('["a",8,"b"]'), j('[1,"2",2.5]')), '{"a":1,"b":2.5}'),
    ("bag_zip", (j('["a",8,"b"]'), j("1")), '{"a":null,"b":null}'),
    ("bag_zip", (j('"a"'), j("[1]")), None),
    ("zip", (j("[1,3,5]"), j("[2,4]")), "[[1,2],[3,4],[5,null]]"),
    ("set_difference", (j("[1,2,1,4]"), j("[1,2]"), j("[1,2,8]")), "[4]"),
    ("set_difference", (j("[1,null,3]"), j("[1]")), "[null,3]"),
    ("set_intersect", (j("[1,2,3,3]"), j("[3,2]"), j("[3]")), "[3]"),
    ("set_union", (j("[1,2,1,4]"), j("[1,2]"), j("[8]")), "[1,2,4,8]"),
    ("set_union", (j('["A4","A2","A7","A2"]'), j('["A4"]')), '["A4","A2","A7"]'),
    ("set_has_element", (j('["a",1]'), j("1")), True),
    ("set_has_element", (j('["a",1]'), j('"1"')), False),
    ("set_has_element(set: dynamic, value: bool", (j('["a",1]'), "'a'"), True),
    ("set_has_element(set: dynamic, value: datetime", (j('["2020-01-01T00:00:00.0000000Z"]'), at("2020-01-01")), True),
    ("jaccard_index", (j("[1,2,3,4]"), j("[4,3,2,1,5]")), 0.8),
    ("repeat", (j("1"), long(3)), "[1,1,1]"),
    ("repeat(value: timespan", (long(36_000_000_000), long(2)), '["01:00:00","01:00:00"]'),
    ("repeat", (j("1"), long(0)), "[]"),
    ("repeat", (j("1"), long(-1)), None),
    ("range(start: whole", (long(1), long(8), long(3)), "[1,4,7]"),
    ("range(start: whole", (long(8), long(1), long(-3)), "[8,5,2]"),
    ("range(start: whole", (long(1), long(8), long(-1)), "[]"),
    ("range(start: whole", (long(1), long(8), long(0)), None),
    ("range(start: real", (real(0), real(1), real(0.5)), "[0.0,0.5,1.0]"),
    (
        "range(start: datetime",
        (at("2007-01-01"), at("2007-01-02"), long(864_000_000_000)),
        '["2007-01-01T00:00:00.0000000Z","2007-01-02T00:00:00.0000000Z"]',
    ),
    (
        "range(start: timespan",
        (long(36_000_000_000), long(72_000_000_000), long(36_000_000_000)),
        '["01:00:00","02:00:00"]',
    ),
]


@pytest.mark.parametrize(("signature", "arguments", "wanted"), CASES)
def test_answers(signature: str, arguments: tuple[str, ...], wanted: object) -> None:
    assert evaluate(DB, signature, *arguments) == wanted


def test_a_range_ends_where_kusto_ends_it() -> None:
    made = evaluate(DB, "range(start: whole", long(-(2**63)), long(2**63 - 1), long(1))
    assert made.count(",") == dynamics.LONGEST - 1


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("kql_of_real('nan'::DOUBLE)", '"NaN"'),
        ("kql_of_real('-inf'::DOUBLE)", '"-Infinity"'),
        ("kql_of_real(1::DOUBLE)", "1.0"),
        ("kql_of_real(NULL::DOUBLE)", None),
        ("kql_of_decimal(1.50::DECIMAL(38, 18))", '"1.5"'),
        ("kql_of_decimal(100::DECIMAL(38, 18))", '"100"'),
        ("kql_of_ticks(kql_ticks(TIMESTAMP '2020-01-01') + 7)", '"2020-01-01T00:00:00.0000007Z"'),
        ("kql_of_timespan(36000000000)", '"01:00:00"'),
    ],
)
def test_scalars_within(value: str, wanted: str | None) -> None:
    assert DB.execute(f"SELECT {value}").fetchone() == (wanted,)


def test_columns_named_as_the_parameters_of_lambdas_would_be() -> None:
    made = evaluate(
        DB, "array_iff", "c", "x", "e", rows="FROM (SELECT '[true,false]'::JSON AS c, '1'::JSON AS x, '2'::JSON AS e)"
    )
    assert made == "[1,2]"


def test_a_subquery_may_be_a_set() -> None:
    table = "(SELECT to_json(list(i)) FROM range(4) t(i))"
    assert evaluate(DB, "set_difference", table, j("[1]")) == "[0,2,3]"
    assert evaluate(DB, "set_difference", j("[1,9]"), table) == "[9]"
    number = "(SELECT max(i) FROM range(3) t(i))"
    for name in ("array_rotate_left", "array_split(array: dynamic, index:"):
        evaluate(DB, name, FIVE, number)
    assert evaluate(DB, "array_slice", FIVE, number, number) == "[3]"
    assert evaluate(DB, "array_shift_left", FIVE, number, NONE) == "[3,4,5,null,null]"


@pytest.mark.parametrize("array", ['[1,"a"]', "[[1],[2]]", '[true,"a"]'])
def test_what_has_no_order_is_not_sorted(array: str) -> None:
    with pytest.raises(duckdb.InvalidInputException, match="not several kinds"):
        evaluate(DB, "array_sort_asc(array: dynamic, nulls", j(array), "true")


@pytest.mark.parametrize("name", ["array_iff", "repeat", "array_index_of", "bag_set_key", "array_split"])
def test_an_overload_with_dynamics_comes_first(name: str) -> None:
    signature = find(name).signature
    assert "dynamic" in signature.split(",")[0 if name == "repeat" else -1 if name != "array_index_of" else 1], (
        signature
    )


@pytest.mark.parametrize(
    "entry",
    [
        each
        for each in dynamics.SCALARS
        if not each.refused
        and "other: dynamic, another" not in each.signature
        and "other: dynamic) dynamic" not in each.signature
    ],
    ids=lambda e: e.signature,
)
def test_null_is_null(entry: Entry) -> None:
    nulls_are_kept(DB, entry)
