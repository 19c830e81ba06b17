from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.readers.samples import Found, reading

from huntbook.readers import _text


def objects(found: Found) -> list[object]:
    return [json.loads(record) for record in found.column("record")]


TWO = [{"x": 1}, {"x": 2}]
ARRANGEMENTS = {
    "lines": '{"x":1}\n{"x":2}\n',
    "array": '[{"x":1},{"x":2}]',
    "array, a record to a line": '[\n{"x":1},\n{"x":2}\n]\n',
    "lines with commas": '{"x":1},\n{"x":2},\n',
    "pretty": '[\n  {\n    "x": 1\n  },\n  {\n    "x": 2\n  }\n]',
    "pretty, concatenated": '{\n "x": 1\n}\n{\n "x": 2\n}\n',
    "concatenated": '{"x":1}{"x":2}',
    "sequence": '\x1e{"x":1}\n\x1e{"x":2}\n',
    "Records": '{"Records":[{"x":1},{"x":2}]}',
    "value": '{"@odata.context":"https://graph/$metadata","value":[{"x":1},{"x":2}],"@odata.nextLink":"https://graph"}',
    "hits": '{"took":3,"_shards":{"total":1},"hits":{"total":{"value":2},"hits":[{"_index":"a","_source":{"x":1}},'
    '{"_index":"a","_source":{"x":2}}]}}',
    "a wrapper to a line": '{"Records":[{"x":1}]}\n{"Records":[{"x":2}]}\n',
    "an array to a line": '[{"x":1}]\n[{"x":2}]\n',
    "blank lines": '\n{"x":1}\n\n\n{"x":2}\n\n',
}


@pytest.mark.parametrize("name", ARRANGEMENTS)
def test_arrangements(name: str) -> None:
    found = reading(ARRANGEMENTS[name].encode())
    assert objects(found) == TWO
    assert found.losses == []


@pytest.mark.parametrize(
    "text",
    ['{"a":[{"x":1}],"b":2}', '{"id":1,"data":[{"k":1}]}', '{"value":["a","b"]}', '{"data":{"events":[{"x":1}]}}'],
)
def test_a_record_with_a_list_of_its_own_stays_whole(text: str) -> None:
    assert objects(reading(text.encode())) == [json.loads(text)]


@pytest.mark.parametrize(
    ("text", "kept", "position"),
    [
        ('[{"a":1},{"a":oops},{"a":3}]', [1, 3], "byte 9"),
        ('[{"a":"1"},{"a":"2},{"a":"3"}]', ["1", "3"], "byte 11"),
        ('[{"a":1},{"a":[1,{"b":2},{"b":3},}],"c":1},{"a":3}]', [1, 3], "byte 9"),
        ('[{"a":1},{"a":2},{"a":{"b":[1,2', [1, 2], "byte 17"),
        ('{\n "a": 1\n}\n{\n "a": oops\n}\n{\n "a": 3\n}\n', [1, 3], "line 4"),
        ('{"Records":[{"a":1},{"a":2},{"a"', [1, 2], "byte 28"),
    ],
)
def test_a_broken_record_costs_only_itself(text: str, kept: list[object], position: str) -> None:
    found = reading(text.encode())
    values = [record["a"] for record in objects(found) if isinstance(record, dict)]
    assert values == kept
    assert [(loss.lost, loss.position) for loss in found.losses] == [(1, position)]


def test_records_are_numbered_with_the_broken_ones() -> None:
    assert reading(b'[{"a":1},{"a":oops},{"a":3}]').lines == [1, 3]


def test_lines_that_are_no_objects() -> None:
    found = reading(b'{"a":1}\n"text"\nfree text\n{"a":4}\n')
    assert found.lines == [1, 4]
    assert [(loss.lost, loss.position) for loss in found.losses] == [(2, "line 2")]


def test_a_log_that_begins_amid_a_record() -> None:
    found = reading(b'user":"x"}\n{"a":1}\n{"a":2}\n{"a":3}\n')
    assert found.lines == [2, 3, 4]
    assert found.lost == 1


@pytest.mark.parametrize("text", ['{"a":NaN,"b":"NaN, NaN,"}\n{"a":1}\n', '[{"a":-Infinity,"b":"NaN, NaN,"},{"a":1}]'])
def test_what_is_no_number_is_null(text: str) -> None:
    found = reading(text.encode())
    assert objects(found) == [{"a": None, "b": "NaN, NaN,"}, {"a": 1}]
    assert [loss.lost for loss in found.losses] == [0]


def test_duplicate_keys_and_types_that_change_are_as_written() -> None:
    text = '{"a":1,"a":"x"}\n{"a":[1]}\n{"a":null}\n'
    assert reading(text.encode()).column("record") == text.splitlines()


def test_deep_nesting_costs_one_record() -> None:
    deep = '{"a":' * 50_000
    found = reading(f'[{{"a":1}},{deep}}},{{"a":3}}]'.encode())
    assert objects(found)[0] == {"a": 1}
    assert objects(found)[-1] == {"a": 3}
    assert any("nested" in loss.reason for loss in found.losses)


def test_a_record_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    from huntbook.readers import _json_stream

    monkeypatch.setattr(_json_stream, "LONGEST_LINE", 100_000)
    text = '[{"a":1},{"a":"' + "x" * 300_000 + '"},{"a":3}]'
    found = reading(text.encode())
    assert objects(found) == [{"a": 1}, {"a": 3}]
    assert found.lost == 1


@pytest.mark.parametrize("garbage", ['[{"a":"' + '},{"a' * 6_000, "[" + '{"a":x},' * 6_000 + "]"])
def test_garbage_is_left_and_said(garbage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from huntbook.readers import _json_stream

    monkeypatch.setattr(_json_stream, "_MOST_BROKEN", 1000)
    found = reading(garbage.encode())
    assert found.rows == []
    assert any("the rest was left" in loss.reason for loss in found.losses)


def test_one_line_is_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_text.pieces, "__kwdefaults__", {"size": 1000})
    records = [{"n": n, "text": "ü" * (n % 50), "list": [{"n": 1}, {"n": 2}]} for n in range(2000)]
    found = reading(json.dumps(records, ensure_ascii=False).encode())
    assert objects(found) == records
    assert found.losses == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.lists(
    st.dictionaries(st.text(min_size=1, max_size=5), JSON, min_size=1, max_size=4), min_size=1, max_size=8
)


@settings(max_examples=30, deadline=None)
@given(RECORDS, st.sampled_from([None, 1]), st.booleans())
def test_arrays_come_back(records: list[dict[str, object]], indent: int | None, escaped: bool) -> None:
    found = reading(json.dumps(records, indent=indent, ensure_ascii=escaped).encode("utf-8", errors="replace"))
    expected = json.loads(json.dumps(records, ensure_ascii=escaped).encode("utf-8", errors="replace"))
    assert objects(found) == expected


@settings(max_examples=30, deadline=None)
@given(RECORDS)
def test_lines_come_back(records: list[dict[str, object]]) -> None:
    found = reading("".join(json.dumps(record) + "\n" for record in records).encode())
    assert objects(found) == records
    assert found.lines == list(range(1, len(records) + 1))
