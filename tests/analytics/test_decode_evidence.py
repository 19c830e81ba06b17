"""Real evidence: 1,200 encoded commands whose text is known, and what is found where almost nothing is encoded."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from hashlib import sha256
from typing import TYPE_CHECKING

import polars as pl
import pytest

from huntbook.analytics.decode import decode

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.evidence

COLUMNS = ("CommandLine", "ParentCommandLine", "ScriptBlockText", "Payload", "Details", "ServiceFileName", "ImagePath")

# Every distinct text found in those columns of all Windows recordings, read and judged: what is really encoded there.
# (The start of the SHA-256 of the text: launchers of Empire and the addresses in them, modules and commands sent to
# Meterpreter's PowerShell, two Kerberos tickets.) None was found that is not.
TRUE_IN_RECORDINGS = {
    "7e78fb6175d2", "69e9a9fa83f9", "7eeb2d812ca9", "a3d23a3d63eb", "594dc6d875dc", "b3048e593709",
    "ad96f4d8c946", "102c8e3e6bd3", "88812e8ccaed", "992a6e2c7854", "4886bbe1afe9", "1761687a8663",
    "48996e244c0b", "455fd9c8c952", "515d04bcabf6", "74b6eb53534c", "517f0fdd9d69", "3d1c29634d85",
    "2d55c8a03b0d", "22bf40385cbc", "3af70e2d5768",
}  # fmt: skip


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def as_published(text: str) -> str:
    """The published texts were made by dropping the NULs of UTF-16 and reading the rest as UTF-8, with lines ending in \\n."""
    return text.encode("utf-16-le").replace(b"\0", b"").decode("utf-8", "replace")


def lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def test_every_encoded_command_is_decoded_exactly(evidence: Path) -> None:
    with gzip.open(evidence / "decode" / "ps_encodedcommand.jsonl.gz", "rt", encoding="utf-8") as file:
        known = [json.loads(line) for line in file]
    found = decode(pl.DataFrame({"command": [row["command"] for row in known]}), "command").filter(pl.col("depth") == 1)
    assert found["row"].to_list() == list(range(1200))
    exact = as_wide = 0
    for row, text in zip(known, found["decoded"], strict=True):
        truth = lines(row["decoded"])
        exact += lines(text) == truth
        # Where the text has quotes or dashes that are not ASCII, ours has them and the published one has what is left.
        as_wide += lines(text) != truth and lines(as_published(text)) == truth
    assert exact + as_wide == 1200
    assert exact >= 1169
    assert found["encoding"].value_counts().sort("count").rows() == [("base64/damaged", 2), ("base64+utf-16-le", 1198)]


def test_shellcode_and_packed_scripts_inside_are_found(evidence: Path) -> None:
    with gzip.open(evidence / "decode" / "ps_encodedcommand.jsonl.gz", "rt", encoding="utf-8") as file:
        known = [json.loads(line) for line in file]
    found = decode(known, "command").filter(pl.col("depth") > 1)
    kinds = dict(found["encoding"].value_counts().rows())
    assert kinds["hex/shellcode"] >= 400
    assert kinds["base64+gzip+utf-8"] >= 28
    injectors = {at for at, row in enumerate(known) if row["family"] == "Shellcode Inject"}
    assert len(injectors & set(found["row"])) >= 0.95 * len(injectors)


def recordings(evidence: Path) -> pl.DataFrame:
    frames = []
    for path in sorted((evidence / "windows_mordor").rglob("*.zip")):
        if "zeek" in path.name:
            continue
        with zipfile.ZipFile(path) as archive:
            frames += [
                pl.read_ndjson(archive.read(name), schema=dict.fromkeys(COLUMNS, pl.String), ignore_errors=True)
                for name in archive.namelist()
                if name.endswith(".json")
            ]
    return pl.concat(frames)


def test_nothing_false_in_recordings_of_windows(evidence: Path) -> None:
    table = recordings(evidence)
    assert table.height > 200_000
    found = decode(table, COLUMNS)
    assert found.height == 78
    assert {digest(text) for text in found["decoded"]} == TRUE_IN_RECORDINGS


def test_nothing_false_in_twenty_thousand_benign_command_lines(evidence: Path) -> None:
    path = evidence / "azure" / "processes_on_host.csv.gz"
    with gzip.open(path, "rb") as file:
        table = list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8")))
    assert len(table) == 22_979
    found = decode(table, ["CommandLine", "NewProcessName", "ParentProcessName"])
    # One encoded argument of a download cradle, and the requests that Google's updater encodes: all are what they say.
    assert found["encoding"].to_list() == ["base64+utf-8"] * 3
    assert {text[:16] for text in found["decoded"]} == {"-Noninteractive ", '<?xml version="1'}
