"""Keccak-256 as Ethereum uses it: SHA-3 before NIST changed the padding, which is why hashlib does not have it.

Many messages are hashed at once: a lane of the state is one large integer that holds this lane of every message, 64 bits
each, so the cost of Python is paid once for all of them. Source: the Keccak reference, version 3.0, section 1.2.
"""

from __future__ import annotations

_RATE = 136  # bytes of a block
_LANE = 64  # bits


def keccak256(messages: list[bytes]) -> list[bytes]:
    """Hash messages of at most 134 bytes, all at once.

    Returns:
        32 bytes for each message, in their order.
    """
    if not messages:
        return []
    blocks = [message + b"\x01" + bytes(_RATE - 2 - len(message)) + b"\x80" for message in messages]
    lanes = [_packed(blocks, at) for at in range(0, _RATE, 8)] + [0] * 8
    state = _State(lanes, len(messages))
    for constant in _CONSTANTS:
        state.round(constant)
    columns = [lane.to_bytes(8 * len(messages), "little") for lane in state.lanes[:4]]
    return [b"".join(column[at : at + 8] for column in columns) for at in range(0, 8 * len(messages), 8)]


def _packed(blocks: list[bytes], at: int) -> int:
    return int.from_bytes(b"".join(block[at : at + 8] for block in blocks), "little")


class _State:
    """The 25 lanes, at index x + 5y, of `count` messages."""

    def __init__(self, lanes: list[int], count: int) -> None:
        self.lanes = lanes
        self._ones = int.from_bytes((b"\x01" + bytes(7)) * count, "little")  # a 1 in the lane of every message
        self._low = [self._ones * ((1 << bits) - 1) for bits in range(_LANE + 1)]

    def round(self, constant: int) -> None:
        lanes = self.lanes
        parity = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        mixed = [parity[x - 1] ^ self._rotated(parity[(x + 1) % 5], 1) for x in range(5)]
        lanes = [lane ^ mixed[index % 5] for index, lane in enumerate(lanes)]
        moved = [lanes[0]] * 25
        for source, target, by in _MOVES:
            moved[target] = self._rotated(lanes[source], by)
        rows = [moved[y : y + 5] for y in range(0, 25, 5)]
        every = self._low[_LANE]
        self.lanes = [row[x] ^ ((row[(x + 1) % 5] ^ every) & row[(x + 2) % 5]) for row in rows for x in range(5)]
        self.lanes[0] ^= constant * self._ones

    def _rotated(self, lane: int, by: int) -> int:
        rest = _LANE - by
        return (lane & self._low[rest]) << by | (lane >> rest) & self._low[by]


def _moves() -> list[tuple[int, int, int]]:
    """Where each lane goes, and how far it is rotated on the way (rho and pi)."""
    moves, x, y = [], 1, 0
    for step in range(24):
        moves.append((x + 5 * y, y + 5 * ((2 * x + 3 * y) % 5), (step + 1) * (step + 2) // 2 % _LANE))
        x, y = y, (2 * x + 3 * y) % 5
    return moves


def _constants() -> list[int]:
    """The constants of the 24 rounds (iota), from the shift register that defines them."""
    constants, register = [], 1
    for _ in range(24):
        constant = 0
        for power in range(7):
            constant |= (register & 1) << ((1 << power) - 1)
            register = (register << 1) ^ (0x171 if register >> 7 else 0)
        constants.append(constant)
    return constants


_MOVES = _moves()
_CONSTANTS = _constants()
