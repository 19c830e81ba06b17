"""Operators between values: which types go together, and what comes out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from huntbook.query.kql.bind.convert import classes, converted, widest
from huntbook.query.kql.functions import _registry
from huntbook.query.kql.plan import Apply, Column, Const, Group, Kept, Only, Op, Ref, Select
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from huntbook.query.kql import tree
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.functions._registry import Signature
    from huntbook.query.kql.plan import Expr, Relation

MOST_TERMS = 1_048_576  # that has_any takes of a table
_TIMES = (Type.DATETIME, Type.TIMESPAN)
_STRINGS = {"=~": "op_equals_ci", "matches regex": "op_matches_regex"}
_LIKE = "Use has, contains, startswith or endswith; or matches regex, where .* stands for any text."
_COMPARISONS = frozenset({"==", "!=", "<>", "<", "<=", ">", ">="})


def binary(node: tree.Binary, left: Expr, right: Expr, scope: Scope) -> Expr:
    """Bind an operator between two values."""
    operator = node.operator
    if operator in _COMPARISONS:
        return compared("!=" if operator == "<>" else operator, left, right, node, scope)
    if operator in ("+", "-", "*", "/", "%"):
        return arithmetic(operator, left, right, node, scope)
    return _of_strings(operator, left, right, node, scope)


def _of_strings(operator: str, left: Expr, right: Expr, node: tree.Node, scope: Scope) -> Expr:
    negated = operator.startswith("!")
    plain = operator.removeprefix("!")
    if plain == "~":
        plain = "=~"
    if plain == ":":
        plain = "has"
    found = string_operator(_STRINGS.get(plain, f"op_{plain}"), left, right, node, scope)
    return Op("not", (found,), Type.BOOL) if negated else found


_TEXTS = (Type.STRING, Type.DYNAMIC, Type.UNKNOWN)


def string_operator(name: str, left: Expr, right: Expr, node: tree.Node, scope: Scope) -> Expr:
    """Bind an operator on two strings; a dynamic is made one."""
    signatures = _registry.signatures(name)
    if not signatures:
        hint = _LIKE if name.startswith("op_like") else ""
        raise scope.error(
            f"The operator {name.removeprefix('op_')!r} cannot be run on local evidence.", node, hint=hint
        )
    arguments = (_text(left, node, scope), _text(right, node, scope))
    return Apply(signatures[0].entry, ("string", "string"), arguments, Type.BOOL)


def _text(value: Expr, node: tree.Node, scope: Scope) -> Expr:
    if value.type not in _TEXTS:
        message = f"This operator is between strings, and one side is {_a(value)}."
        raise scope.error(message, node, hint="tostring(…) makes a string of it.")
    return converted(value, Type.STRING)


def has_several(node: tree.In, of: Expr, scope: Scope) -> Expr:
    """`has_any` and `has_all`: whether any or all of several terms are in a text."""
    joined = "or" if node.operator == "has_any" else "and"
    parts: list[Expr] = []
    for value in _terms(node, scope):
        elements = _elements(value) if value.type is Type.DYNAMIC else [value]
        if elements is None:
            [several] = _registry.signatures(f"op_{node.operator}")
            arguments = (_text(of, node, scope), value)
            parts.append(Apply(several.entry, ("string", "dynamic"), arguments, Type.BOOL))
        else:
            parts += [string_operator("op_has", of, converted(each, Type.STRING), node, scope) for each in elements]
    if not parts:
        return Const(Type.BOOL, joined == "and")
    found = parts[0]
    for part in parts[1:]:
        found = Op(joined, (found, part), Type.BOOL)
    return found


def _takes_string(signature: Signature) -> bool:
    return Type.STRING in classes(signature.parameters[0].type)


def _terms(node: tree.In, scope: Scope) -> list[Expr]:
    """What is looked for: values, or those of a table's first column."""
    from huntbook.query.kql.bind.calls import relation_if_any  # noqa: PLC0415 - they need each other
    from huntbook.query.kql.bind.expressions import value_of  # noqa: PLC0415

    if len(node.items) == 1 and (relation := relation_if_any(node.items[0], scope)) is not None:
        column = only_column(relation, Const(Type.STRING, ""), node, scope)
        gathered = next(each for each in _registry.signatures("make_set", "AGGREGATES") if _takes_string(each))
        most = Const(Type.LONG, MOST_TERMS)
        terms = Apply(gathered.entry, ("string", "long"), (Ref(column.columns[0]), most), Type.DYNAMIC)
        return [Only(Kept(Group(column, (Column("terms", Type.DYNAMIC),), (), (terms,))), Type.DYNAMIC)]
    return [value_of(item, scope) for item in node.items]


def _elements(value: Expr) -> list[Expr] | None:
    """The elements of a constant array."""
    import json  # noqa: PLC0415

    if isinstance(value, Const) and isinstance(value.value, str):
        found = json.loads(value.value)
        return [_constant(each) for each in (found if isinstance(found, list) else [found])]
    if isinstance(value, Apply) and value.entry.name == "pack_array":
        return list(value.arguments)
    return None


def _constant(found: object) -> Expr:
    import json  # noqa: PLC0415

    if isinstance(found, bool):
        return Const(Type.BOOL, found)
    if isinstance(found, int):
        return Const(Type.LONG, found)
    if isinstance(found, float):
        return Const(Type.REAL, found)
    if isinstance(found, str):
        return Const(Type.STRING, found)
    return Const(Type.DYNAMIC, None if found is None else json.dumps(found))


def alike(of: Expr, item: Expr, node: tree.Node, scope: Scope) -> list[Expr]:
    """What `in` compares with, in the type of what is looked for; a constant array stands for its elements."""
    if item.type is Type.DYNAMIC and of.type is not Type.DYNAMIC:
        elements = _elements(item)
        if elements is None:
            return [Op("elements", (item, Const(Type.STRING, of.type.value)), of.type)]
        return [
            converted(each, of.type) if each.type is Type.DYNAMIC else each
            for each in _all_alike(of, elements, node, scope)
        ]
    if item.type is of.type or of.type is Type.DYNAMIC:
        return [item]
    if of.type in NUMBERS and item.type in NUMBERS:
        return [item]
    return [converted(item, of.type)]


def _all_alike(of: Expr, elements: Sequence[Expr], node: tree.Node, scope: Scope) -> list[Expr]:
    return [
        each
        for element in elements
        for each in ([element] if element.type is Type.DYNAMIC else alike(of, element, node, scope))
    ]


def only_column(relation: Relation, of: Expr, node: tree.Node, scope: Scope) -> Relation:
    """The first column of a relation, in the type of what is looked for in it."""
    if not relation.columns:
        raise scope.error("This table has no column to look into.", node)
    first = relation.columns[0]
    value = Ref(first)
    wanted = value if first.type is of.type or Type.DYNAMIC in (first.type, of.type) else converted(value, of.type)
    return Select(relation, (Column(first.name, wanted.type, wanted.sparse),), (wanted,))


def compared(operator: str, left: Expr, right: Expr, node: tree.Node, scope: Scope) -> Expr:
    """A comparison: of numbers, of times, of what is of one type; a dynamic is taken as the other's type."""
    if operator not in ("==", "!="):
        _ordered(left, right, node, scope)
    if left.type is not right.type:
        left, right = _comparable(left, right, node, scope)
    if left.type is Type.DYNAMIC and operator not in ("==", "!="):
        left, right = converted(left, Type.REAL), converted(right, Type.REAL)
    return Op(operator, (left, right), Type.BOOL)


def _ordered(left: Expr, right: Expr, node: tree.Node, scope: Scope) -> None:
    """Refuse to ask which comes first of what has no order: numbers and times have one, texts have none in KQL."""
    for value, other in ((left, right), (right, left)):
        if value.type in (Type.STRING, Type.GUID):
            raise scope.error(f"This compares {_a(value)} with {_a(other)}.", node, hint=_order_of(other))
        if value.type is Type.DYNAMIC and other.type not in (*NUMBERS, Type.DYNAMIC, Type.UNKNOWN):
            hint = f"to{other.type.value}(…) makes one of the dynamic."
            raise scope.error(f"This compares a dynamic with {_a(other)}.", node, hint=hint)


def _a(value: Expr) -> str:
    return f"an {value.type.value}" if value.type is Type.INT else f"a {value.type.value}"


def _order_of(other: Expr) -> str:
    if other.type in NUMBERS:
        return "Texts come in another order than numbers: tolong(…) or todouble(…) makes a number of one."
    if other.type in _TIMES:
        return f"to{other.type.value}(…) makes a {other.type.value} of it."
    return "Strings have no order in KQL; strcmp(a, b) < 0 says that a comes before b."


def _comparable(left: Expr, right: Expr, node: tree.Node, scope: Scope) -> tuple[Expr, Expr]:
    if left.type in NUMBERS and right.type in NUMBERS:
        wide = widest((left.type, right.type))
        return converted(left, wide), converted(right, wide)
    for value, opposite in ((left, right), (right, left)):  # true is 1
        if value.type is Type.BOOL and opposite.type in NUMBERS:
            number = converted(converted(value, Type.LONG), opposite.type)
            return (number, opposite) if value is left else (opposite, number)
    if Type.DYNAMIC in (left.type, right.type):
        other = right.type if left.type is Type.DYNAMIC else left.type
        return converted(left, other), converted(right, other)
    if {left.type, right.type} == {Type.STRING, Type.GUID}:
        return converted(left, Type.STRING), converted(right, Type.STRING)
    for value, opposite in ((left, right), (right, left)):  # a constant is taken as what it is compared with
        if isinstance(value, Const) and opposite.type in NUMBERS and _is_no_number(value):
            message = f"This compares a {opposite.type.value} with a text that is no number."
            raise scope.error(message, node, hint="tostring(…) makes a text of a number.")
        if isinstance(value, Const) and Type.STRING in (value.type, opposite.type):
            return converted(left, opposite.type), converted(right, opposite.type)
    raise scope.error(
        f"Values of types {left.type.value} and {right.type.value} cannot be compared.",
        node,
        hint=f"Convert one of them: to{left.type.value}(…) or to{right.type.value}(…).",
    )


def _is_no_number(value: Const) -> bool:
    try:
        float(str(value.value))
    except ValueError:
        return not re.fullmatch(r"\s*[-+]?0[xX][0-9a-fA-F]+\s*", str(value.value))
    return False


def negated(value: Expr, node: tree.Node, scope: Scope) -> Expr:
    """A minus before a value."""
    if value.type is Type.DYNAMIC:
        value = converted(value, Type.REAL)
    if value.type is Type.INT:
        value = converted(value, Type.LONG)
    if value.type not in (*NUMBERS, Type.TIMESPAN):
        raise scope.error(f"A {value.type.value} has no negative.", node)
    return Op("negate", (value,), value.type, fine=value.fine)


def arithmetic(operator: str, left: Expr, right: Expr, node: tree.Node, scope: Scope) -> Expr:
    """Arithmetic on numbers, datetimes and timespans."""
    if Type.DYNAMIC in (left.type, right.type):
        left, right = _of_dynamics(operator, left, right)
    kinds = (left.type, right.type)
    fine = left.fine or right.fine
    if all(kind in NUMBERS for kind in kinds):
        wide = widest((Type.LONG, *kinds))  # of ints too
        name = {"/": "divide", "%": "modulo"}.get(operator, operator)
        return Op(name, (converted(left, wide), converted(right, wide)), wide)
    gives = _TIMELY.get((kinds[0], operator, kinds[1]))
    if gives is not None:
        return Op(gives[0], (left, right), gives[1], fine=fine)
    if operator == "*" and right.type is Type.TIMESPAN and left.type in NUMBERS:
        left, right = right, left
    if operator in ("*", "/") and left.type is Type.TIMESPAN and right.type in NUMBERS:
        whole = right.type in (Type.INT, Type.LONG) and operator == "*"
        name = "times" if operator == "*" else "shared"
        return Op(name, (left, right), Type.TIMESPAN, fine=left.fine or not whole)
    raise scope.error(
        f"{left.type.value} {operator} {right.type.value} means nothing.",
        node,
        hint="strcat(…) joins texts." if operator == "+" and Type.STRING in kinds else "",
    )


def _of_dynamics(operator: str, left: Expr, right: Expr) -> tuple[Expr, Expr]:
    """What a dynamic is taken as: a number of the other's type, a timespan beside a time, a datetime where that makes sense."""
    other = right.type if left.type is Type.DYNAMIC else left.type
    kind = other if other in (Type.LONG, Type.REAL, Type.DECIMAL, *_TIMES) else Type.LONG
    if other is Type.DYNAMIC or (other is Type.TIMESPAN and operator in "*/"):
        kind = Type.REAL
    elif other is Type.DATETIME and operator == "+":
        kind = Type.TIMESPAN
    taken = [converted(each, kind) if each.type is Type.DYNAMIC else each for each in (left, right)]
    return taken[0], taken[1]


_D, _T = Type.DATETIME, Type.TIMESPAN
_TIMELY = {
    (_D, "-", _D): ("since", _T),
    (_D, "+", _T): ("later", _D),
    (_T, "+", _D): ("after", _D),
    (_D, "-", _T): ("earlier", _D),
    (_T, "+", _T): ("+", _T),
    (_T, "-", _T): ("-", _T),
    (_T, "/", _T): ("ratio", Type.REAL),
    (_T, "%", _T): ("modulo", _T),
    (_D, "%", _T): ("within", _T),
}
