"""What both ways of evaluating an entry of the functions' tables share: a database with the macros and routines, and the SQL of a call."""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb

from huntbook.query.kql.duckdb.prepare import _register
from huntbook.query.kql.functions._base import Entry
from huntbook.query.kql.functions._registry import macros, routines


def connect(time_zone: str = "UTC") -> duckdb.DuckDBPyConnection:
    """A database that can load nothing, with all routines, and all macros, each after those that it uses."""
    connection = duckdb.connect()
    connection.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
    connection.execute(f"SET TimeZone = '{time_zone}'")
    for name, routine in routines().items():
        _register(connection, name, routine)
    every, made = macros(), set[str]()

    def make(name: str) -> None:
        if name not in made:
            made.add(name)
            for used in dict.fromkeys(re.findall(r"\bkql_\w+", every[name])):
                if used in every:
                    make(used)
            connection.execute(f"CREATE OR REPLACE MACRO {name}{every[name]}")

    for name in every:
        make(name)
    return connection


def spelled(entry: Entry, arguments: Sequence[str]) -> str:
    """The SQL of a call with these arguments, each of them SQL."""
    if callable(entry.duckdb):
        return entry.duckdb(arguments)

    def filled(found: re.Match[str]) -> str:
        text = found[0]
        if text in ("{{", "}}"):
            return text[0]
        if "*" in text:
            return ", ".join(arguments[int(text[1:-2] or 0) :])
        return arguments[int(text[1:-1])]

    return re.sub(r"\{\{|\}\}|\{\d*\*\}|\{\d+\}", filled, entry.duckdb)
