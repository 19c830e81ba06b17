"""From signatures and Google-style docstrings to Markdown."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_SECTION = re.compile(r"^(Args|Attributes|Returns|Yields|Raises|Example|Examples):$")
_ENTRY = re.compile(r"^(\*{0,2}\w+): (.*)$")
_WIDE = 100


def function(name: str, thing: Callable[..., Any]) -> str:
    """Document a function: its signature, then its docstring."""
    return f"```python\n{signature(name, thing)}\n```\n\n{prose(inspect.getdoc(thing) or '')}"


def kind(name: str, thing: type, *, level: int = 2, constructor: bool = False) -> str:
    """Document a class: its docstring, then what of it is public, in the order of the file."""
    parts = [f"{'#' * level} {name}", prose(inspect.getdoc(thing) or "")]
    if constructor:
        made = f"{name}{_parameters(thing.__init__)}"
        parts += [f"```python\n{made}\n```", prose(inspect.getdoc(thing.__init__) or "")]
    parts += [_member(member, value, level + 1) for member, value in public_members(thing)]
    return join(parts)


def public_members(thing: type) -> Iterator[tuple[str, Any]]:
    """The public functions and properties that the class itself defines or takes from a class of huntbook."""
    seen: set[str] = set()
    for owner in thing.__mro__:
        if not owner.__module__.startswith("huntbook"):
            continue
        for name, value in vars(owner).items():
            documented = inspect.isfunction(value) or isinstance(value, (property, classmethod))
            if documented and not name.startswith("_") and name not in seen:
                seen.add(name)
                yield name, value


def _member(name: str, value: Any, level: int) -> str:
    if isinstance(value, property):
        returned = inspect.signature(value.fget).return_annotation if value.fget else ""
        return f"{'#' * level} `.{name}` `→ {returned}`\n\n{prose(inspect.getdoc(value) or '')}"
    bare = value.__func__ if isinstance(value, classmethod) else value
    return (
        f"{'#' * level} `.{name}`\n\n```python\n{signature(name, bare, bound=True)}\n```\n\n"
        f"{prose(inspect.getdoc(bare) or '')}"
    )


def signature(name: str, thing: Callable[..., Any], *, bound: bool = False) -> str:
    """Write a call as its definition has it, on one line if that is not too long."""
    returns = inspect.signature(thing).return_annotation
    end = "" if returns is inspect.Signature.empty else f" -> {returns}"
    start = "async " if inspect.iscoroutinefunction(thing) else ""
    return f"{start}{name}{_parameters(thing, bound=bound)}{end}"


def _parameters(thing: Callable[..., Any], *, bound: bool = True) -> str:
    parameters = list(inspect.signature(thing).parameters.values())[1 if bound else 0 :]
    listed = list(_with_marks(parameters))
    short = f"({', '.join(listed)})"
    return short if len(short) <= _WIDE else "(\n" + "".join(f"    {item},\n" for item in listed) + ")"


def _with_marks(parameters: Iterable[inspect.Parameter]) -> Iterator[str]:
    """The parameters, with `/` and `*` where they belong."""
    positional_only = keyword_only = False
    for item in parameters:
        if positional_only and item.kind is not item.POSITIONAL_ONLY:
            yield "/"
        positional_only = item.kind is item.POSITIONAL_ONLY
        if item.kind is item.KEYWORD_ONLY and not keyword_only:
            keyword_only = True
            yield "*"
        if item.kind is item.VAR_POSITIONAL:
            keyword_only = True
        yield _parameter(item)
    if positional_only:
        yield "/"


def _parameter(item: inspect.Parameter) -> str:
    stars = {item.VAR_POSITIONAL: "*", item.VAR_KEYWORD: "**"}.get(item.kind, "")
    typed = "" if item.annotation is item.empty else f": {item.annotation}"
    default = "" if item.default is item.empty else f" = {item.default!r}"
    return f"{stars}{item.name}{typed}{default}"


def prose(docstring: str) -> str:
    """Turn a docstring into Markdown: its text as it is, its sections as lists and blocks."""
    return join(_section(title, lines) for title, lines in _sections(docstring.splitlines()))


def _sections(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    title, kept = "", []
    for line in lines:
        found = _SECTION.match(line)
        if found or (title and line and not line.startswith(" ")):
            yield title, kept
            title, kept = (found[1], []) if found else ("", [line])
        else:
            kept.append(line)
    yield title, kept


def _section(title: str, lines: list[str]) -> str:
    text = textwrap.dedent("\n".join(lines)).strip("\n")
    if not title or not text:
        return text
    if title.startswith("Example"):
        return f"**{title}**\n\n```python\n{text}\n```"
    if title in ("Args", "Attributes", "Raises"):
        return f"**{'Parameters' if title == 'Args' else title}**\n\n{_entries(text)}"
    return f"**{title}**\n\n{text}"


def _entries(text: str) -> str:
    """`name: what it is`, with continuation lines, as a list."""
    items: list[str] = []
    for line in text.splitlines():
        found = _ENTRY.match(line)
        if found:
            items.append(f"- `{found[1]}`: {found[2]}")
        elif items and line.strip():
            items[-1] += f" {line.strip()}"
    return "\n".join(items)


def first_line(thing: object) -> str:
    """The sentence that a docstring begins with."""
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def join(parts: Iterable[str]) -> str:
    """Paragraphs, with an empty line between them."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip())


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a table of Markdown; what stands in a cell cannot end it."""
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
