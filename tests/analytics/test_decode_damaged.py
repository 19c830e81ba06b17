"""Containers as an attacker may write them: cut short, nameless, nested without end; none of them stops the others."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
import zlib

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.analytics._decode.walk import decode_cell
from huntbook.analytics.decode import MOST_DEPTH, decode
from huntbook.errors import ParameterError

SCRIPT = "IEX whoami /all; net user /domain; Write-Output done"


def called(data: bytes) -> str:
    return f"[Convert]::FromBase64String('{base64.b64encode(data).decode()}')"


def zipped(*names: str) -> bytes:
    store = io.BytesIO()
    with zipfile.ZipFile(store, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), SCRIPT)
    return store.getvalue()


def test_a_member_that_ends_before_its_size_is_damaged() -> None:
    data = bytearray(zipped("a.ps1"))
    central = data.index(b"PK\x01\x02")
    data[central + 20 : central + 24] = (1 << 20).to_bytes(4, "little")  # its packed size, larger than the archive
    data[central + 24 : central + 28] = (1 << 20).to_bytes(4, "little")
    assert [row.decoded for row in decode_cell(called(bytes(data)), 6, 10**6)] == ["[zip member 'a.ps1' is damaged]"]


def test_a_member_without_a_name_is_opened() -> None:
    found = decode_cell(called(zipped("", "b.ps1")), 6, 10**6)
    assert [row.decoded for row in found] == [SCRIPT, SCRIPT]


def test_nothing_but_zeros_after_a_switch_is_no_script() -> None:
    assert list(decode_cell(f"powershell -enc {base64.b64encode(bytes(16)).decode()}", 6, 10**5)) == []


PACKED = st.sampled_from(
    [
        zipped("a.ps1"),
        zipped("a", "", "b/"),
        gzip.compress(SCRIPT.encode()),
        zlib.compress(SCRIPT.encode("utf-16-le")),
        SCRIPT.encode("utf-16-le"),
        b"MZ" + bytes(100),
    ]
)
CHANGES = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 12), st.binary(max_size=4)), max_size=6)


@settings(max_examples=300, deadline=None)
@given(PACKED, CHANGES, st.integers(0, 400), st.sampled_from(["call", "enc", "hex", "bare"]))
def test_no_bytes_make_it_fail(data: bytes, changes: list[tuple[int, int, bytes]], size: int, form: str) -> None:
    for at, gone, new in changes:
        data = data[:at] + new + data[at + gone :]
    data = data[:size] if size < 300 else data
    encoded = base64.b64encode(data).decode()
    cells = {"call": called(data), "enc": f"powershell -enc {encoded}", "hex": f"x 0x{data.hex()}", "bare": encoded}
    for row in decode_cell(cells[form], 6, 10**5):
        assert row.encoded in cells[form]
        assert row.decoded.encode()  # text that a table can hold


def test_containers_a_thousand_deep_are_followed_as_far_as_is_allowed() -> None:
    data = SCRIPT.encode()
    for _ in range(1000):
        data = gzip.compress(data)
    found = decode([{"line": called(data)}], "line", max_depth=MOST_DEPTH)
    assert found["encoding"].to_list() == ["base64" + "+gzip" * MOST_DEPTH + "/gzip"]


def test_streams_without_a_signature_a_thousand_deep_are_no_text() -> None:
    data = SCRIPT.encode()
    for _ in range(1000):
        data = zlib.compress(data)
    found = decode([{"line": called(data)}], "line", max_depth=MOST_DEPTH)
    assert found["encoding"].to_list() == ["base64/binary"]


def test_a_depth_that_no_honest_table_needs_is_refused() -> None:
    with pytest.raises(ParameterError, match=f"at most {MOST_DEPTH}"):
        decode([{"line": "x"}], "line", max_depth=MOST_DEPTH + 1)


def test_a_column_named_twice_is_decoded_once() -> None:
    frame = pl.DataFrame({"line": [called(gzip.compress(SCRIPT.encode()))]})
    assert decode(frame, ["line", "line"]).equals(decode(frame, "line"))
