"""Lines of a block, small or large: the same."""

import gzip
import io
import zlib
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from huntbook.readers._base import BATCH, EvidenceFile, Losses
from huntbook.readers._text import blocks, encoding_of, lines_of, split

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


@given(
    lines=st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")), max_size=60),
    size=st.integers(8, 300),
    on_disk=st.booleans(),
)
def test_blocks_are_the_file_cut_where_lines_end(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], size: int, on_disk: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "lines.txt"
    written = b"#" + b"\n".join(lines)  # no byte order mark, no UTF-16
    path.write_bytes(written)
    file = EvidenceFile("x", lambda: path.open("rb"), size=len(written), path=path if on_disk else None)
    assume(encoding_of(file.head()) in {(b"", None), (b"", "utf-8")})
    cut = list(blocks(file, Losses("x"), size=size))
    assert b"".join(cut) == written
    assert all(block.endswith(b"\n") for block in cut[:-1])


def test_a_portion_beyond_the_buffer_is_not_taken_for_the_end() -> None:
    written = b"0123456789abcde\n" * (2 * BATCH // 16)
    file = EvidenceFile("x", lambda: io.BytesIO(written), size=len(written))
    assert sum(map(len, blocks(file, Losses("x"), size=4 * BATCH))) == len(written)
