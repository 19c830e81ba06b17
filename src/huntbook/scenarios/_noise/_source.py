"""What every kind of noise is made of: sources that are asked for one slice of time after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from huntbook.scenarios import _windows
from huntbook.scenarios._clock import stream
from huntbook.scenarios._logs import HOLES
from huntbook.scenarios._stencil import hole
from huntbook.scenarios._windows import Process, process_guid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from huntbook.scenarios._company import Account
    from huntbook.scenarios._logs import Mould
    from huntbook.scenarios._machine import Machine
    from huntbook.scenarios._world import World


class Noise(ABC):
    """A source of ordinary events."""

    name: ClassVar[str]

    def __init__(self, world: World) -> None:
        self.world = world
        self.company = world.company
        self.logs = world.logs
        self.rng: Random = stream(world.seed, "noise", self.name)
        self.moulds: dict[tuple[str, ...], tuple[Mould, ...]] = {}

    @abstractmethod
    def slice(self, start: int, end: int) -> None:
        """Log what begins from `start` until before `end`."""

    def times(self, start: int, end: int, per_hour: float) -> Iterator[int]:
        """Draw the times of something that happens so often an hour."""
        expected = per_hour * (end - start) / 3_600_000
        count = int(expected)
        if self.rng.random() < expected - count:
            count += 1
        for _ in range(count):
            yield start + int(self.rng.random() * (end - start))

    def run(
        self,
        machine: Machine,
        moment: int,
        program: tuple[str, str],
        parent: Process,
        owner: tuple[Account, str, str],
        *,
        end: int = 0,
    ) -> Process:
        """Log an ordinary process from its begin to its end; the owner is an account, its logon id and integrity."""
        account, logon, integrity = owner
        key = (machine.host.name, *program, parent.image, account.name)
        if key not in self.moulds:
            self.moulds[key] = self._process_moulds(machine, program, parent, owner)
        begun, ended = self.moulds[key]
        pid = machine.pid(reserve=end > 0)
        values = {
            "pid": str(pid),
            "hex": hex(pid),
            "guid": process_guid(machine.host, moment, pid),
            "ppid": parent.pid,
            "phex": parent.hex_pid,
            "pguid": parent.guid,
            "logon": logon,
        }
        begun.pour(moment, values)
        end = end or moment + int(self.rng.expovariate(1 / 60_000)) + 150
        ended.pour(end, values)
        image, command = program
        return Process(
            values["pid"], values["hex"], values["guid"], image, command, account, logon, integrity=integrity
        )

    def _process_moulds(
        self, machine: Machine, program: tuple[str, str], parent: Process, owner: tuple[Account, str, str]
    ) -> tuple[Mould, Mould]:
        process = with_holes(program, parent, owner[0], owner[2])
        host = machine.host
        begun = self.logs.mould(host, _windows.process_created(process, HOLES))
        return begun, self.logs.mould(host, _windows.process_ended(process, HOLES))


def with_holes(program: tuple[str, str], parent: Process, account: Account, integrity: str = "Medium") -> Process:
    """Return a process whose ids, and those of its parent, are holes."""
    image, command = program
    return Process(
        pid=hole("pid"),
        hex_pid=hole("hex"),
        guid=hole("guid"),
        image=image,
        command_line=command,
        account=account,
        logon=hole("logon"),
        parent_pid=hole("ppid"),
        parent_hex_pid=hole("phex"),
        parent_guid=hole("pguid"),
        parent_image=parent.image,
        parent_command_line=parent.command_line,
        integrity=integrity,
    )
