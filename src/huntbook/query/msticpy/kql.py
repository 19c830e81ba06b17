"""What the holes of a KQL template stand for, told by what stands around them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from huntbook.query.dialects import dialects
from huntbook.query.kql.known_tables import known_tables
from huntbook.query.kql.types import Type
from huntbook.query.msticpy.template import NotConverted
from huntbook.query.parameters import Kind
from huntbook.query.template import HOLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from huntbook.query.msticpy.template import Draft

    Columns = Mapping[str, set[Type]]

_H = r"\{\{([A-Za-z_]\w*)\}\}"
_CALLS = {
    "datetime": Kind.DATETIME,
    "date": Kind.DATETIME,
    "todatetime": Kind.DATETIME,
    "time": Kind.TIMESPAN,
    "timespan": Kind.TIMESPAN,
    "totimespan": Kind.TIMESPAN,
    "guid": Kind.GUID,
    "toguid": Kind.GUID,
    "int": Kind.INT,
    "long": Kind.INT,
    "real": Kind.REAL,
    "double": Kind.REAL,
    "bool": Kind.BOOL,
}
_CALL = re.compile(rf"\b({'|'.join(_CALLS)})\(\s*(['\"]?){_H}([a-z]*)\2\s*\)")
_LIST_BEFORE = re.compile(r"(?:\b([A-Za-z_]\w*)\s+)?(?:!?\bin~?|\bhas_any|\bhas_all)\s*\(\s*$|\bdynamic\s*\(\s*\[\s*$")
_LIST_AFTER = re.compile(r"\s*[\])]")
_COMPARED = re.compile(
    r"([A-Za-z_]\w*)\s*(?:==|!=|=~|!~|<=?|>=?|\b!?(?:has|contains|startswith|endswith|hasprefix|hassuffix)(?:_cs)?\b)\s*$"
)
_NAME = re.compile(r"[A-Za-z_]\w*")
_SPAN = re.compile(r"\d+(?:\.\d+)?(?:d|h|m|s|ms)")
_OPERATORS = frozenset(
    [
        "has",
        "contains",
        "startswith",
        "endswith",
        "hasprefix",
        "hassuffix",
        "has_cs",
        "contains_cs",
        "startswith_cs",
        "endswith_cs",
        "in",
        "has_any",
        "has_all",
        "matches",
        "and",
        "or",
        "not",
        "asc",
        "desc",
    ]
)
_END = re.compile(r"(<)(\s*\{\{end\}\})(?!\s*[-+])")


def convert_kql(draft: Draft) -> None:
    """Make the holes of a KQL text ours.

    Raises:
        NotConverted: a hole stands where no literal can.
    """
    draft.text = _CALL.sub(lambda found: _call(draft, found), draft.text)
    draft.text = dialects["kql"].quoted.sub(lambda found: _quoted(draft, found[0]), draft.text)
    if "\n" not in draft.text and "//" in dialects["kql"].quoted.sub(
        lambda found: "" if found[0][:2] != "//" else "//", draft.text
    ):
        draft.note(
            "its file folds lines into one, so that a comment reaches to the end: write the text as a block, `query: |`."
        )
    columns = _columns(draft)
    draft.decide(lambda name, before, after: _kind(draft, columns, name, before, after))
    draft.finish()
    if _END.search(draft.text):
        draft.note("`< {end}` became `<= {{end}}`, which is the last instant inside the span.")
        draft.text = _END.sub(r"<=\2", draft.text)
    draft.text = _lines(draft.text)


def _call(draft: Draft, found: re.Match[str]) -> str:
    """`datetime({start})` is the hole alone; `time({n}h)` a number of hours."""
    function, _, name, unit = found.groups()
    if not unit:
        return draft.role(name, _CALLS[function])
    if _CALLS[function] is not Kind.TIMESPAN:
        raise NotConverted(f"{{{name}}} stands within {found[0]}.")
    return f"({draft.role(name, Kind.INT)} * 1{unit})"


def _quoted(draft: Draft, text: str) -> str:
    """A string that is a hole alone is the hole; one that holds a hole besides other text is put together."""
    if not HOLE.search(text):
        return text
    if text.startswith("//"):
        return HOLE.sub(lambda found: found[1], text)
    verbatim = text.startswith("@")
    quote = text[1 if verbatim else 0]
    if quote not in "\"'" or text.startswith(("```", "~~~")) or text[-1] != quote:
        raise NotConverted(f"a hole stands within {text[:40]}.")
    inner = text[2 if verbatim else 1 : -1]
    pieces: list[str] = []
    end = 0
    for found in HOLE.finditer(inner):
        pieces += [_string(inner[end : found.start()], quote, verbatim), _value(draft, found[1])]
        if not verbatim:
            draft.escaped.add(found[1])
        end = found.end()
    pieces = [piece for piece in (*pieces, _string(inner[end:], quote, verbatim)) if piece]
    return pieces[0] if len(pieces) == 1 else f"strcat({', '.join(pieces)})"


def _string(text: str, quote: str, verbatim: bool) -> str:
    return f"{'@' if verbatim else ''}{quote}{text}{quote}" if text else ""


def _value(draft: Draft, name: str) -> str:
    given = draft.given[name]
    if given.type == "list":
        raise NotConverted(f"the list {{{name}}} stands within quotes.")
    return draft.role(name, Kind.DATETIME if given.type == "datetime" else Kind.STRING)


def _kind(draft: Draft, columns: Columns, name: str, before: str, after: str) -> Kind:  # noqa: PLR0911 - one line for each kind
    given = draft.given[name]
    listed = _LIST_BEFORE.search(before)
    if listed and _LIST_AFTER.match(after):
        if listed[1] and _is_number(columns, listed[1]):
            draft.numbers.add(name)
        return Kind.LIST
    if given.type in ("list", "datetime", "int", "bool"):
        return Kind(given.type)
    if given.type in ("float", "real", "double"):
        return Kind.REAL
    if given.optional:
        return _of_default(str(given.default).strip())
    compared = _COMPARED.search(before)
    if compared:
        return Kind.INT if _is_number(columns, compared[1]) else Kind.STRING
    if name.lower().endswith(("table", "column", "field")) or not before.strip():
        return Kind.COLUMN
    draft.note(f'{name} is query text: give it as hb.Clause("…").')
    return Kind.CLAUSE


def _of_default(default: str) -> Kind:
    """What query text that stands there by default shows."""
    if re.fullmatch(r"-?\d+", default):
        return Kind.INT
    if re.fullmatch(r"-?\d+\.\d+", default):
        return Kind.REAL
    if _SPAN.fullmatch(default):
        return Kind.TIMESPAN
    plain = _NAME.fullmatch(default) and default.lower() not in _OPERATORS | {"true", "false"}
    return Kind.COLUMN if plain else Kind.CLAUSE


def _columns(draft: Draft) -> Columns:
    """The columns of the tables that a text names, by itself or by default, with their types."""
    words = set(_NAME.findall(draft.text)) | {str(one.default) for one in draft.given.values() if one.optional}
    columns: dict[str, set[Type]] = {}
    for table in words & known_tables().keys():
        for column, kind in known_tables()[table].items():
            columns.setdefault(column, set()).add(kind)
    return columns


def _is_number(columns: Columns, name: str) -> bool:
    """Whether a column is a whole number in every table that could be meant."""
    return bool(columns.get(name)) and columns[name] <= {Type.INT, Type.LONG}


def _lines(text: str) -> str:
    """Put each operator on a line of its own, where YAML folded them into one."""
    if "\n" in text or "//" in text:
        return text
    pieces, depth, end = [], 0, 0
    quoted = [found.span() for found in dialects["kql"].quoted.finditer(text)]
    for found in re.finditer(r"[()\[\]{}|;]", text):
        if any(begin <= found.start() < stop for begin, stop in quoted):
            continue
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(found[0], 0)
        if depth == 0 and found[0] in "|;":
            at = found.start() if found[0] == "|" else found.end()
            pieces.append(text[end:at].strip())
            end = at
    lines = [*pieces, text[end:].strip()]
    return "\n".join(re.sub(r"^\|\s*", "| ", line) for line in lines if line)
