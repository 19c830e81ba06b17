"""KQL for local tables: text in, SQL for DuckDB out.

`parse/` makes a tree of the text (`tree/`), `bind/` a typed plan of the tree (`plan.py`), `duckdb/` SQL of the plan. What functions
there are, and how each is spelled, is data in `functions/`.
"""

from huntbook.query.kql._compile import Compiled, compile_kql
from huntbook.query.kql.catalogue import Catalogue, Functions
from huntbook.query.kql.duckdb import prepare, told
from huntbook.query.kql.types import Type

__all__ = ["Catalogue", "Compiled", "Functions", "Type", "compile_kql", "prepare", "told"]
