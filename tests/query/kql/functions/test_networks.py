"""The functions of `networks` against the documented answers and hostile text."""

from __future__ import annotations

import duckdb
import pytest
from tests.query.kql.functions._evaluate import ENTRIES, evaluate

from huntbook.query.kql import Type, compile_kql, prepare

CASES = [
    ("parse_ipv4", ("192.168.1.1",), None, 3232235777),
    ("parse_ipv4", ("192.168.1.1/24",), None, 3232235776),
    ("parse_ipv4", ("255.255.255.255/31",), None, 4294967294),
    ("parse_ipv4", ("1.2.3.256",), None, None),
    ("parse_ipv4_mask", ("127.0.0.1", 24), None, 2130706432),
    ("ipv4_is_match", ("192.168.1.0", "192.168.1.0"), None, True),
    ("ipv4_compare", ("192.168.1.0", "192.168.1.0"), None, 0),
    ("ipv4_is_match", ("192.168.1.1/24", "192.168.1.255"), None, True),
    ("ipv4_compare", ("192.168.1.1/24", "192.168.1.255"), None, 0),
    ("ipv4_is_match", ("192.168.1.1", "192.168.1.255/24"), None, True),
    ("ipv4_compare", ("192.168.1.1", "192.168.1.255/24"), None, 0),
    ("ipv4_is_match", ("192.168.1.1/30", "192.168.1.255/24"), None, True),
    ("ipv4_compare", ("192.168.1.1/30", "192.168.1.255/24"), None, 0),
    ("ipv4_is_match", ("192.168.1.1", "192.168.1.0", 31), None, True),
    ("ipv4_compare", ("192.168.1.1", "192.168.1.0", 31), None, 0),
    ("ipv4_is_match", ("192.168.1.1/24", "192.168.1.255", 31), None, True),
    ("ipv4_compare", ("192.168.1.1/24", "192.168.1.255", 31), None, 0),
    ("ipv4_is_match", ("192.168.1.1", "192.168.1.255", 24), None, True),
    ("ipv4_compare", ("192.168.1.1", "192.168.1.255", 24), None, 0),
    ("ipv4_is_match", ("10.0.0.1", "10.0.0.2"), None, False),
    ("ipv4_is_match", ("x", "10.0.0.2"), None, None),
    ("ipv4_is_in_any_range", ("192.168.1.6", "192.168.1.1/24", "10.0.0.1/8"), None, True),
    ("ipv4_is_private", ("10.1.2.3",), None, True),
    ("ipv4_is_private", ("192.168.1.1/24",), None, True),
    ("ipv4_is_private", ("127.0.0.1",), None, False),
    ("ipv4_is_private", ("x",), None, None),
    ("ipv4_netmask_suffix", ("192.168.1.1/24",), None, 24),
    ("ipv4_netmask_suffix", ("10.1.2.3",), None, 32),
    ("format_ipv4", ("192.168.1.1", 24), "string", "192.168.1.0"),
    ("format_ipv4_mask", ("192.168.1.1/24", 32), "string", "192.168.1.0/24"),
    ("format_ipv4", ("192.168.1.1/24", -1), "string", ""),
    ("format_ipv4_mask", ("192.168.1.1/24", -1), "string", ""),
    ("has_ipv4", ("05:04:54 127.0.0.1 GET /favicon.ico 404", "127.0.0.1"), None, True),
    ("has_ipv4", ("05:04:54 127.0.0.256 GET", "127.0.0.256"), None, False),
    ("has_ipv4", ("05:04:54127.0.0.1 GET", "127.0.0.1"), None, False),
    ("has_ipv4_prefix", ("05:04:54 127.0.0.1 GET", "127.0."), None, True),
    ("has_ipv4_prefix", ("05:04:54 127.0.0.1 GET", "127.0"), None, False),
    ("has_ipv4_prefix", ("05:04:54 127.0.0.256 GET", "127.0."), None, False),
    ("has_ipv4_prefix", ("05:04:54127.0.0.1 GET", "127.0."), None, False),
    ("ipv4_range_to_cidr_list", ("1.1.128.0", "1.1.255.255"), None, '["1.1.128.0/17"]'),
    ("ipv4_range_to_cidr_list", ("1.1.1.1", "1.1.1.3"), None, '["1.1.1.1/32","1.1.1.2/31"]'),
    ("parse_ipv6", ("192.168.255.255/24",), None, "0000:0000:0000:0000:0000:ffff:c0a8:ff00"),
    ("parse_ipv6_mask", ("fe80::85d:e82c:9446:7994/120", 124), None, "fe80:0000:0000:0000:085d:e82c:9446:7900"),
    ("parse_ipv6_mask", ("::192.168.255.255/24", 128), None, "0000:0000:0000:0000:0000:ffff:c0a8:ff00"),
    ("parse_ipv6_mask", ("192.168.255.255", 120), None, "0000:0000:0000:0000:0000:ffff:c0a8:ff00"),
    ("parse_ipv6", ("zz::1",), None, ""),
    ("parse_ipv6", ("::1",), None, "0000:0000:0000:0000:0000:0000:0000:0001"),
    ("parse_ipv6", ("::",), None, "0000:0000:0000:0000:0000:0000:0000:0000"),
    ("ipv6_is_match", ("fe80::85d:e82c:9446:7994", "fe80::85d:e82c:9446:7994"), None, True),
    ("ipv6_compare", ("fe80::85d:e82c:9446:7994", "fe80::85d:e82c:9446:7994"), None, 0),
    ("ipv6_is_match", ("fe80::85d:e82c:9446:7994/120", "fe80::85d:e82c:9446:7998"), None, True),
    ("ipv6_compare", ("fe80::85d:e82c:9446:7994/120", "fe80::85d:e82c:9446:7998"), None, 0),
    ("ipv6_is_match", ("fe80::85d:e82c:9446:7994", "fe80::85d:e82c:9446:7998/120"), None, True),
    ("ipv6_compare", ("fe80::85d:e82c:9446:7994", "fe80::85d:e82c:9446:7998/120"), None, 0),
    ("ipv6_is_match", ("192.168.1.1", "::ffff:c0a8:0101"), None, True),
    ("ipv6_compare", ("192.168.1.1", "::ffff:c0a8:0101"), None, 0),
    ("ipv6_is_match", ("192.168.1.1/24", "::ffff:c0a8:01ff"), None, True),
    ("ipv6_compare", ("192.168.1.1/24", "::ffff:c0a8:01ff"), None, 0),
    ("ipv6_is_match", ("::ffff:c0a8:0101", "192.168.1.255/24"), None, True),
    ("ipv6_compare", ("::ffff:c0a8:0101", "192.168.1.255/24"), None, 0),
    ("ipv6_is_match", ("::192.168.1.1/30", "192.168.1.255/24"), None, True),
    ("ipv6_compare", ("::192.168.1.1/30", "192.168.1.255/24"), None, 0),
    ("ipv6_is_match", ("192.168.1.1", "192.168.1.0", 31), None, True),
    ("ipv6_compare", ("192.168.1.1", "192.168.1.0", 31), None, 0),
    ("ipv6_is_match", ("fe80::85d:e82c:9446:7994", "fe80::85d:e82c:9446:7995", 127), None, True),
    ("ipv6_compare", ("fe80::85d:e82c:9446:7994", "fe80::85d:e82c:9446:7995", 127), None, 0),
    ("ipv6_is_match", ("::ffff:c0a8:0101", "192.168.1.255", 120), None, True),
    ("ipv6_compare", ("::ffff:c0a8:0101", "192.168.1.255", 120), None, 0),
    (
        "ipv6_is_in_range",
        ("a5e:f127:8a9d:146d:e102:b5d3:c755:abcd", "a5e:f127:8a9d:146d:e102:b5d3:c755:0000/112"),
        None,
        True,
    ),
    ("ipv6_is_in_range", ("a5e:f127:8a9d:146d:e102:b5d3:c755:abcd", "0:0:0:0:0:ffff:c0a8:ac/60"), None, False),
]


@pytest.mark.parametrize(("name", "arguments", "kind", "expected"), CASES)
def test_answer(
    db: duckdb.DuckDBPyConnection, name: str, arguments: tuple[object, ...], kind: str | None, expected: object
) -> None:
    assert evaluate(db, name, *arguments, kind=kind) == expected


def test_ranges_may_be_an_array(db: duckdb.DuckDBPyConnection) -> None:
    entry = next(each for each in ENTRIES if each.name == "ipv4_is_in_any_range" and "dynamic" in each.signature)
    sql = str(entry.duckdb).replace("{0}", "'127.0.0.1'").replace("{1}", """'["192.168.1.1", "127.0.0.1/8"]'::JSON""")
    assert db.execute(f"SELECT {sql}").fetchone() == (True,)


@pytest.mark.parametrize(
    "call",
    ["ipv6_compare(a, b)", "ipv6_is_match(a, '2001:db8::7')", "ipv4_compare(a, b)", "parse_ipv6_mask(a, 64)"],
)
def test_an_address_is_not_written_out_again_and_again(call: str) -> None:
    """Macros are spelled out where they are called: an argument that stands in one several times, and in that of it, soon fills a megabyte."""
    compiled = compile_kql(f"T | extend x = {call}", {"T": {"a": Type.STRING, "b": Type.STRING}})
    with duckdb.connect() as database:
        database.execute("CREATE TABLE T (a VARCHAR, b VARCHAR)")
        prepare(database, compiled)
        ((_, plan),) = database.execute(f"EXPLAIN (FORMAT json) {compiled.sql}").fetchall()
    assert len(plan) < 40_000
