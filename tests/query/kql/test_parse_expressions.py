"""Expressions: what binds how tightly, names, and constants of every type."""

from __future__ import annotations

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.query.kql.trees import scalar

from huntbook.errors import KqlError
from huntbook.query.kql import tree
from huntbook.query.kql.parse import parse
from huntbook.query.kql.types import Type, Value

DAY = 864_000_000_000
SECOND = 10_000_000


def constant(text: str) -> tree.Literal:
    body = parse(f"print {text}").body
    assert isinstance(body, tree.Pipe)
    assert isinstance(body.source, tree.Print)
    value = body.source.columns[0]
    assert isinstance(value, tree.Literal)
    return value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a or b and c", "(a or (b and c))"),
        ("a and b or c", "((a and b) or c)"),
        ("a + b * c - d", "((a + (b * c)) - d)"),
        ("a == b + 1 and c < d", "((a == (b + long:1)) and (c < d))"),
        ("a < b == c", "((a < b) == c)"),
        ("a + b has c", "(a + (b has c))"),
        ("a * b contains c", "(a * (b contains c))"),
        ("(a or b) and c", "((a or b) and c)"),
        ("-a * b", "(Unary(-, a) * b)"),
        ("a - -1", "(a - Unary(-, long:1))"),
        ("a <> b", "(a != b)"),
        ("a notcontains b", "(a !contains b)"),
        ("a matches regex 'x'", "(a matches regex string:x)"),
        ("a !startswith_cs b", "(a !startswith_cs b)"),
        ("a : b", "(a : b)"),
        ("a in (1, 2)", "In(in, a, [long:1, long:2])"),
        ("a !in~ (b)", "In(!in~, a, [b])"),
        ("a has_any (b)", "In(has_any, a, [b])"),
        ("a in ((U | count))", "In(in, a, [Pipe(U, [Count()])])"),
        ("a in (U | count)", "In(in, a, [Pipe(U, [Count()])])"),
        ("a between (1 .. 2) and b", "(Between(between, a, long:1, long:2) and b)"),
        ("a !between (b..c)", "Between(!between, a, b, c)"),
        ("not(a)", "Call(not, [a])"),
        ("f(x=1, *)", "Call(f, [Named([x], long:1), *])"),
        ("a.b.['c d'][0]['e']", "Index(Index(Member(Member(a, b), c d), long:0), string:e)"),
        ("a.b(1)", "Call(b, [long:1], a)"),
        ("cluster('x').database('y').T", "Member(Call(database, [string:y], Call(cluster, [string:x])), T)"),
        ("['a b'] == [\"c\"]", "(a b == c)"),
        ("toscalar(T | count)", "Call(toscalar, [Pipe(T, [Count()])])"),
        ("materialize(T | count)", "Call(materialize, [Pipe(T, [Count()])])"),
        ("datatable(a:long)[1, -2,]", "Pipe(Datatable(Schema([[a, long]]), [long:1, long:-2]))"),
        ("typeof(long)", "TypeLiteral(long)"),
        ("* has 'x'", "(* has string:x)"),
        ("x = a == 1", "Named([x], (a == long:1))"),
        ("(a, ['b']) = f(1)", "Named([a, b], Call(f, [long:1]))"),
        ("count + kind + type + top", "(((count + kind) + type) + top)"),
        ("where = 1", "Named([where], long:1)"),
        ("{client}", "{client}"),
    ],
)
def test_an_expression(text: str, expected: str) -> None:
    assert scalar(text) == expected


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("12", Type.LONG, 12),
        ("0x1F", Type.LONG, 31),
        ("1.5", Type.REAL, 1.5),
        ("1e3", Type.REAL, 1000.0),
        ("long(-1)", Type.LONG, -1),
        ("int(null)", Type.INT, None),
        ('long("5")', Type.LONG, 5),
        ("real(-inf)", Type.REAL, -math.inf),
        ("double(2)", Type.REAL, 2.0),
        ("decimal(1.20)", Type.DECIMAL, Decimal("1.20")),
        ("bool(TRUE)", Type.BOOL, True),
        ("false", Type.BOOL, False),
        ("bool(null)", Type.BOOL, None),
        ("2d", Type.TIMESPAN, 2 * DAY),
        ("1.5h", Type.TIMESPAN, 5400 * SECOND),
        ("5ms", Type.TIMESPAN, SECOND // 200),
        ("6microseconds", Type.TIMESPAN, 60),
        ("7ticks", Type.TIMESPAN, 7),
        ("300nanos", Type.TIMESPAN, 3),
        ("time(1.02:03:04.5)", Type.TIMESPAN, DAY + 7384 * SECOND + SECOND // 2),
        ('timespan("12.23:00:00")', Type.TIMESPAN, 12 * DAY + 23 * 3600 * SECOND),
        ("timespan(-1d)", Type.TIMESPAN, -DAY),
        ("timespan(2)", Type.TIMESPAN, 2 * DAY),
        ("timespan(15 seconds)", Type.TIMESPAN, 15 * SECOND),
        ("timespan(02:03)", Type.TIMESPAN, 7380 * SECOND),
        (
            "guid(74BE27DE-1E4E-49D9-B579-FE0B331D3642)",
            Type.GUID,
            "74be27de-1e4e-49d9-b579-fe0b331d3642",
        ),
        ("datetime(null)", Type.DATETIME, None),
        ("datetime(0001-01-02)", Type.DATETIME, DAY),
        ("\"a\" 'b'", Type.STRING, "ab"),
        (r"'\t\n\\\'\"\x41\u0042\103'", Type.STRING, "\t\n\\'\"ABC"),
        (r"'\ud83d\ude00'", Type.STRING, "\U0001f600"),
        ('@"a\\b""c"', Type.STRING, 'a\\b"c'),
        ("h'x'", Type.STRING, "x"),
        ("```a\n'b```", Type.STRING, "a\n'b"),
        ("dynamic(null)", Type.DYNAMIC, None),
        ("dynamic({'a': [1, -2.5, null, true], \"b\": {}})", Type.DYNAMIC, '{"a":[1,-2.5,null,true],"b":{}}'),
        (
            "dynamic([datetime(2020-01-01), 1d, long(1)])",
            Type.DYNAMIC,
            '["2020-01-01T00:00:00.0000000Z","1.00:00:00",1]',
        ),
        ("dynamic(dynamic('x'))", Type.DYNAMIC, '"x"'),
    ],
)
def test_a_constant(text: str, type_: Type, value: Value) -> None:
    assert (constant(text).type, constant(text).value) == (type_, value)


NOVEMBER = 635510559000000000 + 2 * SECOND  # 2014-11-08T15:05:02


@pytest.mark.parametrize(
    "text",
    [
        "2014-11-08 15:05:02",
        "2014-11-08T15:05:02Z",
        "2014-11-08T15:05:02.0000000Z",
        "2014-11-08T17:05:02+02:00",
        "2014-11-08 15:05:02 GMT",
        "2014/11/08 15:05:02",
        "2014, 11, 8 15:05:02",
        "11/8/2014 3:05:02 PM",
        "Sat, 8 Nov 14 15:05:02 GMT",
        "Sat, 8 Nov 2014 15:05:02 GMT",
        "Sat, 8 Nov 2014 15:05:02",
        "8 Nov 2014 15:05:02",
        "Saturday, 08-Nov-14 15:05:02 UTC",
        "Sat Nov 8 15:05:02 2014",
        "Sat Nov 8 15:05:02 GMT 2014",
        "Nov 8, 2014 15:05:02",
        '"2014-11-08 15:05:02"',
    ],
)
def test_a_moment_in_each_form(text: str) -> None:
    assert constant(f"datetime({text})").value == NOVEMBER


def test_parts_of_a_date() -> None:
    year, month, day = (constant(f"datetime({text})").value for text in ("2015", "2015-01", "2015-01-01"))
    assert year == month == day == 735598 * DAY


def test_nan() -> None:
    value = constant("real(nan)").value
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("datetime(x)", 7, "This is no datetime: 'x'"),
        ("datetime(2020-02-30)", 7, "no datetime"),
        ("long(99999999999999999999)", 7, "no long"),
        ("int(2147483648)", 7, "no int"),
        ("9223372036854775808", 7, "too large"),
        ("guid(1)", 7, "no guid"),
        ("12345678-1234-1234-1234-123456789012", 7, "guid cannot stand alone"),
        ("a == b == c", 14, "'==' is unexpected"),
        ("a b", 9, "Expected '|'"),
        ("f(1", 10, "not closed, at the end"),
        ("f(1,)", 11, "after the comma"),
        ("a.1", 9, "after '.'"),
        ("- -a", 9, "Expected an expression"),
        ("string(x)", 7, "Expected an expression, not 'string'"),
        ("dynamic({a:1})", 16, "key in quotes"),
        ("dynamic([1,])", 18, "after the comma"),
        ("dynamic()", 15, "JSON value"),
        ("a between (1, 2)", 19, "Expected '..'"),
        ("a in ()", 13, "Expected an expression"),
        ("(T | count) + 1", 8, "Rows cannot stand"),
        ("datatable(a:strng)['x']", 19, "no type 'strng'"),
    ],
)
def test_errors_say_where(text: str, column: int, message: str) -> None:
    with pytest.raises(KqlError) as refused:
        parse(f"print {text}")
    assert message in str(refused.value)
    assert refused.value.column == column


def test_the_smallest_long() -> None:
    assert scalar("-9223372036854775808") == "Unary(-, long:9223372036854775808)"


QUOTED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}


@given(some.text())
def test_any_string_can_be_written(text: str) -> None:
    assert constant('"' + "".join(QUOTED.get(char, char) for char in text) + '"').value == text
    if "\n" not in text and "\r" not in text:
        assert constant('h@"' + text.replace('"', '""') + '"').value == text


@given(some.recursive(some.none() | some.booleans() | some.integers(-(2**63), 2**63 - 1) | some.text(), some.lists))
def test_any_json_can_be_written(value: object) -> None:
    text = json.dumps(value)
    read = constant(f"dynamic({text.replace('/', '/')})").value
    assert json.loads(str(read) if read is not None else "null") == value
