"""What a setting's type means for its value: how a text of the environment is read, where secrets are, what people call it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from huntbook.config.references import Trouble, reference
from huntbook.config.secrets import Secret


class Problem(NamedTuple):
    """What is wrong with a setting, and what to do. It holds no value that was given."""

    message: str
    hint: str = ""


def members(annotation: Any) -> tuple[Any, ...]:
    """What a type may be: the members of a union, or the type alone; without annotations and without None."""
    if get_origin(annotation) is Annotated:
        return members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return tuple(one for each in get_args(annotation) for one in members(each))
    return () if annotation is NoneType else (annotation,)


def holds_secrets(annotation: Any) -> bool:
    """Whether a value of the type is a secret or has secrets in it."""
    return any(
        one is Secret
        or any(holds_secrets(part) for part in get_args(one) if get_origin(one) is not Literal)
        or (_is_model(one) and any(holds_secrets(field.annotation) for field in one.model_fields.values()))
        for one in members(annotation)
    )


def _is_model(one: Any) -> bool:
    return isinstance(one, type) and issubclass(one, BaseModel)


def _is_table(one: Any) -> bool:
    kind = get_origin(one) or one
    return isinstance(kind, type) and issubclass(kind, Mapping | BaseModel)


def _is_list(one: Any) -> bool:
    kind = get_origin(one) or one
    return (
        isinstance(kind, type)
        and issubclass(kind, Iterable)
        and not issubclass(kind, str | bytes | Mapping | BaseModel)
    )


def from_text(annotation: Any, text: str) -> object:
    """Read a text of the environment: lists and tables are JSON, `a, b` or `a=1, b=2`; the rest is pydantic's to read."""
    kinds = members(annotation)
    lists, tables = any(map(_is_list, kinds)), any(map(_is_table, kinds))
    if not lists and not tables:
        return text
    if text.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(text)
        except ValueError:  # it holds the text: what does not fit is told without it
            return Unreadable("is no JSON")
    if not all(_is_list(one) or _is_table(one) for one in kinds):
        return text
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return parts if lists else _pairs(parts)


def _pairs(parts: list[str]) -> object:
    pairs = [part.partition("=") for part in parts]
    if not all(sign for _, sign, _ in pairs):
        return Unreadable("is neither JSON nor a=1, b=2")
    return {name.strip(): value.strip() for name, _, value in pairs}


class Unreadable(NamedTuple):
    """Stands for a text that is not written as its type wants it."""

    problem: str


def with_secrets(annotation: Any, value: object, *, plain: bool) -> object:
    """Make secrets of the texts in a value that are to be secrets.

    Args:
        annotation: the type of the value.
        value: what was given.
        plain: whether a secret may be given as a value; where not, it has to be a reference.

    Returns:
        The value, with `Secret`s in it, and `Unreadable` in the place of those that cannot be.
    """
    if not holds_secrets(annotation) or isinstance(value, Secret | BaseModel):
        return value
    kinds = [one for one in members(annotation) if holds_secrets(one)]
    for one in kinds:
        if isinstance(value, Mapping) and _is_model(one):
            types = {name: field.annotation for name, field in one.model_fields.items()}
            return {key: with_secrets(types.get(key), item, plain=plain) for key, item in value.items()}
        if isinstance(value, Mapping) and _is_table(one):
            return {key: with_secrets(get_args(one)[-1], item, plain=plain) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset) and _is_list(one):
            return [with_secrets(get_args(one)[0], item, plain=plain) for item in value]
    return _secret(value, plain=plain) if Secret in kinds else value


def _secret(value: object, *, plain: bool) -> object:
    if value is None:
        return None
    if not isinstance(value, str):
        return Unreadable(f"is a secret, which is text, not {type(value).__name__}")
    found = reference(value)
    if isinstance(found, Trouble):
        return Unreadable(found.message.removesuffix("."))
    if found is None and not plain:
        return Unreadable(PLAIN)
    return Secret(value)


PLAIN = "is a secret and stands there for everybody to read"


def unreadable(value: object) -> str:
    """The first problem in a value that `from_text` or `with_secrets` returned; empty if there is none."""
    if isinstance(value, Unreadable):
        return value.problem
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return next((problem for part in parts if (problem := unreadable(part))), "")


_WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    Secret: "secret",
    datetime: "time",
    timedelta: "duration",
}


def in_words(annotation: Any) -> str:
    """What people call a type: `text`, `list of text`, `public, usgov or china`."""
    return " or ".join(dict.fromkeys(_one_in_words(one) for one in members(annotation))) or "nothing"


def _one_in_words(one: Any) -> str:
    if get_origin(one) is Literal:
        *first, last = map(str, get_args(one))
        return f"{', '.join(first)} or {last}" if first else last
    inner = [part for part in get_args(one) if part is not Ellipsis]
    if _is_table(one) and not _is_model(one):
        return f"table of {in_words(inner[-1])}" if inner else "table"
    if _is_list(one):
        return f"list of {in_words(inner[0])}" if inner else "list"
    if _is_model(one):
        return f"table of {', '.join(one.model_fields)}"
    return _WORDS.get(one) or ("anything" if one is Any else str(getattr(one, "__name__", one)).lower())
