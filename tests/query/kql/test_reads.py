"""What a KQL query reads of a connection."""

from __future__ import annotations

import pytest

from huntbook.errors import KqlError
from huntbook.query.kql import Type
from huntbook.query.kql.reads import reads

TABLES = {name: {"a": Type.LONG, "b": Type.STRING, "c": Type.STRING} for name in ("T", "U", "V")}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("T", {"T": ["a", "b", "c"]}),
        ("T | where a == 1 | project b", {"T": ["a", "b"]}),
        ("T | join kind=inner (U | project a) on a | summarize count() by b", {"T": ["a", "b"], "U": ["a"]}),
        ("let x = U | project b; T | where b in (x) | count", {"T": ["b"], "U": ["b"]}),
        ("let x = U; T | project a", {"T": ["a"]}),
        ("union T, (V | where c == 'x') | count", {"T": [], "V": ["c"]}),
        ("T | where a > toscalar(U | summarize max(a)) | project a", {"T": ["a"], "U": ["a"]}),
        ("T | union T | project a", {"T": ["a"]}),
        ("print 1", {}),
    ],
)
def test_tables_with_the_columns_that_matter(text: str, found: dict[str, list[str]]) -> None:
    read = reads(text, TABLES)
    assert {table: sorted(columns) for table, columns in read.items()} == found


def test_a_table_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KqlError, match="W"):
        reads("W | take 1", TABLES)
