"""Measuring a piece of work in a fresh process: seconds on the wall, seconds of CPU, peak memory."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from compileall import compile_dir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import huntbook

Work = Callable[[Any], object]
Prepare = Callable[[], Any]


@dataclass(frozen=True)
class Cost:
    """What one piece of work cost: seconds on the wall, seconds of CPU over all threads, peak memory in MiB."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Figure:
    """One line of the table: our cost against that of a named alternative, and what we hold ourselves to.

    That is a ratio (`limit`), or seconds on the wall that we may need more than the alternative (`more`).
    """

    what: str
    size: str
    ours: Cost
    alternative: str
    theirs: Cost
    limit: float | None = None
    by: str = "cpu"
    more: float | None = None

    @property
    def ratio(self) -> float:
        """Our cost over theirs, by CPU or by the wall as `by` says."""
        return float(getattr(self.ours, self.by)) / max(float(getattr(self.theirs, self.by)), 1e-9)

    @property
    def kept(self) -> bool:
        """Whether it is within the limits."""
        within = self.limit is None or self.ratio <= self.limit
        return within and (self.more is None or self.ours.wall - self.theirs.wall <= self.more)

    def __str__(self) -> str:
        limits = [] if self.limit is None else [f"limit {self.limit:g}"]
        if self.more is not None:
            limits.append(f"{self.ours.wall - self.theirs.wall:.3f} s more, limit {self.more:g} s")
        verdict = f" ({', '.join(limits)}: {'kept' if self.kept else 'NOT KEPT'})" if limits else ""
        return (
            f"{self.what} [{self.size}]: {self.ours.wall:.3f} s wall, {self.ours.cpu:.3f} s CPU, {self.ours.memory:.0f} MiB"
            f"; {self.alternative}: {self.theirs.wall:.3f} s wall, {self.theirs.cpu:.3f} s CPU,"
            f" {self.theirs.memory:.0f} MiB; ratio {self.ratio:.2f} by {self.by}{verdict}"
        )


def measure(work: Work, prepare: Prepare, *, runs: int = 3) -> Cost:
    """Run `work(prepare())` in `runs` fresh processes and return the median run by CPU; preparing is not counted.

    The package is compiled before, as an installation has it.
    """
    compile_dir(Path(huntbook.__file__).parent, quiet=1)
    costs = sorted((_in_fresh_process(work, prepare) for _ in range(runs)), key=lambda cost: cost.cpu)
    return costs[len(costs) // 2]


def _in_fresh_process(work: Work, prepare: Prepare) -> Cost:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(work, prepare, sender))
    process.start()
    sender.close()
    try:
        cost = receiver.recv()
    except EOFError as error:
        raise RuntimeError(f"{work.__name__} ended its process without a figure") from error
    finally:
        process.join()
    return Cost(*cost)


def _run(work: Work, prepare: Prepare, sender: Any) -> None:
    prepared = prepare()
    wall, cpu = time.perf_counter(), time.process_time()
    work(prepared)
    spent = (time.perf_counter() - wall, time.process_time() - cpu)
    sender.send((*spent, _peak()))


def _peak() -> float:
    """The most memory that this process had, in MiB. Linux's `ru_maxrss` is that of the process before it became this one, if that was more."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
