"""Windows of a question that were answered while others failed: they are kept, so that asking once more asks what is missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from huntbook.sources._asking.joined import together
from huntbook.sources._asking.pieces import Answered
from huntbook.sources._base import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from huntbook.core.cache import Answers
    from huntbook.core.timespan import TimeSpan
    from huntbook.sources._asking.pieces import Piece

LATE: Final = timedelta(days=1)  # events may still arrive so long after they happened


def settled(span: TimeSpan, at: datetime) -> bool:
    """Whether an answer that was given at a time would hardly be another one now: its span was long over."""
    return at > span.end + LATE


@dataclass(frozen=True)
class Windows:
    """Kept answers to the windows of one question, which `key` tells from every other."""

    answers: Answers
    key: Mapping[str, object]

    def get(self, piece: Piece) -> Answered | None:
        """The answer to a window, if it was kept and its time was long over then."""
        if piece.window is None or not settled(piece.window, datetime.now(UTC)):
            return None
        kept = self.answers.get(self._of(piece))
        if kept is None or not settled(piece.window, kept.at):
            return None
        notes = (*kept.completeness.notes, "what was answered before was not asked again")
        return Answered(piece, [Batch(kept.rows, replace(kept.completeness, notes=notes))])

    def keep(self, answered: Iterable[Answered]) -> None:
        """Keep the windows that were answered whole."""
        for each in answered:
            window, whole = each.piece.window, each.problem is None and each.completeness.complete
            if whole and window is not None and settled(window, datetime.now(UTC)):
                rows, notes = together([batch.rows for batch in each.batches if batch.rows.width])
                said = replace(each.completeness, notes=(*each.completeness.notes, *notes))
                self.answers.put(self._of(each.piece), rows, said)

    def _of(self, piece: Piece) -> dict[str, object]:
        return {**self.key, "source": piece.driver.identity, "span": str(piece.window), "split": "a window"}
