"""One database with the functions' macros for a file of tests."""

from __future__ import annotations

import duckdb
import pytest
from tests.query.kql.functions._entries import connect


@pytest.fixture(scope="module")
def db() -> duckdb.DuckDBPyConnection:
    return connect()
