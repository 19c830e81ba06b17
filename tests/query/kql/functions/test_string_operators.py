"""The functions of `string_operators` against the documented answers and hostile text."""

from __future__ import annotations

import duckdb
import pytest
from tests.query.kql.functions._evaluate import evaluate

CASES = [
    ("op_has", ("North America", "america"), None, True),
    ("op_has", ("North America", "amer"), None, False),
    ("op_has", ("a_b.exe", "B"), None, True),
    ("op_has", ("it's 100% c:\\x", "100%"), None, True),
    ("op_has", ("cmd.exe /c", "CMD.EXE"), None, True),
    ("op_has", ("xcmd.exe", "cmd.exe"), None, False),
    ("op_has", ("éa b", "a"), None, False),
    ("op_has", ("x", ""), None, True),
    ("op_has", ("o'neil x", "O'Neil"), None, True),
    ("op_has_cs", ("North America", "America"), None, True),
    ("op_has_cs", ("North America", "america"), None, False),
    ("op_hasprefix", ("North America", "ame"), None, True),
    ("op_hasprefix", ("North America", "mer"), None, False),
    ("op_hassuffix", ("North America", "ICA"), None, True),
    ("op_hassuffix_cs", ("North America", "icA"), None, False),
    ("op_hasprefix_cs", ("North America", "CA"), None, False),
    ("op_contains", ("FabriKam", "BRik"), None, True),
    ("op_contains", ("50% off", "0% O"), None, True),
    ("op_contains", ("50x off", "0% O"), None, False),
    ("op_contains", ("axb", "a_b"), None, False),
    ("op_contains", ("ÀÉ", "é"), None, True),
    ("op_startswith", ("Fabrikam", "fab"), None, True),
    ("op_endswith", ("Fabrikam", "Kam"), None, True),
    ("op_startswith_cs", ("Fabrikam", "fab"), None, False),
    ("op_equals_ci", ("abc", "ABC"), None, True),
    ("op_matches_regex", ("Fabrikam", "b.*k"), None, True),
]


@pytest.mark.parametrize(("name", "arguments", "kind", "expected"), CASES)
def test_answer(
    db: duckdb.DuckDBPyConnection, name: str, arguments: tuple[object, ...], kind: str | None, expected: object
) -> None:
    assert evaluate(db, name, *arguments, kind=kind) == expected


@pytest.mark.parametrize("needle", ["100%", "a_b", "c:\\x", "it's", "(x)", "é", "[", "*", "a\nb", "$", "^", "|", "a-b"])
@pytest.mark.parametrize(
    "operator", ["op_has", "op_has_cs", "op_contains", "op_contains_cs", "op_hasprefix", "op_hassuffix"]
)
def test_hostile_text_is_found_as_it_is(db: duckdb.DuckDBPyConnection, operator: str, needle: str) -> None:
    assert evaluate(db, operator, f"- {needle} -", needle) is True
    assert evaluate(db, operator, "- aXb -", needle) is False
