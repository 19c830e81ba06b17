from __future__ import annotations

import json
from typing import Any

import pytest
from tests.readers.evtx_file import CHUNK, evtx
from tests.readers.samples import reading

WHOLE = evtx(100)  # five chunks of twenty


def test_records_are_the_parsers_json() -> None:
    found = reading(WHOLE)
    assert [json.loads(record) for record in found.column("record")] == [{"Event": f"value {n}"} for n in range(1, 101)]
    assert found.lines == list(range(1, 101))
    assert found.losses == []


def test_whole_records_of_a_cut_chunk() -> None:
    found = reading(WHOLE[: 4096 + CHUNK + 512 + 5 * 90])
    assert found.lines[:24] == list(range(1, 25))
    reasons = {loss.reason: loss.lost for loss in found.losses}
    assert reasons["the file ends inside a chunk"] == 40 - len(found.rows)
    assert reasons["the file ends before all the chunks that its header counts"] == 3


def test_a_damaged_file_header() -> None:
    found = reading(b"\0" * 8 + b"\x01" + WHOLE[9:])
    assert len(found.rows) == 100
    assert found.lost == 0
    assert "header" in found.losses[0].reason


def test_a_damaged_chunk_costs_only_itself() -> None:
    data = bytearray(WHOLE)
    data[4096 + CHUNK : 4096 + CHUNK + 8] = b"garbage!"
    found = reading(bytes(data))
    assert found.lines == [*range(1, 21), *range(41, 101)]
    assert ("damaged chunk", "byte 69632", 1) in [(loss.reason, loss.position, loss.lost) for loss in found.losses]
    assert any(loss.lost == 20 and loss.unit == "records" for loss in found.losses)


def test_a_damaged_size_costs_only_its_record() -> None:
    data = bytearray(WHOLE)
    third = data.find(b"**\0\0", 4096 + 512)
    for _ in range(2):
        third = data.find(b"**\0\0", third + 4)
    data[third + 4 : third + 8] = b"\xff\xff\0\0"
    found = reading(bytes(data))
    assert set(range(1, 101)) - set(found.lines) <= {3}
    assert set(found.lines) >= {1, 2, *range(4, 101)}


def test_damaged_content_is_counted() -> None:
    data = bytearray(WHOLE)
    first = data.find(b"**\0\0", 4096 + 512)
    data[first + 24 : first + 60] = b"\xff" * 36
    found = reading(bytes(data))
    assert found.lines == list(range(2, 101))
    assert found.lost == 1
    assert "record 1" in [loss.position for loss in found.losses if loss.lost]


@pytest.mark.evidence
def test_real_files(evidence: Any) -> None:
    total = 0
    for path in sorted((evidence / "evtx").rglob("*.evtx")):
        found = reading(path.read_bytes())
        assert found.lost == 0, path
        assert len(found.rows) > 0
        total += len(found.rows)
    assert total == 578
