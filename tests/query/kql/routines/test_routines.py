"""The contract of `routines/`: an engine can register each by its annotations, and hostile content makes none of them raise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args, get_origin, get_type_hints

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huntbook.query.kql import compile_kql
from huntbook.query.kql.duckdb import prepare
from huntbook.query.kql.duckdb.prepare import _stored
from huntbook.query.kql.functions import _registry

ROUTINES = sorted(_registry.routines().items())


@pytest.mark.parametrize(("name", "routine"), ROUTINES, ids=[name for name, _ in ROUTINES])
def test_annotations_are_types_of_an_engine(name: str, routine: object) -> None:
    assert name.startswith("kql_")
    assert name not in _registry.macros()
    for hint in get_type_hints(routine).values():
        assert _stored(hint)


@pytest.mark.parametrize(("name", "routine"), ROUTINES, ids=[name for name, _ in ROUTINES])
def test_nothing_is_raised_and_what_is_given_is_as_annotated(name: str, routine: object) -> None:
    hints = get_type_hints(routine)
    gives = hints.pop("return")

    @given(st.tuples(*map(_values, hints.values())))
    def holds(arguments: tuple[object, ...]) -> None:
        given_back = routine(*arguments)  # type: ignore[operator]
        assert given_back is None or _is(given_back, gives)

    holds()


def test_a_routine_may_have_several_parameters() -> None:
    with duckdb.connect() as database:
        prepare(database, compile_kql("print x = 1, w = 2 | summarize percentilew(x, w, 50)", {}))
        assert database.execute("SELECT kql_ranks([1.0, 2.0], [0.5, 1.0])").fetchall() == [([2, 2],)]


def _values(hint: object) -> st.SearchStrategy[object]:
    plain: dict[object, st.SearchStrategy[object]] = {
        str: st.text(alphabet=st.characters(exclude_categories=["Cs"])),
        int: st.integers(-(2**63), 2**63 - 1),
        float: st.floats(),
        bool: st.booleans(),
    }
    if get_origin(hint) is list:
        return st.lists(_values(get_args(hint)[0]), max_size=200)
    parts = [part for part in get_args(hint) if part is not type(None)]
    return st.one_of(st.none(), _values(parts[0])) if parts else plain[hint]


def _is(value: object, hint: object) -> bool:
    if get_origin(hint) is list:
        [inner] = get_args(hint)
        return isinstance(value, list) and all(each is None or _is(each, inner) for each in value)
    parts = [part for part in get_args(hint) if part is not type(None)] or [hint]
    if get_origin(parts[0]) is list:
        return _is(value, parts[0])
    if isinstance(value, str):
        return str in parts and all(not "\ud800" <= character <= "\udfff" for character in value)
    return type(value) in parts and not (isinstance(value, int) and not -(2**63) <= value < 2**63)


def test_a_routine_may_take_several_arguments_and_nulls() -> None:
    def both(a: str, b: int | None) -> str:
        return f"{a}{b}"

    @dataclass
    class Called:
        macros: dict[str, str]
        routines: dict[str, Callable[..., object]]

    with duckdb.connect() as database:
        prepare(database, Called({}, {"kql_both": both}))
        found = database.execute("SELECT kql_both('a', 1), kql_both('a', NULL), kql_both(NULL, 1)").fetchall()
    assert found == [("a1", "aNone", None)]


def test_a_routine_is_registered_once_and_cursors_see_it() -> None:

    made: set[str] = set()
    compiled = compile_kql("print a = punycode_to_string('acadmie-franaise-npb1a'), b = punycode_to_string('é')", {})
    with duckdb.connect() as database:
        for _ in range(2):
            prepare(database, compiled, made)
        with database.cursor() as cursor:
            assert cursor.execute(compiled.sql).fetchall() == [("académie-française", None)]
        prepare(database, compiled)  # by one who does not know what was made


def test_a_cell_with_a_sign_is_none() -> None:
    compiled = compile_kql("print a = geo_h3cell_rings('-1', 0), b = geo_h3cell_neighbors('')", {})
    with duckdb.connect() as database:
        prepare(database, compiled)
        assert database.execute(compiled.sql).fetchall() == [(None, None)]
