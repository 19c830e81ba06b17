"""Where huntbook keeps what it would rather not do again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """The folder for stores of evidence and kept answers: `HUNTBOOK_CACHE`, or the user's cache folder."""
    given = os.environ.get("HUNTBOOK_CACHE")
    if given:
        return Path(given)
    base = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path.home() / ".cache") / "huntbook"
