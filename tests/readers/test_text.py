"""Lines of a block, small or large: the same."""

import gzip
import zlib
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huntbook.readers._base import Losses
from huntbook.readers._text import lines_of, split

PIECES = st.lists(
    st.sampled_from(["a", "é", "{", "\r", "\n", "\r\n", "\0", " ", "\u2028", "\ufeff", "\x85", "\x1c", "日"])
)


@given(PIECES.map("".join))
def test_small_blocks_are_split_like_large_ones(text: str) -> None:
    block = text.encode()
    assert split(block).to_list() == split(block, small=-1).to_list()
    assert split(block).dtype == split(block, small=-1).dtype == pl.String


@given(st.binary(max_size=40).filter(lambda block: not block.isascii()))
def test_what_is_not_utf8_is_told_by_both(block: bytes) -> None:
    try:
        expected = block.decode()
    except UnicodeDecodeError:
        for small in (-1, 100):
            with pytest.raises((UnicodeDecodeError, pl.exceptions.ComputeError)):
                split(block, small=small)
    else:
        assert "".join(split(block)).replace("\r", "") == expected.replace("\n", "").replace("\r", "")


@pytest.mark.parametrize(
    "begins", [b"x^", b"x\x01", b"x\x9c", b"\x1f\x8b", b"(\xb5/\xfd", b"BZh9", b"\xfd7zXZ", b"\x04\x22M\x18"]
)
def test_a_block_is_lines_whatever_it_begins_with(begins: bytes) -> None:
    losses = Losses("f")
    for size in (1, 200_000):
        assert lines_of(begins + b"y" * size + b"\nz", 1, losses).height == 2


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_what_is_packed_inside_a_text_is_not_unpacked(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(b"a line\n" * 2_000_000)
    lines = lines_of(packed + b"\n" + b"y" * 200_000, 1, Losses("f"))
    assert lines.height == packed.count(b"\n") + 2
    assert "a line" not in lines["line"]


def test_a_line_that_is_not_utf8_is_repaired() -> None:
    losses = Losses("f")
    frame = lines_of(b"one\ncaf\xe9\r\nthree", 7, losses)
    assert frame.rows() == [(7, "one"), (8, "café"), (9, "three")]
    assert [(loss.position, loss.lost) for loss in losses] == [("line 8", 0)]
