"""Queries whose answers were written down in SQL, from KQL's rules, by hand: the compiler's SQL has to give the same.

A case is a paragraph of a file in `cases/`: the query, and after `-->` what it means. The order counts where the SQL ends with one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from tests.query.kql.differential._ask import Answer, asked, compiled
from tests.query.kql.differential._tables import TABLES, fill
from tests.query.kql.score.engines import opened

FILES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
ORDERED = re.compile(r"\bORDER BY [^()]*$")


def _cases() -> Iterator[tuple[str, str, str]]:
    for file in FILES:
        for number, paragraph in enumerate(re.split(r"\n\s*\n", file.read_text("utf-8").strip()), 1):
            query, _, expected = paragraph.partition("\n-->")
            yield f"{file.stem}-{number}", query, expected.strip()


CASES = list(_cases())


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with opened() as connection:
        fill(connection)
        yield connection


@pytest.mark.parametrize(("query", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_the_answer_is_what_kql_means(database: duckdb.DuckDBPyConnection, query: str, expected: str) -> None:
    means = asked(database, expected)
    found = compiled(database, query, TABLES)
    assert found.columns == means.columns
    assert found.types == means.types
    assert _rows(found, expected) == _rows(means, expected)


def _rows(answer: Answer, expected: str) -> list[str]:
    rows = [repr(row) for row in answer.rows]
    return rows if ORDERED.search(expected) else sorted(rows)


def test_there_are_many() -> None:
    assert len(CASES) >= 300
    assert all(expected for _, _, expected in CASES)
    assert len({query for _, query, _ in CASES}) == len(CASES)
