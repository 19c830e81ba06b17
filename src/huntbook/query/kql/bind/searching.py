"""`search`, `find`, and `where * has`: conditions on any column, over several tables."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from huntbook.query.kql import plan, tree
from huntbook.query.kql.bind import operators_of_values as operations
from huntbook.query.kql.bind import sources
from huntbook.query.kql.bind.convert import converted
from huntbook.query.kql.bind.expressions import predicate_of, value_of
from huntbook.query.kql.plan import APART, Column, Const, Filter, Op, Ref, Select, United
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation

MOST_CELLS = 100_000  # columns of all tables, in each of them
_KINDS = ("default", "case_insensitive", "case_sensitive")
_SENSITIVE = {
    **{name: f"{name}_cs" for name in ("has", "contains", "startswith", "endswith", "hasprefix", "hassuffix")},
    "=~": "==",
}
_TRUE = Const(Type.BOOL, value=True)
Branches = list[tuple[str, plan.Relation]]


# Conditions


def has_star(node: tree.Expression) -> bool:
    """Whether a condition speaks of any column: `* has "x"`."""
    match node:
        case tree.Binary(left=tree.Star()):
            return True
        case tree.Binary(operator="and" | "or"):
            return has_star(node.left) or has_star(node.right)
        case tree.Call(name=tree.Name(name="not"), arguments=(inner,)):
            return has_star(inner)  # type: ignore[arg-type]
    return False


def condition(node: Any, scope: Scope, *, sensitive: bool = False, wild: bool = True) -> Expr:  # noqa: PLR0911 - a form each
    """Bind a condition in which a text alone means any column that has it, and a star before an operator any column."""
    match node:
        case tree.Star():
            return _TRUE
        case tree.Literal(type=Type.STRING):
            operator, term = _term(str(node.value or ""), sensitive) if wild else ("has", str(node.value or ""))
            return _any_column(operator, Const(Type.STRING, term), node, scope)
        case tree.Literal() if node.type is not Type.BOOL:
            raise scope.error("What is looked for in any column is a text.", node, hint="Put it in quotes.")
        case tree.Binary(operator="and" | "or"):
            sides = (condition(each, scope, sensitive=sensitive, wild=wild) for each in (node.left, node.right))
            return Op(node.operator, tuple(sides), Type.BOOL)
        case tree.Call(name=tree.Name(name="not"), arguments=(inner,)):
            return Op("not", (condition(inner, scope, sensitive=sensitive, wild=wild),), Type.BOOL)
        case tree.Binary(left=tree.Star()):
            return _starred(node, scope, sensitive=sensitive)
        case tree.Binary(operator=":", right=tree.Literal(type=Type.STRING, value=looked_for)):
            operator, term = _term(str(looked_for or ""), sensitive) if wild else ("has", str(looked_for or ""))
            return _one(operator, value_of(node.left, scope), Const(Type.STRING, term), node, scope)
        case tree.Binary() if sensitive and (plain := node.operator.removeprefix("!")) in _SENSITIVE:
            negated = "!" if node.operator.startswith("!") else ""
            return predicate_of(replace(node, operator=negated + _SENSITIVE[plain]), scope)
    return predicate_of(node, scope)


def _term(term: str, sensitive: bool) -> tuple[str, str]:
    """The operator that a term with stars means, and what it looks for."""
    cs = "_cs" if sensitive else ""
    inner = term.strip("*")
    if "*" in inner or (term and not inner):
        begin, end = "" if term.startswith("*") else r"\b", "" if term.endswith("*") else r"\b"
        parts = ".*".join(map(re.escape, inner.split("*")))
        return "matches regex", f"{'' if sensitive else '(?i)'}{begin}{parts}{end}"
    before, after = term.startswith("*"), term.endswith("*")
    if before and after:
        return f"contains{cs}", inner
    return f"hassuffix{cs}" if before else f"hasprefix{cs}" if after else f"has{cs}", inner


def _starred(node: tree.Binary, scope: Scope, *, sensitive: bool) -> Expr:
    negated, plain = node.operator.startswith("!"), node.operator.removeprefix("!")
    if plain in ("==", "<>", "=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", ":") or negated:
        raise scope.error(
            f"A star cannot stand before {node.operator} here.", node, hint='* has "…" looks into any column.'
        )
    operator = _SENSITIVE.get(plain, plain) if sensitive else plain
    return _any_column(operator, value_of(node.right, scope), node, scope)


_IN_A_PART = frozenset(
    f"{name}{case}" for name in ("has", "hasprefix", "hassuffix", "contains") for case in ("", "_cs")
)
# What the texts of these types are made of, in lower case: what has something else cannot be in them.
_MADE_OF = {
    Type.DATETIME: "0123456789-:.tz",
    Type.TIMESPAN: "0123456789-:.",
    Type.INT: "0123456789-",
    Type.LONG: "0123456789-",
    Type.DECIMAL: "0123456789-.",
    Type.GUID: "0123456789abcdef-",
    Type.BOOL: "truefalse",
}


def _any_column(operator: str, term: Expr, node: tree.Node, scope: Scope) -> Expr:
    columns = [each for each in scope.columns if each not in scope.per]
    looked_for = term.value if isinstance(term, Const) else None
    if isinstance(looked_for, str) and looked_for and operator in _IN_A_PART and APART not in looked_for:
        columns = [
            each for each in columns if set(looked_for.lower()) <= set(_MADE_OF.get(each.type, looked_for.lower()))
        ]
        texts = tuple(converted(Ref(each), Type.STRING) for each in columns)
        return (
            _one(operator, Op("texts", texts, Type.STRING), term, node, scope)
            if texts
            else Const(Type.BOOL, value=False)
        )
    found: Expr = Const(Type.BOOL, value=False)
    for number, column in enumerate(columns):
        one = _one(operator, Ref(column), term, node, scope)
        found = one if not number else Op("or", (found, one), Type.BOOL)
    return found


def _one(operator: str, of: Expr, term: Expr, node: tree.Node, scope: Scope) -> Expr:
    written = tree.Binary(node.span, operator, tree.Star(node.span), tree.Star(node.span))
    return operations.binary(written, converted(of, Type.STRING), converted(term, Type.STRING), scope)


def _names(node: Any) -> Iterator[tree.Name]:
    """The names in a condition that may be columns."""
    if isinstance(node, tree.Name):
        yield node
    elif isinstance(node, tuple):
        for each in node:
            yield from _names(each)
    elif is_dataclass(node) and not isinstance(node, (tree.Pipe, type)):
        for each in fields(node):
            if not (isinstance(node, (tree.Call, tree.Member)) and each.name == "name"):
                yield from _names(getattr(node, each.name))


def _speaks_of_any(node: Any) -> bool:
    match node:
        case tree.Star() | tree.Literal() | tree.Binary(left=tree.Star()):
            return True
        case tree.Binary(operator="and" | "or"):
            return _speaks_of_any(node.left) or _speaks_of_any(node.right)
        case tree.Call(name=tree.Name(name="not"), arguments=(inner,)):
            return _speaks_of_any(inner)
    return False


def _filtered(branches: Branches, node: Any, scope: Scope, *, sensitive: bool = False, wild: bool = True) -> Branches:
    """Each relation's rows for which a condition is true; a column that only others have is empty there."""
    if isinstance(node, tree.Star):
        return branches
    known = {column.name: column.type for _, relation in branches for column in relation.columns}
    found: Branches = []
    for label, relation in branches:
        here = scope.over(relation.columns)
        for name in {each.name for each in _names(node)} & known.keys():
            if here.column(name) is None:
                here = here.knowing(name, Const(known[name], "" if known[name] is Type.STRING else None))
        found.append((label, Filter(relation, condition(node, here, sensitive=sensitive, wild=wild))))
    return found


# Operators


def _everywhere(node: tree.Node, scope: Scope) -> Branches:
    """All tables of the connection."""
    branches: Branches = [(name, sources.scan(name, scope)) for name in scope.own_tables()]
    if not branches:
        raise scope.error("There is no table to look into.", node)
    return branches


def _bounded(branches: Branches, node: tree.Node, scope: Scope) -> None:
    columns = {column.name for _, relation in branches for column in relation.columns}
    if len(columns) * len(branches) > MOST_CELLS:
        raise scope.error(
            f"{len(branches):,} tables with {len(columns):,} columns are too many to look into at once.",
            node,
            hint="Name those that are wanted: in (T1, T2*).",
        )


def search(node: tree.Search, of: Relation | None, scope: Scope) -> Relation:
    """The rows, of any table or of those before, for which a condition is true, with the table that they are of."""
    if node.kind not in _KINDS:
        raise scope.error(f"There is no kind of search {node.kind!r}.", node, hint=f"There are: {', '.join(_KINDS)}.")
    if of is not None:
        if node.tables:
            raise scope.error("search after a pipe takes no tables.", node)
        branches: Branches = [(_label(of), of)]
    elif node.tables:
        branches = [each for table in node.tables for each in _tables(table, node, scope)]
    else:
        branches = _everywhere(node, scope)
    if not isinstance(node.predicate, tree.Star):
        _bounded(branches, node, scope)
    filtered = _filtered(branches, node.predicate, scope, sensitive=node.kind == "case_sensitive")
    if of is None:
        return sources.together(filtered, label="$table")
    [(label, rows)] = filtered
    table = Column("$table", Type.STRING)
    return Select(rows, (table, *of.columns), (Const(Type.STRING, label), *map(Ref, of.columns)))


def _tables(table: tree.Name | tree.Pattern, node: tree.Search, scope: Scope) -> Branches:
    union = tree.Union(node.span, (table,))  # type: ignore[arg-type]
    return list(sources.branches_of(table, union, scope))


def _label(of: Relation) -> str:
    while isinstance(of, (plan.Filter, plan.Limit, plan.Sorted)):
        of = of.of
    return of.table if isinstance(of, plan.Scan) else "search_arg0"


def find(node: tree.Find, scope: Scope) -> Relation:
    """The rows of any table for which a condition is true: with their table, the columns that are wanted, and the others packed."""
    branches = (
        [each for table in node.tables for each in sources.branches_of(table, node, scope)]
        if node.tables
        else _everywhere(node, scope)
    )
    names = [each.name for each in _names(node.predicate)]
    known = {column.name for _, relation in branches for column in relation.columns}
    used = [name for name in dict.fromkeys(names) if name in known]
    if used and not _speaks_of_any(node.predicate):
        branches = [each for each in branches if any(column.name in used for column in each[1].columns)]
    _bounded(branches, node, scope)
    filtered = _filtered(branches, node.predicate, scope, wild=False)
    source = Column(node.source.name if node.source else "source_", Type.STRING)
    if node.project is not None:
        return _projected(node, filtered, source, scope)
    return _smart(filtered, used, source)


def _smart(branches: Branches, used: Sequence[str], source: Column) -> Relation:
    """`project-smart`: the columns that the condition names and those that all tables have; the others are packed."""
    shared = set.intersection(
        *({(column.name, column.type) for column in relation.columns} for _, relation in branches)
    )
    every = sources.in_all(branches)
    first = [pair for name in used for pair in every if pair[1] == name]
    shown = first + [pair for pair in every if pair not in first and (pair[1], pair[0].type) in shared]
    there = {(name, column.type) for column, name in shown}
    rest = [[each for each in relation.columns if (each.name, each.type) not in there] for _, relation in branches]
    places = {(name, column.type): column for column, name in shown}
    columns: tuple[Column, ...] = (source, *(column for column, _ in shown))
    values = [{source: Const(Type.STRING, label), **sources.given(relation, places)} for label, relation in branches]
    if any(rest):
        packed = Column("pack_", Type.DYNAMIC)
        columns = (*columns, packed)
        values = [{**each, packed: _packed(others)} for each, others in zip(values, rest, strict=True)]
    return United(columns, tuple((relation, each) for (_, relation), each in zip(branches, values, strict=True)))


def _packed(columns: Sequence[Column]) -> Expr:
    return Op(
        "pack", tuple(part for each in columns for part in (Const(Type.STRING, each.name), Ref(each))), Type.DYNAMIC
    )


def _projected(node: tree.Find, branches: Branches, source: Column, scope: Scope) -> Relation:
    columns: list[Column] = [source]
    values: list[list[Expr]] = [[Const(Type.STRING, label)] for label, _ in branches]
    for each in node.project or ():
        name = each.name if isinstance(each, tree.Hole) else each
        if not isinstance(name, tree.Name):
            raise scope.error("find projects names of columns.", name)
        there = [next((column for column in of.columns if column.name == name.name), None) for _, of in branches]
        kinds = list(dict.fromkeys(column.type for column in there if column is not None))
        if not kinds:
            raise scope.unknown("column", name, [column.name for _, of in branches for column in of.columns])
        kind = each.type if isinstance(each, tree.Hole) and each.type is not None else kinds[0]
        if len(kinds) > 1 and kind is kinds[0] and not isinstance(each, tree.Hole):
            types = " and ".join(found.value for found in kinds)
            raise scope.error(
                f"{name.name!r} is {types}: say which is wanted.", name, hint=f"{name.name}:{kinds[0].value}"
            )
        null = Const(kind, "" if kind is Type.STRING else None)
        found = [null if column is None else converted(Ref(column), kind) for column in there]
        fine = any(value.fine for value in found)
        columns.append(Column(name.name, kind, sparse=kind is Type.STRING, fine=fine))
        for row, value in zip(values, found, strict=True):
            row.append(Op("fine", (value,), kind, fine=True) if fine and not value.fine else value)
    if node.pack:  # the others
        named = {column.name for column in columns[1:]}
        columns.append(Column("pack_", Type.DYNAMIC))
        for row, (_, of) in zip(values, branches, strict=True):
            row.append(_packed([column for column in of.columns if column.name not in named]))
    return United(tuple(columns), tuple((of, tuple(row)) for (_, of), row in zip(branches, values, strict=True)))
