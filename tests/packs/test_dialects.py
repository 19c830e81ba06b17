"""The texts of every pack, in each dialect: they can be read, and no value makes another query of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.query.dialects.readers import LANGUAGES

from huntbook.core.timespan import TimeSpan
from huntbook.query.pack import Query, packs
from huntbook.query.parameters import Clause, Kind, Value

DAY = TimeSpan(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
TEXTS = [
    pytest.param(query, dialect, id=f"{query.full_name}-{dialect}")
    for query in packs.queries()
    for dialect in query.texts
    if query.parameters or dialect != "kql"
]
HOSTILE = "b\" | delete // ') or (1 eq 1) & [x] \\ `m` {{start}} %27 -- \n\u202e"
SAMPLES: dict[Kind, Any] = {
    Kind.INT: 5,
    Kind.REAL: 0.5,
    Kind.DATETIME: DAY.start,
    Kind.TIMESPAN: "1h",
    Kind.IP: "10.0.0.1",
    Kind.GUID: "74be27de-1e4e-49d9-b579-fe0b331d3642",
    Kind.BOOL: "true",
    Kind.COLUMN: "EventID",
}


def written(query: Query, dialect: str, text: str) -> str:
    samples = SAMPLES | {Kind.STRING: text}
    values = {
        name: Value(Kind.LIST, [samples[one.of]] * 2, one.of)
        if one.type is Kind.LIST
        else Value(one.type, Clause(one.default or "") if one.type is Kind.CLAUSE else samples[one.type])
        for name, one in query.parameters.items()
    }
    return query.write(dialect, values, DAY)


@pytest.mark.parametrize(("query", "dialect"), TEXTS)
def test_a_text_is_read_and_stays_the_same_query_whatever_its_values(query: Query, dialect: str) -> None:
    read = LANGUAGES[dialect].read
    harmless, hostile = read(written(query, dialect, "a")), read(written(query, dialect, HOSTILE))
    assert harmless.rest == hostile.rest
    assert harmless.literals.count("a") - hostile.literals.count("a") == hostile.literals.count(HOSTILE)


def test_there_are_texts_to_read() -> None:
    assert {dialect for query in packs.queries() for dialect in query.texts} <= set(LANGUAGES)
