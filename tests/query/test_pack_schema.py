"""The JSON Schema of pack files: what is written down is current, takes what can be read, and refuses what cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.query.test_lookups import CASES, PACK
from typer.testing import CliRunner

from huntbook.cli import app
from huntbook.core.marked_yaml import parse_yaml, read_yaml
from huntbook.query.pack import FOLDER
from huntbook.query.pack_schema import pack_schema

WRITTEN = Path(__file__).parent.parent.parent / "docs" / "reference" / "pack.schema.json"


def mistakes(value: Any) -> list[str]:
    plain = json.loads(json.dumps(value, default=lambda moment: moment.isoformat()))
    return [error.message for error in jsonschema.Draft202012Validator(pack_schema()).iter_errors(plain)]


def test_the_schema_that_is_written_down_is_current() -> None:
    assert json.loads(WRITTEN.read_text(encoding="utf-8")) == pack_schema(), "run `make docs`"


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(pack_schema())


def test_the_command_writes_it() -> None:
    shown = CliRunner().invoke(app, ["packs", "--schema"])
    assert shown.exit_code == 0
    assert json.loads(shown.stdout) == pack_schema()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("[!_]*.yaml")), ids=lambda path: path.stem)
def test_it_takes_every_built_in_pack(path: Path) -> None:
    assert mistakes(read_yaml(path).value) == []


def test_it_takes_the_short_forms() -> None:
    assert mistakes(parse_yaml(PACK).value) == []
    assert mistakes(parse_yaml(CASES).value) == []


@pytest.mark.parametrize(
    ("given", "instead"),
    [
        ("    tags: [logon]", "    tag: [logon]"),
        ("    tags: [logon]", "    name: logons"),
        ("pivot: Host.name", "pivot: host"),
        ("type: list", "type: lists"),
        ("about: Windows hosts.", ""),
        ("      values:", "      value:"),
        ("returns: [{Computer: WS01}]", "returns: []"),
        ("  any_host:", "  any-host:"),
        ("      spl: [wineventlog]", "      splunk: [wineventlog]"),
        ("    tags: [logon]", "    severity: high"),
        ("    tags: [logon]", "    severity: awful\n    techniques: [T1078]\n    why: Because."),
        ("    kql: SecurityEvent | where isempty({{host}}) or Computer has {{host}}\n", ""),
    ],
)
def test_it_refuses_what_cannot_be_read(given: str, instead: str) -> None:
    assert PACK.count(given) == 1
    assert mistakes(parse_yaml(PACK.replace(given, instead)).value)


@pytest.mark.parametrize(
    ("given", "instead"),
    [
        ("      ignores:\n        - {EventID: 1}\n", ""),
        ("      ignores:\n        - {EventID: 1}\n", "      ignores: []\n"),
        ("      finds:", "      rows: {}\n      finds:"),
        ("      finds:", "      found:"),
        ("        - cmd.exe", "        - 7"),
        ("        - cmd.exe", "        - []"),
        ("        - cmd.exe", "        - {}"),
        ("        - cmd.exe", "        - {repeat: 0.5, EventID: 1}"),
        ("        - cmd.exe", "        - {at: soon, EventID: 1}"),
        ("        - cmd.exe", "        - {parent: a.exe}"),
    ],
)
def test_it_refuses_cases_that_cannot_be_read(given: str, instead: str) -> None:
    assert CASES.count(given) == 1
    assert mistakes(parse_yaml(CASES.replace(given, instead)).value)
