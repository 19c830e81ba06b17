"""XML as JSON: elements are members, attributes have `@` before their names, texts beside them are `#text`; what comes more than once is an array."""

from __future__ import annotations

from xml.parsers import expat

from huntbook.query.kql.routines._json import quoted

_LONGEST = 2**20  # bytes, as in Kusto
_DEEPEST = 100
_TEXT = "#text"


class _Refused(Exception):
    """It is nested too deeply, or declares entities."""


class _Element:
    """An element that is being read: what its members are, each as JSON."""

    __slots__ = ("members", "name", "text")

    def __init__(self, name: str) -> None:
        self.name = name
        self.members: dict[str, list[str]] = {}
        self.text: list[str] = []

    def end_text(self) -> None:
        """A text ends where something else begins; space around it does not count."""
        if found := "".join(self.text).strip():
            self.members.setdefault(_TEXT, []).append(quoted(found))
        self.text.clear()

    def written(self) -> str:
        if not self.members:
            return "null"
        if list(self.members) == [_TEXT] and len(self.members[_TEXT]) == 1:
            return self.members[_TEXT][0]
        pairs = (
            f"{quoted(name)}:{found[0] if len(found) == 1 else '[' + ','.join(found) + ']'}"
            for name, found in self.members.items()
        )
        return "{" + ",".join(pairs) + "}"


class _Reader:
    """What the parser tells, put together. Comments, instructions and marked sections are left out."""

    def __init__(self) -> None:
        self.open = [_Element("")]
        self.marked = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) > _DEEPEST:
            raise _Refused
        self.open[-1].end_text()
        element = _Element(name)
        element.members = {f"@{attribute}": [quoted(value)] for attribute, value in attributes.items()}
        self.open.append(element)

    def end(self, name: str) -> None:
        element = self.open.pop()
        element.end_text()
        self.open[-1].members.setdefault(name, []).append(element.written())

    def text(self, data: str) -> None:
        if not self.marked:
            self.open[-1].text.append(data)

    def mark(self) -> None:
        self.marked = True

    def unmark(self) -> None:
        self.marked = False

    def refuse(self, *_: object) -> None:
        raise _Refused


def to_json(text: str) -> str | None:
    """An XML document as JSON; `None` where it is none, is too large or too deep, or declares entities."""
    try:
        content = text.encode()
    except UnicodeEncodeError:
        return None
    if len(content) > _LONGEST:
        return None
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")  # whatever the document says: it is a text already
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartCdataSectionHandler, parser.EndCdataSectionHandler = reader.mark, reader.unmark
    parser.EntityDeclHandler = reader.refuse
    try:
        parser.Parse(content, True)  # noqa: FBT003 - it takes no names
    except (expat.ExpatError, _Refused):
        return None
    return reader.open[0].written()
