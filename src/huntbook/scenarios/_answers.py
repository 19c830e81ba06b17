"""What is planted in practice evidence: the models of `answers.json`, which are also its JSON Schema."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Technique = Annotated[str, StringConstraints(pattern=r"^T\d{4}(\.\d{3})?$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Process(_Strict):
    """A process that a fact is about, with the ids of the host's own log (decimal)."""

    id: int
    path: str
    command_line: str
    parent_id: int | None = None


class Remote(_Strict):
    """The other end of a connection."""

    address: str
    port: int


class Fact(_Strict):
    """One thing that the attacker did, and where it can be seen."""

    stage: str = Field(description="Initial access, execution, credential access …: a tactic of ATT&CK, lower case.")
    technique: Technique
    time: datetime = Field(description="When it began, UTC.")
    host: str = Field(description="The host's short name; the service's name for the cloud.")
    account: str = Field(description="Who it ran as or signed in as, without domain; the UPN in the cloud.")
    source: str = Field(description="The log that shows it best.")
    files: list[str] = Field(description="Files that show it, relative to the evidence folder.", min_length=1)
    note: str
    process: Process | None = None
    remote: Remote | None = None
    indicators: list[str] = Field(default=[], description="Addresses, domains, file names, hashes to be found.")


class Decoy(_Strict):
    """Something ordinary that resembles an attack and must not be reported as severe."""

    resembles: Technique
    time: datetime | None = Field(description="When it began, UTC; null for what goes on all the time.")
    host: str
    account: str
    files: list[str] = Field(min_length=1)
    note: str
    match: str = Field(description="Text that its records contain, to tell whether a finding rests on them.")


class Answers(_Strict):
    """Every planted fact of one folder of practice evidence, and what it was generated from."""

    scenario: str
    seed: int
    size: float
    start: datetime = Field(description="Begin of the evidence, UTC.")
    end: datetime = Field(description="End of the evidence, UTC, not included.")
    events: int = Field(description="Number of events in all files.")
    hosts: list[str] = Field(description="Short names of all hosts that write logs.")
    compromised_hosts: list[str]
    users: list[str] = Field(description="Login names of all people.")
    compromised_users: list[str]
    attacker_addresses: list[str]
    attacker_domains: list[str]
    planted: list[Fact]
    decoys: list[Decoy]
