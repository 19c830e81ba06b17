"""Packs: prepared queries as data, one YAML file for each topic in `packs/`.

```yaml
about: Windows hosts.
parameters:                                # shared: a query takes one by naming it
  host: {type: string, about: Computer name., pivot: Host.name, aliases: [host_name]}
queries:
  logons:                                  # a lookup: hb.connect(…).queries.windows.logons(host="WS01", last="2d")
    about: Successful and failed logons on a host.
    tags: [logon]                          # words that a search finds it by
    parameters: {host: {}}
    needs: [SecurityEvent]                 # tables of the KQL text; {kql: […], spl: […]} by dialect; {SecurityEvent: [EventID]} with columns
    kql: |
      SecurityEvent
      | where TimeGenerated between ({{start}} .. {{end}})
      | where EventID in (4624, 4625) and Computer has {{host}}
    example:                               # the text is run on these rows: `huntbook packs --check FILE`; `dialect: spl` has events
      values: {host: WS01}
      rows:
        SecurityEvent:
          - {TimeGenerated: 2026-03-02T09:10:00Z, EventID: 4624, Computer: WS01}
          - {TimeGenerated: 2026-03-02T09:10:00Z, EventID: 4624, Computer: WS02}
      returns: [{Computer: WS01}]
  lsass_memory_read:                       # a hunting query: it has a severity, and is asked as it stands
    about: Memory of LSASS was read
    severity: high                         # high, medium, low, informational
    techniques: [T1003.001]
    why: LSASS holds the secrets of whoever is logged on; hardly anything but security products reads it.
    false_positives: [Security products, Task Manager used by an administrator]
    needs: [_Im_ProcessCreate]
    shows: process                         # a projection of packs/_projections.yaml, appended to the text; or project yourself
    group: [Host, ProcessId]               # rows that agree in these make one finding; the projection's if not given
    kql: |
      _Im_ProcessCreate | where TargetProcessCommandLine has_all ("comsvcs", "MiniDump")
    example:                               # each case is a row or several, in short; docs/how-to/write-a-pack.md
      finds: ["rundll32.exe comsvcs.dll, MiniDump 628 a.dmp full"]
      ignores: ["rundll32.exe shell32.dll,Control_RunDLL"]
```

The columns of a hunting query's answer have fixed names where they mean one of these: `TimeGenerated`, `Last` (of a query that counts:
when it was last seen), `Host`, `Account`, `ProcessId`, `ProcessGuid`, `ProcessPath`, `CommandLine`, `ParentProcessId`, `RemoteAddress`,
`RemotePort`. Others are shown as they are.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from huntbook.core.display import printable
from huntbook.core.marked_yaml import Marked, read_yaml
from huntbook.errors import ConfigError, SchemaError, UnknownName
from huntbook.query.checks import Problem
from huntbook.query.msticpy.source import is_msticpy
from huntbook.query.pack_errors import told
from huntbook.query.query import ROLES, Example, Model, Name, Parameter, Query, Severity, Text

__all__ = [
    "FOLDER",
    "ROLES",
    "Example",
    "Pack",
    "Packs",
    "Parameter",
    "Query",
    "Severity",
    "packs",
    "projections",
    "read_pack",
]

FOLDER = Path(__file__).parent.parent / "packs"
RESERVED = {"fired", "saved", "search", "unavailable"}  # what a menu of queries has besides packs
_OURS = {"name", "pack", "texts"}  # what a query is told, and does not say of itself


class Pack(Model):
    """The queries of one topic; `pack["lsass_memory_read"]`."""

    name: Name
    """Its file's name."""
    about: Text
    """What its queries are about."""
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    """What several queries take; a query takes one by naming it, and may say it otherwise in part."""
    queries: dict[Name, Query] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _complete_queries(cls, raw: Any) -> Any:
        """Tell every query its own name and its pack's, the projection that it asks for, and the shared parameters that it takes."""
        if not isinstance(raw, Mapping) or not isinstance(raw.get("queries"), Mapping):
            return raw
        shared = raw.get("parameters") if isinstance(raw.get("parameters"), Mapping) else {}
        queries = {
            name: _complete(query, name, raw.get("name"), shared or {}) for name, query in raw["queries"].items()
        }
        return {**raw, "queries": queries}

    def __getitem__(self, name: str) -> Query:
        if name not in self.queries:
            raise UnknownName.among(f"query in the pack {self.name!r}", name, self.queries)
        return self.queries[name]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.queries)


def _complete(query: Any, name: str, pack: object, shared: Mapping[str, Any]) -> Any:
    if not isinstance(query, Mapping):
        return query
    for key in _OURS & set(query):
        raise _refused(f"{key!r} is not for a pack to say.", ("queries", name, key))
    named = {**query, "name": name, "pack": pack}
    if isinstance(query.get("parameters"), Mapping):
        named["parameters"] = {key: _taken(one, shared.get(key)) for key, one in query["parameters"].items()}
    if not query.get("shows"):
        return named
    projection = projections().get(str(query["shows"]))
    if projection is None:
        said = f"there is no projection {query['shows']!r}; there are {', '.join(projections())}."
        raise _refused(said, ("queries", name, "shows"))
    text = f"{str(query.get('kql', '')).rstrip()}\n| {projection['kql']}\n"
    return {"group": projection["group"], **named, "kql": text}


def _taken(own: Any, shared: Any) -> Any:
    """A parameter as the query has it: the shared one, with what the query says otherwise."""
    if not isinstance(shared, Mapping):
        return {} if own is None else own
    return {**shared, **own} if isinstance(own, Mapping) else dict(shared) if own is None else own


def _refused(said: str, place: tuple[str | int, ...]) -> PydanticCustomError:
    return PydanticCustomError("pack", "{said}", {"said": said, "problems": [Problem(said, place)]})


class Packs(Mapping[str, Pack]):
    """Packs by name: `hb.packs["credentials"]["lsass_memory_read"].kql`.

    A pack that cannot be read is in `.failed` with its error, and hides no other.

    Example:
        hb.packs["credentials"].queries
        Packs("my/packs")["fleet"]
    """

    def __init__(self, *folders: Path | str, more: Callable[[], Sequence[Path | ConfigError]] = tuple) -> None:
        """Read packs from folders; `more` gives those that are named elsewhere, each time that packs are looked at."""
        self._own = [Path(folder) for folder in folders] or [FOLDER]
        self._more = more

    @property
    def failed(self) -> Mapping[str, SchemaError]:
        """The files that are no pack or have a mistake, by name, and what is wrong with each."""
        return self._read()[1]

    def __getitem__(self, name: str) -> Pack:
        good, failed = self._read()
        if name in failed and name not in good:
            raise failed[name]
        if name not in good:
            raise UnknownName.among("pack", name, good)
        return good[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read()[0])

    def __contains__(self, name: object) -> bool:
        return name in self._read()[0]

    def __len__(self) -> int:
        return len(self._read()[0])

    def values(self) -> ValuesView[Pack]:
        """The packs; the folders are looked at once, not for each."""
        return self._read()[0].values()

    def items(self) -> ItemsView[str, Pack]:
        """Names and packs; the folders are looked at once, not for each."""
        return self._read()[0].items()

    def queries(self) -> list[Query]:
        """Every query of every pack that can be read; a warning names each pack that cannot."""
        for path, errors in self._failed_by_path().items():
            if path.stem in self:
                warnings.warn(f"Of {path} left out: {len(errors)}; `.failed` says why.", stacklevel=2)
            else:
                warnings.warn(f"A pack is left out: {errors[0].message}", stacklevel=2)
        return [query for pack in self.values() for query in pack.queries.values()]

    def hunting(self) -> list[Query]:
        """The queries that have a severity: what `hb.hunt` asks."""
        return [query for query in self.queries() if query.hunts]

    def _failed_by_path(self) -> dict[Path, list[SchemaError]]:
        found: dict[Path, list[SchemaError]] = {}
        for name, error in self.failed.items():
            found.setdefault(Path(error.path or name), []).append(error)
        return found

    def _read(self) -> tuple[dict[str, Pack], dict[str, SchemaError]]:
        good: dict[str, Pack] = {}
        failed: dict[str, SchemaError] = {}
        more = self._more()
        folders = [*self._own, *(each for each in more if not isinstance(each, ConfigError))]
        failed.update(_not_found(each for each in more if isinstance(each, ConfigError)))
        for folder in folders:
            if not folder.is_dir():
                raise SchemaError("is no folder of packs.", path=folder)
        for path in (path for folder in folders for path in pack_files(folder)):
            try:
                pack, lost = _found(path)
                if pack.name in good:
                    said = f"there is a pack {pack.name!r} already; give this file another name."
                    failed[path.name] = SchemaError(said, path=path)
                else:
                    good[pack.name] = pack
                    failed.update(lost)
            except SchemaError as error:
                failed[path.stem] = error
        return dict(sorted(good.items())), failed

    def __repr__(self) -> str:
        good, failed = self._read()
        lines = [f"{name:<24}{len(pack.queries):>4} queries  {pack.about}" for name, pack in good.items()]
        lines += [f"{name:<24}   not read  {error.message}" for name, error in failed.items()]
        return "\n".join(map(printable, lines))

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)


def pack_files(folder: Path) -> Sequence[Path]:
    """The pack files of a folder: what begins with `_` belongs to packs and is none."""
    return sorted(path for path in folder.glob("[!_.]*") if path.suffix in (".yaml", ".yml"))


@cache
def projections() -> dict[str, dict[str, Any]]:
    """The projections that queries may name in `shows`."""
    return dict(read_yaml(FOLDER / "_projections.yaml").value)


def read_pack(path: Path) -> Pack:
    """Read and check one pack; one that did not change since is not read again.

    Raises:
        SchemaError: naming file, line and what is wrong.
    """
    return _found(path)[0]


Lost = Mapping[str, SchemaError]  # queries of a pack of MSTICPy's that could not be converted, by full name


def _found(path: Path) -> tuple[Pack, Lost]:
    try:
        found = path.stat()
    except OSError as error:
        raise SchemaError(f"cannot be read: {error.strerror or error}", path=path) from error
    return _read_pack(path, (found.st_mtime_ns, found.st_size))


@cache
def _read_pack(path: Path, _: tuple[int, int]) -> tuple[Pack, Lost]:
    marked = read_yaml(path)
    if is_msticpy(marked.value):
        return _converted(marked, path)
    return _checked(marked, path), {}


def _converted(marked: Marked, path: Path) -> tuple[Pack, Lost]:
    from huntbook.query.msticpy.convert import convert  # noqa: PLC0415 - it needs the KQL compiler, which takes time to load

    found = convert(marked)
    if not found.queries:
        said = found.lost[0].said if found.lost else "it has no queries."
        raise SchemaError(f"no query of this pack of MSTICPy's can be read: {said}", path=path)
    lost = {
        f"{path.stem}.{one.query}": SchemaError(f"{one.query}: {one.said}", path=path, line=one.line)
        for one in found.lost
    }
    return _checked(Marked(found.raw(), marked.lines), path), lost


def _checked(marked: Marked, path: Path) -> Pack:
    if not isinstance(marked.value, Mapping):
        raise SchemaError("a pack is a mapping with `about` and `queries`.", path=path)
    if "name" in marked.value:
        raise SchemaError("a pack's name is its file's.", path=path, line=marked.line(("name",)))
    if path.stem in RESERVED:
        raise SchemaError(
            f"{path.stem!r} means something else in the menu of a connection; give this file another name.", path=path
        )
    try:
        return Pack.model_validate({**marked.value, "name": path.stem})
    except ValidationError as error:
        raise told(error, marked, path) from error


def _not_found(errors: Iterable[ConfigError]) -> Iterator[tuple[str, SchemaError]]:
    """What is wrong with the folders that the settings name; it has no pack's name."""
    return ((f"settings {nth}", SchemaError(each.message, hint=each.hint)) for nth, each in enumerate(errors, 1))


def _named() -> Sequence[Path | ConfigError]:
    from huntbook.config.plugins import pack_folders  # noqa: PLC0415 - settings are read when packs are

    return pack_folders()


packs = Packs(more=_named)
