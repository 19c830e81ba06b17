"""Practice evidence that all tests of scenarios read: several seeds, small, generated once."""

from __future__ import annotations

import base64
import csv
import gzip
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from huntbook.scenarios import Answers, practice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEEDS = (0, 2, 7, 42)


@dataclass
class Practice:
    """A folder of practice evidence, read with nothing but the standard library."""

    folder: Path

    @cached_property
    def answers(self) -> Answers:
        return Answers.model_validate_json((self.folder / "answers.json").read_text())

    @cached_property
    def texts(self) -> dict[str, str]:
        root = self.folder / "evidence"
        return {str(path.relative_to(root)): _text(path) for path in sorted(root.rglob("*")) if path.is_file()}

    @cached_property
    def plain(self) -> dict[str, str]:
        """The texts as a person reads them: backslashes not doubled, scripts decoded."""
        return {name: text.replace("\\\\", "\\") + _scripts(text) for name, text in self.texts.items()}

    def windows(self) -> Iterator[dict[str, Any]]:
        """Every Windows event with host, channel, id, time and data, whatever form it was exported in."""
        for line in self.texts["windows/clients.jsonl"].splitlines():
            event = json.loads(line)
            yield event | {"host": event["Hostname"], "id": event["EventID"], "time": event["TimeCreated"]}
        for line in self.texts["windows/winlogbeat.ndjson"].splitlines():
            event = json.loads(line)
            log = event["winlog"]
            head = {"host": log["computer_name"], "id": int(log["event_id"]), "time": event["@timestamp"]}
            yield log["event_data"] | head | {"Channel": log["channel"], "RecordNumber": log["record_id"]}
        for row in csv.DictReader(self.texts["windows/SecurityEvent.csv"].splitlines(keepends=True)):
            yield row | {"host": row["Computer"], "id": int(row["EventID"]), "time": row["TimeGenerated"]}

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        return list(self.windows())

    def zeek(self, log: str) -> list[dict[str, str]]:
        path = next(name for name in self.texts if name.startswith(f"zeek/{log}.log"))
        lines = self.texts[path].splitlines()
        names = next(line for line in lines if line.startswith("#fields")).split("\t")[1:]
        return [dict(zip(names, line.split("\t"), strict=True)) for line in lines if line and not line.startswith("#")]

    def trail(self) -> Iterator[dict[str, Any]]:
        for name, text in self.texts.items():
            if name.startswith("aws/"):
                yield from json.loads(text)["Records"]


def _scripts(text: str) -> str:
    found = {value for value in re.findall(r"[A-Za-z0-9+/]{80,}={0,2}", text) if "AA" in value and len(value) % 4 == 0}
    return "\n".join(base64.b64decode(value).decode("utf-16-le", "replace") for value in found)


def _text(path: Path) -> str:
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()


@pytest.fixture(scope="session")
def practices(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Practice]:
    folder = tmp_path_factory.mktemp("practice")
    return {seed: Practice(practice(folder / str(seed), seed=seed, size=0.06)) for seed in SEEDS}


@pytest.fixture(scope="session", params=SEEDS)
def case(request: pytest.FixtureRequest, practices: dict[int, Practice]) -> Practice:
    return practices[request.param]
