"""Graphs: the documentation's examples, and all paths found by another way."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.query.kql.operators._asking import ask, table

from huntbook.errors import KqlError

TRAINS = """let connections = datatable(from_station:string, to_station:string, line:string) [
  "Central", "North", "red", "North", "Central", "red", "Central", "South", "red", "South", "Central", "red",
  "South", "South-West", "red", "South-West", "South", "red", "South-West", "West", "red", "West", "South-West", "red",
  "Central", "East", "blue", "East", "Central", "blue", "Central", "West", "blue", "West", "Central", "blue"];
let stations = datatable(station:string, temperature:long) [
  "Central", 14, "North", 5, "South", 20, "South-West", 21, "West", 22, "East", 16];
connections | make-graph from_station --> to_station """
FAMILY = """datatable(child:string, parent:string) [
  "Alice", "Bob", "Carol", "Alice", "Carol", "Dave", "Greg", "Alice", "Greg", "Dave", "Howard", "Alice", "Howard", "Dave",
  "Eve", "Frank", "Frank", "Mallory", "Eve", "Kirk"]
| make-graph child --> parent with_node_id=name | graph-mark-components with_component_id = family"""
PEOPLE = """let nodes = datatable(name:string, type:string, age:long) [
  "Alice", "Person", 23, "Bob", "Person", 31, "Eve", "Person", 17, "Mallory", "Person", 29, "Trent", "System", 99];
let edges = datatable(source:string, destination:string, edge_type:string) [
  "Alice", "Bob", "communicatesWith", "Alice", "Trent", "trusts", "Bob", "Trent", "hasPermission", "Eve", "Alice", "attacks",
  "Mallory", "Alice", "attacks", "Mallory", "Bob", "attacks", "Bob", "Zoe", "knows"];
let G = edges | make-graph source --> destination with nodes on name;
G """


def test_documented_attack() -> None:
    asked = ask(
        f"""{PEOPLE} | graph-match (mallory)-[attacks]->(compromised)-[hasPermission]->(trent)
        where mallory.name == "Mallory" and trent.name == "Trent" and attacks.edge_type == "attacks"
            and hasPermission.edge_type == "hasPermission"
        project Attacker = mallory.name, Compromised = compromised.name, System = trent.name"""
    )
    assert asked == [("Mallory", "Bob", "Trent")]


def test_several_patterns_share_what_they_name() -> None:
    asked = ask(
        f"""{PEOPLE} | graph-match (m)-[]->(a)-[]->(t), (m)-->(b)-->(t) where strcmp(a.name, b.name) < 0 and t.type == "System"
        project m.name, a.name, b.name, t.name"""
    )
    assert asked == [("Mallory", "Alice", "Bob", "Trent")]


def test_whole_nodes_and_edges_are_bags() -> None:
    [(node, edge)] = ask(
        f"{PEOPLE} | graph-match (a)-[e]->(b) where b.name == 'Bob' and a.name == 'Alice' project a, e"
    )
    assert json.loads(str(node)) == {"name": "Alice", "type": "Person", "age": 23}
    assert json.loads(str(edge)) == {"source": "Alice", "destination": "Bob", "edge_type": "communicatesWith"}


def test_nodes_that_no_table_has_know_their_name() -> None:
    assert ask(
        f"{PEOPLE} | graph-to-table nodes | where name !in ('Alice', 'Bob', 'Eve', 'Mallory')| sort by name asc"
    ) == [
        ("Trent", "System", 99),
        ("Zoe", None, None),
    ]
    assert len(ask(f"{PEOPLE} | graph-to-table edges")) == 7
    assert ask(f"{PEOPLE} | graph-match (n) where isempty(n.type) project n.name") == [("Zoe",)]


def test_several_tables_of_nodes_are_one() -> None:
    asked = ask(
        """let A = datatable(id:string, age:long) ["a", 1, "b", 2]; let B = datatable(id:string, town:string) ["b", "X", "c", "Y"];
        datatable(s:string, t:string) ["a", "b", "c", "d"] | make-graph s --> t with A on id, B on id
        | graph-to-table nodes | sort by id asc"""
    )
    assert [(a, b, c or "") for a, b, c in asked] == [("a", 1, ""), ("b", 2, "X"), ("c", None, "Y"), ("d", None, "")]


def test_degrees_count_loops_on_both_sides() -> None:
    asked = ask(
        """datatable(s:long, t:long) [1, 1, 1, 2, 2, 3] | make-graph s --> t with_node_id=n
        | graph-match (x) project n = x.n, i = node_degree_in(x), o = node_degree_out(x) | sort by n asc"""
    )
    assert asked == [(1, 1, 2), (2, 1, 1), (3, 1, 0)]


def test_documented_shortest_paths() -> None:
    asked = ask(
        f"""{TRAINS} with_node_id=station
        | graph-shortest-paths output=all (start)-[connections*1..5]->(destination)
        where start.station == "South-West" and destination.station == "North"
        project path = map(connections, to_station), line = map(connections, line)"""
    )
    assert sorted(asked) == [
        ('["South","Central","North"]', '["red","red","red"]'),
        ('["West","Central","North"]', '["red","blue","red"]'),
    ]
    one = ask(
        f"""{TRAINS} with_node_id=station | graph-shortest-paths (start)-[connections*1..5]->(destination)
        where start.station == "South-West" project destination.station, n = array_length(connections)"""
    )
    expected = [("Central", 2), ("East", 3), ("North", 3), ("South", 1), ("South-West", 2), ("West", 1)]
    assert sorted(one) == expected  # one for each, also the way back


def test_documented_temperatures() -> None:
    asked = ask(
        f"""{TRAINS} with stations on station | graph-match (start)-[connections*1..5]->(destination)
        where start.station == "South-West" and destination.station == "North"
        project array_sort_asc(map(inner_nodes(connections), temperature))"""
    )
    expected = ["[14,14,16,20]", "[14,14,16,22]", "[14,14,20,22]", "[14,14,20,22]"]
    expected += ["[14,20,21,22]", "[14,20,21,22]", "[14,20]", "[14,22]"]
    assert sorted(str(row[0]) for row in asked) == expected


def test_documented_components() -> None:
    asked = ask(f"{FAMILY} | graph-to-table nodes")
    first = {"Alice", "Bob", "Carol", "Dave", "Greg", "Howard"}
    assert {(name, number) for name, number in asked} == {
        *((name, 0) for name in first),
        *((name, 1) for name in ("Eve", "Frank", "Mallory", "Kirk")),
    }
    ancestors = ask(
        f"""{FAMILY} | graph-match (descendant)-[childOf*1..5]->(ancestor)
        project name = ancestor.name, lineage = map(childOf, child), family = ancestor.family
        | summarize (generations, name) = arg_max(array_length(lineage), name) by family | sort by family asc"""
    )
    assert ancestors == [(0, 2, "Bob"), (1, 2, "Mallory")]


def test_edges_may_have_no_direction() -> None:
    edges = "datatable(s:long, t:long) [1, 2, 2, 2, 3, 2] | make-graph s --> t with_node_id=n"
    asked = ask(f"{edges} | graph-match (a)-[e]-(b) project a.n, b.n | sort by a_n asc, b_n asc")
    assert asked == [(1, 2), (2, 1), (2, 2), (2, 3), (3, 2)]
    assert ask(
        f"{edges} | graph-match (a)-->(b)<--(c) where a.n < c.n project a.n, b.n, c.n | sort by a_n asc, c_n asc"
    ) == [
        (1, 2, 2),
        (1, 2, 3),
        (2, 2, 3),
    ]
    undirected = edges.replace("-->", "--")
    assert len(ask(f"{undirected} | graph-match (a)-[e]->(b) project a.n")) == 5


def test_a_path_may_have_no_edges() -> None:
    asked = ask(
        """datatable(s:long, t:long) [1, 2] | make-graph s --> t with_node_id=n
        | graph-match (a)-[e*0..1]->(b) project a.n, b.n, map(e, t), any(e, true), all(e, false) | sort by a_n asc, b_n asc"""
    )
    assert asked == [(1, 1, "[]", False, True), (1, 2, "[2]", True, False), (2, 2, "[]", False, True)]


def test_no_edges_are_no_graph() -> None:
    empty = "datatable(s:long, t:long) [] | make-graph s --> t with_node_id=n"
    assert not ask(f"{empty} | graph-match (a)-[e*0..3]->(b) project a.n")
    assert not ask(f"{empty} | graph-mark-components | graph-to-table nodes")
    assert not ask(f"{empty} | graph-shortest-paths (a)-[e*0..3]->(b) project a.n")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (f"{PEOPLE} | graph-to-table nodes with_node_id=id", "numbers that the service"),
        (f"{PEOPLE} | where 1 == 1", "here is a graph"),
        ("print a = 1 | graph-match (a) project a", "here is a table"),
        (PEOPLE, "graph"),
        (f"{PEOPLE} | graph-match (a)-[e*1..99]->(b) project a.name", "lengths from 0 to 16"),
        (f"{PEOPLE} | graph-match (a)-[e]->(b) project labels(a)", "labels"),
        (f"{PEOPLE} | graph-match (a)-[a]->(b) project a.name", "two things"),
        (f"{PEOPLE} | graph-match (a)-[e]->(b) project a.nam", "Did you mean 'name'"),
        (f"{PEOPLE} | graph-match cycles=some (a)-->(b) project a.name", "cycles=some"),
        (f"{PEOPLE} | graph-mark-components kind=strong | graph-to-table nodes", "kind=strong"),
        ("datatable(a:string, b:long) [] | make-graph a --> b with_node_id=n | graph-to-table nodes", "one type"),
    ],
)
def test_what_cannot_be_done_is_said(query: str, said: str) -> None:
    with pytest.raises(KqlError, match=said):
        ask(query)


EDGES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=6)


@settings(max_examples=60, deadline=None)
@given(
    edges=EDGES,
    least=st.integers(0, 2),
    more=st.integers(0, 2),
    cycles=st.sampled_from(["all", "none", "unique_edges"]),
    backward=st.booleans(),
)
def test_paths_are_all_that_there_are(
    edges: list[tuple[int, int]], least: int, more: int, cycles: str, *, backward: bool
) -> None:
    most = max(1, least + more)
    where = "where b.n >= 0 and b.n >= -1" if backward else "where a.n >= 0"  # walked from the other end
    asked = ask(
        f"{table({'s': 'long', 't': 'long'}, edges)} | extend number = row_number(0) | make-graph s --> t with_node_id=n "
        f"| graph-match cycles={cycles} (a)-[e*{least}..{most}]->(b) {where} "
        "project a.n, b.n, map(e, number), map(inner_nodes(e), n), any(e, s == 1), all(inner_nodes(e), n > 0)"
    )
    expected = []
    for length in range(least, most + 1):
        for path in _paths(edges, length):
            nodes = [edges[path[0]][0], *(edges[each][1] for each in path)] if path else []
            fits = cycles == "all" or len(set(path)) == len(path)
            if fits and (cycles != "none" or len(set(nodes)) == len(nodes)):
                inner = nodes[1:-1]
                found = any(edges[each][0] == 1 for each in path)
                ends = (
                    [(nodes[0], nodes[-1])] if path else [(each, each) for each in {n for edge in edges for n in edge}]
                )
                expected += [(a, b, list(path), inner, found, all(each > 0 for each in inner)) for a, b in ends]
    got = [(a, b, json.loads(str(c)), json.loads(str(d)), e, f) for a, b, c, d, e, f in asked]
    assert sorted(got) == sorted(expected)


def _paths(edges: list[tuple[int, int]], length: int) -> list[tuple[int, ...]]:
    paths: list[tuple[int, ...]] = [()]
    for _ in range(length):
        paths = [(*path, each) for path in paths for each in range(len(edges))]
    return [path for path in paths if all(edges[one][1] == edges[other][0] for one, other in pairwise(path))]


@settings(max_examples=60, deadline=None)
@given(edges=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_components_are_those_of_merging_sets(edges: list[tuple[int, int]]) -> None:
    asked = ask(
        f"{table({'s': 'long', 't': 'long'}, edges)} | make-graph s --> t with_node_id=n | graph-mark-components "
        "| graph-to-table nodes"
    )
    sets = {node: {node} for edge in edges for node in edge}
    for one, other in edges:
        merged = sets[one] | sets[other]
        for node in merged:
            sets[node] = merged
    expected = {frozenset(each) for each in sets.values()}
    numbers = {number for _, number in asked}
    assert {frozenset(node for node, at in asked if at == number) for number in numbers} == expected
    assert numbers == set(range(len(expected)))
