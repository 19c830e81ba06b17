"""The parser as a whole: errors, limits, and agreement with Microsoft's own parser over real queries."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from huntbook.errors import KqlError
from huntbook.query.kql import tokens
from huntbook.query.kql.parse import parse

# Accepted by Microsoft's parser, and refused here on purpose: a constant that is none, and tables that are read from outside.
REFUSED = ("This is no datetime", "inline_external_table reads from outside")


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("T\n| were x", 2, 3, "There is no operator 'were'", "Did you mean 'where'?"),
        ("T | project-awy x", 1, 5, "There is no operator 'project-awy'", "Did you mean 'project-away'?"),
        ("T where x", 1, 3, "'|' is missing before 'where'", ""),
        ("T\n  | where (a == 1\n  | count", 3, 3, "')' is missing before '|'", ""),
        ("T\n  | where f(a == 1", 2, 19, "')' is missing: the '(' of line 2, column 12 is not closed", ""),
        ("T | where a == 1 or f(1 b", 1, 25, "Expected ',' or ')': the '(' of line 1, column 22 is not closed", ""),
        ("T | where a == 1)", 1, 17, "')' closes nothing", ""),
        ("T |", 1, 4, "at the end of the query", ""),
        ("T | | count", 1, 5, "Expected an operator after '|', not '|'", ""),
        ("T | sort x", 1, 10, "'by' is missing after sort", ""),
        ("T | where project == 1", 1, 11, "not 'project'", "['project']"),
        ("T | summarize count(), by x", 1, 24, "not 'by'", ""),
        ("T | lookup U", 1, 13, "Expected 'on'", ""),
        ("T | macro-expand x", 1, 5, "not supported", ""),
        ("5 | count", 1, 1, "rows are expected", ""),
        ("let = 1; T", 1, 5, "Expected a name", ""),
        ("let x = 1", 1, 10, "Nothing is asked", ""),
        ("", 1, 1, "Nothing is asked", ""),
        (";T", 1, 1, "';' is unexpected", ""),
        (".show tables", 1, 1, "management command", "only read"),
        ("let f = () { T; U }; f", 1, 17, "one result", ""),
    ],
)
def test_an_error_says_what_and_where(text: str, line: int, column: int, message: str, hint: str) -> None:
    with pytest.raises(KqlError) as refused:
        parse(text)
    assert message in refused.value.message
    assert hint in refused.value.hint
    assert (refused.value.line, refused.value.column) == (line, column)


@pytest.mark.parametrize(
    "text", ["(", "f(", "a[", "dynamic([", "x = (", "T | where x in (", "let f = () { ", "-(", "((a,", "toscalar("]
)
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(KqlError, match=r"[Nn]ested|Expected"):
        parse(f"print {text * 5000}")
    with pytest.raises(KqlError):
        parse(text * 5000)


def test_some_nesting_is_not() -> None:
    parse(f"print {'(' * 40}1{')' * 40}")


@pytest.mark.parametrize(
    "text", ["(a,", "'", "//x\n", "a.", "a*", "1 or ", "~~~", "x == 1 and ", "['a'", "|", "h", "0x", "1.", "-", "(a,b)"]
)
def test_time_is_linear(text: str) -> None:
    started = time.perf_counter()
    for of in (f"print {text * 20_000}", f"T | union {text * 20_000}", text * 20_000):
        with_error(of)
    assert time.perf_counter() - started < 5


def with_error(text: str) -> None:
    try:
        parse(text)
    except KqlError as error:
        if error.line < 1 or error.column < 1:
            pytest.fail(f"no place: {error}")


@given(some.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with_error(text)


PIECES = [
    *sorted(tokens.WORDS - {tokens.NAME}),
    *"()[]{}|,;:.=*-+<>",
    "a",
    "1",
    "'x'",
    "1d",
    "datetime(2020)",
    "==",
    "..",
    "->",
    "\n",
    "T | ",
]


@given(some.lists(some.sampled_from(PIECES), max_size=30).map(" ".join))
def test_any_words_are_read_or_refused(text: str) -> None:
    with_error(text)
    with_error(f"T | {text}")
    with_error(f"T | where {text}")


@pytest.mark.evidence
@pytest.mark.parametrize("name", ["corpus_reprise99", "docs_examples_with_output"])
def test_it_agrees_with_microsofts_parser(evidence: Path, name: str) -> None:
    truth = {}
    for line in (evidence / "ground_truth" / "kql_oracle" / f"{name}.oracle.jsonl").read_text("utf-8").splitlines():
        verdict = json.loads(line)
        truth[verdict["id"]] = verdict["kind"] == "Query" and not verdict["syntax_errors"]
    disagreements = []
    for line in (evidence / "kql" / f"{name}.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        key = entry.get("id") or f"{entry['src']}#{entry['i']}"
        said = ""
        try:
            parse(entry["query"])
        except KqlError as error:
            said = error.message
        if truth[key] == bool(said) and not any(reason in said for reason in REFUSED):
            disagreements.append(f"{key}: {said or 'was accepted'}")
    assert len(truth) > 400
    assert not disagreements, "\n".join(disagreements)
