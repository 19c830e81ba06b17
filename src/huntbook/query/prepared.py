"""A prepared query that a connection holds: called with values, and explained before."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as fields_of
from datetime import datetime, timedelta
from difflib import get_close_matches
from inspect import Parameter as Formal
from inspect import Signature
from types import GenericAlias
from typing import TYPE_CHECKING, Any

from huntbook.core.display import html_text, printable, table_html
from huntbook.core.result import Result
from huntbook.errors import ParameterError, QueryError
from huntbook.query.bound import bound
from huntbook.query.options import OPTIONS, Options
from huntbook.query.parameters import Clause, Kind, Value
from huntbook.query.template import holes

if TYPE_CHECKING:
    from huntbook.query.query import Parameter, Query

Ask = Callable[["Query", str, dict[str, Value], Options], Result]
Explain = Callable[["Query", str, dict[str, Value], Options], str]
_VIEW = "_Im_"  # how the names of normalized views begin
_WORD = re.compile(r"\w+")
_TAKES: Mapping[Kind, Any] = {
    Kind.STRING: str,
    Kind.INT: int,
    Kind.REAL: float,
    Kind.DATETIME: datetime | str,
    Kind.TIMESPAN: timedelta | str,
    Kind.IP: str,
    Kind.GUID: str,
    Kind.BOOL: bool,
    Kind.COLUMN: str,
    Kind.CLAUSE: Clause,
}


@dataclass(frozen=True)
class Asked:
    """What a menu knows of the connection that it belongs to.

    `dialects` are those that the connection speaks, the best first; `tables` gives the names that can be asked, None where that is not
    known, and `look` finds them out; `columns` gives the names of all of their columns. `ask` and `explain` take a query, the dialect to ask it in, the values that were read for its parameters, and the options.
    """

    dialects: Sequence[str]
    tables: Callable[[], Collection[str] | None]
    ask: Ask
    explain: Explain
    where: str = "conn.queries"
    normalized: bool = False
    """Whether the normalized views (`_Im_Dns` …) can be asked, which no list of tables names."""
    look: Callable[[], Collection[str] | None] = lambda: None
    columns: Callable[[], Collection[str] | None] = lambda: None

    def dialect(self, query: Query) -> str | None:
        """The dialect that a query would be asked in; None if it is written in none of the connection's."""
        return next((dialect for dialect in self.dialects if dialect in query.texts), None)

    def reason(self, query: Query, tables: Collection[str] | None) -> str:
        """Why a query cannot be asked here; empty if it can."""
        dialect = self.dialect(query)
        if dialect is None:
            return f"it is written in {' and '.join(query.texts)}, and {' or '.join(self.dialects)} is spoken here"
        there = None if tables is None else {name.casefold() for name in tables}
        needed = query.tables(dialect)
        missing = [] if there is None else [name for name in needed if not self._has(name, there)]
        fuzzy = "isfuzzy" in query.texts[dialect]  # a union of those that are there
        if not missing or (fuzzy and len(missing) < len(needed)):
            return ""
        return f"it asks {' and '.join(missing)}, which is not there"

    def _has(self, name: str, there: Collection[str]) -> bool:
        return name.casefold() in there or (self.normalized and name.startswith(_VIEW))


class PreparedQuery:
    """A prepared query of a connection: call it with its values, and with the options that every question takes.

    Example:
        conn.queries.windows.logons(host="WS01", last="2d")
        conn.queries.windows.logons.explain(host="WS01", last="2d")
    """

    def __init__(self, query: Query, asked: Asked) -> None:
        self.query = query
        self._asked = asked
        self.dialect = asked.dialect(query)
        self.__name__ = query.name
        self.__qualname__ = query.full_name
        self.__signature__ = _signature(self.parameters)
        self.__doc__ = _documented(self)

    @property
    def text(self) -> str:
        """The query's text, with its holes, in the dialect that it would be asked in."""
        return self.query.texts[self.dialect or next(iter(self.query.texts))]

    @property
    def unavailable(self) -> str:
        """Why it cannot be asked here; empty if it can."""
        return self._asked.reason(self.query, self._asked.tables() if self.dialect else None)

    def __call__(self, **values: Any) -> Result:
        """Ask it.

        Raises:
            QueryError: it cannot be asked here, and why.
            ParameterError: a value is missing, unknown or of the wrong kind.
        """
        if reason := self.unavailable:
            raise QueryError(f"{self.query.full_name} cannot be asked here: {reason}.")
        return self._asked.ask(self.query, *self.read(values))

    def explain(self, **values: Any) -> str:
        """Return the text that would be asked, with the values written into it; nothing is asked.

        Raises:
            ParameterError: as calling it would.
        """
        return self._asked.explain(self.query, *self.read(values))

    def read(self, values: Mapping[str, Any]) -> tuple[str, dict[str, Value], Options]:
        """Return the dialect that it is asked in, the values of its parameters, and the options, checked.

        Raises:
            QueryError: it is not written in a language that is spoken here.
            ParameterError: a value is missing, unknown or of the wrong kind.
        """
        if self.dialect is None:
            raise QueryError(f"{self.query.full_name} cannot be asked here: {self._asked.reason(self.query, None)}.")
        options = Options(**{name: value for name, value in values.items() if name in OPTIONS})
        given = {name: value for name, value in values.items() if name not in OPTIONS}
        taken = self.parameters
        names = {alias for name, one in taken.items() for alias in (name, *one.aliases)}
        for name in given:
            if name not in names:
                raise self._unknown(name, names, taken)
        read = bound(self.query, given, self._columns(given))
        return self.dialect, {name: read[name] for name in taken}, options

    def _columns(self, given: Mapping[str, Any]) -> Collection[str] | None:
        """The names that a column may have: those of the tables, and whatever the query and its clauses name; None where that is not known."""
        if not any(one.type is Kind.COLUMN for one in self.query.parameters.values()):
            return None
        known = self._asked.columns()
        texts = [self.text, *(str(value) for value in given.values() if isinstance(value, Clause))]
        return None if known is None else {*known, *(word for text in texts for word in _WORD.findall(text))}

    def _unknown(self, name: str, names: Collection[str], taken: Iterable[str]) -> ParameterError:
        if any(name in (own, *one.aliases) for own, one in self.query.parameters.items()):
            return ParameterError(f"The {self.dialect} text of {self.query.full_name} does not ask for {name}.")
        close = get_close_matches(name, [*names, *OPTIONS], n=1, cutoff=0.5)
        hint = f"Did you mean {close[0]!r}?" if close else f"It takes: {', '.join([*taken, *OPTIONS])}."
        return ParameterError(f"{self.query.full_name} takes no {name!r}.", hint=hint)

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Those of the query's parameters that the text asks for."""
        if self.dialect is None:
            return dict(self.query.parameters)
        asked = {hole.name for hole in holes(self.text)}
        return {name: one for name, one in self.query.parameters.items() if name in asked}

    def __repr__(self) -> str:
        why = [f"Cannot be asked here: {self.unavailable}."] if self.unavailable else []
        lines = [f"{self._asked.where}.{self.query.full_name}{self.__signature__}", self.query.about, *why]
        return "\n".join(map(printable, lines))

    def _repr_html_(self) -> str:
        rows = [(name, _kind(one), _otherwise(one), one.about) for name, one in self.parameters.items()]
        parts = [
            f"<p><code>{html_text(self._asked.where)}.{html_text(self.query.full_name)}</code>: {html_text(self.query.about)}</p>"
        ]
        if self.unavailable:
            parts.append(f"<p>Cannot be asked here: {html_text(self.unavailable)}.</p>")
        if rows:
            parts.append(table_html(("parameter", "type", "otherwise", "about"), rows))
        return "".join([*parts, f"<pre>{html_text(self.text)}</pre>"])


def _signature(parameters: Mapping[str, Parameter]) -> Signature:
    """Everything by name: the parameters, those that must be given first, and the options."""
    ordered = sorted(parameters.items(), key=lambda item: not item[1].required)
    formal = [
        Formal(
            name,
            Formal.KEYWORD_ONLY,
            default=Formal.empty if one.required else one.default,
            annotation=_annotation(one),
        )
        for name, one in ordered
    ]
    formal += [
        Formal(field.name, Formal.KEYWORD_ONLY, default=field.default, annotation=field.type)
        for field in fields_of(Options)
    ]
    return Signature(formal, return_annotation=Result)


def _annotation(parameter: Parameter) -> Any:
    return GenericAlias(list, _TAKES[parameter.of]) if parameter.type is Kind.LIST else _TAKES[parameter.type]


def _kind(parameter: Parameter) -> str:
    return f"list of {parameter.of}" if parameter.type is Kind.LIST else str(parameter.type)


def _otherwise(parameter: Parameter) -> str:
    return "must be given" if parameter.required else f"{parameter.default!r} if not given"


def _documented(prepared: PreparedQuery) -> str:
    """What `?` shows: what it returns, what it takes, what it asks, and its text."""
    query = prepared.query
    lines = [query.about, ""]
    if query.why:
        lines += [query.why.strip(), ""]
    lines.append("Args:")
    for name, one in prepared.parameters.items():
        also = f" Also {', '.join(one.aliases)}." if one.aliases else ""
        lines.append(f"    {name}: {one.about} ({_kind(one)}, {_otherwise(one)}){also}")
    lines += [f"    {', '.join(OPTIONS)}: as of every question.", ""]
    needs = query.needs.get(prepared.dialect or "", {})
    asks = ", ".join(f"{table} ({', '.join(columns)})" if columns else table for table, columns in needs.items())
    lines += [f"Asks: {asks}.", ""] if asks else []
    lines += [f"Tags: {', '.join(query.tags)}.", ""] if query.tags else []
    lines += [f"ATT&CK: {', '.join(query.techniques)}.", ""] if query.techniques else []
    if reason := prepared._asked.reason(query, None):  # noqa: SLF001 - of its dialect: to know of tables may take a request
        lines += [f"Cannot be asked here: {reason}.", ""]
    lines += ["Text:", *(f"    {line}" for line in prepared.text.expandtabs(4).rstrip().splitlines())]
    return "\n".join(map(printable, lines))
