"""Lucene's literals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from luqum.parser import parser
from luqum.tree import From, Range, SearchField

from huntbook.errors import ParameterError
from huntbook.query.dialects import dialects
from huntbook.query.parameters import Kind, Value
from huntbook.query.template import render

LUCENE = dialects["lucene"]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_spellings() -> None:
    assert LUCENE.literal('C:\\"a"*') == r'"C:\\\"a\"*"'
    assert LUCENE.literal(NOON, Kind.DATETIME) == r"2026\-03\-02T12\:00\:00Z"
    assert LUCENE.literal(-5, Kind.INT) == r"\-5"
    assert LUCENE.literal(["a", "b"], Kind.LIST) == '"a" OR "b"'
    assert LUCENE.literal("2001:db8::/32", Kind.IP) == '"2001:db8::/32"'


def test_a_time_may_stand_in_ranges_of_both_kinds() -> None:
    values = {"start": Value(Kind.DATETIME, NOON), "end": Value(Kind.DATETIME, NOON, excluded=True)}
    field = parser.parse(render("t:[{{start}} TO {{end}}}", values, LUCENE))
    assert isinstance(field, SearchField)
    assert isinstance(field.expr, Range)
    assert not field.expr.include_high
    assert field.expr.low.value.replace("\\", "") == "2026-03-02T12:00:00Z"
    field = parser.parse(render("t:>={{start}}", values, LUCENE))
    assert isinstance(field.expr, From)


@pytest.mark.parametrize("name", ["a b", "a:b", "a(b)", "AND", 'a"b', "host.name", "@timestamp", "a-b", "a\\b", "a/b"])
def test_any_name_of_a_field_is_that_field(name: str) -> None:
    field = parser.parse(f"{LUCENE.column(name)}:1")
    assert isinstance(field, SearchField)
    assert field.name.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\") == name


def test_a_name_with_a_star_would_be_several() -> None:
    with pytest.raises(ParameterError, match="no name of a field"):
        LUCENE.column("host.*")


@pytest.mark.parametrize("text", ['a:"{{x}}"', "a:/{{x}}/", 'a:"\\"{{x}}"', "a:\\{{x}}"])
def test_a_hole_in_a_literal_is_found(text: str) -> None:
    assert [hole.name for hole in LUCENE.holes_in_quotes(text)] == ["x"]


@pytest.mark.parametrize("text", ['a:"\\\\" AND b:{{x}}', 'a:\\" AND b:{{x}}', "a:\\/ AND b:{{x}}"])
def test_a_hole_beside_a_literal_is_fine(text: str) -> None:
    assert LUCENE.holes_in_quotes(text) == []
