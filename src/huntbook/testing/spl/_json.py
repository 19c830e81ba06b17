"""`spath`: the fields of a JSON text by their paths, `a.b` within objects and `a{}` for all that is in an array."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from huntbook.testing.spl._values import Refused, single

if TYPE_CHECKING:
    from collections.abc import Iterator

_STEP: Final = re.compile(r"([^{}]*)((?:\{\})*)")
_DEPTH: Final = 100


def extracted(text: str, path: str) -> Any:
    """What is at a path of a text; None if there is nothing.

    Raises:
        Refused: the text is XML, or the path has an index or an attribute in it.
    """
    found = [_read(text)]
    for step in path.split("."):
        parts = _STEP.fullmatch(step)
        if parts is None:
            raise Refused(
                "Error in 'spath' command: indexes and attributes in a path are not run by this fake service."
            )
        name, arrays = parts[1], len(parts[2]) // 2
        found = [each[name] for each in found if isinstance(each, dict) and name in each] if name else found
        for _ in range(arrays):
            found = [one for each in found if isinstance(each, list) for one in each]
    return single([_told(each) for each in found])


def all_fields(text: str) -> dict[str, Any]:
    """Every value of a text by its path; those of an array are several of one field.

    Raises:
        Refused: the text is XML, or too deep.
    """
    fields: dict[str, list[str]] = {}
    for path, value in _leaves(_read(text), "", 0):
        fields.setdefault(path, []).append(value)
    return {path: single(values) for path, values in fields.items()}


def _read(text: str) -> Any:
    if text.lstrip().startswith("<"):
        raise Refused("Error in 'spath' command: XML is not run by this fake service.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _leaves(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH:
        raise Refused("Error in 'spath' command: the text is nested too deeply.")
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, f"{path}{{}}", depth + 1)
    elif path:
        yield path, _told(value)


def _told(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
