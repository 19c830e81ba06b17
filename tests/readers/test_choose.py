from __future__ import annotations

import pickle

import pytest
from tests.readers.samples import SAMPLES, reading

from huntbook.readers._choose import recognise


@pytest.mark.parametrize("protocol", range(2, 6))
def test_a_pickle_is_never_read(protocol: int) -> None:
    found = reading(pickle.dumps({"a": 1}, protocol=protocol))
    assert found.rows == []
    assert [loss.reason for loss in found.losses] == ["a pickle is never read: it may run code"]


def test_a_pickle_of_text_is_known_by_its_name() -> None:
    assert reading(pickle.dumps([1, 2], protocol=0), "frame.pkl").rows == []


def test_zeros_are_no_log() -> None:
    found = reading(bytes(10_000))
    assert (found.rows, found.lost) == ([], 1)
    assert "zeros" in found.losses[0].reason


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"MZ\x90\0", "Windows program"),
        (b"SQLite format 3\0", "SQLite"),
        (b"regf", "registry"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    ],
)
def test_names_what_is_no_log(head: bytes, what: str) -> None:
    found = reading(head + bytes(range(256)) * 8)
    assert found.rows == []
    assert what in found.losses[0].reason


def test_mixed_encodings_line_by_line() -> None:
    found = reading("über alles\n".encode() + "façade\n".encode("cp1252") + b"plain\n")
    assert found.column("Message") == ["über alles", "façade", "plain"]
    assert [(loss.position, loss.lost) for loss in found.losses] == [("line 2", 0)]


def test_a_line_without_end_is_cut() -> None:
    found = reading(b"start of it\n" + b"x" * (40 * 1024 * 1024) + b"\nlast\n")
    assert [len(message) for message in found.column("Message")] == [11, 16 * 1024 * 1024, 4]
    assert found.lines == [1, 2, 3]
    assert found.lost == 1


def test_reading_needs_no_name() -> None:
    assert reading(SAMPLES["json"], "evil.exe").lines == list(range(1, 41))


def test_one_odd_character_does_not_make_a_short_text_binary() -> None:
    assert recognise(b'{"a\x7f": 1}') == "json"
    assert recognise(b"\x7fELF\x02\x01\x01\x00\x00\x00") is None
