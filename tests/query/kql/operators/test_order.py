"""What goes by the order of rows: a list of what was sorted is sorted, however many threads work on it."""

from __future__ import annotations

import pytest
from tests.query.kql.score.engines import ENGINES, run

ROWS = "range x from 1 to 300000 step 1 | extend y = (x * 7919) % 300007, k = x % 3"


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(
    "after",
    [
        "summarize l = make_list(y) by k",
        "summarize l = make_list(y)",
        "where y > 5 | extend z = y | summarize l = make_list(z) by k",
        "summarize l = make_list_if(y, y > 100) by k",
        "summarize l = make_list_with_nulls(y), take_any(x) by k",
    ],
)
def test_a_list_tracks_the_order_of_what_was_sorted(order: str, after: str) -> None:
    found = run(ENGINES["huntbook"], f"{ROWS} | sort by y {order} | {after} | project l")
    for (values,) in found.rows:
        assert isinstance(values, list)
        assert values == sorted(values, reverse=order == "desc")


def test_a_list_of_the_first_is_of_the_first() -> None:
    assert run(ENGINES["huntbook"], f"{ROWS} | sort by y asc | summarize make_list(y, 3)").rows == [([1, 2, 3],)]


def test_what_nobody_sorted_needs_no_numbers() -> None:
    tables = {"T": {"x": "long"}}
    assert "_place" not in ENGINES["huntbook"]("T | summarize make_list(x)", tables).text  # type: ignore[arg-type]
