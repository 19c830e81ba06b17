"""The words of KQL, by Microsoft's rules."""

from __future__ import annotations

import pytest

from huntbook.errors import KqlError
from huntbook.query.kql import tokens
from huntbook.query.kql.tokens import BOOL, END, GUID, LONG, NAME, REAL, STRING, TIMESPAN, TYPED, tokenize


def words(text: str) -> list[tuple[str, str]]:
    found = tokenize(text)
    return [
        (kind, text[start:end])
        for kind, start, end in zip(found.kinds, found.starts, found.ends, strict=True)
        if kind != END
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Name", NAME),
        ("_x1", NAME),
        ("$left", NAME),
        ("3d_x", NAME),
        ("7foo", NAME),
        ("12", LONG),
        ("0x1F", LONG),
        ("1.5", REAL),
        ("1.", REAL),
        ("1e3", REAL),
        ("1.5E-3", REAL),
        ("2d", TIMESPAN),
        ("1.5h", TIMESPAN),
        ("5microseconds", TIMESPAN),
        ("true", BOOL),
        ("FALSE", BOOL),
        ("datetime(2020-01-01 10:00)", TYPED),
        ("long(1)", TYPED),
        ("12345678-1234-1234-1234-123456789012", GUID),
        ('h"x"', STRING),
        ("H@'x'", STRING),
        ("```a\nb```", STRING),
        ("~~~x~~~", STRING),
        ("project-away", "project-away"),
        ("!in~", "!in~"),
        ("matches regex", "matches regex"),
        ("hint.strategy", "hint.strategy"),
        ("3Dchart", "3Dchart"),
        ("..", ".."),
        ("=~", "=~"),
    ],
)
def test_one_token(text: str, kind: str) -> None:
    assert words(text) == [(kind, text)]
    assert words(f" {text} // more") == [(kind, text)]


def test_a_range_is_no_real_number() -> None:
    assert [kind for kind, _ in words("1..3")] == [LONG, "..", LONG]


def test_keywords_end_where_words_end() -> None:
    assert [text for _, text in words("in_ project-awayx hint.strategyx")][:1] == ["in_"]
    assert (NAME, "counts") in words("counts")


def test_comments_and_odd_spaces_are_left_out() -> None:
    assert words("// a\r\nT\u00a0|//b\n\ufeffcount//") == [(NAME, "T"), ("|", "|"), ("count", "count")]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('T\n| where x == "abc', 2, 14, "not closed"),
        ("T | where x == 'a\nb'", 1, 16, "not closed"),
        ("print ```a", 1, 7, "not closed"),
        ("print h@'a", 1, 7, "not closed"),
        (r"print 'a\qb'", 1, 9, "no escape"),
        ("T | where a && b", 1, 13, "'&' has no meaning"),
        ("T\r\n| where a ^ b", 2, 11, "'^' has no meaning"),
        ("print \u201ca\u201d", 1, 7, "has no meaning"),
    ],
)
def test_what_is_no_token_says_where(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(KqlError) as refused:
        tokenize(text)
    assert message in refused.value.message
    assert (refused.value.line, refused.value.column) == (line, column)


def test_units_are_microsofts() -> None:
    assert tokens.UNITS["d"] == 864_000_000_000
    assert tokens.UNITS["tick"] == 1
