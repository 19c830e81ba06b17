"""Where the shared real evidence is, and what to do without it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EVIDENCE = Path(os.environ.get("HUNTBOOK_EVIDENCE", ROOT.parent / "shared" / "data"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def evidence() -> Path:
    """The folder of real evidence."""
    return EVIDENCE


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium to look at pages with."""
    assert CHROMIUM is not None
    return CHROMIUM


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the settings of whoever runs it."""
    monkeypatch.setenv("HUNTBOOK_CONFIG", os.devnull)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    absent = {
        "evidence": None if EVIDENCE.is_dir() else f"no real evidence at {EVIDENCE}",
        "browser": None if CHROMIUM else "no Chromium on the path",
    }
    for item in items:
        for mark, reason in absent.items():
            if reason and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))
