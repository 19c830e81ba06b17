"""From what somebody gives for a query's parameters to values of the right kind, or an error that names the one that is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Protocol

from huntbook.core.timespan import point
from huntbook.errors import ParameterError
from huntbook.query.dialects import _values, dialects
from huntbook.query.parameters import Clause, Kind, Value
from huntbook.query.template import holes, render

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from huntbook.query.query import Parameter, Query


_EMPTY_IS_ANY = (Kind.IP, Kind.GUID)  # which are written as text


class Span(Protocol):
    """Two times, of which the second is not part of what they span."""

    @property
    def start(self) -> datetime:
        """The first instant."""

    @property
    def end(self) -> datetime:
        """The instant after the last."""


def bound(query: Query, values: Mapping[str, Any], columns: Collection[str] | None = None) -> dict[str, Value]:
    """Check the values for a query's parameters, and fill in the defaults of those that are not given.

    Args:
        query: whose parameters they are.
        values: by name or alias.
        columns: the names that a `column` may have; any if not given.

    Raises:
        ParameterError: a name that the query does not take, one that it lacks, or a value that is none of its kind.
    """
    given = _by_own_name(query, values)
    if lacking := [name for name, one in query.parameters.items() if one.required and name not in given]:
        about = "; ".join(f"{name}: {query.parameters[name].about}" for name in lacking)
        raise ParameterError(f"{query.full_name} needs {' and '.join(lacking)}.", hint=about)
    found = {}
    for name, parameter in query.parameters.items():
        value = read(name, parameter, given[name]) if name in given else default(name, parameter)
        if parameter.type is Kind.COLUMN and name in given:
            _check_column(name, str(value.value), columns)
        found[name] = value
    return found


def read(name: str, parameter: Parameter, value: Any) -> Value:
    """Read one value as the kind that its parameter takes; empty text is one where it is the default, which means any.

    Raises:
        ParameterError: it is none, and which parameter it was for.
    """
    if parameter.type in _EMPTY_IS_ANY and isinstance(value, str) and value == "" == parameter.default:
        return Value(Kind.STRING, "")
    try:
        if parameter.type is not Kind.LIST:
            return Value(parameter.type, _READ[parameter.type](value))
        items = [_item(number, item, _READ[parameter.of]) for number, item in enumerate(_items(value))]
    except ParameterError as error:
        raise ParameterError(f"{name}: {error.message}", hint=error.hint) from None
    if not items and parameter.default != []:
        raise ParameterError(f"{name}: the list is empty.", hint="Give at least one value.")
    return Value(Kind.LIST, items, parameter.of)


def write(query: Query, dialect: str, values: Mapping[str, Value], span: Span | None = None) -> str:
    """Write a query's text in a dialect, with values that `bound` read and the ends of a time span.

    Raises:
        ParameterError: the text has holes for a time span and there is none, or a value cannot be written in this dialect.
    """
    text = query.texts[dialect]
    filled = dict(values)
    if span is not None:
        filled["start"] = Value(Kind.DATETIME, span.start)
        filled["end"] = Value(Kind.DATETIME, span.end, excluded=True)
    elif {"start", "end"} & {hole.name for hole in holes(text)}:
        raise ParameterError(f"{query.full_name} needs a time span.", hint='Give last="2d", or start= and end=.')
    return render(text, filled, dialects[dialect])


def default(name: str, parameter: Parameter) -> Value:
    """Read a parameter's default; it is a pack's own text, and so may be a clause."""
    own = Clause(parameter.default) if _is_text_of_clause(parameter) else parameter.default
    return read(name, parameter, own)


def _is_text_of_clause(parameter: Parameter) -> bool:
    return parameter.type is Kind.CLAUSE and isinstance(parameter.default, str)


def _by_own_name(query: Query, values: Mapping[str, Any]) -> dict[str, Any]:
    names = {alias: name for name, one in query.parameters.items() for alias in (name, *one.aliases)}
    given: dict[str, Any] = {}
    for written, value in values.items():
        if written not in names:
            raise ParameterError(
                f"{query.full_name} takes no {written!r}.", hint=_guess(written, names, query.parameters)
            )
        if names[written] in given:
            raise ParameterError(f"{query.full_name}: {names[written]} is given twice, also as {written!r}.")
        given[names[written]] = value
    return given


def _guess(written: str, names: Iterable[str], own: Iterable[str]) -> str:
    if close := get_close_matches(written, list(names), n=1, cutoff=0.5):
        return f"Did you mean {close[0]!r}?"
    return f"It takes: {', '.join(own) or 'nothing'}."


def _check_column(name: str, column: str, columns: Collection[str] | None) -> None:
    if columns is not None and column not in columns:
        close = get_close_matches(column, list(columns), n=1, cutoff=0.5)
        raise ParameterError(
            f"{name}: there is no column {column!r}.", hint=f"Did you mean {close[0]!r}?" if close else ""
        )


def _items(value: Any) -> list[object]:
    if hasattr(value, "columns"):
        raise ParameterError(f"a {type(value).__name__} is no list.", hint='Give one of its columns: table["name"].')
    return _values.items(value)


def _item(number: int, value: object, how: Callable[[Any], object]) -> object:
    try:
        return how(value)
    except ParameterError as error:
        raise ParameterError(f"item {number}: {error.message}", hint=error.hint) from None


def _moment(value: Any) -> datetime:
    """A time, also one that is counted from now ("-3d"); what names no zone is UTC."""
    return point(value, datetime.now(UTC))


def _duration(value: Any) -> object:
    _values.duration(value)
    return value


def _clause(value: Any) -> Clause:
    if isinstance(value, Clause):
        return value
    raise ParameterError(
        "query text comes from code only, never from a value.", hint='Write hb.Clause("…") if this is your own text.'
    )


_READ: Mapping[Kind, Callable[[Any], object]] = {
    Kind.STRING: _values.string,
    Kind.INT: _values.integer,
    Kind.REAL: _values.real,
    Kind.BOOL: _values.boolean,
    Kind.DATETIME: _moment,
    Kind.TIMESPAN: _duration,
    Kind.IP: _values.address,
    Kind.GUID: _values.guid,
    Kind.COLUMN: _values.string,
    Kind.CLAUSE: _clause,
}
