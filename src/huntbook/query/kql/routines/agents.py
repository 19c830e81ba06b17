"""User agents: which browser, system and device they say they are, by the expressions of the uap-core project, which Kusto uses too."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from huntbook.query.kql.routines._json import NotJson, read

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 2048  # characters that are looked at: some of the expressions take the square of it
_BROWSER = {"Family": "family", "MajorVersion": "major", "MinorVersion": "minor", "Patch": "patch"}
_WANTED: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "browser": ("Browser", "user_agent", _BROWSER),
    "os": ("OperatingSystem", "os", _BROWSER | {"PatchMinor": "patch_minor"}),
    "device": ("Device", "device", {"Family": "family", "Brand": "brand", "Model": "model"}),
}


def parse(agent: str, wanted: str) -> str | None:
    """What a user agent says, as JSON.

    Args:
        agent: the text that a browser sends.
        wanted: JSON, one of "browser", "os" and "device" or an array of them; of anything else nothing is told.
    """
    try:
        names = read(wanted)
    except NotJson:
        return None
    names = names if isinstance(names, list) else [names]
    if not names or any(name not in _WANTED for name in map(str, names)):
        return None
    return json.dumps({entry[0]: _told(name, agent[:_LONGEST]) for name, entry in _WANTED.items() if name in names})


@lru_cache(maxsize=8192)  # the same agents come again and again, and each takes a millisecond
def _told(name: str, agent: str) -> dict[str, str]:
    """What is known of a part; the family of an unknown one is "Other", as the project says."""
    import ua_parser

    _, part, fields = _WANTED[name]
    found: Any = getattr(ua_parser, f"parse_{part}")(agent)
    told = {title: (getattr(found, field, None) or "").strip() for title, field in fields.items()}
    return told | {"Family": told["Family"] or "Other"}
