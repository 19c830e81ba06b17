"""How often a service may be asked, where it says so beforehand: requests wait for their turn, and are not refused."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(eq=False)
class Pace:
    """So many requests in so many seconds; used on one loop only.

    Example:
        pace = Pace(45, seconds=60)
        await pace.turn()
    """

    requests: int
    seconds: float
    _turns: deque[float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._turns = deque(maxlen=self.requests)

    async def turn(self) -> None:
        """Wait until another request may go. Turns are given in the order in which they are asked for."""
        now = asyncio.get_running_loop().time()
        free = self._turns[0] + self.seconds if len(self._turns) == self.requests else now
        turn = max(now, free)
        self._turns.append(turn)
        if turn > now:
            await asyncio.sleep(turn - now)
