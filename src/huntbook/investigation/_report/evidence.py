"""What the evidence is: tables, hosts, accounts, and what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.investigation._report.facts import counted, lost_of
from huntbook.investigation._report.markup import Html, h
from huntbook.investigation._report.words import between, fold, section, table, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from huntbook.investigation.finding import NotRead, TableSummary, Triage

_FIRST = 8  # of a list, before it is folded
_TABLES = 12
_MOST = 200
_FILES = 50


def evidence(triage: Triage) -> Html:
    """Write the section on the evidence."""
    of = triage.evidence
    return section(
        "evidence",
        "Evidence",
        _tables(of.tables),
        h("div.columns", _tally("Hosts", of.hosts), _tally("Accounts", of.accounts)),
        _not_read(triage.not_read),
        note=f"{sum(each.rows for each in of.tables):,} rows",
    )


def _tables(tables: list[TableSummary]) -> Html:
    if not tables:
        return h("p.empty", "No tables: nothing in this evidence could be read as records.")
    ordered = sorted(tables, key=lambda each: (each.recognised, -each.rows))
    rows = [
        (
            h("span", h("span.log.name", each.name), None if each.recognised else h("span.tag", "not recognised")),
            f"{each.rows:,}",
            between(each.start, each.end),
            _files(each.files),
        )
        for each in ordered
    ]
    heads = ("Table", "Rows", "Span, UTC", "Files")
    first = table(heads, rows[:_TABLES], numeric=(1,), kind="tables")
    if len(rows) <= _TABLES + 2:
        return table(heads, rows, numeric=(1,), kind="tables")
    more = fold(f"{len(rows) - _TABLES:,} more tables", table(heads, rows[_TABLES:], numeric=(1,), kind="tables"))
    return h("div", first, more)


def _files(files: Mapping[str, int]) -> Html:
    names = sorted(files, key=lambda name: (-files[name], name))
    if len(names) == 1:
        return text(names[0], head=140)
    listed = h("ul.plain", (h("li", text(name), h("span.none", f" {files[name]:,}")) for name in names[:_FILES]))
    more = h("p.none", f"… and {len(names) - _FILES:,} more") if len(names) > _FILES else None
    return fold(counted(len(names), "file"), listed, more) if names else h("span.none", "none named")


def _tally(title: str, counts: Mapping[str, int]) -> Html:
    if not counts:
        return h("div", h("h3", title), h("p.none", "None are named in what was read."))
    rows = [(text(name, head=80), f"{count:,}") for name, count in list(counts.items())[:_MOST]]
    heads = (title[:-1], "Rows")
    rest = (
        fold(f"{len(rows) - _FIRST:,} more", table(heads, rows[_FIRST:], numeric=(1,))) if len(rows) > _FIRST else None
    )
    return h(
        "div", h("h3", title, h("span.count", f"{len(counts):,}")), table(heads, rows[:_FIRST], numeric=(1,)), rest
    )


def _not_read(losses: list[NotRead]) -> Html:
    if not losses:
        return h("div", h("h3", "Not read"), h("p.none", "Nothing: every file was read to its end."))
    rows = [
        (text(loss.file, head=120), loss.position, text(loss.reason), lost_of(loss.lost, loss.unit)) for loss in losses
    ]
    heads = ("File", "Position", "Why", "Lost")
    more = (
        fold(f"{len(rows) - _FIRST:,} more", table(heads, rows[_FIRST:_MOST], numeric=(3,)))
        if len(rows) > _FIRST
        else None
    )
    rest = h("p.none", f"… and {len(rows) - _MOST:,} more in findings.json") if len(rows) > _MOST else None
    return h(
        "div",
        h("h3", "Not read", h("span.count", f"{len(rows):,}")),
        table(heads, rows[:_FIRST], numeric=(3,)),
        more,
        rest,
    )
