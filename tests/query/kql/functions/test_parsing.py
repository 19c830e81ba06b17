"""The functions of `parsing` against the documented answers and hostile text."""

from __future__ import annotations

import duckdb
import pytest
from tests.query.kql.functions._evaluate import evaluate

CASES = [
    ("indexof_regex", ("abcabc", "a.c"), None, 0),
    ("indexof_regex", ("abcabcdefg", "a.c", 0, 9, 2), None, 3),
    ("indexof_regex", ("abcabc", "a.c", 1, -1, 2), None, -1),
    ("indexof_regex", ("ababaa", "a.a", 0, -1, 2), None, -1),
    ("indexof_regex", ("abcabc", "a|ab", -1), None, None),
    ("countof", ("aaa", "a"), None, 3),
    ("countof", ("aaaa", "aa"), None, 3),
    ("countof", ("ababa", "ab", "normal"), None, 2),
    ("countof", ("ababa", "aba"), None, 2),
    ("countof", ("ababa", "aba", "regex"), None, 1),
    ("countof", ("abcabc", "a.c", "regex"), None, 2),
    ("replace_regex", ("Number is 1", "is (\\d+)", "was: \\1"), None, "Number was: 1"),
    ("trim_end", (".com", "bing.com"), None, "bing"),
    ("trim_start", ("https://", "https://bing.com"), None, "bing.com"),
    ("trim_end", ("[^\\w]+", "-  Te st1// $"), None, "-  Te st1"),
    ("trim", ("--", "--https://bing.com--"), None, "https://bing.com"),
    (
        "parse_csv",
        ('aa,"b,b,b",cc,"Escaping quotes: ""Title""","line1\nline2"',),
        None,
        '["aa","b,b,b","cc","Escaping quotes: \\"Title\\"","line1\\nline2"]',
    ),
    ("parse_csv", ("record1,a,b,c\nrecord2,x,y,z",), None, '["record1","a","b","c"]'),
    ("parse_csv", (",a,",), None, '["","a",""]'),
    (
        "parse_url",
        ("scheme://username:password@host:1234/this/is/a/path?k1=v1&k2=v2#fragment",),
        None,
        '{"Scheme":"scheme","Host":"host","Port":"1234","Path":"this/is/a/path","Username":"username","Password":"password","Query Parameters":{"k1":"v1","k2":"v2"},"Fragment":"fragment"}',
    ),
    ("parse_urlquery", ("k1=v1&k2=v2&k3=v3",), None, '{"Query Parameters":{"k1":"v1","k2":"v2","k3":"v3"}}'),
    (
        "parse_path",
        ("C:\\temp\\file.txt",),
        None,
        '{"Scheme":"","RootPath":"C:","DirectoryPath":"C:\\\\temp","DirectoryName":"temp","Filename":"file.txt","Extension":"txt","AlternateDataStreamName":""}',
    ),
    (
        "parse_path",
        ("file://C:/temp/file.txt:some.exe",),
        None,
        '{"Scheme":"file","RootPath":"C:","DirectoryPath":"C:/temp","DirectoryName":"temp","Filename":"file.txt","Extension":"txt","AlternateDataStreamName":"some.exe"}',
    ),
    (
        "parse_path",
        ("\\\\shared\\users\\temp\\file.txt.gz",),
        None,
        '{"Scheme":"","RootPath":"","DirectoryPath":"\\\\\\\\shared\\\\users\\\\temp","DirectoryName":"temp","Filename":"file.txt.gz","Extension":"gz","AlternateDataStreamName":""}',
    ),
    (
        "parse_path",
        ("/usr/lib/temp/file.txt",),
        None,
        '{"Scheme":"","RootPath":"","DirectoryPath":"/usr/lib/temp","DirectoryName":"temp","Filename":"file.txt","Extension":"txt","AlternateDataStreamName":""}',
    ),
    (
        "parse_path",
        ("temp\\file.txt",),
        None,
        '{"Scheme":"","RootPath":"","DirectoryPath":"temp","DirectoryName":"temp","Filename":"file.txt","Extension":"txt","AlternateDataStreamName":""}',
    ),
    ("parse_command_line", ('echo "hello world!"', "windows"), None, '["echo","hello world!"]'),
    ("parse_command_line", ('a  b\\"c d\\e', "windows"), None, '["a","b\\"c","d\\\\e"]'),
    ("extract_json", ("$.name", '{"name":"John"}'), "string", "John"),
    ("extract_json", ("$['a b'][0]", '{"a b":[1]}'), None, "1"),
    ("extract_json", ("$.a", "nope"), None, ""),
    ("extract_all", ("([\\da-f]{2})", "82b8"), None, '["82","b8"]'),
    ("extract_all", ("(\\w)(\\w+)(\\w)", "82b8be2d-dfa7"), None, '[["8","2b8be2","d"],["d","fa","7"]]'),
    ("extract_all", ("(\\w)(\\w+)(\\w)", "SQL:'[1,3]'::JSON", "82b8be2d"), None, '[["8","d"]]'),
    (
        "extract_all",
        ("(?P<first>\\w)(?P<middle>\\w+)(?P<last>\\w)", 'SQL:\'["first",2,"last"]\'::JSON', "82b8be2d"),
        None,
        '[["8","2b8be2","d"]]',
    ),
    ("extract_all", ("(z)", "a"), None, None),
    ("extract", ("User: ([^,]+)", 1, "User: James, E"), None, "James"),
]


@pytest.mark.parametrize(("name", "arguments", "kind", "expected"), CASES)
def test_answer(
    db: duckdb.DuckDBPyConnection, name: str, arguments: tuple[object, ...], kind: str | None, expected: object
) -> None:
    assert evaluate(db, name, *arguments, kind=kind) == expected
