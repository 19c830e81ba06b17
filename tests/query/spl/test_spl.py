"""Whole queries of SPL: those that are, and what is wrong with those that are not."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from huntbook.errors import QueryError, SplError
from huntbook.query.spl import check_spl, parse_spl
from huntbook.query.spl.names import AGGREGATES, COMMANDS, FUNCTIONS, GENERATING, OPTIONS
from huntbook.query.spl.tree import Dedup, Eval, Fields, Head, Other, Rename, Search, Sort, Stats, Subsearch, Top, Where

GOOD = r"""
index=main error
search index=* EventCode IN (4624, 4625) host="WS01" | stats count by host
index=a (b OR c) NOT d=e "quoted \" phrase" f!=g h>=5 | head 10
index=windows source="C:\\Windows\\*" | where like(x,"%a") AND (y=1 OR z IN ("a","b")) | table a b, c
| tstats summariesonly=t count from datamodel=Authentication where Authentication.action=failure by Authentication.user, _time span=1h
| tstats prestats=t values(Processes.process) as process min(_time) as first from datamodel=Endpoint.Processes where (Processes.dest=a OR nodename=b) by Processes.user Processes.dest | timechart count
| tstats count where index=* by PREFIX(user=) | mstats avg(cpu) where index=m by host span=1m
| makeresults count=5 | eval a=if(x>5, "y", "n"), 'my field'=a . "z", b=-1*2+3%4
index=x | timechart span=1h limit=10 useother=f count as n by host
index=x | timechart span=1d avg(a) by b where avg in top5
index=x | chart count over a by b | chart eval(avg(x)*2) as y by z
index=x | stats dc(user) as users, values(src_ip), p95(dur) perc99.9(dur) count(eval(status=404)) AS n, sparkline(count, 1h) BY _time host
index=x | stats count(eval(a="b" AND c>5)) as d latest(_time) as last sum("my field") by "other field", e{}.f
index=x | rex field=_raw "(?<ip>\d+\.\d+)" | rex field=a mode=sed "s/a|b/c/g" | regex b!="x|y"
index=x [search index=y | fields user | dedup user] | lookup users.csv user AS u OUTPUT name AS n
index=x | join type=left host [| inputlookup hosts.csv] | fillnull value=0 a b
index=x | eval x=[search index=y | return $z] | `my_macro(a,"b")` | search `m` foo
index=x | dedup 2 host, user keepevents=t sortby -_time +host | sort 0 -count, num(x) ip(y) desc | sort - a | sort limit=5 b
index=x | top limit=5 a, b by c showperc=f | rare a | top 20 x
index=x | fields - a b | fields + c | fields d* | fields -e
index=x | transaction host maxspan=5m startswith=eval(a="b") endswith=(c) | bin _time span=5m | bucket span=1d _time
index=x | foreach a_* [eval <<FIELD>>=round('<<FIELD>>',2)] | appendpipe [stats sum(a) as a]
index=x earliest=-1d@d latest=now TERM(10.0.0.1) CASE(Error) ```comment | with pipe``` | head 5 ```x```
index=x | multikv | spath input=_raw path=a.b output=c | spath | mvexpand a limit=5 | makemv delim="," b
index=x | eventstats avg(a) as m by b | streamstats window=5 current=f sum(c) as s | where a > m*2 AND NOT isnull(b) XOR c
| inputlookup a.csv where x=5 | append [| from datamodel:"Network_Traffic"]
| multisearch [search index=a] [search index=b | eval x=1]
| rest /services/saved/searches splunk_server=local | search title="*foo*"
index=x NOT (a=b c=d) host=(a OR b) | head (x>5) keeplast=t | head limit=3
index=x user=CONTOSO\\anna path=/usr/bin/* ip=10.0.0.0/8 t=12:30:00 a=b-c.d@e mail=anna@contoso.com "a"="b"
index=x | convert timeformat="%Y" ctime(_time) AS t | iplocation src | geostats count by City
| metadata type=hosts index=* | eval ago=now()-lastTime | where ago<86400
search *
index=x | eval d=strftime(_time,"%H"), e=mvindex(split(a,"\\"),-1), f=case(a==1,"x",true(),"y"), g=tonumber("0x1",16)
index=x | where match(a,"(?i)foo|bar") and cidrmatch("10.0.0.0/8",ip) or in(x,1,2) and y not in (3) | where a like "b%"
index=x sourcetype=a:b:c | eval k=json_extract(_raw,"a.b") | where isnotnull(k) | outputlookup x.csv append=t
index=x | search NOT [| inputlookup allow.csv | fields ip] | map search="search index=y host=$host$" maxsearches=10
index=x | replace "a" WITH "b" IN c | rangemap field=x low=0-5 default=high | xyseries a b c | untable a b c | collect index=summary
index=x | stats count by a | eventstats sum(count) as total | eval pct=round(count/total*100,2)."%"
index=x "and" "or" | stats count AS "number of events" by a | rename "Authentication.*" AS *, b AS "my b"
tstats count where index=* by host
search=x OR stats=y
""".strip().splitlines()

# Query, line and column, what is said, what is proposed.
BAD = [
    ("index=x | stat count", (1, 11), "no command 'stat'", "'stats'"),
    ("index=x |\n  stats cuont by host", (2, 9), "no function of stats 'cuont'", "'count'"),
    ("index=x | where lenght(a)>5", (1, 17), "no function 'lenght'", "'len'"),
    ("index=x | timechart spam=1h count", (1, 21), "no option of timechart 'spam'", "'span'"),
    ("index=x | tstats count by a | bin spn=1h a", (1, 35), "no option of bin 'spn'", "'span'"),
    ("index=x | where a=1 b=2", (1, 21), "Expected an operator", ""),
    ("index=x | where (a=1", (1, 17), "'(' is not closed", ""),
    ("index=x | where a=1)", (1, 20), "Expected an operator, a pipe", ""),
    ("index=x | eval a", (1, 17), "Expected '='", ""),
    ("index=x | eval a=if(x,1)", (1, 18), "if() takes 3 arguments, not 2", ""),
    ("index=x | eval a=round(1,2,3)", (1, 18), "round() takes 1 to 2 arguments, not 3", ""),
    ("index=x | eval a=case(1)", (1, 18), "case() takes at least 2 arguments", ""),
    ("index=x | eval a=b+", (1, 20), "Expected a value", "double quotes"),
    ('index=x "unclosed', (1, 9), "string that begins here is not closed", ""),
    ('index=x | where a="b', (1, 19), "string that begins here is not closed", ""),
    ("index=x | where 'a=b", (1, 17), "name of a field that begins here is not closed", ""),
    ("index=x | stats count by", (1, 25), "name of a field after BY", ""),
    ("index=x | stats by a", (1, 11), "stats needs a function", ""),
    ("index=x | stats sum(a b)", (1, 23), "Expected ')'", "count(eval("),
    ("index=x | stats sum(a | head", (1, 20), "'(' is not closed", ""),
    ("index=x [search y", (1, 9), "'[' is not closed", ""),
    ("index=x ] foo", (1, 9), "not ']'", ""),
    ("index=x [index=y]", (1, 10), "no command 'index'", ""),
    ("index=x (a OR b", (1, 9), "'(' is not closed", ""),
    ("index=x a) b", (1, 10), "not ')'", ""),
    ("index=x a OR", (1, 13), "Expected a search term", ""),
    ("index=x a AND", (1, 14), "Expected a term after AND", ""),
    ("AND x", (1, 1), "Expected a search term", ""),
    ("index=x a or b", (1, 11), "'or' would be searched for", "OR"),
    ("index=x not a", (1, 9), "'not' would be searched for", "NOT"),
    ("index=x a in (1, 2)", (1, 11), "'in' would be searched for", "IN (…)"),
    ("index=x a NOT IN (1, 2)", (1, 15), "'IN' would be searched for", "NOT field IN"),
    ("index=x a IN (1 2)", (1, 17), "Expected a comma", ""),
    ("index=x a IN ()", (1, 15), "Expected a value in the list of IN", ""),
    ("index=x a=", (1, 11), "Expected a value after '='", ""),
    ("index=x TERM()", (1, 9), "TERM() needs a word", ""),
    ("index=x | rename a b", (1, 20), "Expected AS", ""),
    ("index=x | head ten", (1, 16), "Expected a number", ""),
    ("index=x | dedup", (1, 16), "name of a field after dedup", ""),
    ("index=x | sort", (1, 15), "field to sort by", ""),
    ("index=x | sort lim=5 a", (1, 16), "no option of sort", "'limit'"),
    ("index=x | table", (1, 16), "name of a field after table", ""),
    ("index=x || stats count", (1, 10), "Expected a command", ""),
    ("index=x |", (1, 10), "Expected a command", ""),
    ("| stats count", (1, 3), "stats cannot come first", "makeresults"),
    ("", (1, 1), "There is no query", ""),
    ("  ```only a comment```", (1, 23), "There is no query", ""),
    ("index=x | eval a=5minutes", (1, 18), "begins with a digit", "single quotes"),
    ("index=x ```unclosed", (1, 9), "comment that begins here is not closed", ""),
    ("index=x `unclosed", (1, 9), "macro or comment that begins here", ""),
    ("index=x | where a in (1", (1, 22), "'(' is not closed", ""),
    ("index=x | convert ctime(a", (1, 24), "'(' is not closed", ""),
    ("index=x | convert ctime a)", (1, 26), "')' closes nothing", ""),
    ("index=x | where a & b", (1, 19), "'&' has no meaning", ""),
]


@pytest.mark.parametrize("text", GOOD)
def test_what_is_spl_is_read(text: str) -> None:
    check_spl(text)
    tree = parse_spl(text)
    assert tree.span == (0, len(text.rstrip())) or "```" in text
    assert tree == parse_spl(text)


@pytest.mark.parametrize(("text", "place", "said", "hint"), BAD)
def test_what_is_no_spl_is_told_with_its_place(text: str, place: tuple[int, int], said: str, hint: str) -> None:
    with pytest.raises(SplError) as caught:
        check_spl(text)
    assert said in caught.value.message
    assert (caught.value.line, caught.value.column) == place
    assert hint in caught.value.hint
    assert isinstance(caught.value, QueryError)


def test_each_command_of_the_tree_is_the_one_that_is_written() -> None:
    query = "a | where b | eval c=1 | table d | fields - e | head | stats count | sort f | dedup g | rename h AS i | top j | rare k | tail 5"
    kinds = [Search, Where, Eval, Fields, Fields, Head, Stats, Sort, Dedup, Rename, Top, Top, Other]
    commands = parse_spl(query).commands
    assert [type(command) for command in commands] == kinds
    assert [query[command.span.start :].split(maxsplit=1)[0] for command in commands[1:]] == [
        c.name for c in commands[1:]
    ]


def test_a_command_of_an_app_is_known_when_it_is_named() -> None:
    with pytest.raises(SplError):
        check_spl("index=x | anomalyfinder field=a")
    check_spl("index=x | anomalyfinder field=a", commands=["anomalyfinder"])


def test_a_subsearch_has_a_pipeline_of_its_own() -> None:
    search = parse_spl("index=x [search index=y | head 1]").commands[0]
    assert isinstance(search, Search)
    subsearch = search.terms.parts[1]  # type: ignore[union-attr]
    assert isinstance(subsearch, Subsearch)
    assert [command.name for command in subsearch.pipeline.commands] == ["search", "head"]
    assert subsearch.span == (8, 33)


def test_the_tables_agree_with_themselves() -> None:
    assert GENERATING < COMMANDS
    assert set(OPTIONS) <= COMMANDS
    assert len(COMMANDS) > 150
    assert len(FUNCTIONS) > 100
    assert {"count", "dc", "values"} < AGGREGATES
    for least, most in FUNCTIONS.values():
        assert 0 <= least <= most


WORDS = """
    ``` index=a stats count by where eval x AND OR NOT IN 5 sort top dedup rename AS head table tstats from search TERM span=1h é $a$
    <<FIELD>> rex chart
"""
PIECES = st.sampled_from([*"|[]()\"'`=,<>!*\\.-+% \n", *WORDS.split()])


@settings(deadline=None)
@given(st.lists(PIECES, max_size=25).map(" ".join) | st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=40))
@example("\\")
@example("a=\\")
@example("|")
@example("a | rex (")
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    error = refusal(text)
    if error is not None:
        assert 1 <= error.line <= text.count("\n") + 1
        assert 1 <= error.column <= len(text) + 1


def refusal(text: str) -> SplError | None:
    try:
        parse_spl(text)
    except SplError as error:
        return error
    return None


@pytest.mark.parametrize(
    "opening", ["(", "NOT ", "[search ", "| eval a=(", "| eval a=-", "| where NOT ", "| eval a=abs("]
)
def test_what_is_nested_too_deeply_is_refused(opening: str) -> None:
    begun = (
        "index=x "
        + opening
        + (opening.rpartition("=")[2] if "=" in opening else opening.removeprefix("| where ")) * 5000
    )
    with pytest.raises(SplError, match="too deeply"):
        check_spl(begun)


@pytest.mark.parametrize(
    "part",
    [
        " a=b",
        ' "a"',
        " OR a",
        " | head 5",
        " | eval a=b.c",
        "`m`",
        "```c```",
        " NOT a",
        "\\a",
        " | stats count by a, b",
    ],
)
def test_time_is_linear(part: str) -> None:
    def spent(size: int) -> float:
        text = "index=x" + part * size
        best = 9.0
        for _ in range(3):
            began = process_time()
            check_spl(text)
            best = min(best, process_time() - began)
        return best

    assert spent(8000) < 32 * spent(1000) + 0.05  # 64 times, if it were quadratic
