"""Evidence in, views out: what the tests of the schemas share besides the fixture `ingested`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huntbook.evidence.catalogue import open_database
from huntbook.evidence.store import open_store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from huntbook.evidence.store import Store


class Tables:
    """What evidence became, to be asked in SQL."""

    def __init__(self, store: Store) -> None:
        self._database: duckdb.DuckDBPyConnection = open_database(store)
        self.recognised = {table.name for table in store.manifest.tables if table.recognised}
        self.unrecognised = {table.name for table in store.manifest.tables if not table.recognised}

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The answer's rows by column."""
        cursor = self._database.execute(query)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def one(self, query: str) -> dict[str, Any]:
        """The one row of the answer."""
        [row] = self.rows(query)
        return row

    def kinds(self, view: str, *columns: str) -> dict[Any, int]:
        """How many rows a view has of each kind of event."""
        by = ", ".join(columns or ("EventOriginalType",))
        counted = self.rows(f"SELECT {by}, count(*) AS n FROM {view} GROUP BY ALL")
        keys = [tuple(row.values())[:-1] for row in counted]
        return {key if columns else key[0]: row["n"] for key, row in zip(keys, counted, strict=True)}


def read(paths: Sequence[Path], cache: Path) -> Tables:
    """Read files of evidence."""
    return Tables(open_store(list(paths), cache=cache))


def read_text(name: str, text: str, folder: Path) -> Tables:
    """Read a text as a file of that name."""
    evidence = folder / "evidence"
    evidence.mkdir()
    (evidence / name).write_text(text, encoding="utf-8")
    return read([evidence], folder / "cache")


def read_records(folder: Path, *records: Mapping[str, object]) -> Tables:
    """Read records as a file of JSON lines."""
    return read_text("records.json", "".join(json.dumps(record) + "\n" for record in records), folder)
