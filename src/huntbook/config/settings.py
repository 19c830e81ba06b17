"""The settings of a source: from arguments, the environment and `huntbook.toml` to a checked model, or to an error that says where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticUndefined

from huntbook.config.file import SettingsFile, settings_file, shown, user_file
from huntbook.config.layers import (
    Given,
    Layer,
    arguments,
    environment,
    in_file,
    merged,
    unknown_arguments,
    unknown_keys,
    unknown_tables,
    unknown_variables,
    uses,
    variable,
)
from huntbook.config.messages import problems_of
from huntbook.config.values import PLAIN, Problem, holds_secrets, in_words, unreadable
from huntbook.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

M = TypeVar("M", bound=BaseModel)


class SettingsModel(BaseModel):
    """What a source's `Settings` derive from: unknown names are refused, and its errors show no values.

    The sentence below a field is what people are told of it.
    """

    ways_in: ClassVar[tuple[frozenset[str], ...]] = ()
    """The ways to sign in, each by its settings: one that is given somewhere stands there instead of the others."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a source, for people."""

    name: str
    type: str
    default: object
    required: bool
    secret: bool
    about: str


def load(source: str, model: type[M], given: Mapping[str, object], *, use: str = "", known: Container[str] = ()) -> M:
    """Put the settings of a source together: arguments first, then the environment, then `huntbook.toml`.

    With `use`, what is said for it goes before what is said for the source in general:
    arguments, `HUNTBOOK_<SOURCE>_<USE>_<FIELD>`, `[sources.<source>.<use>]`, `HUNTBOOK_<SOURCE>_<FIELD>`, `[sources.<source>]`.

    Args:
        source: the source's name.
        model: what its settings are.
        given: the arguments; None counts as not given.
        use: which of several of its kind.
        known: the names of all sources, to tell a table of another one from one that is misspelt.

    Raises:
        ConfigError: with what is wrong, where it came from and what was probably meant; never with a secret.
    """
    layers, problems = [arguments(model, given)], unknown_arguments(model, given)
    del given  # from here on everything is kept where tracebacks do not show it
    file = settings_file()
    layers += [environment(source, model, use), in_file(file, source, model, use)] if use else []
    layers += [environment(source, model), in_file(file, source, model)]
    problems += [*unknown_variables(source, model), *unknown_keys(file, source, model, use)]
    problems += unknown_tables(file, source, known)
    found = merged(layers, model)
    problems += [_wrong(source, name, one) for name, one in found.items() if unreadable(one.value)]
    settings = None
    if not problems:
        settings, problems = _validated(source, model, found, file)
    if settings is None:
        raise _error(source, problems)
    return settings


def origins(
    source: str, model: type[BaseModel], given: Mapping[str, object] | None = None, *, use: str = ""
) -> dict[str, str]:
    """Where each setting comes from: `argument`, a variable, a file with its line, `default`, or `missing`."""
    layers = [arguments(model, given or {})]
    del given
    file = settings_file()
    layers += [environment(source, model, use), in_file(file, source, model, use)] if use else []
    found = merged([*layers, environment(source, model), in_file(file, source, model)], model)
    return {
        name: found[name].place if name in found else "missing" if field.is_required() else "default"
        for name, field in model.model_fields.items()
    }


def describe(model: type[BaseModel]) -> list[Setting]:
    """List the settings of a source for people: what each is, whether it has to be there, and what it is for."""
    return [
        Setting(
            name=name,
            type=in_words(field.annotation),
            default=None if field.is_required() or field.default is PydanticUndefined else field.default,
            required=field.is_required(),
            secret=holds_secrets(field.annotation),
            about=" ".join((field.description or "").split()),
        )
        for name, field in model.model_fields.items()
    ]


def _wrong(source: str, name: str, one: Given) -> Problem:
    told = unreadable(one.value)
    keyring = f'Keep it elsewhere and refer to it: {name} = "keyring:{source}". env:NAME, file:/PATH and vault:NAME/SECRET do too.'
    return Problem(f"{name} {told} ({one.place})", keyring if told == PLAIN else "")


def _validated(source: str, model: type[M], found: Layer, file: SettingsFile | None) -> tuple[M | None, list[Problem]]:
    """The model, or what is wrong. Pydantic's error holds what was given: it does not leave this function."""
    values = {name: one.value for name, one in found.items()}
    try:
        return model.model_validate(values, by_alias=False, by_name=True), []
    except ValidationError as error:
        places = {name: one.place for name, one in found.items()}
        problems = problems_of(error, model, places)
        missing = [
            str(each["loc"][0]) for each in error.errors() if each["type"] == "missing" and len(each["loc"]) == 1
        ]
    if missing:
        problems.insert(0, _missing(source, model, missing, file))
    return None, problems


def _missing(source: str, model: type[BaseModel], names: list[str], file: SettingsFile | None) -> Problem:
    """What is missing, and the ways to say it."""
    what = f"{', '.join(names[:-1])} and {names[-1]} are" if len(names) > 1 else f"{names[0]} is"
    secret = holds_secrets(model.model_fields[names[0]].annotation)
    written = f'{names[0]} = "keyring:{source}"' if secret else f"{names[0]} = …"
    path = file.path if file else user_file()
    place = f"under [sources.{source}] in {shown(path) if path else 'huntbook.toml'}"
    hint = f"Give {names[0]}=…, set {variable(source, names[0])}, or write {written} {place}."
    return Problem(f"{what} missing", f"{_nearby(source, model, file)}{hint}")


def _nearby(source: str, model: type[BaseModel], file: SettingsFile | None) -> str:
    """What the file has that may have been meant: tables to choose from by `use`."""
    named = uses(file, source, model)
    return f"Say which: {' or '.join(f'use={name!r}' for name in named)}. " if named else ""


def _error(source: str, problems: list[Problem]) -> ConfigError:
    """All of it on one line; the hint is the first one's that has one."""
    hint = next((problem.hint for problem in problems if problem.hint), "")
    return ConfigError(f"{source}: {'; '.join(problem.message for problem in problems)}.", hint=hint)
