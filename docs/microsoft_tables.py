"""Write the schemas of Microsoft's tables, packed, for the KQL compiler: src/huntbook/query/kql/microsoft_tables.txt.gz.

    python docs/microsoft_tables.py SENTINEL.tsv DEFENDER.tsv

Each file has a header line, then table, column and KQL type between tabs. Where a table is in both its columns are put together; where they
give a column different types, Sentinel's is right.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import _root  # noqa: F401 - huntbook is imported from this checkout

from huntbook.query.kql.known_tables import PACKED, pack
from huntbook.query.kql.types import NAMES, Type


def main() -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sentinel", type=Path, metavar="SENTINEL.tsv")
    parser.add_argument("defender", type=Path, metavar="DEFENDER.tsv")
    parser.add_argument("--out", type=Path, default=PACKED)
    asked = parser.parse_args()
    defender: Mapping[str, Mapping[str, Type]] = read([asked.defender])
    asked.out.write_bytes(pack(read([asked.sentinel, asked.defender]), defender))


def read(paths: Iterable[Path]) -> dict[str, dict[str, Type]]:
    """Put the tables of several files together."""
    tables: dict[str, dict[str, Type]] = {}
    for path in paths:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                tables.setdefault(row["table"], {}).setdefault(row["column"], NAMES[row["type"]])
    return tables


if __name__ == "__main__":
    main()
