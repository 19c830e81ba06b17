"""The words of KQL: a query's text, cut into tokens by one regular expression.

The rules are those of Microsoft's own lexer (`Kusto.Language`, github.com/microsoft/Kusto-Query-Language): letters are ASCII, a
typed literal such as `datetime(2020-01-01)` is one token, and a name may begin with digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from huntbook.errors import KqlError

NAME, STRING, LONG, REAL, TIMESPAN, BOOL = "a name", "a string", "a number", "a real number", "a timespan", "a boolean"
TYPED, GUID, DIRECTIVE, END = "a typed constant", "a bare guid", "a directive", "the end of the query"

# Keywords that may be names of columns and tables as they stand; "graph" and the like are values of options.
_FREE = """
    access alias bin consume count database declare default distinct entity_group evaluate extend dataformat inline_external_table
    datetime_pattern facet filter fork from getschema edges id best_effort join let limit lookup mvapply mvexpand nodes null nulls on
    optional order output pack parse __partitionby partition pattern plotly graph query_parameters range reduce regex render restrict
    scan serialize sort step summarize take top typeof uuid view with with_node_id bool guid
"""
# Keywords that may be names only where something is named: before `=`, or in a schema.
_NAMED = """
    accumulate as by contains datatable earliest externaldata find has in invoke latest materialize mdm of print sample
    sample-distinct search set sql title to top-hitters top-nested toscalar totable verbose viewers where
"""
_RESERVED = """
    3Dchart and anomalychart areachart asc assert-schema bagexpansion barchart between bin_legacy card columnchart containscs
    contains_cs __contextual_datatable cycles datascope decodeblocks desc endswith endswith_cs expandoutput external_data first flags
    granny-asc granny-desc graph-match graph-shortest-paths graph-to-table graph-mark-components graph-where-nodes graph-where-edges
    has_any has_all has_cs hasprefix hasprefix_cs hassuffix hassuffix_cs hint.concurrency hint.distribution hint.materialized
    hint.num_partitions hint.shufflekey hint.spread hint.remote hint.strategy hint.progressive_top hint.pass_filters_column
    hint.pass_filters hotcache in~ isfuzzy force_remote journal kind ladderchart last like likecs linechart macro-expand make-graph
    make-series materialized-view-combine missing mv-apply mv-expand nooptimization notcontains notcontainscs notlike notlikecs or
    others parse-where parse-kv partitioned-by pathformat piechart pivotchart project project-away project-by-names project-keep
    project-rename project-reorder project-smart relaxed scatterchart simple stackedareachart startswith startswith_cs timechart
    timeline timepivot treemap union with_itemindex with_match_id with_source with_step_name withsource boolean int8 char uint8 byte
    int16 uint16 int int32 uint uint32 long int64 ulong uint64 float real decimal double string time timespan date datetime uniqueid
    dynamic !between !contains !contains_cs !endswith !endswith_cs !has !has_cs !hasprefix !hasprefix_cs !hassuffix !hassuffix_cs
    !in !in~ !startswith !startswith_cs
"""
MATCHES = "matches regex"
NAMES = frozenset(_FREE.split()) | {NAME}  # kinds that are a name anywhere
GIVEN_NAMES = NAMES | frozenset(_NAMED.split())  # kinds that are a name where one is given
REFERENCES = NAMES | {"kind", "withsource", "with_source"}  # kinds that are a name where a column may stand
_RESERVED_WORDS = frozenset(_RESERVED.split()) | {MATCHES}
WORDS = GIVEN_NAMES | _RESERVED_WORDS

_BOOLEANS = dict.fromkeys(("true", "True", "TRUE", "false", "False", "FALSE"), BOOL)
_KINDS = {word: word for word in WORDS - {NAME}} | _BOOLEANS
_MARKS = ("..", "<=", ">=", "==", "!=", "<>", "=>", "=~", "!~", "<|", *"()[]{}|+-*/%.<>=:;,@?")
_KINDS |= {mark: mark for mark in _MARKS}

UNITS = {
    **dict.fromkeys(("d", "day", "days"), 864_000_000_000),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 36_000_000_000),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 600_000_000),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 10_000_000),
    **dict.fromkeys(("ms", "milli", "millis", "millisec", "millisecond", "milliseconds"), 10_000),
    **dict.fromkeys(("micro", "micros", "microsec", "microsecond", "microseconds"), 10),
    **dict.fromkeys(("tick", "ticks"), 1),
    **dict.fromkeys(("nano", "nanos", "nanosec", "nanosecond", "nanoseconds"), 0),  # a hundred are one tick
}  # ticks in each unit that a timespan may be written in

ESCAPE = r"\\(?:[\\'\"abfnrtv]|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-3][0-7]{2}|[0-7]{1,2})"
_SPACE = "\t \r\n\f\u00a0\u1680\u180e\u2000-\u200b\u202f\u205f\u3000\ufeff"
_ODD = sorted((word for word in _RESERVED_WORDS | GIVEN_NAMES if not word.isidentifier()), key=len, reverse=True)
_HEX = "[0-9a-fA-F]"
_BEGUN = {quote: rf"{quote}(?:[^{quote}\\\r\n]|{ESCAPE})*+" for quote in "\"'"}
_PARTS = {
    "string": r"[hH]?(?:"
    + "|".join(begun + quote for quote, begun in _BEGUN.items())
    + r"""|@"(?:[^"\r\n]|"")*+"|@'(?:[^'\r\n]|'')*+'|(?s:```.*?```|~~~.*?~~~))""",
    "typed": r"(?:bool|date|datetime|decimal|double|guid|int|int32|int64|long|real|time|timespan)\([^)\r\n]*\)",
    "odd": "(?:" + "|".join(re.escape(word) for word in _ODD if word != NAME) + r")(?!\w)",
    "guid": rf"{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}",
    "unclosed": r"""[hH]?(?:@?["']|```|~~~)""",
    "word": r"[A-Za-z_$]\w*",
    "real": r"[0-9]+(?:\.(?:(?!\.)|(?=\.\.))(?:[0-9]+(?:[eE][+-]?[0-9]+)?)?|[eE][+-]?[0-9]+)(?!\w)",
    "timespan": rf"[0-9]+(?:\.[0-9]+)?(?:{'|'.join(sorted(UNITS, key=len, reverse=True))})(?!\w)",
    "long": r"(?:0[xX][0-9a-fA-F]+|[0-9]+)(?!\w)",
    "digits": r"[0-9]+[A-Za-z_]\w*",
    "mark": "|".join(map(re.escape, _MARKS)),
    "directive": r"\#[^\r\n]*",
    "end": r"\Z",
    "bad": r"(?s:.)",
}
_TOKEN = re.compile(
    rf"(?>[{_SPACE}]*+(?://[^\r\n]*+[{_SPACE}]*+)*+)(?:" + "|".join(f"({part})" for part in _PARTS.values()) + ")",
    re.ASCII,
)
_FIXED = {
    "string": STRING,
    "typed": TYPED,
    "guid": GUID,
    "real": REAL,
    "timespan": TIMESPAN,
    "long": LONG,
    "digits": NAME,
}
_FIXED |= {"directive": DIRECTIVE, "end": END}
# By the number of the group that matched: the kind of the token, or nothing where its text says it.
_KIND_OF = ["", *(_FIXED.get(part, "") for part in _PARTS)]
_BROKEN = (list(_PARTS).index("unclosed") + 1, list(_PARTS).index("bad") + 1)
_BEGINNING = re.compile(r"[hH]?(?:" + "|".join(_BEGUN.values()) + ")", re.ASCII)


@dataclass(slots=True)
class Tokens:
    """A query's tokens, in parallel lists: what each is, and where it begins and ends; the last is the end of the text."""

    text: str
    kinds: list[str]
    starts: list[int]
    ends: list[int]


def error_at(text: str, start: int, end: int, message: str, hint: str = "") -> KqlError:
    """The error that a query has between two offsets."""
    line_start = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    before = text[:start]
    line = before.count("\n") + before.count("\r") - before.count("\r\n") + 1
    near = text[start:end]
    return KqlError(
        message, line=line, column=start - line_start + 1, near=near if len(near) <= 40 else near[:39] + "…", hint=hint
    )


def tokenize(text: str) -> Tokens:
    """Cut a query into tokens; spaces and comments between them are left out.

    Raises:
        KqlError: a string is not closed, or a character has no meaning.
    """
    kinds: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    kind_of, kind_of_text, name = _KIND_OF, _KINDS.get, NAME
    for match in _TOKEN.finditer(text):
        group = match.lastindex or 0
        kind = kind_of[group]
        if not kind:
            if group in _BROKEN:
                raise _broken(text, match.start(group))
            kind = kind_of_text(match[group], name)
        start, end = match.span(group)
        kinds.append(kind)
        starts.append(start)
        ends.append(end)
    return Tokens(text, kinds, starts, ends)


def _broken(text: str, start: int) -> KqlError:
    """What is wrong with what begins here and is no token."""
    begun = _BEGINNING.match(text, start)
    if begun and text[begun.end() : begun.end() + 1] == "\\":
        stop = begun.end()
        message = f"{text[stop : stop + 2]!r} is no escape in a string."
        return error_at(
            text, stop, stop + 2, message, "Write '\\\\' for a backslash, or @'…' for a string without escapes."
        )
    if text[start] in "\"'`~hH@" and (begun or text[start] not in "`~" or text[start : start + 3] in ("```", "~~~")):
        return error_at(text, start, start + 20, "The string that begins here is not closed.")
    hint = {
        "&": "KQL writes 'and'.",
        "!": "KQL writes not(…), '!=' or '!has'.",
        "^": "KQL has no power operator; use pow().",
    }
    hint |= {"\u201c": 'Strings have straight quotes: "…".', "\u201d": 'Strings have straight quotes: "…".'}
    return error_at(
        text, start, start + 1, f"The character {text[start]!r} has no meaning here.", hint.get(text[start], "")
    )
