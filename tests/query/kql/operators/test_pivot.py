"""`evaluate pivot`."""

from __future__ import annotations

import pytest
from tests.query.kql.operators._answers import answer, rows, some

from huntbook.errors import KqlError
from huntbook.query.kql.compiler import compile_query

STORMS = """datatable(state:string, event:string, deaths:long)
["TX", "Hail", 1, "TX", "Hail", 2, "tx", "Wind", 5, "AL", "Wind", long(null)]"""


def test_values_become_columns_and_rows_are_counted() -> None:
    names, _ = answer(f"{STORMS} | project state, event | evaluate pivot(state)")
    assert names == ["event", "AL", "TX", "tx"]
    assert some(f"{STORMS} | project state, event | evaluate pivot(state)") == {("Hail", 0, 2, 0), ("Wind", 1, 0, 1)}


def test_an_aggregate_is_null_where_there_is_no_row_and_a_sum_zero() -> None:
    assert some(f"{STORMS} | evaluate pivot(state, sum(deaths))") == {("Hail", 0, 3, 0), ("Wind", 0, 0, 5)}
    assert some(f"{STORMS} | evaluate pivot(state, max(deaths))") == {("Hail", None, 2, None), ("Wind", None, None, 5)}
    found = rows(f"{STORMS} | evaluate pivot(state, make_list(deaths)) | sort by event asc")
    assert found == [("Hail", [], [1, 2], []), ("Wind", [], [], [5])]


def test_fixed_columns() -> None:
    assert answer(f"{STORMS} | evaluate pivot(event, count(), state) | sort by state asc") == (
        ["state", "Hail", "Wind"],
        [("AL", 0, 1), ("TX", 2, 0), ("tx", 0, 1)],
    )


def test_other_types_are_pivoted_by_their_text() -> None:
    query = "datatable(k:string, n:long)['a', 10, 'a', 9, 'b', 10] | evaluate pivot(n) | sort by k asc"
    assert answer(query) == (["k", "10", "9"], [("a", 1, 1), ("b", 1, 0)])


def test_a_declared_schema_needs_no_data_and_gives_what_no_row_has() -> None:
    query = f"{STORMS} | project state, event | evaluate pivot(state) : (event:string, TX:long, NV:long)"
    compile_query(query, {})
    assert some(query) == {("Hail", 2, 0), ("Wind", 0, 0)}


@pytest.mark.parametrize(
    ("schema", "why"), [("(TX:long)", "has no column 'event'"), ("(event:string, TX:real)", "is a long")]
)
def test_a_schema_that_does_not_fit_is_refused(schema: str, why: str) -> None:
    with pytest.raises(KqlError, match=why):
        rows(f"{STORMS} | project state, event | evaluate pivot(state) : {schema}")


def test_without_data_the_schema_must_be_declared() -> None:
    with pytest.raises(KqlError, match="depends on the data"):
        compile_query(f"{STORMS} | evaluate pivot(state)", {})


def test_empty_values_have_a_column_that_the_answer_speaks_of() -> None:
    query = "datatable(a:string, b:long)['', 1, 'x', 2] | evaluate pivot(a)"
    assert answer(query)[0] == ["b", "Column1", "x"]
    assert some(query) == {(1, 1, 0), (2, 0, 1)}
    written = compile_query(query, {}, lambda _: [("",), ("x",)])
    assert written.cautions == ("rows where 'a' is empty are in the column 'Column1' of the pivot",)


@pytest.mark.parametrize("name", ["'", '"', "\\\\", "x" * 500, "a\\0b", "*", "b"])
def test_hostile_values(name: str) -> None:
    written = name.replace('"', '\\"')
    names, found = answer(f'datatable(a:string, b:long)["{written}", 1] | evaluate pivot(a)')
    assert found == [(1, 1)]
    assert len(names) == 2
    assert names[1] == {"\\\\": "\\", "a\\0b": "a\0b", "b": "b1"}.get(name, name)


def test_empty_input() -> None:
    assert answer("datatable(a:string, b:long)[] | evaluate pivot(a)") == (["b"], [])


def test_too_many_values_are_refused() -> None:
    with pytest.raises(KqlError, match="more than 1,000 values"):
        rows("range x from 1 to 1001 step 1 | extend y = 1 | evaluate pivot(x)")


def test_other_aggregates_are_refused() -> None:
    with pytest.raises(KqlError, match="does not take percentile"):
        rows(f"{STORMS} | evaluate pivot(state, percentile(deaths, 50))")
