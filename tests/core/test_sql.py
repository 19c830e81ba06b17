"""Names and values in SQL stay names and values, whatever they hold."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huntbook.core import sql

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@given(value=TEXT)
@example("'; DROP TABLE x; --")
@example("\\'")
def test_a_value_comes_back_as_it_was(database: duckdb.DuckDBPyConnection, value: str) -> None:
    assert database.execute(f"SELECT {sql.text(value)}").fetchall() == [(value,)]


@given(name=TEXT.filter(bool))
@example('a"; DROP TABLE x; --')
def test_a_name_comes_back_as_it_was(database: duckdb.DuckDBPyConnection, name: str) -> None:
    assert [column[0] for column in database.execute(f"SELECT 1 AS {sql.name(name)}").description or []] == [name]


@given(values=st.lists(TEXT, min_size=1, max_size=4))
def test_a_list_comes_back_as_it_was(database: duckdb.DuckDBPyConnection, values: list[str]) -> None:
    assert database.execute(f"SELECT {sql.texts(values)}").fetchall() == [(values,)]


def test_names_are_separated_by_commas() -> None:
    assert sql.names(["a", 'b"c']) == '"a", "b""c"'
