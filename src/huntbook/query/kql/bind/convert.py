"""Types of expressions: what becomes what by itself, and what does not go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.functions import _registry
from huntbook.query.kql.plan import Apply, Const, Op
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from huntbook.query.kql.functions._registry import Signature
    from huntbook.query.kql.plan import Expr

_CLASSES: dict[str, tuple[Type, ...]] = {
    "number": NUMBERS,
    "whole": (Type.INT, Type.LONG),
    "scalar": tuple(each for each in Type if each is not Type.DYNAMIC),
    "ordered": tuple(each for each in Type if each not in (Type.DYNAMIC, Type.GUID)),
    "any": tuple(Type),
    "ticks": (Type.DATETIME,),
}
_WIDENS = {
    Type.INT: (Type.LONG, Type.REAL, Type.DECIMAL),
    Type.LONG: (Type.REAL, Type.DECIMAL),
    Type.REAL: (),
    Type.DECIMAL: (Type.REAL,),
}


def classes(takes: str) -> tuple[Type, ...]:
    """The types that a parameter takes as they are."""
    return tuple(kind for part in takes.split("|") for kind in _CLASSES.get(part) or (Type(part),))


def widest(types: Iterable[Type]) -> Type:
    """The type that values of several types have in common: the widest number, or the only type; else dynamic."""
    found = [each for each in dict.fromkeys(types) if each is not Type.UNKNOWN]
    if not found:
        return Type.STRING
    if len(found) == 1:
        return found[0]
    if all(each in NUMBERS for each in found):
        for wide in (Type.REAL, Type.DECIMAL, Type.LONG):
            if wide in found:
                return wide
    return Type.DYNAMIC


def converted(value: Expr, to: Type) -> Expr:
    """The value as another type; one of its type already stays what it is."""
    if value.type is to:
        return value
    if isinstance(value, Const) and value.value is None:
        return Const(to, "" if to is Type.STRING else None)
    if isinstance(value, Const) and value.type in (Type.INT, Type.LONG) and to in NUMBERS:
        return Const(to, value.value)
    if value.type in NUMBERS and to in NUMBERS:
        return Op("cast", (value,), to)
    name = {"real": "todouble"}.get(to.value, f"to{to.value}")
    for signature in finest(_registry.signatures(name), (value,)):
        if value.type in classes(signature.parameters[0].type):
            entry = signature.entry
            fine = to is Type.TIMESPAN or signature.gives == "ticks"
            return Apply(entry, (signature.parameters[0].type,), (value,), to, fine=fine, sparse=entry.nullable)
    return Op("cast", (value,), to, fine=to is Type.TIMESPAN, sparse=to is Type.STRING)


def finest(found: Sequence[Signature], values: Iterable[Expr]) -> Sequence[Signature]:
    """The overloads of a function; first those that keep the last digit of a datetime, where it may count."""
    if not any(value.fine for value in values):
        return found
    return sorted(found, key=lambda each: all(taken.type != "ticks" for taken in each.parameters))


def fitting(value: Expr, takes: str, *, of_anything: bool = False) -> Expr | None:
    """The value as a parameter takes it, or `None` if KQL does not convert it by itself.

    Args:
        value: the value.
        takes: the parameter's type, or several.
        of_anything: whether a text is made of any value.
    """
    accepted = classes(takes)
    if value.type in accepted or value.type is Type.UNKNOWN:
        return value
    if isinstance(value, Const) and value.value is None and value.type is Type.STRING:
        return converted(value, accepted[0])
    for wider in _WIDENS.get(value.type, ()):
        if wider in accepted:
            return converted(value, wider)
    if value.type is Type.DYNAMIC:
        return _of_dynamic(value, accepted)
    if (value.type is Type.GUID and accepted == (Type.STRING,)) or (of_anything and Type.STRING in accepted):
        return converted(value, Type.STRING)
    return None


def _of_dynamic(value: Expr, accepted: tuple[Type, ...]) -> Expr | None:
    """What a dynamic becomes by itself: the only type that is taken, or the widest of numbers; else one has to say which."""
    if len(set(accepted)) == 1:
        if accepted[0] is Type.BOOL:
            return None  # a condition
        return converted(value, accepted[0])
    if all(kind in NUMBERS for kind in accepted):
        return converted(value, Type.REAL if Type.REAL in accepted else Type.LONG)
    return None
