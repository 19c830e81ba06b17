"""A menu of queries as plain data, for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huntbook.core.display import printable

if TYPE_CHECKING:
    from huntbook.core.result import Result
    from huntbook.query.menu import QueryMenu
    from huntbook.query.prepared import PreparedQuery

ROWS = 100  # of an answer that the page shows
_LONGEST = 300  # characters of a cell


def listed(menu: QueryMenu) -> list[dict[str, Any]]:
    """Every query of a menu, by pack and name; those that cannot be asked with the reason."""
    unavailable = menu.unavailable
    found = sorted(menu.search(""), key=lambda one: one.query.full_name)
    return [_described(one, unavailable.get(one.query.full_name, "")) for one in found]


def _described(prepared: PreparedQuery, reason: str) -> dict[str, Any]:
    query, dialect = prepared.query, prepared.dialect
    parameters = [
        {
            "name": name,
            "type": str(one.type),
            "of": str(one.of),
            "about": one.about,
            "required": one.required,
            "default": "" if one.required else str(one.default),
        }
        for name, one in prepared.parameters.items()
    ]
    return {
        "name": query.full_name,
        "pack": query.pack,
        "about": query.about,
        "why": query.why,
        "tags": query.tags,
        "severity": str(query.severity or ""),
        "techniques": query.techniques,
        "tables": query.tables(dialect) if dialect else [],
        "dialect": dialect or "",
        "text": prepared.text.rstrip(),
        "parameters": parameters,
        "reason": reason,
    }


def shown(result: Result) -> dict[str, Any]:
    """The first rows of an answer as texts, and what there is to say of it."""
    frame = result.to_polars()
    rows = [[_cell(value) for value in row] for row in frame.head(ROWS).iter_rows()]
    more = [f"The first {ROWS} of {frame.height:,} rows; all of them are in .result."] if frame.height > ROWS else []
    said = str(result.origin.completeness)
    return {"columns": frame.columns, "rows": rows, "notes": [f"{frame.height:,} rows, {said}", *more]}


def _cell(value: object) -> str:
    text = "" if value is None else printable(str(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
