"""Write the pages about the hunting packs.

    python docs/packs.py                     docs/reference/hunting-packs.md, lookups.md and pack.schema.json
    python docs/packs.py --score EVIDENCE    docs/reference/hunting-score.md as well, from real and practice evidence (minutes)

The first three are written from packs and their model. The last is a measurement; it is made anew when queries or ranking change.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from _root import ROOT
from tests.packs.practice_score import PracticeScore, score
from tests.packs.score import Folder, Scored, campaign, folders, hunt_on, sigma

import huntbook as hb
from huntbook.query.pack import Query, Severity
from huntbook.query.pack import packs as all_packs
from huntbook.query.pack_schema import pack_schema

REFERENCE = ROOT / "docs" / "reference"
SEEDS = range(9101, 9113)  # not those that the queries were improved on
UNSEEN = {
    "T1547-Boot_or_Logon_Autostart_Execution": "the records are a hard link and the start of LSA protection; neither "
    "starts anything at logon, and nothing in them tells the technique",
    "empire_shell_rubeus_asktgt_ptt": "labelled T1003.003 (NTDS), but what was recorded is a Kerberos ticket asked for and used; "
    "found as credential theft (T1003) and tickets (T1558)",
}
_PACKS = """<!-- Written by docs/packs.py: `make docs`. -->

# Hunting packs

{queries} queries in {packs} packs. `hb.hunt(logs)` and `hb.triage(folder)` ask all of them; `hb.packs["credentials"]["lsass_memory_read"].kql`
is the text of one, to be asked of any store that knows these tables. *Severity* is how bad it would be if it is what it seems, weighed with
how seldom it is something else. Techniques are of [MITRE ATT&CK](https://attack.mitre.org/techniques/enterprise/); where a technique was
given a new number, both stand.
"""
_LOOKUPS = """<!-- Written by docs/packs.py: `make docs`. -->

# Lookups

{queries} prepared queries that take values, in {packs} packs: `conn.queries.<pack>.<query>(host="WS01", last="2d")`. A value becomes a literal of
the store's language, whatever it holds. How packs are written: `huntbook.query.pack`.
"""
_SCORE = """<!-- Written by docs/packs.py --score. -->

# How well the hunting packs do

Measured with the packs as they were on the day this page was written ({queries} queries), on attacks that others recorded and published and on
practice evidence that huntbook makes itself. Every figure is a count of findings or folders; nothing is weighted.

**Found.** A folder's technique is what its publisher says was done there. It counts as found if a finding of whatever severity has that technique,
its parent or one of its sub-techniques; where no finding about it is of high or medium severity, it is one of low severity or for information.

**False alarms.** Findings of high and medium severity are sorted into three: *about* the technique; *linked* to such a finding by the
process, its parent or child, the remote address, or the same person on the same host; and *beside*, the rest. Beside is the upper bound of
false alarms, not their number: the recordings hold whole attacks, of which the label names one step, and the preparation of the machine, such as
a log that was cleared before recording. What was beside is listed by query, so that it can be judged.

**What this does not show.** The queries were improved while looking at the recorded attacks, so that part says what they cover, not how they will
do on an attack that nobody has seen. The seeds of the practice evidence are others than those that the queries were improved on, but all of them
vary one story. How many findings an ordinary week of your own network brings only your own logs can tell.

**Evidence.** [Security-Datasets](https://github.com/OTRF/Security-Datasets) (Windows; Linux, AWS and Entra ID under *other*),
[EVTX-to-MITRE-Attack](https://github.com/mdecrevoisier/EVTX-to-MITRE-Attack) (*EVTX*),
[Stratus Red Team](https://github.com/DataDog/stratus-red-team) (CloudTrail), and the events that
[Sigma](https://github.com/SigmaHQ/sigma)'s rules are tested with, of those that name a technique.
"""


def main() -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REFERENCE)
    parser.add_argument("--score", type=Path, metavar="EVIDENCE", help="the folder of shared real evidence")
    parser.add_argument("--cache", type=Path, help="where what was read is kept; a temporary folder if not given")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "hunting-packs.md").write_text(packs_page(), encoding="utf-8")
    schema = json.dumps(pack_schema(), indent=2, ensure_ascii=False) + "\n"
    (asked.out / "pack.schema.json").write_text(schema, encoding="utf-8")
    (asked.out / "lookups.md").write_text(lookups_page(), encoding="utf-8")
    if asked.score:
        with tempfile.TemporaryDirectory() as folder:
            page = score_page(asked.score, asked.cache or Path(folder), Path(folder))
        (asked.out / "hunting-score.md").write_text(page, encoding="utf-8")


def packs_page() -> str:
    """Every hunting query of every pack."""
    return _page(_PACKS, all_packs.hunting(), _query)


def lookups_page() -> str:
    """Every lookup of every pack."""
    return _page(_LOOKUPS, [query for query in all_packs.queries() if not query.hunts], _lookup)


def _page(opening: str, queries: Sequence[Query], written: Callable[[Query], str]) -> str:
    by_pack: dict[str, list[Query]] = {}
    for query in queries:
        by_pack.setdefault(query.pack, []).append(query)
    parts = [opening.format(queries=len(queries), packs=len(by_pack))]
    parts += [
        f"- [{name}](#{name}): {all_packs[name].about.rstrip('.')} ({len(these)})" for name, these in by_pack.items()
    ]
    parts.append("")
    for name, these in by_pack.items():
        parts += [f"## {name}", "", all_packs[name].about, "", *map(written, these)]
    return "\n".join(parts).rstrip() + "\n"


def _lookup(query: Query) -> str:
    rows = [
        (f"`{name}`", str(one.type), "must be given" if one.required else f"`{one.default!r}`", one.about)
        for name, one in query.parameters.items()
    ]
    asks = [f"{dialect}: {', '.join(f'`{table}`' for table in tables)}" for dialect, tables in query.needs.items()]
    heading = f"### {query.name}\n\n{query.about} Written in {', '.join(query.texts)}"
    parameters = _markdown(("parameter", "type", "otherwise", "about"), rows) + "\n" if rows else ""
    return f"{heading}{'; asks ' + '; '.join(asks) if asks else ''}.\n\n{parameters}"


def _query(query: Query) -> str:
    techniques = ", ".join(map(_technique, query.techniques)) or "whatever it saw"
    asks = ", ".join(f"`{name}`" for name in query.tables())
    return (
        f"### {query.about}\n\n`{query.full_name}` · **{query.severity}** · {techniques} · asks {asks}\n\n"
        f"{query.why.strip()} *Otherwise:* {'; '.join(query.false_positives)}.\n"
    )


def _technique(technique: str) -> str:
    return f"[{technique}](https://attack.mitre.org/techniques/{technique.replace('.', '/')})"


def score_page(evidence: Path, cache: Path, scratch: Path) -> str:
    """Hunt on everything whose technique is known, and on practice evidence, and write down what came of it."""
    real = list(_hunted(folders(evidence), cache))
    rules = list(_hunted(sigma(evidence), cache))
    practised = [(seed, _practise(seed, scratch, cache)) for seed in SEEDS]
    parts = [_SCORE.format(queries=len(all_packs.hunting())).rstrip(), "## In short", _short([*real, *rules])]
    parts += ["## Campaigns", _campaigns(evidence, cache), "## Practice evidence", _practice(practised)]
    for kind in dict.fromkeys(one.folder.kind for one in real):
        parts += [f"## {kind}", _table([one for one in real if one.folder.kind == kind])]
    parts += ["## Sigma regression", _missed(rules), _table(rules), "## What was beside", _beside([*real, *rules])]
    return "\n\n".join(parts).rstrip() + "\n"


def _hunted(every: Iterable[Folder], cache: Path) -> Iterator[Scored]:
    for folder in every:
        yield hunt_on(folder, cache)
        sys.stderr.write(f"{folder.kind}: {folder.name}\n")  # it takes minutes


def _practise(seed: int, scratch: Path, cache: Path) -> PracticeScore:
    folder = scratch / f"practice-{seed}"
    hb.practice(folder, seed=seed)
    findings = hb.hunt(hb.connect("local", folder / "evidence", cache=cache))
    sys.stderr.write(f"practice evidence: seed {seed}\n")
    return score(folder / "answers.json", findings)


def _campaigns(evidence: Path, cache: Path) -> str:
    """Where the truths of the recorded campaigns stand among the findings."""
    tables = {number: campaign(evidence, number, cache) for number in ("1", "3")}
    rows = [
        (f"LSASS campaign 0{number}", what, str(position or "not found"))
        for number, positions in tables.items()
        for what, position in positions.items()
    ]
    opening = "Recorded intrusions with a published account of what the operator did. The position is that of the first finding that says so, of all."
    return f"{opening}\n\n{_markdown(('campaign', 'truth', 'position'), rows)}"


def _short(scored: Sequence[Scored]) -> str:
    rows = []
    for kind in dict.fromkeys(one.folder.kind for one in scored):
        these = [one for one in scored if one.folder.kind == kind]
        found = sum(bool(one.found) for one in these)
        beside = {level: sum(one.count(level, one.beside) for one in these) for level in Severity}
        every = {level: sum(one.count(level) for one in these) for level in Severity}
        cells = [f"{beside[level]} of {every[level]}" for level in (Severity.HIGH, Severity.MEDIUM)]
        rows.append((kind, f"{found} of {len(these)}", *cells))
    return _markdown(("evidence", "technique found", "high findings beside", "medium findings beside"), rows)


def _table(scored: Sequence[Scored]) -> str:
    rows = [
        (
            one.folder.name,
            ", ".join(sorted(one.folder.techniques)),
            "yes" if one.found else "**no**",
            *(str(one.count(level, part)) for part in (one.about, one.linked, one.beside) for level in _WEIGHTY),
        )
        for one in scored
    ]
    heads = (
        "folder",
        "technique",
        "found",
        "about: high",
        "about: medium",
        "linked: high",
        "linked: medium",
        "beside: high",
        "beside: medium",
    )
    notes = [f"- {one.folder.name}: {UNSEEN[one.folder.name]}." for one in scored if one.folder.name in UNSEEN]
    return "\n\n".join([_markdown(heads, rows), *(["\n".join(notes)] if notes else [])])


_WEIGHTY = (Severity.HIGH, Severity.MEDIUM)


def _missed(scored: Sequence[Scored]) -> str:
    missed = [f"`{one.folder.name}` ({', '.join(sorted(one.folder.techniques))})" for one in scored if not one.found]
    return (
        f"Each folder holds the event that one public rule must match; {len(scored) - len(missed)} of {len(scored)} give a finding with the rule's "
        f"technique. The others, some of which give a finding under another technique: {', '.join(missed)}."
    )


def _beside(scored: Sequence[Scored]) -> str:
    """Which queries gave findings beside, of which severity and in how many folders."""
    seen: dict[tuple[Severity, str], list[str]] = {}
    for one in scored:
        for finding in one.beside:
            if finding.severity in _WEIGHTY:
                seen.setdefault((finding.severity, finding.query), []).append(one.folder.name)
    ordered = sorted(seen.items(), key=lambda item: (item[0][0].rank, -len(item[1]), item[0][1]))
    rows = [
        (severity, f"`{query}`", str(len(names)), ", ".join(dict.fromkeys(names)))
        for (severity, query), names in ordered
    ]
    return _markdown(("severity", "query", "findings", "in"), rows)


def _practice(practised: Sequence[tuple[int, PracticeScore]]) -> str:
    rows = [
        (
            str(seed),
            f"{len(one.found)} of {len(one.found) + len(one.missed)}",
            str(len(one.named)),
            str(len(one.high_beside)),
            str(len(one.beside) - len(one.high_beside)),
            str(len(one.fooled)),
        )
        for seed, one in practised
    ]
    opening = (
        "`hb.practice(folder, seed=…)` plants an intrusion of several days, on Windows, Linux and in the cloud, and ordinary work that resembles "
        "one. A planted fact counts as found if a finding of medium severity or more, within half an hour and at that host or account, has its "
        "technique or names its process, account or remote end. The column after that counts those with the technique."
    )
    heads = (
        "seed",
        "planted facts found",
        "by their technique",
        "high findings about nothing planted",
        "medium findings about nothing planted",
        "decoys reported as high",
    )
    missed = [
        f"- seed {seed}: {fact.technique} on {fact.host}: {fact.note}" for seed, one in practised for fact in one.missed
    ]
    false = sorted({f"`{finding.query}`" for _, one in practised for finding in one.beside})
    closing = [
        *(["Missed:\n\n" + "\n".join(missed)] if missed else []),
        f"Findings about nothing planted came from {', '.join(false)}.",
    ]
    return "\n\n".join([opening, _markdown(heads, rows), *closing])


def _markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


if __name__ == "__main__":
    main()
