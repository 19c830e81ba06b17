"""What was decoded: where each payload was found, how it was encoded, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.investigation._report.markup import Html, h
from huntbook.investigation._report.words import code, fold, moment, section
from huntbook.plots._base import shown

if TYPE_CHECKING:
    from huntbook.investigation.finding import Decoded, Triage

_FIRST = 8
_MOST = 200


def payloads(triage: Triage) -> Html:
    """Write the section of decoded payloads; those that were inside another come after it."""
    found = triage.decoded
    if not found:
        return section(
            "decoded",
            "Decoded payloads",
            h("p.empty", "Nothing encoded was found in the rows of the findings."),
            note="0",
        )
    written = [_payload(each) for each in found[:_MOST]]
    rest = fold(f"{len(written) - _FIRST:,} more", written[_FIRST:]) if len(written) > _FIRST else None
    beyond = h("p.none", f"… and {len(found) - _MOST:,} more in findings.json") if len(found) > _MOST else None
    return section("decoded", "Decoded payloads", written[:_FIRST], rest, beyond, note=f"{len(found):,}")


def _payload(payload: Decoded) -> Html:
    where = [
        h("b", shown(payload.encoding, limit=80)),
        f"layer {payload.depth + 1}" if payload.depth else None,
        payload.host and h("span.log.host", shown(payload.host, limit=80)),
        payload.process_id and h("span", "process ", h("span.log", shown(payload.process_id, limit=20))),
        h("span", moment(payload.time), " UTC") if payload.time else None,
    ]
    head = h("p.dots", (h("span", part) for part in where if part))
    encoded = fold(
        f"as it was found, {len(payload.encoded):,} characters", code(payload.encoded, head=600), kind="small"
    )
    return h("article.payload", head, code(payload.decoded, head=1200), encoded)
