"""Finding a prepared query by words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.query.query import Query

_WEIGHTS = {"name": 8, "tags": 5, "pack": 4, "about": 3, "tables": 2, "techniques": 2, "parameters": 1}
_PARTS = re.compile(r"[^\W_]+")
_WHOLE, _BEGINNING = 3, 2  # times as much where the word stands alone, or a word begins with it


def rank(words: str, queries: Sequence[Query]) -> list[Query]:
    """Return the queries in which every word is somewhere, the nearest first; without a word all of them."""
    asked = words.casefold().split()
    scored = [(_score(asked, query), query) for query in queries]
    found = [(score, query) for score, query in scored if score is not None]
    return [query for _, query in sorted(found, key=lambda pair: (-pair[0], pair[1].full_name))]


def _score(words: Sequence[str], query: Query) -> int | None:
    fields = _fields(query)
    score = 0
    for word in words:
        best = max(_WEIGHTS[name] * _hit(word, text) for name, text in fields.items())
        if not best:
            return None
        score += best
    return score


def _hit(word: str, text: str) -> int:
    if word not in text:
        return 0
    parts = _PARTS.findall(text)
    return _WHOLE if word in parts else _BEGINNING if any(part.startswith(word) for part in parts) else 1


def _fields(query: Query) -> dict[str, str]:
    texts = {
        "name": query.name,
        "tags": " ".join(query.tags),
        "pack": query.pack,
        "about": query.about,
        "tables": " ".join(table for tables in query.needs.values() for table in tables),
        "techniques": " ".join(query.techniques),
        "parameters": " ".join(alias for name, one in query.parameters.items() for alias in (name, *one.aliases)),
    }
    return {name: text.casefold() for name, text in texts.items()}
