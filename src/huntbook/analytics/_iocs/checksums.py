"""Checks that tell an address from a run of letters that looks like one."""

from __future__ import annotations

import base64
import hashlib
from functools import reduce
from ipaddress import IPv6Address

from huntbook.analytics._iocs.keccak import keccak256

_BASE58 = {
    character: value for value, character in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
}
_BECH32 = {character: value for value, character in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_FINAL = {1: range(1), 0x2BC830A3: range(1, 17)}  # BIP 173 for version 0, BIP 350 for the others


def ipv6(text: str) -> str:
    """Return an IPv6 address in its shortest form, an IPv4 address mapped into IPv6 as IPv4, or "" for what is neither."""
    try:
        address = IPv6Address(text)
    except ValueError:
        return ""
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return address.compressed


def is_bitcoin(text: str) -> bool:
    """Whether a Bitcoin address of the main network has a right checksum: base58check (P2PKH, P2SH) or bech32 and bech32m."""
    return _is_segwit(text.lower()) if text[:3] in {"bc1", "BC1"} else _is_base58check(text)


def _is_base58check(text: str) -> bool:
    if not 26 <= len(text) <= 35 or not all(character in _BASE58 for character in text):
        return False
    number = reduce(lambda total, character: total * 58 + _BASE58[character], text, 0)
    if number >= 1 << 200:
        return False
    payload = number.to_bytes(25, "big")
    digest = hashlib.sha256(hashlib.sha256(payload[:-4]).digest()).digest()
    return payload[0] in {0x00, 0x05} and digest[:4] == payload[-4:]


def _is_segwit(text: str) -> bool:
    """BIP 173: the checksum, and the length that the version of the witness program asks for."""
    values = [_BECH32.get(character, -1) for character in text[3:]]
    if -1 in values or not 11 <= len(values) <= 71:
        return False
    version, program = values[0], (len(values) - 7) * 5 // 8
    final = _BECH32_FINAL.get(_polymod([3, 3, 0, 2, 3, *values]))  # "bc", spread out as the BIP says
    return final is not None and version in final and (program in {20, 32} if version == 0 else 2 <= program <= 40)


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_BECH32_GENERATOR):
            check ^= generator if top >> bit & 1 else 0
    return check


def are_ethereum(texts: list[str]) -> list[bool]:
    """Whether each `0x` and 40 hex digits is an address: EIP-55 checks those in mixed case, the others carry no checksum."""
    digests = keccak256([text[2:].lower().encode() for text in texts])
    return [_is_ethereum(text[2:], digest.hex()) for text, digest in zip(texts, digests, strict=True)]


def _is_ethereum(digits: str, digest: str) -> bool:
    if digits in {digits.lower(), digits.upper()}:
        return len(set(digits.lower())) > 1  # all zeros is what a transaction writes for "nobody"
    capitals = zip(digits, digest, strict=False)
    return all(digit.isdigit() or digit.isupper() == (nibble in "89abcdef") for digit, nibble in capitals)


def is_onion(label: str) -> bool:
    """Whether the label before `.onion` is an address: 16 characters (version 2), or 56 with the checksum of version 3.

    Version 3 is checked as Tor's rend-spec-v3 says, section 6: SHA3-256 over ".onion checksum", the key and the version.
    """
    if len(label) == 16:
        return True
    if len(label) != 56:
        return False
    raw = base64.b32decode(label.upper())
    key, checksum, version = raw[:32], raw[32:34], raw[34:]
    return version == b"\x03" and hashlib.sha3_256(b".onion checksum" + key + version).digest()[:2] == checksum
