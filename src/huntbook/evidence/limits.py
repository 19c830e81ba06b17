"""How much may come out of an archive: limits against bombs, and the budget that keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What an archive may hold before reading it ends: it may be made to fill the disk or the day.

    Attributes:
        depth: archives inside one another; a compressed tar counts as one.
        ratio: bytes out for each byte in, of one member and of an outermost archive as a whole.
        ratio_from: bytes that may come out before the ratio is looked at; short logs compress very well.
        total: bytes out of one outermost archive.
        members: files in one outermost archive.
    """

    depth: int = 5
    ratio: int = 500
    ratio_from: int = 64 * MIB
    total: int = 64 * 1024 * MIB
    members: int = 100_000


@dataclass
class Budget:
    """What has come out of one outermost archive so far.

    A member may be opened more than once; what counts is the furthest that it was read.
    """

    limits: Limits
    size: int
    spent: int = 0
    members: int = 0
    _read: dict[str, int] = field(default_factory=dict)

    def exceeded(self, name: str, out: int, packed: int) -> str | None:
        """Count `out` bytes of the member `name`, made of `packed` bytes, and name the limit that this exceeds."""
        before = self._read.get(name, 0)
        if out > before:
            self._read[name] = out
            self.spent += out - before
        limits = self.limits
        if self.spent > limits.total:
            return f"more than {limits.total:,} bytes came out of the archive"
        if out > limits.ratio_from and packed and out > limits.ratio * packed:
            return f"more than {limits.ratio} bytes came out for each byte of it"
        if self.size and self.spent > max(limits.ratio_from, limits.ratio * self.size):
            return f"more than {limits.ratio} bytes came out for each byte of the archive"
        return None

    def member(self) -> str | None:
        """Count one member, and say when there are too many."""
        self.members += 1
        return f"more than {self.limits.members:,} members" if self.members > self.limits.members else None
