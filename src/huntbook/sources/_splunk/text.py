"""What can be told of a search from its text: how it is sent, what it reads, and which of its columns are numbers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from huntbook.errors import SplError
from huntbook.query.spl import parse_spl, tree
from huntbook.query.spl.names import GENERATING, PERCENTILES
from huntbook.query.spl.shape import comparisons
from huntbook.sources._splunk.rows import TIMES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

SOURCETYPE: Final = "sourcetype="  # before the name of a kind of events, among the tables
INDEX: Final = "index="  # before a wildcard of indexes, which is no table's name

_BEGINS: Final = re.compile(r"(?:\s|```[\s\S]*?```)*+(?:(?P<pipe>\|)|(?P<word>\w++)(?!\s*(?:[=<>]|!=)))")
_WILDCARD: Final = re.compile(r"[\w*-]+")  # what may be written into a search as it stands
_COUNTS: Final = frozenset(("count", "c", "dc", "distinct_count", "estdc"))
_SIZES: Final = frozenset(
    "avg mean median range stdev stdevp sum sumsq var varp per_day per_hour per_minute per_second rate".split()  # noqa: SIM905
)
# Commands that change no value of a column that is there, and those that give as many rows as they are given.
_KEEPING: Final = frozenset(("dedup", "fields", "head", "reverse", "search", "sort", "table", "tail", "where"))
_ROW_FOR_ROW: Final = frozenset(
    "convert eval extract fieldformat fields iplocation rename replace rex sort spath table".split()  # noqa: SIM905
)
_ADDING: Final = frozenset(("eventstats", "streamstats"))  # commands that keep the columns that are there
_PICKING: Final = frozenset(("earliest", "first", "last", "latest", "max", "min", "mode"))
_MOMENTS: Final = frozenset(("earliest_time", "latest_time"))
_CLOCKS: Final = frozenset(("now", "relative_time", "strptime", "time"))
_NUMBERED: Final = frozenset(("len", "mvcount", "tonumber"))
_TIMED: Final = {"metadata": ("firstTime", "lastTime", "recentTime")}
_COUNTED: Final = {"eventcount": ("count", "size_bytes"), "metadata": ("totalCount",)}


def native(text: str) -> str:
    """Write a search as the REST API takes it: the word `search` stands before what is no command.

    A text that begins with the name of a command that makes rows is taken for that command: `rest`, `from` and the like are looked for as words
    by putting them into quotes.

    Example:
        >>> native("index=main error"), native("| tstats count"), native("tstats count")
        ('search index=main error', '| tstats count', 'tstats count')
    """
    found = _BEGINS.match(text)
    if found is not None and (found["pipe"] or found["word"].lower() in GENERATING):
        return text
    return f"search {text}"


@lru_cache(maxsize=64)
def _commands(text: str) -> Sequence[tree.Command]:
    """The commands of a search; none where it cannot be read here, which Splunk may well do."""
    try:
        return parse_spl(text).commands
    except (SplError, RecursionError):
        return ()


def read_from(text: str) -> list[str]:
    """The indexes that a search names, or else the kinds of events, as `conn.tables` has them; or else `index=*` and other wildcards of indexes."""
    first = next(iter(_commands(text)), None)
    terms = first.terms if isinstance(first, tree.Search) else first.where if isinstance(first, tree.Stats) else None
    indexes = list(dict.fromkeys(_named(terms, "index")))
    plain = [each for each in indexes if "*" not in each]
    kinds = [f"{SOURCETYPE}{each}" for each in dict.fromkeys(_named(terms, "sourcetype")) if "*" not in each]
    return plain or kinds or [f"{INDEX}{each}" for each in indexes if _WILDCARD.fullmatch(each)]


def _named(terms: tree.Term | None, field: str) -> Iterator[str]:
    """The values that a field has to have, each in a term that all rows must match or in one of several such."""
    negated = {id(each) for part in _negated(terms) for each in comparisons(part)}
    for each in comparisons(terms):
        if (
            each.field == field
            and each.operator == "="
            and id(each) not in negated
            and isinstance(each.value, tree.Word)
        ):
            yield each.value.text
    for among in _parts(terms):
        if isinstance(among, tree.Among) and among.field == field:
            yield from (value.text for value in among.values)


def _parts(terms: tree.Term | None) -> Iterator[tree.Term]:
    left = [terms]
    while left:
        term = left.pop()
        if isinstance(term, (tree.Both, tree.Either)):
            left.extend(reversed(term.parts))
        elif term is not None:
            yield term


def _negated(terms: tree.Term | None) -> Iterator[tree.Term]:
    return (part for part in _parts(terms) if isinstance(part, tree.Negated))


def every_event(text: str) -> bool:
    """Whether a search gives one row for each event that it finds, so that there are as many rows as events."""
    found = _commands(text)
    whole = all(
        command.name in _ROW_FOR_ROW and not (isinstance(command, tree.Sort) and command.count) for command in found[1:]
    )
    return bool(found) and isinstance(found[0], tree.Search) and whole


@lru_cache(maxsize=64)
def numbers(text: str) -> frozenset[str]:
    """The columns that are numbers because SPL says so: what `count`, `sum`, `avg` and their kin give, and what `tonumber` makes of a text.

    Example:
        >>> sorted(numbers("index=main | stats count, avg(size) AS mean, values(user) BY host | rename count AS n"))
        ['mean', 'n']
    """
    found: frozenset[str] = frozenset()
    for command in _commands(text):
        found = _numbers_after(command, found)
    return found


def _numbers_after(command: tree.Command, before: frozenset[str]) -> frozenset[str]:
    match command:
        case tree.Stats(name="stats" | "tstats"):
            return _counted(command, before)
        case tree.Top():
            names = {option.name.lower(): option.value for option in command.options}
            return frozenset((names.get("countfield", "count"), names.get("percentfield", "percent")))
        case tree.Rename():
            return _renamed(command, before)
        case tree.Eval(name="eval"):
            return _evaluated(command, before, _NUMBERED)
        case tree.Eval():
            return before - {name for name, _ in command.assignments}
    return before if command.name in _KEEPING else frozenset(_COUNTED.get(command.name, ()))


def _counted(command: tree.Stats, before: frozenset[str]) -> frozenset[str]:
    made = {each.alias for each in command.aggregates if _is_number(each.function) or _picks(each, before)}
    return frozenset(made) - set(command.by) | before & set(command.by)


def _renamed(command: tree.Rename, before: frozenset[str]) -> frozenset[str]:
    after = set(before)
    for old, new in command.pairs:
        if "*" in old:
            return frozenset()
        after.discard(new)
        if old in after:
            after.remove(old)
            after.add(new)
    return frozenset(after)


@lru_cache(maxsize=64)
def times(text: str) -> frozenset[str]:
    """The columns that are times because SPL says so, though Splunk writes the seconds since 1970 into all of them but `_time`.

    Example:
        >>> sorted(times("index=main | stats min(_time) AS First, max(_time) AS Last BY host"))
        ['First', 'Last', '_indextime', '_time']
    """
    found = frozenset(TIMES)
    for command in _commands(text):
        found = frozenset(TIMES) | _times_after(command, found)
    return found


def _times_after(command: tree.Command, before: frozenset[str]) -> frozenset[str]:
    match command:
        case tree.Stats():
            made = {each.alias for each in command.aggregates if _is_time(each, before)}
            others = {each.alias for each in command.aggregates} - made
            kept = before - others if command.name in _ADDING else before & set(command.by)
            return kept | made
        case tree.Rename():
            return _renamed(command, before)
        case tree.Eval(name="eval"):
            return _evaluated(command, before, _CLOCKS)
    return before if command.name in _KEEPING else frozenset(_TIMED.get(command.name, ()))


def _is_time(aggregate: tree.Aggregate, times_before: frozenset[str]) -> bool:
    """Whether it picks one of several times, or is about times whatever it is given."""
    return aggregate.function in _MOMENTS or _picks(aggregate, times_before)


def _picks(aggregate: tree.Aggregate, known: frozenset[str]) -> bool:
    """Whether it gives one of the values of a column that is known to be of the kind."""
    return aggregate.function in _PICKING and aggregate.argument in known


def _evaluated(command: tree.Eval, before: frozenset[str], giving: frozenset[str]) -> frozenset[str]:
    """The columns of a kind after `eval`, where `giving` are the functions that give that kind whatever they are given."""
    after = set(before)
    for name, value in command.assignments:
        (after.add if _of_kind(value, after, giving) else after.discard)(name)
    return frozenset(after)


def _of_kind(value: tree.Expression, known: Collection[str], giving: frozenset[str]) -> bool:
    """Whether an expression is a column of the kind, a function that gives it, or a choice between such."""
    match value:
        case tree.Field():
            return value.name in known
        case tree.Constant():
            return giving is _NUMBERED and type(value.value) in (int, float)
        case tree.Call(name="coalesce", arguments=choices) | tree.Call(name="if", arguments=(_, *choices)):
            there = [each for each in choices if not (isinstance(each, tree.Call) and each.name == "null")]
            return bool(there) and all(_of_kind(each, known, giving) for each in there)
        case tree.Call():
            return value.name in giving
    return False


def _is_number(function: str) -> bool:
    return function in _COUNTS | _SIZES or any(
        re.fullmatch(rf"{name}\d+(?:\.\d+)?", function) is not None for name in PERCENTILES
    )
