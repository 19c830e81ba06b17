"""Holes are found and filled, once."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.errors import ParameterError
from huntbook.query.dialects import dialects
from huntbook.query.kql import Type, compile_kql
from huntbook.query.parameters import Clause, Kind, Value
from huntbook.query.query import Query
from huntbook.query.spl import parse_spl
from huntbook.query.template import Hole, check_names, holes, render

KQL, SPL = dialects["kql"], dialects["spl"]


def texts(**values: str) -> dict[str, Value]:
    return {name: Value(Kind.STRING, value) for name, value in values.items()}


def test_holes_are_found_in_their_order_with_their_lines() -> None:
    text = "T\n| where a == {{a}}\n\n| take {{n_1}} // {{a}}"
    assert holes(text) == [Hole("a", 15, 2), Hole("n_1", 29, 4), Hole("a", 40, 4)]
    assert [text[hole.offset : hole.offset + 5] for hole in holes(text)] == ["{{a}}", "{{n_1", "{{a}}"]
    assert str(holes(text)[1]) == "{{n_1}} in line 4"


@pytest.mark.parametrize(
    "text", ["{a}", "{{ a }}", "{{a b}}", "{{1}}", "{{}}", "{ {a} }", "dynamic({'a':{'b':1}})", "{{é}}"]
)
def test_what_is_no_hole_is_left_alone(text: str) -> None:
    assert holes(text) == []
    assert render(text, {}, KQL) == text


def test_values_are_filled_in() -> None:
    values = texts(host="WS01") | {"limit": Value(Kind.INT, 5), "more": Value(Kind.CLAUSE, Clause("| where x == 1"))}
    text = "T | where Computer has {{host}} or Host == {{host}}\n{{more}}\n| take {{limit}}"
    assert render(text, values, KQL) == ('T | where Computer has "WS01" or Host == "WS01"\n| where x == 1\n| take 5')


@settings(deadline=None)
@given(st.text(st.sampled_from("{}ab_ \n")), st.text(st.sampled_from('{}ab"\\')), st.text(st.sampled_from('{}ab"\\')))
def test_a_value_is_never_read_as_a_hole(text: str, a: str, b: str) -> None:
    """Whatever the values hold, what is filled in is what the holes of the text say, and nothing else."""
    values = texts(a=a, b=b)
    text = f" {text} "
    try:
        rendered = render(text, values, KQL)
    except ParameterError as error:
        assert "has no value" in str(error) or "touches" in str(error) or "stands" in str(error)  # noqa: PT017 - either is right
        return
    expected, end = "", 0
    for hole in holes(text):
        expected += text[end : hole.offset] + KQL.literal({"a": a, "b": b}[hole.name])
        end = hole.offset + len(hole.name) + 4
    assert rendered == expected + text[end:]


def test_holes_in_quotes_are_text_unless_a_value_is_given() -> None:
    text = 'T | where url has "{{config}}" and Computer has {{host}} // {{todo}}x'
    assert render(text, texts(host="a"), KQL) == 'T | where url has "{{config}}" and Computer has "a" // {{todo}}x'
    with pytest.raises(ParameterError, match=r"\{\{config\}\} in line 1 stands inside quotes"):
        render(text, texts(host="a", config="b"), KQL)


def test_a_hole_without_a_value_is_named() -> None:
    with pytest.raises(ParameterError, match=r"\{\{hots\}\} in line 2 has no value\.\nDid you mean 'host'\?"):
        render("T\n| where a == {{hots}}", texts(host="a", user="b"), KQL)
    with pytest.raises(ParameterError, match="There are: none"):
        render("T | where a == {{host}}", {}, KQL)


def test_a_value_without_a_hole_is_named_when_asked() -> None:
    text = "T | where a == {{host}}"
    check_names(text, ["host"])
    with pytest.raises(ParameterError, match=r"The query has no \{\{hsot\}\}\.\nDid you mean 'host'\?"):
        check_names(text, ["host", "hsot"])
    assert render(text, texts(host="a", other="b"), KQL) == 'T | where a == "a"'


def test_an_error_names_the_parameter() -> None:
    with pytest.raises(ParameterError, match=r"^limit: 'many' is no whole number"):
        render("T | take {{limit}}", {"limit": Value(Kind.INT, "many")}, KQL)
    with pytest.raises(ParameterError, match=r"^more: Query text comes from code only"):
        render("T | where {{more}}", {"more": Value(Kind.CLAUSE, "1 == 1")}, KQL)


@pytest.mark.parametrize("name", sorted(dialects))
def test_time_is_linear(name: str) -> None:
    dialect = dialects[name]

    def spent(size: int) -> float:
        text = "a = {{x}} or (b)\n" * size + "{{{{" * size + "'`\"" * size
        best = 9.0
        for _ in range(3):
            began = process_time()
            assert len(holes(text)) == size
            dialect.holes_in_quotes(text)
            render("a = {{x}} or (b)\n" * size, texts(x="{{x}}"), dialect)
            best = min(best, process_time() - began)
        return best

    spent(100)
    assert spent(16_000) < 100 * spent(1000) + 0.05  # 256 times, if it were quadratic


# What MSTICPy 3.0.2 spliced into its queries as text (it used str.format): each becomes one literal here.


@pytest.mark.parametrize("host", ['x" or 1==1 //', 'x" or 1==1 | union SecurityEvent //', "b') or (1==1"])
def test_a_value_cannot_widen_a_filter_of_kql(host: str) -> None:
    text = render("T | where Computer has {{host}}", texts(host=host), KQL)
    compiled = compile_kql(text, {"T": {"Computer": Type.STRING}})
    assert host in dict(compiled.values).values() or host.replace("'", "''") in compiled.sql
    listed = render("T | where Computer in ({{hosts}})", {"hosts": Value(Kind.LIST, ["a", host])}, KQL)
    assert listed == f"T | where Computer in ({KQL.literal('a')}, {KQL.literal(host)})"
    compile_kql(listed, {"T": {"Computer": Type.STRING}})


def test_a_value_cannot_widen_a_search_of_splunk() -> None:
    with pytest.raises(ParameterError, match="wildcard"):
        render("search index=main host={{host}}", texts(host='x" OR index=*'), SPL)
    text = render("search index=main host={{host}}", texts(host='x" OR index=secret'), SPL)
    assert text == r'search index=main host="x\" OR index=secret"'
    assert "Either" not in repr(parse_spl(text))


def test_braces_of_the_query_are_its_own() -> None:
    text = """T | extend a = parse_json('{"a": {"b": 1}}') | where b == {{host}}"""
    assert render(text, texts(host="{0} {host}"), KQL).endswith('where b == "{0} {host}"')


def test_what_is_nearly_a_hole_is_found_in_linear_time() -> None:
    text = "T {{" + " " * 300_000
    query = {"name": "x", "pack": "mine", "about": "Mine.", "kql": text}
    began = process_time()
    assert Query.model_validate(query).kql == text
    assert process_time() - began < 2
