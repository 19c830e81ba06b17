"""What decoded bytes are: text, something packed, a known binary, or nothing worth a row.

`Trust` says how much is known apart from the bytes. A run of letters that only happens to be valid base64 must prove
itself by what comes out; the argument of `FromBase64String` need not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

MAX_MEMBERS = 32
MAX_RATIO = 200
FREE_BYTES = 64 * 1024  # below this, a high ratio is not worth stopping for


class Trust(IntEnum):
    """Why we believe that something is encoded at all."""

    GUESS = 0  # it has the right letters
    FORM = 1  # it is written in a form that nothing else has, such as \\x48\\x65
    CALL = 2  # it is the argument of something that decodes
    COMMAND = 3  # it follows PowerShell's -EncodedCommand, so it is a script in UTF-16


class Reading(NamedTuple):
    """One way in which bytes can be read: the steps taken, what came out, and whether that is text to look into."""

    encoding: str
    decoded: str
    is_text: bool


class Hit(NamedTuple):
    """An encoded run in a text: where it stands, what it is written in, and how its content can be read."""

    start: int
    end: int
    form: str
    readings: list[Reading]


@dataclass(slots=True)
class Budget:
    """How much one cell may still unfold to, over all that is found in it, and how deep containers may be nested."""

    left: int
    layers: int
    spent: int = field(default=0, init=False)

    def take(self, size: int) -> bool:
        """Use up `size` bytes; False if there are not that many left."""
        if size > self.left:
            return False
        self.left -= size
        self.spent += size
        return True

    def allowance(self, packed: int) -> int:
        """How many bytes `packed` bytes may unfold to."""
        return min(self.left, max(FREE_BYTES, packed * MAX_RATIO))
