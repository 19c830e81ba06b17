"""A tree as short text, so that a test can say what it expects of it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from huntbook.query.kql import tree
from huntbook.query.kql.parse import parse


def short(part: Any) -> str:  # noqa: PLR0911 - one for each kind of node
    """`Name` and constants as themselves, anything else as its class and what it holds that is not empty."""
    match part:
        case tree.Name():
            return part.name
        case tree.Pattern(of=None):
            return f"~{part.pattern}"
        case tree.Star():
            return "*"
        case tree.Literal():
            return f"{part.type}:{part.value}"
        case tree.Binary():
            return f"({short(part.left)} {part.operator} {short(part.right)})"
        case tuple():
            return f"[{', '.join(map(short, part))}]"
    if not is_dataclass(part):
        return str(part)
    held = (getattr(part, field.name) for field in fields(part) if field.name != "span")
    return f"{type(part).__name__}({', '.join(short(value) for value in held if value not in (None, (), '', False))})"


def scalar(text: str) -> str:
    """An expression of a query, in short."""
    body = parse(f"print {text}").body
    assert isinstance(body, tree.Pipe)
    assert isinstance(body.source, tree.Print)
    return short(body.source.columns[0])


def operator(text: str) -> str:
    """The first operator of a pipe, in short."""
    body = parse(f"T | {text}").body
    assert isinstance(body, tree.Pipe)
    return short(body.operators[0])
