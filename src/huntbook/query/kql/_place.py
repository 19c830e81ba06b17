"""Where in a query's text a name stands."""

from __future__ import annotations

import re

# Names count outside strings and comments only; `['a name']` is how KQL writes one that is no plain word.
_TOKEN = re.compile(
    r"""//[^\n]*
    | \[\s*'(?P<quoted>(?:[^'\\\n]|\\.)*)'\s*\] | \[\s*"(?P<doubly>(?:[^"\\\n]|\\.)*)"\s*\]
    | ```[\s\S]*?``` | [@h]{1,2}"[^"\n]*" | [@h]{1,2}'[^'\n]*' | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'
    | (?P<word>[^\W\d]\w*)""",
    re.VERBOSE,
)


def place_of(name: str, text: str) -> tuple[int, int]:
    r"""Line and column, from 1, of a name's first occurrence; zeros if it does not occur.

    Example:
        >>> place_of("Comptuer", 'T // Comptuer\n| where Comptuer == "x"')
        (2, 9)
    """
    for token in _TOKEN.finditer(text):
        if name in (token["word"], token["quoted"], token["doubly"]):
            before = text[: token.start()]
            return before.count("\n") + 1, token.start() - before.rfind("\n")
    return 0, 0


def without_strings(text: str) -> str:
    """The query without its strings and comments; names in brackets count as strings."""
    return _TOKEN.sub(lambda token: token["word"] or "", text)
