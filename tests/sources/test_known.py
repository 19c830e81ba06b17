"""What is known of a source's tables, without asking it: a name that is misspelt is told with the one that was meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from huntbook.errors import QueryRejected
from huntbook.testing import FakeDefender, FakeKusto, FakeSentinel

ROWS = [{"TimeGenerated": "2026-03-01T05:00:00Z", "Timestamp": "2026-03-01T05:00:00Z", "U": "a"}]


@pytest.mark.parametrize(
    ("kind", "query", "meant"),
    [
        (FakeSentinel, "SigninLog | take 1", "SigninLogs"),
        (FakeSentinel, "let x = 1; SigninLogs | union SecurtyEvent", "SecurityEvent"),
        (FakeDefender, "DeviceProcesEvents", "DeviceProcessEvents"),
        (FakeKusto, "Evnts | take 1", ""),  # nobody has looked at its tables
        (FakeSentinel, "Zzzz | take 1", ""),
        (FakeSentinel, "SigninLogs | where Nope == 1", ""),
    ],
)
def test_the_table_that_was_meant_is_guessed_and_nobody_is_asked(
    kind: Any, query: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUNTBOOK_CACHE", str(tmp_path))
    with kind(tables={"Events": ROWS, "SigninLogs": ROWS}) as service:
        source = service.connect()
        with pytest.raises(QueryRejected) as refused:
            source.query(query)
        asked = len([seen for seen in service.requests if "metadata" in seen.path or "mgmt" in seen.path])
    assert asked == 0
    assert (f"Did you mean the table {meant!r}?" in str(refused.value)) == bool(meant)
    assert ("Did you mean" in refused.value.hint) == bool(meant)


def test_of_tables_that_were_looked_at_the_own_ones_are_guessed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUNTBOOK_CACHE", str(tmp_path))
    with FakeKusto(tables={"Events": ROWS}) as service:
        source = service.connect()
        assert list(source.tables) == ["Events"]
        with pytest.raises(QueryRejected, match="Did you mean the table 'Events'"):
            source.query("Evnts | take 1")
