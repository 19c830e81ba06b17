"""How a CSV file is written, judged by its first rows: the separator, and whether the first row names the columns."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass

from huntbook.readers._base import LINE
from huntbook.readers._text import text_of

_SEPARATORS = ",\t;|"
_SAMPLE = 60
_NAME = re.compile(r"[^\W\d][^\n={}\"]{0,99}|[@#$%_(\[*].{0,99}|", re.DOTALL)
_WORD = re.compile(r"[^\W\d][\w.\[\]()/@-]{0,99}")


@dataclass(frozen=True)
class Form:
    """The separator, and the names of the columns; `header` when the first row gives those."""

    separator: str
    names: tuple[str, ...]
    header: bool


def form_of(head: bytes) -> Form | None:
    """Judge by the first rows, or return None for what is no table: prose with commas, one column, binary."""
    text = text_of(head)
    if not text or ("\n" not in text.strip() and len(text) > 20_000):
        return None
    if len(head) > 4096 and "\n" in text:
        text = text[: text.rfind("\n")]
    forms = [form for separator in _SEPARATORS if (form := _with(separator, text)) is not None]
    return max(forms, key=lambda form: (form.header, len(form.names)), default=None)


def _with(separator: str, text: str) -> Form | None:
    rows = _rows(separator, text)
    counts = Counter(map(len, rows))
    width, often = counts.most_common(1)[0] if counts else (0, 0)
    if width < 2 or len(rows[0]) != width:
        return None
    if _is_header(rows):
        plain = all(not value or _WORD.fullmatch(value) for value in rows[0])
        agree = often >= (0.5 if plain else 0.8) * len(rows)
        return Form(separator, unique_names(rows[0]), header=True) if agree else None
    if width < 3 or len(rows) < 2 or often < len(rows) or _is_prose(rows):
        return None
    return Form(separator, tuple(f"column{number}" for number in range(1, width + 1)), header=False)


def _rows(separator: str, text: str) -> list[list[str]]:
    rows: list[list[str]] = []
    lines = (line + "\n" for line in text.split("\n") if line.strip())
    try:
        for row in csv.reader(lines, delimiter=separator):
            rows.append([value.rstrip("\r\n") for value in row])
            if len(rows) == _SAMPLE:
                break
    except csv.Error:
        return []
    return rows


def _is_header(rows: list[list[str]]) -> bool:
    """Names: words, all different but for a few, and none that occurs below in its own column."""
    first = [value.strip() for value in rows[0]]
    if not all(map(_NAME.fullmatch, first)) or sum(not value for value in first) > 0.5 * len(first):
        return False
    if len(rows) == 1:
        return len(first) > 2 and all(map(_WORD.fullmatch, first))
    if len({value for value in first if value}) < 0.5 * len(first) or len(max(first, key=len)) > 60:
        return False
    if len(first) < 4 and not all(_WORD.fullmatch(value) for value in first):
        return len(rows) > 2 and not _is_prose(rows)
    below = [row for row in rows[1:] if len(row) == len(first)]
    return bool(below) and not any(value and any(row[at] == value for row in below) for at, value in enumerate(first))


def _is_prose(rows: list[list[str]]) -> bool:
    """Whether the values read like parts of sentences: most begin with a space, or they are long."""
    inner = [value for row in rows for value in row[1:]]
    spaced = sum(value.startswith(" ") for value in inner)
    if any(row[0].count(" ") > 2 for row in rows[1:]):  # a time has two at most
        return True
    return spaced > 0.3 * len(inner) or sum(map(len, inner)) > 200 * len(inner)


def unique_names(names: list[str]) -> tuple[str, ...]:
    """Name what has no name by its place, and number names that occur again."""
    seen: set[str] = {LINE}
    unique = []
    for place, name in enumerate(names, 1):
        base = name.strip().lstrip("\ufeff") or f"column{place}"
        free = base
        count = 2
        while free in seen:
            free, count = f"{base}_{count}", count + 1
        seen.add(free)
        unique.append(free)
    return tuple(unique)
