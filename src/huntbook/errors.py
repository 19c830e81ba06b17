"""Every error that huntbook raises, drawn as a tree, then defined in that order.

HuntbookError                    .hint: one sentence on what to do
├── ConfigError (ValueError)         └── SecretMissing
├── UnknownName (LookupError)        "did you mean …?"
├── NotInstalled (ImportError)       pip install "huntbook[…]"
├── ParameterError (ValueError)
├── ColumnMissing (LookupError)      .missing, .available
├── EvidenceError (ValueError)       .path: what could not be read, and where
├── SchemaError (ValueError)         .path, .line: a schema or pack file that says something impossible
├── QueryError (ValueError)          .line, .column, .near
│   ├── KqlError
│   └── SplError
└── ServiceError                     .service, .query, .reply
    ├── Unreachable (ConnectionError)    no answer, or one that broke off
    ├── AccessDenied (PermissionError)   not signed in, or not allowed to
    ├── RateLimited                      .retry_after: seconds to wait, where the service says so
    ├── QueryRejected (ValueError)       .position: where in the query, where the service says so
    └── QueryTimeout (TimeoutError)      the service or we gave up waiting

Errors never print. The message is one line; the hint, where there is one, a second. Secrets that were used stand in neither.
"""

from __future__ import annotations

from copy import copy
from difflib import get_close_matches
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class HuntbookError(Exception):
    """What every error of huntbook is."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = self.conceal(message)
        self.hint = self.conceal(hint)
        super().__init__(f"{self.message}\n{self.hint}" if hint else self.message)

    @staticmethod
    def conceal(text: str) -> str:
        """Take secrets out of what an error says. Who remembers them (core/redaction) does it in place of this: before that there are none."""
        return text

    def advise(self, more: str) -> None:
        """Put something to the hint."""
        self.hint = " ".join(filter(None, (self.hint, more)))
        self.args = (f"{self.message}\n{self.hint}",)

    def at(self, where: str) -> Self:
        """The same error, which says where: in which source, in which window of time."""
        told = copy(self)
        told.message = f"{where}: {self.message}"
        told.args = (f"{told.message}\n{self.hint}" if self.hint else told.message,)
        return told


class ConfigError(HuntbookError, ValueError):
    """A setting that is missing, unknown or of no use."""


class SecretMissing(ConfigError):
    """A secret that is referred to and cannot be had."""


class UnknownName(HuntbookError, LookupError):
    """A name that nothing answers to."""

    @classmethod
    def among(cls, what: str, name: str, known: Iterable[str]) -> Self:
        """Say which names there are, and which of them was probably meant."""
        choices = sorted(known)
        close = get_close_matches(name, choices, n=1, cutoff=0.5)
        hint = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(choices) or 'none'}."
        return cls(f"There is no {what} {name!r}.", hint=hint)


class NotInstalled(HuntbookError, ImportError):
    """An optional package is needed and not there."""

    @classmethod
    def in_extra(cls, package: str, extra: str) -> Self:
        """Name the package that is missing and the line that installs it."""
        return cls(f"This needs the package {package!r}.", hint=f'pip install "huntbook[{extra}]"')


class ParameterError(HuntbookError, ValueError):
    """A parameter has a value that cannot be used."""


class ColumnMissing(HuntbookError, LookupError):
    """A table lacks a column that the work needs."""

    def __init__(self, missing: Iterable[str], available: Iterable[str]) -> None:
        self.missing = list(missing)
        self.available = list(available)
        close = [get_close_matches(name, self.available, n=1, cutoff=0.6) for name in self.missing]
        guesses = [match[0] for match in close if match]
        hint = f"Did you mean {', '.join(map(repr, guesses))}?" if guesses else f"It has: {', '.join(self.available)}."
        super().__init__(f"The table has no column {', '.join(map(repr, self.missing))}.", hint=hint)

    def __reduce__(self) -> tuple[type[Self], tuple[list[str], list[str]]]:
        return type(self), (self.missing, self.available)


class EvidenceError(HuntbookError, ValueError):
    """Evidence that could not be read; `.path` says which."""

    def __init__(self, message: str, *, path: Path | str = "", hint: str = "") -> None:
        self.path = str(path)
        super().__init__(f"{path}: {message}" if path else message, hint=hint)


class SchemaError(HuntbookError, ValueError):
    """A schema or pack file that says something impossible."""

    def __init__(self, message: str, *, path: Path | str = "", line: int = 0, hint: str = "") -> None:
        self.path = str(path)
        self.line = line
        where = f"{path}:{line}: " if line else f"{path}: " if path else ""
        super().__init__(f"{where}{message}", hint=hint)


class QueryError(HuntbookError, ValueError):
    """A query that cannot be run as it is written.

    `line` and `column` count from 1 and are 0 where the place is not known; `near` is the text there.
    """

    def __init__(self, message: str, *, line: int = 0, column: int = 0, near: str = "", hint: str = "") -> None:
        self.line = line
        self.column = column
        self.near = near
        where = f"line {line}, column {column}: " if line else ""
        close = f" (near {near!r})" if near else ""
        super().__init__(f"{where}{message}{close}", hint=hint)


class KqlError(QueryError):
    """A KQL query that cannot be compiled or run."""


class SplError(QueryError):
    """A query that is no SPL."""


class ServiceError(HuntbookError):
    """A service that did not answer as it should.

    `service` is whom we asked, `query` what we asked (empty where it was no query), `reply` what it said of it, shortened and without secrets.
    """

    transient = False  # whether the same question may well be answered if it is asked once more
    uncertain = False  # whether what was asked for may have been done, although no answer says so
    too_much = False  # whether the answer was too large, so that the same question about less time may well be answered

    def __init__(self, message: str, *, service: str = "", query: str = "", reply: str = "", hint: str = "") -> None:
        self.service = service
        self.query = query
        self.reply = self.conceal(reply)
        super().__init__(f"{service}: {message}" if service else message, hint=hint)


class Unreachable(ServiceError, ConnectionError):
    """A service that gives no answer, or one that breaks off."""

    gone = False  # whether there was no connection at all, so that asking again soon meets the same


class AccessDenied(ServiceError, PermissionError):
    """A service that does not know us, or does not let us."""

    stale = False  # whether a new token may help


class RateLimited(ServiceError):
    """A service that wants to be asked less; `retry_after` is how many seconds it asks us to wait, None where it does not say."""

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        service: str = "",
        query: str = "",
        reply: str = "",
        hint: str = "",
    ) -> None:
        self.retry_after = retry_after
        super().__init__(message, service=service, query=query, reply=reply, hint=hint)


class QueryRejected(ServiceError, ValueError):
    """A query that the service does not take; `position` is where in it, line and column from 1, None where it does not say."""

    def __init__(
        self,
        message: str,
        *,
        position: tuple[int, int] | None = None,
        service: str = "",
        query: str = "",
        reply: str = "",
        hint: str = "",
    ) -> None:
        self.position = position
        super().__init__(message, service=service, query=query, reply=reply, hint=hint)


class QueryTimeout(ServiceError, TimeoutError):
    """A query that took longer than the service allows, or than we wait."""
