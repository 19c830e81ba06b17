"""Reading members of a JSON object in SQL: many at once, in one pass over its text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from huntbook.core import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_Tree = dict[str, "_Tree | str"]
_TEXT = "VARCHAR"
_JSON = "JSON"


class Lookup:
    """The values of some paths of a JSON column, as text: select `computed`, and `at` names each value above.

    `json_transform` takes an object apart in one pass, whatever the number of names. What its structure cannot tell is
    left to `json_extract_string`: places in a list, and names that differ in case alone. Members of which `kept` gives the
    names are taken as JSON as well: `object_of` puts them together again.
    """

    def __init__(self, column: str, paths: Iterable[str], kept: Iterable[str] = ()) -> None:
        self.at: dict[str, str] = {}
        self._tree: _Tree = dict.fromkeys(kept, _JSON)
        others = [path for path in sorted(dict.fromkeys(paths), key=len) if not self._put(path)]
        self.at |= {path: f"_at_paths[{number}]" for number, path in enumerate(others, 1)}
        self.computed: list[str] = []
        if self._tree:
            self.computed.append(f"json_transform({column}, {sql.text(json.dumps(self._tree))}) AS _at")
        if others:
            listed = sql.texts("/" + path for path in others)
            self.computed.append(f"json_extract_string({column}, {listed}) AS _at_paths")

    def _put(self, path: str) -> bool:
        """Give a path its place in the structure, if it can have one."""
        keys = path.split("/")
        if "~" in path or not all(keys) or any(key.isdigit() for key in keys):
            return False
        node: _Tree = self._tree
        for depth, key in enumerate(keys):
            if _under(node, key) not in (None, key):
                return False
            below = node.get(key)
            if depth == len(keys) - 1:
                if below == _JSON:
                    self.at[path] = f"json_extract_string({_access(keys)}, '$')"
                    return True
                if below is not None:
                    return False
                node[key] = _TEXT
            elif isinstance(below, str):
                self.at[path] = _within(_access(keys[: depth + 1]), keys[depth + 1 :])
                return True
            else:
                node = below if below is not None else _new(node, key)
        self.at[path] = _access(keys)
        return True


def object_of(kept: Iterable[str]) -> str:
    """SQL of the object of those members that a record has: half the price of a merge patch on it."""
    members = (f"{sql.text(json.dumps(name, ensure_ascii=False) + ':')} || {_access([name])}" for name in kept)
    return f"('{{' || concat_ws(',', {', '.join(members)}) || '}}')::JSON"


def _under(node: Mapping[str, object], key: str) -> str | None:
    """The key that is there already and differs in case at most."""
    low = key.lower()
    return next((known for known in node if known.lower() == low), None)


def _new(node: _Tree, key: str) -> _Tree:
    below: _Tree = {}
    node[key] = below
    return below


def _access(keys: Sequence[str]) -> str:
    return ".".join(["_at", *map(sql.name, keys)])


def _within(text: str, keys: Sequence[str]) -> str:
    """A member of what was read as text: it may be an object in some records (`EventID` with attributes) and not in others."""
    opened = f"CASE WHEN starts_with({text}, '{{') THEN {text} END"
    return f"TRY(json_extract_string({opened}, {sql.text('/' + '/'.join(keys))}))"


def first(values: Sequence[str]) -> str:
    """SQL of the first value that is not null."""
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def without(value: str, keys: Iterable[str]) -> str:
    """SQL of a JSON object without some members: a merge patch (RFC 7386) with null for each."""
    patch = dict.fromkeys(sorted(set(keys)))
    return f"json_merge_patch({value}, {sql.text(json.dumps(patch))})" if patch else value
