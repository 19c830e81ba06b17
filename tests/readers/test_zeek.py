from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.readers.samples import reading

if TYPE_CHECKING:
    from pathlib import Path


def log(path: str, fields: str, rows: str, *, separator: str = "\t") -> str:
    spelt = "".join(f"\\x{ord(char):02x}" for char in separator)
    head = [
        f"#separator {spelt}",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        f"#path\t{path}",
        f"#fields\t{fields}",
    ]
    return "\n".join(head).replace("\t", separator) + "\n" + rows.replace("\t", separator) + f"#close{separator}2024\n"


@pytest.mark.parametrize("separator", ["\t", "|", ","])
def test_unset_and_empty(separator: str) -> None:
    found = reading(
        log("conn", "ts\tid.orig_h\ttunnel", "1.5\t192.0.2.1\t(empty)\n2.5\t-\tx\n", separator=separator).encode()
    )
    assert found.rows == [
        {"_Line": 7, "ts": "1.5", "id.orig_h": "192.0.2.1", "tunnel": "", "_path": "conn"},
        {"_Line": 8, "ts": "2.5", "id.orig_h": None, "tunnel": "x", "_path": "conn"},
    ]


def test_a_new_header_in_the_midst() -> None:
    found = reading((log("dns", "ts\tquery", "1\ta\n") + log("ssl", "ts\tserver\tname", "2\tb\tc\n")).encode())
    assert [row["_path"] for row in found.rows] == ["dns", "ssl"]
    assert found.rows[1] == {"_Line": 15, "ts": "2", "server": "b", "name": "c", "_path": "ssl"}


def test_rows_that_do_not_fit_are_kept() -> None:
    found = reading(log("dns", "ts\tquery", "1\ta\n2\n3\tc\td\n").encode())
    assert [(row["ts"], row["query"]) for row in found.rows] == [("1", "a"), ("2", None), ("3", "c")]
    assert [(loss.position, loss.lost) for loss in found.losses] == [("line 8", 0)]


@pytest.mark.evidence
def test_real_logs_of_one_day(evidence: Path) -> None:
    for path in sorted((evidence / "zeek" / "apt29_day1").glob("*.log")):
        found = reading(path.read_bytes())
        assert len(found.rows) == sum(
            bool(line.strip()) for line in path.read_text().split("\n") if not line.startswith("#")
        )
        assert found.losses == []
