"""KQL's functions on IPv4 and IPv6 addresses and their prefixes.

An IPv4 address is a BIGINT, an IPv6 address a UHUGEINT, null if the text is none. In IPv6 an IPv4 address stands at `::ffff:0:0/96`, and a
prefix of it counts from there; the documented `::192.168.1.1` is read as the same.
"""

from __future__ import annotations

from huntbook.query.kql.functions._base import Entry, scalar

_ANY = "len(list_filter({list}, lambda kql_each: {test})) > 0"


def _lists(name: str, test: str) -> tuple[Entry, ...]:
    """A function that takes either an array or any number of strings, and is true if the test is for one of them."""
    array = _ANY.format(list="TRY_CAST({1} AS VARCHAR[])", test=test)
    several = _ANY.format(list="[{1*}]", test=test)
    return (
        scalar(f"{name}(text: string, others: dynamic) bool", f"({array})"),
        scalar(f"{name}(text: string, other: string, ...) bool", f"({several})"),
    )


SCALARS = (
    scalar("parse_ipv4(ip: string) long", "kql_ipv4_masked({0}, 32)"),
    scalar("parse_ipv4_mask(ip: string, prefix: long) long", "kql_ipv4_masked({0}, {1})"),
    scalar("ipv4_netmask_suffix(ip: string) long", "CASE WHEN kql_ipv4({0}) IS NOT NULL THEN kql_ipv4_size({0}) END"),
    scalar(
        "ipv4_compare(ip1: string, ip2: string, prefix: long = 32) long", "kql_compared(kql_ipv4_pair({0}, {1}, {2}))"
    ),
    scalar(
        "ipv4_is_match(ip1: string, ip2: string, prefix: long = 32) bool",
        "(kql_compared(kql_ipv4_pair({0}, {1}, {2})) = 0)",
    ),
    scalar("ipv4_is_in_range(ip: string, range: string) bool", "kql_ipv4_in({0}, {1})"),
    *_lists("ipv4_is_in_any_range", "kql_ipv4_in({0}, kql_each)"),
    scalar("ipv4_is_private(ip: string) bool", "kql_ipv4_private({0})"),
    scalar(
        "format_ipv4(ip: string, prefix: long = 32) string", "kql_ipv4_text(kql_ipv4_masked({0}, {1}))", nullable=True
    ),
    scalar("format_ipv4(ip: long, prefix: long = 32) string", "kql_ipv4_text(kql_ipv4_cut({0}, {1}))", nullable=True),
    scalar(
        "format_ipv4_mask(ip: string, prefix: long = 32) string",
        "kql_ipv4_text(kql_ipv4_masked({0}, {1})) || '/' || least(kql_ipv4_size({0}), {1})",
        nullable=True,
    ),
    scalar(
        "format_ipv4_mask(ip: long, prefix: long = 32) string",
        "kql_ipv4_text(kql_ipv4_cut({0}, {1})) || '/' || {1}",
        nullable=True,
    ),
    scalar("has_ipv4(text: string, ip: string) bool", "kql_has_ipv4({0}, {1})"),
    scalar("has_ipv4_prefix(text: string, prefix: string) bool", "kql_has_ipv4_prefix({0}, {1})"),
    *_lists("has_any_ipv4", "kql_has_ipv4({0}, kql_each)"),
    *_lists("has_any_ipv4_prefix", "kql_has_ipv4_prefix({0}, kql_each)"),
    scalar("ipv4_range_to_cidr_list(start: string, end: string) dynamic", "kql_ipv4_cidrs({0}, {1})"),
    scalar("parse_ipv6(ip: string) string", "kql_ipv6_text(kql_ipv6_masked({0}, 128))", nullable=True),
    scalar(
        "parse_ipv6_mask(ip: string, prefix: long) string", "kql_ipv6_text(kql_ipv6_masked({0}, {1}))", nullable=True
    ),
    scalar(
        "ipv6_compare(ip1: string, ip2: string, prefix: long = 128) long", "kql_compared(kql_ipv6_pair({0}, {1}, {2}))"
    ),
    scalar(
        "ipv6_is_match(ip1: string, ip2: string, prefix: long = 128) bool",
        "(kql_compared(kql_ipv6_pair({0}, {1}, {2})) = 0)",
    ),
    scalar("ipv6_is_in_range(ip: string, range: string) bool", "kql_ipv6_in({0}, {1})"),
    *_lists("ipv6_is_in_any_range", "kql_ipv6_in({0}, kql_each)"),
)

_PART = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|0{0,2}[1-9]?[0-9])"
_FOUR = rf"{_PART}(?:\.{_PART}){{3}}"
_QUAD = r"^(?:::(?:[fF]{4}:)?)?"  # before an IPv4 address
_GROUPS = "(?:[0-9A-Fa-f]{1,4})"

MACROS = {
    "kql_ipv4": (
        f"(ip) AS CASE WHEN regexp_full_match(ip, '\\s*{_FOUR}(?:/(?:[0-9]|[12][0-9]|3[0-2]))?\\s*') THEN "
        "TRY_CAST(split_part(trim(ip), '.', 1) AS BIGINT) * 16777216 + TRY_CAST(split_part(ip, '.', 2) AS BIGINT) * 65536 + "
        "TRY_CAST(split_part(ip, '.', 3) AS BIGINT) * 256 + TRY_CAST(split_part(split_part(trim(ip), '.', 4), '/', 1) AS BIGINT) END"
    ),
    "kql_ipv4_size": "(ip) AS coalesce(TRY_CAST(split_part(ip, '/', 2) AS BIGINT), 32)",
    "kql_ipv4_cut": (
        "(address, bits) AS invoke(lambda kql_ipv4_cut_address, kql_ipv4_cut_bits: CASE WHEN kql_ipv4_cut_address "
        "BETWEEN 0 AND 4294967295 AND kql_ipv4_cut_bits BETWEEN 0 AND 32 "
        "THEN kql_ipv4_cut_address - kql_ipv4_cut_address % (1::BIGINT << greatest(0, least(32, 32 - "
        "kql_ipv4_cut_bits))::INTEGER) END, address, bits)"
    ),
    "kql_ipv4_masked": (
        "(ip, bits) AS CASE WHEN bits BETWEEN 0 AND 32 THEN kql_ipv4_cut(kql_ipv4(ip), least(bits, "
        "kql_ipv4_size(ip))) END"
    ),
    "kql_ipv4_pair": (
        "(ip1, ip2, bits) AS CASE WHEN bits BETWEEN 0 AND 32 THEN invoke(lambda kql_ipv4_pair_size: "
        "[kql_ipv4_cut(kql_ipv4(ip1), kql_ipv4_pair_size), kql_ipv4_cut(kql_ipv4(ip2), kql_ipv4_pair_size)], "
        "least(bits, kql_ipv4_size(ip1), kql_ipv4_size(ip2))) END"
    ),
    "kql_compared": (
        "(pair) AS invoke(lambda kql_compared_pair: CASE WHEN kql_compared_pair[1] < kql_compared_pair[2] THEN -1 "
        "WHEN kql_compared_pair[1] > kql_compared_pair[2] THEN 1 WHEN kql_compared_pair[1] = kql_compared_pair[2] THEN 0 END, pair)"
    ),
    "kql_ipv4_in": (
        "(ip, network) AS kql_ipv4_cut(kql_ipv4(ip), kql_ipv4_size(network)) = kql_ipv4_cut(kql_ipv4(network), "
        "kql_ipv4_size(network))"
    ),
    # 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16, as RFC 1918 has them; of a network, all of it has to be inside.
    "kql_ipv4_private": (
        "(ip) AS invoke(lambda kql_ipv4_private_address, kql_ipv4_private_bits: (kql_ipv4_private_bits >= 8 AND "
        "kql_ipv4_private_address // 16777216 = 10) OR (kql_ipv4_private_bits >= 12 AND kql_ipv4_private_address // "
        "1048576 = 2753) "
        "OR (kql_ipv4_private_bits >= 16 AND kql_ipv4_private_address // 65536 = 49320), kql_ipv4(ip), "
        "kql_ipv4_size(ip))"
    ),
    "kql_ipv4_text": (
        "(address) AS (address // 16777216)::VARCHAR || '.' || (address // 65536 % 256) || '.' || (address // 256 % "
        "256) || '.' || (address % 256)"
    ),
    "kql_has_ipv4": (
        f"(source, ip) AS regexp_full_match(ip, '{_FOUR}') AND contains(source, ip) AND "
        "regexp_matches(source, '(?:^|[^0-9A-Za-z])' || regexp_escape(ip) || '(?:[^0-9A-Za-z]|$)')"
    ),
    "kql_has_ipv4_prefix": (
        f"(source, prefix) AS CASE WHEN regexp_full_match(prefix, '{_FOUR}') THEN kql_has_ipv4(source, prefix) "
        f"ELSE regexp_full_match(prefix, '(?:{_PART}\\.){{1,3}}') AND contains(source, prefix) AND "
        "len(list_filter(regexp_extract_all(source, '(?:^|[^0-9A-Za-z])(' || regexp_escape(prefix) || "
        "'[0-9.]+)(?:[^0-9A-Za-z]|$)', 1), "
        f"lambda kql_has_ipv4_prefix_found: regexp_full_match(kql_has_ipv4_prefix_found, '{_FOUR}'))) > 0 END"
    ),
    # The largest network that begins at an address and does not go past the end, then the next; at most 62 are needed.
    "kql_ipv4_fit": (
        "(first, last) AS list_max(list_filter(range(33), lambda kql_ipv4_fit_bits: first % (1::BIGINT << "
        "kql_ipv4_fit_bits::INTEGER) = 0 "
        "AND first + (1::BIGINT << kql_ipv4_fit_bits::INTEGER) - 1 <= last))"
    ),
    "kql_ipv4_cidrs": (
        "(first, last) AS to_json(invoke(lambda kql_ipv4_cidrs_low, kql_ipv4_cidrs_high: CASE WHEN "
        "kql_ipv4_cidrs_low <= kql_ipv4_cidrs_high THEN list_transform(list_reduce(range(64), "
        "lambda kql_ipv4_cidrs_found, kql_ipv4_cidrs_turn: CASE WHEN kql_ipv4_cidrs_found[-1].next > "
        "kql_ipv4_cidrs_high THEN kql_ipv4_cidrs_found ELSE list_append(kql_ipv4_cidrs_found, invoke(lambda "
        "kql_ipv4_cidrs_begin, kql_ipv4_cidrs_bits: "
        "{'next': kql_ipv4_cidrs_begin + (1::BIGINT << kql_ipv4_cidrs_bits::INTEGER), 'text': "
        "kql_ipv4_text(kql_ipv4_cidrs_begin) || '/' || (32 - kql_ipv4_cidrs_bits)}, "
        "kql_ipv4_cidrs_found[-1].next, kql_ipv4_fit(kql_ipv4_cidrs_found[-1].next, kql_ipv4_cidrs_high))) END, "
        "[{'next': kql_ipv4_cidrs_low, 'text': ''}])[2:], lambda kql_ipv4_cidrs_each: kql_ipv4_cidrs_each.text) "
        "END, "
        "kql_ipv4(first), kql_ipv4(last)))"
    ),
    "kql_ipv6_filled": (
        "(ip) AS CASE WHEN contains(ip, '::') THEN array_to_string(list_concat("
        "list_filter(string_split(split_part(ip, '::', 1), ':'), lambda kql_ipv6_filled_each: kql_ipv6_filled_each "
        "<> ''), "
        "list_transform(range(8 - len(list_filter(string_split(ip, ':'), lambda kql_ipv6_filled_each: "
        "kql_ipv6_filled_each <> ''))), lambda kql_ipv6_filled_each: '0'), "
        "list_filter(string_split(split_part(ip, '::', 2), ':'), lambda kql_ipv6_filled_each: kql_ipv6_filled_each "
        "<> '')), ':') ELSE ip END"
    ),
    "kql_ipv6_number": (
        "(ip) AS invoke(lambda kql_ipv6_number_ip, kql_ipv6_number_filled: CASE WHEN "
        f"regexp_full_match(kql_ipv6_number_ip, '(?:{_GROUPS}(?::{_GROUPS})*)?(?:::)?(?:{_GROUPS}(?::{_GROUPS})*)?') "
        f"AND regexp_full_match(kql_ipv6_number_filled, '{_GROUPS}(?::{_GROUPS}){{7}}') THEN "
        "list_reduce(list_transform(string_split(kql_ipv6_number_filled, ':'), lambda kql_ipv6_number_each: ('0x' || "
        "kql_ipv6_number_each)::UBIGINT::UHUGEINT), "
        "lambda kql_ipv6_number_sum, kql_ipv6_number_each: kql_ipv6_number_sum * 65536::UHUGEINT + "
        "kql_ipv6_number_each) END, ip, kql_ipv6_filled(ip))"
    ),
    "kql_ipv6_quad": f"(ip) AS regexp_replace(ip, '{_QUAD}', '')",
    "kql_ipv6": (
        "(ip) AS CASE WHEN contains(ip, '.') THEN kql_ipv4(kql_ipv6_quad(ip))::UHUGEINT + 281470681743360::UHUGEINT "
        "ELSE kql_ipv6_number(split_part(ip, '/', 1)) END"
    ),
    "kql_ipv6_size": (
        "(ip) AS CASE WHEN contains(ip, '.') THEN 96 + kql_ipv4_size(ip) WHEN contains(ip, '/') "
        "THEN CASE WHEN regexp_full_match(split_part(ip, '/', 2), '[0-9]{1,3}') THEN split_part(ip, '/', 2)::BIGINT "
        "ELSE -1 END ELSE 128 END"
    ),
    "kql_ipv6_cut": (
        "(address, bits) AS invoke(lambda kql_ipv6_cut_address, kql_ipv6_cut_bits: CASE WHEN kql_ipv6_cut_bits "
        "BETWEEN 1 AND 128 THEN kql_ipv6_cut_address - kql_ipv6_cut_address % (1::UHUGEINT << (128 - "
        "kql_ipv6_cut_bits)::UHUGEINT) "
        "WHEN kql_ipv6_cut_bits = 0 AND kql_ipv6_cut_address IS NOT NULL THEN 0::UHUGEINT END, address, bits)"
    ),
    "kql_ipv6_masked": "(ip, bits) AS kql_ipv6_cut(kql_ipv6(ip), least(bits, kql_ipv6_size(ip)))",
    # A prefix of up to 32 bits for two addresses that are both IPv4 is one of IPv4.
    "kql_ipv6_pair": (
        "(ip1, ip2, bits) AS invoke(lambda kql_ipv6_pair_size: [kql_ipv6_cut(kql_ipv6(ip1), kql_ipv6_pair_size), "
        "kql_ipv6_cut(kql_ipv6(ip2), kql_ipv6_pair_size)], "
        "least(CASE WHEN bits <= 32 AND contains(ip1, '.') AND contains(ip2, '.') AND NOT contains(ip1 || ip2, ':') "
        "THEN bits + 96 "
        "ELSE bits END, kql_ipv6_size(ip1), kql_ipv6_size(ip2)))"
    ),
    "kql_ipv6_in": (
        "(ip, network) AS kql_ipv6_cut(kql_ipv6(ip), kql_ipv6_size(network)) = kql_ipv6_cut(kql_ipv6(network), "
        "kql_ipv6_size(network))"
    ),
    "kql_ipv6_text": (
        "(address) AS invoke(lambda kql_ipv6_text_h: substring(kql_ipv6_text_h, 1, 4) || ':' || "
        "substring(kql_ipv6_text_h, 5, 4) || ':' || substring(kql_ipv6_text_h, 9, 4) || ':' || "
        "substring(kql_ipv6_text_h, 13, 4) || ':' || substring(kql_ipv6_text_h, 17, 4) || ':' || "
        "substring(kql_ipv6_text_h, 21, 4) || ':' || substring(kql_ipv6_text_h, 25, 4) || ':' || "
        "substring(kql_ipv6_text_h, 29, 4), lpad(lower(to_hex(address)), 32, '0'))"
    ),
}
