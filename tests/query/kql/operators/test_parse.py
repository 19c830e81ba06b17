"""`parse` with more columns than DuckDB counts groups."""

from __future__ import annotations

import pytest
from tests.query.kql.operators._asking import ask

PATTERN = ' " " '.join("abcdefghijkl")
TEXT = "1 2 3 4 5 6 7 8 9 ten eleven twelve"


@pytest.mark.parametrize("kind", ["simple", "regex", "relaxed"])
def test_more_than_nine_columns(kind: str) -> None:
    rows = ask(f'print s = "{TEXT}" | parse kind={kind} s with {PATTERN} | project-away s')
    assert rows == [tuple(TEXT.split())]


def test_more_than_nine_columns_that_are_not_there() -> None:
    assert ask(f'print s = "1 2" | parse-where s with {PATTERN}') == []
