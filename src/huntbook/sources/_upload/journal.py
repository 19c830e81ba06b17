"""A journal of uploads that did not come to their end: what was accepted, and what was on its way when they stopped.

One file for each destination, a line for each batch; it holds no data, only hashes of it. An upload that is complete leaves nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from huntbook.core.folders import cache_folder

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


class State(StrEnum):
    """What became of a batch."""

    SENDING = "sending"  # it was on its way when the upload stopped
    ACCEPTED = "accepted"
    PERHAPS = "perhaps"  # no answer says so, and none says that it was not
    REFUSED = "refused"
    CUT = "cut"  # it was too large, and went on in two halves


@dataclass(frozen=True)
class Entry:
    """What the journal knows of a batch."""

    state: State
    rows: int
    at: str


class Journal:
    """The journal of a destination.

    Args:
        destination: what tells it from every other.
        folder: where journals are; the folder `uploads` of huntbook's cache if not given.
    """

    def __init__(self, destination: str, folder: Path | None = None) -> None:
        name = hashlib.sha256(destination.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        self._path = (folder or cache_folder() / "uploads") / f"{name}.jsonl"
        self._before = ""  # what ends a line that broke off, before another is written
        self._entries = self._read()

    def _read(self) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        try:
            text = self._path.read_text(encoding="utf-8")
        except OSError:
            return found
        self._before = "" if text.endswith("\n") else "\n"
        for line in text.splitlines():
            try:
                said = json.loads(line)
                found[said["batch"]] = Entry(State(said["state"]), int(said["rows"]), str(said["at"]))
            except (ValueError, KeyError, TypeError):
                continue  # the last line of an upload that was killed
        return found

    def __getitem__(self, batch: str) -> Entry | None:
        return self._entries.get(batch)

    def note(self, batch: str, state: State, rows: int) -> None:
        """Write down what becomes of a batch, before anything else is done about it."""
        entry = Entry(state, rows, datetime.now(UTC).isoformat(timespec="seconds"))
        self._entries[batch] = entry
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        line = json.dumps({"batch": batch, "state": state.value, "rows": rows, "at": entry.at})
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{self._before}{line}\n")
            file.flush()
            os.fsync(file.fileno())
        self._before = ""

    def forget(self, batches: Collection[str]) -> None:
        """Leave out batches of an upload that is complete; what another upload has noted meanwhile stays."""
        self._entries = {batch: entry for batch, entry in self._read().items() if batch not in batches}
        if not self._entries:
            self._path.unlink(missing_ok=True)
            return
        lines = [
            json.dumps({"batch": batch, "state": entry.state.value, "rows": entry.rows, "at": entry.at})
            for batch, entry in self._entries.items()
        ]
        beside = self._path.with_suffix(".new")
        beside.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        beside.replace(self._path)
