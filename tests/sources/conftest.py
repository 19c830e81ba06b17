"""What the tests of sources share."""

from __future__ import annotations

from pathlib import Path

import pytest

from huntbook.core import http
from huntbook.core.http import Patience


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Waits of a test are short, and what it keeps is its own."""
    monkeypatch.setattr(http, "PATIENCE", Patience(attempts=4, first=0.01, longest=0.05, in_all=5))
    monkeypatch.setenv("HUNTBOOK_CACHE", str(tmp_path / "cache"))
