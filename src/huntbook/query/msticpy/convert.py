"""Converting a whole pack of MSTICPy's, query by query: what cannot be converted is named, with its line and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from keyword import iskeyword
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from huntbook.errors import HuntbookError
from huntbook.query.kql.known_tables import known_tables
from huntbook.query.kql.reads import reads
from huntbook.query.kql.resource_graph_tables import resource_graph_tables
from huntbook.query.msticpy.kql import convert_kql
from huntbook.query.msticpy.others import convert_odata, convert_spl, convert_sql
from huntbook.query.msticpy.parameters import parameters, shared
from huntbook.query.msticpy.source import Source, sources
from huntbook.query.msticpy.template import NotConverted, drafted, without_items
from huntbook.query.parameters import Clause, Kind
from huntbook.query.query import Query

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from huntbook.core.marked_yaml import Marked
    from huntbook.query.kql.types import Type
    from huntbook.query.msticpy.template import Draft

_CONVERTS: Mapping[str, Callable[[Draft], None]] = {
    "kql": convert_kql,
    "spl": convert_spl,
    "odata": convert_odata,
    "sql": convert_sql,
}
_SAMPLES: Mapping[Kind, Any] = {
    Kind.STRING: "a",
    Kind.LIST: ["a"],
    Kind.INT: 1,
    Kind.REAL: 1.0,
    Kind.BOOL: True,
    Kind.DATETIME: "2026-03-02",
    Kind.TIMESPAN: "1h",
    Kind.IP: "192.0.2.7",
    Kind.GUID: "6f9619ff-8b86-d011-b42d-00c04fc964ff",
    Kind.COLUMN: "TimeGenerated",
}
_SPAN = SimpleNamespace(start=datetime(2026, 3, 2, tzinfo=UTC), end=datetime(2026, 3, 3, tzinfo=UTC))


@dataclass(frozen=True)
class Remark:
    """What is to be said of a query; `lost` if it could not be converted at all."""

    query: str
    line: int
    said: str
    lost: bool = False

    def __str__(self) -> str:
        return f"line {self.line}: {self.query}: {'not converted: ' if self.lost else ''}{self.said}"


@dataclass(frozen=True)
class Conversion:
    """A pack as ours, ready to be written or read, and what is to be said of it."""

    about: str
    queries: dict[str, dict[str, Any]] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def lost(self) -> list[Remark]:
        """What could not be converted."""
        return [remark for remark in self.remarks if remark.lost]

    def raw(self) -> dict[str, Any]:
        """The pack as its file would have it, with the parameters that queries share described once."""
        common = shared(self.queries)
        queries = {name: self._with_shared(query, common) for name, query in self.queries.items()}
        return {"about": self.about, **({"parameters": common} if common else {}), "queries": queries}

    @staticmethod
    def _with_shared(query: dict[str, Any], common: Mapping[str, Any]) -> dict[str, Any]:
        if "parameters" not in query:
            return query
        taken = {name: {} if about == common.get(name) else about for name, about in query["parameters"].items()}
        return {**query, "parameters": taken}


def convert(marked: Marked) -> Conversion:
    """Convert a pack of MSTICPy's; queries that cannot be converted are left out, and named in the remarks."""
    about = (marked.value.get("metadata") or {}).get("description") or "Queries of MSTICPy's."
    conversion = Conversion(str(about).strip())
    for source in sources(marked):
        if not isinstance(source, Source):
            name, line, said = source
            conversion.remarks.append(Remark(name, line, said, lost=True))
            continue
        try:
            raw, notes = _converted(source)
        except NotConverted as error:
            conversion.remarks.append(Remark(source.name, source.line, str(error), lost=True))
            continue
        name = _name(source.name)
        if name in conversion.queries:
            conversion.remarks.append(Remark(source.name, source.line, f"there is a query {name} already.", lost=True))
            continue
        if name != source.name:
            notes.append(f"it is called {name} here, which Python can say.")
        conversion.queries[name] = raw
        conversion.remarks.extend(Remark(source.name, source.line, note) for note in notes)
    return conversion


def _name(name: str) -> str:
    """A name that Python can say."""
    plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")
    return f"q_{plain}" if not plain[:1].isalpha() or iskeyword(plain) else plain


def _converted(source: Source) -> tuple[dict[str, Any], list[str]]:
    known = [dialect for dialect in source.dialects if dialect in _CONVERTS]
    if not known:
        raise NotConverted(
            f"it is for {' and '.join(source.environments) or 'no environment'}, whose language is not spoken here."
        )
    draft = drafted(source.text, source.parameters)
    without_items(draft)
    _CONVERTS[known[0]](draft)
    raw: dict[str, Any] = {"about": source.about or source.name.replace("_", " ")}
    if tags := list(dict.fromkeys(tag.lower() for tag in source.tags)):
        raw["tags"] = tags
    if taken := parameters(source, draft):
        raw["parameters"] = taken
    raw[known[0]] = f"{draft.text}\n"
    if source.aliases:
        draft.note(f"its other names are left out: {', '.join(source.aliases)}.")
    query = _read(source, raw)
    if known[0] == "kql":
        raw = _with_needs(query, raw, draft)
    return raw, draft.notes


def _read(source: Source, raw: Mapping[str, Any]) -> Query:
    try:
        return Query.model_validate({**raw, "name": _name(source.name), "pack": "imported"})
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        found = detail.get("ctx", {}).get("problems")
        raise NotConverted(found[0].said if found else f"{detail['loc'][-1]}: {detail['msg']}") from error


def _with_needs(query: Query, raw: dict[str, Any], draft: Draft) -> dict[str, Any]:
    """Add the tables that a KQL text reads, told by compiling it; one that does not compile here is kept, and said."""
    if any(one.type is Kind.COLUMN and one.required for one in query.parameters.values()):
        return raw  # which table it reads is for the caller to say
    try:
        read: Collection[str] = reads(_sampled(query), _documented())
    except HuntbookError as error:
        draft.note(
            f"its text is not tried, since it does not compile over the tables that Microsoft documents: {error.message}"
        )
        read = _first(query)
    if not read:
        return raw
    return {**{key: value for key, value in raw.items() if key != "kql"}, "needs": list(read), "kql": raw["kql"]}


@cache
def _documented() -> Mapping[str, Mapping[str, Type]]:
    """The tables of Sentinel, Defender and Azure Resource Graph, the last ones as people write them, in small letters."""
    graph = resource_graph_tables()
    return {**{name.lower(): columns for name, columns in graph.items()}, **graph, **known_tables()}


def _first(query: Query) -> list[str]:
    """The table that a text begins with, if it does with one."""
    found = re.match(r"([A-Za-z_]\w*)\s*(?:\||$)", query.kql if not query.parameters else _sampled(query))
    return [found[1]] if found else []


def _sampled(query: Query) -> str:
    """The text with some value in every hole."""
    values = {name: _sample(one.type, one.of) for name, one in query.parameters.items() if one.required}
    return query.write("kql", query.bound(values), _SPAN)


def _sample(kind: Kind, of: Kind) -> Any:
    if kind is Kind.CLAUSE:
        return Clause("true")
    return [_SAMPLES[of]] if kind is Kind.LIST else _SAMPLES[kind]
