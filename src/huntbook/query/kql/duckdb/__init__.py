"""From the typed plan to SQL for DuckDB."""

from huntbook.query.kql.duckdb.emit import Written, write
from huntbook.query.kql.duckdb.failures import told
from huntbook.query.kql.duckdb.literals import type_of
from huntbook.query.kql.duckdb.prepare import prepare

__all__ = ["Written", "prepare", "told", "type_of", "write"]
