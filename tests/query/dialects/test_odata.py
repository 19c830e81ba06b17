"""OData's literals: what a URL would take apart is encoded, and comes back when it is decoded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import assume, given, settings
from odata_query import ast
from odata_query.grammar import ODataLexer, ODataParser
from tests.query.dialects.values import TEXT

from huntbook.errors import ParameterError
from huntbook.query.dialects import dialects
from huntbook.query.parameters import Kind, Value
from huntbook.query.template import render

ODATA = dialects["odata"]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def literal(written: str) -> ast._Node:
    parsed = ODataParser().parse(ODataLexer().tokenize(f"a eq {unquote(written)}"))
    assert isinstance(parsed, ast.Compare)
    return parsed.right


@settings(deadline=None)
@given(TEXT)
def test_only_what_a_url_leaves_alone_is_written(value: str) -> None:
    assume("\x00" not in value)
    written = ODATA.literal(value)
    assert written.isascii()
    assert not set(written) & set('&#+?"<>\\^`{|}/; \t\r\n')
    assert dict(parse_qsl(f"$filter=a eq {written}&$top=5", keep_blank_values=True)) == {
        "$filter": "a eq '" + value.replace("'", "''") + "'",
        "$top": "5",
    }
    assert literal(written) == ast.String(value)


def test_a_path_has_no_further_segments() -> None:
    text = render("users({{id}})/messages", {"id": Value(Kind.STRING, "../me/x')?$select=a#")}, ODATA)
    assert text == "users('..%2Fme%2Fx''%29%3F%24select%3Da%23')/messages"


def test_spellings() -> None:
    assert ODATA.literal(NOON, Kind.DATETIME) == "2026-03-02T12:00:00Z"
    assert literal(ODATA.literal(NOON, Kind.DATETIME)) == ast.DateTime("2026-03-02T12:00:00Z")
    assert ODATA.literal(timedelta(days=2), Kind.TIMESPAN) == "duration'PT172800S'"
    assert literal(ODATA.literal("-1.5s", Kind.TIMESPAN)) == ast.Duration("-PT1.5S")
    assert ODATA.literal(["a", "o'b"], Kind.LIST) == "'a', 'o''b'"
    assert ODATA.literal([1, -2], Kind.LIST, of=Kind.INT) == "1, -2"
    assert ODATA.literal("True", Kind.BOOL) == "true"
    assert ODATA.literal("anna@contoso.com") == "'anna@contoso.com'"


def test_an_end_is_written_as_it_is_for_lt() -> None:
    assert ODATA.write(Value(Kind.DATETIME, NOON, excluded=True)) == "2026-03-02T12:00:00Z"


def test_a_nul_is_refused() -> None:
    with pytest.raises(ParameterError, match="odata cannot write a string with a NUL"):
        ODATA.literal("a\x00b")


def test_names_are_paths() -> None:
    assert ODATA.column("userStates/accountName") == "userStates/accountName"
    for name in ("a b", "a/", "/a", "a eq 1 or b", "1a", "a'", "é", "not", "null"):
        with pytest.raises(ParameterError):
            ODATA.column(name)


@pytest.mark.parametrize(
    "text", ["$filter=a eq '{{x}}'", "$filter=a eq %27{{x}}%27", "users('{{x}}')", "a eq 'it''s {{x}}'"]
)
def test_a_hole_in_a_literal_is_found(text: str) -> None:
    assert [hole.name for hole in ODATA.holes_in_quotes(text)] == ["x"]
