"""KQL's functions on strings: lengths, parts, positions, joining, cases, emptiness.

Positions and lengths count characters (code points) from 0. A string is never null.
"""

from __future__ import annotations

from huntbook.query.kql.functions._base import refused, scalar

# Functions whose `string` parameters take a value of any type, converted as tostring() does.
OF_ANYTHING = frozenset(
    {
        "strcat",
        "strcat_delim",
        "substring",
        "split",
        "strlen",
        "strrep",
        "reverse",
        "indexof",
        "toupper",
        "tolower",
        "hash_md5",
        "hash_sha1",
        "hash_sha256",
    }
)

SCALARS = (
    scalar("strlen(source: string) long", "length({0})"),
    scalar("string_size(source: string) long", "strlen({0})"),
    scalar("strcat(part: string, ...) string", "concat({*})"),
    scalar("strcat_delim(delimiter: string, part: string, other: string, ...) string", "concat_ws({*})"),
    scalar("strcat_array(array: dynamic, delimiter: string) string", "kql_strcat_array({0}, {1})", nullable=True),
    scalar(
        "strcmp(left: string, right: string) long",
        "CASE WHEN {0} < {1} THEN -1 WHEN {0} > {1} THEN 1 ELSE 0 END::BIGINT",
    ),
    scalar(
        "strrep(source: string, times: long, delimiter: string = '') string",
        "kql_strrep({0}, {1}, {2})",
        nullable=True,
    ),
    scalar("reverse(source: string) string", "reverse({0})"),
    scalar("toupper(source: string) string", "upper({0})"),
    scalar("tolower(source: string) string", "lower({0})"),
    scalar(
        "substring(source: string, start: long, length: long?) string", "kql_substring({0}, {1}, {2})", nullable=True
    ),
    scalar(
        "indexof(source: string, lookup: string, start: long = 0, length: long = -1, occurrence: long = 1) long",
        "kql_indexof({0}, {1}, {2}, {3}, {4})",
    ),
    scalar("split(source: string, delimiter: string, index: long?) dynamic", "kql_split({0}, {1}, {2})"),
    scalar("translate(search: string, replacement: string, source: string) string", "kql_translate({0}, {1}, {2})"),
    scalar("replace_string(text: string, lookup: string, rewrite: string) string", "replace({0}, {1}, {2})"),
    scalar(
        "replace_strings(text: string, lookups: dynamic, rewrites: dynamic) string",
        "kql_replace_strings({0}, {1}, {2})",
        nullable=True,
    ),
    scalar("unicode_codepoints_from_string(text: string) dynamic", "to_json(kql_codepoints({0}))"),
    scalar("to_utf8(text: string) dynamic", "to_json(kql_codepoints({0}))"),
    scalar("unicode_codepoints_to_string(codepoints: dynamic) string", "kql_of_codepoints({0})", nullable=True),
    scalar("unicode_codepoints_to_string(codepoint: long, ...) string", "kql_of_codepoints([{*}])", nullable=True),
    scalar("make_string(codepoints: dynamic) string", "kql_of_codepoints({0})", nullable=True),
    scalar("make_string(codepoint: long, ...) string", "kql_of_codepoints([{*}])", nullable=True),
    scalar("isascii(text: string) bool", r"(NOT regexp_matches({0}, '[^\x00-\x7F]'))"),
    scalar("isutf8(text: string) bool", "({0} IS NOT NULL)"),
    scalar("format_bytes(size: real) string", "kql_format_bytes({0}, 0, '')", nullable=True),
    scalar(
        "format_bytes(size: real, precision: long, units: string = '') string",
        "kql_format_bytes({0}, {1}, {2})",
        nullable=True,
        caution="format_bytes() writes no zeros at the end, about which Kusto's documentation says nothing.",
    ),
    refused(
        "estimate_data_size",
        "the sizes of Kusto's own storage are not known here; string_size() gives the bytes of a string",
    ),
)

MACROS = {
    "kql_strcat_array": (
        "(items, delimiter) AS invoke(lambda kql_strcat_array_texts: CASE WHEN len(kql_strcat_array_texts) = 0 THEN '' "
        "ELSE list_reduce(kql_strcat_array_texts, lambda kql_strcat_array_joined, kql_strcat_array_text: "
        "kql_strcat_array_joined || delimiter || kql_strcat_array_text) END, "
        "list_transform(TRY_CAST(items AS JSON[]), lambda kql_strcat_array_item: coalesce(kql_strcat_array_item->>'$', "
        "'')))"
    ),
    "kql_strrep": (
        "(source, times, delimiter) AS CASE WHEN times > 0 THEN repeat(source || delimiter, least(times, 1024)::BIGINT - 1) || "
        "source ELSE '' END"
    ),
    "kql_substring": (
        "(source, start, size) AS CASE WHEN size < 0 OR start >= length(source) THEN '' ELSE substring(source, "
        "CASE WHEN start < 0 THEN greatest(length(source) + start, 0) ELSE start END + 1, "
        "least(coalesce(size, length(source)), length(source))) END"
    ),
    # Where the search is limited, each further occurrence is searched for within as many characters again.
    "kql_indexof_from": (
        "(source, lookup, start, size) AS invoke(lambda kql_indexof_from_found: CASE WHEN kql_indexof_from_found > "
        "0 THEN start + kql_indexof_from_found - 1 ELSE -1 END, "
        "strpos(CASE WHEN start = 0 AND size = -1 THEN source ELSE substring(source, start + 1, "
        "CASE WHEN size = -1 THEN length(source) ELSE least(size, length(source)) END) END, lookup))"
    ),
    "kql_indexof_next": (
        "(source, lookup, start, size, occurrence) AS CASE WHEN occurrence = 1 THEN kql_indexof_from(source, "
        "lookup, start, size) "
        "ELSE list_reduce(range(occurrence), lambda kql_indexof_next_found, kql_indexof_next_turn: CASE WHEN "
        "kql_indexof_next_found = -1 AND kql_indexof_next_turn > 0 THEN -1 "
        "ELSE kql_indexof_from(source, lookup, CASE WHEN kql_indexof_next_turn = 0 THEN start ELSE "
        "kql_indexof_next_found + 1 END, size) END, -1::BIGINT) END"
    ),
    "kql_indexof": (
        "(source, lookup, start, size, occurrence) AS CASE WHEN size < -1 OR occurrence < 1 THEN NULL "
        "ELSE kql_indexof_next(source, lookup, CASE WHEN start < 0 THEN greatest(length(source) + start, 0) ELSE "
        "start END, "
        "size, occurrence) END"
    ),
    "kql_split_text": (
        "(source, delimiter) AS CASE WHEN delimiter = '' THEN [source] ELSE string_split(source, delimiter) END"
    ),
    "kql_split": (
        "(source, delimiter, place) AS to_json(CASE WHEN place IS NULL THEN kql_split_text(source, delimiter) "
        "WHEN place < 0 THEN [] ELSE list_slice(kql_split_text(source, delimiter), place + 1, place + 1) END)"
    ),
    "kql_translate": (
        "(search, replacement, source) AS translate(source, search, CASE WHEN replacement = '' THEN '' "
        "ELSE rpad(replacement, length(search)::INTEGER, right(replacement, 1)) END)"
    ),
    # Each lookup in turn becomes a character of private use, which no later one finds, and these then what they stand for.
    "kql_replace_strings": (
        "(source, lookups, rewrites) AS invoke(lambda kql_replace_strings_wanted, kql_replace_strings_given: "
        "list_reduce(range(1, len(kql_replace_strings_wanted) + 1)::VARCHAR[], "
        "lambda kql_replace_strings_marked, kql_replace_strings_turn: coalesce(replace(kql_replace_strings_marked, "
        "chr(983040 + kql_replace_strings_turn::INTEGER), "
        "coalesce(kql_replace_strings_given[kql_replace_strings_turn::INTEGER], "
        "kql_replace_strings_wanted[kql_replace_strings_turn::INTEGER])), kql_replace_strings_marked), "
        "list_reduce(range(1, len(kql_replace_strings_wanted) + 1)::VARCHAR[], "
        "lambda kql_replace_strings_text, kql_replace_strings_place: coalesce(replace(kql_replace_strings_text, "
        "kql_replace_strings_wanted[kql_replace_strings_place::INTEGER], chr(983040 + "
        "kql_replace_strings_place::INTEGER)), kql_replace_strings_text), source)), "
        "kql_texts(lookups), kql_texts(rewrites))"
    ),
    # in the unit that is asked for, or in the greatest of which there is one
    "kql_format_bytes": (
        "(size, digits, units) AS invoke(lambda kql_bytes_at: CASE WHEN kql_bytes_at > 0 AND isfinite(size) AND abs(size) < 1e22 AND digits BETWEEN 0 AND 15 "
        "THEN regexp_replace(round(TRY(size / pow(1024, kql_bytes_at - 1)), digits::INTEGER)::DECIMAL(38, 15)::VARCHAR, '\\.?0*$', '') "
        "|| ' ' || (['Bytes', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'])[kql_bytes_at] END, CASE WHEN units = '' "
        "THEN greatest(1, len(list_filter(range(7), lambda kql_bytes_power: abs(size) >= pow(1024, kql_bytes_power)))) "
        "ELSE list_position(['bytes', 'kb', 'mb', 'gb', 'tb', 'pb', 'eb'], lower(units)) END)"
    ),
    "kql_texts": (
        "(items) AS list_transform(TRY_CAST(items AS JSON[]), lambda kql_texts_item: CASE WHEN "
        "json_type(kql_texts_item) = 'VARCHAR' THEN kql_texts_item->>'$' END)"
    ),
    "kql_codepoints": (
        "(source) AS list_transform(regexp_extract_all(source, '(?s).'), lambda kql_codepoints_each: "
        "unicode(kql_codepoints_each))"
    ),
    "kql_of_codepoints": (
        "(codepoints) AS array_to_string(list_transform(TRY_CAST(codepoints AS BIGINT[]), lambda kql_of_codepoints_each: "
        "CASE WHEN kql_of_codepoints_each BETWEEN 0 AND 1114111 AND kql_of_codepoints_each NOT BETWEEN 55296 AND "
        "57343 THEN chr(kql_of_codepoints_each::INTEGER) ELSE '' END), '')"
    ),
}
