"""A pack may hold lookups: what they may say, and how a mistake is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from huntbook.errors import SchemaError
from huntbook.query.pack import Packs, Query
from huntbook.query.parameters import Kind

PACK = """\
about: Windows hosts.
parameters:
  host: {about: Computer name., pivot: Host.name, aliases: [host_name]}
queries:
  logons:
    about: Logons on a host.
    tags: [logon]
    parameters:
      host: {}
      ids: {type: list, of: int, default: [4624, 4625], about: Kinds of events.}
    needs:
      kql: [SecurityEvent, {Heartbeat: [Computer]}]
      spl: [wineventlog]
    kql: |
      SecurityEvent
      | where TimeGenerated between ({{start}} .. {{end}})
      | where EventID in ({{ids}}) and Computer has {{host}}
    spl: search index=* host={{host}}
    example:
      values: {host: WS01}
      rows:
        SecurityEvent:
          - {EventID: 4624, Computer: WS01}
      returns: [{Computer: WS01}]
  any_host:
    about: A host or all.
    parameters: {host: {default: ""}}
    needs: [SecurityEvent]
    kql: SecurityEvent | where isempty({{host}}) or Computer has {{host}}
"""


def written(folder: Path, text: str = PACK, name: str = "windows") -> Packs:
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Packs(folder)


def failure(folder: Path, text: str) -> SchemaError:
    with pytest.raises(SchemaError) as caught:
        written(folder, text)["windows"]
    return caught.value


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_lookup_has_what_the_file_says(tmp_path: Path) -> None:
    query = written(tmp_path)["windows"]["logons"]
    assert not query.hunts
    assert query.texts.keys() == {"kql", "spl"}
    assert query.kql.startswith("SecurityEvent\n| where TimeGenerated")
    assert query.tables() == ["SecurityEvent", "Heartbeat"]
    assert query.tables("spl") == ["wineventlog"]
    assert query.tables("odata") == []
    assert query.needs["kql"]["Heartbeat"] == ["Computer"]
    assert query.parameters["host"].required
    assert query.parameters["host"].pivot == ["Host.name"]
    assert query.parameters["host"].type is Kind.STRING
    assert (query.parameters["ids"].type, query.parameters["ids"].of) == (Kind.LIST, Kind.INT)
    assert query.parameters["ids"].default == [4624, 4625]
    assert [example.values for example in query.example] == [{"host": "WS01"}]


def test_a_shared_parameter_can_be_said_otherwise_in_part(tmp_path: Path) -> None:
    host = written(tmp_path)["windows"]["any_host"].parameters["host"]
    assert not host.required
    assert host.about == "Computer name."
    assert host.aliases == ["host_name"]


def test_hunting_leaves_lookups_alone(tmp_path: Path) -> None:
    packs = written(tmp_path)
    assert len(packs.queries()) == 2
    assert packs.hunting() == []


@pytest.mark.parametrize(
    ("given", "instead", "at", "said"),
    [
        ("    tags: [logon]", "    tag: [logon]", "    tag:", "there is no 'tag'. Did you mean 'tags'?"),
        ("    kql: Security", "    kq1: Security", "    kq1:", "there is no 'kq1'. Did you mean 'kql'?"),
        ("pivot: Host", "pivots: Host", "  host: {about", "there is no 'pivots'. Did you mean 'pivot'?"),
        ("      values:", "      value:", "      value:", "there is no 'value'. Did you mean 'values'?"),
        ("about: Windows hosts.", "abuot: Windows", "abuot", "there is no 'abuot'. Did you mean 'about'?"),
        ("pivot: Host.name", "pivot: host", "  host: {about", "pivot"),
        ("type: list", "type: lists", "      ids:", "type"),
        ("about: Kinds of events.", "", "      ids:", "about is missing"),
        ("      host: {}\n", "      host: {}\n      hots: {}\n", "      hots:", "about is missing"),
        ("Computer has {{host}}\n    spl", "Computer has {{hots}}\n    spl", "      | where EventID in", "{{hots}} is no parameter. Did you mean {{host}}?"),
        ("host={{host}}", "host=x", "      host: {}", "the spl text has no {{host}}"),
        ("in ({{ids}})", "in (1)", "      ids:", "no text has {{ids}}"),
        ("has {{host}}\n    spl", "has {{ host }}\n    spl", "      | where EventID in", "{{ host }} is no hole"),
        ("has {{host}}\n    spl", 'has "{{host}}"\n    spl', "      | where EventID in", "stands in quotes"),
        ("has {{host}}\n    spl", "has {{host}} // {{host}}\n    spl", "      | where EventID in", "stands in quotes or a comment"),
        ("between ({{start}} .. {{end}})", "< {{end}}", "      | where TimeGenerated", "`< {{end}}` loses the last instant"),
        ("between ({{start}} .. {{end}})", ">= {{start}} and {{end}}>TimeGenerated", "      | where TimeGenerated", "loses the last instant"),
        ("aliases: [host_name]", "aliases: [last]", "      host: {}", "'last' is an option of every query"),
        ("aliases: [host_name]", "aliases: [ids]", "      ids:", "'ids' is the name of two parameters"),
        ("aliases: [host_name]", "aliases: [host name]", "  host: {about", "is no name"),
        ("  any_host:", "  any-host:", "  any-host:", "is no name"),
        ("  any_host:", "  import:", "  import:", "is no name"),
        ("  any_host:", "  logons:", "  logons:\n    about: A host", "'logons' stands here for the second time"),
        ("      spl: [wineventlog]", "      spl: [[wineventlog]]", "  logons:", "needs names tables"),
        ("      spl: [wineventlog]", "      spl: [5]", "  logons:", "needs names tables"),
        ("      spl: [wineventlog]", "      odata: [x]", "      odata:", "needs names tables of odata"),
        ("    tags: [logon]", "    name: x", "    name:", "'name' is not for a pack to say"),
        ("    tags: [logon]", "    severity: high", "  logons:", "techniques is missing"),
        ("default: [4624, 4625]", "default: [x]", "      ids:", "the default: ids: item 0: 'x' is no whole number"),
        ("of: int", "of: clause", "      ids:", "a list cannot hold a clause"),
        ("values: {host: WS01}", "values: {hots: WS01}", "      values:", "windows.logons takes no 'hots'. Did you mean 'host'?"),
        ("values: {host: WS01}", "values: {ids: [1]}", "      values:", "windows.logons needs host"),
        ("returns: [{Computer: WS01}]", "returns: []", "      returns:", "at least 1"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_file_and_line(tmp_path: Path, given: str, instead: str, at: str, said: str) -> None:
    assert PACK.count(given) == 1
    text = PACK.replace(given, instead)
    error = failure(tmp_path, text)
    assert error.path.endswith("windows.yaml")
    assert said in str(error)
    assert error.line == line_of(text, at), str(error)
    assert f"windows.yaml:{error.line}: " in str(error)


def test_a_hunting_query_is_asked_as_it_stands(tmp_path: Path) -> None:
    text = PACK.replace("    tags: [logon]", "    severity: high\n    techniques: [T1078]\n    why: Because.")
    assert "it has no parameters and no holes" in str(failure(tmp_path, text))


CASES = """\
about: Windows hosts.
queries:
  logons:
    about: Logons.
    needs: [SecurityEvent, WindowsEvent]
    kql: union SecurityEvent, WindowsEvent | where EventID == 4624
    example:
      finds:
        - {EventID: 4624}
        - [{EventID: 4624, at: 5, repeat: 2}, {WindowsEvent: x}]
        - {WindowsEvent: {EventID: 4624}, SecurityEvent: [{EventID: 1}]}
        - cmd.exe
      ignores:
        - {EventID: 1}
"""


def test_an_example_may_be_of_cases(tmp_path: Path) -> None:
    (example,) = written(tmp_path, CASES)["windows"]["logons"].example
    assert len(example.finds) == 4
    assert example.ignores == [{"EventID": 1}]


@pytest.mark.parametrize(
    ("given", "instead", "at", "said"),
    [
        ("      ignores:\n        - {EventID: 1}\n", "", "    example:", "logons.example: ignores is missing"),
        ("      ignores:\n        - {EventID: 1}\n", "      ignores: []\n", "      ignores:", "at least 1 item"),
        ("      finds:", "      values: {}\n      rows: {}\n      finds:", "    example:", "not both"),
        ("        - cmd.exe", "        - 7", "        - 7", "logons.example.finds.3: 7 is no row"),
        ("        - cmd.exe", "        - []", "        - []", "a case has at least one row"),
        ("        - cmd.exe", "        - {}", "        - {}", "{} is no row"),
        ("        - cmd.exe", "        - [[a]]", "        - [[a]]", "['a'] is no row"),
        ("        - cmd.exe", "        - {at: soon, EventID: 1}", "        - {at: soon", "at is 'soon'; it takes a number"),
        ("        - cmd.exe", "        - {repeat: 0, EventID: 1}", "        - {repeat: 0", "a whole number from 1 to 10,000"),
        ("        - cmd.exe", "        - {parent: a.exe}", "        - {parent", "parent stands beside"),
        ("        - cmd.exe", "        - {by: 7, EventID: 1}", "        - {by", "by is 7; it takes text"),
        ("SecurityEvent: [{EventID: 1}]}", "Syslog: [{EventID: 1}]}", "        - {WindowsEvent", "rows of Syslog, which needs does not name"),
        ("needs: [SecurityEvent, WindowsEvent]", "tags: [a]", "        - {EventID", "of the form {table: rows}"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_case_is_said_with_its_line(
    tmp_path: Path, given: str, instead: str, at: str, said: str
) -> None:
    assert CASES.count(given) == 1
    text = CASES.replace(given, instead)
    error = failure(tmp_path, text)
    assert said in str(error)
    assert error.line == line_of(text, at), str(error)


@pytest.mark.parametrize("name", ["rows", "returns"])
def test_an_example_has_all_of_its_form(tmp_path: Path, name: str) -> None:
    text = re.sub(rf"      {name}:.*\n(       .*\n)*", "", PACK)
    assert f"logons.example: {name} is missing." in str(failure(tmp_path, text))


def test_the_other_mistakes_are_in_the_hint(tmp_path: Path) -> None:
    error = failure(tmp_path, PACK.replace("tags", "tag").replace("values", "value"))
    assert (error.line, "'tag'" in error.message) == (7, True)
    assert "line 20: queries.logons.example.value: there is no 'value'" in error.hint


def test_one_bad_pack_hides_no_other(tmp_path: Path) -> None:
    written(tmp_path, "about: ]", "broken")
    packs = written(tmp_path)
    assert list(packs) == ["windows"]
    assert list(packs.failed) == ["broken"]
    assert "broken" in repr(packs)
    assert "broken.yaml:1: not YAML" in repr(packs)
    with pytest.raises(SchemaError, match="not YAML"):
        packs["broken"]
    with pytest.warns(UserWarning, match="A pack is left out: .*broken.yaml"):
        assert len(packs.queries()) == 2


def test_what_a_pack_says_of_itself_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    packs = written(tmp_path, PACK.replace("about: Windows hosts.", 'about: "Windows \\e[2J\\u202e hosts."'))
    assert packs["windows"].about == "Windows \x1b[2J\u202e hosts."
    assert repr(packs).isprintable()


def test_packs_of_several_folders(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    written(one)
    written(other, PACK.replace("Windows hosts", "Mine"), "mine")
    written(other, PACK, "windows")
    packs = Packs(one, str(other))
    assert list(packs) == ["mine", "windows"]
    assert packs["windows"].about == "Windows hosts."
    assert "there is a pack 'windows' already" in str(packs.failed["windows.yaml"])


def test_a_pack_that_changed_is_read_again(tmp_path: Path) -> None:
    packs = written(tmp_path)
    assert packs["windows"].about == "Windows hosts."
    written(tmp_path, PACK.replace("Windows hosts.", "All Windows hosts."))
    assert packs["windows"].about == "All Windows hosts."


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="is no folder"):
        Packs(tmp_path / "absent").queries()


def test_a_query_can_be_made_in_code() -> None:
    query = Query.model_validate({"name": "x", "pack": "mine", "about": "Mine.", "kql": "T | take 1"})
    assert (query.full_name, query.kql, query.tables()) == ("mine.x", "T | take 1", [])
