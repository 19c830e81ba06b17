"""Where each match lies in its cell, and the text around it.

The pattern engine gives the text of a match but not its place, so each is looked for again, in order and never before the
end of the one before. What a pattern matched is a whole run of its characters, so the next occurrence is the right one; only
where a pattern asked for the border of a word has that to be asked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEFORE, _AFTER = 24, 48  # characters of context
_SHORT = 1000  # bytes of a cell: what is left of it is copied for each match, so longer ones are left to Python
_FEW = 8  # matches in a cell: it is parted once for each, so more are left to Python, too
_CELL, _TEXT, _MATCH, _START = pl.col("cell"), pl.col("text"), pl.col("raw"), pl.col("start")


def with_places(matches: pl.DataFrame) -> pl.DataFrame:
    """Find each match again.

    Args:
        matches: `cell` (its number), `text` (of the cell), `raw` (the match), `whole` (whether it is a whole word); the
            matches of a cell in their order, one after the other.

    Returns:
        The same rows, in another order and without the last, with `start` in characters, and `before` and `after`: the text
        around it.
    """
    is_hard = pl.col("whole") | (_TEXT.str.len_bytes() > _SHORT) | (_CELL.shift(_FEW) == _CELL)
    hard_cells = matches.filter(is_hard)["cell"]
    if hard_cells.is_empty():
        return pl.concat(_in_easy_cells(matches.drop("whole")))
    hard = matches["cell"].is_in(hard_cells.unique().implode())
    return pl.concat([*_in_easy_cells(matches.filter(~hard).drop("whole")), _in_hard_cells(matches.filter(hard))])


def _in_easy_cells(matches: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """In short cells with few matches: the first matches of all cells at once, then all second ones, and so on.

    Parting a cell at its match gives both sides of it and goes to its text once, which is what takes the time.
    """
    left = matches.with_columns(start=pl.lit(0, pl.Int64), rest=_TEXT)
    before = pl.col("passed").str.slice(-_BEFORE)
    while True:
        is_first = left["cell"] != left["cell"].shift(1, fill_value=-1)
        others = left.filter(~is_first).drop("start", "rest")
        now = left if others.is_empty() else left.filter(is_first)
        sides = pl.col("rest").str.splitn(_MATCH, 2).struct.rename_fields(["passed", "rest"]).alias("sides")
        now = now.with_columns(sides).drop("rest").unnest("sides")
        start = _START + pl.col("passed").str.len_chars()
        now = now.with_columns(start=start, before=before, after=pl.col("rest").str.slice(0, _AFTER))
        yield now.drop("passed", "rest")
        if others.is_empty():
            return
        # Each of the others is looked for behind the match before it in the same cell.
        behind = now.select(_START + _MATCH.str.len_chars(), "rest")[(is_first.cum_sum() - 1).filter(~is_first)]
        left = pl.concat([others, behind], how="horizontal")
        # What is passed is then only what lies behind the match before.
        before = _TEXT.str.slice(pl.max_horizontal(start - _BEFORE, 0), pl.min_horizontal(start, _BEFORE))


def _in_hard_cells(matches: pl.DataFrame) -> pl.DataFrame:
    """In long or crowded cells, and where borders of words matter: one by one."""
    starts: list[int] = []
    around: list[tuple[str, str]] = []
    current, cursor, text = -1, 0, ""
    # The text once for each cell and not for each match, which would take quadratic time.
    cells = dict(matches.filter(_CELL.is_first_distinct()).select("cell", "text").iter_rows())
    for cell, match, whole in matches.select("cell", "raw", "whole").iter_rows():
        if cell != current:
            current, cursor, text = cell, 0, cells[cell]
        start = text.index(match, cursor)
        while whole and not _stands_alone(text, start, start + len(match)):
            start = text.index(match, start + 1)
        cursor = start + len(match)
        starts.append(start)
        around.append((text[max(0, start - _BEFORE) : start], text[cursor : cursor + _AFTER]))
    return matches.drop("whole").with_columns(
        start=pl.Series(starts, dtype=pl.Int64),
        before=pl.Series([before for before, _ in around], dtype=pl.String),
        after=pl.Series([after for _, after in around], dtype=pl.String),
    )


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether there is the border of a word on both sides."""
    glued_before = start > 0 and _in_word(text[start - 1]) and _in_word(text[start])
    glued_after = end < len(text) and _in_word(text[end - 1]) and _in_word(text[end])
    return not glued_before and not glued_after


def _in_word(character: str) -> bool:
    return character == "_" or (character.isascii() and character.isalnum())
