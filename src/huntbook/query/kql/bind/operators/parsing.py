"""`parse`: columns out of a text, by what stands around them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind.convert import converted
from huntbook.query.kql.bind.expressions import value_of
from huntbook.query.kql.bind.operators.columns import say, with_columns
from huntbook.query.kql.plan import Const, Filter, Op
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation

_SHAPES = {
    Type.LONG: r"\s*[-+]?\d+\s*",
    Type.INT: r"\s*[-+]?\d+\s*",
    Type.REAL: r"\s*[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?\s*",
}
_GREEDY_LAST = "(.*)"


def parse(node: tree.Parse, of: Relation, scope: Scope) -> Relation:
    """Take columns out of a text; a row that does not fit has them empty, with `parse-where` it is left out."""
    text = converted(value_of(node.of, scope), Type.STRING)
    pattern = Const(Type.STRING, expression(node))
    holes = [part for part in node.pattern if isinstance(part, tree.Hole)]
    added: list[tuple[str, Expr]] = []
    said: set[str] = set()
    for number, hole in enumerate(holes):
        say(hole.name.name, said, hole.name, scope)
        kind = hole.type or Type.STRING
        value: Expr = Op("captured", (text, pattern, Const(Type.LONG, number + 1)), Type.STRING)
        added.append((hole.name.name, converted(value, kind)))
    fits = Op("fits", (text, pattern), Type.BOOL)
    rows = Filter(of, fits) if node.keyword == "parse-where" else of
    return with_columns(rows, added, scope)


def expression(node: tree.Parse) -> str:
    """The regular expression of a pattern (RE2), over the whole text."""
    parts: list[str] = []
    for number, part in enumerate(node.pattern):
        last = number == len(node.pattern) - 1
        if isinstance(part, tree.Star):
            parts.append(".*" if last else ".*?")
        elif isinstance(part, tree.Hole):
            parts.append(_hole(part, last=last, relaxed=node.kind == "relaxed"))
        elif node.kind == "regex":
            parts.append(f"(?:{part.value})")
        else:
            parts.append(re.escape(str(part.value)))
    flags = "".join(sorted({*node.flags.lower(), "s"} & set("ims")))
    return f"(?{flags})^{''.join(parts)}$"


def _hole(hole: tree.Hole, *, last: bool, relaxed: bool) -> str:
    if hole.type in NUMBERS and not relaxed:
        return f"({_SHAPES.get(hole.type, _SHAPES[Type.REAL])})"
    return _GREEDY_LAST if last else "(.*?)"
