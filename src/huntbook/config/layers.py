"""What each place says of a source's settings: arguments, the environment, `huntbook.toml`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from huntbook.config.values import Problem, from_text, with_secrets

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from pydantic import BaseModel

    from huntbook.config.file import SettingsFile


@dataclass(frozen=True, slots=True)
class Given:
    """A value and where it came from; only that is shown."""

    value: object = field(repr=False)
    place: str


class Layer(dict[str, Given]):
    """What one place says. It shows names only."""

    def __repr__(self) -> str:
        return f"<{', '.join(self)}>"


def variable(source: str, name: str, use: str = "") -> str:
    """The variable of the environment that a setting is taken from."""
    parts = [source, use, name] if use else [source, name]
    return "_".join(["HUNTBOOK", *(re.sub(r"\W", "_", part).upper() for part in parts)])


def merged(layers: list[Layer], model: type[BaseModel]) -> Layer:
    """The strongest layer comes first; who says there how to sign in does not get another way from a weaker one as well."""
    ways: tuple[frozenset[str], ...] = getattr(model, "ways_in", ())
    found = Layer()
    for layer in layers:
        begun = [way for way in ways if way & set(found)]
        others = frozenset[str]().union(*(way for way in ways if way not in begun)) if begun else frozenset()
        found.update({name: one for name, one in layer.items() if name not in found and name not in others})
    return found


def arguments(model: type[BaseModel], given: Mapping[str, object]) -> Layer:
    """What the caller says; None is nothing said."""
    return Layer(
        {
            name: Given(with_secrets(field.annotation, given[name], plain=True), "argument")
            for name, field in model.model_fields.items()
            if given.get(name) is not None
        }
    )


def environment(source: str, model: type[BaseModel], use: str = "") -> Layer:
    """What the environment says. An empty variable counts as one that is not set."""
    found = Layer()
    for name, one in model.model_fields.items():
        place = variable(source, name, use)
        if os.environ.get(place):
            value = from_text(one.annotation, os.environ[place])
            found[name] = Given(with_secrets(one.annotation, value, plain=True), place)
    return found


def in_file(file: SettingsFile | None, source: str, model: type[BaseModel], use: str = "") -> Layer:
    """What the file says. In it a secret is a reference: files are copied, shown and checked in."""
    keys = ("sources", source, use) if use else ("sources", source)
    table = file.table(*keys) if file else {}
    return Layer(
        {
            name: Given(with_secrets(one.annotation, table[name], plain=False), file.place(*keys, name) if file else "")
            for name, one in model.model_fields.items()
            if name in table
        }
    )


def _unknown(model: type[BaseModel], name: str, place: str) -> Problem:
    close = get_close_matches(name, list(model.model_fields), n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(sorted(model.model_fields)) or 'none'}."
    return Problem(f"there is no setting {name!r} ({place})", hint)


def unknown_arguments(model: type[BaseModel], given: Mapping[str, object]) -> list[Problem]:
    """Arguments that are no setting."""
    return [_unknown(model, str(name), "argument") for name in given if name not in model.model_fields]


def unknown_variables(source: str, model: type[BaseModel]) -> Iterator[Problem]:
    """Variables that are probably misspelt. Others may be those of a source whose name begins like this one's, or of a `use`."""
    known = {variable("", name).removeprefix("HUNTBOOK__"): name for name in model.model_fields}
    prefix = variable(source, "")
    for name in sorted(os.environ):
        rest = name.removeprefix(prefix)
        other = any(rest.endswith(f"_{each}") for each in known)
        close = get_close_matches(rest, known, n=1, cutoff=0.6) if name.startswith(prefix) and not other else []
        if close and rest not in known:
            yield Problem(f"there is no setting for the variable {name}", f"Did you mean {prefix}{close[0]}?")


def unknown_keys(file: SettingsFile | None, source: str, model: type[BaseModel], use: str) -> Iterator[Problem]:
    """Keys that are no setting. A table that is none is one of several of its kind, which `use` asks for."""
    tables = {("sources", source): True} | ({("sources", source, use): False} if use else {})
    for keys, general in tables.items() if file else ():
        for name, value in file.table(*keys).items() if file else ():
            if name not in model.model_fields and not (general and isinstance(value, dict)):
                yield _unknown(model, name, file.place(*keys, name) if file else "")
    if file and not isinstance(file.table("sources").get(source, {}), dict):
        yield Problem(
            f"{source} is no table ({file.place('sources', source)})",
            f"Write [sources.{source}] and its settings below.",
        )
    named = uses(file, source, model)
    if use and use not in named and not environment(source, model, use):
        close = get_close_matches(use, named, n=1, cutoff=0.5)
        hint = f"Did you mean use={close[0]!r}?" if close else f"There are: {', '.join(named) or 'none'}."
        where = file.place("sources", source) if file else "huntbook.toml, which is not there"
        yield Problem(f"there is no [sources.{source}.{use}] in {where}", hint)


_TABLES = ("packs", "plugins", "sources")  # of the whole file


def unknown_tables(file: SettingsFile | None, source: str, known: Container[str]) -> Iterator[Problem]:
    """Tables that mean nothing: those of the file, and those of sources that are none and called much like this one."""
    for name in (each for each in (file.table() if file else ()) if each not in _TABLES):
        close = get_close_matches(name, _TABLES, n=1, cutoff=0.5)
        hint = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(_TABLES)}."
        yield Problem(f"there is no table {name!r} ({file.place(name) if file else ''})", hint)
    for name in file.table("sources") if file else ():
        if name != source and get_close_matches(name, [source], cutoff=0.7) and name not in known:
            where = file.place("sources", name) if file else ""
            yield Problem(f"there is no source for [sources.{name}] ({where})", f"Did you mean [sources.{source}]?")


def uses(file: SettingsFile | None, source: str, model: type[BaseModel]) -> list[str]:
    """What `use` can ask for in a file."""
    table = file.table("sources", source) if file else {}
    return [name for name, value in table.items() if isinstance(value, dict) and name not in model.model_fields]
