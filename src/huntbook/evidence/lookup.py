"""Reading members of a JSON object in SQL, many at once: one pass over the text for plain names, one for paths."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huntbook.core import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True)
class Lookup:
    """The values of some paths of a JSON column, as text: select `computed` below, and `at` names each value above.

    `json_transform` takes an object apart in one pass, whatever the number of names, but it knows no paths and does not
    tell names apart that differ in case alone; those are what `json_extract_string` is for.
    """

    computed: tuple[str, ...]
    at: Mapping[str, str]


def look_up(column: str, paths: Iterable[str], prefix: str = "_at") -> Lookup:
    """Read paths (`a/b`: the member `b` of the member `a`) of a JSON column."""
    asked = list(dict.fromkeys(paths))
    plain = {path.lower(): path for path in reversed(asked) if path and not {"/", "~"} & set(path)}
    others = [path for path in asked if plain.get(path.lower()) != path]
    names = list(plain.values())
    computed = []
    if names:
        structure = sql.text(json.dumps(dict.fromkeys(names, "VARCHAR")))
        computed.append(f"json_transform({column}, {structure}) AS {prefix}_members")
    if others:
        computed.append(f"json_extract_string({column}, {sql.texts('/' + path for path in others)}) AS {prefix}_paths")
    at = {name: f"{prefix}_members.{sql.name(name)}" for name in names}
    at |= {path: f"{prefix}_paths[{number}]" for number, path in enumerate(others, 1)}
    return Lookup(tuple(computed), at)


def first(values: Sequence[str]) -> str:
    """SQL of the first value that is not null."""
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def without(value: str, keys: Iterable[str]) -> str:
    """SQL of a JSON object without some members: a merge patch (RFC 7386) with null for each."""
    patch = dict.fromkeys(sorted(set(keys)))
    return f"json_merge_patch({value}, {sql.text(json.dumps(patch))})" if patch else value
