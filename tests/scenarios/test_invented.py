"""Nothing in practice evidence points at anybody: documentation addresses, invented names, nothing that works."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.scenarios.conftest import Practice

ALLOWED: list[IPv4Network | IPv6Network] = [
    ip_network(text)
    for text in (
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32",
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::/96", "::ffff:0:0/96",
    )
]  # fmt: skip
NAMES = re.compile(r"(?:.+\.)?(?:example|test|invalid)", re.IGNORECASE)
# What the formats themselves contain: names of XML dialects and of the services that write the logs.
FORMAT = {"schemas.microsoft.com", "127.0.0.1"}
SERVICES = re.compile(r"\w+\.amazonaws\.com")
# Versions of programs look like addresses.
VERSIONS = re.compile(r"(?:Chrome|Firefox|Version|FileVersion)[/:\"= ]+[\d.]+|Platform\\+[\d.-]+|rv:[\d.]+")
COMMON = re.compile(r"(?<![\w.-])[\w.-]+\.(?:com|net|org|io|dev|ru|cn|de|uk|local|lan|corp)\b")
IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
IPV6 = re.compile(r"(?<![0-9A-Za-z:])[0-9a-f]{4}:[0-9a-f:]*::[0-9a-f:]+")


def test_every_address_is_private_or_reserved_for_documentation(case: Practice) -> None:
    for name, whole in case.texts.items():
        text = VERSIONS.sub("", whole)
        for found in {*IPV4.findall(text), *IPV6.findall(text)}:
            parts = found.split(".")
            if len(parts) == 4 and any(int(part) > 255 for part in parts):
                continue
            assert any(ip_address(found) in network for network in ALLOWED), (name, found)


def test_every_domain_is_invented(case: Practice) -> None:
    for name, text in case.texts.items():
        hosts = set(re.findall(r"https?://([^/:\s\"'\\)]+)", text)) | set(re.findall(r"\w@([\w-]+\.[\w.-]*\w)", text))
        for host in hosts - FORMAT:
            assert NAMES.fullmatch(host) or ip_address(host), (name, host)
        common = COMMON.findall(text)
        for host in set(common) - FORMAT:
            assert SERVICES.fullmatch(host) or f"{host}." in text, (name, host)


def test_names_that_are_asked_for_are_invented(case: Practice) -> None:
    for row in case.zeek("dns"):
        assert NAMES.fullmatch(row["query"])
    for row in case.zeek("ssl"):
        assert NAMES.fullmatch(row["server_name"])
    for event in case.events:
        assert NAMES.fullmatch(event["host"])
        if event["id"] == 22:
            assert NAMES.fullmatch(event["QueryName"])


def test_scripts_load_from_documentation_addresses_only(case: Practice) -> None:
    for event in case.events:
        if event["id"] == 4104:
            for host in re.findall(r"https?://([^/:'\"]+)", event["ScriptBlockText"]):
                assert NAMES.fullmatch(host) or any(ip_address(host) in network for network in ALLOWED)


def test_nothing_gives_the_answer_away(case: Practice) -> None:
    words = re.compile(r"\b(attacker|malicious|planted|decoy|huntbook|practice|malware|payload|evil)\b", re.IGNORECASE)
    for name, text in case.texts.items():
        found = {match.lower() for match in words.findall(text)}
        # "Payload" is a field of PowerShell's events
        assert found <= ({"payload"} if name.startswith("windows/") else set()), (name, found)
