"""Practice evidence with known answers: what an attack leaves in the logs of a company, generated from a seed.

Example:
    >>> from huntbook.scenarios import scenarios
    >>> "intrusion" in scenarios
    True
"""

from __future__ import annotations

from huntbook.scenarios._answers import Answers, Decoy, Fact
from huntbook.scenarios._base import Progress, Scenario, practice, scenarios

__all__ = ["Answers", "Decoy", "Fact", "Progress", "Scenario", "practice", "scenarios"]
