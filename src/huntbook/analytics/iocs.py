"""Indicators of compromise in text, with the place where each was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from huntbook.analytics._iocs.kinds import chosen
from huntbook.analytics._iocs.scan import HITS, scan
from huntbook.core.frames import Table, like, need, to_polars
from huntbook.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TEXT = (pl.String, pl.Categorical, pl.Enum, pl.Null)  # null throughout: a column of text that is empty


def iocs(table: Table, columns: str | Sequence[str] | None = None, *, kinds: str | Iterable[str] | None = None) -> Any:
    """Find the indicators in the text of a table: addresses, domains, URLs, hashes, paths, keys and more.

    Defanged forms (`hxxp`, `[.]`, `(dot)`, `[at]`, `[://]` …) are found and refanged. Domains are checked against the bundled
    public suffix list, coins and onion services by their checksums; private addresses are addresses, names such as
    `host.local` are no domains. A file name, a version number or a namespace that only looks like a domain or an address is
    left out, judged by the text around it. An indicator inside another is found as well: the host of a URL, of an e-mail
    address and of a share, a hash in a path, an address in a query string.

    No text makes this slow: the time grows with the length of the text and nothing else. Columns are searched together, so
    one call for several of them is much cheaper than a call for each.

    Args:
        table: any table: of pandas, Polars, pyarrow or DuckDB, a `Result`, or a list of dicts.
        columns: the column or columns of text to look at; None for every column of text. In a column whose name says that
            it holds names of hosts (`QueryName`, `domain` …), names such as `get.sh` are taken for domains, not for files.
        kinds: the kind or kinds to return; None for all of `ipv4`, `ipv6`, `domain`, `onion`, `url`, `email`, `md5`, `sha1`,
            `sha256`, `sha512`, `windows_path`, `linux_path`, `registry_key`, `cve`, `attack_technique`, `bitcoin`,
            `ethereum`, `mac`, `asn`.

    Returns:
        The same kind of table (a Polars frame for a relation of DuckDB, a `Result` or a list of dicts), one row for each
        indicator, in the order of rows, columns and text:

        - `row`: the place of its row in the input, counted from 0, whatever index pandas has; `column`: its column.
        - `kind`: one of those above.
        - `value`: refanged and written as other data has it, to join with: names, hashes and the beginnings of URLs in lower
          case, names in punycode, IPv6 addresses at their shortest (an IPv4 address in one is `ipv4`), hardware addresses with
          colons, `AS15169`, `CVE-2021-44228`, paths with single backslashes, registry hives as `HKLM`, `HKCU`, `HKU` …
        - `found`: as it is written; `start` and `end`: where, in characters from 0, so that `cell[start:end] == found`.

        Null cells hold nothing.

    Raises:
        ColumnMissing: if the table has no such column.
        ParameterError: if a column named is not text, or this is no table.
        UnknownName: if there is no such kind.

    Example:
        >>> import huntbook as hb
        >>> log = [{"note": "beacon to hxxps://evil[.]example[.]com/a"}, {"note": "ran setup.py, SHA1 unknown"}]
        >>> found = hb.iocs(log, "note")
        >>> found.select("row", "kind", "value", "start").rows()
        [(0, 'url', 'https://evil.example.com/a', 10), (0, 'domain', 'evil.example.com', 18)]
        >>> hb.iocs(log, kinds="domain")["found"].to_list()
        ['evil[.]example[.]com']
    """
    wanted = chosen(kinds)
    frame = to_polars(table)
    names = _text_columns(frame, columns)
    found = scan([frame[name].cast(pl.String) for name in names], wanted) if names else pl.DataFrame(schema=HITS)
    return like(found, table)


def _text_columns(frame: pl.DataFrame, columns: str | Sequence[str] | None) -> list[str]:
    if columns is None:
        return [name for name, kind in frame.schema.items() if kind in _TEXT]
    names = [columns] if isinstance(columns, str) else list(dict.fromkeys(columns))
    need(frame, names)
    for name in names:
        if frame.schema[name] not in _TEXT:
            raise ParameterError(
                f"The column {name!r} is {frame.schema[name]}, not text.",
                hint="Places are counted in the text of a cell: turn the column into text first, nested values into JSON.",
            )
    return names
