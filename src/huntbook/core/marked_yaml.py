"""YAML read with care: every value knows its line, no key stands twice, and no file is a bomb.

What a stranger wrote is read event by event: nothing recurses, an alias counts as much as what it stands for, and nothing but plain values
comes of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from huntbook.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

LARGEST = 4 * 1024 * 1024  # bytes of one file
DEEPEST = 32  # lists and mappings within each other
MOST = 200_000  # values of one file, those of aliases counted each time
LONGEST_NUMBER = (
    200  # characters; sixties (`1:30:00`) take time that is the square of them, and no longer number can be shown
)
_PLAIN = {None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_COUNTED = {f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "timestamp")}
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Marked:
    """What a YAML file holds, and where in the file each part of it stands."""

    value: Any
    lines: Mapping[Place, int] = field(default_factory=dict)
    """The line, from 1, of each key and list entry, by its place: `("queries", "logons", "needs", 0)`."""
    blocks: Mapping[Place, int] = field(default_factory=dict)
    """The line of the first line of a text that is written as a block (`|`)."""

    def line(self, place: Sequence[str | int], within: int = 0) -> int:
        """Return the line of a place, or of what is nearest above it; `within` counts lines of a block of text, from 0."""
        at = tuple(place)
        if at in self.blocks:
            return self.blocks[at] + within
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at, 1)


def read_yaml(path: Path) -> Marked:
    """Read one YAML file.

    Raises:
        SchemaError: naming file, line and what is wrong.
    """
    try:
        raw = path.read_bytes()
        if len(raw) > LARGEST:
            raise SchemaError(f"the file has {len(raw):,} bytes; {LARGEST:,} are the most.", path=path)
        return parse_yaml(raw.decode("utf-8-sig"), path)
    except OSError as error:
        raise SchemaError(f"cannot be read: {error.strerror or error}", path=path) from error
    except UnicodeDecodeError as error:
        raise SchemaError("is not UTF-8 text.", path=path, line=raw[: error.start].count(b"\n") + 1) from error


def parse_yaml(text: str, path: Path | str = "") -> Marked:
    """Read YAML from text; `path` is what errors name."""
    builder = _Builder(path)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast, and as safe
    try:
        builder.take(yaml.parse(text, Loader=loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        raise SchemaError(f"not YAML: {said}", path=path, line=mark.line + 1 if mark else 0) from error
    except RecursionError as error:
        raise SchemaError("not YAML that can be read: too deep.", path=path) from error
    return Marked(builder.root, builder.lines, builder.blocks)


@dataclass
class _Open:
    """A list or mapping that is not yet closed."""

    value: list[Any] | dict[str, Any]
    place: Place
    anchor: str | None
    begun: int  # how many values had been read when it opened
    key: str | None = None


class _Builder:
    """Values from events, without recursion."""

    def __init__(self, path: Path | str) -> None:
        self.root: Any = None
        self.lines: dict[Place, int] = {}
        self.blocks: dict[Place, int] = {}
        self._path = path
        self._line = 1
        self._count = 0
        self._documents = 0
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._scalars = yaml.SafeLoader("")

    def take(self, events: Iterable[yaml.Event]) -> None:
        for event in events:
            self._line = event.start_mark.line + 1 if event.start_mark else self._line
            match event:
                case yaml.DocumentStartEvent():
                    self._documents += 1
                    if self._documents > 1:
                        self._refuse("a second document begins here; a file holds one.")
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._begin(event)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._end()
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.AliasEvent():
                    self._alias(str(event.anchor))

    def _begin(self, event: Any) -> None:
        if event.tag not in _PLAIN:
            self._refuse(f"the tag {event.tag} is not read.")
        if len(self._open) >= DEEPEST:
            self._refuse(f"more than {DEEPEST} lists and mappings within each other.")
        value: list[Any] | dict[str, Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        begun = self._count
        place = self._put(value)
        self._open.append(_Open(value, place, event.anchor, begun))

    def _end(self) -> None:
        closed = self._open.pop()
        if closed.anchor:
            self._anchors[closed.anchor] = closed.value, self._count - closed.begun

    def _scalar(self, event: Any) -> None:
        at = self._open[-1] if self._open else None
        if at is not None and isinstance(at.value, dict) and at.key is None:
            self._key(at, event)
            return
        value = self._plain(event)
        place = self._put(value)
        if event.style == "|":
            self.blocks[place] = event.start_mark.line + 2  # the text begins below the bar
        if event.anchor:
            self._anchors[event.anchor] = value, 1

    def _key(self, at: _Open, event: Any) -> None:
        """Keys are what is written: `no:` is the text "no", whatever YAML thinks of it."""
        key: str = event.value
        if event.implicit[0] and key == "<<":
            self._refuse("`<<` is not read; write it out.")
        if key in at.value:
            self._refuse(f"{key!r} stands here for the second time; the first is in line {self.lines[*at.place, key]}.")
        at.key = key
        self.lines[*at.place, key] = self._line

    def _plain(self, event: Any) -> Any:
        tag = event.tag
        if tag in (None, "!"):
            tag = self._scalars.resolve(yaml.ScalarNode, event.value, event.implicit)  # type: ignore[no-untyped-call]
        if tag in _COUNTED and len(event.value) > LONGEST_NUMBER:
            self._refuse(
                f"{event.value[:40]!r} … looks like a number or a date, and is too long for one; write it in quotes."
            )
        try:
            return self._scalars.construct_object(yaml.ScalarNode(tag, event.value))
        except yaml.YAMLError:
            self._refuse(f"the tag {tag} is not read.")
        except (ValueError, OverflowError) as error:
            self._refuse(f"{event.value[:40]!r} looks like a number or a date and is none: {error}")

    def _alias(self, anchor: str) -> None:
        if anchor not in self._anchors:
            self._refuse(f"*{anchor} stands for nothing that ended before it.")
        value, size = self._anchors[anchor]
        self._count += size - 1
        self._put(value)

    def _put(self, value: Any) -> Place:
        """Put a value where it belongs, and say where that is."""
        self._count += 1
        if self._count > MOST:
            self._refuse(f"more than {MOST:,} values.")
        if not self._open:
            self.root = value
            return ()
        at = self._open[-1]
        if isinstance(at.value, list):
            place: Place = (*at.place, len(at.value))
            at.value.append(value)
            self.lines[place] = self._line
            return place
        if at.key is None:
            self._refuse("a key is text, not a list or mapping.")
        place = (*at.place, at.key)
        at.value[at.key] = value
        at.key = None
        return place

    def _refuse(self, said: str) -> NoReturn:
        raise SchemaError(said, path=self._path, line=self._line)
