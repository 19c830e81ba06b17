"""Converting files of MSTICPy's into files of ours: `huntbook import msticpy FILE…`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from huntbook.config.msticpy import is_settings, settings
from huntbook.core.display import printable
from huntbook.core.marked_yaml import Marked, read_yaml
from huntbook.errors import EvidenceError, SchemaError
from huntbook.query.msticpy.convert import convert
from huntbook.query.msticpy.source import is_msticpy
from huntbook.query.msticpy.written import as_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from huntbook.query.msticpy.convert import Conversion


@dataclass(frozen=True)
class Imported:
    """What became of one file: what was written, where, and what is to be said of it."""

    file: Path
    written: Path | None = None
    done: str = ""
    remarks: Sequence[str] = ()
    failed: bool = False
    """Whether it could not be read, or nothing of it could be converted."""

    def lines(self) -> list[str]:
        """The report, for a terminal."""
        head = f"{self.file} → {self.written}: {self.done}" if self.written else f"{self.file}: {self.done}"
        return [printable(line) for line in (head, *(f"  {remark}" for remark in self.remarks))]


def import_files(files: Sequence[Path], out: Path, *, force: bool = False) -> Iterator[Imported]:
    """Convert packs, folders of them and `msticpyconfig.yaml` into files of ours; a file that cannot be read stops no other.

    Args:
        files: files and folders; in a folder, every YAML file that is a pack of MSTICPy's.
        out: the folder to write to.
        force: write over files that are there.

    Raises:
        EvidenceError: there is nothing at a path.
    """
    for file, found in [(file, _found(file)) for file in files]:
        if not found:
            yield Imported(file, done="there is no YAML file in this folder.", failed=True)
        for path in found:
            yield _imported(path, out, force=force)


def _imported(path: Path, out: Path, *, force: bool) -> Imported:
    try:
        return _import_one(path, read_yaml(path), out, force=force)
    except SchemaError as error:
        return Imported(path, done=error.message.removeprefix(f"{path}:").strip(), failed=True)


def _found(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(one for one in path.rglob("*") if one.suffix in (".yaml", ".yml") and one.is_file())
    if not path.exists():
        raise EvidenceError("There is nothing there.", path=path)
    return [path]


def _import_one(path: Path, marked: Marked, out: Path, *, force: bool) -> Imported:
    if is_settings(marked.value):
        return _import_settings(path, marked, out / "huntbook.toml", force=force)
    if not is_msticpy(marked.value):
        said = "is neither a pack of MSTICPy's, which has `metadata` and `sources`, nor its settings."
        return Imported(path, done=said, failed=True)
    found = convert(marked)
    remarks = [str(remark) for remark in found.remarks]
    if not found.queries:
        return Imported(path, done="nothing of it could be converted.", remarks=remarks, failed=True)
    whole = len(found.queries) + len(found.lost)
    done = f"{len(found.queries)} of {whole} queries"
    return _write(Imported(path, out / f"{path.stem}.yaml", done, remarks), _text(path, found), force=force)


def _import_settings(path: Path, marked: Marked, written: Path, *, force: bool) -> Imported:
    found = settings(marked, path.absolute().parent)
    if not found.tables:
        return Imported(path, done="nothing of it could be converted.", remarks=found.remarks, failed=True)
    head = f"# Converted from {printable(path.name)}, MSTICPy's settings.\n\n"
    return _write(Imported(path, written, "settings", found.remarks), head + found.toml(), force=force)


def _write(found: Imported, text: str, *, force: bool) -> Imported:
    """Write the file, unless there is one."""
    if found.written is None or (found.written.exists() and not force):
        said = f"{found.written} is there already and was left alone; --force writes over it."
        return Imported(found.file, done=said, remarks=found.remarks, failed=True)
    found.written.parent.mkdir(parents=True, exist_ok=True)
    found.written.write_text(text, encoding="utf-8")
    return found


def _text(path: Path, found: Conversion) -> str:
    """The pack, with what is to be said of it as comments at its head."""
    said = [f"Converted from {path.name}, a pack of MSTICPy's.", *map(str, found.remarks)]
    return "".join(f"# {printable(line)}\n" for line in said) + as_yaml(found.raw())
