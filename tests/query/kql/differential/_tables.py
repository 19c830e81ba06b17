"""The tables that the differential queries ask: every type, nulls, empty texts, duplicates, extremes, dynamics of every shape.

`logs_` and `hosts_` are views of the same rows as KQL sees them: a string that the store holds as NULL is empty.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import duckdb
from tests.query.kql.score.engines import STORED

from huntbook.query.kql.types import Type

ROWS = 300
SHAPES = (
    "null", "{}", "[]", "1", "-2.5", "true", '"text"', '""', '{"a": 1, "b": "x"}', '{"a": 7, "b": "Y", "c": null}',
    '{"a": "5", "b": ["p", "q", "p"]}', "[1, 2, 3]", '["x", 1, null, {"y": [2, 4]}]', '{"n": {"m": [10, 20]}, "odd key": "k"}',
    "[[1], [2, 3]]", '[{"a": 1}, {"a": 2}]',
)  # fmt: skip
POOLS: Mapping[str, tuple[Type, float, Sequence[str]]] = {  # column: type, part that is null, values
    "b": (Type.BOOL, 0.15, ("true", "false")),
    "i": (Type.INT, 0.1, ("0", "1", "-1", "2", "3", "7", "2147483647", "-2147483648")),
    "n": (Type.LONG, 0.15, [str(value) for value in range(-20, 21)]),
    "l": (Type.LONG, 0.1, ("0", "5", "-5", "1000000000000", "9223372036854775807", "-9223372036854775807")),
    "r": (Type.REAL, 0.1, ("0.0", "-0.5", "1e300", "nan", "inf", "-inf", "3.25", "2.5")),
    "x": (Type.REAL, 0.1, [str(value / 4) for value in range(-40, 41)]),
    "m": (Type.DECIMAL, 0.1, ("0", "1.5", "-2.25", "12345678901234567890.125", "0.000000000000000001")),
    "s": (
        Type.STRING,
        0.1,
        (
            "", "alpha", "Alpha", "ALPHA beta", "alpha_beta", "beta", "beta-gamma.exe", "C:\\Windows\\cmd.exe", "it's \"q\"", "50126", "5",
            "-1", "ünïcode Ärger", "🦊 fox", "%_*?[", "line\nbreak", " padded ", "key=12; user=bob", "key=x; user=eve", "true", "10.0.0.7",
        ),
    ),
    "c": (Type.STRING, 0.05, ("red", "Red", "green", "blue", "")),
    "d": (
        Type.DATETIME,
        0.1,
        (
            "2024-02-29 23:59:59.999999", "2024-03-01 00:00:00", "2024-03-01 10:30:15.5", "2024-12-31 12:00:00", "2023-01-01 00:00:00",
            "2024-03-03 08:00:00", "2024-03-02 07:15:00.000001", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999",
            "1969-12-31 23:59:59",
        ),
    ),
    "p": (Type.TIMESPAN, 0.1, ("0", "1", "-1", "36000000000", "-36000000000", "864000000000", "937840050000", "15")),
    "g": (
        Type.GUID,
        0.1,
        ("00000000-0000-0000-0000-000000000000", "5f0c1e9a-1b2c-4d3e-8f90-a1b2c3d4e5f6"),
    ),
    "j": (Type.DYNAMIC, 0.1, SHAPES),
}  # fmt: skip
LOGS = {"k": Type.LONG, **{name: kind for name, (kind, _, _) in POOLS.items()}}
HOSTS = {"c": Type.STRING, "n": Type.LONG, "s": Type.STRING, "size": Type.LONG, "Host Name": Type.STRING}
TABLES: Mapping[str, Mapping[str, Type]] = {"logs": LOGS, "hosts": HOSTS, "nothing": LOGS}


def _logs() -> list[list[str | None]]:
    chance = random.Random(20240229)  # noqa: S311 - seeded on purpose
    return [
        [
            str(number),
            *(None if chance.random() < empty else chance.choice(pool) for _, empty, pool in POOLS.values()),
        ]
        for number in range(1, ROWS + 1)
    ]


def _hosts() -> list[list[str | None]]:
    chance = random.Random(7)  # noqa: S311 - seeded on purpose
    colours = ("red", "green", "green", "violet", "", None)
    return [
        [
            colours[number % len(colours)],
            None if chance.random() < 0.1 else str(chance.randint(-30, 10)),
            chance.choice(("alpha", "beta", "", "none")),
            str(number),
            f"host-{number % 5}",
        ]
        for number in range(40)
    ]


def fill(database: duckdb.DuckDBPyConnection) -> None:
    """Make the tables and the views of them."""
    for name, rows in (("logs", _logs()), ("hosts", _hosts()), ("nothing", [])):
        columns = TABLES[name]
        database.execute(
            f"CREATE TABLE {name} ({', '.join(f'{_quoted(each)} {STORED[kind]}' for each, kind in columns.items())})"
        )
        if rows:
            database.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", rows)
        texts = [_quoted(each) for each, kind in columns.items() if kind is Type.STRING]
        seen = ", ".join(f"coalesce({each}, '') AS {each}" for each in texts)
        database.execute(f"CREATE VIEW {name}_ AS SELECT * REPLACE ({seen}) FROM {name}")


def _quoted(name: str) -> str:
    return f'"{name}"'
