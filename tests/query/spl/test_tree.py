"""What the tree of an SPL query says: how terms and operators bind, what values are, what commands hold."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from huntbook.query.spl import parse_spl
from huntbook.query.spl import tree as spl


def short(part: Any) -> str:  # noqa: C901, PLR0911 - one for each kind of node
    match part:
        case spl.Word():
            text = repr(part.text) if part.quoted else part.text
            return f"{part.match}({text})" if part.match else text
        case spl.Comparison():
            return f"{part.field}{part.operator}{short(part.value)}"
        case spl.Both() | spl.Either():
            return f"{type(part).__name__}({', '.join(map(short, part.parts))})"
        case spl.Constant():
            return repr(part.value)
        case spl.Field():
            return part.name
        case spl.Binary():
            return f"({short(part.left)} {part.operator} {short(part.right)})"
        case spl.Unary():
            return f"({part.operator} {short(part.operand)})"
        case spl.Call():
            return f"{part.name}({', '.join(map(short, part.arguments))})"
        case tuple():
            return f"[{', '.join(map(short, part))}]"
    if not is_dataclass(part):
        return str(part)
    held = (getattr(part, field.name) for field in fields(part) if field.name != "span")
    return f"{type(part).__name__}({', '.join(short(value) for value in held if value not in (None, (), ''))})"


def terms(text: str) -> str:
    command = parse_spl(text).commands[0]
    assert isinstance(command, spl.Search)
    return short(command.terms)


def value(text: str) -> str:
    command = parse_spl(f"| makeresults | eval x={text}").commands[1]
    assert isinstance(command, spl.Eval)
    return short(command.assignments[0][1])


def command(text: str) -> str:
    return short(parse_spl(f"index=x | {text}").commands[1])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a b", "Both(a, b)"),
        ("a AND b c", "Both(a, b, c)"),
        ("a OR b c", "Both(Either(a, b), c)"),  # OR before AND, other than in where
        ("a b OR c d", "Both(a, Either(b, c), d)"),
        ("NOT a OR b", "Either(Negated(a), b)"),
        ("(a b) OR c", "Either(Both(a, b), c)"),
        ("host=web* NOT x", "Both(host=web*, Negated(x))"),
        ('host="web 01" x!=5 y>=-1', "Both(host='web 01', x!=5, y>=-1)"),
        ("host = a", "host=a"),
        ('"a"="b"', "a='b'"),
        ('c IN (1, web*, "x y")', "Among(c, [1, web*, 'x y'])"),
        ("host=(a OR b)", "Either(host=a, host=b)"),
        ("TERM(10.0.0.1) CASE(Err)", "Both(TERM(10.0.0.1), CASE(Err))"),
        ("C:\\\\a\\|b", "C:\\a|b"),
        ('"C:\\\\a \\"b\\" \\s"', repr('C:\\a "b" \\s')),
        ("`m(a, b)` x", "Both(Macro(m(a, b)), x)"),
        ("earliest=-1d@d index=x", "Both(earliest=-1d@d, index=x)"),
        ("a ```x OR y``` b", "Both(a, b)"),
        ("it's", "it's"),
        ("!x", "!x"),
    ],
)
def test_search_terms(text: str, meant: str) -> None:
    assert terms(text) == meant
    assert terms(f"search {text}") == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a OR b AND c", "(a OR (b AND c))"),
        ("a XOR b OR c", "(a XOR (b OR c))"),
        ("NOT a=1 AND b", "((NOT (a = 1)) AND b)"),
        ("a and not b or c", "((a AND (NOT b)) OR c)"),
        ("1+2*3", "(1 + (2 * 3))"),
        ("1-2-3", "((1 - 2) - 3)"),
        ("(1-2)*-3", "((1 - 2) * (- 3))"),
        ("a-b", "(a - b)"),
        ("a.b", "(a . b)"),
        ('a."x".b', "((a . 'x') . b)"),
        ("a==1 AND b<>2", "((a = 1) AND (b != 2))"),
        ('x IN (1, "b")', "in(x, 1, 'b')"),
        ("in(x, 1)", "in(x, 1)"),
        ("x NOT IN (1)", "(NOT in(x, 1))"),
        ('x LIKE "a%"', "like(x, 'a%')"),
        ('like(x, "a%")', "like(x, 'a%')"),
        ("'my field'+1.5", "(my field + 1.5)"),
        (".5", "0.5"),
        ("1e3", "1000.0"),
        ("true", "True"),
        ("true()", "true()"),
        ("null", "None"),
        ('"a\\\\b\\"\\t\\s"', repr('a\\b"\t\\s')),
        ('if(a>5, "x", b)', "if((a > 5), 'x', b)"),
        ("a % 2", "(a % 2)"),
        ("_time", "_time"),
        ("a:b", "a:b"),
        ("`m`", "Macro(m)"),
    ],
)
def test_expressions(text: str, meant: str) -> None:
    assert value(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("stats count", "Stats(stats, [Aggregate(count, count)])"),
        (
            "stats count as n, sum(a) by b c",
            "Stats(stats, [Aggregate(count, n), Aggregate(sum, a, sum(a))], [b, c])",
        ),
        ("stats count(eval(a=1)) AS n", "Stats(stats, [Aggregate(count, (a = 1), n)])"),
        ("stats p95(a), C by b", "Stats(stats, [Aggregate(p95, a, p95(a)), Aggregate(c, C)], [b])"),
        (
            "timechart span=1h count BY host limit=5",
            "Stats(timechart, [Aggregate(count, count)], [host], [Option(span, 1h), Option(limit, 5)])",
        ),
        ("chart count OVER a BY b", "Stats(chart, [Aggregate(count, count)], [b], a)"),
        (
            "tstats count FROM datamodel=M.D WHERE a=1 b=2 BY c, _time span=1h",
            "Stats(tstats, [Aggregate(count, count)], [c, _time], [Option(span, 1h)], M.D, Both(a=1, b=2))",
        ),
        ("head", "Head(head, 10)"),
        ("head 5", "Head(head, 5)"),
        ("head limit=7", "Head(head, 7, [Option(limit, 7)])"),
        ("head (a>1)", "Head(head, 10, (a > 1))"),
        ("table a, b c*", "Fields(table, [a, b, c*], True)"),
        ("fields - a", "Fields(fields, [a], False)"),
        ("fields -a", "Fields(fields, [a], False)"),
        ("fields \"a b\" 'c d'", "Fields(fields, [a b, c d], True)"),
        ("sort a", "Sort(sort, [Key(a, False)], 10000)"),
        ("sort 5 -a, +b", "Sort(sort, [Key(a, True), Key(b, False)], 5)"),
        (
            "sort a d b",
            "Sort(sort, [Key(a, False), Key(d, False), Key(b, False)], 10000)",
        ),  # a field, unless it stands last
        ("sort 0 - num(a) b desc", "Sort(sort, [Key(a, False, num), Key(b, True)], 0)"),
        ("dedup a b", "Dedup(dedup, [a, b], 1)"),
        (
            "dedup 2 a keepempty=t sortby -b",
            "Dedup(dedup, [a], 2, [Option(keepempty, t)], [Key(b, True)])",
        ),
        ('rename a AS b, "c.*" as *', "Rename(rename, [[a, b], [c.*, *]])"),
        ("top 5 a by b", "Top(top, [a], [b], [Option(limit, 5)])"),
        ("rare limit=3 a, b", "Top(rare, [a, b], [Option(limit, 3)])"),
        ("where a=1", "Where(where, (a = 1))"),
        ("eval a=1, b=a+1", "Eval(eval, [[a, 1], [b, (a + 1)]])"),
        ('rex field=a "(?<b>c|d)"', "Other(rex, [Option(field, a), '(?<b>c|d)'])"),
        ('rex field=a max_match=0 "(?<b>c)"', "Other(rex, [Option(field, a), Option(max_match, 0), '(?<b>c)'])"),
        ("`m`", "Other([Macro(m)])"),
        ("lookup l a AS b OUTPUT c", "Other(lookup, [l, a, AS, b, OUTPUT, c])"),
    ],
)
def test_commands(text: str, meant: str) -> None:
    assert command(text) == meant
