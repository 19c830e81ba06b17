"""From the typed plan to SQL for DuckDB."""

from huntbook.query.kql.duckdb.emit import Written, write

__all__ = ["Written", "write"]
