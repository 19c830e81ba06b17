"""Packs: prepared queries as data, one YAML file for each topic in `packs/`.

```yaml
about: Theft of credentials on Windows.
queries:
  lsass_memory_read:
    title: Memory of LSASS was read
    severity: high                      # high, medium, low, informational
    techniques: [T1003.001]
    why: LSASS holds the secrets of whoever is logged on; hardly anything but security products reads it.
    false_positives: [Security products, Task Manager used by an administrator]
    needs: [_Im_ProcessCreate]          # tables and views that it asks
    shows: process                      # a projection of packs/_projections.yaml, appended to the text; or project yourself
    group: [Host, ProcessId]            # rows that agree in these make one finding; the projection's if not given
    kql: |
      _Im_ProcessCreate | where TargetProcessCommandLine has_all ("comsvcs", "MiniDump")
```

The columns of a hunting query's answer have fixed names where they mean one of these: `TimeGenerated`, `Last` (of a query that counts:
when it was last seen), `Host`, `Account`, `ProcessId`, `ProcessGuid`, `ProcessPath`, `CommandLine`, `ParentProcessId`, `RemoteAddress`,
`RemotePort`. Others are shown as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from huntbook.errors import SchemaError, UnknownName

FOLDER = Path(__file__).parent.parent / "packs"
# What a column of a hunting query's answer may be named to mean something for the finding.
ROLES = (
    "TimeGenerated",
    "Last",
    "Host",
    "Account",
    "ProcessId",
    "ProcessGuid",
    "ProcessPath",
    "CommandLine",
    "ParentProcessId",
    "RemoteAddress",
    "RemotePort",
)


class Severity(StrEnum):
    """How bad it would be if a finding is what it seems, weighed with how seldom it is something else."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFORMATIONAL = "informational"

    @property
    def rank(self) -> int:
        """From 0, the most severe."""
        return list(Severity).index(self)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Technique = Annotated[str, Field(pattern=r"^T\d{4}(\.\d{3})?$")]


class Query(_Model):
    """A prepared query."""

    name: str
    pack: str
    title: str
    severity: Severity
    techniques: list[Technique]  # none of a query that passes on what another product saw
    why: str
    false_positives: list[str] = []
    needs: list[str] = Field(min_length=1)
    shows: str = ""
    group: list[str] = ["Host", "Account", "ProcessPath"]
    kql: str

    @property
    def full_name(self) -> str:
        """`pack.name`, unique over all packs."""
        return f"{self.pack}.{self.name}"


class Pack(_Model):
    """The queries of one topic; `pack["lsass_memory_read"]`."""

    name: str
    about: str
    queries: dict[str, Query]

    @model_validator(mode="before")
    @classmethod
    def _name_queries(cls, raw: Any) -> Any:
        """Tell every query its own name and its pack's."""
        if not isinstance(raw, Mapping) or not isinstance(raw.get("queries"), Mapping):
            return raw
        return {
            **raw,
            "queries": {name: _complete(query, name, raw.get("name")) for name, query in raw["queries"].items()},
        }

    def __getitem__(self, name: str) -> Query:
        if name not in self.queries:
            raise UnknownName.among(f"query in the pack {self.name!r}", name, self.queries)
        return self.queries[name]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.queries)


def _complete(query: Any, name: str, pack: object) -> Any:
    """Add a query's own name, its pack's, and the projection that it asks for."""
    if not isinstance(query, Mapping):
        return query
    named = {**query, "name": name, "pack": pack}
    projection = projections().get(str(query.get("shows") or ""))
    if projection is None:
        if query.get("shows"):
            raise ValueError(f"{name}: there is no projection {query['shows']!r}; there are {', '.join(projections())}")
        return named
    text = f"{str(query.get('kql', '')).rstrip()}\n| {projection['kql']}\n"
    return {"group": projection["group"], **named, "kql": text}


class Packs(Mapping[str, Pack]):
    """The packs of a folder, by name: `hb.packs["credentials"]["lsass_memory_read"].kql`."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> Pack:
        path = self._folder / f"{name}.yaml"
        if name not in list(self):
            raise UnknownName.among("pack", name, self)
        return read_pack(path)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.stem for path in self._folder.glob("[!_]*.yaml")))

    def __contains__(self, name: object) -> bool:
        return name in list(iter(self))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def queries(self) -> list[Query]:
        """Every query of every pack."""
        return [query for pack in self.values() for query in pack.queries.values()]

    def __repr__(self) -> str:
        return "\n".join(f"{name:<24}{len(pack.queries):>4} queries  {pack.about}" for name, pack in self.items())

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)


@cache
def projections() -> dict[str, dict[str, Any]]:
    """The projections that queries may name in `shows`."""
    return dict(_parse((FOLDER / "_projections.yaml").read_text(encoding="utf-8")))


def _parse(text: str) -> Any:
    """Read YAML with libyaml where it is there: ten times as fast, and as safe."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders


@cache
def read_pack(path: Path) -> Pack:
    """Read and check one pack.

    Raises:
        SchemaError: naming file, line where it is known, and what is wrong.
    """
    try:
        raw = _parse(path.read_text(encoding="utf-8"))
        if not isinstance(raw, Mapping):
            raise SchemaError("a pack is a mapping with `about` and `queries`.", path=path)
        return Pack.model_validate({**raw, "name": path.stem})
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise SchemaError(f"not YAML: {error}", path=path, line=mark.line + 1 if mark else 0) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise SchemaError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}", path=path) from error


packs = Packs()
