"""Values of Python as values of a query."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any
from uuid import UUID

from huntbook.errors import ParameterError
from huntbook.query.parameters import Clause, Kind, Value

_NUMBERS = tuple("biuf")  # NumPy's letters for truths, whole numbers with a sign and without, and floating ones
# In this order: a bool is an int to Python, a datetime a date, a clause a text.
_KINDS: tuple[tuple[Any, Kind], ...] = (
    (Clause, Kind.CLAUSE),
    (str, Kind.STRING),
    (bool, Kind.BOOL),
    (int, Kind.INT),
    (float, Kind.REAL),
    (datetime, Kind.DATETIME),
    (timedelta, Kind.TIMESPAN),
    ((IPv4Address, IPv6Address, IPv4Network, IPv6Network), Kind.IP),
    (UUID, Kind.GUID),
)


def typed(value: object, name: str = "value") -> Value:
    """Tell of which kind a value is; a list, a set or a column of a table is a list of the kind of its first item.

    Raises:
        ParameterError: if it is of none.

    Example:
        >>> typed(4625).kind.value, typed(["a", "b"]).of.value
        ('int', 'string')
    """
    if isinstance(value, Value):
        return value
    value = _plain(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        raise ParameterError(f"{name}: a date is no point in time.", hint="Give a datetime with a time zone.")
    for kinds, kind in _KINDS:
        if isinstance(value, kinds):
            return Value(kind, value)
    items = _items(value)
    if items is None or not all(type(item) is type(items[0]) for item in items):
        raise ParameterError(
            f"{name}: a {type(value).__name__} cannot stand in a query.",
            hint="Give a text, a number, a datetime, or a list of one kind.",
        )
    return Value(Kind.LIST, items, typed(items[0], name).kind if items else Kind.STRING)


def _plain(value: Any) -> Any:
    """A number or a truth of NumPy's, which is what a cell of pandas is, as Python's own."""
    of_numpy = getattr(value, "shape", None) == () and getattr(getattr(value, "dtype", None), "kind", "") in _NUMBERS
    return value.item() if of_numpy else value


def _items(value: object) -> Any:
    """The items of a list, a tuple, a set, a Series of Polars or pandas, an array; None of anything else."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(_plain, value), key=repr)
    for method in ("to_list", "tolist"):
        if callable(found := getattr(value, method, None)):
            listed = found()
            return listed if isinstance(listed, list) else None
    return None
