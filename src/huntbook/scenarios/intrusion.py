"""An intrusion of many steps: from a document in the mail to files on a stranger's server, on premises and in the cloud."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from huntbook.scenarios._answers import Answers
from huntbook.scenarios._base import Scenario
from huntbook.scenarios._intrusion import attack
from huntbook.scenarios._noise import make_noise
from huntbook.scenarios._world import World

if TYPE_CHECKING:
    from pathlib import Path

    from huntbook.scenarios._base import Progress


class Intrusion(Scenario):
    """Phishing, a beacon, stolen credentials, other hosts, data that leaves, and the cloud accounts after that."""

    name: ClassVar[str] = "intrusion"
    about: ClassVar[str] = "A phishing document leads to a breach of clients, servers and cloud accounts within a week."

    def write(self, folder: Path, *, seed: int, size: float, progress: Progress) -> Answers:
        """Write a week of logs with the intrusion in them."""
        world = World(folder, seed, size)
        story = attack(world)
        make_noise(world, progress)
        events = world.logs.close()
        company = world.company
        return Answers(
            scenario=self.name,
            seed=seed,
            size=size,
            start=_aware(world.span.start),
            end=_aware(world.span.end),
            events=events,
            hosts=[host.name for host in company.hosts],
            compromised_hosts=sorted({fact.host for fact in story.facts} & {host.name for host in company.hosts}),
            users=[person.login for person in company.people],
            compromised_users=sorted(story.victims),
            attacker_addresses=story.addresses,
            attacker_domains=story.domains,
            planted=sorted(story.facts, key=lambda fact: fact.time),
            decoys=story.decoys,
        )


def _aware(moment: int) -> datetime:
    return datetime.fromtimestamp(moment / 1000, tz=UTC)
