"""Parameters of MSTICPy's as ours: kinds, defaults, aliases, and what they are taken from."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from huntbook.core.timespan import point
from huntbook.errors import ParameterError
from huntbook.query.msticpy.template import NotConverted
from huntbook.query.options import OPTIONS
from huntbook.query.parameters import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from huntbook.query.msticpy.source import Given, Source
    from huntbook.query.msticpy.template import Draft

_SPAN = ("start", "end")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MEANS = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "r": "\r", "t": "\t"}
_DAYS = re.compile(r"([+-]?)\s*(\d+)")
_WRITTEN: Mapping[Kind, tuple[str, Callable[[str], Any]]] = {
    Kind.INT: (r"-?\d+", int),
    Kind.REAL: (r"-?\d+(?:\.\d+)?", float),
    Kind.BOOL: ("true|false", lambda text: text == "true"),
}
# Which property of which entity a parameter of such a name is; an entity by the name that MSTICPy has for it as well.
_PROPERTIES = (
    (r"host(_?name)?|computer(_name)?|device(_name)?", "Host.name", ("Host", "Machine")),
    (r"(account|user)(_?name)?|upn|user_principal_name", "Account.name", ("Account", "User")),
    (r"(source_|src_|dest_|dst_|remote_|local_)?ip(_address)?", "IpAddress.address", ("IpAddress", "Ip")),
    (r"process(_name)?|process_path", "Process.path", ("Process",)),
    (r"process_id|pid", "Process.id", ("Process",)),
    (r"command_?line|cmd_line", "Process.command_line", ("Process",)),
    (r"file_?name|file", "File.name", ("File",)),
    (r"(file_)?path|file_path", "File.path", ("File",)),
    (r"(file_?)?hash|sha1|sha256|md5", "File.hash", ("File",)),
    (r"url", "Url.url", ("Url",)),
    (r"domain(_name)?|query_domain", "Dns.name", ("Dns", "Domain")),
)


def parameters(source: Source, draft: Draft) -> dict[str, dict[str, Any]]:
    """Describe the parameters that the converted text has holes for."""
    found: dict[str, dict[str, Any]] = {}
    for name, kind in draft.roles.items():
        given = source.parameters[name]
        if name in _SPAN and kind is Kind.DATETIME:
            _span_default(given, draft)
        elif name in OPTIONS:
            raise NotConverted(f"{{{name}}} is what an option of every query is called; give it another name.")
        else:
            found[name] = _parameter(source, given, kind, draft)
    return dict(sorted(found.items(), key=lambda item: "default" in item[1]))


def _span_default(given: Given, draft: Draft) -> None:
    """The time span is the question's: a default such as -5 (days) is said, and is not kept."""
    if given.optional and given.default not in (0, "0", ""):
        draft.note(f"{given.name} is {given.default} by default there; here give the time span: last=, start=, end=.")


def _parameter(source: Source, given: Given, kind: Kind, draft: Draft) -> dict[str, Any]:
    if given.format and given.format not in ("{}", "{0}", "'{}'", '"{}"', "'{0}'", '"{0}"'):
        raise NotConverted(f"{{{given.name}}} is formatted by {given.format!r}, which a literal is not.")
    about: dict[str, Any] = {} if kind is Kind.STRING else {"type": str(kind)}
    about["about"] = _sentence(given.about or given.name.replace("_", " "))
    if kind is Kind.LIST and (given.name in draft.numbers or _of(given) is Kind.INT):
        about["of"] = "int"
    if given.optional:
        default = _default(given, kind, Kind(about.get("of", "string")))
        if kind is Kind.STRING and given.name in draft.escaped:
            default = _ESCAPE.sub(lambda found: _MEANS.get(found[1], found[0]), default)
        if default is None:
            draft.note(f"the default of {given.name}, {given.default!r}, is no {kind}: it has to be given.")
        else:
            about["default"] = default
    aliases = [
        alias
        for alias in given.aliases
        if alias.isidentifier() and alias not in OPTIONS and alias not in source.parameters
    ]
    if len(aliases) < len(given.aliases):
        draft.note(f"aliases of {given.name} that are no names are left out.")
    about |= {"aliases": aliases} if aliases else {}
    about |= {"pivot": pivot} if (pivot := _pivot(given.name, source.entities)) and kind is Kind.STRING else {}
    return about


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _of(given: Given) -> Kind:
    items = _items(given.default) if given.optional else []
    return Kind.INT if items and all(isinstance(item, int) for item in items) else Kind.STRING


def _items(default: Any) -> list[Any]:
    """A list may be written as text with commas."""
    return (
        list(default)
        if isinstance(default, list)
        else [item.strip() for item in str(default).split(",") if item.strip()]
    )


def _default(given: Given, kind: Kind, of: Kind) -> Any:
    """The default as its kind; None if it is none."""
    default = given.default
    if kind in _WRITTEN:
        pattern, made = _WRITTEN[kind]
        return (
            made(str(default).strip().lower()) if re.fullmatch(pattern, str(default).strip(), re.IGNORECASE) else None
        )
    if kind is Kind.LIST:
        items = _items(default)
        return items if items and (of is not Kind.INT or all(isinstance(item, int) for item in items)) else None
    if kind is Kind.DATETIME:
        return _moment(default)
    if kind is Kind.CLAUSE and "\n" not in str(default).strip():
        return " ".join(str(default).split())
    return str(default) if kind is Kind.STRING else str(default).strip()


def _moment(default: Any) -> str | None:
    """-5 is five days ago, as `-5d` is; what can be read as a time stays."""
    days = _DAYS.fullmatch(str(default).strip())
    text = f"{days[1] or '+'}{days[2]}d" if days else str(default).strip()
    text = "now" if text in ("+0d", "-0d") else text
    try:
        point(text, datetime.now(UTC))
    except ParameterError:
        return None
    return text


def _pivot(name: str, entities: Sequence[str]) -> str:
    """The property of an entity that a parameter is taken from; of the query's entities alone, where it names some."""
    for names, of, known in _PROPERTIES:
        if re.fullmatch(names, name, re.IGNORECASE) and (not entities or set(entities) & set(known)):
            return of
    return ""


def shared(queries: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The parameters that several queries describe alike, which the pack then describes once.

    A query that describes it otherwise says all that the shared one says, so that nothing of that shows through.
    """
    seen: dict[str, list[dict[str, Any]]] = {}
    for query in queries.values():
        for name, about in query.get("parameters", {}).items():
            seen.setdefault(name, []).append(about)
    common = {name: max(every, key=every.count) for name, every in seen.items() if len(every) > 1}
    return {
        name: about
        for name, about in common.items()
        if seen[name].count(about) > 1 and all(set(about) <= set(other) for other in seen[name])
    }
