"""`mv-apply`: what stands beside the rows that come out."""

from __future__ import annotations

from tests.query.kql.operators._answers import answer


def test_what_is_expanded_is_gone_unless_it_comes_out() -> None:
    table = "print a = 1, b = dynamic([5, 6]) | "
    assert answer(table + "mv-apply b on (summarize n = count())") == (["a", "n"], [(1, 2)])
    assert answer(table + "mv-apply c = b on (summarize n = count())") == (["a", "b", "n"], [(1, [5, 6], 2)])
    assert answer(table + "mv-apply b to typeof(long) on (top 1 by b)") == (["a", "b"], [(1, 6)])
