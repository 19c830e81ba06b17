"""KQL for local tables: text in, SQL for DuckDB out.

The translation is done by the package duckdb-kql, behind this module; what it cannot do is a `KqlError`.
"""

from huntbook.query.kql._compile import Catalogue, Compiled, compile_kql, not_run

__all__ = ["Catalogue", "Compiled", "compile_kql", "not_run"]
