"""Commands that make rows themselves: what there is in the indexes, and what the REST API says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from huntbook.query.spl import tree
from huntbook.testing.spl._shaping import steps
from huntbook.testing.spl._stats import stats
from huntbook.testing.spl._terms import matches
from huntbook.testing.spl._values import Event, Refused, pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from huntbook.core.timespan import TimeSpan
    from huntbook.testing.spl import Store


def generated(command: tree.Command, store: Store, span: TimeSpan | None) -> Iterator[Event]:
    """The rows of a command that begins a pipeline.

    Raises:
        Refused: it is not one of those that are run here.
    """
    made = _MADE.get(command.name)
    if made is None:
        raise Refused(f"Error in '{command.name}' command: this fake service does not run it.")
    return made(command, store, span)


def _events(store: Store, span: TimeSpan | None) -> Iterator[Event]:
    for index in store.indexes.values():
        yield from index.events(span)


def _tstats(command: Any, store: Store, span: TimeSpan | None) -> Iterator[Event]:
    if command.source:
        raise Refused("Error in 'tstats' command: data models are not run by this fake service.")
    told = {each.name.lower(): each.value for each in command.options}
    if set(told) - {"span"} or ("_time" in command.by) != ("span" in told):
        raise Refused("Error in 'tstats' command: this fake service takes no option but a span, where it is by _time.")
    found = (event for event in _events(store, span) if matches(command.where, event))
    if "span" not in told:
        return stats(command, found)
    step = steps("tstats", told["span"], time=True)
    return stats(command, ({**event, "_time": step(event["_time"])} for event in found))


def _eventcount(command: Any, store: Store, _span: TimeSpan | None) -> Iterator[Event]:
    wanted = [pattern(each) for each in _options(command, "index")]
    for name, index in store.indexes.items():
        if any(one.fullmatch(name) for one in wanted):
            yield {"count": len(index), "index": name, "server": "fake-indexer", "size_bytes": 1000 * len(index)}


def _metadata(command: Any, store: Store, span: TimeSpan | None) -> Iterator[Event]:
    kind = next(iter(_options(command, "type")), "")
    wanted = [pattern(each) for each in _options(command, "index")]
    if kind not in ("sourcetypes", "hosts", "sources"):
        raise Refused("Error in 'metadata' command: type is one of hosts, sources and sourcetypes.")
    found: dict[str, list[float]] = {}
    for event in _events(store, span):
        if any(one.fullmatch(event["index"]) for one in wanted):
            found.setdefault(event[kind[:-1]], []).append(event["_time"])
    for name, times in sorted(found.items()):
        about = {"firstTime": int(min(times)), "lastTime": int(max(times)), "recentTime": int(max(times))}
        yield {**about, kind[:-1]: name, "totalCount": len(times), "type": kind}


def _makeresults(command: Any, _store: Store, _span: TimeSpan | None) -> Iterator[Event]:
    for _ in range(int(next(iter(_options(command, "count")), "1"))):
        yield {"_time": 0.0}


def _rest(command: Any, store: Store, _span: TimeSpan | None) -> Iterator[Event]:
    path = next((each.text for each in command.arguments if isinstance(each, tree.Word)), "")
    return store.rest(path)


def _options(command: Any, name: str) -> list[str]:
    return [each.value for each in command.arguments if isinstance(each, tree.Option) and each.name.lower() == name]


_MADE: Final[dict[str, Callable[[Any, Any, Any], Iterator[Event]]]] = {
    "tstats": _tstats,
    "eventcount": _eventcount,
    "metadata": _metadata,
    "makeresults": _makeresults,
    "rest": _rest,
}
