"""One investigation: its connections and its time span; and connecting to a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from huntbook.core import runtime
from huntbook.core.names import OwnNames
from huntbook.core.timespan import Length, TimeSpan
from huntbook.errors import ConfigError
from huntbook.sources import sources
from huntbook.sources._asking.several import ask_several
from huntbook.sources._connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from huntbook.core.result import Result
    from huntbook.sources._base import Driver


class Session(OwnNames):
    """One investigation: what is connected, and the time that is asked of where nothing else says which.

    Example:
        >>> import huntbook as hb
        >>> hb.session.span = "2d"
        >>> hb.session.span
        '2d'
        >>> hb.session.span = None
    """

    def __init__(self) -> None:
        self._span: TimeSpan | Length | None = None
        self._connected: WeakKeyDictionary[Connection, None] = WeakKeyDictionary()

    @property
    def connections(self) -> list[Connection]:
        """What is connected, in order; what nobody holds any more is not: a cell that connects can be run many times."""
        return list(self._connected)

    @property
    def span(self) -> TimeSpan | Length | None:
        """The time that is asked of where neither the question nor its connection has one: "2d", or a `TimeSpan`."""
        return self._span

    @span.setter
    def span(self, value: TimeSpan | Length | None) -> None:
        if value is not None and not isinstance(value, TimeSpan):
            TimeSpan.of(last=value)
        self._span = value

    def connect(self, source: str, /, *given: Any, use: str = "", **settings: Any) -> Connection:
        """Connect to a source as part of this investigation; see `huntbook.connect`."""
        kept = _Unshown(settings)
        del settings
        return self._connect(source, given, use, kept)

    def _connect(self, source: str, given: tuple[Any, ...], use: str, settings: _Unshown) -> Connection:
        connection = Connection(_driver(source, given, use, settings), span=lambda: self._span)
        self._connected[connection] = None
        return connection

    def ask(self, connections: Connection | Iterable[Connection], question: str, /, **values: Any) -> Result:
        """Ask several connections side by side; see `huntbook.ask`."""
        return runtime.run(ask_several(_listed(connections), question, values))

    async def aask(self, connections: Connection | Iterable[Connection], question: str, /, **values: Any) -> Result:
        """`ask`, for callers that are async."""
        return await runtime.arun(ask_several(_listed(connections), question, values))

    def __repr__(self) -> str:
        names = ", ".join(connection.name for connection in self.connections) or "nothing"
        return f"<session: connected to {names}{f'; span {self._span}' if self._span else ''}>"


def _listed(connections: Connection | Iterable[Connection]) -> list[Connection]:
    return [connections] if isinstance(connections, Connection) else list(connections)


class _Unshown(dict[str, Any]):
    """Settings that somebody gave, secrets among them: tracebacks show what a function's names stand for, and of these nothing but the names."""

    def __repr__(self) -> str:
        return f"<{', '.join(self)}>"


def _driver(source: str, given: tuple[Any, ...], use: str, settings: _Unshown) -> Driver:
    kind = sources[source]
    if kind.Settings is None:
        if use:
            raise ConfigError(f"{source} has no settings in huntbook.toml: use={use!r} chooses nothing.")
        return kind(*given, **settings)
    if given:
        hint = f"Its settings have names: {', '.join(kind.Settings.model_fields)}."
        raise ConfigError(f"{source} takes nothing by position, and was given {len(given)}.", hint=hint)
    from huntbook.config.settings import load  # noqa: PLC0415 - settings are for services

    return kind(load(source, kind.Settings, settings, use=use, known=sources))  # type: ignore[call-arg]


session = Session()


def connect(source: str, /, *given: Any, use: str = "", **settings: Any) -> Connection:
    """Connect to a source and return what the analyst asks.

    Args:
        source: the name of the source: `hb.sources` lists them.
        given: what the source takes by position; for "local" a folder, a file, a glob, or a list of them.
        use: which of several settings of this source in `huntbook.toml`: "contoso" is the table `[sources.sentinel.contoso]`.
        settings: what else the source takes: see the class's own documentation, `help(hb.sources["local"])`. What is not given comes from the
            environment (`HUNTBOOK_SENTINEL_WORKSPACE`) or from `huntbook.toml`.

    Example:
        logs = hb.connect("local", "evidence/")
        sentinel = hb.connect("sentinel", workspace="contoso")

    Raises:
        UnknownName: if there is no such source.
        ConfigError: if a setting is missing, unknown or of no use.
    """
    kept = _Unshown(settings)
    del settings
    return session._connect(source, given, use, kept)  # noqa: SLF001 - as `session.connect` does


def ask(connections: Connection | Iterable[Connection], question: str, /, **values: Any) -> Result:
    """Ask several connections the same, side by side, and put their answers together.

    Args:
        connections: whom to ask; one alone is taken too.
        question: the name of a prepared query ("windows.logons"), which each is asked in its own language, or a query's text.
        values: the query's parameters, and what may be said of any question: `last`, `start`, `end`, `split`, `on_partial`, `cache` …

    Returns:
        The rows of all, with `_Source` as the first column, which says where a row comes from. A connection that fails is named in
        `origin.completeness.missing`, and spoils nothing of the others.

    Raises:
        HuntbookError: that of the first, if all of them fail.

    Example:
        hb.ask([contoso, fabrikam, splunk], "windows.logons", host="WS01", last="2d")
    """
    return session.ask(connections, question, **values)
