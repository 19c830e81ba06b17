"""The names and types of an answer's columns where the query gives none, as Microsoft's parser has them; and what it refuses."""

from __future__ import annotations

import pytest
from tests.query.kql.score._small import SMALL_TABLES

from huntbook.errors import KqlError
from huntbook.query.kql.compiler import compile_query


def columns(query: str) -> str:
    return ", ".join(f"{column.name}: {column.type}" for column in compile_query(query, SMALL_TABLES).columns)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # Columns that are called nothing are numbered through the query.
        ("T | summarize sum(l) + 1, 2 + count()", "Column1: long, Column2: long"),
        ("T | summarize max(d) - min(d) by startofyear(d)", "Column1: datetime, Column2: timespan"),
        ("T | project d, l + 1 | project startofweek(d), Column1", "Column2: datetime, Column1: long"),
        ("T | project d, l + 1 | union (T | project d, l + 1) | project startofweek(d)", "Column3: datetime"),
        ("T | extend Column1 = 1 | project l + 2", "Column1: long"),
        # A function that is called after what it is of is so over aggregates too.
        (
            "T | summarize tostring(max(l)), round(avg(l), 2), toint(max(l)), max(l)",
            "max_l: string, avg_l: real, max_l1: int, max_l2: long",
        ),
        ("T | summarize make_list(l)[0], tostring(make_set(l)[0])", "list_l_0: dynamic, set_l_0: string"),
        ("T | summarize percentiles_array(l, 5, 50)", "percentiles_l: dynamic"),
        ("T | summarize arg_max(l + 1, l + 2, s)", "max_: long, max__arg1: long, s: string"),
        ("T | summarize arg_min(l, l + 2, s, l + 3)", "l: long, min_l_arg1: long, s: string, min_l_arg3: long"),
        ("T | summarize take_any(s, l + 1)", "s: string, any_arg1: long"),
        # A star is every column that is not there already, whatever those that are there are called.
        ("T | project l, d | summarize arg_max(l, *) by bin(d, 1h)", "d: datetime, l: long, d1: datetime"),
        ("T | project l, s | summarize arg_max(l, *) by x = s", "x: string, l: long"),
        ("T | project l, s | summarize arg_max(l, *) by x = tostring(s)", "x: string, l: long"),
        ("T | project l, s | summarize take_any(*) by tolong(s)", "s: long, l: long, s1: string"),
        # Arithmetic of ints is long, a dynamic is what it stands beside, a branch that is dynamic what the others are.
        ("T | project a = i + i, b = i * i, c = -i, e = i / i, f = abs(i)", ", ".join(f"{n}: long" for n in "abcef")),
        ("T | project a = j + 1, b = j - i, c = j * 1.5, e = d - j", "a: long, b: long, c: real, e: timespan"),
        ("T | project a = iff(b, j, s), c = iff(b, j, l), e = case(b, s, b, j, s2)", "a: string, c: long, e: string"),
        ("T | project a = bin(i, i), c = strcmp(s, s2)", "a: long, c: long"),
        ("T | project a = b == 1, c = l > b", "a: bool, c: bool"),
        # What mv-apply expands is not there after it, if its operators leave it out.
        ("T | project s, j | mv-apply j on (project y = 1)", "s: string, y: long"),
        ("T | project s, j | mv-apply x = j on (count)", "s: string, j: dynamic, Count: long"),
        ("T | project s, l, j | mv-apply j on (extend l = 'a')", "s: string, l: string, j: dynamic"),
        (
            "T | project s, j, j2 | mv-apply x = j, j2 on (where x > 1)",
            "s: string, j: dynamic, j2: dynamic, x: dynamic",
        ),
        ("T | where s has_any (j) or s has_all ((U | project k)) | project s", "s: string"),
    ],
)
def test_names_and_types(query: str, expected: str) -> None:
    assert columns(query) == expected


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("T | project s, s", "two columns 's'"),
        ("T | project s, s = l", "two columns 's'"),
        ("T | project s, tostring(s)", "two columns 's'"),
        ("T | extend x = 1, x = 2", "two columns 'x'"),
        ("T | project-rename s = l", "two columns 's'"),
        ("T | summarize x = count(), x = sum(l)", "two columns 'x'"),
        ("T | summarize s = count() by s", "two columns 's'"),
        ("T | parse s with a 'x' a", "two columns 'a'"),
        ("T | summarize count() by j.a", "summarize by takes no dynamic"),
        ("T | distinct j", "distinct takes no dynamic"),
        ("T | distinct *", "distinct takes no dynamic"),
        ("T | sort by l, j", "sort by takes no dynamic"),
        ("T | sample-distinct 2 of j", "sample-distinct takes no dynamic"),
        ("T | sample-distinct 2 of l + 1", "takes the name of a column"),
        ("T | partition by j (count)", "partition by takes no dynamic"),
        ("T | summarize arg_max(j, l)", "A dynamic has no greatest"),
        ("T | summarize max(g)", "max() takes"),
        ("T | summarize count_distinct(j)", "count_distinct() takes"),
        ("T | summarize countif(j)", "countif() takes a bool here, not a dynamic"),
        ("T | join U on s", "Columns of types string and dynamic cannot be joined on"),
        ("T | join U on i", "Columns of types int and long cannot be joined on"),
        ("T | join U on $left.r == $right.r", "Columns of types real and decimal cannot be joined on"),
        ("T | join U on $left.j == $right.s", "Dynamics cannot be joined on"),
        ("T | where j", "A condition must be a bool, and this is a dynamic"),
        ("T | where not(j)", "A condition must be a bool, and this is a dynamic"),
        ("T | where s > s2", "compares a string with a string"),
        ("T | where g < g", "compares a guid with a guid"),
        ("T | where d > '2020-01-01'", "compares a string with a datetime"),
        ("T | where j > d", "compares a dynamic with a datetime"),
        ("T | where s between ('a' .. 'b')", "a string has none"),
        ("T | where l has '1'", "between strings, and one side is a long"),
        ("T | where s contains 1", "between strings, and one side is a long"),
        ("T | where l in~ (1)", "in~ looks for a string, and this is a long"),
        ("T | where s like 'x'", "The operator 'like'"),
        ("T | project max_of(l)", "max_of() takes 2 or more arguments"),
        ("T | project max_of(s, d)", "max_of() gets string and datetime"),
        ("T | project coalesce(s, j)", "coalesce() gets string and dynamic"),
        ("T | project now(1)", "now() takes a timespan"),
        ("T | project j[d]", "not by a datetime"),
    ],
)
def test_refused(query: str, message: str) -> None:
    with pytest.raises(KqlError) as refused:
        columns(query)
    assert message in str(refused.value)


def test_a_pattern_has_a_hint() -> None:
    with pytest.raises(KqlError) as refused:
        columns("T | where s like 'a%'")
    assert "matches regex" in refused.value.hint
