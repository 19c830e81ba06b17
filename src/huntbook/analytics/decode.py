"""Decode what is encoded in the cells of a table: base64, hexadecimal and character codes, nested and packed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from huntbook.analytics._decode.prefilter import candidates
from huntbook.analytics._decode.walk import Decoded, decode_cell
from huntbook.core.frames import Table, like, need, to_polars
from huntbook.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SCHEMA = {
    "row": pl.Int64,
    "column": pl.String,
    "depth": pl.Int64,
    "encoding": pl.String,
    "encoded": pl.String,
    "decoded": pl.String,
}
_TEXTS = (pl.String, pl.Categorical, pl.Enum, pl.Null)
MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 6
MOST_DEPTH = 100  # a container in a container costs an attacker twenty bytes, and us a few calls in calls


def decode(table: Table, column: str | Sequence[str], *, max_depth: int = MAX_DEPTH, max_bytes: int = MAX_BYTES) -> Any:
    r"""Find and decode what is encoded in text: PowerShell's `-EncodedCommand`, base64, hex, character codes.

    Found are base64 (standard and URL-safe, padded or not, also where quotes, carets or line ends break it), hexadecimal
    (`0x…`, `\x..`, `%u….`, lists, plain) and character codes (`[char]73+[char]69`, `Chr(73)&Chr(69)`, `fromCharCode`,
    lists of numbers); gzip, zlib, deflate and zip inside; and all of these inside what was decoded. Whether bytes are
    UTF-8, UTF-16 or Windows-1252 is found out from the bytes. A run that nothing vouches for, such as a hash, a path or a
    long name, gives a row only if what comes out is evidently text or a binary of a known kind.

    Args:
        table: any table (of pandas, Polars, pyarrow or DuckDB, a `Result`, a list of dicts); it is not changed.
        column: the name of a text column, or several.
        max_depth: how many encodings inside one another are followed, and how many containers; at most 100.
        max_bytes: to how many bytes one cell may decode in all; also stopped is what unfolds to more than 200 times its
            size (and more than 64 KiB).

    Returns:
        A table of the kind given (a Polars frame for a relation of DuckDB, a `Result` or a list of dicts), a row for each encoded run, in the order of the cells; what was found inside a text
        follows it:

        - `row`: the place of the cell's row, from 0, whatever index pandas has; `column`: its column.
        - `depth`: 1 for what stands in the cell, 2 for what stands in a text of depth 1, and so on.
        - `encoding`: the steps taken, such as `base64+utf-16-le`, `base64+gzip+utf-8`, `hex+utf-8`, `charcode`. After a
          slash stands what is not whole text: `base64/pe` and other kinds of binary, `/binary` (an argument of a decoder
          that is none of them), `/damaged` (a command, as far as it can be read), `/stopped` (a limit was reached).
        - `encoded`: the run as it is written.
        - `decoded`: the text; in place of a binary, or where a limit stopped the work, a line in square brackets that
          says what it is, its size and its SHA-256.

        What is decoded was written by somebody hostile: show it escaped, never run it.

    Raises:
        ColumnMissing: the table has no such column.
        ParameterError: a column is not text, or a limit is below 1 or too high.

    Example:
        >>> import huntbook as hb
        >>> found = hb.decode([{"line": "dir"}, {"line": "powershell -enc dwBoAG8AYQBtAGkA"}], "line")
        >>> found.select("row", "depth", "encoding", "decoded").rows()
        [(1, 1, 'base64+utf-16-le', 'whoami')]
    """
    if max_depth < 1 or max_bytes < 1:
        raise ParameterError(f"Limits start at 1; max_depth is {max_depth}, max_bytes is {max_bytes}.")
    if max_depth > MOST_DEPTH:
        raise ParameterError(f"max_depth is {max_depth}; it can be at most {MOST_DEPTH}.")
    frame = to_polars(table)
    names = [column] if isinstance(column, str) else list(dict.fromkeys(column))
    need(frame, names)
    found = [row for name in names for row in _decode_column(frame[name], max_depth, max_bytes)]
    result = pl.DataFrame(found, schema=_SCHEMA, orient="row")
    return like(result.sort("row", maintain_order=True) if len(names) > 1 else result, table)


def _decode_column(cells: pl.Series, max_depth: int, max_bytes: int) -> Iterator[tuple[int, str, int, str, str, str]]:
    """Decode each distinct cell once: the same command line comes a thousand times."""
    if cells.dtype not in _TEXTS:
        raise ParameterError(
            f"Column {cells.name!r} holds {cells.dtype}, not text.", hint="Name a column of text, such as CommandLine."
        )
    known: dict[str, list[Decoded]] = {}
    kept = candidates(cells)
    for row, text in zip(kept["row"].to_list(), kept["text"].to_list(), strict=True):
        if text not in known:
            known[text] = decode_cell(text, max_depth, max_bytes)
        for one in known[text]:
            yield row, cells.name, one.depth, one.encoding, one.encoded, one.decoded
