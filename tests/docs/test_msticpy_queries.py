"""The page that says what MSTICPy's queries are called here: every name on our side exists, and none on theirs stands twice."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from huntbook.query.pack import packs

PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "msticpy-queries.md"
ROW = re.compile(r"^\| `(?P<theirs>[\w.]+)` \| (?P<ours>[^|]*) \| (?P<said>[^|]*) \|$", re.MULTILINE)
CALL = re.compile(r"`(?P<pack>\w+)\.(?P<query>\w+)\((?P<taken>[\w, ]*)\)`")
ROWS = [(found["theirs"], found["ours"], found["said"]) for found in ROW.finditer(PAGE.read_text(encoding="utf-8"))]
# How many prepared queries MSTICPy 3.0 has; those for hunting are there twice, under two names.
COUNTS = {
    "Microsoft Sentinel": 96,
    "Microsoft Defender XDR": 33,
    "Microsoft Defender for Endpoint": 26,
    "Hunting in Defender": 20,
    "Microsoft Graph": 7,
    "Splunk": 13,
    "Azure Resource Graph": 9,
    "Files on disk": 9,
}


@pytest.mark.parametrize(("theirs", "ours", "said"), ROWS, ids=[row[0] for row in ROWS])
def test_what_it_is_called_here_exists_and_takes_that(theirs: str, ours: str, said: str) -> None:
    calls = list(CALL.finditer(ours))
    assert calls, f"{theirs} has no counterpart"
    assert re.sub(r"[,\s]", "", CALL.sub("", ours)) == ""
    for call in (*calls, *CALL.finditer(said)):
        query = packs[call["pack"]][call["query"]]
        taken = {name for name in re.split(r",\s*", call["taken"]) if name}
        assert taken <= set(query.parameters), f"{query.full_name} takes no {taken - set(query.parameters)}"


def test_each_of_theirs_stands_once_and_none_is_missing() -> None:
    names = Counter(row[0] for row in ROWS)
    assert [name for name, times in names.items() if times > 1] == []
    text = PAGE.read_text(encoding="utf-8")
    section = {title: body for title, _, body in (part.partition("\n") for part in text.split("\n## "))}
    counted = {name: sum(line.startswith("| `") for line in body.splitlines()) for name, body in section.items()}
    assert {title: counted[title] for title in COUNTS} == COUNTS
