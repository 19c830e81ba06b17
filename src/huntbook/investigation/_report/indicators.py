"""Indicators of compromise, by kind, to be copied as they are or defanged."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from huntbook.investigation._report.facts import counted
from huntbook.investigation._report.markup import Html, h, written
from huntbook.investigation._report.words import copy_button, fold, section, table, text

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from huntbook.investigation.finding import Indicator, Triage

_FIRST = 15
_MOST = 1_000
_LINKS = 8
_FANGED = frozenset({"ipv4", "ipv6", "domain", "onion", "url", "email"})
# Where the programs of the system are: seen around every attack, and around none. What lies in its folders for
# temporary files is not the system's.
_SYSTEM = re.compile(
    r"([a-z]:|\\systemroot|%systemroot%|%windir%)\\(windows\\)?(?!temp\\|tasks\\)"
    r"(system32|syswow64|servicing|winsxs|explorer\.exe|microsoft\.net)(\\|$)|[a-z]:\\windows\\?$|/(usr/)?s?bin/|/(usr/)?lib(64|exec)?/|/(dev/null|etc/passwd)$"
)
# In the order in which they are acted on; kinds that are not here follow by name.
_ORDER = ("ipv4", "ipv6", "domain", "onion", "url", "email", "sha512", "sha256", "sha1", "md5", "btc", "eth", "cve")
_NAMES = {
    "ipv4": "IPv4 addresses", "ipv6": "IPv6 addresses", "domain": "Domains", "url": "URLs", "email": "E-mail addresses",
    "sha512": "SHA-512", "sha256": "SHA-256", "sha1": "SHA-1", "md5": "MD5", "windows_path": "Windows paths",
    "linux_path": "Linux paths", "unix_path": "Unix paths", "registry_key": "Registry keys", "cve": "CVE",
    "onion": "Onion services", "mac": "MAC addresses", "asn": "ASN", "attack": "ATT&CK ids",
}  # fmt: skip


def indicators(triage: Triage) -> Html:
    """Write the section of indicators; what any machine has, and the names of these hosts, come last and folded."""
    found = sorted(_merged(triage.indicators), key=lambda each: (_place(each.kind), each.kind))
    if not found:
        nothing = "No indicators: no finding above informational names any."
        return section("indicators", "Indicators", h("p.empty", nothing), note="0")
    note = h(
        "p.none", "Seen in the rows of findings above informational and in what was decoded. Not each is malicious."
    )
    ours = {name.lower().rstrip(".") for name in triage.evidence.hosts}
    usual = [each for each in found if _is_usual(each, ours)]
    telling = [each for each in found if not _is_usual(each, ours)]
    kinds = [_kind(kind, list(each)) for kind, each in groupby(telling, key=lambda each: each.kind)]
    label = f"{counted(len(usual), 'path', 'paths')} of the system and names of these hosts"
    last = fold(label, _table(usual), kind="kind") if usual else None
    return section("indicators", "Indicators", note, kinds, last, note=f"{len(found):,}")


def _merged(listed: Iterable[Indicator]) -> list[Indicator]:
    """Make the spellings of a path of Windows one: it does not tell capitals from small letters."""
    merged: dict[tuple[str, str], Indicator] = {}
    for each in listed:
        key = each.kind, each.value.lower() if each.kind == "windows_path" else each.value
        if key not in merged:
            merged[key] = each
            continue
        findings = sorted({*merged[key].findings, *each.findings})
        merged[key] = merged[key].model_copy(update={"findings": findings, "count": max(len(findings), each.count)})
    return list(merged.values())


def _is_usual(indicator: Indicator, ours: Container[str]) -> bool:
    value = indicator.value.lower()
    if indicator.kind == "domain":
        return value in ours
    return _SYSTEM.match(value[:300]) is not None if indicator.kind.endswith("_path") else False


def _place(kind: str) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def _kind(kind: str, listed: Sequence[Indicator]) -> Html:
    label = written((h("b", _NAMES.get(kind, kind.replace("_", " "))), h("span.count", f"{len(listed):,}")))
    defanged = copy_button("Copy all, defanged", "defanged") if kind in _FANGED else None
    buttons = h("p.buttons", copy_button("Copy all", "values"), defanged)
    is_open = len(listed) <= _FIRST or _place(kind) < len(_ORDER)
    return fold(label, buttons, _table(listed), kind="kind", is_open=is_open)


def _table(listed: Sequence[Indicator]) -> Html:
    rows = [(text(each.value, head=160), f"{each.count:,}", _links(each)) for each in listed[:_MOST]]
    heads = ("Value", "Findings", "Which")
    rest = table(heads, rows[_FIRST:], numeric=(1,), kind="values")
    more = fold(f"{len(rows) - _FIRST:,} more", rest) if len(rows) > _FIRST else None
    beyond = h("p.none", f"… and {len(listed) - _MOST:,} more in findings.json") if len(listed) > _MOST else None
    return written((table(heads, rows[:_FIRST], numeric=(1,), kind="values"), more, beyond))


def _links(indicator: Indicator) -> Html:
    if not indicator.findings:
        return h("span.none", "decoded payload")
    links = [h("a", {"href": f"#f{number + 1}"}, f"{number + 1}") for number in indicator.findings[:_LINKS]]
    rest = len(indicator.findings) - _LINKS
    return h("span.links", links, h("span.none", f"+{rest}") if rest > 0 else None)
