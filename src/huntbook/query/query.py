"""A prepared query: a lookup that somebody asks with values of their own, or a hunting query that is asked as it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from enum import StrEnum
from keyword import iskeyword
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from huntbook.query.bound import Span, bound, write
from huntbook.query.dialects import dialects
from huntbook.query.parameters import Clause, Kind, Value

DIALECTS = tuple(sorted(dialects, key=lambda name: (name != "kql", name)))  # of which a query may be written in each
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


def _is_name(text: str) -> str:
    if not text.isascii() or not text.isidentifier() or iskeyword(text) or text.startswith("_"):
        raise PydanticCustomError(
            "name", "{name} is no name: letters, digits and `_`, as Python takes them.", {"name": repr(text)}
        )
    return text


Name = Annotated[str, AfterValidator(_is_name)]
Text = Annotated[str, Field(min_length=1)]
Technique = Annotated[str, Field(pattern=r"^T\d{4}(\.\d{3})?$")]
Property = Annotated[str, Field(pattern=r"^[A-Z]\w*\.[A-Za-z]\w*$")]
Tables = dict[str, list[str]]
Moment = datetime | date


class Model(BaseModel):
    """What is written in a pack: nothing in it can be changed, and nothing in it is unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Parameter(Model):
    """What a query takes from whoever asks it; `{{name}}` stands for it in the text."""

    type: Kind = Kind.STRING
    """How its value is checked and written: always as a literal, but a column as a name and a clause as it stands."""
    of: Kind = Kind.STRING
    """What a list holds."""
    about: Text
    """What it is, in a sentence."""
    default: Any = None
    """What it is if it is not given; a parameter without one must be given."""
    aliases: list[Name] = []
    """Other names that it may be given by."""
    pivot: list[Property] = []
    """The properties of entities that it can be taken from: `Host.name`."""

    @model_validator(mode="before")
    @classmethod
    def _list_pivots(cls, raw: Any) -> Any:
        return (
            {**raw, "pivot": [raw["pivot"]]} if isinstance(raw, Mapping) and isinstance(raw.get("pivot"), str) else raw
        )

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return "default" not in self.model_fields_set


class Example(Model):
    """What a query's text returns of rows that stand here; `huntbook packs --check` runs it, and so do the tests.

    It has `rows`, and exactly what `returns` of them; or cases that the query `finds` and cases that it `ignores`, each with rows of its own.
    """

    dialect: str = ""
    """Whose text it is of; the first that the query is written in, KQL before the others, if not given."""
    values: dict[str, Any] = {}
    """The parameters' values."""
    rows: dict[str, list[dict[str, Any]]] = {}
    """The rows of each table, or for Splunk of each index; columns that are left out are empty."""
    returns: Annotated[list[dict[str, Any]], Field(min_length=1)] = []
    """The rows that come back, in any order and no others, each compared in the columns that it names."""
    finds: Annotated[list[Any], Field(min_length=1)] = []
    """Cases of which the query must return something."""
    ignores: Annotated[list[Any], Field(min_length=1)] = []
    """Cases of which it must return nothing."""
    span: tuple[Moment, Moment] | None = None
    """The time span; 2026-03-02, the whole day in UTC, if not given."""

    def bound(self, query: Query) -> dict[str, Value]:
        """Read its values for a query; what a pack says may be a clause."""
        clauses = {name for name, one in query.parameters.items() if one.type is Kind.CLAUSE}
        return query.bound({name: Clause(one) if name in clauses else one for name, one in self.values.items()})


class Query(Model):
    """A prepared query, in one text or in several dialects.

    With a severity it is a hunting query: what it returns are findings. Without one it is a lookup.
    """

    name: Name
    """Unique in its pack; a Python name, since it is also a method of a connection's menu."""
    pack: str
    about: Text
    """What it returns, in a sentence; a hunting query's is the title of its findings."""
    tags: list[str] = []
    """Words that a search finds it by, besides its name, text and tables."""
    severity: Severity | None = None
    """Of a hunting query, and of no other."""
    techniques: list[Technique] = []
    """ATT&CK; none of a query that passes on what another product saw."""
    why: str = ""
    """Why it matters."""
    false_positives: list[str] = []
    """What else it may be."""
    parameters: dict[Name, Parameter] = {}
    """What it takes, by the names of the holes."""
    needs: dict[str, Tables] = {}
    """For each dialect the tables that its text asks, and of each those columns that not every such table has."""
    shows: str = ""
    """A projection of `packs/_projections.yaml`, appended to the KQL text."""
    group: list[str] = ["Host", "Account", "ProcessPath"]
    """Rows that agree in these columns make one finding."""
    texts: dict[str, Text]
    """The query in each dialect that it is written in."""
    example: list[Example] = []
    """Rows that it is tried on, and what must come back of them."""

    @model_validator(mode="before")
    @classmethod
    def _fold(cls, raw: Any) -> Any:
        """Take the short forms of the file for what they stand for."""
        if not isinstance(raw, Mapping):
            return raw
        folded = {key: value for key, value in raw.items() if key not in DIALECTS}
        folded["texts"] = {**raw.get("texts", {}), **{key: raw[key] for key in DIALECTS if key in raw}}
        if isinstance(raw.get("needs"), list):
            folded["needs"] = {"kql": raw["needs"]}
        if isinstance(folded.get("needs"), Mapping):
            folded["needs"] = {dialect: _tables(listed) for dialect, listed in folded["needs"].items()}
        if isinstance(raw.get("example"), Mapping):
            folded["example"] = [raw["example"]]
        return folded

    @model_validator(mode="after")
    def _check(self) -> Self:
        from huntbook.query.checks import problems  # noqa: PLC0415 - it is about this class

        if found := list(problems(self)):
            raise PydanticCustomError("query", "{said}", {"said": found[0].said, "problems": found})
        return self

    @property
    def full_name(self) -> str:
        """`pack.name`, unique over all packs."""
        return f"{self.pack}.{self.name}"

    @property
    def hunts(self) -> bool:
        """Whether it is a hunting query, which has a severity and is asked as it stands."""
        return self.severity is not None

    @property
    def kql(self) -> str:
        """The KQL text; empty if it is not written in KQL."""
        return self.texts.get("kql", "")

    def bound(self, values: Mapping[str, Any], columns: Collection[str] | None = None) -> dict[str, Value]:
        """Check the values for the parameters, given by name or alias, and fill in the defaults of the others.

        Args:
            values: what is known of the parameters.
            columns: the names that a parameter of type `column` may have; any if not given.

        Raises:
            ParameterError: a name that the query does not take, one that it lacks, or a value that is none of its kind.
        """
        return bound(self, values, columns)

    def write(self, dialect: str, values: Mapping[str, Value], span: Span | None = None) -> str:
        """Write the text of a dialect with bound values, and with the ends of a time span where it has holes for them.

        Raises:
            ParameterError: the text asks for a time span and there is none, or a value cannot be written in this dialect.
        """
        return write(self, dialect, values, span)

    def dialect_of(self, example: Example) -> str:
        """Return the dialect whose text an example is of."""
        return example.dialect or next(iter(self.texts), "")

    def examples(self, dialect: str = "kql") -> list[Example]:
        """Return the examples that are of the text of a dialect."""
        return [one for one in self.example if self.dialect_of(one) == dialect]

    def tables(self, dialect: str = "kql") -> list[str]:
        """Return the tables that the text of a dialect asks."""
        return list(self.needs.get(dialect, {}))


def _tables(listed: Any) -> Any:
    """`[A, {B: [x, y]}]` as `{A: [], B: [x, y]}`."""
    if not isinstance(listed, list):
        return listed
    tables: dict[Any, Any] = {}
    for entry in listed:
        if not isinstance(entry, (str, Mapping)):
            raise PydanticCustomError("needs", "needs names tables, perhaps with columns: `[A, {{B: [x, y]}}]`.")
        tables.update(entry if isinstance(entry, Mapping) else {entry: []})
    return tables
