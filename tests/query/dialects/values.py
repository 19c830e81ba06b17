"""Values that would like to be more than values: what every property test of a dialect writes into queries."""

from __future__ import annotations

from hypothesis import strategies as st

HOSTILE = [
    "",
    " ",
    '" | take 0 //',
    "' OR '1'='1",
    "'; DROP TABLE t; --",
    'x" OR index=*',
    'x" or 1==1 //',
    "b') or (1==1",
    "\\",
    '\\"',
    "\\' OR 1=1 --",
    'a\\\\" | x',
    "C:\\Windows\\System32\\cmd.exe /c \"echo 'hi' | more\"",
    "line\nbreak\r\nand\ttab",
    "\n| project Secret",
    "// comment",
    "/* comment */",
    "*/ x /*",
    "-- comment",
    "``` comment ```",
    "`macro`",
    '"""',
    "'''",
    "```",
    "~~~",
    "{{two}}",
    "{{one}}{{many}}",
    "{}",
    "{0}",
    "{host}",
    "%s",
    "$x$",
    "${x}",
    ":x",
    "?",
    "a&$top=1",
    "a#b",
    "a+b c",
    "100%",
    "%27 or 1 eq 1",
    "%2527",
    "] | delete",
    "[search index=*]",
    ") OR (a:b",
    "a TO b]",
    "AND OR NOT",
    "TRUE",
    "null",
    "42",
    "\u201cquoted\u201d \u2018too\u2019",
    "\uff02 | take 0",
    "\uff07 OR 1=1",
    "\u02bc\u2032\u00b4",
    "\u2028\u2029\u0085",
    "\u202egnp.exe",
    "\ufeff\u200b\u00a0",
    "\x1b[2J\x07\x7f",
    "\x9b31m",
    "ünïcødé 😀 𝔘",
    "e\u0301 ﬀ İ ı ſ",
    "\\u0022 | take 0",
    "\\x22",
    "\\N{QUOTATION MARK}",
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A1",
]
STARRED = ["*", "a*b", "\\*", "*.exe | x"]

_MARKS = st.sampled_from(
    [*"\"'`\\|/*-#{}[]()%&+?;:,=<>~^!$@\n\r\t ", "{{", "}}", "//", "/*", "*/", "--", "two", "OR", "\u2028", "\uff02"]
)
_ANY = st.characters(exclude_categories=["Cs"])
TEXT = (
    st.lists(st.one_of(_MARKS, _ANY), max_size=30).map("".join) | st.sampled_from(HOSTILE) | st.text(_ANY, max_size=60)
)
TEXTS = st.lists(TEXT, min_size=1, max_size=5)
