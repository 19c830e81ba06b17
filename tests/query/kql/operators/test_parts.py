"""Operators on parts of a table: `partition`, `mv-apply`, and queries for each value."""

from __future__ import annotations

import pytest
from tests.query.kql.operators._answers import answer, rows, some

from huntbook.errors import KqlError

T = 'let T = datatable(a:long, b:string)[1, "x", 2, "y", 1, "z", long(null), "w"];\n'


class TestPartsThatAreEmptied:
    """Each part is asked alone: an aggregate over none of its rows is an answer, too."""

    def test_count(self) -> None:
        assert some("datatable(a:long)[1, 2] | partition by a (where a > 1 | count)") == {(0,), (1,)}

    def test_summarize(self) -> None:
        query = "datatable(a:long)[1, 2] | partition by a (where a > 1 | summarize n = count(), m = max(a), k = tostring(make_list(a)))"
        assert some(query) == {(0, None, "[]"), (1, 2, "[2]")}

    def test_by_a_key_there_is_none(self) -> None:
        assert rows("datatable(a:long)[1, 2] | partition by a (where a > 1 | summarize count() by a)") == [(2, 1)]

    def test_elements(self) -> None:
        query = "datatable(k:string, a:dynamic)['p', dynamic([1, 2]), 'q', dynamic([7])] | mv-apply a to typeof(long) on (where a > 5 | count) | project k, Count"
        assert some(query) == {("p", 0), ("q", 1)}

    def test_the_part_of_null(self) -> None:
        query = T + "T | partition by a (where isnull(a) | summarize n = count(), b = take_any(b))"
        assert sorted(rows(query), key=str) == [(0, ""), (0, ""), (1, "w")]


class TestAQueryForEachValue:
    def test_the_name_means_the_value(self) -> None:
        query = T + "range x from 1 to 3 step 1 | partition by x { T | where a == x | extend k = x * 10 | top 1 by b }"
        assert answer(query)[0] == ["a", "b", "k"]
        assert some(query) == {(1, "z", 10), (2, "y", 20)}

    def test_once_for_each_value(self) -> None:
        query = T + "T | project x = a | partition by x { T | where a == x | count }"
        assert sorted(rows(query)) == [(0,), (1,), (2,)]

    def test_the_name_of_a_column_of_the_rows_comes_first(self) -> None:
        assert some(T + "print a = 5 | partition by a { T | where a == 2 }") == {(2, "y")}

    def test_a_scalar_of_it(self) -> None:
        assert some(T + "print x = 2 | partition by x { T | where a == toscalar(x) | project b }") == {("y",)}

    def test_no_operators(self) -> None:
        assert len(rows(T + "range x from 1 to 3 step 1 | partition by x { T }")) == 12

    def test_in_another_table_it_is_refused(self) -> None:
        with pytest.raises(KqlError, match="value of the parts"):
            rows(T + "range x from 1 to 3 step 1 | partition by x { T | join (T | where a == x) on a }")


def test_partition_by_an_expression_says_what_to_do() -> None:
    with pytest.raises(KqlError, match="extend"):
        rows("datatable(a:dynamic)[dynamic({})] | partition by a.b (count)")
