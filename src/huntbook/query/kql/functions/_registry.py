"""The functions by name, their signatures read when they are first asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import huntbook.query.kql.functions as families

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from huntbook.query.kql.functions._base import Entry

_PARAMETER = re.compile(r"\s*(?:(?P<name>\w+)\s*:\s*)?(?P<type>[\w|=]+)\s*(?P<optional>\?|=\s*(?P<default>.+))?\s*$")


@dataclass(frozen=True)
class Taken:
    """A parameter: the types that it takes (`|` between them), and what it is when it is left out."""

    name: str
    type: str
    optional: bool = False
    default: str = ""


@dataclass(frozen=True)
class Signature:
    """What a function takes and gives."""

    entry: Entry
    parameters: tuple[Taken, ...]
    many: bool  # the last may come several times
    gives: str
    several: tuple[
        Taken, ...
    ] = ()  # the columns that come out, where they are several; what `gives` says is a bag of them
    each: str = ""  # the function that this one is for each of its last arguments

    @property
    def least(self) -> int:
        """How many arguments there must be."""
        return sum(not each.optional for each in self.parameters)


@cache
def _modules() -> tuple[object, ...]:
    names = [found.name for found in iter_modules(families.__path__) if not found.name.startswith("_")]
    return tuple(import_module(f"{families.__name__}.{name}") for name in sorted(names))


@cache
def _by_name(kind: str) -> Mapping[str, tuple[Entry, ...]]:
    found: dict[str, tuple[Entry, ...]] = {}
    for module in _modules():
        for entry in getattr(module, kind, ()):
            found[entry.name] = (*found.get(entry.name, ()), entry)
    return found


@cache
def macros() -> Mapping[str, str]:
    """DuckDB's macros that the functions are spelled with: name to parameters and body."""
    return {name: body for module in _modules() for name, body in getattr(module, "MACROS", {}).items()}


@cache
def routines() -> Mapping[str, Callable[..., object]]:
    """Functions of Python that the functions are spelled with, where SQL has no words for it: by name."""
    return {name: routine for module in _modules() for name, routine in getattr(module, "ROUTINES", {}).items()}


def names(kind: str = "SCALARS") -> Mapping[str, tuple[Entry, ...]]:
    """All functions of a kind: `SCALARS` or `AGGREGATES`."""
    return _by_name(kind)


@cache
def signatures(name: str, kind: str = "SCALARS") -> tuple[Signature, ...]:
    """The overloads of a function; none where there is no such function."""
    return tuple(read(entry) for entry in _by_name(kind).get(name, ()))


def read(entry: Entry) -> Signature:
    """Read an entry's signature.

    Raises:
        ValueError: if it is not one.
    """
    opens, closes = entry.signature.index("("), entry.signature.index(")")
    inside, gives = entry.signature[opens + 1 : closes], entry.signature[closes + 1 :].strip()
    parts = [part.strip() for part in inside.split(",")] if inside.strip() else []
    many = bool(parts) and parts[-1].endswith("...")
    if many:
        last = parts.pop().removesuffix("...").strip()
        parts += [last] if last else []
    several = tuple(map(_parameter, gives[1:-1].split(","))) if gives.startswith("(") else ()
    each = gives.removeprefix("each ") if gives.startswith("each ") else ""
    gives = "dynamic" if several else "any" if each else gives or "any"
    return Signature(entry, tuple(map(_parameter, parts)), many, gives, several, each)


def _parameter(text: str) -> Taken:
    found = _PARAMETER.match(text)
    if found is None:
        raise ValueError(f"not a parameter: {text!r}")
    optional = found["optional"] is not None
    return Taken(found["name"] or "", found["type"], optional, found["default"] or "")
