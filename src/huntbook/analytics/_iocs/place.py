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

BEFORE, AFTER = 24, 48  # characters of context
_EASY = 1000  # bytes of a cell: Polars copies what is left of it for each match, so longer ones are left to Python
_FEW = 8  # matches in a cell: it is gone through once for each, so more are left to Python, too


def is_easy(text: pl.Expr) -> pl.Expr:
    """Whether a cell is short and ASCII. It has to be read to know, so this is asked before it is repeated for each match."""
    size = text.str.len_bytes()
    return (size <= _EASY) & (size == text.str.len_chars())


def with_places(matches: pl.DataFrame) -> pl.DataFrame:
    """Find each match again.

    Args:
        matches: `row`, `text` (the cell), `easy` (see `is_easy`), `raw` (the match), `whole` (whether it is a whole word); the
            matches of a cell in their order, one after the other.

    Returns:
        The same rows, in another order, with `start` in characters, and `before` and `after`: the text around it.
    """
    crowded = pl.col("row") == pl.col("row").shift(_FEW)
    others = matches.filter(pl.col("whole") | crowded)["row"].unique()
    matches = matches.with_columns(pl.col("easy") & ~pl.col("row").is_in(others.implode()))
    easy, hard = (matches.filter(pl.col("easy") == wanted).drop("easy") for wanted in (True, False))
    return pl.concat([*_in_easy_cells(easy), _in_hard_cells(hard)])


def _in_easy_cells(matches: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """In short ASCII cells with few matches: the first matches of all cells at once, then all second ones, and so on."""
    matches = matches.with_columns(start=pl.lit(0, pl.Int64))
    left = matches.with_columns(cursor=pl.lit(0, pl.Int64))
    while not left.is_empty():
        is_first = pl.col("row") != pl.col("row").shift(1, fill_value=-1)
        now = left.filter(is_first)
        rest = pl.col("text").str.slice(pl.col("cursor"))
        now = now.with_columns(start=pl.col("cursor") + rest.str.find(pl.col("raw"), literal=True).cast(pl.Int64))
        end = pl.col("start") + pl.col("raw").str.len_bytes().cast(pl.Int64)
        before = pl.col("text").str.slice(
            pl.max_horizontal(pl.col("start") - BEFORE, 0), pl.min_horizontal("start", BEFORE)
        )
        yield now.drop("cursor").with_columns(before=before, after=pl.col("text").str.slice(end, AFTER))
        left = left.filter(~is_first)
        if not left.is_empty():
            left = left.drop("cursor").join(now.select("row", cursor=end), on="row", how="left", maintain_order="left")


def _in_hard_cells(matches: pl.DataFrame) -> pl.DataFrame:
    """In long or crowded cells, in those beyond ASCII and where borders of words matter: one by one."""
    starts: list[int] = []
    around: list[tuple[str, str]] = []
    current, cursor, text = -1, 0, ""
    # The text once for each cell and not for each match, which would take quadratic time.
    cells = dict(matches.filter(pl.col("row").is_first_distinct()).select("row", "text").iter_rows())
    for row, match, whole in matches.select("row", "raw", "whole").iter_rows():
        if row != current:
            current, cursor, text = row, 0, cells[row]
        start = text.index(match, cursor)
        while whole and not _stands_alone(text, start, start + len(match)):
            start = text.index(match, start + 1)
        cursor = start + len(match)
        starts.append(start)
        around.append((text[max(0, start - BEFORE) : start], text[cursor : cursor + AFTER]))
    return matches.with_columns(
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
