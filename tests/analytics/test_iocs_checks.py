"""The checks behind the kinds: hashes, checksums and suffixes, against values that others published."""

from __future__ import annotations

import polars as pl
import pytest

from huntbook.analytics._iocs.checksums import are_ethereum, ipv6, is_bitcoin, is_onion
from huntbook.analytics._iocs.domains import are_domains, to_ascii
from huntbook.analytics._iocs.keccak import keccak256


def test_keccak_is_that_of_ethereum_for_one_message_and_for_many() -> None:
    empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    abc = "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
    assert [digest.hex() for digest in keccak256([b"", b"abc", b""])] == [empty, abc, empty]
    assert keccak256([]) == []


@pytest.mark.parametrize(
    "address",
    [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",  # the examples of EIP-55
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
    ],
)
def test_ethereum(address: str) -> None:
    swapped = address[:2] + address[2:].swapcase()
    assert are_ethereum([address]) == [True]
    assert are_ethereum([swapped]) == [address[2:] in {address[2:].lower(), address[2:].upper()}]


@pytest.mark.parametrize(
    "address",
    [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",  # the examples of BIP 173
        "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",  # BIP 350
    ],
)
def test_bitcoin_and_every_change_of_one_character(address: str) -> None:
    assert is_bitcoin(address)
    changed = [address[:at] + ("2" if address[at] != "2" else "3") + address[at + 1 :] for at in range(3, len(address))]
    assert not any(map(is_bitcoin, changed))


def test_onion_version_3_is_checked_by_its_checksum() -> None:
    label = "rlwryismmgjijryr55u5rqlbqghqvrwxe5qgxupuviyysxkky5wah6yd"
    assert is_onion(label)
    assert not is_onion("a" + label[1:])


def test_ipv6_is_shortened_and_mapped_ipv4_is_ipv4() -> None:
    assert ipv6("2001:0DB8:0:0:0:0:0:1") == "2001:db8::1"
    assert ipv6("::ffff:1.2.3.4") == ipv6("::ffff:102:304") == "1.2.3.4"
    assert ipv6("1::2::3") == ""


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("evil.co.uk", True),
        ("co.uk", False),
        ("uk", False),
        ("evil.co.za", True),  # the list has co.za, and nowhere za
        ("octo.github.io", True),  # the private part of the list does not make it a suffix
        ("github.io", True),
        ("foo.ck", False),  # *.ck
        ("a.foo.ck", True),
        ("www.ck", True),  # !www.ck
        ("a.xn--p1ai", True),
        ("setup.exe", False),
        ("a.b." + "c" * 250 + ".com", False),
    ],
)
def test_domains_lie_below_a_public_suffix(name: str, *, right: bool) -> None:
    assert are_domains(pl.Series([name])).to_list() == [right]


def test_names_that_no_registry_takes_have_no_ascii_form() -> None:
    assert to_ascii("☃.com") == ""
    assert to_ascii("é" * 300 + ".com") == ""
    assert to_ascii("ПРИМЕР.рф") == "xn--e1afmkfd.xn--p1ai"
