"""The contract of `functions/`: every entry of every family can be read, and none stands where it is never asked for."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from pkgutil import iter_modules

import pytest

from huntbook.query.kql import functions
from huntbook.query.kql.bind.convert import classes
from huntbook.query.kql.bind.specials import SPECIAL
from huntbook.query.kql.duckdb.macros import MACROS
from huntbook.query.kql.functions import _registry
from huntbook.query.kql.functions._base import Entry
from huntbook.query.kql.types import Type

FAMILIES = [found.name for found in iter_modules(functions.__path__) if not found.name.startswith("_")]
ENTRIES = [
    entry
    for kind in ("SCALARS", "AGGREGATES")
    for name in sorted(_registry.names(kind))
    for entry in _registry.names(kind)[name]
]
# the binder takes `typeof(…)` off, and asks for the rest
READ_WITH_A_TYPE = {"extract", "extract_json", "extractjson", "percentile_tdigest", "percentiles_array_tdigest"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.signature)
def test_a_signature_can_be_read(entry: Entry) -> None:
    signature = _registry.read(entry)
    assert entry.refused or entry.duckdb or signature.each in _registry.names("AGGREGATES")
    for parameter in (*signature.parameters, *signature.several):
        assert classes(parameter.type)
    assert signature.gives in {"=0", "common", "ticks", "any", *(kind.value for kind in Type)}


@pytest.mark.parametrize("kind", ["SCALARS", "AGGREGATES"])
def test_overloads_give_the_same_columns(kind: str) -> None:
    for name, entries in _registry.names(kind).items():
        assert len({(read.several, read.each) for read in map(_registry.read, entries)}) == 1, name


def test_the_binder_shadows_no_entry() -> None:
    assert set(SPECIAL) & set(_registry.names()) == READ_WITH_A_TYPE


def test_a_macro_has_one_meaning() -> None:
    named = Counter(name for family in FAMILIES for name in getattr(_module(family), "MACROS", {}))
    assert [name for name, count in (named + Counter(list(MACROS))).items() if count > 1] == []
    assert all(name.startswith("kql_") for name in named)


def _module(family: str) -> object:
    return import_module(f"{functions.__name__}.{family}")
