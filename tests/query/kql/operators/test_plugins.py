"""The other plugins of `evaluate`."""

from __future__ import annotations

import pytest
from tests.query.kql.operators._answers import answer, rows

from huntbook.errors import KqlError

NETS = """let N = datatable(net:string, who:string, zone:string)
["10.0.0.0/8", "A", "z", "10.0.0.0/24", "B", "z", "0.0.0.0/0", "C", "y", "junk", "D", "z", "", "E", "z"];
"""
V6 = 'let N = datatable(net:string, who:string)["2001:db8::/32", "A", "2001:db8:0:1::/64", "B", "1.2.3.0/24", "C"];\n'


def test_narrow_gives_a_row_for_each_cell() -> None:
    query = "datatable(a:string, b:long, A:bool)['x', 1, true, '', long(null), bool(null)] | evaluate narrow()"
    assert answer(query) == (
        ["Row", "Column", "Value"],
        [(0, "a", "x"), (0, "b", "1"), (0, "A", "true"), (1, "a", ""), (1, "b", ""), (1, "A", "")],
    )
    assert rows("datatable(a:string)[] | evaluate narrow()") == []


def test_ipv4_lookup_gives_every_network_that_has_the_address() -> None:
    query = NETS + "datatable(ip:string)['10.0.0.1', '10.9.9.9', 'bad', ''] | evaluate ipv4_lookup(N, ip, net)"
    assert answer(query)[0] == ["ip", "net", "who", "zone"]
    assert {(row[0], row[2]) for row in rows(query)} == {
        ("10.0.0.1", "A"),
        ("10.0.0.1", "B"),
        ("10.0.0.1", "C"),
        ("10.9.9.9", "A"),
        ("10.9.9.9", "C"),
    }


def test_ipv4_lookup_keeps_what_has_none_if_asked_to_and_rows_that_are_alike() -> None:
    query = NETS + "datatable(ip:string)['bad', 'bad'] | evaluate ipv4_lookup(N, ip, net, return_unmatched = true)"
    assert rows(query) == [("bad", "", "", "")] * 2


def test_ipv4_lookup_matches_more_columns() -> None:
    query = NETS + "datatable(ip:string, zone:string)['10.0.0.1', 'y'] | evaluate ipv4_lookup(N, ip, net, zone)"
    assert answer(query) == (["ip", "zone", "net", "who"], [("10.0.0.1", "y", "0.0.0.0/0", "C")])


def test_a_network_is_found_only_in_one_that_holds_all_of_it() -> None:
    query = NETS + "datatable(ip:string)['10.0.0.0/16'] | evaluate ipv4_lookup(N, ip, net)"
    assert {row[2] for row in rows(query)} == {"A", "C"}


def test_ipv6_lookup_takes_both_kinds_of_address() -> None:
    query = (
        V6 + "datatable(ip:string)['2001:db8:0:1::5', '2001:db8::1', '1.2.3.4', 'x'] | evaluate ipv6_lookup(N, ip, net)"
    )
    assert answer(query)[0] == ["net", "who", "ip"]
    assert {(row[2], row[1]) for row in rows(query)} == {
        ("2001:db8:0:1::5", "A"),
        ("2001:db8:0:1::5", "B"),
        ("2001:db8::1", "A"),
        ("1.2.3.4", "C"),
    }


def test_lookup_in_an_empty_table() -> None:
    query = "let N = datatable(net:string)[]; datatable(ip:string)['1.2.3.4'] | evaluate ipv4_lookup(N, ip, net{})"
    assert rows(query.format("")) == []
    assert rows(query.format(", true")) == [("1.2.3.4", "")]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [("x == 4, 1", [3, 4, 5]), ("x == 4, 2, 0", [2, 3, 4]), ("x > 9, 1", []), ("x <= 2, 0", [1, 2])],
)
def test_rows_near(arguments: str, expected: list[int]) -> None:
    query = f"range x from 1 to 6 step 1 | sort by x asc | evaluate rows_near({arguments})"
    assert rows(query) == [(x,) for x in expected]


def test_rows_near_needs_an_order_and_takes_null_for_false() -> None:
    with pytest.raises(KqlError, match="order"):
        rows("range x from 1 to 6 step 1 | summarize by x | evaluate rows_near(x == 1, 1)")
    assert rows("datatable(x:long)[long(null), 1, 5] | evaluate rows_near(x > 2, 0)") == [(5,)]


def test_dcount_intersect_counts_what_sets_have_in_common() -> None:
    query = (
        "datatable(a:long, b:long, c:long)[1, 2, 2, 2, 3, 9, 3, 4, 3] | summarize x = hll(a), y = hll(b), z = hll(c)"
    )
    assert answer(f"{query} | evaluate dcount_intersect(x, y, z)") == (["s0", "s1", "s2"], [(3, 2, 2)])


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("python(typeof(*), 'x')", "foreign code"),
        ("http_request('https://x.invalid')", "network"),
        ("sql_request('a', 'b')", "network"),
        ("autocluster()", "not documented"),
        ("bag_unpak(d)", "Did you mean 'bag_unpack'"),
        ("pivot(nothing)", "There is no column 'nothing'"),
    ],
)
def test_what_cannot_be_done_says_why(call: str, why: str) -> None:
    with pytest.raises(KqlError, match=why):
        rows(f"datatable(d:dynamic)[] | evaluate {call}")


def test_plugins_do_not_work_on_parts() -> None:
    with pytest.raises(KqlError, match="parts of a table"):
        rows("datatable(a:string, b:long)['x', 1] | partition by a (evaluate narrow())")
