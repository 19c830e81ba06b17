"""What holds for every reader: it knows its own, numbers its rows, and loses no whole record to damage elsewhere."""

from __future__ import annotations

import random

import polars as pl
import pytest
from tests.readers.samples import FIRST, SAMPLES, reading

from huntbook.readers import readers, recognise
from huntbook.readers._base import LINE
from huntbook.readers._text import blocks

NAMES = sorted(SAMPLES)
LINES = [name for name in NAMES if name not in ("evtx", "parquet")]


def test_every_reader_has_a_sample() -> None:
    assert set(readers) == set(SAMPLES)


@pytest.mark.parametrize("name", NAMES)
def test_recognises_its_own_and_no_other(name: str) -> None:
    assert recognise(SAMPLES[name]) == name
    others = [other for other in NAMES if other not in (name, "text")]
    assert [other for other in others if readers[other].recognises(SAMPLES[name])] == []


@pytest.mark.parametrize("name", NAMES)
def test_numbers_every_record(name: str) -> None:
    found = reading(SAMPLES[name])
    first = FIRST.get(name, 1)
    assert found.lines == list(range(first, first + 40))
    assert found.losses == []
    assert all(batch.rows.schema[LINE] == pl.UInt64 for batch in found.batches)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_nothing_out(name: str) -> None:
    assert not readers[name].recognises(b"")
    assert reading(b"").rows == []


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("sixteenths", range(1, 16))
def test_keeps_whole_records_of_a_cut_file(name: str, sixteenths: int) -> None:
    data = SAMPLES[name][: len(SAMPLES[name]) * sixteenths // 16]
    if recognise(data) != name:  # too little is left to tell the format
        assert sixteenths <= 4
        return
    whole = data.count(b"\n") - FIRST.get(name, 1) + 1
    found = reading(data)
    assert len(found.rows) >= whole
    assert found.rows[:whole] == reading(SAMPLES[name]).rows[:whole]


@pytest.mark.parametrize("sixteenths", range(1, 16))
def test_keeps_whole_records_of_a_cut_evtx(sixteenths: int) -> None:
    data = SAMPLES["evtx"][: len(SAMPLES["evtx"]) * sixteenths // 16]
    whole = [number for number in range(1, 41) if _ends_before(data, number)]
    found = reading(data)
    assert found.lines[: len(whole)] == whole
    assert found.losses


def _ends_before(data: bytes, number: int) -> bool:
    at = SAMPLES["evtx"].find(b"**\0\0", 4096)
    for _ in range(number - 1):
        at = SAMPLES["evtx"].find(b"**\0\0", at + 4)
    return at + int.from_bytes(SAMPLES["evtx"][at + 4 : at + 8], "little") <= len(data)


@pytest.mark.parametrize("name", NAMES)
def test_flipped_bits_never_raise(name: str) -> None:
    rng = random.Random(name)  # noqa: S311
    for _ in range(40):
        data = bytearray(SAMPLES[name])
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        reading(bytes(data))


@pytest.mark.parametrize("name", LINES)
def test_line_ends_and_marks_make_no_difference(name: str) -> None:
    if name == "text":
        assert reading(SAMPLES[name].replace(b"\n", b"\r\n")).rows == reading(SAMPLES[name]).rows
    text = SAMPLES[name].decode()
    plain = reading(SAMPLES[name])
    for data in (
        text.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + text.encode(),
        b"\xff\xfe" + text.encode("utf-16-le"),
        text.encode("utf-16-be"),
    ):
        assert recognise(data) == name
        assert reading(data).rows == plain.rows


@pytest.mark.parametrize("name", LINES)
def test_batches_are_bounded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "__kwdefaults__", {"size": 512})
    found = reading(SAMPLES[name])
    assert found.lines == list(range(FIRST.get(name, 1), FIRST.get(name, 1) + 40))
    if name != "auditd":  # holds back a window of events
        assert len(found.batches) > 1
