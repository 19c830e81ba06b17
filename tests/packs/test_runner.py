"""What runs the examples of lookups would notice one that is wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.packs.lookups import agree, schema, tried

from huntbook.query.kql import Type
from huntbook.query.pack import Query

ROWS = [
    {"TimeGenerated": "2026-03-02T09:10:00Z", "EventID": 4624, "Computer": "WS01", "Account": r"CONTOSO\anna"},
    {"TimeGenerated": "2026-03-02T09:11:00Z", "EventID": 4624, "Computer": "WS02", "Account": r"CONTOSO\bo"},
    {"TimeGenerated": "2026-03-03T00:00:00Z", "EventID": 4624, "Computer": "WS01", "Account": r"CONTOSO\bo"},
]


def query(text: str, rows: list[dict[str, Any]] = ROWS, table: str = "SecurityEvent", **example: Any) -> Query:
    raw = {
        "name": "q",
        "pack": "test",
        "about": "A test.",
        "parameters": {"host": {"about": "A host.", "default": ""}},
        "needs": [table],
        "kql": text + "\n| where isempty({{host}}) or Computer has {{host}}",
        "example": {"rows": {table: rows}, "returns": [{"x": 1}], **example},
    }
    return Query.model_validate(raw)


LOGONS = "SecurityEvent | where TimeGenerated between ({{start}} .. {{end}})"


def test_an_example_runs_on_its_rows_in_its_span() -> None:
    asked = query(LOGONS, values={"host": "WS01"})
    found = tried(asked, asked.example[0])
    assert [(row["Computer"], row["TimeGenerated"]) for row in found.returned] == [
        ("WS01", datetime(2026, 3, 2, 9, 10, tzinfo=UTC))
    ]
    assert found.ignored is not None
    later = query(LOGONS, values={"host": "WS01"}, span=[date(2026, 3, 3), date(2026, 3, 4)])
    assert [row["Account"] for row in tried(later, later.example[0]).returned] == [r"CONTOSO\bo"]


def test_an_example_in_which_every_row_matters_is_noticed() -> None:
    asked = query("SecurityEvent")
    assert tried(asked, asked.example[0]).ignored is None


def test_what_no_documentation_lists_has_the_columns_of_its_rows() -> None:
    asked = query("fleet | extend n = Size + 1", [{"Computer": "WS01", "Size": 4, "Tags": ["a"]}], table="fleet")
    assert schema(asked, asked.example[0])["fleet"] == {
        "Computer": Type.STRING,
        "Size": Type.LONG,
        "Tags": Type.DYNAMIC,
    }
    (row,) = tried(asked, asked.example[0]).returned
    assert (row["n"], row["Tags"]) == (5, ["a"])


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "written", "agrees"),
    [
        ([{"a": 1, "b": 2}], [{"a": 1}], True),
        ([{"a": 1, "b": 2}], [{"a": 2}], False),
        ([{"a": 1}], [{"c": 1}], False),
        ([{"a": 1}, {"a": 1}], [{"a": 1}], False),
        ([{"a": 1}], [{"a": 1}, {"a": 1}], False),
        ([{"a": 1, "b": 1}, {"a": 1, "b": 2}], [{"a": 1}, {"b": 1}], True),
        ([{"a": 1, "b": 1}, {"a": 2, "b": 2}], [{"a": 1}, {"b": 1}], False),
        ([{"t": NOON}], [{"t": "2026-03-02T13:00:00+01:00"}], True),
        ([{"t": NOON}], [{"t": datetime(2026, 3, 2, 12)}], True),  # noqa: DTZ001
        ([{"t": NOON}], [{"t": NOON.replace(hour=13)}], False),
        ([{"s": ""}], [{"s": None}], True),
        ([{"s": "x"}], [{"s": None}], False),
        ([{"b": True}], [{"b": 1}], False),
        ([{"d": 600_000_000}], [{"d": "00:01:00"}], True),
        ([{"d": 600_000_000}], [{"d": "2m"}], False),
        ([{"f": 0.1 + 0.2}], [{"f": 0.3}], True),
        ([{"l": [1, {"a": "x"}]}], [{"l": [1, {"a": "x"}]}], True),
        ([{"l": [1, {"a": "x"}]}], [{"l": [1, {"a": "y"}]}], False),
    ],
)
def test_rows_agree_in_any_order_and_no_others(found: list[Any], written: list[Any], agrees: bool) -> None:
    assert agree(found, written) is agrees
