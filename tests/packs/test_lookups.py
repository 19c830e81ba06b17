"""Every lookup says what it is for, reads what it says it needs, and can be written in each of its languages."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from huntbook.query.kql import Catalogue
from huntbook.query.kql.reads import reads
from huntbook.query.pack import Example, Query, packs
from huntbook.sources.local import stored_functions
from huntbook.testing.examples._rows import DAY
from huntbook.testing.examples._run import tables_of, text_of
from huntbook.testing.examples._tables import columns_of

LOOKUPS = [query for query in packs.queries() if not query.hunts]
EXAMPLES = [
    pytest.param(query, example, id=f"{query.full_name}-{number}")
    for query in LOOKUPS
    if query.kql
    for number, example in enumerate(query.examples())
]
by_name: Any = lambda query: query.full_name  # noqa: E731


def test_there_is_no_mistake_in_a_pack() -> None:
    assert {name: str(error) for name, error in packs.failed.items()} == {}


@pytest.mark.parametrize("query", [query for query in LOOKUPS if query.kql], ids=by_name)
def test_every_lookup_has_an_example(query: Query) -> None:
    assert query.examples()
    assert query.about.endswith((".", "?"))
    assert query.tags
    assert query.tables() or "table({{" in query.kql


@pytest.mark.parametrize(("query", "example"), EXAMPLES)
def test_compiles_over_the_whole_tables_and_needs_what_it_reads(query: Query, example: Example) -> None:
    whole = {table: dict(columns_of(table) or columns) for table, columns in tables_of(query, example).items()}
    catalogue = Catalogue(whole, functions=stored_functions())
    assert set(reads(text_of(query, example), catalogue)) == set(query.tables() or example.rows)
    for table, columns in query.needs.get("kql", {}).items():
        assert set(columns) <= set(whole[table]), table


@pytest.mark.parametrize("query", LOOKUPS, ids=by_name)
def test_every_text_can_be_written(query: Query) -> None:
    """In every dialect, with the example's values, or with none where none must be given."""
    span = SimpleNamespace(start=DAY[0], end=DAY[1])
    for dialect in query.texts:
        bare = [] if any(parameter.required for parameter in query.parameters.values()) else [query.bound({})]
        for values in [example.bound(query) for example in query.example] or bare:
            assert "{{" not in query.write(dialect, values, span)
