"""The functions of `strings` against the documented answers and hostile text."""

from __future__ import annotations

import duckdb
import pytest
from tests.query.kql.functions._evaluate import evaluate, render

CASES = [
    ("substring", ("123456", 2, 2), None, "34"),
    ("substring", ("123456", 1), None, "23456"),
    ("substring", ("123456", -2, 2), None, "56"),
    ("substring", ("abc", 9), None, ""),
    ("substring", ("ABCD", 0, 2), None, "AB"),
    ("substring", ("abc", -9), None, "abc"),
    ("indexof", ("abcdefg", "cde"), None, 2),
    ("indexof", ("abcdefg", "cde", 1, 4), None, 2),
    ("indexof", ("abcdefg", "cde", 1, 2), None, -1),
    ("indexof", ("abcdefg", "cde", 3, 4), None, -1),
    ("indexof", ("abcdefg", "cde", -5), None, 2),
    ("indexof", ("abcdefg", "cde", 2, -1), None, 2),
    ("indexof", ("abcdefgabcdefg", "cde", 1, 10, 2), None, 9),
    ("indexof", ("abcdefgabcdefg", "cde", 1, -1, 3), None, -1),
    ("split", ("aa_bb", "_"), None, '["aa","bb"]'),
    ("split", ("aaa_bbb_ccc", "_", 1), None, '["bbb"]'),
    ("split", ("", "_"), None, '[""]'),
    ("split", ("a__b", "_"), None, '["a","","b"]'),
    ("split", ("aabbcc", "bb"), None, '["aa","cc"]'),
    ("translate", ("abc", "x", "abc"), None, "xxx"),
    ("translate", ("abc", "", "ab"), None, ""),
    ("translate", ("krasp", "otsku", "spark"), None, "kusto"),
    (
        "replace_strings",
        ("A magic trick can turn a cat into a dog", 'SQL:\'["cat","dog"]\'::JSON', 'SQL:\'["dog","pigeon"]\'::JSON'),
        None,
        "A magic trick can turn a dog into a pigeon",
    ),
    ("replace_strings", ("This is", 'SQL:\'["is","This"]\'::JSON', 'SQL:\'["was","This"]\'::JSON'), None, "Thwas was"),
    ("replace_strings", ("This is", 'SQL:\'["This","is"]\'::JSON', "SQL:'[12345,\"was\"]'::JSON"), None, "This was"),
    ("strrep", ("123", 3, "."), None, "123.123.123"),
    ("strrep", ("ABC", 2), None, "ABCABC"),
    ("strcat_delim", ("-", "1", "2", "A"), None, "1-2-A"),
    ("strcat_array", ("SQL:'[1,2,3]'::JSON", "->"), None, "1->2->3"),
    ("make_string", (75, 117, 115, 116, 111), None, "Kusto"),
    ("unicode_codepoints_to_string", ("SQL:'[75,117,115,116,111]'::JSON",), None, "Kusto"),
    ("unicode_codepoints_from_string", ("Ku",), None, "[75,117]"),
    ("isascii", ("abc",), None, True),
    ("isascii", ("é",), None, False),
]


@pytest.mark.parametrize(("name", "arguments", "kind", "expected"), CASES)
def test_answer(
    db: duckdb.DuckDBPyConnection, name: str, arguments: tuple[object, ...], kind: str | None, expected: object
) -> None:
    assert evaluate(db, name, *arguments, kind=kind) == expected


def test_names_of_columns_are_not_caught_by_the_macros(db: duckdb.DuckDBPyConnection) -> None:
    sql = render("indexof", ["SQL:found", "SQL:item", 1, 10, 2])
    assert db.execute(f"SELECT {sql} FROM (SELECT 'abcdefgabcdefg' AS found, 'cde' AS item)").fetchone() == (9,)
