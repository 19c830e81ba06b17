"""Dynamic values as a whole: their canonical text, the paths in them, and their schema."""

from __future__ import annotations

from typing import Any

from huntbook.query.kql.routines._json import NotJson, Number, quoted, read, scalar

_MOST = 100_000  # paths of one value
_LONGEST_NUMBER = 40  # digits
_INDEXER = "`indexer`"  # what stands in a schema for the elements of an array


def canonical(value: str) -> str | None:
    """A dynamic value as the one text that all equal values have: names in order, no spaces.

    A value that is no array and no bag is as `tostring()` makes it: a text without quotes.
    """
    try:
        found = read(value)
    except NotJson:
        return None
    if isinstance(found, str):
        return str(found)
    return "" if found is None else _written(found)


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{quoted(name)}:{_written(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return scalar(value)


def paths(value: str) -> str | None:
    """The paths of all that is in a bag, as an array; all elements of an array have the path of its first."""
    try:
        found = read(value)
    except NotJson:
        return None
    if not isinstance(found, (dict, list)):
        return None
    seen: dict[str, None] = {}
    _walk(found, "", seen)
    return "[" + ",".join(map(quoted, seen)) + "]" if len(seen) <= _MOST else None


def _walk(value: Any, before: str, seen: dict[str, None]) -> None:
    if len(seen) > _MOST:
        return
    if isinstance(value, dict):
        inside = [(f"{before}[{_name(name)}]", each) for name, each in value.items()]
    else:
        inside = [(f"{before}[0]", each) for each in value]
    for path, each in inside:
        seen[path] = None
        if isinstance(each, (dict, list)):
            _walk(each, path, seen)


def _name(name: str) -> str:
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"


def beside(keys: str, other: str, nulls_last: bool, descending: bool) -> str | None:
    """An array in the order that another has when it is sorted; null where they are not of one length.

    What cannot be compared has no order: then it is null as well.
    """
    try:
        sorted_by, found = read(keys), read(other)
    except NotJson:
        return None
    if not isinstance(sorted_by, list) or not isinstance(found, list) or len(sorted_by) != len(found):
        return None
    places = [at for at, key in enumerate(sorted_by) if key is not None]
    nulls = [at for at, key in enumerate(sorted_by) if key is None]
    order = [_order(sorted_by[at]) for at in places]
    if len({kind for kind, _ in order}) > 1 or any(kind == "" for kind, _ in order):
        return None
    ranked = dict(zip(places, (key for _, key in order), strict=True))
    places.sort(key=ranked.__getitem__, reverse=descending)
    return _written([found[at] for at in (places + nulls if nulls_last else nulls + places)])


def _order(value: Any) -> tuple[str, Any]:
    """What kind of value it is, and what it is compared by; the kind is empty where nothing is."""
    if isinstance(value, Number):
        return "number", int(value) if value.whole and len(value) < _LONGEST_NUMBER else float(value)
    if isinstance(value, bool):
        return "bool", value
    return ("string", value) if isinstance(value, str) else ("", None)


# Schemas: the names of primitive types, and what the members of containers are


class _Schema:
    """What values may be: some primitive types, and a container with members."""

    def __init__(self) -> None:
        self.types: set[str] = set()
        self.members: dict[str, _Schema] | None = None

    def member(self, name: str) -> _Schema:
        if self.members is None:
            self.members = {}
        return self.members.setdefault(name, _Schema())

    def admit(self, value: Any) -> None:
        """Admit a value. Null is in every type."""
        if isinstance(value, dict):
            self.members = self.members or {}
            for name, each in value.items():
                self.member(name).admit(each)
        elif isinstance(value, list):
            element = self.member(_INDEXER)
            for each in value:
                element.admit(each)
        elif value is not None:
            self.types.add(_type(value))

    def merge(self, written: Any) -> None:
        """Admit all that another schema does."""
        for one in written if isinstance(written, list) else [written]:
            if isinstance(one, dict):
                self.members = self.members or {}
                for name, each in one.items():
                    self.member(name).merge(each)
            elif isinstance(one, str):
                self.types.add(one)

    def written(self) -> str:
        parts = [quoted(name) for name in sorted(self.types)]
        if self.members is not None:
            inside = (f"{quoted(name)}:{each.written()}" for name, each in self.members.items())
            parts.append("{" + ",".join(inside) + "}")
        return parts[0] if len(parts) == 1 else "[" + ",".join(parts) + "]"


def _type(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, Number):
        return "long" if value.whole else "double"
    return "string"


def schema(value: str) -> str | None:
    """The least schema that a dynamic value is of."""
    found = _Schema()
    try:
        found.admit(read(value))
    except NotJson:
        return None
    return found.written()


def merged_schemas(schemas: list[str]) -> str | None:
    """The least schema that admits all that several do; members come in the order of the schemas' texts."""
    found = _Schema()
    try:
        for each in sorted(one for one in schemas if one is not None):
            found.merge(read(each))
    except NotJson:
        return None
    return found.written()
