"""The columns of answers, names and types in order, and whether a query is accepted: ours beside those of Microsoft's parser.

A type that Microsoft's parser cannot tell ("unknown") is no difference.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from tests.query.kql.score import documentation, hunting, oracle
from tests.query.kql.score._known_differences import BY_ID, BY_WORDS
from tests.query.kql.score._small import SMALL_TABLES, small_queries
from tests.query.kql.score.engines import ENGINES, Refused, Tables

from huntbook.query.kql.known_tables import known_tables
from huntbook.query.kql.types import Type

Columns = tuple[tuple[str, str], ...]


class Outcome(StrEnum):
    """How what we say of a query stands to what Microsoft's parser says of it."""

    SAME = "same columns"
    OTHER = "other columns"
    BOTH_REFUSE = "both refuse"
    LACKING = "only Microsoft accepts"
    LENIENT = "only we accept"


@dataclass(frozen=True)
class Compared:
    """A query, what both say of it, and why they may differ."""

    id: str
    query: str
    outcome: Outcome
    ours: Columns | str
    """The columns, or the words of the refusal."""
    theirs: Columns | str

    @property
    def known(self) -> str:
        """Why it is as it should be that they differ; empty if it is not, or if they do not."""
        if self.outcome in (Outcome.SAME, Outcome.BOTH_REFUSE):
            return ""
        by_id = (why for pattern, why in BY_ID.items() if re.fullmatch(pattern, self.id))
        by_words = (why for pattern, why in BY_WORDS.items() if re.fullmatch(pattern, self.said))
        return next(by_id, "") or next(by_words, "")

    @property
    def said(self) -> str:
        """What both say, in a line."""
        return f"we: {_short(self.ours)}; Microsoft: {_short(self.theirs)}"


def sets(evidence: Path) -> Iterator[tuple[str, Mapping[str, str], Tables]]:
    """Each set of queries: its name, the queries by their ids, and the tables that they may name."""
    yield "hunting queries", hunting.queries(evidence), known_tables()
    yield "examples of the documentation", documentation.queries(evidence), {**known_tables(), **_SAMPLES}
    small = list(small_queries())
    yield "small queries", dict(zip(small, small, strict=True)), SMALL_TABLES


# Tables of the documentation's sample database.
_STORMS = """StartTime: datetime, EndTime: datetime, EpisodeId: int, EventId: int, State: string, EventType: string, InjuriesDirect: int,
InjuriesIndirect: int, DeathsDirect: int, DeathsIndirect: int, DamageProperty: int, DamageCrops: int, Source: string, BeginLocation: string,
EndLocation: string, BeginLat: real, BeginLon: real, EndLat: real, EndLon: real, EpisodeNarrative: string, EventNarrative: string,
StormSummary: dynamic"""
_SAMPLES: Tables = {
    "StormEvents": {
        name.strip(): Type(kind.strip()) for name, _, kind in (each.partition(":") for each in _STORMS.split(","))
    },
    "PopulationData": {"State": Type.STRING, "Population": Type.LONG},
    "demo_make_series1": {
        "TimeStamp": Type.DATETIME,
        "BrowserVer": Type.STRING,
        "OsVer": Type.STRING,
        "Country": Type.STRING,
    },
}


def compare(queries: Mapping[str, str], tables: Tables) -> list[Compared]:
    """Ask both.

    Raises:
        NoOracle: Microsoft's parser is not there.
    """
    verdicts = oracle.ask(queries, tables)
    ours = map(partial(_ours, tables), queries.values())
    return [
        Compared(name, query, _outcome(said, verdicts[name]), said, _theirs(verdicts[name]))
        for (name, query), said in zip(queries.items(), ours, strict=True)
    ]


def table(compared: Mapping[str, Sequence[Compared]]) -> list[tuple[str, ...]]:
    """A line for each set: how many there are of each outcome, and how many differences no reason is given for."""
    lines: list[tuple[str, ...]] = [("queries", "number", *Outcome, "unexplained")]
    for name, several in compared.items():
        counted = Counter(one.outcome for one in several)
        numbers = (len(several), *(counted[each] for each in Outcome), len(unexplained(several)))
        lines.append((name, *map(str, numbers)))
    return lines


def differing(several: Sequence[Compared]) -> list[Compared]:
    """Those that the two do not say the same of."""
    return [one for one in several if one.outcome not in (Outcome.SAME, Outcome.BOTH_REFUSE)]


def unexplained(several: Sequence[Compared]) -> list[Compared]:
    """Those that differ and should not."""
    return [one for one in differing(several) if not one.known]


def told(one: Compared) -> str:
    """A difference in a line."""
    known = f" [{one.known}]" if one.known else ""
    return f"{one.outcome}: {one.id}: {one.said}{known}"


def _short(said: Columns | str) -> str:
    words = said if isinstance(said, str) else ", ".join(f"{name}: {kind}" for name, kind in said)
    return " ".join(words.split())[:300]


def _ours(tables: Tables, query: str) -> Columns | str:
    try:
        compiled = ENGINES["huntbook"](query, tables)
    except Refused as refused:
        return str(refused)
    assert compiled.calls is not None
    return tuple((column.name, column.type.value) for column in compiled.calls.columns)


def _theirs(verdict: oracle.Verdict) -> Columns | str:
    return verdict.columns or () if verdict.accepted else "; ".join((*verdict.syntax, *verdict.semantic))


def _outcome(ours: Columns | str, verdict: oracle.Verdict) -> Outcome:
    if isinstance(ours, str):
        return Outcome.LACKING if verdict.accepted else Outcome.BOTH_REFUSE
    if not verdict.accepted:
        return Outcome.LENIENT
    same = verdict.columns is None or (
        len(ours) == len(verdict.columns)
        and all(
            name == other and said in {kind, "unknown"}
            for (name, kind), (other, said) in zip(ours, verdict.columns, strict=True)
        )
    )
    return Outcome.SAME if same else Outcome.OTHER
