"""What pydantic finds wrong with settings, said for people and without what was given."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from huntbook.config.values import Problem, holds_secrets, members
from huntbook.core.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel, ValidationError

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is no setting",
    "int": "is no whole number",
    "float": "is no number",
    "bool": "is neither true nor false",
    "string": "is no text",
    "list": "is no list",
    "tuple": "is no list",
    "set": "is no list",
    "frozen_set": "is no list",
    "dict": "is no table",
    "mapping": "is no table",
    "model": "is no table",
    "path": "is no path",
    "url": "is no URL",
    "datetime": "is no time",
    "time_delta": "is no duration",
    "uuid": "is no UUID",
}
_KINDS = ("_parsing", "_type", "_from_float", "_scheme", "_from_date_parsing", "_attributes_type")


def problems_of(error: ValidationError, model: type[BaseModel], places: Mapping[str, str]) -> list[Problem]:
    """Say what is wrong with each setting; what is missing altogether is left out."""
    told: dict[tuple[str, str], list[str]] = {}
    hints: dict[tuple[str, str], str] = {}
    for each in error.errors(include_url=False):
        name = str(each["loc"][0]) if each["loc"] else ""
        field = model.model_fields.get(name)
        if each["type"] == "missing" and len(each["loc"]) == 1:
            continue
        secret = field is not None and holds_secrets(field.annotation)
        key = (".".join([name, *_inner(each, field)]), places.get(name, ""))
        told.setdefault(key, []).append(_words(each) or ("is no secret that can be used" if secret else _said(each)))
        hints[key] = hints.get(key, "") or _hint(each, field)
    return [
        Problem(
            f"{name} {', or '.join(dict.fromkeys(words))} ({place})" if name else words[0].removesuffix("."),
            hints[name, place],
        )
        for (name, place), words in told.items()
    ]


def _inner(each: Any, field: Any) -> list[str]:
    """Which field of a table is wrong; the place that pydantic names has members of unions in it too."""
    kinds = members(field.annotation) if field else ()
    known = {name for one in kinds for name in getattr(one, "model_fields", ())}
    return [str(part) for part in each["loc"][1:2] if part in known or each["type"] == "extra_forbidden"]


def _words(each: Any) -> str:
    """What is wrong in our own words; empty where we have none."""
    kind: str = each["type"]
    if kind in ("literal_error", "enum"):
        return f"is none of {each['ctx']['expected'].replace(' or ', ', ').replace(chr(39), '')}"
    ends = [end for end in _KINDS if kind.endswith(end) and kind.removesuffix(end) in _WORDS]
    return _WORDS.get(kind, "") or (_WORDS[kind.removesuffix(ends[0])] if ends else "")


def _said(each: Any) -> str:
    """What pydantic or a rule of the model says."""
    said = redacted(str(each["msg"])).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return said.replace("Input should ", "should ", 1)


def _hint(each: Any, field: Any) -> str:
    """What was probably meant, or what the setting is for. Of what was given, only a near miss of a known word is used, and not shown."""
    about = " ".join((getattr(field, "description", None) or "").split())
    if each["type"] == "literal_error" and isinstance(each["input"], str):
        known = [str(word) for one in members(field.annotation) for word in _literals(one)]
        close = get_close_matches(each["input"].lower(), known, n=1, cutoff=0.5)
        return f"Did you mean {close[0]!r}?" if close else about
    return about


def _literals(one: Any) -> tuple[Any, ...]:
    return tuple(word for part in get_args(one) for word in (_literals(part) or (part,)))
