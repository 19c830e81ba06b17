"""Expressions in DuckDB's SQL.

A value may be written in three ways: as it is (`raw`: a string may be NULL), as KQL sees it (`value`: a string is never NULL, a
comparison with null is no null), and where only its truth counts (`truth`: in a filter, NULL is as good as false).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from huntbook.query.kql.duckdb.literals import TYPES, literal, text
from huntbook.query.kql.functions.conversions import PARSES_JSON
from huntbook.query.kql.plan import Apply, Column, Const, Expr, OneOf, Only, Op, Ref
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from huntbook.query.kql.duckdb.emit import Writer

Names = Mapping[Column, str]
_MOVES = frozenset({"later", "after", "earlier"})
_TIMES = (Type.DATETIME, Type.TIMESPAN)


class Values:
    """Writes expressions over the columns of one relation."""

    def __init__(self, writer: Writer, names: Names) -> None:
        self.writer = writer
        self.names = names

    def raw(self, expr: Expr) -> str:
        """The value; a string that is empty may be NULL."""
        match expr:
            case Ref():
                return self.names[expr.column]
            case Const():
                return (
                    literal(expr.type, expr.value)
                    if not expr.fine or expr.type is not Type.DATETIME
                    else f"{expr.value}::BIGINT"
                )
            case Apply():
                return self._applied(expr)
            case OneOf():
                return self._one_of(expr)
            case Only():
                return self.writer.only(expr.relation)
        return self._op(expr)

    def column(self, expr: Expr) -> str:
        """The value as a column keeps it: a datetime that was moved beyond the years 1 to 9999 is null."""
        written = self.raw(expr)
        if not isinstance(expr, Op) or expr.name not in _MOVES or any(map(_is_now, expr.arguments)):
            return written
        return self.writer.macro("kql_ticks_within" if expr.fine else "kql_within", written)

    def value(self, expr: Expr) -> str:
        """The value as KQL sees it."""
        written = self.raw(expr)
        return f"coalesce({written}, '')" if expr.type is Type.STRING and expr.sparse else written

    def truth(self, expr: Expr) -> str:  # noqa: PLR0911 - a form each
        """The value where it only counts whether it is true."""
        match expr:
            case Op(name="and" | "or"):
                left, right = map(self.truth, expr.arguments)
                return f"({left} {expr.name.upper()} {right})"
            case Op(name="not", arguments=(Op(name="is_empty", arguments=(of,)),)) if of.type is Type.STRING:
                return f"({self.raw(of)} <> '')"
            case Op(name="not", arguments=(Op(name="is_null", arguments=(of,)),)):
                return f"({self.raw(of)} IS NOT NULL)" if of.type is not Type.DYNAMIC else self.raw(expr)
            case Op(name="==", arguments=(left, right)) if left.type is Type.STRING and (_says(left) or _says(right)):
                return f"({self.raw(left)} = {self.raw(right)})"
            case Op(name="==", arguments=(left, right)) if left.type not in (Type.STRING, Type.DYNAMIC):
                before, after = self.pair(left, right)
                return f"({before} = {after})"
            case OneOf(items=tuple() as items) if (
                expr.of.type is Type.STRING and not expr.ignore_case and all(map(_says, items))
            ):
                return self._in(self.raw(expr.of), items)
            case Apply() if expr.entry.name.startswith("op_") and _says(expr.arguments[1]):
                return self._spelled(expr, [self.raw(each) for each in expr.arguments])
        return self.value(expr)

    def timed(self, expr: Expr, *, fine: bool) -> str:
        """A datetime in ticks, or as a timestamp."""
        written = self.raw(expr)
        if expr.type is not Type.DATETIME or expr.fine == fine:
            return written
        return self.writer.macro("kql_ticks" if fine else "kql_datetime", written)

    def pair(self, left: Expr, right: Expr) -> tuple[str, str]:
        """Two values that are to be compared, in the same form."""
        fine = left.fine or right.fine
        if left.type is Type.DATETIME:
            return self.timed(left, fine=fine), self.timed(right, fine=fine)
        return self.value(left), self.value(right)

    # Functions

    def _applied(self, expr: Apply) -> str:
        if expr.entry.name == "tostring" and isinstance(inner := expr.arguments[0], Op) and inner.name == "member":
            return self.member(inner, "json_extract_string")
        same = expr.entry.signature.endswith("=0")  # what comes out is the first argument, in the form that it has
        common = expr.entry.signature.endswith("common")  # or any of them
        arguments = []
        for number, (each, takes) in enumerate(zip(expr.arguments, expr.takes, strict=True)):
            fine = expr.fine if common else "ticks" in takes
            as_it_is = not common and ((same and not number) or takes in ("any", "scalar"))
            arguments.append(self.value(each) if as_it_is else self._in_form(each, fine=fine))
        return self._spelled(expr, arguments)

    def _in_form(self, expr: Expr, *, fine: bool) -> str:
        return self.timed(expr, fine=fine) if expr.type is Type.DATETIME else self.value(expr)

    def _spelled(self, expr: Apply, arguments: Sequence[str]) -> str:
        spelling = expr.entry.duckdb
        if expr.entry.caution:
            self.writer.cautions[expr.entry.caution] = None
        if callable(spelling):
            written = spelling(arguments)
        else:
            last = len(arguments)
            template = spelling.replace("{*}", f"{{{last}}}").replace("{1*}", f"{{{last + 1}}}")
            written = template.format(*arguments, ", ".join(arguments), ", ".join(arguments[1:]))
        return self.writer.with_macros(written)

    # Membership

    def _in(self, of: str, items: Sequence[Expr]) -> str:
        return f"({of} IN ({', '.join(self.value(item) for item in items)}))"

    def _one_of(self, expr: OneOf) -> str:
        of = self.value(expr.of)
        if not isinstance(expr.items, tuple):
            found = f"{_folded(of, expr)} IN ({self.writer.column_of(expr.items, folded=expr.ignore_case)})"
            return f"coalesce({found}, false)"
        lists = [item for item in expr.items if isinstance(item, Op) and item.name == "elements"]
        plain = [item for item in expr.items if item not in lists]
        parts = [f"list_contains({self._list(item)}, {of}::VARCHAR)" for item in lists]
        if plain:
            if expr.of.type is Type.DYNAMIC:
                of = f"json_extract_string({of}, '$')"
                values = [f"CAST({self.value(item)} AS VARCHAR)" for item in plain]
            else:
                fine = any(item.fine for item in (expr.of, *plain))
                of = self.timed(expr.of, fine=fine) if expr.of.type is Type.DATETIME else of
                values = [
                    self.timed(item, fine=fine) if item.type is Type.DATETIME else self.value(item) for item in plain
                ]
            values = [_folded(value, expr) for value in values]
            parts.append(f"{_folded(of, expr)} IN ({', '.join(values)})")
        return f"coalesce({' OR '.join(parts) or 'false'}, false)"

    def _list(self, item: Op) -> str:
        return f"from_json({self.value(item.arguments[0])}, '[\"VARCHAR\"]')"

    # Members of dynamics

    def member(self, expr: Op, reads: str = "json_extract") -> str:
        """A path into a dynamic; constants are one path."""
        path: list[str] = []
        of: Expr = expr
        while isinstance(of, Op) and of.name == "member" and isinstance(of.arguments[1], Const):
            path.insert(0, _step(of.arguments[1]))
            of = of.arguments[0]
        if path:
            found = text("$" + "".join(path))
            if isinstance(of, Apply) and of.entry.name in PARSES_JSON and of.arguments[0].type is Type.STRING:
                # What is inside of a text needs no JSON of the whole; only what begins like an object or array has something inside.
                return f"TRY({reads}({self.writer.macro('kql_nested', self.raw(of.arguments[0]))}, {found}))"
            return f"{reads}({self.value(of)}, {found})"
        base, key = expr.arguments
        if key.type is Type.STRING:
            return f"{reads}({self.value(base)}, {self.writer.macro('kql_step', self.value(key))})"
        return f"{reads}({self.value(base)}, {self.writer.macro('kql_place', f'CAST({self.value(key)} AS BIGINT)')})"

    # Everything else

    def _op(self, expr: Op) -> str:
        from huntbook.query.kql.duckdb.operations import OPERATIONS  # noqa: PLC0415 - they need each other

        spelled: str | Callable[[Values, Op], str] = OPERATIONS[expr.name]
        if callable(spelled):
            return spelled(self, expr)
        return spelled.format(*map(self.value, expr.arguments), type=TYPES[expr.type])


def is_same(expr: Expr) -> bool:
    """Whether it is written as one value for all rows."""
    return isinstance(expr, Const) or _is_now(expr)


def _is_now(expr: Expr) -> bool:
    return isinstance(expr, Op) and expr.name == "now"


def _says(expr: Expr) -> bool:
    """Whether it is a text that is not empty: then NULL compares like the empty one."""
    return isinstance(expr, Const) and isinstance(expr.value, str) and expr.value != "" and expr.type is Type.STRING


def _folded(value: str, expr: OneOf) -> str:
    return f"lower({value})" if expr.ignore_case else value


def _step(key: Const) -> str:
    if isinstance(key.value, int) and not isinstance(key.value, bool):
        return f"[{key.value}]" if key.value >= 0 else f"[#{key.value}]"
    name = str(key.value).replace("\\", "\\\\").replace('"', '\\"')
    return f'."{name}"'
