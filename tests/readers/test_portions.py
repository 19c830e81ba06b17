"""How a file is cut into batches: soon something for everybody to do, and all done at the same time."""

from collections.abc import Iterator
from itertools import accumulate, islice, takewhile

from hypothesis import given
from hypothesis import strategies as st

from huntbook.readers._base import SHARES, portions


@given(total=st.integers(1, 10**6), first=st.integers(1, 5_000), more=st.integers(0, 50_000), early=st.booleans())
def test_a_known_total_comes_out_even(total: int, first: int, more: int, early: bool) -> None:
    most = 2 * first + more
    before = takewhile(lambda end: end < total, accumulate(_portions(total, first, most, early), initial=0))
    needed = list(islice(_portions(total, first, most, early), len(list(before))))
    assert sum(needed) >= total
    assert all(0 < size <= most for size in needed)
    assert not early or needed[0] <= first or len(needed) <= SHARES
    last = needed[-(len(needed) % SHARES or SHARES) :]
    assert set(last) == {last[0]}
    assert sum(needed) - total < len(needed)  # nobody gets much less than the others


def _portions(total: int, first: int, most: int, early: bool) -> Iterator[int]:
    return portions(total, first=first, most=most, early=early)


def test_all_have_something_to_do_early() -> None:
    begun = list(islice(portions(10**9, first=1_000, most=10**6, early=True), SHARES + 1))
    assert begun[:SHARES] == [1_000] * SHARES
    assert begun[SHARES] > 1_000


def test_an_unknown_total_doubles_up_to_the_most() -> None:
    assert list(islice(portions(0, first=3, most=10), 5)) == [3, 6, 10, 10, 10]


def test_more_than_was_said_is_read_in_portions_too() -> None:
    said = 4 * SHARES
    assert sum(islice(portions(said, first=4, most=8), 3 * SHARES)) >= 3 * said
