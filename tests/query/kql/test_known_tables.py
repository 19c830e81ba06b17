"""The tables of Sentinel and Defender, as they are packed."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest
from tests.conftest import ROOT

from huntbook.query.kql.known_tables import PACKED, defender_tables, known_tables, pack, unpack
from huntbook.query.kql.types import NAMES, Type


def test_a_table_of_each_and_one_of_both() -> None:
    tables = known_tables()
    assert tables["SecurityEvent"]["EventID"] is Type.INT
    assert tables["SigninLogs"]["ConditionalAccessPolicies"] is Type.DYNAMIC
    assert "DeviceName" in tables["DeviceTvmSoftwareInventory"]  # Defender's only
    both = tables["DeviceProcessEvents"]
    assert {"TenantId", "Timestamp"} <= both.keys()
    assert "TimeGenerated" in both
    assert all(column and kind is not Type.UNKNOWN for columns in tables.values() for column, kind in columns.items())


def test_packing_is_small_and_always_the_same() -> None:
    packed = PACKED.read_bytes()
    assert len(packed) < 150_000
    assert pack(*unpack(packed)) == packed
    tables = {"a": {}, "b": {"x": Type.STRING, "A": Type.REAL}, "c": {"y": Type.INT}}
    defender = {"b": {"A": Type.REAL}, "c": {"y": Type.INT}}
    assert unpack(pack(tables, defender)) == (tables, defender)


def test_what_is_defender_s_is_told_apart() -> None:
    tables = defender_tables()
    assert {"DeviceProcessEvents", "AlertInfo", "EmailEvents", "DeviceTvmSoftwareInventory"} <= tables.keys()
    assert not {"SecurityEvent", "SigninLogs"} & tables.keys()
    assert "Timestamp" in tables["DeviceProcessEvents"]
    assert not {"TimeGenerated", "TenantId"} & tables["DeviceProcessEvents"].keys()
    assert all(columns.items() <= known_tables()[table].items() for table, columns in tables.items())


def test_nothing_can_be_changed() -> None:
    with pytest.raises(TypeError):
        known_tables()["SecurityEvent"]["EventID"] = Type.STRING  # type: ignore[index]


@pytest.mark.evidence
def test_what_is_packed_is_what_is_documented(evidence: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    import microsoft_tables  # type: ignore[import-not-found,unused-ignore]

    schemas = [evidence / "schemas" / name for name in ("sentinel.tsv", "defender.tsv")]
    out = tmp_path / "packed"
    monkeypatch.setattr(sys, "argv", ["microsoft_tables.py", *map(str, schemas), "--out", str(out)])
    microsoft_tables.main()
    assert out.read_bytes() == PACKED.read_bytes()
    for schema in schemas:
        with schema.open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                kind = known_tables()[row["table"]][row["column"]]
                assert kind is NAMES[row["type"]] or schema.name == "defender.tsv"
                assert schema.name == "sentinel.tsv" or row["column"] in defender_tables()[row["table"]]
