"""Indicators of compromise, by kind, to be copied as they are or defanged."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from huntbook.investigation._report.markup import Html, h, written
from huntbook.investigation._report.words import copy_button, fold, section, table, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.investigation.finding import Indicator, Triage

_FIRST = 15
_MOST = 1_000
_LINKS = 8
# In the order in which they are acted on; kinds that are not here follow by name.
_ORDER = ("ipv4", "ipv6", "domain", "onion", "url", "email", "sha512", "sha256", "sha1", "md5", "btc", "eth", "cve")
_NAMES = {
    "ipv4": "IPv4 addresses", "ipv6": "IPv6 addresses", "domain": "Domains", "url": "URLs", "email": "E-mail addresses",
    "sha512": "SHA-512", "sha256": "SHA-256", "sha1": "SHA-1", "md5": "MD5", "windows_path": "Windows paths",
    "linux_path": "Linux paths", "unix_path": "Unix paths", "registry_key": "Registry keys", "cve": "CVE",
    "onion": "Onion services", "mac": "MAC addresses", "asn": "ASN", "attack": "ATT&CK ids",
}  # fmt: skip


def indicators(triage: Triage) -> Html:
    """Write the section of indicators."""
    found = sorted(triage.indicators, key=lambda each: (_place(each.kind), each.kind))
    if not found:
        return section(
            "indicators",
            "Indicators",
            h("p.empty", "No indicators: no finding above informational names any."),
            note="0",
        )
    note = h(
        "p.none",
        "Seen in the rows of findings above informational and in what was decoded. Not each is malicious: paths of the system are among them.",
    )
    kinds = [_kind(kind, list(each)) for kind, each in groupby(found, key=lambda each: each.kind)]
    return section("indicators", "Indicators", note, kinds, note=f"{len(found):,}")


def _place(kind: str) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def _kind(kind: str, listed: Sequence[Indicator]) -> Html:
    rows = [(text(each.value, head=160), f"{each.count:,}", _links(each)) for each in listed[:_MOST]]
    heads = ("Value", "Findings", "Which")
    more = (
        fold(f"{len(rows) - _FIRST:,} more", table(heads, rows[_FIRST:], numeric=(1,), kind="values"))
        if len(rows) > _FIRST
        else None
    )
    beyond = h("p.none", f"… and {len(listed) - _MOST:,} more in findings.json") if len(listed) > _MOST else None
    label = written((h("b", _NAMES.get(kind, kind.replace("_", " "))), h("span.count", f"{len(listed):,}")))
    buttons = h("p.buttons", copy_button("Copy all", "values"), copy_button("Copy all, defanged", "defanged"))
    is_open = len(listed) <= _FIRST or _place(kind) < len(_ORDER)
    return fold(
        label,
        buttons,
        table(heads, rows[:_FIRST], numeric=(1,), kind="values"),
        more,
        beyond,
        kind="kind",
        is_open=is_open,
    )


def _links(indicator: Indicator) -> Html:
    if not indicator.findings:
        return h("span.none", "decoded payload")
    links = [h("a", {"href": f"#f{number + 1}"}, f"{number + 1}") for number in indicator.findings[:_LINKS]]
    rest = len(indicator.findings) - _LINKS
    return h("span.links", links, h("span.none", f"+{rest}") if rest > 0 else None)
