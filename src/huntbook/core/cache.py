"""Answers already paid for: each as a Parquet file, and beside it what it answers, when, how completely, and the file's hash.

Files can be read by the user alone. A file whose hash is not the one that was written down is taken for absent.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from huntbook.core.folders import cache_folder
from huntbook.core.result import Completeness

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM: Final = 1  # of what is kept; another form is not read
MOST_BYTES: Final = 4_000_000_000


@dataclass(frozen=True)
class Kept:
    """An answer that was kept: its rows, when they were answered, how complete they were, and what else was said."""

    rows: pl.DataFrame
    at: datetime
    completeness: Completeness
    facts: Mapping[str, Any]


class Answers:
    """Kept answers by what they answer.

    Args:
        folder: where they are; the folder `answers` of huntbook's cache if not given.
        most_bytes: when there is more, what was used longest ago goes.
    """

    def __init__(self, folder: Path | None = None, *, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder or cache_folder() / "answers"
        self._most = most_bytes

    def get(self, key: Mapping[str, object]) -> Kept | None:
        """The answer to a question, if it was kept and is unharmed."""
        rows, facts = self._paths(key)
        try:
            said = json.loads(facts.read_text(encoding="utf-8"))
            content = rows.read_bytes()
            if said["form"] != FORM or hashlib.sha256(content).hexdigest() != said["sha256"]:
                return None
            os.utime(rows)  # so that what is used stays
            complete = Completeness(said["complete"], tuple(said["notes"]))
            return Kept(pl.read_parquet(content), datetime.fromisoformat(said["at"]), complete, said["facts"])
        except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError):
            return None

    def put(
        self,
        key: Mapping[str, object],
        rows: pl.DataFrame,
        completeness: Completeness,
        facts: Mapping[str, object] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Keep an answer in place of an older one. What fails here spoils no answer: it is then not kept."""
        target, beside = self._paths(key)
        begun: list[Path] = []
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as made:  # made for the user alone
                begun.append(Path(made.name))
                rows.write_parquet(made.name, compression="zstd")
            content = Path(made.name).read_bytes()
            said = {
                "form": FORM,
                "sha256": hashlib.sha256(content).hexdigest(),
                "at": (at or datetime.now(UTC)).isoformat(),
                "complete": completeness.complete,
                "notes": [*completeness.notes, *map(str, completeness.missing)],
                "facts": dict(facts or {}),
                "asked": dict(key),
            }
            Path(made.name).replace(target)
            with tempfile.NamedTemporaryFile("w", dir=target.parent, delete=False, encoding="utf-8") as told:
                begun.append(Path(told.name))
                json.dump(said, told, default=str)
            Path(told.name).replace(beside)
            self._make_room()
        except (OSError, pl.exceptions.PolarsError):
            for path in begun:  # of no use to anybody
                path.unlink(missing_ok=True)

    def _paths(self, key: Mapping[str, object]) -> tuple[Path, Path]:
        written = json.dumps({"form": FORM, **key}, sort_keys=True, default=str)
        name = hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / f"{name}.parquet", self._folder / f"{name}.json"

    def _make_room(self) -> None:
        """Let go of what was used longest ago."""
        kept = sorted(
            ((path, path.stat()) for path in self._folder.glob("*.parquet")), key=lambda each: -each[1].st_mtime
        )
        total = 0
        for path, stat in kept:
            total += stat.st_size
            if total > self._most:
                path.unlink(missing_ok=True)
                path.with_suffix(".json").unlink(missing_ok=True)
