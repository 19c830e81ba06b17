"""Arrays in the order of another: the documentation's examples, names as Microsoft's parser makes them, and what has no order."""

from __future__ import annotations

import pytest
from tests.query.kql.operators._answers import answer, rows

COMMANDS = """datatable(command:string, at:datetime, user:string)[
    'chmod', datetime(2019-07-15), 'user1', 'ls', datetime(2019-07-02), 'user1', 'dir', datetime(2019-07-22), 'user1',
    'rm', datetime(2019-07-23), 'user2', 'pwd', datetime(2019-07-25), 'user2']
    | summarize times = make_list(at), commands = make_list(command) by user
    | project user, array_sort_asc(times, commands)[1] | sort by user asc"""


def test_commands_in_the_order_of_their_times() -> None:
    assert [row[1] for row in rows(COMMANDS)] == [["ls", "chmod", "dir"], ["rm", "pwd"]]


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ("array_sort_asc(a, b)", ["a_sorted", "b_sorted"]),
        ("array_sort_asc(a, b, false)", ["a_sorted", "b_sorted"]),
        ("array_sort_desc(dynamic([1]), dynamic([2]))", ["array0_sorted", "array1_sorted"]),
        ("x = array_sort_asc(a, b)", ["x", "b_sorted"]),
        ("(x, y) = array_sort_asc(a, b)", ["x", "y"]),
        ("array_sort_asc(a)", ["a_sorted"]),
        ("x = array_sort_asc(a, b)[1]", ["x"]),
    ],
)
def test_each_array_is_a_column(columns: str, names: list[str]) -> None:
    assert answer(f"print a = dynamic([1]), b = dynamic([2]) | project {columns}")[0] == names


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ("dynamic([1,3,4,5,2]), dynamic(['a','b','c','d','e'])", ["a", "e", "b", "c", "d"]),
        ("dynamic([10, 9, 100]), dynamic(['a','b','c']), true", ["b", "a", "c"]),
        ("dynamic([null, 2, null, 1]), dynamic([1, 2, 3, 4])", [4, 2, 1, 3]),
        ("dynamic([null, 2, null, 1]), dynamic([1, 2, 3, 4]), false", [1, 3, 4, 2]),
        ("dynamic(['b', 'a', 'b']), dynamic([1, 2, 3])", [2, 1, 3]),
        ("dynamic([1, 2]), dynamic([1])", None),
        ("dynamic([1, 2]), dynamic(null)", None),
        ("dynamic([1, 2]), dynamic({})", None),
        ("dynamic(null), dynamic([1])", None),
        ("dynamic([]), dynamic([])", []),
    ],
)
def test_the_second_in_the_order_of_the_first(arrays: str, expected: object) -> None:
    assert rows(f"print x = array_sort_asc({arrays})[1]") == [(expected,)]


def test_downwards() -> None:
    query = "print (x, y, z) = array_sort_desc(dynamic([1, 3, 2]), dynamic([1, 2, 3]), dynamic(['a', 'b', 'c']))"
    assert rows(query) == [([3, 2, 1], [2, 3, 1], ["b", "c", "a"])]
