"""Values for a query's parameters: read as their kind, by name or alias, or refused with the name of the parameter."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.errors import ParameterError
from huntbook.query.kql import Type, compile_kql
from huntbook.query.pack import Query
from huntbook.query.parameters import Clause, Kind, Value

GUID = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
SPAN = SimpleNamespace(start=datetime(2026, 3, 2, tzinfo=UTC), end=datetime(2026, 3, 3, tzinfo=UTC))


def query(text: str = "", **parameters: Any) -> Query:
    holes = " ".join(f"{{{{{name}}}}}" for name in parameters)
    described = {name: {"about": f"A {name}.", **said} for name, said in parameters.items()}
    raw = {"name": "q", "pack": "test", "about": "A test.", "parameters": described, "kql": text or f"print {holes}"}
    return Query.model_validate(raw)


def one(value: Any, **said: Any) -> Value:
    return query(x=said).bound({"x": value})["x"]


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        ("string", "WS01", "WS01"),
        ("string", 5, "5"),
        ("string", ip_address("192.0.2.7"), "192.0.2.7"),
        ("string", np.str_("WS01"), "WS01"),
        ("string", Clause("| take 1"), "| take 1"),
        ("int", 5, 5),
        ("int", "4624", 4624),
        ("int", np.int64(5), 5),
        ("real", 0.5, 0.5),
        ("bool", True, True),
        ("bool", np.bool_(0), False),
        ("datetime", datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("datetime", datetime(2026, 3, 2, 9), datetime(2026, 3, 2, 9, tzinfo=UTC)),  # noqa: DTZ001
        ("datetime", date(2026, 3, 2), datetime(2026, 3, 2, tzinfo=UTC)),
        ("datetime", "2026-03-02T10:00+01:00", datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=1)))),
        ("datetime", "2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("datetime", pd.Timestamp("2026-03-02T09:00Z"), datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("timespan", "2d", "2d"),
        ("timespan", timedelta(hours=1), timedelta(hours=1)),
        ("ip", "2001:db8::1", "2001:db8::1"),
        ("ip", "10.0.0.0/8", "10.0.0.0/8"),
        ("guid", GUID.upper(), GUID),
        ("guid", UUID(GUID), GUID),
        ("column", "Computer", "Computer"),
        ("clause", Clause("| take 1"), "| take 1"),
    ],
)
def test_a_value_is_read_as_its_kind(kind: str, value: Any, read: Any) -> None:
    found = one(value, type=kind)
    assert found == Value(Kind(kind), read)
    assert type(found.value) is type(read) or kind in ("datetime", "clause")


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("string", None, "x: None is no text"),
        ("string", 5.5, "x: 5.5 is no text"),
        ("string", ["a"], r"x: \['a'\] is no text"),
        ("string", "\ud800", "x: .* holds half of a character"),
        ("int", "five", "x: 'five' is no whole number"),
        ("int", True, "x: True is no whole number"),
        ("int", 5.5, "x: 5.5 is no whole number"),
        ("bool", "yes", "x: 'yes' is neither"),
        ("datetime", "yestrday", "x: The time 'yestrday' cannot be read"),
        ("datetime", pd.NaT, "x: The time NaT cannot be read"),
        ("datetime", pd.Series(["2026-03-01"] * 2), "x: A time cannot be "),
        ("ip", pd.Series(["192.0.2.7"] * 2), "x: .* is no IP address"),
        ("guid", np.array(["a", "b"]), "x: .* is no guid"),
        ("guid", pl.Series(["a", "b"]), "x: (.|\n)* is no guid"),
        ("datetime", 5, "x: A time cannot be 5"),
        ("timespan", "soon", "x: 'soon' is no timespan"),
        ("ip", "999.1.1.1", "x: '999.1.1.1' is no IP address"),
        ("guid", "6f9619ff", "x: '6f9619ff' is no guid"),
        ("column", 5.5, "x: 5.5 is no text"),
        ("clause", "| take 1", "x: query text comes from code only"),
    ],
)
def test_a_value_that_is_none_of_its_kind_is_named(kind: str, value: Any, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        one(value, type=kind)


def test_a_cell_can_never_be_a_clause() -> None:
    for cell in (pl.Series(["| take 1"])[0], np.array(["| take 1"])[0], pd.Series(["| take 1"]).iloc[0]):
        with pytest.raises(ParameterError, match="from code only"):
            one(cell, type="clause")


@pytest.mark.parametrize(
    "value", [["a", "b"], ("a", "b"), {"b", "a"}, pl.Series(["a", "b"]), pd.Series(["a", "b"]), np.array(["a", "b"])]
)
def test_whatever_holds_several_values_is_a_list(value: Any) -> None:
    assert one(value, type="list") == Value(Kind.LIST, ["a", "b"])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("a", "x: 'a' is no list"),
        (["a", None], "x: item 1: None is no text"),
        ([], "x: the list is empty"),
        (pd.DataFrame({"a": ["b"]}), "x: a DataFrame is no list"),
        (pl.DataFrame({"a": ["b"]}), "x: a DataFrame is no list"),
        ({"a": 1}, "x: .* is no list"),
    ],
)
def test_what_is_no_list_of_values_is_refused(value: Any, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        one(value, type="list")


def test_a_list_holds_what_it_says() -> None:
    assert one([4624, "4625"], type="list", of="int") == Value(Kind.LIST, [4624, 4625], Kind.INT)
    assert one([], type="list", default=[]) == Value(Kind.LIST, [])
    with pytest.raises(ParameterError, match="x: item 1: 'x' is no whole number"):
        one([1, "x"], type="list", of="int")


def test_defaults_stand_for_what_is_not_given() -> None:
    asked = query(host={}, limit={"type": "int", "default": 10}, more={"type": "clause", "default": "| take 1"})
    assert asked.bound({"host": "WS01"}) == {
        "host": Value(Kind.STRING, "WS01"),
        "limit": Value(Kind.INT, 10),
        "more": Value(Kind.CLAUSE, Clause("| take 1")),
    }
    assert asked.bound({"host": "WS01", "limit": 5})["limit"].value == 5


@pytest.mark.parametrize("kind", ["ip", "guid"])
def test_an_empty_default_means_any(kind: str) -> None:
    asked = query(x={"type": kind, "default": ""})
    assert asked.bound({}) == asked.bound({"x": ""}) == {"x": Value(Kind.STRING, "")}
    with pytest.raises(ParameterError, match="x: '' is no"):
        one("", type=kind)


def test_names_that_are_wrong_are_named() -> None:
    asked = query(host={"aliases": ["host_name"]}, user={})
    assert asked.bound({"host_name": "a", "user": "b"})["host"].value == "a"
    with pytest.raises(ParameterError, match=r"test\.q takes no 'hots'\.\nDid you mean 'host'\?"):
        asked.bound({"hots": "a", "user": "b"})
    with pytest.raises(ParameterError, match=r"test.q takes no 'zzz'\.\nIt takes: host, user\."):
        asked.bound({"zzz": "a"})
    with pytest.raises(ParameterError, match=r"test.q needs host and user\.\nhost: A host\.; user: A user\."):
        asked.bound({})
    with pytest.raises(ParameterError, match="host is given twice, also as 'host_name'"):
        asked.bound({"host": "a", "host_name": "b", "user": "c"})


def test_a_column_is_one_that_is_there() -> None:
    asked = query(x={"type": "column"})
    assert asked.bound({"x": "Computer"}, columns=["Computer", "Account"])["x"].value == "Computer"
    with pytest.raises(ParameterError, match=r"x: there is no column 'Compuetr'\.\nDid you mean 'Computer'\?"):
        asked.bound({"x": "Compuetr"}, columns=["Computer", "Account"])


def test_the_text_is_written_with_values_and_span() -> None:
    asked = query("T | where TimeGenerated between ({{start}} .. {{end}}) and h == {{host}}", host={})
    values = asked.bound({"host": '" | take 0 //'})
    assert asked.write("kql", values, SPAN) == (
        "T | where TimeGenerated between (datetime(2026-03-02T00:00:00Z) .. datetime(2026-03-02T23:59:59.9999999Z)) "
        r'and h == "\" | take 0 //"'
    )
    with pytest.raises(ParameterError, match=r"test.q needs a time span"):
        asked.write("kql", values)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.lists(st.text("\"'\\{}|/\n", max_size=4), min_size=1, max_size=4))  # fmt: skip
def test_a_hostile_value_stays_a_value(value: str, others: list[str]) -> None:
    asked = query("T | where a == {{x}} or a in ({{y}})", x={}, y={"type": "list"})
    text = asked.write("kql", asked.bound({"x": value, "y": others}))
    made = compile_kql(text, {"T": {"a": Type.STRING}})
    expected = [cell for cell in [value, *others, "none of them, 7"] if cell in (value, *others)]
    with duckdb.connect() as database:
        database.register("T", pl.DataFrame({"a": [value, *others, "none of them, 7"]}))
        found = [cell for (cell,) in database.execute(made.sql, dict(made.values)).fetchall()]
    assert sorted(found) == sorted(expected)
