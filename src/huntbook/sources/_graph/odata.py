"""A question in OData, taken apart and put together again: path, options, a time span beside the filter that is there, and encoding.

Conventions: docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html; Graph's: learn.microsoft.com/graph/query-parameters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, unquote

from huntbook.errors import ParameterError

_LINES: Final = re.compile(r"\s*[\r\n]\s*")
_PARTS: Final = re.compile(r"""'(?:[^']|'')*+'|"(?:[^"\\]|\\.)*+"|(&)""", re.DOTALL)
# What does not stand for itself in a URL; what is encoded already stays.
_RAW: Final = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$'()*+,;:@/?=%]")
_RAW_IN_PATH: Final = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$'()*+,;:@=%]")
_ADVANCED: Final = re.compile(r"\bne\b|\bnot\b|\bendswith\b|/\$count\b", re.IGNORECASE)
_QUOTED: Final = re.compile(r"'(?:[^']|'')*+'")


@dataclass(frozen=True)
class Asked:
    """What is asked: a path below the service's root, and options in their order; both encoded."""

    path: str
    options: tuple[tuple[str, str], ...] = ()

    def option(self, name: str) -> str | None:
        """The value of an option, decoded; its name without `$`, which may be left out in a question as well."""
        found = [value for key, value in self.options if _plain(key) == name]
        return unquote(found[0]) if found else None

    def list(self, name: str) -> list[str]:
        """The names that `$select` or `$expand` has, without what is inside brackets or behind a slash."""
        value = re.sub(r"\([^()]*\)", "", self.option(name) or "")
        return [each.strip().partition("/")[0] for each in value.split(",") if each.strip()]

    def having(self, name: str, value: str) -> Asked:
        """The same with one more option."""
        return replace(self, options=(*self.options, (f"${name}", _encoded(value))))

    def where(self, condition: str) -> Asked:
        """The same with a condition beside the filter that is there."""
        if self.option("filter") is None:
            return self.having("filter", condition)
        new = [
            (key, f"({value})%20and%20{_encoded(condition)}" if _plain(key) == "filter" else value)
            for key, value in self.options
        ]
        return replace(self, options=tuple(new))

    @property
    def counts(self) -> bool:
        """Whether only a number is asked for."""
        return self.path.endswith("/$count")

    @property
    def advanced(self) -> bool:
        """Whether directory objects need to be asked with ConsistencyLevel: eventual."""
        text = _QUOTED.sub("''", self.option("filter") or "")
        sorts = self.option("orderby") is not None and bool(text)
        asks = self.option("search") is not None or (self.option("count") or "").lower() == "true"
        return bool(_ADVANCED.search(text)) or sorts or asks or self.counts

    def below(self, base: str) -> str:
        """The address."""
        options = "&".join(f"{key}={value}" for key, value in self.options)
        return f"{base}/{self.path}{f'?{options}' if options else ''}"


def read(text: str, base: str) -> Asked:
    """Read a question: `users?$filter=…&$select=…`, or the whole address of one that is below `base`.

    Raises:
        ParameterError: if it is none, or leads elsewhere.
    """
    flat = _LINES.sub(" ", text).strip()
    if flat.lower().startswith(f"{base}/".lower()):
        flat = flat[len(base) :]
    path, _, options = flat.partition("?")
    below = path.strip().lstrip("/").removeprefix(f"{base.rpartition('/')[2]}/")
    return Asked(_path(below, text), tuple(map(_option, _split(options))))


def _path(path: str, text: str) -> str:
    segments = path.rstrip("/").split("/")
    if "://" in path or ":" in segments[0] or "\\" in path:
        raise ParameterError(f"{text[:80]!r} leads to another address.", hint="Write the path alone: users?$top=5.")
    if not path or any(unquote(segment).strip() in ("", ".", "..") for segment in segments):
        raise ParameterError(f"{text[:80]!r} is no path.", hint="Write one such as security/alerts_v2?$filter=…")
    return "/".join(_RAW_IN_PATH.sub(_quoted, segment) for segment in segments)


def _split(options: str) -> list[str]:
    """Options, between `&` that stand in no quotes."""
    found, start = [], 0
    for match in _PARTS.finditer(options):
        if match[1]:
            found.append(options[start : match.start()])
            start = match.end()
    return [each.strip() for each in (*found, options[start:]) if each.strip()]


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"\$?[A-Za-z]\w*", name.strip(), re.ASCII):
        raise ParameterError(f"{text[:80]!r} is no option.", hint="Options are written $filter=…, with & between them.")
    return name.strip(), _encoded(value.strip())


def _plain(name: str) -> str:
    return name.removeprefix("$").lower()


def _encoded(value: str) -> str:
    return _RAW.sub(_quoted, value)


def _quoted(found: re.Match[str]) -> str:
    return quote(found[0], safe="")
