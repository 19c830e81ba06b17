"""`evaluate bag_unpack`."""

from __future__ import annotations

import json

import pytest
from tests.query.kql.operators._answers import answer, rows

from huntbook.errors import KqlError
from huntbook.query.kql.compiler import compile_query

PEOPLE = 'datatable(d:dynamic)[dynamic({"Name":"John","Age":20}), dynamic({"Name":"Dave","Age":40})]'
BOTH = 'datatable(Name:string, d:dynamic)["old", dynamic({"Name":"John","Age":20})]'


def test_members_become_columns_in_the_order_of_their_names() -> None:
    assert answer(f"{PEOPLE} | evaluate bag_unpack(d)") == (["Age", "Name"], [(20, "John"), (40, "Dave")])


def test_a_prefix_goes_before_the_names() -> None:
    assert answer(f"{PEOPLE} | evaluate bag_unpack(d, 'P_')")[0] == ["P_Age", "P_Name"]


def test_a_column_has_the_type_of_its_values_and_is_dynamic_where_they_differ() -> None:
    query = """datatable(d:dynamic)[dynamic({"a":1,"b":1,"c":true,"d":1.5,"e":[1],"f":null}), dynamic({"b":"x"})]
    | evaluate bag_unpack(d) | getschema | project ColumnName, ColumnType"""
    assert rows(query) == [
        ("a", "long"),
        ("b", "dynamic"),
        ("c", "bool"),
        ("d", "real"),
        ("e", "dynamic"),
        ("f", "dynamic"),
    ]


def test_what_is_no_bag_has_no_members() -> None:
    query = 'datatable(x:long, d:dynamic)[1, dynamic(null), 2, dynamic([1]), 3, dynamic("t"), 4, dynamic({"a":5})]'
    assert rows(f"{query} | evaluate bag_unpack(d)") == [(1, None), (2, None), (3, None), (4, 5)]


def test_names_that_differ_only_in_case_are_two() -> None:
    query = 'datatable(d:dynamic)[dynamic({"a":1,"A":2})] | evaluate bag_unpack(d)'
    assert answer(query) == (["A", "a"], [(2, 1)])
    assert rows(f"{query} | project a, A") == [(1, 2)]


@pytest.mark.parametrize("name", ["a'b", 'a"b', "a\\b", "*", "$.x", "a[0]", "x" * 500, "é", "nul\0nul", "a.b", "{0}"])
def test_hostile_names(name: str) -> None:
    bag = json.dumps({name: 1}).replace("\\", "\\\\").replace('"', '\\"')
    names, found = answer(f'print d = parse_json("{bag}") | evaluate bag_unpack(d)')
    assert (names, found) == ([name], [(1,)])


def test_a_member_without_a_name_is_refused_and_can_be_left_out() -> None:
    query = 'datatable(d:dynamic)[dynamic({"":1,"a":2})] | evaluate bag_unpack(d'
    with pytest.raises(KqlError, match="without a name"):
        rows(f"{query})")
    assert rows(f"{query}, ignoredProperties=dynamic(['']))") == [(2,)]


def test_conflicts() -> None:
    with pytest.raises(KqlError, match=r"'Name'.*already"):
        rows(f"{BOTH} | evaluate bag_unpack(d)")
    assert answer(f"{BOTH} | evaluate bag_unpack(d, columnsConflict='replace_source')") == (
        ["Age", "Name"],
        [(20, "John")],
    )
    assert answer(f"{BOTH} | evaluate bag_unpack(d, columnsConflict='keep_source')") == (["Age", "Name"], [(20, "old")])


def test_some_can_be_left_out() -> None:
    assert answer(f"{PEOPLE} | evaluate bag_unpack(d, ignoredProperties=dynamic(['Age', 'zz']))")[0] == ["Name"]


def test_a_declared_schema_needs_no_data() -> None:
    query = f"{BOTH} | evaluate bag_unpack(d) : (*, Age:long, Height:real)"
    compile_query(query, {})
    assert answer(query) == (["Name", "Age", "Height"], [("old", 20, None)])
    assert answer(f"{BOTH} | evaluate bag_unpack(d) : (Age:string)") == (["Age"], [("20",)])
    assert answer(f"{BOTH} | evaluate bag_unpack(d, 'P_') : (P_Name:string, Other:string)")[1] == [("John", "")]


def test_without_data_the_schema_must_be_declared() -> None:
    with pytest.raises(KqlError, match="depends on the data") as raised:
        compile_query(f"{PEOPLE} | evaluate bag_unpack(d)", {})
    assert "Declare" in (raised.value.hint or "")


def test_empty_input_has_the_other_columns() -> None:
    assert answer("datatable(x:long, d:dynamic)[] | evaluate bag_unpack(d)") == (["x"], [])


def test_too_many_members_are_refused() -> None:
    query = "range x from 1 to 1001 step 1 | project d = bag_pack(tostring(x), x) | evaluate bag_unpack(d)"
    with pytest.raises(KqlError, match="more than 1,000 members"):
        rows(query)
