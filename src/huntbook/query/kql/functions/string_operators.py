"""KQL's operators on strings (`has`, `contains`, `startswith`, `=~`, `matches regex` …), in the same form as functions.

A term is a maximal run of letters and digits; everything else, the underscore too, separates terms. What is searched for may
hold separators itself (`has "cmd.exe"`): then only those of its ends that are letters or digits have to be at the end of a term.

For a constant, a cheap search for the text goes first, and the regular expression sees only the rows that have it: over ten million
command lines `has` takes 1.3 times as long as `contains` where few rows match, 2.2 times where every row does (`benchmarks/kql.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from huntbook.query.kql.functions._base import Spelling, scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

_SEPARATOR = r"[^\pL\pN]"
_BEFORE, _AFTER = rf"(?:^|{_SEPARATOR})", rf"(?:{_SEPARATOR}|$)"
_LITERAL = re.compile(r"'((?:[^']|'')*)'")


def _constant(sql: str) -> str | None:
    """The text of a string literal in SQL, or None if this is something else."""
    found = _LITERAL.fullmatch(sql)
    return found[1].replace("''", "'") if found and "\0" not in sql else None


def _quoted(text: str) -> str:
    """A text as a string literal in SQL."""
    return "'" + text.replace("'", "''") + "'"


def _escaped(text: str) -> str:
    """A text as a regular expression of RE2 that matches just it."""
    return re.sub(r"[^\w\s]", lambda found: "\\" + found[0] if found[0].isascii() else found[0], text)


def _search(value: str, needle: str, *, cs: bool) -> str:
    """Whether the value has the text anywhere, with a constant as what is searched for.

    A regular expression that is all text is found faster than by ILIKE, which makes a copy of each value in lower case.
    """
    if cs or not needle:
        return f"contains({value}, {_quoted(needle)})"
    if needle.isascii():
        return f"regexp_matches({value}, {_quoted('(?i)' + _escaped(needle))})"
    return f"contains(lower({value}), lower({_quoted(needle)}))"


def _contains(*, cs: bool) -> Spelling:
    """Builds the SQL of `contains` and `contains_cs`."""

    def build(sql: Sequence[str]) -> str:
        value, other = sql
        if (needle := _constant(other)) is not None:
            return _search(value, needle, cs=cs)
        return f"contains({value}, {other})" if cs else f"contains(lower({value}), lower({other}))"

    return build


def _has(macro: str, *, cs: bool, before: bool = True, after: bool = True) -> Spelling:
    """Builds the SQL of the operators on terms; `macro` does it where what is searched for is no constant."""

    def build(sql: Sequence[str]) -> str:
        value, other = sql
        if (needle := _constant(other)) is None:
            return f"{macro}({value}, {other})"
        if not needle:
            return "true"
        if "(" in value:  # it is calculated once, though it is looked into three times
            return f"invoke(lambda kql_looked_into: {found_in('kql_looked_into', needle)}, {value})"
        return found_in(value, needle)

    def found_in(value: str, needle: str) -> str:
        start = _BEFORE if before and needle[0].isalnum() else ""
        end = _AFTER if after and needle[-1].isalnum() else ""
        search = _search(value, needle, cs=cs)
        if not start and not end:
            return search
        pattern = _quoted(f"{'' if cs else '(?i)'}{start}{_escaped(needle)}{end}")
        # Without a start, the expression begins with its text and is fast by itself.
        matches = f"regexp_matches({value}, {pattern})"
        if not start:
            return matches
        # As it is written it is found faster still, which counts where nearly every row has it.
        written = "" if cs else f"contains({value}, {_quoted(needle)}) OR "
        # CASE, as both sides of AND are calculated for every row outside of a filter.
        return f"CASE WHEN {written}{search} THEN {matches} ELSE false END"

    return build


def _edge(function: str, *, cs: bool) -> Spelling:
    """Builds the SQL of `startswith` and `endswith`."""

    def build(sql: Sequence[str]) -> str:
        value, other = sql
        if cs:
            return f"{function}({value}, {other})"
        needle = _constant(other)
        if needle is not None and needle.isascii() and not set(needle) & set("%_\\"):
            like = f"{needle}%" if function == "starts_with" else f"%{needle}"
            return f"({value} ILIKE {_quoted(like)})"
        return f"{function}(lower({value}), lower({other}))"

    return build


SCALARS = (
    scalar("op_has(text: string, term: string) bool", _has("kql_has", cs=False)),
    scalar("op_has_cs(text: string, term: string) bool", _has("kql_has_cs", cs=True)),
    scalar("op_hasprefix(text: string, term: string) bool", _has("kql_hasprefix", cs=False, after=False)),
    scalar("op_hasprefix_cs(text: string, term: string) bool", _has("kql_hasprefix_cs", cs=True, after=False)),
    scalar("op_hassuffix(text: string, term: string) bool", _has("kql_hassuffix", cs=False, before=False)),
    scalar("op_hassuffix_cs(text: string, term: string) bool", _has("kql_hassuffix_cs", cs=True, before=False)),
    scalar("op_contains(text: string, part: string) bool", _contains(cs=False)),
    scalar("op_contains_cs(text: string, part: string) bool", _contains(cs=True)),
    scalar("op_startswith(text: string, part: string) bool", _edge("starts_with", cs=False)),
    scalar("op_startswith_cs(text: string, part: string) bool", _edge("starts_with", cs=True)),
    scalar("op_endswith(text: string, part: string) bool", _edge("ends_with", cs=False)),
    scalar("op_endswith_cs(text: string, part: string) bool", _edge("ends_with", cs=True)),
    scalar("op_has_any(text: string, terms: dynamic) bool", "kql_has_any({0}, {1})"),
    scalar("op_has_all(text: string, terms: dynamic) bool", "kql_has_all({0}, {1})"),
    scalar("op_equals_ci(left: string, right: string) bool", "(lower({0}) = lower({1}))"),
    scalar("has_any_index(source: string, values: dynamic) long", "kql_has_any_index({0}, {1})"),
    scalar("op_stops(condition: bool, why: string) bool", "CASE WHEN {0} THEN error({1})::BOOLEAN ELSE false END"),
    scalar("op_matches_regex(text: string, regex: string) bool", "regexp_matches({0}, {1})"),
)

# With a column on the right: the same, with the expression put together for each row that has the text at all.
_TERM = (
    "(value, needle) AS contains({fold}(value), {fold}(needle)) AND regexp_matches(value, '{flags}' || {before} || "
    "regexp_escape(needle) || {after})"
)
_START = rf"CASE WHEN regexp_matches(needle, '^[\pL\pN]') THEN '{_BEFORE}' ELSE '' END"
_END = rf"CASE WHEN regexp_matches(needle, '[\pL\pN]$') THEN '{_AFTER}' ELSE '' END"

MACROS = {
    f"kql_{name}{case}": _TERM.format(fold=fold, flags=flags, before=before, after=after)
    for name, before, after in (("has", _START, _END), ("hasprefix", _START, "''"), ("hassuffix", "''", _END))
    for case, fold, flags in (("", "lower", "(?i)"), ("_cs", "", ""))
} | {
    "kql_has_any_index": (
        "(source, items) AS CASE WHEN source IS NOT NULL THEN coalesce(list_position(list_transform("
        "TRY_CAST(items AS JSON[]), lambda kql_item: kql_has(source, kql_item->>'$')), true), 0)::BIGINT - 1 END"
    ),
    # What stands in a dynamic, as terms; a value that is no array is one.
    "kql_terms": """(terms) AS CASE WHEN json_type(terms) = 'ARRAY' THEN from_json(terms, '["VARCHAR"]')
        WHEN coalesce(json_type(terms), 'NULL') = 'NULL' THEN []::VARCHAR[] ELSE [json_extract_string(terms, '$')] END""",
    "kql_has_each": "(value, terms) AS list_transform(kql_terms(terms), lambda kql_term: kql_has(value, coalesce(kql_term, '')))",
    "kql_has_any": "(value, terms) AS coalesce(list_bool_or(kql_has_each(value, terms)), false)",
    "kql_has_all": "(value, terms) AS coalesce(list_bool_and(kql_has_each(value, terms)), true)",
}
