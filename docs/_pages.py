"""The reference pages, one function for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import typer
from _docstrings import first_line, function, join, kind, table
from _kql import kql

import huntbook as hb
from huntbook import cli, errors
from huntbook.analytics._iocs.kinds import Kind
from huntbook.core.result import Completeness, Origin, Result
from huntbook.core.timespan import TimeSpan
from huntbook.evidence import schema
from huntbook.evidence.limits import Limits
from huntbook.investigation.finding import Finding, Findings, Triage
from huntbook.investigation.triage import Investigation
from huntbook.plots._base import Plot
from huntbook.query.pack import Example, Pack, Parameter, Query, Severity
from huntbook.query.pack import packs as all_packs
from huntbook.query.parameters import Clause
from huntbook.readers import readers as all_readers
from huntbook.scenarios import Answers, Decoy, Fact, scenarios
from huntbook.sources._asking.answer import Stream
from huntbook.sources._base import TableInfo
from huntbook.sources._connection import Connection, TableMenu

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel


def connect() -> str:
    """`connect`, the connection, and the sources."""
    local = hb.sources["local"]
    return join(
        [
            function("hb.connect", hb.connect),
            kind("Connection", Connection),
            function("hb.ask", hb.ask),
            kind("hb.session", type(hb.session)),
            kind("TimeSpan", TimeSpan),
            kind("Stream", Stream),
            kind("TableMenu", TableMenu),
            f"## TableInfo\n\n{first_line(TableInfo)} {_fields_of(TableInfo)}",
            "## Sources\n\n`hb.sources` has them by name.",
            table(("name", "what it is"), [(f"`{name}`", first_line(source)) for name, source in hb.sources.items()]),
            kind('hb.sources["local"]', local, level=3, constructor=True),
            kind("Limits", Limits, level=3),
        ]
    )


def _fields_of(thing: type) -> str:
    return "It has: " + ", ".join(f"`{name}` ({typed})" for name, typed in thing.__annotations__.items()) + "."


def result() -> str:
    """The answer to a question."""
    origin = f"## Origin\n\n{first_line(Origin)} {_fields_of(Origin)}"
    completeness = f"## Completeness\n\n{first_line(Completeness)} {_fields_of(Completeness)}"
    return join([kind("Result", Result), origin, completeness])


def triage() -> str:
    """The main job."""
    return join([function("hb.triage", hb.triage), kind("Investigation", Investigation)])


def hunt() -> str:
    """Hunting, and what it finds."""
    finding = f"## Finding\n\n{first_line(Finding)}\n\n{_model(Finding)}"
    return join([function("hb.hunt", hb.hunt), kind("Findings", Findings), finding])


def iocs() -> str:
    """Indicators and their kinds."""
    kinds = ", ".join(f"`{one}`" for one in Kind)
    return join([function("hb.iocs", hb.iocs), f"## Kinds\n\n{kinds}."])


def plots() -> str:
    """The plots, and what every plot can do."""
    drawn = [
        f"## {name}\n\n{function(f'hb.plots.{name}', getattr(hb.plots, name))}" for name in ("timeline", "process_tree")
    ]
    return join([*drawn, kind("Plot", Plot)])


def widgets() -> str:
    """What one works with by looking and clicking."""
    return join([f"## query_browser\n\n{function('hb.widgets.query_browser', hb.widgets.query_browser)}"])


def practice() -> str:
    """Practice evidence and its answers."""
    stories = [(f"`{name}`", scenario.about) for name, scenario in scenarios.items()]
    return join(
        [
            function("hb.practice", hb.practice),
            "## Scenarios",
            table(("name", "what happens"), stories),
            f"## answers.json\n\n{first_line(Answers)}\n\n{_model(Answers)}",
            f"### Fact\n\n{first_line(Fact)}\n\n{_model(Fact)}",
            f"### Decoy\n\n{first_line(Decoy)}\n\n{_model(Decoy)}",
        ]
    )


def packs() -> str:
    """Packs of prepared queries."""
    listed = [(f"`{pack.name}`", str(len(pack.queries)), pack.about) for pack in all_packs.values()]
    opening = (
        '`hb.packs` has the packs by name, a pack its queries: `hb.packs["credentials"].queries`. `hb.packs.queries()`\n'
        "are all of them. Every query is listed in [hunting packs](hunting-packs.md) or, if it takes values, in [lookups](lookups.md)."
    )
    return join(
        [
            opening,
            table(("pack", "queries", "about"), listed),
            f"## Query\n\n{first_line(Query)}\n\n{_model(Query)}",
            f"## Parameter\n\n{first_line(Parameter)}\n\n{_model(Parameter)}",
            f"## Example\n\n{first_line(Example)}\n\n{_model(Example)}",
            f"## Pack\n\n{first_line(Pack)}\n\n{_model(Pack)}",
            f"## Clause\n\n`hb.Clause`: {first_line(Clause)}",
            f"## Severity\n\n{first_line(Severity)}\n\n" + ", ".join(f"`{one}`" for one in Severity) + ".",
        ]
    )


def readers() -> str:
    """The file formats."""
    rows = sorted(all_readers.items(), key=lambda item: (item[1].rank, item[0]))
    opening = "A file's reader is the first, in this order, that recognises its first 64 KiB; names of files count for nothing."
    return join(
        [opening, table(("reader", "rank", "format"), [(f"`{n}`", str(r.rank), first_line(r)) for n, r in rows])]
    )


def tables() -> str:
    """Every table that evidence can become."""
    known = schema.load().tables
    opening = (
        "What local evidence is shown as. `logs.tables` says which of them a folder has. Besides its own columns every table\n"
        "has `_File`, `_Line`, `_Zone`, `_Extra` and `_Unparsed`: see [local evidence](../sources/local.md). The columns after\n"
        '"not in raw logs" are documented for the table, and filled only where an export of the table itself has them.'
    )
    index = [(f"[{name}](#{name.lower()})", item.about) for name, item in sorted(known.items())]
    return join([opening, table(("table", "about"), index), *(_table(item) for _, item in sorted(known.items()))])


def _table(item: schema.Table) -> str:
    by_type: dict[str, list[str]] = {}
    for name, column in (item.columns | item.computed).items():
        by_type.setdefault(column.type, []).append(name)
    facts = [f"It shows the rows of `{item.derived_from}` under other names."] if item.derived_from else []
    facts += [f"Fills: {', '.join(f'[{view}](asim.md#{view.lower()})' for view in item.asim)}."] if item.asim else []
    unfilled = _columns(cast("dict[str, list[str]]", item.unfilled))
    return join(
        [f"## {item.table}", item.about, *facts, _columns(by_type), unfilled and f"Not in raw logs:\n\n{unfilled}"]
    )


def _columns(by_type: Mapping[str, list[str]]) -> str:
    return "\n".join(
        f"- {typed}: {', '.join(f'`{name}`' for name in names)}" for typed, names in sorted(by_type.items())
    )


def views() -> str:
    """The normalised views above the tables."""
    schemas = schema.load()
    opening = (
        "Views that rows of many tables fill under the same names (Microsoft's Advanced Security Information Model), so that\n"
        "one query asks them all. Besides these columns a view has `_File` and `_Line`."
    )
    return join([opening, *(_view(name, view, schemas) for name, view in schemas.views.items())])


def _view(name: str, view: schema.View, schemas: schema.Schemas) -> str:
    sources = sorted(table for table, item in schemas.tables.items() if name in item.asim)
    facts = [f"Also named: {', '.join(f'`{other}`' for other in view.also_named)}."] if view.also_named else []
    facts += (
        [f"Filled by: {', '.join(f'[{source}](tables.md#{source.lower()})' for source in sources)}."] if sources else []
    )
    aliases = "\n".join(f"- `{alias}`: `{' '.join(meaning.split())}`" for alias, meaning in view.aliases.items())
    columns = _columns(cast("dict[str, list[str]]", view.columns))
    return join([f"## {name}", view.about, *facts, columns, aliases and f"Aliases:\n\n{aliases}"])


def findings_json() -> str:
    """The file for programs, from its JSON Schema."""
    described = Triage.model_json_schema()
    parts = described["$defs"]
    opening = (
        "`huntbook triage` writes `findings.json` and beside it `findings.schema.json`, its JSON Schema. Times are ISO 8601 in\n"
        "UTC. Fields that are not always there may be null."
    )
    sections = [f"## {name}\n\n{_described(part)}" for name, part in parts.items() if "properties" in part]
    return join([opening, f"## The whole\n\n{described['description']}\n\n{_properties(described)}", *sections])


def _described(part: Mapping[str, Any]) -> str:
    return f"{part.get('description', '')}\n\n{_properties(part)}"


def _model(model: type[BaseModel]) -> str:
    return _properties(model.model_json_schema())


def _properties(described: Mapping[str, Any]) -> str:
    required = described.get("required", [])
    rows = [
        (f"`{name}`", _type(field), "yes" if name in required else "", field.get("description", ""))
        for name, field in described["properties"].items()
    ]
    return table(("field", "type", "always", "what it is"), rows)


def _type(field: Mapping[str, Any]) -> str:
    """A JSON Schema type in words."""
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "anyOf" in field:
        return " or ".join(_type(choice) for choice in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {})) or 'values'}"
    if isinstance(field.get("additionalProperties"), dict):
        return f"object of {_type(field['additionalProperties'])}"
    return str(field.get("format") or field.get("type", ""))


def error_tree() -> str:
    """The errors, as the module draws them."""
    drawn = (errors.__doc__ or "").strip()
    found = [
        value for value in vars(errors).values() if isinstance(value, type) and value.__module__ == errors.__name__
    ]
    rows = [(f"`{item.__name__}`", first_line(item)) for item in found]
    return join([f"```\n{drawn}\n```", table(("error", "when"), rows)])


def command_line() -> str:
    """The commands, from the program itself."""
    group = cast("Any", typer.main.get_command(cli.app))
    return join([group.help, *(_command(name, command) for name, command in _commands(group))])


def _commands(group: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


def _command(name: str, command: Any) -> str:
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    options = [item for item in command.params if item.param_type_name == "option"]
    usage = " ".join(["huntbook", name, *(["[OPTIONS]"] * bool(options)), *(_argument(item) for item in arguments)])
    rows = [(_argument(item), item.help or "", "") for item in arguments] + list(map(_option, options))
    described = table(("", "", "default"), rows) if rows else ""
    return join([f"## huntbook {name}", f"```console\n$ {usage}\n```", command.help or "", described])


def _argument(item: Any) -> str:
    return str(item.name).upper() + ("..." if item.nargs == -1 else "")


def _option(item: Any) -> tuple[str, str, str]:
    default = "" if item.default is None or item.default is False else f"`{item.default}`"
    return f"`{item.opts[0]}`", item.help or "", default


def pages() -> Iterator[tuple[str, str, str]]:
    """Every page in the order of the index: the file's name, its heading, its body."""
    yield "connect.md", "connect and Connection", connect()
    yield "result.md", "Result", result()
    yield "triage.md", "triage and Investigation", triage()
    yield "hunt.md", "hunt and Findings", hunt()
    yield "iocs.md", "iocs", iocs()
    yield "decode.md", "decode", function("hb.decode", hb.decode)
    yield "process-tree.md", "process_tree", function("hb.process_tree", hb.process_tree)
    yield "plots.md", "Plots", plots()
    yield "widgets.md", "Widgets", widgets()
    yield "practice.md", "practice", practice()
    yield "packs.md", "Packs", packs()
    yield "readers.md", "Readers", readers()
    yield "tables.md", "Tables", tables()
    yield "asim.md", "ASIM views", views()
    yield "findings-json.md", "findings.json", findings_json()
    yield "kql.md", "KQL on local evidence", kql()
    yield "errors.md", "Errors", error_tree()
    yield "command-line.md", "Command line", command_line()
