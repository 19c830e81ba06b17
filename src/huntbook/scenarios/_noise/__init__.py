"""The ordinary: what goes on in a company in a week when nothing happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.scenarios._clock import HOUR, MINUTE
from huntbook.scenarios._noise.clients import Clients
from huntbook.scenarios._noise.cloud import Cloud
from huntbook.scenarios._noise.linux import Linux
from huntbook.scenarios._noise.servers import Servers

if TYPE_CHECKING:
    from collections.abc import Callable

    from huntbook.scenarios._noise._source import Noise
    from huntbook.scenarios._world import World

_SOURCES: tuple[type[Noise], ...] = (Clients, Servers, Linux, Cloud)


def make_noise(world: World, progress: Callable[[int, int], None]) -> None:
    """Let the week pass: generate what is ordinary slice by slice, and write all that has happened.

    Only the events of one slice are held in memory, and slices are shorter the greater the size is.
    """
    sources = [source(world) for source in _SOURCES]
    span, step = world.span, _slice(world.size)
    total = span.end - span.start
    for start in range(span.start, span.end, step):
        for source in sources:
            source.slice(start, min(start + step, span.end))
        world.logs.flush(start + step)
        progress(start + step - span.start, total)


def _slice(size: float) -> int:
    """Choose how long a slice is."""
    for step in (HOUR, 30 * MINUTE, 15 * MINUTE, 10 * MINUTE, 5 * MINUTE, 2 * MINUTE):
        if step * size <= 2 * HOUR:
            return step
    return MINUTE // 2
