"""`scan`: the documentation's examples, and a loop that does as it says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.query.kql.operators._asking import ask, table

from huntbook.errors import KqlError

MINUTE = 600_000_000
EVENTS = """let Events = datatable (Ts: timespan, Event: string) [
    0m, "A", 1m, "Start", 2m, "B", 3m, "D", 4m, "Stop", 6m, "C", 8m, "Start", 11m, "E", 12m, "Stop"];
Events | sort by Ts asc"""


def test_documented_sums() -> None:
    asked = ask(
        "range x from 1 to 5 step 1 | extend y = 2 * x | scan declare (a:long=0, b:long=0) with (step s1: true => "
        "a = iff(s1.a >= 10, x, x + s1.a), b = iff(s1.b >= 10, y, y + s1.b);)"
    )
    assert asked == [(1, 2, 1, 2), (2, 4, 3, 6), (3, 6, 6, 12), (4, 8, 10, 8), (5, 10, 5, 18)]


def test_documented_filling() -> None:
    asked = ask(
        'datatable (Ts:long, Event:string) [0, "A", 1, "", 2, "B", 3, "", 4, ""] | sort by Ts asc '
        '| scan declare (filled:string="") with (step s1: true => filled = iff(isempty(Event), s1.filled, Event);)'
    )
    assert [row[2] for row in asked] == ["A", "A", "B", "B", "B"]


def test_documented_sessions() -> None:
    asked = ask(
        """datatable (Ts: timespan, Event: string) [
        0m, "A", 1m, "A", 2m, "B", 3m, "D", 32m, "B", 36m, "C", 38m, "D", 41m, "E", 75m, "A"] | sort by Ts asc
        | scan with_match_id=session_id declare (sessionStart: timespan) with (
            step inSession: true => sessionStart = iff(isnull(inSession.sessionStart), Ts, inSession.sessionStart);
            step endSession output=none: Ts - inSession.sessionStart > 30m;
        )"""
    )
    assert [(row[2], row[3]) for row in asked] == [(0, 0)] * 4 + [(32 * MINUTE, 1)] * 4 + [(75 * MINUTE, 2)]


def test_documented_sequences() -> None:
    asked = ask(
        f"""{EVENTS} | scan with_match_id=m_id with (
            step s1: Event == "Start";
            step s2: Event != "Start" and Event != "Stop" and Ts - s1.Ts <= 5m;
            step s3: Event == "Stop" and Ts - s1.Ts <= 5m;
        )"""
    )
    assert [(ts // MINUTE, event, match) for ts, event, match in asked] == [  # type: ignore[operator]
        (1, "Start", 0),
        (2, "B", 0),
        (3, "D", 0),
        (4, "Stop", 0),
        (8, "Start", 1),
        (11, "E", 1),
        (12, "Stop", 1),
    ]


def test_documented_lengths_of_sessions_of_each_user() -> None:
    asked = ask(
        """datatable(t:long, user:int, what:string) [
            15, 1, "login", 30, 2, "login", 70, 3, "login", 300, 1, "logout", 200, 2, "logout", 400, 3, "logout"]
        | partition by user (
            sort by t asc
            | scan declare (start:long, end:long, took:long) with (
                step s1 output=none: what == "login" => start = t;
                step s2 output=all: what == "logout" => start = s1.start, end = t, took = t - s1.start;
            )
        ) | project user, start, end, took | sort by user asc"""
    )
    assert asked == [(1, 15, 300, 285), (2, 30, 200, 170), (3, 70, 400, 330)]


def test_nothing_gives_nothing() -> None:
    assert not ask(f"{EVENTS} | where Ts > 1d | scan declare (a:long) with (step s1: true => a = 1;)")
    assert not ask(f"{EVENTS} | scan with (step s1 output=none: true;)")
    assert not ask(f"{EVENTS} | scan with (step s1: Event == 'none'; step s2: true;)")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (f"{EVENTS} | scan with (step s1 output=first: true;)", "all, last or none"),
        (f"{EVENTS} | scan with (step s1: true; step s2 optional: true;)", "Optional"),
        (f"{EVENTS} | summarize by Ts | scan with (step s1: true;)", "in an order"),
        (f"{EVENTS} | scan with (step s1: s2.Ts > 1m; step s2: true;)", "comes after it"),
        (f"{EVENTS} | scan with (step s1: true; step s1: true;)", "two steps"),
        (f"{EVENTS} | scan with (step s1: true => b = 1;)", "declared column"),
        (f"{EVENTS} | scan declare (Ts:long) with (step s1: true;)", "already"),
        (f"{EVENTS} | scan declare (a:long) with (step s1: true => a = 'x';)", "is a long"),
        (f"{EVENTS} | scan with (step s1: prev(Ts) > 1m;)", "looks at the rows around"),
    ],
)
def test_what_cannot_be_done_is_said(query: str, said: str) -> None:
    with pytest.raises(KqlError, match=said):
        ask(query)


State = list[tuple[int, int]]  # of each step up to one: the row's value and what it assigned


@settings(max_examples=80, deadline=None)
@given(rows=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 6)), max_size=25), last=st.sets(st.integers(0, 2)))
def test_it_is_the_loop_that_the_documentation_describes(rows: list[tuple[str, int]], last: set[int]) -> None:
    output = [" output=last" if step in last else "" for step in range(3)]
    asked = ask(
        f"{table({'g': 'string', 'x': 'long'}, rows)} | serialize | partition by g (scan with_match_id=m declare (c:long=7) with ("
        f"step s1{output[0]}: x < 3 => c = s1.c + x; step s2{output[1]}: x > s1.x and x != 4 => c = s1.c + s2.c; "
        f"step s3{output[2]}: x == s1.x + s2.x => c = s2.c - s1.c;))"
        "| project g, x, c, m"
    )
    for group in "ab":
        assert [row[1:] for row in asked if row[0] == group] == _loop([x for g, x in rows if g == group], last)


def _loop(rows: list[int], last: set[int]) -> list[tuple[int, int, int]]:
    states: list[State] = [[], [], []]
    matches, numbers = 0, [-1, -1, -1]
    found: list[tuple[int, int, int] | None] = []
    before: dict[int, int] = {}  # of each step, where its last match is in what was found, while the same goes on
    for x in rows:
        for step in (2, 1, 0):
            ways = ([states[step - 1]] if step and states[step - 1] else []) + (
                [states[step]] if states[step] or not step else []
            )
            for state in ways:
                given = _assigned(step, x, state)
                if given is None:
                    continue
                if step and state is states[step - 1]:
                    states[step], states[step - 1] = [*state, (x, given)], []
                    numbers[step] = numbers[step - 1]
                    before.pop(step, None)
                    before.pop(step - 1, None)
                else:
                    if not step and not state:
                        numbers[0], matches = matches, matches + 1
                    states[step] = [*state[:step], (x, given)]
                if step in last and step in before:
                    found[before[step]] = None
                before[step] = len(found)
                found.append((x, given, numbers[step]))
                break
    return [each for each in found if each is not None]


def _assigned(step: int, x: int, state: State) -> int | None:
    """What a step assigns, or nothing if the row does not match; what is not there has the default."""
    sums = [*(c for _, c in state), 7, 7, 7]
    seen = [x for x, _ in state]
    if step == 0:
        return sums[0] + x if x < 3 else None
    if step == 1:
        return sums[0] + sums[1] if x > seen[0] and x != 4 else None
    return sums[1] - sums[0] if x == seen[0] + seen[1] else None
