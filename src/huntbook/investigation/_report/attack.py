"""ATT&CK technique ids in words, and the tactic that each serves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

# In the order of an intrusion, as ATT&CK has them; what is in no table comes last.
OTHER = "Other"
TACTICS = (
    "Reconnaissance",
    "Resource Development",
    "Initial Access",
    "Execution",
    "Persistence",
    "Privilege Escalation",
    "Defense Evasion",
    "Credential Access",
    "Discovery",
    "Lateral Movement",
    "Collection",
    "Command and Control",
    "Exfiltration",
    "Impact",
    OTHER,
)


@dataclass(frozen=True)
class Technique:
    """A technique: its id, its name (empty if it is not known here) and its tactic."""

    id: str
    name: str
    tactic: str

    @property
    def link(self) -> str:
        """Its page at MITRE; empty for an id that is none."""
        return f"https://attack.mitre.org/techniques/{self.id.replace('.', '/')}/" if self.name else ""


def technique(number: str) -> Technique:
    """Look up a technique; a sub-technique that is not known has its technique's name and tactic."""
    known = _known()
    tactic, name = known.get(number) or known.get(number.partition(".")[0]) or (OTHER, "")
    return Technique(number, name, tactic)


def tactics(numbers: Iterable[str]) -> list[str]:
    """Name the tactics that techniques serve, each once, in the order of an intrusion."""
    served = {technique(number).tactic for number in numbers}
    return [tactic for tactic in TACTICS if tactic in served]


@cache
def _known() -> dict[str, tuple[str, str]]:
    text = Path(__file__).with_name("techniques.yaml").read_text(encoding="utf-8")
    return {number: (tactic, name) for number, (tactic, name) in yaml.safe_load(text).items()}
