"""`mv-apply`: what stands beside the rows that come out."""

from __future__ import annotations

from tests.query.kql.operators._answers import answer, rows


def test_what_is_expanded_is_gone_unless_it_comes_out() -> None:
    table = "print a = 1, b = dynamic([5, 6]) | "
    assert answer(table + "mv-apply b on (summarize n = count())") == (["a", "n"], [(1, 2)])
    assert answer(table + "mv-apply c = b on (summarize n = count())") == (["a", "b", "n"], [(1, [5, 6], 2)])
    assert answer(table + "mv-apply b to typeof(long) on (top 1 by b)") == (["a", "b"], [(1, 6)])


def test_an_array_may_be_that_of_another_table() -> None:
    names = "let names = datatable(n:string)['a', 'b'] | summarize make_list(n);\n"
    text = "datatable(t:string)['xa', 'yb', 'z'] | "
    found = rows(names + text + "mv-apply n = toscalar(names) to typeof(string) on (where t contains n) | project t, n")
    assert set(found) == {("xa", "a"), ("yb", "b")}
    assert len(rows(names + text + "mv-expand n = toscalar(names)")) == 6
