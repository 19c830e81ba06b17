"""Each operator, as it is written and as it is meant."""

from __future__ import annotations

import pytest
from tests.query.kql.trees import operator, short

from huntbook.query.kql import tree
from huntbook.query.kql.parse import parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where a == 1", "Where((a == long:1))"),
        ("filter a", "Where(a)"),
        ("where a = true", "Where(bool:True, a)"),
        ("extend a = 1, b", "Extend([Named([a], long:1), b])"),
        ("project a, b = c", "Project([a, Named([b], c)])"),
        ("project", "Project()"),
        ("project-away a*, ['b c'], *d", "ProjectAway([~a*, b c, ~*d])"),
        ("project-keep *", "ProjectKeep([*])"),
        ("project-rename a = b, ['c'] = d", "ProjectRename([Named([a], b), Named([c], d)])"),
        ("project-reorder b, a* desc, c granny-asc", "ProjectReorder([[b, ], [~a*, desc], [c, granny-asc]])"),
        ("project-by-names a, dynamic(['b'])", 'ProjectByNames([a, dynamic:["b"]])'),
        ("summarize count(), x = max(a) by b, bin(c, 1d)",
         "Summarize([Call(count), Named([x], Call(max, [a]))], [b, Call(bin, [c, timespan:864000000000])])"),
        ("summarize by a", "Summarize([a])"),
        ("summarize hint.strategy = shuffle count() by a", "Summarize([Call(count)], [a], [Option(hint.strategy, shuffle)])"),
        ("distinct *", "Distinct([*])"),
        ("distinct a, b", "Distinct([a, b])"),
        ("count", "Count()"),
        ("count as N", "Count(N)"),
        ("take 5", "Take(long:5)"),
        ("limit n", "Take(n)"),
        ("top 5 by a", "Top(long:5, [Key(a, True)])"),
        ("top 5 by a asc nulls last", "Top(long:5, [Key(a)])"),
        ("sort by a, b asc, c desc nulls first", "Sort([Key(a, True), Key(b, True), Key(c, True, True)])"),
        ("order by a asc", "Sort([Key(a, True)])"),
        ("top-nested 3 of a with others = 'x' by sum(b), top-nested of c by count() asc",
         "TopNested([Level(long:3, a, string:x, Call(sum, [b]), True), Level(c, Call(count))])"),
        ("top-hitters 3 of a by b", "TopHitters(long:3, a, b)"),
        ("join kind=leftanti (U | take 1) on a, $left.b == $right.c",
         "Join(join, leftanti, Pipe(U, [Take(long:1)]), [a, (Member($left, b) == Member($right, c))])"),
        ("join hint.strategy=broadcast U on a", "Join(join, innerunique, Pipe(U), [a], [Option(hint.strategy, broadcast)])"),
        ("lookup (U) on a", "Join(lookup, leftouter, Pipe(U), [a])"),
        ("union withsource=S isfuzzy=true U, V*, (W | count)",
         "Union([Pipe(U), ~V*, Pipe(W, [Count()])], outer, S, True)"),
        ("union kind=inner database('d').T*", "Union([Pattern(T*, Call(database, [string:d]))], inner)"),
        ("parse kind=regex flags=U a with * 'x' b:long 'y' c", "Parse(parse, regex, U, a, [*, string:x, Hole(b, long), string:y, Hole(c)])"),
        ("parse-where a with 'x' b", "Parse(parse-where, simple, a, [string:x, Hole(b)])"),
        ("parse-kv a as (b:string) with (pair_delimiter=' ', greedy=true)",
         "ParseKv(a, Schema([[b, string]]), [Option(pair_delimiter, string: ), Option(greedy, bool:True)])"),
        ("mv-expand kind=array with_itemindex=i a, b = c to typeof(string) limit 5",
         "MvExpand([Expanded(a), Expanded(Named([b], c), string)], array, i, long:5)"),
        ("mvexpand bagexpansion=array a", "MvExpand([Expanded(a)], array)"),
        ("mv-apply a to typeof(long) on (where a > 1 | count)",
         "MvApply([Expanded(a, long)], [Where((a > long:1)), Count()])"),
        ("make-series a = avg(x) default = 0, count() on t from 1 to 2 step 3 by b",
         "MakeSeries([[Named([a], Call(avg, [x])), long:0], [Call(count), None]], t, long:1, long:2, long:3, [b])"),
        ("make-series count() on t in range(1, 2, 3)",
         "MakeSeries([[Call(count), None]], t, long:1, long:2, long:3)"),
        ("partition by a (take 1 | count)", "Partition(a, [Take(long:1), Count()])"),
        ("partition hint.strategy=native by a { U | count }",
         "Partition(a, Pipe(U, [Count()]), [Option(hint.strategy, native)])"),
        ("sample 3", "Sample(long:3)"),
        ("sample-distinct 3 of a", "SampleDistinct(long:3, a)"),
        ("search kind=case_sensitive in (T, U*) 'x' and a : 'y'",
         "Search((string:x and (a : string:y)), case_sensitive, [T, ~U*])"),
        ("search *", "Search(*, case_insensitive)"),
        ("serialize n = row_number()", "Serialize([Named([n], Call(row_number))])"),
        ("scan with_match_id=m declare (a:long=0, b:string) with (step s: x > 1 => a = 2; step t optional output=last: true;)",
         "Scan([Step(s, (x > long:1), [Named([a], long:2)], all), Step(t, bool:True, True, last)], [[a, long, long:0], [b, string, None]], m)"),
        ("fork x = (count) (take 1)", "Fork([[x, [Count()]], [None, [Take(long:1)]]])"),
        ("facet by a, b with (count)", "Facet([a, b], [Count()])"),
        ("evaluate hint.distribution=single pivot(a) : (*, b:long)",
         "Evaluate(Call(pivot, [a]), Schema([[b, long]], True), [Option(hint.distribution, single)])"),
        ("invoke f(1)", "Invoke(Call(f, [long:1]))"),
        ("getschema", "GetSchema()"),
        ("as hint.materialized=true X", "As(X)"),
        ("consume", "Consume()"),
        ("reduce by a with threshold=0.5, characters='x'",
         "Reduce(a, [Option(threshold, real:0.5), Option(characters, string:x)])"),
        ("render timechart", "Render(timechart)"),
        ("render timechart title='x' kind=stacked", "Render(timechart, [[title, string:x], [kind, stacked]])"),
        ("render timechart with (ycolumns=a, b, title='x')", "Render(timechart, [[ycolumns, [a, b]], [title, string:x]])"),
        ("make-graph a --> b with U on c, V on d", "MakeGraph(a, b, [[Pipe(U), c], [Pipe(V), d]], True)"),
        ("make-graph a -- b with_node_id=n", "MakeGraph(a, b, n)"),
        ("graph-match cycles=none (a)-[e*1..3]->(b)<--(c), (d)-[f]-() where a.x project b.y",
         ("GraphMatch(graph-match, [[GraphNode(a), GraphEdge(e, out, long:1, long:3), GraphNode(b), GraphEdge(in), GraphNode(c)], "
         "[GraphNode(d), GraphEdge(f, any), GraphNode()]], Member(a, x), [Member(b, y)], [Option(cycles, none)])")),
        ("graph-shortest-paths (a)-[e*1..5]->(b) project a",
         "GraphMatch(graph-shortest-paths, [[GraphNode(a), GraphEdge(e, out, long:1, long:5), GraphNode(b)]], [a])"),
        ("graph-to-table nodes as N with_node_id=i, edges",
         "GraphToTable([[nodes, N, [Option(with_node_id, i)]], [edges, None, []]])"),
        ("graph-mark-components kind=weak with_component_id=x",
         "GraphMark([Option(kind, weak), Option(with_component_id, x)])"),
    ],
)  # fmt: skip
def test_an_operator(text: str, expected: str) -> None:
    assert operator(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("T", "T"),
        ("T | count", "Pipe(T, [Count()])"),
        ("(T | count) | take 1", "Pipe(Pipe(T, [Count()]), [Take(long:1)])"),
        ("print 1, a = 2 | count", "Pipe(Print([long:1, Named([a], long:2)]), [Count()])"),
        ("range x from 1 to 9 step 2", "Pipe(Range(x, long:1, long:9, long:2))"),
        ("range(1, 2)", "Call(range, [long:1, long:2])"),
        ("union T, U | count", "Pipe(Union([Pipe(T), Pipe(U)], outer), [Count()])"),
        ("union *", "Pipe(Union([~*], outer))"),
        ("search 'x' | count", "Pipe(Search(string:x, case_insensitive), [Count()])"),
        ("evaluate f(1) | count", "Pipe(Evaluate(Call(f, [long:1])), [Count()])"),
        ("find withsource=S in (T, U*) where a == 1 project a, b:string, pack(*)",
         "Pipe(Find((a == long:1), [Pipe(T), ~U*], S, [a, Hole(b, string)], True))"),
        ("find 'x'", "Pipe(Find(string:x))"),
        ("externaldata(a:string)[@'http://x'] with (format='csv') | count",
         "Pipe(ExternalData(Schema([[a, string]]), [string:http://x], [Option(format, string:csv)]), [Count()])"),
        ("datatable(a:long)[1] | count", "Pipe(Datatable(Schema([[a, long]]), [long:1]), [Count()])"),
        ("['a b'] | count", "Pipe(a b, [Count()])"),
    ],
)  # fmt: skip
def test_a_source(text: str, expected: str) -> None:
    assert short(parse(text).body) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("let x = 1; T", "Let(x, long:1)"),
        ("let x = T | count; x", "Let(x, Pipe(T, [Count()]))"),
        ("let x = materialize(T | count); x", "Let(x, Call(materialize, [Pipe(T, [Count()])]))"),
        ("let f = (a:long = 5, t:(*), ['b']:string) { let y = 1; T | take a }; f(1)",
         ("LetFunction(f, Function([Parameter(a, long, long:5), Parameter(t, Schema(True)), Parameter(b, string)], "
         "Query([Let(y, long:1)], Pipe(T, [Take(a)]))))")),
        ("let f = view () { T; }; f", "LetFunction(f, Function(Query(T), True))"),
        ("let f = () { 1 }; print f()", "LetFunction(f, Function(Query(long:1)))"),
        ("set a = 1; T", "Set(Option(a, long:1))"),
        ("set a; T", "Set(Option(a, bool:True))"),
        ("declare query_parameters(a:long = 1, b:string); T", "Declare([Parameter(a, long, long:1), Parameter(b, string)])"),
        ("declare pattern p = (a:string)[b:string] { ('x').['y'] = { T }; }; T", "OtherStatement(pattern)"),
        ("alias database x = cluster('a').database('b'); T", "OtherStatement(alias)"),
        ("restrict access to (T, U*); T", "OtherStatement(restrict)"),
    ],
)  # fmt: skip
def test_a_statement(text: str, expected: str) -> None:
    assert short(parse(text).statements[0]) == expected


def test_a_batch_asks_more() -> None:
    assert short(parse("let x = 1; T; U | count;")) == "Query([Let(x, long:1)], T, [Pipe(U, [Count()])])"


def test_spans_are_of_the_text() -> None:
    text = "T | where  a == f(1)  | count"
    body = parse(text).body
    assert isinstance(body, tree.Pipe)
    where = body.operators[0]
    assert isinstance(where, tree.Where)
    assert text[where.span.start : where.span.end] == "where  a == f(1)"
    assert text[where.predicate.span.start : where.predicate.span.end] == "a == f(1)"
