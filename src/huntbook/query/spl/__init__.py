"""SPL, Splunk's language: from a query's text to its tree, so that what is no SPL is told before Splunk is asked.

`parse_spl` gives the tree, `check_spl` only says what is wrong. The rules are those of Splunk's search reference; commands that an app
adds are unknown unless they are named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.spl.commands import Parser

if TYPE_CHECKING:
    from collections.abc import Iterable

    from huntbook.query.spl.tree import Pipeline

__all__ = ["check_spl", "parse_spl"]


def parse_spl(text: str, *, commands: Iterable[str] = ()) -> Pipeline:
    """Read a query of SPL; `commands` are those that an app has added.

    Raises:
        SplError: it is no SPL; line, column and the text there are in the error.

    Example:
        >>> [command.name for command in parse_spl("index=main error | stats count by host").commands]
        ['search', 'stats']
    """
    return Parser(text, commands).query()


def check_spl(text: str, *, commands: Iterable[str] = ()) -> None:
    """Refuse what is no SPL.

    Raises:
        SplError: with line, column, and what was probably meant.

    Example:
        >>> check_spl("index=main | stat count")
        Traceback (most recent call last):
            ...
        huntbook.errors.SplError: line 1, column 14: There is no command 'stat'. (near 'stat')
        Did you mean 'stats'?
    """
    parse_spl(text, commands=commands)
