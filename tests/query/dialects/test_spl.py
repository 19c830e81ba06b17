"""SPL's literals, and where an asterisk may be one character of a value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from tests.query.dialects.values import TEXT

from huntbook.errors import ParameterError
from huntbook.query.dialects import dialects
from huntbook.query.parameters import Clause, Kind, Value
from huntbook.query.spl import parse_spl
from huntbook.query.spl.tree import Binary, Constant, Search, Where, Word
from huntbook.query.template import render

SPL = dialects["spl"]
STAR = {"x": Value(Kind.STRING, "a*b")}


@settings(deadline=None)
@given(TEXT)
def test_where_takes_the_very_value_with_asterisks_too(value: str) -> None:
    assume("\x00" not in value)
    text = render("index=a | where user={{x}} | head 5", {"x": Value(Kind.STRING, f"*{value}")}, SPL)
    _, where, _ = parse_spl(text).commands
    assert isinstance(where, Where)
    assert isinstance(where.condition, Binary)
    assert isinstance(where.condition.right, Constant)
    assert where.condition.right.value == f"*{value}"


@settings(deadline=None)
@given(TEXT)
def test_a_search_takes_the_very_value(value: str) -> None:
    assume(not set(value) & set("*\x00"))
    search = parse_spl(render("search {{x}}", {"x": Value(Kind.STRING, value)}, SPL)).commands[0]
    assert isinstance(search, Search)
    assert isinstance(search.terms, Word)
    assert (search.terms.text, search.terms.quoted) == (value, True)


@pytest.mark.parametrize(
    "text",
    [
        "index=a user={{x}}",
        "index=a | search user={{x}}",
        "index=a | where b=1 | search user={{x}}",
        "| tstats count where user={{x}}",
        "index=a [search user={{x}}]",
        "index=a [| makeresults | where a=1] user={{x}}",
        'index=a b="| where " user={{x}}',
        "index=a b=`where(|)` user={{x}}",
        "index=a ```| where``` user={{x}}",
        "index=a | stats count({{x}})",
    ],
)
def test_an_asterisk_is_refused_where_it_is_a_wildcard(text: str) -> None:
    with pytest.raises(ParameterError, match="wildcard") as caught:
        render(text, STAR, SPL)
    assert "| where" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "index=a | where user={{x}}",
        "index=a | eval user={{x}}",
        "| makeresults | where user={{x}}",
        "index=a [| inputlookup b | where user={{x}}]",
        "index=a | where [search b] OR user={{x}}",
        "index=a | WHERE in(user, {{x}})",
    ],
)
def test_an_asterisk_is_written_where_it_is_none(text: str) -> None:
    assert '"a*b"' in render(text, STAR, SPL)


def test_an_asterisk_in_a_list_and_in_a_clause() -> None:
    with pytest.raises(ParameterError, match="wildcard"):
        render("index=a user IN ({{x}})", {"x": Value(Kind.LIST, ["a", "b*"])}, SPL)
    assert render("index=a {{x}}", {"x": Value(Kind.CLAUSE, Clause("user=b*"))}, SPL) == "index=a user=b*"
    with pytest.raises(ParameterError, match="wildcard"):
        SPL.literal("*")


def test_spellings() -> None:
    assert SPL.literal('C:\\a "b"') == r'"C:\\a \"b\""'
    assert SPL.literal(["a", "b"], Kind.LIST) == '"a", "b"'
    assert SPL.literal([4624, 4625], Kind.LIST, of=Kind.INT) == "4624, 4625"
    assert SPL.literal(datetime(2026, 3, 2, tzinfo=UTC), Kind.DATETIME) == "1772409600"
    assert SPL.literal(datetime(2026, 3, 2, 0, 0, 0, 500, tzinfo=UTC), Kind.DATETIME) == "1772409600.0005"
    assert SPL.literal(datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC), Kind.DATETIME) == "-1.5"
    assert SPL.literal("2d", Kind.TIMESPAN) == "172800s"
    assert SPL.literal(timedelta(milliseconds=5), Kind.TIMESPAN) == "5ms"
    assert SPL.literal("false", Kind.BOOL) == '"false"'
    assert SPL.literal(1e-7, Kind.REAL) == "0.0000001"


def test_a_nul_is_refused() -> None:
    with pytest.raises(ParameterError, match="spl cannot write a string with a NUL"):
        SPL.literal("a\x00b")


@pytest.mark.parametrize("name", ["a b", "a.b", "a-b", "1a", "é", "a{}", "x | delete", "NOT", "null", "by"])
def test_a_name_that_needs_other_quotes_in_each_command_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match="no plain name"):
        SPL.column(name)


@pytest.mark.parametrize(
    "text",
    [
        'a="{{x}}"',
        "`macro({{x}})`",
        "a ``` {{x}} ```",
        'a="\\"{{x}}"',
        '| map search="search a={{x}}"',
        "index=a | where searchmatch({{x}})",
        "a=\\{{x}}",
    ],
)
def test_a_hole_in_a_literal_is_found(text: str) -> None:
    assert [hole.name for hole in SPL.holes_in_quotes(text)] == ["x"]


@pytest.mark.parametrize("text", ['a="\\\\" b={{x}}', "a='it' b={{x}}", "`macro` a={{x}}", 'a=\\" b={{x}}'])
def test_a_hole_beside_a_literal_is_fine(text: str) -> None:
    assert SPL.holes_in_quotes(text) == []


@pytest.mark.parametrize("text", ["a=*{{x}}", "a={{x}}*"])
def test_a_wildcard_cannot_be_stuck_to_a_value(text: str) -> None:
    with pytest.raises(ParameterError, match="touches"):
        render(text, {"x": Value(Kind.STRING, "a")}, SPL)
