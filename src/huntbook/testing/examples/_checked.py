"""A pack's file with its examples run: what `huntbook packs --check` says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from huntbook.core.marked_yaml import read_yaml
from huntbook.errors import SchemaError
from huntbook.query.pack import pack_files, read_pack
from huntbook.query.pack_errors import place_in
from huntbook.testing.examples._bench import Bench
from huntbook.testing.examples._run import RUN, run_examples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from huntbook.query.pack import Pack


@dataclass(frozen=True)
class Checked:
    """What came of the examples of one pack."""

    tried: tuple[str, ...] = ()
    """The queries whose examples were run."""
    untried: tuple[str, ...] = ()
    """The queries that have none, or none in KQL or SPL."""
    wrong: tuple[SchemaError, ...] = ()
    """What is not as an example says, with file and line, in the order of the file; or why the pack cannot be read."""

    def told(self) -> str:
        """Return a line that sums it up."""
        counted = f"{len(self.tried)} {'query' if len(self.tried) == 1 else 'queries'} tried, {len(self.wrong)} wrong."
        return f"{counted} Without an example in KQL or SPL: {', '.join(self.untried)}." if self.untried else counted


def check_pack(path: Path, bench: Bench) -> Checked:
    """Read a pack and run its examples."""
    try:
        pack = read_pack(path)
    except SchemaError as error:
        return Checked(wrong=(error,))
    tried = tuple(
        name for name, query in pack.queries.items() if any(query.dialect_of(one) in RUN for one in query.example)
    )
    untried = tuple(name for name in pack.queries if name not in tried)
    return Checked(tried, untried, tuple(_wrong(pack, tried, path, bench)))


def check_packs(place: Path) -> Iterator[tuple[Path, Checked]]:
    """Check a pack's file, or every pack of a folder, one after another.

    Raises:
        SchemaError: there is no pack at this place.
    """
    paths = pack_files(place) if place.is_dir() else [place]
    if not paths:
        raise SchemaError("is a folder without packs.", path=place)
    with Bench() as bench:
        for path in paths:
            yield path, check_pack(path, bench)


def _wrong(pack: Pack, names: tuple[str, ...], path: Path, bench: Bench) -> list[SchemaError]:
    marked = read_yaml(path)
    found = []
    for name in names:
        for problem in run_examples(pack[name], bench):
            place = place_in(("queries", name, *problem.place), marked.value)
            said = f"{'.'.join(map(str, place[1:]))}: {problem.said}"
            found.append(SchemaError(said, path=path, line=marked.line(place, problem.line)))
    return sorted(found, key=lambda error: error.line)
