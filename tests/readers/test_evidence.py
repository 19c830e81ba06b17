"""Every file of the real evidence walks and reads without an exception, and known numbers come out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from huntbook.evidence.walk import walk
from huntbook.readers import choose, read
from huntbook.readers._base import Loss, Losses

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.evidence


def test_everything_reads(evidence: Path) -> None:
    lost: list[Loss] = []
    rows: Counter[str] = Counter()
    by_file: Counter[str] = Counter()
    for file in walk([evidence], lost=lost):
        losses = Losses(file.name)
        reader = choose(file, Losses(file.name))
        count = sum(batch.rows.height for batch in read(file, losses))
        rows[type(reader).__name__] += count
        by_file[file.name] = count
        lost.extend(losses)
    print(dict(rows))  # noqa: T201
    assert set(rows) == {"Auditd", "Csv", "Evtx", "Json", "NoneType", "Syslog", "Text", "Zeek"}
    assert rows["Evtx"] >= 578
    assert by_file["azure/processes_on_host.csv.gz"] == 22_979
    assert by_file["decode/ps_encodedcommand.jsonl.gz"] == 1_200
    assert not [loss for loss in lost if "could not be read to its end" in loss.reason]
    windows = [loss for loss in lost if loss.file.startswith("windows_mordor") and loss.lost]
    assert windows == []
