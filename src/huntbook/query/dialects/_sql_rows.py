"""Whether a query in SQL looks at one row at a time, so that its answers about windows of time are together that about all of it.

SQL is not read here, only its words: what is not known for certain to look at one row at a time is taken to need all of them.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(r"[^\W\d][\w$]*+|\S")
_WORD: Final = re.compile(r"[^\W\d]")
_NAME: Final = "\x00"  # stands for a name in quotes, which is no word of the language
# Words after which rows depend on each other, or on how many there are.
_WHOLE: Final = frozenset(
    """
    asof connect describe distinct distinctrow except exists fetch for group having intersect into join lateral limit match_recognize
    minus offset over pivot positional qualify recursive rownum sample show start summarize table tablesample top union unique unnest
    unpivot using values window with within
    """.split()  # noqa: SIM905 - a list of words is read more easily than a list of strings
)
# Functions of the values of one row, under the names that SQL's dialects give them.
_OF_A_ROW: Final = frozenset(
    """
    abs ascii cast ceil ceiling char_length character_length chr coalesce concat concat_ws contains convert date date_add date_diff
    date_part date_sub date_trunc dateadd datediff day decode divide ends_with endswith epoch extract floor from_unixtime greatest hex hour
    if ifnull iif instr isnull json_extract json_extract_scalar json_extract_string json_query json_value least left length lower lpad
    ltrim md5 minute mod month now nullif nvl position pow power regexp_contains regexp_extract regexp_full_match regexp_like regexp_matches
    regexp_replace regexp_substr repeat replace reverse right round rpad rtrim second sha1 sha256 sign split_part sqrt startswith
    starts_with strftime strlen strpos strptime substr substring timestamp to_char to_date to_timestamp translate trim trunc try_cast
    typeof unhex upper year
    """.split()  # noqa: SIM905
)
# Words that may stand before a bracket, and are no functions: of conditions, and types that have a length.
_BEFORE_BRACKETS: Final = frozenset(
    """
    all and any as between bit by case char character decimal else escape float ilike in is like not numeric on or select similar then
    time to varbinary varchar varying when where
    """.split()  # noqa: SIM905
)


def needs_all(text: str, quoted: re.Pattern[str]) -> str | None:
    """What in a query has to see all rows at once; None if it is one plain SELECT of rows, conditions and an order.

    Args:
        text: the query.
        quoted: what a literal, a name in quotes and a comment look like.
    """
    if any(_prefixed(text, found) for found in quoted.finditer(text)):
        return "a query in SQL with a string of its own kind"
    tokens = [word.lower() for word in _TOKEN.findall(quoted.sub(_plain, text))]
    while tokens and tokens[-1] == ";":
        tokens.pop()
    if not tokens or tokens[0] != "select" or tokens.count("select") > 1 or ";" in tokens:
        return "a query in SQL that is not one plain SELECT"
    return next(_found(tokens), None)


def _prefixed(text: str, found: re.Match[str]) -> bool:
    r"""Whether a string has a letter before it, which may say that it is written by other rules: `E'it\'s'`."""
    before = text[found.start() - 1 : found.start()]
    return found[0][0] in "'\"$" and (before.isalnum() or before in ("_", "&"))


def _plain(found: re.Match[str]) -> str:
    return f" {_NAME} " if found[0][0] == '"' else " 0 " if found[0][0] in "'$" else " "


def _found(tokens: list[str]) -> Iterator[str]:
    """What there is that needs all rows, in words."""
    yield from (word.upper() for word in tokens if word in _WHOLE)
    for before, word in pairwise(tokens):
        if word == "(" and before not in _OF_A_ROW | _BEFORE_BRACKETS and (before == _NAME or _WORD.match(before)):
            yield "a function" if before == _NAME else f"{before}()"
        if (before, word) == ("(", "from"):
            yield "a query within a query"
    tables = _tables(tokens)
    if not tables or {",", "("} & set(tables):
        yield "a query in SQL of several tables or none"


def _tables(tokens: list[str]) -> list[str]:
    """What stands behind FROM."""
    found: list[str] = []
    depth, within = 0, False
    for word in tokens:
        depth += (word == "(") - (word == ")")
        if depth == 0 and within and word in ("where", "order"):
            return found
        if within:
            found.append(word)
        within = within or (depth == 0 and word == "from")
    return found
