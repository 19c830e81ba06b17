"""What runs the examples of queries would notice one that is wrong, and says where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from huntbook.cli import app
from huntbook.query.kql import Type
from huntbook.query.pack import Query
from huntbook.testing.examples import Bench, check_pack, run_examples
from huntbook.testing.examples._compare import differences
from huntbook.testing.examples._run import tables_of

ROWS = [
    {"TimeGenerated": "2026-03-02T09:10:00Z", "EventID": 4624, "Computer": "WS01", "Account": r"CONTOSO\anna"},
    {"TimeGenerated": "2026-03-02T09:11:00Z", "EventID": 4624, "Computer": "WS02", "Account": r"CONTOSO\bo"},
    {"TimeGenerated": "2026-03-03T00:00:00Z", "EventID": 4624, "Computer": "WS01", "Account": r"CONTOSO\bo"},
]
LOGONS = "SecurityEvent | where TimeGenerated between ({{start}} .. {{end}})"


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench() as made:
        yield made


def query(text: str, *, table: str = "SecurityEvent", **example: Any) -> Query:
    raw = {
        "name": "q",
        "pack": "test",
        "about": "A test.",
        "parameters": {"host": {"about": "A host.", "default": ""}},
        "needs": [table],
        "kql": text + "\n| where isempty({{host}}) or Computer has {{host}}",
        "example": example,
    }
    return Query.model_validate(raw)


def of_rows(text: str, returns: list[dict[str, Any]], rows: list[dict[str, Any]] = ROWS, **more: Any) -> Query:
    table = more.get("table", "SecurityEvent")
    return query(text, rows={table: rows}, returns=returns, **more)


def said(asked: Query, bench: Bench) -> list[tuple[tuple[str | int, ...], str]]:
    return [(problem.place[2:], problem.said) for problem in run_examples(asked, bench)]


def test_an_example_runs_on_its_rows_in_its_span(bench: Bench) -> None:
    day = {"TimeGenerated": datetime(2026, 3, 2, 9, 10, tzinfo=UTC), "Computer": "WS01"}
    assert said(of_rows(LOGONS, [day], values={"host": "WS01"}), bench) == []
    span = [date(2026, 3, 3), date(2026, 3, 4)]
    assert said(of_rows(LOGONS, [{"Account": r"CONTOSO\bo"}], values={"host": "WS01"}, span=span), bench) == []


def test_what_did_not_come_back_and_what_came_besides_is_said(bench: Bench) -> None:
    (missing, besides) = said(of_rows(LOGONS, [{"Computer": "WS03"}], values={"host": "WS01"}), bench)
    assert missing == (("returns", 0), "this did not come back, of 1 in all.")
    assert besides[0] == ("returns",)
    assert "WS01" in besides[1]


@pytest.mark.parametrize(
    ("text", "returns"),
    [
        ("SecurityEvent", [{}, {}, {}]),
        ("SecurityEvent | summarize n = count(), Computer = 'x'", [{"n": 3}]),
        ("SecurityEvent | summarize arg_max(EventID, *) by TimeGenerated", [{}, {}, {}]),
    ],
)
def test_an_example_in_which_every_row_matters_is_noticed(bench: Bench, text: str, returns: list[Any]) -> None:
    ((place, what),) = said(of_rows(text, returns), bench)
    assert place == ("rows",)
    assert what.startswith("every row makes a difference")


@pytest.mark.parametrize(
    ("text", "returns"),
    [
        ("SecurityEvent | where Account !has 'anna' // | summarize", [{}, {}]),
        ("SecurityEvent | where Account has '| take 1' or Computer == 'WS02'", [{"Computer": "WS02"}]),
        ("SecurityEvent | summarize n = count() by Computer | where n > 1", [{"n": 2}]),
        ("SecurityEvent | top 1 by TimeGenerated", [{"Account": r"CONTOSO\bo"}]),
        ("SecurityEvent | where Computer in ((SecurityEvent | where Account has 'anna' | project Computer))", [{}, {}]),
        ("SecurityEvent | take 2", [{}, {}]),
    ],
)
def test_a_row_that_does_not_matter_is_noticed(bench: Bench, text: str, returns: list[Any]) -> None:
    assert said(of_rows(text, returns), bench) == []


def test_what_no_documentation_lists_has_the_columns_of_its_rows(bench: Bench) -> None:
    rows = [{"Computer": "WS01", "Size": 4, "Tags": ["a"]}, {"Computer": "WS02", "Size": 1}]
    asked = of_rows("fleet | extend n = Size + 1 | where n > 2", [{"n": 5, "Tags": ["a"]}], rows, table="fleet")
    assert tables_of(asked, asked.example[0])["fleet"] == {
        "Computer": Type.STRING,
        "Size": Type.LONG,
        "Tags": Type.DYNAMIC,
    }
    assert said(asked, bench) == []


def test_a_lookup_may_have_cases_and_each_is_alone(bench: Bench) -> None:
    text = "SecurityEvent | where EventID == 4625 | summarize n = count(), Computer = take_any(Computer) | where n >= 3"
    cases: dict[str, Any] = {
        "finds": [{"EventID": 4625, "repeat": 3}, [{"EventID": 4625}, {"EventID": 4625, "repeat": 2, "Computer": "x"}]],
        "ignores": [{"EventID": 4625, "repeat": 2}, {"EventID": 4625}, {"EventID": 4624, "repeat": 4}],
    }
    assert said(query(text, **cases), bench) == []
    turned = said(query(text, finds=cases["ignores"], ignores=cases["finds"]), bench)
    assert [place for place, _ in turned] == [("finds", 0), ("finds", 1), ("finds", 2), ("ignores", 0), ("ignores", 1)]
    assert turned[0][1] == "nothing came back, and something must."
    assert '"n": 3' in turned[3][1]


def test_a_query_that_answers_nothing_at_all_is_noticed(bench: Bench) -> None:
    text = "SecurityEvent | where EventID == 1 | summarize n = count(), Computer = take_any(Computer)"
    asked = query(text + " | where n != 1", finds=[{"repeat": 2, "EventID": 1}], ignores=[{"EventID": 1}])
    assert said(asked, bench) == [(("ignores",), "something comes back where there are no rows at all.")]


def test_short_words_stand_for_columns(bench: Bench) -> None:
    text = (
        "_Im_ProcessCreate | extend Computer = DvcHostname"
        "\n| where Computer == 'host1' and TimeGenerated == datetime(2026-03-02T09:01:00Z) and ActorUsername == 'anna'"
        "\n| where TargetProcessName == @'C:\\Windows\\System32\\net.exe' and ActingProcessName == '/bin/sh'"
        "\n| where TargetProcessCommandLine endswith '1'"
    )
    row = {"command": "net user #n", "parent": "/bin/sh", "by": "anna", "at": 30, "repeat": 2, "every": 30}
    asked = query(text, table="_Im_ProcessCreate", finds=[row], ignores=["net user 1", {**row, "every": 29}])
    assert said(asked, bench) == []


def test_rows_that_no_table_takes_are_refused(bench: Bench) -> None:
    ((place, what),) = said(of_rows(LOGONS, [{}], [{"Compter": "WS01"}]), bench)
    assert (place, what) == (("rows", "SecurityEvent"), "SecurityEvent has no Compter.")
    ((place, what),) = said(query(LOGONS, finds=[{"EventID": 1}], ignores=[{"Nme": 1}]), bench)
    assert (place, what) == (("ignores", 0), "SecurityEvent has no Nme.")
    ((place, what),) = said(query(LOGONS, rows={"Syslog": [{"Computer": "x"}]}, returns=[{}]), bench)
    assert (place, what) == (("rows", "Syslog"), "Syslog has rows here, and needs does not name it.")


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
    assert (differences(found, written) == ([], [])) is agrees


PACK = """\
about: Kiosks.
queries:
  shells:
    about: Shells.
    needs: [_Im_ProcessCreate]
    kql: |
      _Im_ProcessCreate
      | where TargetProcessName endswith "cmd.exe"
    example:
      finds:
        - cmd.exe /c dir
        - notepad.exe
      ignores: [{command: calc.exe, parent: explorer.exe}]
  broken:
    about: Broken.
    needs: [Syslog]
    kql: |
      Syslog
      | where Nothing == 1
    example: {rows: {Syslog: [{Computer: a}]}, returns: [{Computer: a}]}
  untried:
    about: Untried.
    needs: [Syslog]
    kql: Syslog
"""


def test_what_is_wrong_with_a_pack_is_said_with_its_line(tmp_path: Path, bench: Bench) -> None:
    path = tmp_path / "kiosks.yaml"
    path.write_text(PACK, encoding="utf-8")
    checked = check_pack(path, bench)
    assert (checked.tried, checked.untried) == (("shells", "broken"), ("untried",))
    assert [str(error.line) + error.message.partition(f"{error.line}: ")[2] for error in checked.wrong] == [
        "12shells.example.finds.1: nothing came back, and something must.",
        f"19{checked.wrong[1].message.partition('19: ')[2]}",
    ]
    assert checked.wrong[1].message.startswith(f"{path}:19: broken.kql: ")
    assert "Nothing" in checked.wrong[1].message


def test_the_command_checks_a_file_or_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "kiosks.yaml"
    path.write_text(PACK, encoding="utf-8")
    (tmp_path / "other.yaml").write_text("about: x\n", encoding="utf-8")
    shown = CliRunner().invoke(app, ["packs", "--check", str(tmp_path)])
    assert shown.exit_code == 1
    assert f"{path}:12: shells.example.finds.1: nothing came back" in shown.stderr
    assert "2 queries tried, 2 wrong. Without an example in KQL or SPL: untried." in shown.stderr
    assert "queries is missing" in shown.stderr
    right = PACK.replace("        - notepad.exe\n", "").replace("Nothing == 1", 'Computer == "a"')
    path.write_text(right.replace("[{Computer: a}]}, ", "[{Computer: a}, {Computer: b}]}, "), encoding="utf-8")
    shown = CliRunner().invoke(app, ["packs", "--check", str(path)])
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout == f"{path}: 2 queries tried, 0 wrong. Without an example in KQL or SPL: untried.\n"
    assert CliRunner().invoke(app, ["packs", "--check", str(tmp_path / "none.yaml")]).exit_code == 1


def of_events(text: str, **example: Any) -> Query:
    raw = {"name": "q", "pack": "test", "about": "A test.", "spl": text, "example": example}
    return Query.model_validate(raw)


EVENTS = {
    "main": [
        {"user": "anna", "port": 22, "_time": datetime(2026, 3, 2, 9, tzinfo=UTC)},
        {"user": ["bo", "cy"]},
        {"user": "anna", "_time": datetime(2026, 3, 3, tzinfo=UTC)},
    ]
}


def test_an_example_of_spl_runs_on_its_events_in_its_span(bench: Bench) -> None:
    anna = {"user": "anna", "port": 22, "_time": datetime(2026, 3, 2, 9, tzinfo=UTC), "lacking": None}
    assert said(of_events("search user=anna", rows=EVENTS, returns=[anna]), bench) == []
    both = {"user": ["bo", "cy"], "_time": datetime(2026, 3, 2, 12, tzinfo=UTC)}
    assert said(of_events("search user=cy | table _time, user", rows=EVENTS, returns=[both]), bench) == []
    assert said(of_events("search * | stats count", rows=EVENTS, returns=[{"count": 2}]), bench) == []
    path = {"/services/x": [{"title": "a", "author": "b"}]}
    assert said(of_events("| rest /services/x | table title", rows=path, returns=[{"title": "a"}]), bench) == []


@pytest.mark.parametrize(
    ("text", "example", "expected"),
    [
        ("search user=anna", {"returns": [{"user": "bo"}]}, [("returns", 0), ("returns",)]),
        ("search user=anna", {"returns": [{"user": "anna"}] * 2}, [("returns", 1)]),
        ("search user=cy", {"returns": [{"user": ["bo"]}]}, [("returns", 0), ("returns",)]),
        ("search user=anna | transaction user", {"returns": [{"user": "anna"}]}, [()]),
        ("search *", {"returns": [{}, {}], "rows": {"main": EVENTS["main"][:2]}}, [("rows",)]),
        ("| rest /x", {"returns": [{"a": 1}], "rows": {"/x": [{"a": 1}]}}, [("rows",)]),
    ],
)
def test_an_example_of_spl_that_is_wrong_is_told(
    text: str, example: dict[str, Any], expected: list[tuple[str | int, ...]], bench: Bench
) -> None:
    asked = of_events(text, **{"rows": EVENTS, **example})
    assert [place for place, _ in said(asked, bench)] == expected


def test_an_example_is_of_a_text_that_is_there() -> None:
    with pytest.raises(ValueError, match="the example is of kql, in which the query is not written"):
        of_events("search user=anna", dialect="kql", rows=EVENTS, returns=[{"user": "anna"}])
    with pytest.raises(ValueError, match="are of KQL"):
        of_events("search user=anna", finds=[{"main": {"user": "anna"}}], ignores=[{"main": {"user": "bo"}}])
