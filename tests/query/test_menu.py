"""The prepared queries of a connection, as a menu: what completes, what `?` shows, what a call asks, and what cannot be asked."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from huntbook.core.result import Result
from huntbook.errors import ParameterError, QueryError, SchemaError, UnknownName, Unreachable
from huntbook.query.menu import QueryMenu
from huntbook.query.options import Options
from huntbook.query.pack import Packs, Query
from huntbook.query.parameters import Clause, Kind, Value
from huntbook.query.prepared import Asked, PreparedQuery

WINDOWS = """\
about: Windows hosts.
parameters:
  host: {about: Computer name., aliases: [host_name]}
queries:
  logons:
    about: Logons on a host.
    tags: [authentication]
    parameters:
      host: {}
      ids: {type: list, of: int, default: [4624, 4625], about: Kinds of events.}
      since: {type: datetime, default: "-3d", about: A time.}
      more: {type: clause, default: "", about: Query text.}
    needs: [SecurityEvent, {Heartbeat: [Computer]}]
    kql: |
      SecurityEvent
      | where EventID in ({{ids}}) and Computer has {{host}} and TimeGenerated > {{since}}
      {{more}}
    spl: search index=* host={{host}}
  splunk_only:
    about: Logons, as Splunk has them.
    parameters: {host: {}}
    spl: search index=* host={{host}}
  either:
    about: Whichever table is there.
    needs: [SecurityEvent, Event]
    kql: union isfuzzy=true SecurityEvent, Event
  hostile:
    about: "<script>alert(1)</script> \\e[2J & more."
    parameters: {host: {about: "<img src=x onerror=alert(1)>"}}
    needs: [SecurityEvent]
    kql: SecurityEvent | where "<script>" == {{host}}
"""
CLOUD = """\
about: Cloud.
queries:
  sign_ins:
    about: Sign-ins of an account.
    tags: [logon]
    needs: [SigninLogs]
    kql: SigninLogs | take 1
"""
Call = tuple[Query, str, dict[str, Value], Options]


class Connection:
    """What a menu needs of a connection; it remembers what it was asked."""

    def __init__(self, folder: Path, dialects: Collection[str], tables: Collection[str] | None) -> None:
        self.calls: list[Call] = []
        self.tables = tables
        self.queries = QueryMenu(Packs(folder), Asked(list(dialects), lambda: self.tables, self.ask, self.explain))

    def ask(self, *call: Any) -> Result:
        self.calls.append(call)
        return "the answer"  # type: ignore[return-value]

    def explain(self, query: Query, dialect: str, values: dict[str, Value], options: Options) -> str:
        return query.write(dialect, values) + options.add_query_items


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "windows.yaml").write_text(WINDOWS, encoding="utf-8")
    (tmp_path / "cloud.yaml").write_text(CLOUD, encoding="utf-8")
    return tmp_path


@pytest.fixture
def conn(folder: Path) -> Connection:
    return Connection(folder, ["kql"], ["SecurityEvent", "Heartbeat"])


def test_packs_and_queries_complete_if_they_can_be_asked(conn: Connection) -> None:
    assert dir(conn.queries) == ["search", "unavailable", "windows"]
    assert dir(conn.queries.windows) == ["either", "hostile", "logons"]
    assert list(conn.queries) == ["windows"]
    assert len(conn.queries) == 1
    assert len(conn.queries.windows) == 3
    assert conn.queries._ipython_key_completions_() == [
        "windows",
        "windows.logons",
        "windows.either",
        "windows.hostile",
    ]
    assert "windows" in conn.queries
    assert "windows.logons" in conn.queries
    assert "windows.logins" not in conn.queries


def test_names_lead_to_queries_and_wrong_ones_are_answered_with_the_near_one(conn: Connection) -> None:
    assert conn.queries.windows.logons.query is conn.queries.windows["logons"].query
    assert isinstance(conn.queries["windows.logons"], PreparedQuery)
    with pytest.raises(AttributeError, match=r"no pack 'windoes'\. Did you mean 'windows'"):
        conn.queries.windoes  # noqa: B018
    with pytest.raises(AttributeError, match=r"no query in windows 'logins'\. Did you mean 'logons'"):
        conn.queries.windows.logins  # noqa: B018
    with pytest.raises(UnknownName, match="Did you mean 'windows'"):
        conn.queries["windoes"]
    with pytest.raises(UnknownName, match="Did you mean 'logons'"):
        conn.queries["windows.logins"]


def test_a_pack_that_could_not_be_read_is_said_to_be_so(folder: Path, conn: Connection) -> None:
    (folder / "bad.yaml").write_text("about: A mistake.\nqueries: {}\n", encoding="utf-8")
    with pytest.raises(AttributeError, match=r"The pack 'bad' could not be read: .*bad\.yaml"):
        conn.queries.bad  # noqa: B018
    with pytest.raises(SchemaError, match=r"The pack 'bad' could not be read: .*bad\.yaml"):
        conn.queries["bad.query"]


def test_a_menu_can_be_copied_and_has_no_attributes_that_nobody_gave_it(conn: Connection) -> None:
    assert dir(copy.copy(conn.queries)) == dir(conn.queries)
    assert not hasattr(conn.queries, "_repr_json_")
    assert not hasattr(conn.queries.windows, "_repr_json_")


def test_the_signature_is_true(conn: Connection) -> None:
    signature = inspect.signature(conn.queries.windows.logons)
    assert list(signature.parameters) == [
        "host", "ids", "since", "more", "last", "start", "end", "split", "on_partial", "cache", "add_query_items"
    ]  # fmt: skip
    assert {one.kind for one in signature.parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert signature.parameters["host"].default is inspect.Parameter.empty
    assert signature.parameters["ids"].default == [4624, 4625]
    assert signature.parameters["ids"].annotation == list[int]
    assert signature.parameters["since"].annotation == datetime | str
    assert signature.parameters["more"].annotation is Clause
    assert signature.parameters["on_partial"].default == "keep"
    assert signature.return_annotation is Result
    signature.bind(host="WS01", last="2d")
    with pytest.raises(TypeError):
        signature.bind("WS01")


def test_a_call_asks_with_values_that_were_read_and_options(conn: Connection) -> None:
    answer: object = conn.queries.windows.logons(host_name="WS01", ids=[4624], last="2d", cache="off")
    assert answer == "the answer"
    ((query, dialect, values, options),) = conn.calls
    assert (query.full_name, dialect) == ("windows.logons", "kql")
    assert options == Options(last="2d", cache="off")
    since = values.pop("since")
    assert isinstance(since.value, datetime)
    assert since.value.astimezone(UTC) < datetime.now(UTC)
    assert values == {
        "host": Value(Kind.STRING, "WS01"),
        "ids": Value(Kind.LIST, [4624], Kind.INT),
        "more": Value(Kind.CLAUSE, Clause("")),
    }


def test_explaining_asks_nothing(conn: Connection) -> None:
    said = conn.queries.windows.logons.explain(host='a" or 1==1 //', since="2026-03-02", add_query_items="| take 1")
    assert r'Computer has "a\" or 1==1 //" and TimeGenerated > datetime(2026-03-02T00:00:00Z)' in said
    assert said.endswith("| take 1")
    assert conn.calls == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, r"windows.logons needs host\.\nhost: Computer name"),
        ({"hots": "a"}, r"windows.logons takes no 'hots'\.\nDid you mean 'host'"),
        ({"host": "a", "lsat": "2d"}, r"takes no 'lsat'\.\nDid you mean 'last'"),
        ({"host": "a", "zzzzz": 1}, r"takes no 'zzzzz'\.\nIt takes: host, ids, since, more, last, start"),
        ({"host": 5.5}, "host: 5.5 is no text"),
        ({"host": "a", "more": "| take 1"}, "more: query text comes from code only"),
    ],
)
def test_what_is_wrong_with_a_call_is_named(conn: Connection, values: dict[str, Any], said: str) -> None:
    for call in (conn.queries.windows.logons, conn.queries.windows.logons.explain):
        with pytest.raises(ParameterError, match=said):
            call(**values)
    assert conn.calls == []


def test_a_value_that_the_text_does_not_ask_for_is_refused(folder: Path) -> None:
    splunk = Connection(folder, ["spl"], None)
    assert list(inspect.signature(splunk.queries.windows.logons).parameters)[:2] == ["host", "last"]
    with pytest.raises(ParameterError, match=r"The spl text of windows\.logons does not ask for ids"):
        splunk.queries.windows.logons(host="WS01", ids=[1])
    splunk.queries.windows.logons(host="WS01")
    assert splunk.calls[0][1:3] == ("spl", {"host": Value(Kind.STRING, "WS01")})


def test_what_cannot_be_asked_is_listed_apart_with_why(conn: Connection) -> None:
    unavailable = conn.queries.unavailable
    assert dict(unavailable) == {
        "cloud.sign_ins": "it asks SigninLogs, which is not there",
        "windows.splunk_only": "it is written in spl, and kql is spoken here",
    }
    assert "cloud.sign_ins" in repr(unavailable)
    assert "SigninLogs" in unavailable._repr_html_()
    with pytest.raises(
        QueryError, match=r"cloud\.sign_ins cannot be asked here: it asks SigninLogs, which is not there\."
    ):
        conn.queries.cloud.sign_ins()
    with pytest.raises(QueryError, match=r"windows\.splunk_only cannot be asked here: it is written in spl"):
        conn.queries.windows.splunk_only(host="WS01")
    with pytest.raises(QueryError, match="is written in spl"):
        conn.queries.windows.splunk_only.explain(host="WS01")
    assert conn.queries.cloud.sign_ins.explain() == "SigninLogs | take 1"
    assert conn.calls == []


def test_tables_are_asked_for_when_they_matter_and_may_come_and_go(conn: Connection) -> None:
    conn.tables = ["signinlogs"]
    assert dir(conn.queries) == ["cloud", "search", "unavailable"]
    assert "windows.either" in conn.queries.unavailable
    conn.tables = ["Event"]
    assert dir(conn.queries.windows) == ["either"]
    conn.tables = None
    assert list(conn.queries.unavailable) == ["windows.splunk_only"]


def test_the_service_is_asked_for_its_tables_where_somebody_wants_to_know(folder: Path) -> None:
    looked: list[int] = []

    def look() -> list[str]:
        looked.append(1)
        return ["SecurityEvent", "Heartbeat"]

    asked = Asked(["kql"], lambda: look() if looked else None, lambda *_: None, lambda *_: "", look=look)  # type: ignore[arg-type]
    menu = QueryMenu(Packs(folder), asked)
    assert (dir(menu), looked) == (["cloud", "search", "unavailable", "windows"], [])
    assert "not known yet" in repr(menu)
    assert "not known yet" in menu._repr_html_()
    assert not looked
    assert "cloud.sign_ins" in menu.unavailable
    assert looked
    assert "not known yet" not in repr(menu)
    assert dir(menu) == ["search", "unavailable", "windows"]


def test_a_search_goes_on_where_the_service_cannot_be_reached(folder: Path) -> None:
    def look() -> list[str]:
        raise Unreachable("down")

    asked = Asked(["kql"], lambda: None, lambda *_: None, lambda *_: "", look=look)  # type: ignore[arg-type]
    menu = QueryMenu(Packs(folder), asked)
    assert len(menu.search("logon")) == 3
    with pytest.raises(Unreachable):
        _ = menu.unavailable


@pytest.mark.parametrize("text", ["windows.logon", "window.logons", "cloud.nothing_like_it"])
def test_the_name_of_a_query_written_wrong_is_no_query(conn: Connection, text: str) -> None:
    with pytest.raises(UnknownName, match=f"There is no query '{text}'"):
        conn.queries.check_name(text)


@pytest.mark.parametrize("text", ["windows.logons", "evil.com", "logon", "windows.logon | take 1", "a.b.c", "1.2"])
def test_other_texts_are_no_names_of_queries(conn: Connection, text: str) -> None:
    conn.queries.check_name(text)


def test_normalized_views_are_there_where_the_connection_has_them(folder: Path) -> None:
    (folder / "views.yaml").write_text(CLOUD.replace("SigninLogs", "_Im_Dns"), encoding="utf-8")
    for normalized in (True, False):
        asked = Asked(["kql"], lambda: ["SecurityEvent"], lambda *_: None, lambda *_: "", normalized=normalized)  # type: ignore[arg-type]
        assert ("views.sign_ins" in QueryMenu(Packs(folder), asked).unavailable) is not normalized


def test_search_finds_by_words_anywhere_the_nearest_first(conn: Connection) -> None:
    def names(words: str) -> list[str]:
        return [one.query.full_name for one in conn.queries.search(words)]

    assert names("LOGON") == ["windows.logons", "cloud.sign_ins", "windows.splunk_only"]  # the last two cannot be asked
    assert names("logon host") == ["windows.logons", "windows.splunk_only"]
    assert names("securityevent logons") == ["windows.logons"]
    assert names("authentication") == ["windows.logons"]
    assert names("nowhere") == []
    assert len(names("")) == 5
    found = conn.queries.search("logon")
    assert "cannot be asked here" in repr(found)
    assert "cannot be asked here" in found._repr_html_()
    assert repr(conn.queries.search("nowhere")) == "nothing found"
    found[0](host="WS01")
    assert len(conn.calls) == 1
    assert len(found[:1]) == 1


def test_the_docstring_says_parameters_tables_and_text(conn: Connection) -> None:
    doc = inspect.getdoc(conn.queries.windows.logons)
    assert doc is not None
    assert doc.splitlines()[0] == "Logons on a host."
    for part in (
        "host: Computer name. (string, must be given) Also host_name.",
        "ids: Kinds of events. (list of int, [4624, 4625] if not given)",
        "Asks: SecurityEvent, Heartbeat (Computer).",
        "Tags: authentication.",
        "| where EventID in ({{ids}})",
    ):
        assert part in doc
    assert "Cannot be asked here: it is written in spl" in str(inspect.getdoc(conn.queries.windows.splunk_only))


def test_what_a_pack_says_is_text_in_every_page(conn: Connection) -> None:
    pages = [
        conn.queries._repr_html_(),
        conn.queries.windows._repr_html_(),
        conn.queries.windows.hostile._repr_html_(),
        conn.queries.search("script")._repr_html_(),
    ]
    for page in pages:
        assert "<script>" not in page
        assert "<img" not in page
    assert "&lt;script&gt;" in pages[1]
    assert "\x1b" not in repr(conn.queries.windows)
    assert "\x1b" not in repr(conn.queries.windows.hostile)
    assert "\x1b" not in str(conn.queries.windows.hostile.__doc__)


def test_packs_that_cannot_be_read_are_named(folder: Path) -> None:
    (folder / "broken.yaml").write_text("about: ]", encoding="utf-8")
    menu = Connection(folder, ["kql"], None).queries
    assert "broken.yaml:1" in repr(menu)
    assert "broken.yaml:1" in menu._repr_html_()
    assert list(menu) == ["cloud", "windows"]


@pytest.mark.parametrize("name", ["search", "unavailable", "saved"])
def test_a_pack_cannot_take_a_name_of_the_menu(folder: Path, name: str) -> None:
    (folder / f"{name}.yaml").write_text(CLOUD, encoding="utf-8")
    assert "means something else in the menu" in str(Packs(folder).failed[name])


@pytest.fixture
def shell(conn: Connection) -> Any:
    from IPython.core.interactiveshell import InteractiveShell

    made = InteractiveShell()  # type: ignore[no-untyped-call]
    made.user_ns["conn"] = conn
    return made


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("conn.queries.win", ["windows"]),
        ("conn.queries.windows.", ["either", "hostile", "logons"]),
        ("conn.queries.windows.logons(ho", ["host="]),
        ("conn.queries.windows.logons(host='x', la", ["last="]),
        ("conn.queries.windows.logons.exp", ["explain"]),
        ('conn.queries["windows.lo', ["windows.logons"]),
    ],
)
def test_ipython_completes(shell: Any, typed: str, found: list[str]) -> None:
    from IPython.core.completer import provisionalcompleter

    with provisionalcompleter():  # IPython's own completions are provisional since its version 6
        offered = [completion.text for completion in shell.Completer.completions(typed, len(typed))]
    assert offered[: len(found)] == found


def test_a_question_mark_shows_signature_and_text(shell: Any) -> None:
    shown = shell.object_inspect_mime("conn.queries.windows.logons")["text/plain"]
    for part in ("host", "must be given", "SecurityEvent, Heartbeat (Computer)", "| where EventID in"):
        assert part in shown


def test_a_column_that_no_table_has_is_refused_where_tables_are_known(tmp_path: Path) -> None:
    (tmp_path / "counts.yaml").write_text(
        "about: Counts.\nqueries:\n  by:\n    about: Counts by a column.\n    parameters:\n"
        "      by: {type: column, about: Column.}\n      filter: {type: clause, default: '', about: Operators.}\n"
        "    kql: SecurityEvent {{filter}} | extend Day = 1 | summarize count() by {{by}}\n",
        encoding="utf-8",
    )
    known: list[str] = []
    asked = Asked(["kql"], lambda: None, lambda *_: None, lambda *_: "", columns=lambda: known or None)  # type: ignore[arg-type]
    by = QueryMenu(Packs(tmp_path), asked).counts.by
    by.read({"by": "Acount"})
    known.append("Account")
    with pytest.raises(ParameterError, match=r"there is no column 'Acount'\.\nDid you mean 'Account'\?"):
        by.read({"by": "Acount"})
    for name in ("Account", "Day"):
        by.read({"by": name})
    by.read({"by": "Own", "filter": Clause("| extend Own = 2")})
