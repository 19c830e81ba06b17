"""What is suspicious about which process, in whatever form the caller has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from huntbook.core.frames import need, to_polars
from huntbook.errors import ParameterError
from huntbook.plots._process_tree.findings import read_findings
from huntbook.plots._text import shown
from huntbook.plots._theme import SEVERITIES

if TYPE_CHECKING:
    from huntbook.analytics._process_tree.families import Chosen
    from huntbook.core.frames import Table

_ALIKE = {"critical": "high", "info": "informational", "information": "informational", "warning": "medium"}
_LONGEST = 300


@dataclass(frozen=True)
class Mark:
    """Why a process is marked, and how severe that is (one of the theme's severities)."""

    severity: str
    text: str


Marks = dict[str, list[Mark]]  # by process key, most severe first


def read_marks(tree: pl.DataFrame, marks: str | Mapping[str, Any] | Table | None, chosen: Chosen) -> Marks:
    """Read marks from a column of the tree, from a mapping of process key to why, or from a table of findings.

    Raises:
        ColumnMissing: if the column, or one that a table of findings has, is not there.
        ParameterError: if `marks` is something else.
    """
    if marks is None:
        return {}
    if isinstance(marks, str):
        need(tree, [marks])
        pairs = list(tree.select("process_key", pl.col(marks)).drop_nulls().iter_rows())
    elif isinstance(marks, Mapping):
        pairs = list(marks.items())
    else:
        pairs = list(read_findings(tree, _table(marks), chosen).items())
    found: Marks = {}
    for key, value in pairs:
        found.setdefault(str(key), []).extend(_marks(value))
    return {key: sorted(dict.fromkeys(each), key=_rank) for key, each in found.items() if each}


def _table(marks: Any) -> pl.DataFrame:
    try:
        return to_polars(marks.to_polars() if hasattr(marks, "to_polars") else marks)
    except (ParameterError, TypeError, ValueError) as error:
        raise ParameterError(
            "marks is neither the name of a column, nor a mapping of process key to text, nor a table of findings."
        ) from error


def _marks(value: object) -> list[Mark]:
    """Read one value: a text, a severity, a pair of both in either order, `True`, or a list of these."""
    if value is True:
        return [Mark("medium", "marked")]
    if isinstance(value, str) and value.strip():
        severity = _severity(value)
        return [Mark(severity or "medium", shown(value.strip(), limit=_LONGEST))]
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, str) for part in value):
        first, second = _severity(value[0]), _severity(value[1])
        if first or second:
            return [Mark(first or second or "medium", shown(value[1] if first else value[0], limit=_LONGEST))]
    if isinstance(value, (list, tuple, pl.Series)):
        return [mark for part in value for mark in _marks(part)]
    return []


def _severity(text: str) -> str | None:
    word = text.strip().lower()
    word = _ALIKE.get(word, word)
    return word if word in SEVERITIES else None


def _rank(mark: Mark) -> int:
    return SEVERITIES.index(mark.severity)
