"""KQL's encodings and hashes: base64, URL, hexadecimal, xxHash64, MD5, SHA.

`hash()` is xxHash64 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md) with seed 0 over the UTF-8 of a string, or over
the eight bytes, lowest first, of a long, a datetime's or a timespan's ticks. It is calculated in UHUGEINT, cut to 64 bits at each step.
"""

from __future__ import annotations

from huntbook.query.kql.functions._base import Entry, refused, scalar
from huntbook.query.kql.routines import compressed, punycode

_BYTES = "What a text is compressed to may be other bytes than Kusto's, of which every reader makes the same text."
_COMBINE = "how Kusto combines hashes is not documented; use hash_sha256(strcat_delim('|', …)) in place of it"
_HASH = "Kusto's hash of this type is not documented; hash a string, long, datetime or timespan"

SCALARS = (
    scalar("base64_encode_tostring(text: string) string", "to_base64(encode({0}))"),
    scalar("base64_encodestring(text: string) string", "to_base64(encode({0}))"),
    scalar("base64_decode_tostring(base64: string) string", "TRY(decode(from_base64({0})))", nullable=True),
    scalar("base64_decodestring(base64: string) string", "TRY(decode(from_base64({0})))", nullable=True),
    scalar("base64_decode_toarray(base64: string) dynamic", "kql_hex_bytes(hex(TRY(from_base64({0}))))"),
    scalar("base64_encode_fromarray(bytes: dynamic) string", "kql_base64_of_array({0})", nullable=True),
    scalar(
        "base64_encode_fromguid(guid: guid) string",
        "to_base64(from_hex(kql_guid_swap(replace({0}, '-', ''))))",
        nullable=True,
    ),
    scalar(
        "base64_decode_toguid(base64: string) guid", "kql_guid_of_hex(kql_guid_swap(lower(hex(TRY(from_base64({0}))))))"
    ),
    scalar("url_encode(url: string) string", "kql_url_encode({0})"),
    scalar("url_encode_component(url: string) string", "kql_url_encode_component({0})"),
    scalar("url_decode(url: string) string", "kql_url_decode({0})", nullable=True),
    scalar("tohex(value: int, minimum: long?) string", "kql_tohex({0}::BIGINT & 4294967295, {1})", nullable=True),
    scalar("tohex(value: long, minimum: long?) string", "kql_tohex({0}, {1})", nullable=True),
    scalar("new_guid() guid", "uuid()::VARCHAR"),
    scalar("hash_md5(source: string) string", "md5({0})"),
    scalar("hash_sha1(source: string) string", "sha1({0})"),
    scalar("hash_sha256(source: string) string", "sha256({0})"),
    Entry("hash(source: dynamic|guid, mod: long?) long", "", refused=_HASH),
    Entry("hash_xxhash64(source: dynamic|guid, mod: long?) long", "", refused=_HASH),
    *(
        scalar(f"{name}(source: {kind}, mod: long?) long", f"kql_xx_mod({value}, {{1}})")
        for name in ("hash", "hash_xxhash64")
        for kind, value in (
            ("string", "kql_xx(hex(encode({0})))"),
            ("ticks", "kql_xx(kql_long_bytes({0}))"),
            ("timespan", "kql_xx(kql_long_bytes({0}))"),
            ("long", "kql_xx(kql_long_bytes({0}))"),
        )
    ),
    refused("hash", _HASH),
    refused("hash_xxhash64", _HASH),
    refused("hash_combine", _COMBINE),
    refused("hash_many", _COMBINE),
    scalar("gzip_compress_to_base64_string(text: string) string", "kql_gzip({0})", nullable=True, caution=_BYTES),
    scalar("gzip_decompress_from_base64_string(packed: string) string", "kql_of_gzip({0})", nullable=True),
    scalar("zlib_compress_to_base64_string(text: string) string", "kql_zlib({0})", nullable=True, caution=_BYTES),
    scalar("zlib_decompress_from_base64_string(packed: string) string", "kql_of_zlib({0})", nullable=True),
    scalar("punycode_from_string(text: string) string", "kql_punycode({0})", nullable=True),
    scalar("punycode_to_string(punycode: string) string", "kql_of_punycode({0})", nullable=True),
    # as documented: the former decodes, the latter encodes
    scalar("punycode_domain_from_string(punycode: string) string", "kql_of_punycode_domain({0})", nullable=True),
    scalar("punycode_domain_to_string(domain: string) string", "kql_punycode_domain({0})", nullable=True),
)

_P1, _P2, _P3, _P4, _P5 = (
    f"{prime}::UHUGEINT"
    for prime in (
        11400714785074694791,
        14029467366897019727,
        1609587929392839161,
        9650029242287828579,
        2870177450012600261,
    )
)
_MASK = "18446744073709551615::UHUGEINT"
_LANE_START = f"[({_P1} + {_P2}) & {_MASK}, {_P2}, 0::UHUGEINT, 18446744073709551616::UHUGEINT - {_P1}]"


def _bytes_reversed(name: str, start: str, count: int) -> str:
    """The hexadecimal digits of that many bytes from a place, last byte first."""
    return " || ".join(f"substring({name}, {start} + {2 * at}, 2)" for at in reversed(range(count)))


_XX = {
    # A product of two numbers of 64 bits fits in 128; what is kept of it are the lower 64.
    "kql_xx_times": f"(a, b) AS (a * b) & {_MASK}",
    "kql_xx_rotate": (
        f"(x, bits) AS invoke(lambda kql_xx_rotate_wide: (kql_xx_rotate_wide & {_MASK}) | (kql_xx_rotate_wide >> "
        f"64), x << bits)"
    ),
    "kql_xx_word": f"(h, place) AS ('0x' || {_bytes_reversed('h', 'place', 8)})::UBIGINT::UHUGEINT",
    "kql_xx_half": f"(h, place) AS ('0x' || {_bytes_reversed('h', 'place', 4)})::UBIGINT::UHUGEINT",
    "kql_xx_round": (
        f"(lane, word) AS kql_xx_times(kql_xx_rotate((lane + kql_xx_times(word, {_P2})) & {_MASK}, 31), {_P1})"
    ),
    "kql_xx_lanes": (
        "(h) AS list_reduce(list_transform(range(length(h) // 64), lambda kql_xx_lanes_stripe: "
        "[kql_xx_word(h, kql_xx_lanes_stripe * 64 + 1), kql_xx_word(h, kql_xx_lanes_stripe * 64 + 17), "
        "kql_xx_word(h, kql_xx_lanes_stripe * 64 + 33), kql_xx_word(h, kql_xx_lanes_stripe * 64 + 49)]), lambda "
        "kql_xx_lanes_lane, kql_xx_lanes_word: "
        "[kql_xx_round(kql_xx_lanes_lane[1], kql_xx_lanes_word[1]), kql_xx_round(kql_xx_lanes_lane[2], "
        "kql_xx_lanes_word[2]), "
        f"kql_xx_round(kql_xx_lanes_lane[3], kql_xx_lanes_word[3]), kql_xx_round(kql_xx_lanes_lane[4], "
        f"kql_xx_lanes_word[4])], {_LANE_START})"
    ),
    # What is left after the stripes of 32 bytes, each with its kind: 0 a lane, 1 eight bytes, 2 four, 3 one,
    # 4 the number of all bytes.
    "kql_xx_rest": (
        "(h, lanes) AS CASE WHEN length(h) >= 64 THEN list_transform(lanes, lambda kql_xx_rest_lane: [0::UHUGEINT, "
        "kql_xx_rest_lane]) ELSE [] END || [[4::UHUGEINT, (length(h) // 2)::UHUGEINT]] || "
        "list_transform(range(length(h) // 64 * 64 + 1, length(h) // 16 * 16 + 1, 16), lambda kql_xx_rest_place: "
        "[1::UHUGEINT, kql_xx_word(h, kql_xx_rest_place)]) || "
        "list_transform(range(length(h) // 16 * 16 + 1, length(h) // 8 * 8 + 1, 8), lambda kql_xx_rest_place: "
        "[2::UHUGEINT, kql_xx_half(h, kql_xx_rest_place)]) || "
        "list_transform(range(length(h) // 8 * 8 + 1, length(h), 2), lambda kql_xx_rest_place: "
        "[3::UHUGEINT, ('0x' || substring(h, kql_xx_rest_place, 2))::UBIGINT::UHUGEINT])"
    ),
    "kql_xx_step": (
        f"(hash, kind, word) AS CASE kind WHEN 4 THEN (hash + word) & {_MASK} "
        f"WHEN 0 THEN (kql_xx_times(xor(hash, kql_xx_round(0::UHUGEINT, word)), {_P1}) + {_P4}) & {_MASK} "
        f"WHEN 1 THEN (kql_xx_times(kql_xx_rotate(xor(hash, kql_xx_round(0::UHUGEINT, word)), 27), {_P1}) + {_P4}) "
        f"& {_MASK} "
        f"WHEN 2 THEN (kql_xx_times(kql_xx_rotate(xor(hash, kql_xx_times(word, {_P1})), 23), {_P2}) + {_P3}) & {_MASK} "
        f"ELSE kql_xx_times(kql_xx_rotate(xor(hash, kql_xx_times(word, {_P5})), 11), {_P1}) END"
    ),
    "kql_xx_start": (
        "(h, lanes) AS CASE WHEN length(h) >= 64 THEN (kql_xx_rotate(lanes[1], 1) + kql_xx_rotate(lanes[2], 7) + "
        f"kql_xx_rotate(lanes[3], 12) + kql_xx_rotate(lanes[4], 18)) & {_MASK} ELSE {_P5} END"
    ),
    "kql_xx_finish": (
        "(hash) AS invoke(lambda kql_xx_finish_last: xor(kql_xx_finish_last, kql_xx_finish_last >> 32), "
        "invoke(lambda kql_xx_finish_second: "
        f"kql_xx_times(xor(kql_xx_finish_second, kql_xx_finish_second >> 29), {_P3}), kql_xx_times(xor(hash, hash "
        f">> 33), {_P2})))"
    ),
    "kql_xx": (
        "(h) AS invoke(lambda kql_xx_digits: invoke(lambda kql_xx_lanes: invoke(lambda kql_xx_hash: "
        "kql_xx_finish(kql_xx_hash), "
        "list_reduce(kql_xx_rest(kql_xx_digits, kql_xx_lanes), lambda kql_xx_so_far, kql_xx_next: [kql_xx_next[1], "
        "kql_xx_step(kql_xx_so_far[2], kql_xx_next[1], kql_xx_next[2])], "
        "[0::UHUGEINT, kql_xx_start(kql_xx_digits, kql_xx_lanes)])[2]), kql_xx_lanes(kql_xx_digits)), h)"
    ),
    "kql_xx_mod": (
        "(hash, divisor) AS CASE WHEN divisor IS NOT NULL THEN (hash % nullif(divisor, 0)::UHUGEINT)::BIGINT "
        "WHEN hash < 9223372036854775808::UHUGEINT THEN hash::BIGINT ELSE (hash::HUGEINT - "
        "18446744073709551616)::BIGINT END"
    ),
    "kql_long_bytes": (
        f"(value) AS invoke(lambda kql_long_bytes_h: {_bytes_reversed('kql_long_bytes_h', '1', 8)}, "
        f"lpad(to_hex(value::BIGINT), 16, '0'))"
    ),
}

_ENCODE = (
    "(url) AS array_to_string(list_transform(regexp_extract_all(url, '(?s).'), lambda kql_url_c: CASE "
    "WHEN regexp_full_match(kql_url_c, '[A-Za-z0-9_.{plain}-]') THEN kql_url_c WHEN kql_url_c = ' ' THEN '{space}' "
    "WHEN kql_url_c = '~' THEN '%7e' ELSE lower(url_encode(kql_url_c)) END), '')"
)

MACROS = _XX | {
    "kql_hex_bytes": (
        "(h) AS to_json(list_transform(range(1, length(h), 2), lambda kql_hex_bytes_place: ('0x' || substring(h, "
        "kql_hex_bytes_place, 2))::INTEGER))"
    ),
    "kql_base64_of_array": (
        "(bytes) AS TRY(to_base64(from_hex(array_to_string(list_transform(CAST(bytes AS UTINYINT[]), lambda "
        "kql_base64_of_array_each: printf('%02x', kql_base64_of_array_each)), ''))))"
    ),
    # .NET keeps the first three groups of a GUID lowest byte first.
    "kql_guid_swap": (
        "(h) AS substring(h, 7, 2) || substring(h, 5, 2) || substring(h, 3, 2) || substring(h, 1, 2) || "
        "substring(h, 11, 2) || substring(h, 9, 2) || substring(h, 15, 2) || substring(h, 13, 2) || substring(h, 17)"
    ),
    "kql_guid_of_hex": "(h) AS CASE WHEN length(h) = 32 THEN h::UUID::VARCHAR END",
    "kql_url_encode": _ENCODE.format(plain="!*()", space="+"),
    "kql_url_encode_component": _ENCODE.format(plain="~", space="%20"),
    # Bytes that are no UTF-8 become U+FFFD.
    "kql_url_decode": (
        "(url) AS coalesce(TRY(url_decode(replace(url, '+', ' '))), "
        "TRY(url_decode(regexp_replace(replace(url, '+', ' '), '%[89A-Fa-f][0-9A-Fa-f]', chr(65533), 'g'))))"
    ),
    "kql_tohex": (
        "(value, minimum) AS invoke(lambda kql_tohex_h: lpad(kql_tohex_h, greatest(length(kql_tohex_h), "
        "coalesce(minimum, 1))::INTEGER, '0'), lower(to_hex(value)))"
    ),
}

ROUTINES = {
    "kql_punycode": punycode.encode,
    "kql_of_punycode": punycode.decode,
    "kql_punycode_domain": punycode.encode_domain,
    "kql_of_punycode_domain": punycode.decode_domain,
    "kql_gzip": compressed.to_gzip,
    "kql_of_gzip": compressed.of_gzip,
    "kql_zlib": compressed.to_zlib,
    "kql_of_zlib": compressed.of_zlib,
}
