"""`parse-kv`."""

from __future__ import annotations

import pytest
from tests.query.kql.operators._answers import answer, rows

from huntbook.errors import KqlError


def taken(text: str, columns: str, options: str = "") -> list[tuple[object, ...]]:
    """What is taken out of one text."""
    written = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    given = f" with ({options})" if options else ""
    return rows(f'print t = "{written}" | parse-kv t as ({columns}){given} | project-away t')


DELIMITED = "pair_delimiter=';', kv_delimiter='='"
SPACED = "pair_delimiter=' ', kv_delimiter='='"


def test_values_have_the_types_of_their_keys_and_spaces_around_do_not_count() -> None:
    assert taken("a = 1 ;b= x y ; c=2.5", "a:long, b:string, c:real", DELIMITED) == [(1, "x y", 2.5)]


def test_what_is_not_there_or_does_not_convert_is_null_or_empty() -> None:
    assert taken("a=x;b=", "a:long, b:string, c:string, d:datetime", DELIMITED) == [(None, "", "", None)]
    assert taken("", "a:string", DELIMITED) == [("",)]


def test_the_first_of_two_counts_and_case_tells_keys_apart() -> None:
    assert taken("a=1;A=2;a=3", "a:long, A:long", DELIMITED) == [(1, 2)]


def test_a_value_may_hold_the_delimiter_of_keys() -> None:
    assert taken("u=http://h/?q=1;v=2", "u:string, v:long", DELIMITED) == [("http://h/?q=1", 2)]


def test_words_that_are_no_pair_are_passed_over() -> None:
    assert taken("name=John Doe k=5 z", "name:string, k:long", SPACED) == [("John", 5)]


def test_greedy_values_go_on_until_the_next_key() -> None:
    assert taken("name=John  Doe k=5 z", "name:string, k:string", f"{SPACED}, greedy=true") == [("John  Doe", "5 z")]


def test_quotes_hold_delimiters_back() -> None:
    assert taken('a="x;y=z";b=2', "a:string, b:long", f"{DELIMITED}, quote='\"'") == [("x;y=z", 2)]
    assert taken("a=(x;y);(b c)=2", "a:string, ['b c']:long", f"{DELIMITED}, quote='()'") == [("x;y", 2)]
    assert taken("a='x;y';b=\"1;2\"", "a:string, b:string", f"{DELIMITED}, quote='\"', quote=\"'\"") == [("x;y", "1;2")]
    assert taken('n=J "D" z="a b=c"', "n:string, z:string", f"{SPACED}, quote='\"', greedy=true") == [
        ('J "D"', "a b=c")
    ]


def test_escapes_in_quotes() -> None:
    assert taken('a="x\\";\\\\y";b=2', "a:string, b:long", f"{DELIMITED}, quote='\"', escape='\\\\'") == [('x";\\y', 2)]


def test_a_quote_that_does_not_end_is_a_character() -> None:
    assert taken('a="x;b=2', "a:string, b:long", f"{DELIMITED}, quote='\"'") == [('"x', 2)]


def test_longer_delimiters() -> None:
    assert taken("a=>1, b=>x,y, c=>2", "a:long, b:string, c:long", "pair_delimiter=', ', kv_delimiter='=>'") == [
        (1, "x,y", 2)
    ]


def test_lines() -> None:
    assert taken("a=1\nb=x;y\nc=3", "a:long, b:string, c:long", "pair_delimiter='\\n', kv_delimiter='='") == [
        (1, "x;y", 3)
    ]


def test_without_delimiters_all_but_letters_and_digits_are_delimiters() -> None:
    assert taken("[x] id:45, on: 'n 1' xid=7", "id:long, on:string, xid:long") == [(45, "n", 7)]
    assert taken("id:45, on: 'n \\' 1'", "on:string, id:long", "quote=\"'\", escape='\\\\'") == [("n ' 1", 45)]


def test_regular_expressions() -> None:
    assert taken("<a:1><b:x y><a:3>", "a:long, b:string", "regex='<(\\\\w+):([^>]*)>'") == [(1, "x y")]


@pytest.mark.parametrize("key", ["a'b", "a{0}b", "k" * 500, "a.b", "$1"])
def test_hostile_keys(key: str) -> None:
    assert taken(f"{key}=5", f'["{key}"]:long', DELIMITED) == [(5,)]


def test_hostile_texts() -> None:
    assert taken("a=\\1;b={0};c='", "a:string, b:string, c:string", DELIMITED) == [("\\1", "{0}", "'")]
    assert answer("print t = 'a=1' | parse-kv t as (t:long, a:long) with (pair_delimiter=';', kv_delimiter='=')") == (
        ["t", "a"],
        [(None, 1)],
    )


def test_no_rows() -> None:
    assert rows(f"datatable(t:string)[] | parse-kv t as (a:long) with ({DELIMITED})") == []


@pytest.mark.parametrize(
    ("columns", "options", "why"),
    [
        ("a:long", "pair_delimiter=';'", "both"),
        ("a:long", "pair_delimiter=';', kv_delimiter=';'", "the same"),
        ("a:long", "regex='(a)'", "two groups"),
        ("a:long", f"{DELIMITED}, regex='(a)(b)'", "not both"),
        ("a:long", f"{DELIMITED}, quote='abc'", "one character or two"),
        ("a_b:long", "", "more than one word"),
        ("a:long", "greedy=true", "needs delimiters"),
    ],
)
def test_what_means_nothing_is_refused(columns: str, options: str, why: str) -> None:
    with pytest.raises(KqlError, match=why):
        taken("a=1", columns, options)
