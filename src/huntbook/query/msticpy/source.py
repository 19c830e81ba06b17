"""A query of MSTICPy's as its file has it: defaults merged in, macros replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from huntbook.core.marked_yaml import Marked

# What a data environment speaks, as far as there is a dialect for it.
_DIALECTS = {
    **dict.fromkeys(
        (
            "azuredataexplorer", "azuresentinel", "kusto", "loganalytics", "m365d", "m365dgraph", "mdatp", "mde", "mssentinel",
            "mssentinelsearch", "resourcegraph",
        ),
        "kql",
    ),
    "splunk": "spl",
    **dict.fromkeys(("msgraph", "securitygraph", "microsoftgraph", "microsoftdefender"), "odata"),
    "elastic": "lucene",
    "openobserve": "sql",
}  # fmt: skip


def is_msticpy(value: object) -> bool:
    """Whether what a YAML file holds is a pack of MSTICPy's."""
    return isinstance(value, Mapping) and {"metadata", "sources"} <= set(value) and "queries" not in value


@dataclass(frozen=True)
class Given:
    """A parameter as MSTICPy has it."""

    name: str
    type: str = "str"
    about: str = ""
    default: Any = None
    optional: bool = False
    aliases: tuple[str, ...] = ()
    format: str = ""


@dataclass(frozen=True)
class Source:
    """One query; `line` is where it stands in its file."""

    name: str
    line: int
    about: str
    text: str
    dialects: tuple[str, ...]
    environments: tuple[str, ...]
    tags: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    """The entities that it is a pivot of."""
    parameters: Mapping[str, Given] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


def sources(marked: Marked) -> Iterator[Source | tuple[str, int, str]]:
    """Read every query of a file; for one that is not well-formed its name, line, and what is wrong."""
    file = marked.value
    defaults, metadata = _mapping(file.get("defaults")), _mapping(file.get("metadata"))
    for name, raw in _mapping(file.get("sources")).items():
        line = marked.line(("sources", name))
        text = _mapping(_mapping(raw).get("args")).get("query")
        if not isinstance(text, str) or not text.strip():
            yield name, line, "it has no text in `args: query:`."
            continue
        about = _merged(_merged(metadata, _mapping(defaults.get("metadata"))), _mapping(raw.get("metadata")))
        parameters = _merged(_mapping(defaults.get("parameters")), _mapping(raw.get("parameters")))
        environments = _texts(about.get("data_environments"))
        spoken = [_DIALECTS[one.lower()] for one in environments if one.lower() in _DIALECTS]
        yield Source(
            name=name,
            line=line,
            about=str(raw.get("description") or "").strip(),
            text=_without_macros(text, _mapping(raw.get("query_macros"))),
            dialects=tuple(dict.fromkeys(spoken)),
            environments=environments,
            tags=(*_texts(about.get("tags")), *_texts(about.get("data_families"))),
            entities=_texts(_mapping(about.get("pivot")).get("direct_func_entities")),
            parameters={key: _given(key, _mapping(one)) for key, one in parameters.items()},
            aliases=_texts(_mapping(raw.get("metadata")).get("aliases")),
        )


def _given(name: str, raw: Mapping[str, Any]) -> Given:
    return Given(
        name=name,
        type=str(raw.get("type") or "str").strip().lower(),
        about=str(raw.get("description") or "").strip(),
        default=raw.get("default"),
        optional=raw.get("default") is not None,
        aliases=_texts(raw.get("aliases")),
        format=str(raw.get("format") or ""),
    )


def _without_macros(text: str, macros: Mapping[str, Any]) -> str:
    """`$<name>$` stands for a text of the query's `query_macros`."""
    for name, macro in macros.items():
        text = text.replace(f"$<{name}>$", str(_mapping(macro).get("value") or ""))
    return text


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Both, one level after another; where both say something, the second."""
    both = {**under}
    for key, value in over.items():
        mine = both.get(key)
        both[key] = _merged(mine, value) if isinstance(mine, Mapping) and isinstance(value, Mapping) else value
    return both


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)
