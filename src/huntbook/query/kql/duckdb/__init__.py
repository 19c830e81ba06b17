"""From the typed plan to SQL for DuckDB."""

from huntbook.query.kql.duckdb.emit import Written, write
from huntbook.query.kql.duckdb.literals import type_of

__all__ = ["Written", "type_of", "write"]
