"""Any other text: one row for each line, so that what is not recognised is a table all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.readers._base import Batch, EvidenceFile, Losses, Reader
from huntbook.readers._text import line_batches, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE = "Message"


class Text(Reader):
    """Lines of text in any encoding, in the column `Message`; blank lines are left out."""

    rank = 90

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        """Whatever can be decoded."""
        return text_of(head) is not None

    def read(self, file: EvidenceFile, losses: Losses) -> Iterator[Batch]:
        """Read the lines."""
        for frame in line_batches(file, losses):
            yield Batch(frame.rename({"line": MESSAGE}))
