"""Packs of MSTICPy's become ours: every hole is a literal, a name or query text, and what cannot be said is named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.core.marked_yaml import parse_yaml
from huntbook.query.kql import compile_kql, prepare
from huntbook.query.kql.known_tables import known_tables
from huntbook.query.msticpy.convert import Conversion, convert
from huntbook.query.msticpy.source import is_msticpy
from huntbook.query.msticpy.written import as_yaml
from huntbook.query.pack import Pack, Packs, Query
from huntbook.query.parameters import Clause, Kind

SPAN = SimpleNamespace(start=datetime(2026, 3, 2, tzinfo=UTC), end=datetime(2026, 3, 3, tzinfo=UTC))
TIMES = {
    "start": {"description": "From", "type": "datetime"},
    "end": {"description": "To", "type": "datetime"},
    "add_query_items": {"description": "More", "type": "str", "default": ""},
}


def converted(
    query: str, *, environment: str = "MSSentinel", macros: dict[str, Any] | None = None, **parameters: Any
) -> Conversion:
    described = {name: {"description": f"A {name}", "type": "str", **about} for name, about in parameters.items()}
    file = {
        "metadata": {
            "version": 1,
            "description": "Ours",
            "data_environments": [environment],
            "data_families": ["Test"],
        },
        "defaults": {"parameters": TIMES},
        "sources": {
            "q": {
                "description": "Finds it",
                "args": {"query": query},
                "parameters": described,
                "query_macros": macros or {},
            }
        },
    }
    return convert(parse_yaml(yaml.safe_dump(file, sort_keys=False)))


def one(query: str, **about: Any) -> Query:
    found = converted(query, **about)
    assert found.lost == []
    return Query.model_validate({**found.queries["q"], "name": "q", "pack": "p"})


def lost(query: str, **about: Any) -> str:
    (remark,) = converted(query, **about).lost
    return remark.said


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ('T | where h has "{x}"', "T\n| where h has {{x}}"),
        ("T | where h has '{x}'", "T\n| where h has {{x}}"),
        ('T | where h has @"{x}"', "T\n| where h has {{x}}"),
        (r'T | where h startswith "{x}\\"', 'T\n| where h startswith strcat({{x}}, "\\\\")'),
        ("T | where h matches regex @'^a{x}b$'", "T\n| where h matches regex strcat(@'^a', {{x}}, @'b$')"),
        ('T | where h == "{x}-{x}"', 'T\n| where h == strcat({{x}}, "-", {{x}})'),
        ("T | where h == {x}", "T\n| where h == {{x}}"),
        ('T | extend d = dynamic({{"a": {{"b": 1}} }}) | where h == "{x}"', 'T\n| extend d = dynamic({"a": {"b": 1} })\n| where h == {{x}}'),
        ('T | where h == "a|b" and i == "{x}" | take 1', 'T\n| where h == "a|b" and i == {{x}}\n| take 1'),
        ("T | where h == guid({x})", "T\n| where h == {{x}}"),
    ],
)  # fmt: skip
def test_quotes_around_holes_are_folded(text: str, becomes: str) -> None:
    assert one(text, x={}).kql == f"{becomes}\n"


def test_a_string_parameter_is_a_literal() -> None:
    query = one('T | where h has "{x}"', x={"description": "the host", "aliases": ["host_name", "a b", "last"]})
    assert query.parameters["x"].type is Kind.STRING
    assert query.parameters["x"].required
    assert query.parameters["x"].about == "the host."
    assert query.parameters["x"].aliases == ["host_name"]
    assert query.about == "Finds it"
    assert query.tags == ["test"]


@pytest.mark.parametrize(
    "end", ["<= datetime({end})", "<= todatetime('{end}')", "< datetime({end})", '<= datetime("{end}")']
)
def test_the_time_span_is_the_question_s(end: str) -> None:
    found = converted(f"SecurityEvent | where TimeGenerated >= datetime({{start}}) | where TimeGenerated {end}")
    query = Query.model_validate({**found.queries["q"], "name": "q", "pack": "p"})
    assert query.kql == "SecurityEvent\n| where TimeGenerated >= {{start}}\n| where TimeGenerated <= {{end}}\n"
    assert query.parameters == {}
    assert query.tables() == ["SecurityEvent"]
    assert bool(found.remarks) == end.startswith("< ")


def test_a_default_of_the_time_span_is_said() -> None:
    found = converted("T | where t > datetime({start})", start={"type": "datetime", "default": -5})
    assert "start is -5 by default there" in found.remarks[0].said
    assert found.queries["q"].get("parameters") is None


@pytest.mark.parametrize(
    ("default", "becomes"),
    [(-5, "-5d"), ("-5", "-5d"), ("-3d@d", "-3d@d"), ("-2h", "-2h"), (0, "now"), ("2026-03-02", "2026-03-02")],
)
def test_relative_times_stay_relative(default: Any, becomes: str) -> None:
    query = one("T | where t > datetime({since})", since={"type": "datetime", "default": default})
    assert query.parameters["since"].type is Kind.DATETIME
    assert query.parameters["since"].default == becomes
    assert isinstance(query.bound({})["since"].value, datetime)


@pytest.mark.parametrize(
    ("text", "about", "kind", "default"),
    [
        ("T | take {x}", {"type": "int", "default": 5}, Kind.INT, 5),
        ("T | take {x}", {"default": "5"}, Kind.INT, 5),
        ("T | where a > {x}", {"default": "0.5"}, Kind.REAL, 0.5),
        ("T | where t > ago({x})", {"default": "1h"}, Kind.TIMESPAN, "1h"),
        ("T | where t > ago(time({x}h))", {"type": "int", "default": 2}, Kind.INT, 2),
        ("T | where {x}", {"default": "true"}, Kind.CLAUSE, "true"),
        ("T {x}", {"default": "\n | where a == 1\n "}, Kind.CLAUSE, "| where a == 1"),
        ("T | where a {x} 'b'", {"default": "has"}, Kind.CLAUSE, "has"),
        ("T | summarize {x}", {"default": "count()"}, Kind.CLAUSE, "count()"),
        ("{x} | take 1", {"default": "SecurityEvent"}, Kind.COLUMN, "SecurityEvent"),
        ("T | project {x}", {"default": "Computer"}, Kind.COLUMN, "Computer"),
        ('T | where a == "{x}"', {"default": "all"}, Kind.STRING, "all"),
        (r'T | where a == "{x}"', {"default": "\\\\"}, Kind.STRING, "\\"),
        (r'T | where a == @"{x}"', {"default": "\\\\"}, Kind.STRING, "\\\\"),
        ("T | where a in ({x})", {"type": "list", "default": ["a", "b"]}, Kind.LIST, ["a", "b"]),
        ("T | where a in ({x})", {"type": "list", "default": "a, b"}, Kind.LIST, ["a", "b"]),
        ("T | where a in ({x})", {"type": "list", "default": "all"}, Kind.LIST, ["all"]),
        ("T | where a has_any ({x})", {"default": "a"}, Kind.LIST, ["a"]),
    ],
)
def test_defaults_tell_what_an_unquoted_hole_stands_for(
    text: str, about: dict[str, Any], kind: Kind, default: Any
) -> None:
    parameter = one(text, x=about).parameters["x"]
    assert (parameter.type, parameter.default) == (kind, default)


def test_a_list_of_numbers_is_told_by_the_column() -> None:
    query = one("SecurityEvent | where EventID in ({x}) and Computer in~ ({y})", x={"type": "list"}, y={"type": "list"})
    assert (query.parameters["x"].of, query.parameters["y"].of) == (Kind.INT, Kind.STRING)
    assert one("SecurityEvent | where EventID == {x}", x={}).parameters["x"].type is Kind.INT
    assert one("SecurityEvent | where Computer == {x}", x={}).parameters["x"].type is Kind.STRING


def test_a_default_that_is_none_is_said() -> None:
    found = converted("SecurityEvent | where EventID in ({x})", x={"type": "list", "default": "has"})
    assert "the default of x, 'has', is no list" in found.remarks[0].said
    assert "default" not in found.queries["q"]["parameters"]["x"]


def test_query_text_has_to_come_from_code() -> None:
    found = converted("T | where a == 1 {more}", more={})
    assert 'give it as hb.Clause("…")' in found.remarks[0].said
    assert found.queries["q"]["parameters"]["more"]["type"] == "clause"


def test_text_at_the_end_is_the_option_of_every_query() -> None:
    assert one("T | take 1 {add_query_items}").kql == "T\n| take 1\n"
    found = converted("T {add_query_items} | take 1", add_query_items={"default": "| where a == 1"})
    assert found.queries["q"]["kql"] == "T\n| where a == 1\n| take 1\n"
    assert any("stands within the text" in remark.said for remark in found.remarks)
    assert any("stays whatever is added" in remark.said for remark in found.remarks)


def test_macros_stand_for_their_text() -> None:
    query = one("T | where $<filter>$", macros={"filter": {"description": "x", "value": "a == 1 and b == '{x}'"}}, x={})
    assert query.kql == "T\n| where a == 1 and b == {{x}}\n"


def test_pivots_of_its_entities() -> None:
    file = """\
metadata: {version: 1, description: d, data_environments: [MSSentinel], data_families: [f]}
sources:
  q:
    description: d
    metadata: {pivot: {short_name: s, direct_func_entities: [Host]}}
    args: {query: 'SecurityEvent | where Computer has "{host_name}" and Account has "{account_name}"'}
    parameters:
      host_name: {description: h, type: str}
      account_name: {description: a, type: str}
"""
    parameters = convert(parse_yaml(file)).queries["q"]["parameters"]
    assert parameters["host_name"]["pivot"] == "Host.name"
    assert "pivot" not in parameters["account_name"]


@pytest.mark.parametrize(
    ("text", "about", "said"),
    [
        ("T | where a == '{y}'", {}, "{y} is no parameter"),
        ("T | where a == {x!r}", {"x": {}}, "is formatted by 'r'"),
        ("T | where a == {x:>9}", {"x": {}}, "is formatted by '>9'"),
        ("T | where a == '{x}", {"x": {}}, "a hole stands within"),
        ("T | where a == {", {}, "it is no template"),
        ("T | where a == '{{{{x}}}}'", {"x": {}}, "which would be a hole here"),
        ("T | where a in ('{x}')", {"x": {"type": "list"}}, "the list {x} stands within quotes"),
        ("T | where a == '{x}' {x}", {"x": {}}, "{x} stands for a string here and for a clause there"),
        ("T | where a{x} == 1", {"x": {"default": "Computer"}}, "touches a word"),
        ("T | where a == '{x}'", {"x": {"format": "prefix-{}"}}, "is formatted by 'prefix-{}'"),
        ("T | take {last}", {"last": {"type": "int"}}, "an option of every query"),
    ],
)
def test_what_cannot_be_converted_is_said(text: str, about: dict[str, Any], said: str) -> None:
    assert said in lost(text, **about)


@pytest.mark.parametrize("environment", ["Prismacloud", "LocalData", "Cybereason", "Sumologic"])
def test_languages_that_are_not_spoken_here_are_said(environment: str) -> None:
    assert f"it is for {environment}, whose language is not spoken here" in lost("x", environment=environment)


def test_what_does_not_compile_is_kept_and_said() -> None:
    found = converted("fleet | where a == 1")
    assert found.queries["q"]["needs"] == ["fleet"]
    assert "There is no table 'fleet' here" in found.remarks[0].said
    folded = converted("T // all of it | where a == 1")
    assert any("a comment reaches to the end" in remark.said for remark in folded.remarks)


def test_splunk() -> None:
    found = converted(
        'search index={index} user="{user}" src={ip} earliest={start} latest={end} {fields} {add_query_items}',
        environment="Splunk",
        index={"default": "*"},
        user={},
        ip={},
        fields={"default": "| table _time, host"},
    )
    query = Query.model_validate({**found.queries["q"], "name": "q", "pack": "p"})
    assert query.texts == {"spl": "search index={{index}} user={{user}} src={{ip}} {{fields}}\n"}
    assert {name: str(one.type) for name, one in query.parameters.items()} == {
        "index": "clause",
        "user": "string",
        "ip": "string",
        "fields": "clause",
    }
    assert query.write("spl", query.bound({"user": 'a" OR 1', "ip": "192.0.2.7"})) == (
        'search index=* user="a\\" OR 1" src="192.0.2.7" | table _time, host\n'
    )
    assert "within a string" in lost('search user="*{user}*"', environment="Splunk", user={})


def test_graph() -> None:
    found = converted(
        "{path}?$filter=createdDateTime ge {start} and createdDateTime le {end} and severity eq '{severity}' {add_query_items}",
        environment="SecurityGraph",
        path={"default": "/security/alerts"},
        severity={},
    )
    assert found.queries["q"]["odata"] == (
        "security/alerts?$filter=createdDateTime ge {{start}} and createdDateTime lt {{end}} and severity eq {{severity}}\n"
    )
    assert "is a part of the address" in lost("/security/alerts/{id}", environment="SecurityGraph", id={})


def test_resource_graph_is_asked_in_small_letters_too() -> None:
    found = converted(
        '{table} | where type =~ "{kind}"', environment="ResourceGraph", table={"default": "resources"}, kind={}
    )
    assert found.remarks == []
    assert found.queries["q"]["needs"] == ["resources"]


def test_a_converted_pack_is_a_pack_that_people_can_read(tmp_path: Path) -> None:
    found = converted('SecurityEvent | where Computer has "{host_name}"', host_name={})
    text = as_yaml(found.raw())
    (tmp_path / "ours.yaml").write_text(text, encoding="utf-8")
    assert Packs(tmp_path)["ours"]["q"].kql == "SecurityEvent\n| where Computer has {{host_name}}\n"
    assert "    kql: |\n      SecurityEvent\n      | where Computer has {{host_name}}\n" in text
    assert "    needs: [SecurityEvent]\n" in text


TWO = """\
metadata: {version: 1, description: Two, data_environments: [MSSentinel], data_families: [f]}
defaults:
  parameters:
    host_name: {description: A host, type: str}
    limit: {description: Most rows, type: int, default: 10}
sources:
  first-one:
    description: First
    args: {query: 'SecurityEvent | where Computer has "{host_name}" | take {limit}'}
  second:
    description: Second
    args: {query: 'Heartbeat | where Computer has "{host_name}" | take {limit}'}
    parameters: {limit: {description: Fewer rows, type: int}}
  third:
    description: Third
    args: {query: 'Heartbeat | where Computer has "{absent}"'}
  fourth:
    description: Fourth
"""


def test_defaults_are_merged_and_shared_parameters_are_described_once() -> None:
    found = convert(parse_yaml(TWO))
    raw = found.raw()
    assert raw["parameters"] == {"host_name": {"about": "A host.", "pivot": "Host.name"}}
    assert raw["queries"]["second"]["parameters"] == {
        "host_name": {},
        "limit": {"type": "int", "about": "Fewer rows.", "default": 10},
    }
    pack = Pack.model_validate({**raw, "name": "two"})
    assert pack["first_one"].parameters["limit"].about == "Most rows."
    assert [(remark.query, remark.line, remark.lost) for remark in found.remarks] == [
        ("first-one", 7, False),
        ("third", 14, True),
        ("fourth", 17, True),
    ]


def test_packs_load_unconverted(tmp_path: Path) -> None:
    (tmp_path / "theirs.yaml").write_text(TWO, encoding="utf-8")
    (tmp_path / "nothing.yaml").write_text(TWO.replace("MSSentinel", "LocalData"), encoding="utf-8")
    packs = Packs(tmp_path)
    assert list(packs) == ["theirs"]
    assert list(packs["theirs"].queries) == ["first_one", "second"]
    assert {name: error.line for name, error in packs.failed.items()} == {
        "nothing": 0,
        "theirs.third": 14,
        "theirs.fourth": 17,
    }
    assert "{absent} is no parameter" in str(packs.failed["theirs.third"])
    assert "no query of this pack of MSTICPy's can be read" in str(packs.failed["nothing"])
    with (
        pytest.warns(UserWarning, match="Of .*theirs.yaml left out: 2"),
        pytest.warns(UserWarning, match="A pack is left out"),
    ):
        assert len(packs.queries()) == 2


@pytest.mark.parametrize(
    ("value", "told"),
    [({"metadata": {}, "sources": {}}, True), ({"about": "x", "queries": {}}, False), ([], False), ("x", False)],
)
def test_their_packs_are_told_by_what_they_hold(value: Any, told: bool) -> None:
    assert is_msticpy(value) is told


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.text("\"'\\|{}$ \n", max_size=12))
def test_a_value_that_rewrote_the_query_there_is_a_value_here(value: str) -> None:
    query = one("T | where a == '{x}' or a in ({y}) {tail}", x={}, y={"type": "list"}, tail={"default": ""})
    text = query.write("kql", query.bound({"x": value, "y": [value]}), SPAN)
    made = compile_kql(text, {"T": {"a": known_tables()["SecurityEvent"]["Computer"]}})
    with duckdb.connect() as database:
        database.register("T", pl.DataFrame({"a": [value, "some other value"]}))
        prepare(database, made)
        assert database.execute(made.sql, dict(made.values)).fetchall() == [(value,)]


def test_a_clause_of_theirs_is_ours_from_code() -> None:
    query = one("SecurityEvent {filter} | take 1", filter={"default": "| where EventID == 4624"})
    assert "EventID == 4624" in query.write("kql", query.bound({}))
    assert "EventID == 4625" in query.write("kql", query.bound({"filter": Clause("| where EventID == 4625")}))
