"""Different texts are numbered over all columns together, whatever was numbered before."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from huntbook.core.distinct import numbered

CELLS = st.lists(st.none() | st.text(max_size=3), max_size=20)


@settings(deadline=None)
@given(CELLS, CELLS)
def test_a_number_stands_for_the_text_that_has_it(left: list[str | None], right: list[str | None]) -> None:
    columns = [pl.Series("a", left, dtype=pl.String), pl.Series("b", right, dtype=pl.String)]
    numbers, texts = numbered(*columns)
    assert [texts.gather(number).to_list() for number in numbers] == [left, right]
    assert texts.n_unique() == len(texts) == len({*left, *right} - {None})


def test_other_categories_do_not_shift_the_numbers() -> None:
    shared = pl.Series(["x", "y", "z"], dtype=pl.Categorical)
    (numbers,), texts = numbered(pl.Series(["z", None, "a", "z"]))
    assert numbers.to_list() == [0, None, 1, 0]
    assert texts.to_list() == ["z", "a"]
    assert shared.to_list() == ["x", "y", "z"]


def test_nothing_to_number() -> None:
    numbers, texts = numbered(pl.Series([None, None], dtype=pl.String))
    assert numbers[0].to_list() == [None, None]
    assert texts.to_list() == []
    assert texts.dtype == pl.String
