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
    names are taken as JSON as well: `object_of` puts them together again. `objects` are paths whose values `as_json` gives,
    as JSON; `a/b/*` is the first member of `b` that is an object, whatever its name.
    """

    def __init__(
        self, column: str, paths: Iterable[str], kept: Iterable[str] = (), objects: Iterable[str] = ()
    ) -> None:
        self._tree: _Tree = dict.fromkeys(kept, _JSON)
        self.as_json = {path: self._object(column, path) for path in sorted(objects, key=_depth)}
        found = {path: self._put(path, _TEXT) for path in sorted(dict.fromkeys(paths), key=len)}
        self.at = {path: value for path, value in found.items() if value}
        others = [path for path, value in found.items() if not value]
        self.at |= {path: f"_at_paths[{number}]" for number, path in enumerate(others, 1)}
        self.computed: list[str] = []
        if self._tree:
            self.computed.append(f"json_transform({column}, {sql.text(json.dumps(self._tree))}) AS _at")
        if others:
            listed = sql.texts("/" + path for path in others)
            self.computed.append(f"json_extract_string({column}, {listed}) AS _at_paths")

    def _object(self, column: str, path: str) -> str:
        above = path.removesuffix("/*")
        value = self._put(above, _JSON) or f"json_extract({column}, {sql.text('/' + above)})"
        return value if above == path else f"json_extract({value}, '$.*')[1]"

    def _put(self, path: str, kind: str) -> str | None:
        """Give a path its place in the structure, and say how to read it there; None if it can have none."""
        *above, last = keys = path.split("/")
        if "~" in path or not all(keys) or any(key.isdigit() for key in keys):
            return None
        node: _Tree = self._tree
        for depth, key in enumerate(above, 1):
            if _under(node, key) not in (None, key):
                return None
            below = node.get(key)
            if isinstance(below, str):
                return _within(_access(keys[:depth]), keys[depth:], kind)
            node = below if below is not None else _new(node, key)
        if _under(node, last) not in (None, last):
            return None
        there = node.setdefault(last, kind)
        if there == kind:
            return _access(keys)
        return f"json_extract_string({_access(keys)}, '$')" if there == _JSON else None


def _depth(path: str) -> int:
    return path.removesuffix("/*").count("/")


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


def _within(value: str, keys: Sequence[str], kind: str) -> str:
    """A member of what was read whole: it may be an object in some records (`EventID` with attributes) and not in others."""
    opened = f"CASE WHEN starts_with({value}::VARCHAR, '{{') THEN {value} END"
    function = "json_extract" if kind == _JSON else "json_extract_string"
    return f"TRY({function}({opened}, {sql.text('/' + '/'.join(keys))}))"


def first(values: Sequence[str]) -> str:
    """SQL of the first value that is not null."""
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def without(value: str, keys: Iterable[str]) -> str:
    """SQL of a JSON object without some members: a merge patch (RFC 7386) with null for each."""
    patch = dict.fromkeys(sorted(set(keys)))
    return f"json_merge_patch({value}, {sql.text(json.dumps(patch))})" if patch else value
