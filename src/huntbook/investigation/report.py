"""`report.html`: the page that an incident responder hands to their lead.

One file that asks no network for anything. Everything in it that can be read is HTML and is there without JavaScript,
which only filters, unfolds and copies, and draws the two pictures that move. What a log says is escaped where it enters.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from huntbook.investigation._report.evidence import evidence
from huntbook.investigation._report.findings import findings
from huntbook.investigation._report.indicators import indicators
from huntbook.investigation._report.markup import Html, h
from huntbook.investigation._report.opening import opening, title
from huntbook.investigation._report.payloads import payloads
from huntbook.investigation._report.pictures import findings_timeline, findings_tree, timeline_section, tree_section
from huntbook.investigation._report.queries import queries
from huntbook.plots import _base

if TYPE_CHECKING:
    from huntbook.investigation.finding import Triage
    from huntbook.investigation.triage import Investigation

_ASSETS = Path(__file__).parent / "_report"


def write_report(found: Investigation, path: Path) -> Path:
    """Write the report of a triage as one self-contained HTML file, and return its path.

    Args:
        found: what `hb.triage` returned.
        path: of the file; its folder has to be there.

    Example:
        write_report(hb.triage("evidence/"), Path("report.html"))
    """
    triage = found.triage
    timeline, tree = findings_timeline(triage.findings, found.tree), findings_tree(triage.findings, found.tree)
    style, script = _base.assets([plot for plot in (timeline, tree) if plot is not None])
    own_style, own_script = ((_ASSETS / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    body = h(
        "main",
        opening(triage, datetime.now(UTC)),
        findings(triage),
        timeline_section(timeline),
        tree_section(tree),
        payloads(triage),
        indicators(triage),
        evidence(triage),
        queries(triage),
    )
    # Our own script comes first: it says that there are scripts, and plots have no size before that.
    whole = _base.page(title(triage), _navigation(triage) + body, f"{style}\n{own_style}", f"{own_script}\n{script}")
    path.write_text(whole, encoding="utf-8")
    return path


def _navigation(triage: Triage) -> Html:
    places = (
        ("summary", "Summary", None),
        ("findings", "Findings", len(triage.findings)),
        ("timeline", "Timeline", None),
        ("processes", "Processes", None),
        ("decoded", "Decoded", len(triage.decoded)),
        ("indicators", "Indicators", len(triage.indicators)),
        ("evidence", "Evidence", None),
        ("queries", "Queries", None),
    )
    links = (
        h("a", {"href": f"#{key}"}, name, h("span.count", f"{count:,}") if count else None)
        for key, name, count in places
    )
    return h("nav", {"aria-label": "Sections"}, links)
