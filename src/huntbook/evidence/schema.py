"""The files in `schemas/`: how raw records are recognised and how they fill a table and the ASIM views.

`schemas/<Table>.yaml` describes one table, `schemas/_forms.yaml` the forms that records of several tables come in (an EVTX
record, a Winlogbeat document, a Zeek line …), `schemas/_asim.yaml` the columns of the ASIM views.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from huntbook.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent.parent / "schemas"
Type = Literal["bool", "int", "long", "real", "string", "datetime", "guid", "dynamic", "timespan"]
DUCKDB_TYPES: Mapping[str, str] = {
    "bool": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "real": "DOUBLE",
    "string": "VARCHAR",
    "datetime": "TIMESTAMP",
    "guid": "VARCHAR",
    "dynamic": "JSON",
    "timespan": "INTERVAL",
}


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=_Model)


class Column(_Model):
    """A column: its KQL type, and the expression over the record's fields that fills it (none: the field of its name)."""

    type: Type
    expression: str = ""


def _column(value: object) -> object:
    """Read `datetime = TimeCreated` as a column."""
    if not isinstance(value, str):
        return value
    kind, _, expression = value.partition("=")
    return {"type": kind.strip(), "expression": expression.strip()}


def _list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Columns = dict[str, Annotated[Column, BeforeValidator(_column)]]
Paths = Annotated[list[str], BeforeValidator(_list)]


class Form(_Model):
    """A way in which records are written: what tells it, where its fields are.

    Paths go from the record's root, keys separated by `/` (`Event/System/EventID`).
    """

    about: str
    has: list[str] = Field(min_length=1)
    fields: dict[str, Paths] = {}
    data: Paths = []  # the object in which fields that are not named above are looked up; none: the record itself
    each: str = ""  # SQL over `record`: a list of objects, each of which, merged into the record, is a row of its own
    data_as: str = ""  # SQL over `_data` that brings this object into shape: `{name: value}`


class Asim(_Model):
    """How rows of a table fill an ASIM view. Expressions speak of the table's columns, then of the record's fields."""

    where: str = "true"
    columns: dict[str, str]


class Table(_Model):
    """One table: `schemas/<name>.yaml`."""

    table: str
    about: str
    fragments: dict[str, object] = {}  # parts that other places of the file repeat with `*`; not read themselves
    forms: dict[str, str] = {}  # form → which of its records belong here (SQL over its fields; `true` for all)
    derived_from: str = ""  # the table whose rows this one shows under other names; it has no rows of its own
    own: list[str] = []  # columns by which an export of this very table (its own column names) is recognised
    also: dict[str, Paths] = {}  # other names that exports have for a column
    local_forms: dict[str, Form] = {}
    data_column: str = ""  # the column of an export of this table that holds the record's data as JSON
    columns: Columns
    computed: Columns = {}  # columns made when the table is read: SQL over its stored columns and `_Fields`, these as JSON
    unfilled: dict[Type, list[str]] = {}  # documented columns that no local record fills; null in the view
    asim: dict[
        str, Annotated[list[Asim], BeforeValidator(lambda value: [value] if isinstance(value, dict) else value)]
    ] = {}


class View(_Model):
    """An ASIM view: its columns, and aliases that are computed when it is read."""

    about: str
    columns: dict[Type, list[str]]
    aliases: dict[str, str] = {}
    also_named: list[str] = []

    @property
    def types(self) -> dict[str, str]:
        """Column name to DuckDB's type."""
        return {column: DUCKDB_TYPES[kind] for kind, columns in self.columns.items() for column in columns}


class Schemas(_Model):
    """All schemas together."""

    tables: dict[str, Table]
    forms: dict[str, Form]
    views: dict[str, View]

    def filled(self, view: str) -> frozenset[str]:
        """The columns of an ASIM view that some table fills."""
        return frozenset(
            column for table in self.tables.values() for asim in table.asim.get(view, []) for column in asim.columns
        )


@cache
def load() -> Schemas:
    """Read and check every file in `schemas/`.

    Raises:
        SchemaError: naming file, line and what is wrong.
    """
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml"))}
    tables = [_read(path, text, Table) for path, text in texts.items() if not path.stem.startswith("_")]
    forms = {name: _make(FOLDER / "_forms.yaml", name, item, Form) for name, item in _raw("_forms", texts).items()}
    own = {name: form for table in tables for name, form in table.local_forms.items()}
    views = {name: _make(FOLDER / "_asim.yaml", name, item, View) for name, item in _raw("_asim", texts).items()}
    return Schemas(tables={table.table: table for table in tables}, forms=forms | own, views=views)


@cache
def version() -> str:
    """A word that changes when any schema does, or any code that reads or maps: what was stored before is then read anew."""
    package = FOLDER.parent
    digest = hashlib.sha256()
    for path in sorted([*FOLDER.glob("*.yaml"), *package.glob("evidence/*.py"), *package.glob("readers/*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _parse(text: str) -> Any:
    """Read YAML with libyaml where it is there: ten times as fast, and as safe."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders


def _raw(stem: str, texts: Mapping[Path, str]) -> dict[str, object]:
    return dict(_parse(texts[FOLDER / f"{stem}.yaml"]) or {})


def _read(path: Path, text: str, model: type[Table]) -> Table:
    try:
        raw = _parse(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise SchemaError(f"not YAML: {error}", path=path, line=mark.line + 1 if mark else 0) from error
    table = _make(path, "", raw, model)
    if table.table != path.stem:
        raise SchemaError(f"it describes {table.table!r}; the file's name must be the table's.", path=path)
    return table


def _make(path: Path, name: str, raw: object, model: type[M]) -> M:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, ([name] if name else []) + list(first["loc"])))
        raise SchemaError(f"{where}: {first['msg']}", path=path) from error
