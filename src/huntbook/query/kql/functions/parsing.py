"""KQL's functions that take text apart: regular expressions (RE2, as in Kusto), JSON paths, URLs, CSV, paths, command lines.

The optional type of `extract` and `extract_json` is no argument here: what reads the query converts the string that they give.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from huntbook.errors import KqlError
from huntbook.query.kql.functions._base import refused, scalar
from huntbook.query.kql.routines import agents, xml

if TYPE_CHECKING:
    from collections.abc import Sequence

_XML = (
    "parse_xml() gives numbers as texts and leaves CDATA sections out: Kusto's documentation is not clear about either."
)
_VERSION = "its numbers have up to 32 digits and decimals here 20; compare the parts of split(version, '.') as numbers"
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
# A group that captures: a parenthesis that is not escaped and not in a class; `(?P<name>` and `(?<name>` capture too.
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\((?!\?)|\(\?P?<(\w+)>", re.DOTALL)


def groups_of(regex: str) -> list[str]:
    """The capturing groups of a regular expression in order, each with its name or an empty text."""
    return [found[1] or "" for found in _TOKEN.finditer(regex) if found[0].startswith("(")]


def _extracted(regex: str, source: str, groups: Sequence[int]) -> str:
    """All matches: of one group the texts, of several lists of texts; null if there is none."""
    if len(groups) == 1:
        return f"to_json(nullif(regexp_extract_all({source}, {regex}, {groups[0]}), []))"
    parts = ", ".join(f"regexp_extract_all({source}, {regex}, {group})" for group in groups)
    picked = ", ".join(f"kql_lists[{at}][kql_place]" for at in range(1, len(groups) + 1))
    return f"invoke(lambda kql_lists: to_json(nullif(list_transform(range(1, len(kql_lists[1]) + 1), lambda kql_place: [{picked}]), [])), [{parts}])"


def _text_of(sql: str) -> str:
    found = _LITERAL.fullmatch(sql)
    if found is None:
        raise KqlError("The regular expression of extract_all() must be a text that is written out.")
    return found[1].replace("''", "'")


def _extract_all(sql: Sequence[str]) -> str:
    regex, source = sql
    return _extracted(regex, source, range(1, len(groups_of(_text_of(regex))) + 1) or [0])


def _extract_all_groups(sql: Sequence[str]) -> str:
    regex, wanted, source = sql
    names = groups_of(_text_of(regex))
    text = _LITERAL.search(wanted)
    asked = re.findall(r'"([^"]*)"|(\d+)', text[1].replace("''", "'") if text else wanted)
    groups = [int(number) if number else names.index(name) + 1 if name in names else -1 for name, number in asked]
    if not groups or not all(0 <= group <= len(names) for group in groups):
        raise KqlError("extract_all() takes numbers or names of groups that its regular expression has.")
    return _extracted(regex, source, groups)


SCALARS = (
    scalar(
        "extract(regex: string, group: long, source: string) string",
        "regexp_extract({2}, {0}, {1}::INTEGER)",
        nullable=True,
        constant=(1,),
    ),
    scalar("extract_all(regex: string, source: string) dynamic", _extract_all, constant=(0,)),
    scalar("extract_all(regex: string, groups: dynamic, source: string) dynamic", _extract_all_groups, constant=(0, 1)),
    scalar("extractall(regex: string, source: string) dynamic", _extract_all, constant=(0,)),
    scalar("extractall(regex: string, groups: dynamic, source: string) dynamic", _extract_all_groups, constant=(0, 1)),
    scalar("extract_json(path: string, json: string) string", "kql_extract_json({0}, {1})", nullable=True),
    scalar("extractjson(path: string, json: string) string", "kql_extract_json({0}, {1})", nullable=True),
    scalar("extract_json(path: string, json: dynamic) string", "kql_extract_json({0}, {1}::VARCHAR)", nullable=True),
    scalar("extractjson(path: string, json: dynamic) string", "kql_extract_json({0}, {1}::VARCHAR)", nullable=True),
    scalar(
        "replace_regex(source: string, regex: string, rewrite: string) string", "regexp_replace({0}, {1}, {2}, 'g')"
    ),
    scalar("replace(regex: string, rewrite: string, source: string) string", "regexp_replace({2}, {0}, {1}, 'g')"),
    scalar(
        "trim(regex: string, source: string) string",
        "regexp_replace(regexp_replace({1}, '^(?:' || {0} || ')', ''), '(?:' || {0} || ')$', '')",
    ),
    scalar("trim_start(regex: string, source: string) string", "regexp_replace({1}, '^(?:' || {0} || ')', '')"),
    scalar("trim_end(regex: string, source: string) string", "regexp_replace({1}, '(?:' || {0} || ')$', '')"),
    scalar(
        "indexof_regex(source: string, regex: string, start: long = 0, length: long = -1, occurrence: long = 1) long",
        "kql_indexof_regex({0}, {1}, {2}, {3}, {4})",
    ),
    scalar("countof(source: string, search: string, kind: string = 'normal') long", "kql_countof({0}, {1}, {2})"),
    scalar("parse_url(url: string) dynamic", "kql_parse_url({0})"),
    scalar("parseurl(url: string) dynamic", "kql_parse_url({0})"),
    scalar("parse_urlquery(query: string) dynamic", "kql_parse_urlquery({0})"),
    scalar("parseurlquery(query: string) dynamic", "kql_parse_urlquery({0})"),
    scalar("parse_csv(csv: string) dynamic", "kql_parse_csv({0})"),
    scalar("parse_path(path: string) dynamic", "kql_parse_path({0})"),
    scalar("parse_command_line(command: string, parser: string) dynamic", "kql_parse_command_line({0}, {1})"),
    scalar("parse_xml(xml: string) dynamic", "kql_xml({0})::JSON", caution=_XML),
    scalar("parse_user_agent(agent: string, look_for: string) dynamic", "kql_agent({0}, to_json({1})::VARCHAR)::JSON"),
    scalar("parse_user_agent(agent: string, look_for: dynamic) dynamic", "kql_agent({0}, {1}::VARCHAR)::JSON"),
    scalar("regex_quote(text: string) string", r"regexp_replace({0}, '[\\.+*?()|\[\]{{}}^$]', '\\\0', 'g')"),
    refused("parse_version", _VERSION),
)

_URL = (
    r"([A-Za-z][A-Za-z0-9+.-]*)://(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(\[[^\]]*\]|[^:/?#]*)(?::([0-9]*))?/?([^?#]*)"
    r"(?:\?([^#]*))?(?:#((?s:.*)))?"
)
_PARTS = "['scheme', 'username', 'password', 'host', 'port', 'path', 'query', 'fragment']"

MACROS = {
    "kql_extract_json": r"""(path, source) AS TRY(json_extract_string(source, regexp_replace(path, '\[[''"]([^''"]*)[''"]\]', '."\1"', 'g')))""",
    # RE2 gives no positions: what is before a match is matched too, as little of it as there can be.
    "kql_match_start": (
        "(source, before) AS CASE WHEN regexp_matches(source, before) THEN length(regexp_extract(source, before, "
        "1)) ELSE -1 END"
    ),
    "kql_indexof_regex": (
        "(source, regex, start, size, occurrence) AS CASE WHEN start < 0 OR size < -1 OR occurrence < 1 THEN NULL "
        "ELSE invoke(lambda kql_indexof_regex_found: CASE WHEN kql_indexof_regex_found < 0 THEN -1 ELSE "
        "kql_indexof_regex_found + start END, kql_match_start("
        "substring(source, start + 1, CASE WHEN size = -1 THEN length(source) ELSE least(size, length(source)) END), "
        "'^((?:(?s:.*?)(?:' || regex || ')){' || (occurrence - 1) || '}(?s:.*?))(?:' || regex || ')')) END"
    ),
    # Plain matches may overlap: one is looked for at each character.
    "kql_countof": (
        "(source, search, kind) AS CASE WHEN kind = 'regex' THEN len(regexp_extract_all(source, search)) "
        "WHEN search = '' OR NOT contains(source, search) THEN 0 "
        "ELSE len(list_filter(range(length(source)), lambda kql_countof_place: substring(source, kql_countof_place "
        "+ 1, length(search)) = search)) END"
    ),
    "kql_query_object": (
        "(query) AS invoke(lambda kql_query_object_keys, kql_query_object_items: '{' || "
        "array_to_string(list_transform(list_filter(range(1, len(kql_query_object_keys) + 1), "
        "lambda kql_query_object_place: NOT list_contains(kql_query_object_keys[kql_query_object_place + 1:], "
        "kql_query_object_keys[kql_query_object_place])), lambda kql_query_object_place: "
        "to_json(kql_query_object_keys[kql_query_object_place])::VARCHAR || ':' || "
        "to_json(CASE WHEN contains(kql_query_object_items[kql_query_object_place], '=') THEN "
        "substring(kql_query_object_items[kql_query_object_place], "
        "strpos(kql_query_object_items[kql_query_object_place], '=') + 1) ELSE '' END)::VARCHAR), "
        "',') || '}', list_transform(list_filter(string_split(query, '&'), lambda kql_query_object_item: "
        "kql_query_object_item <> ''), lambda kql_query_object_item: "
        "split_part(kql_query_object_item, '=', 1)), list_filter(string_split(query, '&'), lambda "
        "kql_query_object_item: kql_query_object_item <> ''))"
    ),
    "kql_parse_urlquery": "(query) AS ('{\"Query Parameters\":' || kql_query_object(ltrim(query, '?')) || '}')::JSON",
    "kql_parse_url": (
        f"(url) AS invoke(lambda kql_parse_url_part: json_object('Scheme', kql_parse_url_part.scheme, 'Host', "
        f"kql_parse_url_part.host, 'Port', kql_parse_url_part.port, 'Path', kql_parse_url_part.path, "
        "'Username', kql_parse_url_part.username, 'Password', kql_parse_url_part.password, 'Query Parameters', "
        "kql_query_object(kql_parse_url_part.query)::JSON, "
        f"'Fragment', kql_parse_url_part.fragment), regexp_extract(url, '^{_URL}$', {_PARTS}))"
    ),
    "kql_parse_csv": (
        '(csv) AS to_json(list_transform(regexp_extract_all(\',\' || regexp_extract(csv, \'^(?:"(?:[^"]|"")*"|[^"\\r\\n])*\'), '
        '\',(?:"(?:[^"]|"")*"|[^,]*)\'), lambda kql_parse_csv_field: CASE WHEN kql_parse_csv_field[2] = \'"\' AND length(kql_parse_csv_field) > 2 AND kql_parse_csv_field[-1] = \'"\' '
        "THEN replace(kql_parse_csv_field[3:-2], '\"\"', '\"') ELSE kql_parse_csv_field[2:] END))"
    ),
    "kql_parse_path": (
        "(path) AS invoke(lambda kql_parse_path_scheme, kql_parse_path_rest: invoke(lambda kql_parse_path_folder, "
        "kql_parse_path_name: json_object('Scheme', kql_parse_path_scheme, "
        "'RootPath', regexp_extract(kql_parse_path_rest, '^(?:[\\\\/]{2}[?.][\\\\/])?([A-Za-z]:)', 1), "
        "'DirectoryPath', kql_parse_path_folder, "
        "'DirectoryName', regexp_extract(kql_parse_path_folder, '[^\\\\/]*$'), 'Filename', "
        "split_part(kql_parse_path_name, ':', 1), "
        "'Extension', regexp_extract(split_part(kql_parse_path_name, ':', 1), '\\.([^.]*)$', 1), "
        "'AlternateDataStreamName', regexp_extract(kql_parse_path_name, ':(.*)$', 1)), "
        "regexp_extract(kql_parse_path_rest, '^((?s:.*))[\\\\/]', 1), regexp_extract(kql_parse_path_rest, "
        "'[^\\\\/]*$')), "
        "regexp_extract(path, '^([A-Za-z][A-Za-z0-9+.-]+)://', 1), regexp_replace(path, "
        "'^[A-Za-z][A-Za-z0-9+.-]+://', ''))"
    ),
    # As CommandLineToArgvW: before a quotation mark, two backslashes are one, and an odd one makes the mark a character.
    "kql_argument": (
        "(word) AS array_to_string(list_transform(regexp_extract_all(word, '\\\\*\"|[^\"\\\\]+|\\\\+'), lambda "
        "kql_argument_piece: "
        "CASE WHEN kql_argument_piece[-1] = '\"' THEN repeat('\\', (length(kql_argument_piece) - 1) // 2) || "
        "CASE WHEN length(kql_argument_piece) % 2 = 0 THEN '\"' ELSE '' END ELSE kql_argument_piece END), '')"
    ),
    "kql_parse_command_line": (
        "(command, parser) AS CASE WHEN lower(parser) = 'windows' AND command <> '' THEN "
        "to_json(list_transform(regexp_extract_all(command, "
        '\'(?:(?:\\\\\\\\)*\\\\"|(?:\\\\\\\\)+|[^\\s"]|"(?:(?:\\\\\\\\)*\\\\"|(?:\\\\\\\\)+|[^"])*(?:"|$))+\'), '
        "lambda kql_parse_command_line_word: kql_argument(kql_parse_command_line_word))) END"
    ),
}

ROUTINES = {"kql_xml": xml.to_json, "kql_agent": agents.parse}
