"""A member of a text that is parsed in the same query is read from the text itself: with the same answer as from the JSON of the whole."""

from __future__ import annotations

import json

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.query.kql import Type, compile_kql, prepare

TABLES = {"Logs": {"Text": Type.STRING}}
_MEMBERS = "a = D.a, b = tostring(D.a), c = D.a.b[0], d = tolong(D.a), e = todouble(D.a), f = isnull(D.a), g = D[0], h = D[-1].a"
_INSIDE = f"Logs | extend D = parse_json(Text) | project {_MEMBERS}"
_OF_THE_WHOLE = f"Logs | extend D = parse_json(Text) | project-away Text | project {_MEMBERS}"


def test_the_text_is_not_made_json_first() -> None:
    assert "kql_parse_json" not in compile_kql(_INSIDE, TABLES).sql
    assert "kql_parse_json" in compile_kql(_OF_THE_WHOLE, TABLES).sql


@pytest.mark.parametrize(
    "query",
    [
        "Logs | extend D = parse_json(Text), Text = 'x' | project D.a",  # Text is another column from here on
        "Logs | extend D = parse_json(Text) | extend Text = '' | project D.a",
        "Logs | extend D = parse_json(Text) | project D, Text = 'x' | project D.a",
        "Logs | extend D = parse_json(Text) | summarize take_any(D) by Text = 'x' | project D.a",
    ],
)
def test_a_text_that_is_no_longer_there_is_not_read(query: str) -> None:
    assert _answer(query, ['{"a":1}']) == [("1",)]


_HOSTILE = [
    "",
    " ",
    "null",
    "NaN",
    "abc",
    '"a"',
    "{",
    "[",
    '{"a":',
    '{"a":1} x',
    '{"a":1,}',
    " {'a':1}",
    '\t{"a":{"b":[7]}}',
]
_HOSTILE += [
    '{"a":1,"a":2}',
    '{"a":6E-1}',
    '{"a":-6e-1}',
    '{"a":1e400}',
    '{"a":true}',
    '{"a":"0x1f"}',
    '{"a":"1.7"}',
    '{"a":1.7}',
]
_HOSTILE += [
    '{"a":9223372036854775807}',
    '{"a":18446744073709551615}',
    '{"a":"+5"}',
    '{"a":null}',
    "[1,2,3]",
    '[{"a":5}]',
]
_HOSTILE += [
    '\u00a0{"a":1}',
    '\ufeff{"a":1}',
    "[NaN]",
    '{"a":Infinity}',
    "{}",
    "[]",
    "12",
    "true",
    "-",
    "\0",
    '{"a":"\0"}',
]


@pytest.mark.parametrize("text", _HOSTILE)
def test_odd_texts_answer_alike(text: str) -> None:
    assert _answer(_INSIDE, [text]) == _answer(_OF_THE_WHOLE, [text])


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=8,
)


@given(st.lists(st.builds(json.dumps, _JSON), min_size=1, max_size=20), st.data())
@settings(max_examples=40, deadline=None)
def test_any_texts_answer_alike(texts: list[str], data: st.DataObject) -> None:
    texts += [text[: data.draw(st.integers(0, len(text)))] for text in texts]
    assert _answer(_INSIDE, texts) == _answer(_OF_THE_WHOLE, texts)


def _answer(query: str, texts: list[str]) -> list[tuple[object, ...]]:
    compiled = compile_kql(query, TABLES)
    with duckdb.connect() as database:
        database.execute("CREATE TABLE Logs AS SELECT unnest(?) AS Text", [texts])
        prepare(database, compiled)
        return [tuple(map(str, row)) for row in database.execute(compiled.sql).fetchall()]
