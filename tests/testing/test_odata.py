"""Filters of OData: what they mean for objects, and that they are read as another parser reads them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odata_query import ast
from odata_query.grammar import ODataLexer, ODataParser

from huntbook.testing.odata import FilterError, Moment, bounds, holds, moment, parse, properties

ROW: dict[str, Any] = {
    "name": "Anna O'Brien",
    "n": 5,
    "r": 1.5,
    "on": True,
    "none": None,
    "at": "2026-03-01T10:00:00.1234567Z",
    "id": "74be27de-1e4e-49d9-b579-fe0b331d3642",
    "tags": ["red", "Blue"],
    "empty": [],
    "status": {"code": 7, "inner": {"text": "x"}},
    "evidence": [{"kind": "user", "user": {"name": "bo"}}, {"kind": "device", "user": None}],
}


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("name eq 'anna o''brien'", True),
        ("name ne 'x'", True),
        ("none eq null and name ne null and absent eq null", True),
        ("none ne 'x'", True),
        ("none gt 1 or none lt 1", False),
        ("n ge 5 and n le 5 and n gt 4 and n lt 6", True),
        ("n eq 5.0 and r eq 1.5 and n eq -5", False),
        ("on", True),
        ("on eq false", False),
        ("not(on eq false) and not (n eq 6)", True),
        ("n eq 1 or n eq 5 and on eq false", False),
        ("(n eq 1 or n eq 5) and on eq true", True),
        ("n in (1, 5)", True),
        ("name in ('a', 'b')", False),
        ("startswith(name, 'ANNA') and endswith(name,'BRIEN') and contains(name,'o''b')", True),
        ("startswith(none, 'a')", False),
        ("tolower(name) eq 'anna o''brien' and toupper(name) eq 'ANNA O''BRIEN'", True),
        ("at ge 2026-03-01T10:00:00.1234567Z and at le 2026-03-01T10:00:00.1234567Z", True),
        ("at lt 2026-03-01T10:00:00.1234568Z and at gt 2026-03-01T10:00:00.1234566Z", True),
        ("at ge 2026-03-01T11:00:00.1234567+01:00", True),
        ("at ge 2026-03-01 and at lt 2026-03-02", True),
        ("name gt 2026-03-01", False),
        ("id eq 74be27de-1e4e-49d9-b579-fe0b331d3642", True),
        ("status/code eq 7 and status/inner/text eq 'X'", True),
        ("status/absent/text eq null", True),
        ("tags/any(t: t eq 'blue')", True),
        ("tags/all(t: t ne 'green')", True),
        ("tags/any() and not empty/any()", True),
        ("empty/all(t: t eq 'x')", True),
        ("tags/$count eq 2 and empty/$count eq 0", True),
        ("evidence/any(e: e/user/name eq 'bo' and e/kind eq 'user')", True),
        ("evidence/any(e: e/microsoft.graph.security.userEvidence/user/name eq 'cy')", False),
        ("evidence/any(e: tags/any(t: t eq e/kind))", False),
    ],
)
def test_what_filters_mean(text: str, held: bool) -> None:
    assert holds(parse(text), ROW) is held


@pytest.mark.parametrize(
    "text",
    [
        "",
        "n eq",
        "n eq 1 and",
        "(n eq 1",
        "n eq 1)",
        "n eq 'x",
        "contains(name)",
        "n eq # 1",
        "n in 1",
        "a/ eq 1",
        "tags/any(t)",
        "tags/any(1: x)",
        "n eq 1 2",
    ],
)
def test_what_is_no_filter(text: str) -> None:
    with pytest.raises(FilterError):
        parse(text)


VALUES = st.one_of(
    st.integers(-99, 99).map(str),
    st.text("ab'() /%", max_size=6).map(lambda text: "'" + text.replace("'", "''") + "'"),
    st.sampled_from(["true", "false", "null", "2026-03-01T10:00:00Z"]),
)
NAMES = st.sampled_from(["name", "n", "status/code", "tags"])
CONDITIONS = st.one_of(
    st.builds("{0} {1} {2}".format, NAMES, st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), VALUES),
    st.builds("{0} in ({1}, {2})".format, NAMES, VALUES, VALUES),
    st.builds("{0}(name, {1})".format, st.sampled_from(["startswith", "endswith", "contains"]), VALUES),
    st.builds("tags/{0}(t: t eq {1})".format, st.sampled_from(["any", "all"]), VALUES),
)
FILTERS = st.recursive(
    CONDITIONS,
    lambda inner: (
        st.builds("{0} {1} {2}".format, inner, st.sampled_from(["and", "or"]), inner)
        | st.builds("({0})".format, inner)
        | st.builds("not ({0})".format, inner)
    ),
    max_leaves=5,
)


@given(FILTERS)
def test_another_parser_reads_the_same(text: str) -> None:
    assert shape(parse(text)) == other(ODataParser().parse(ODataLexer().tokenize(text)))


def shape(node: Any) -> Any:  # noqa: PLR0911 - one for each kind
    """The tree, without what is only ours."""
    match type(node).__name__:
        case "Both":
            return node.operator, shape(node.left), shape(node.right)
        case "Not":
            return "not", shape(node.of)
        case "Compare":
            return node.operator, shape(node.left), shape(node.right)
        case "In":
            return "in", shape(node.of), tuple(map(shape, node.items))
        case "Call":
            return node.name, *map(shape, node.arguments)
        case "Each":
            return node.quantifier, shape(node.of), node.name, shape(node.condition)
        case "Path":
            return "/".join(node.parts)
    return ("value", node.value if not isinstance(node.value, Moment) else "a time")


def other(node: Any) -> Any:  # noqa: C901, PLR0911 - one for each kind
    """The same of the other parser's tree."""
    match node:
        case ast.BoolOp(op, left, right):
            return type(op).__name__.lower(), other(left), other(right)
        case ast.UnaryOp(ast.Not(), of):
            return "not", other(of)
        case ast.Compare(ast.In(), left, ast.List(items)):
            return "in", other(left), tuple(map(other, items))
        case ast.Compare(op, left, right):
            names = {"Eq": "eq", "NotEq": "ne", "Gt": "gt", "GtE": "ge", "Lt": "lt", "LtE": "le"}
            return names[type(op).__name__], other(left), other(right)
        case ast.Call(func, arguments):
            return func.name, *map(other, arguments)
        case ast.CollectionLambda(of, op, ast.Lambda(name, inside)):
            return type(op).__name__.lower(), other(of), name.name, other(inside)
        case ast.Attribute(owner, name):
            return f"{other(owner)}/{name}"
        case ast.Identifier():
            return node.name
        case ast.DateTime():
            return ("value", "a time")
        case ast.Null():
            return ("value", None)
    return ("value", node.py_val)


def test_times_are_read_to_the_nanosecond() -> None:
    assert moment("1970-01-01T00:00:00.123456789Z") == Moment(123_456_789)
    assert moment("1970-01-01T00:00Z") == moment("1970-01-01") == Moment(0)
    assert moment("1970-13-01") is None
    assert moment("yesterday") is None


def test_what_a_filter_says_of_a_time_and_which_properties_it_names() -> None:
    node = parse("(at ge 2026-03-01 and at lt 2026-03-02) and (n eq 1 or at gt 2020-01-01) and tags/any(t: t eq name)")
    assert [name for name, _ in bounds(node, frozenset({"at"}))] == ["ge", "lt"]
    assert set(properties(node)) == {"at", "n", "tags", "name"}
