"""Microsoft's own parser takes every KQL text of a lookup: what is asked of the service is not refused there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.query.kql.score.oracle import NoOracle, ask

from huntbook.query.kql import Type
from huntbook.query.pack import Example, Query, packs
from huntbook.sources.local import stored_functions
from huntbook.testing.examples._run import tables_of, text_of
from huntbook.testing.examples._tables import columns_of

LOOKUPS = [query for query in packs.queries() if not query.hunts and query.kql and query.examples()]
FUNCTION = re.compile(r"let (_Im_\w+) = .*?\n\};", re.DOTALL)


def _asked(query: Query) -> Iterator[tuple[str, str]]:
    """Its text with the values of each example, and with nothing but what must be given."""
    views = {found[1]: found[0] for found in FUNCTION.finditer(stored_functions().text)}
    before = "".join(f"{views[table]}\n" for table in query.tables() if table in views)
    for number, example in enumerate([*query.examples(), _least(query)]):
        yield f"{query.full_name}-{number}", before + text_of(query, example)


def _least(query: Query) -> Example:
    first = query.examples()[0]
    required = {name for name, one in query.parameters.items() if one.required for name in (name, *one.aliases)}
    return first.model_copy(update={"values": {name: one for name, one in first.values.items() if name in required}})


def test_microsofts_parser_takes_every_lookup() -> None:
    tables: dict[str, dict[str, Type]] = {}
    for query in LOOKUPS:
        for example in query.examples():
            tables |= {name: dict(columns_of(name) or columns) for name, columns in tables_of(query, example).items()}
    try:
        verdicts = ask(dict(each for query in LOOKUPS for each in _asked(query)), tables)
    except NoOracle as absent:
        pytest.skip(str(absent))
    assert {name: verdict for name, verdict in verdicts.items() if not verdict.accepted} == {}
