"""The filtering parameters of the ASIM views: each keeps the rows that it should and no others, by every name of the view."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import duckdb
import pytest

from huntbook.evidence import schema
from huntbook.query.kql import Catalogue, Type, compile_kql, prepare
from huntbook.query.kql.duckdb import type_of
from huntbook.sources.local import stored_functions

VIEWS = schema.load().views
TABLES = {name: {column: type_of(stored) for column, stored in view.types.items()} for name, view in VIEWS.items()}
FUNCTIONS = stored_functions()
WHOLE = "needle 10.1.2.3"  # every text of the row
VALUES: dict[Type, object] = {
    Type.STRING: WHOLE, Type.INT: 7, Type.LONG: 7, Type.REAL: 7.0, Type.DATETIME: datetime(2026, 1, 2), Type.BOOL: True, Type.DYNAMIC: "{}"  # noqa: DTZ001
}  # fmt: skip
_EQUAL = (f"'{WHOLE.upper()}'", "'needle'")
_AS_A_WHOLE = {
    "eventresult": _EQUAL,
    "eventtype": _EQUAL,
    "responsecodename": _EQUAL,
    "srcipaddr": (f"'{WHOLE}'", "'10.1.2.3'"),
}


def _given(name: str) -> tuple[str, str]:
    """A value with which the row stays, and one with which it does not."""
    if name in _AS_A_WHOLE:
        return _AS_A_WHOLE[name]
    known = {
        "starttime": ("datetime(2026-01-02)", "datetime(2026-01-03)"),
        "endtime": ("datetime(2026-01-02)", "datetime(2026-01-01)"),
        "disabled": ("false", "true"),
        "dstportnumber": ("7", "8"),
        "response_has_ipv4": ("'10.1.2.3'", "'10.1.2.4'"),
    }
    if name in known:
        return known[name]
    if name.endswith("_prefix"):
        return "dynamic(['10.9.', '10.1.'])", "dynamic(['10.9.', '10.1.3.'])"
    if name.endswith("_in") or name == "dvcaction":
        return f"dynamic(['x', '{WHOLE.upper()}'])", "dynamic(['needle'])"
    if name.endswith("_all"):
        return "dynamic(['needle', '10'])", "dynamic(['needle', 'other'])"
    return (
        ("dynamic(['other', 'needle'])", "dynamic(['other', 'needl'])")
        if name.endswith("_any")
        else ("'needle'", "'needl'")
    )


def _cases() -> Iterator[tuple[str, str, str, int]]:
    for view in VIEWS:
        function = FUNCTIONS.get(view)
        assert function is not None, f"{view} has no function in schemas/_asim.kql"
        for parameter in function.parameters:
            if parameter.name.name != "pack":
                for value, count in zip(_given(parameter.name.name), (1, 0), strict=True):
                    yield view, parameter.name.name, value, count


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        for name, view in VIEWS.items():
            columns = ", ".join(f'"{column}" {stored}' for column, stored in view.types.items())
            opened.execute(f'CREATE TABLE "{name}" ({columns})')
            values = [VALUES[kind] for kind in TABLES[name].values()]
            opened.execute(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(values))})', values)
        yield opened


@pytest.mark.parametrize(("view", "name", "value", "count"), list(_cases()))
def test_a_parameter_keeps_what_it_should(
    database: duckdb.DuckDBPyConnection, view: str, name: str, value: str, count: int
) -> None:
    compiled = compile_kql(f"{view}({name}={value}) | count", Catalogue(TABLES, functions=FUNCTIONS))
    prepare(database, compiled)
    assert database.execute(compiled.sql).fetchall() == [(count,)]


@pytest.mark.parametrize(("view", "first"), [(view, ["starttime", "endtime"]) for view in VIEWS], ids=list(VIEWS))
def test_times_come_first_and_other_names_are_the_same(view: str, first: list[str]) -> None:
    function = FUNCTIONS.get(view)
    assert function is not None
    assert [parameter.name.name for parameter in function.parameters][:2] == first
    for other in VIEWS[view].also_named:
        assert FUNCTIONS.get(other) is function
