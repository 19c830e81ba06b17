"""Queries made up of the tables of functions: any call with arguments of its types, odd values, nested, in an operator."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from tests.query.kql.score._small import SMALL_TABLES

from huntbook.query.kql.bind.convert import classes
from huntbook.query.kql.functions import _registry
from huntbook.query.kql.functions._registry import Signature
from huntbook.query.kql.types import Type

ODD = {
    Type.BOOL: ("true", "false", "bool(null)"),
    Type.INT: ("int(0)", "int(-1)", "int(2147483647)", "int(null)"),
    Type.LONG: ("0", "-1", "1", "2", "64", "1000000", "9223372036854775807", "-9223372036854775808", "long(null)"),
    Type.REAL: ("0.0", "-0.5", "1e308", "-1e308", "real(nan)", "real(+inf)", "real(-inf)", "real(null)", "4.9e-324"),
    Type.DECIMAL: ("decimal(0)", "decimal(-1.5)", "decimal(99999999999999999999.9)", "decimal(null)"),
    Type.STRING: (
        "''", "'a'", "'('", "'[a-'", "'\\\\'", "'%_*'", "'🦊é'", "'\\u0000'", "'{\"a\": [1, null]}'", "'[1,'", "'10.0.0.1/33'", "'2024-02-30'",
        "'1.00:00:00'", "'x' * 3", "'http://a/b?c=%zz'", "'<a><b/></a>'", "'P1D'", "'UTC'", "'second'", "'0x1F'", "'1e999'", "'NaN'",
    ),
    Type.DATETIME: (
        "datetime(0001-01-01)", "datetime(9999-12-31 23:59:59.9999999)", "datetime(null)", "datetime(1970-01-01)", "datetime(2024-02-29)", "now()",
    ),
    Type.TIMESPAN: ("0s", "1tick", "-1tick", "1d", "10675199d", "-10675199d", "timespan(null)"),
    Type.GUID: ("guid(00000000-0000-0000-0000-000000000000)", "guid(null)"),
    Type.DYNAMIC: (
        "dynamic(null)", "dynamic([])", "dynamic({})", "dynamic([1, 'a', null, [2], {'b': 3}])", "dynamic({'a': {'b': [1]}, '': 2})", "dynamic('x')",
        "dynamic(1e300)", "dynamic([1, 2, 3, 4, 5])", "dynamic([[1, 2], [3]])", "dynamic(9223372036854775807)",
    ),
}  # fmt: skip
_COLUMNS = {kind: [name for name, of in SMALL_TABLES["T"].items() if of is kind] for kind in ODD}
_BINARY = (
    "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or", "=~", "has", "!has", "contains", "startswith", "endswith", "matches regex",
    "has_cs", "hasprefix", "in", "in~", "has_any", "has_all",
)  # fmt: skip
_DEEP = ("-", "not({0})", "tostring({0})", "iff(true, {0}, {0})", "case(false, {0}, {0})", "coalesce({0}, {0})", "parse_json(tostring({0}))", "pack_array({0})")  # fmt: skip


class Maker:
    """Makes queries over the table `T`, by chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.scalars = _signatures("SCALARS")
        self.aggregates = _signatures("AGGREGATES")

    def query(self) -> str:
        """A query of a few operators."""
        shapes: Sequence[Callable[[], str]] = (
            self._project, self._project, self._project, self._where, self._summarize, self._summarize, self._sort, self._expand, self._deep,
        )  # fmt: skip
        steps = [self.chance.choice(shapes)() for _ in range(self.chance.choice((1, 1, 1, 2)))]
        return " | ".join(["T", *steps])

    def _project(self) -> str:
        return f"extend x = {self.value(3)}, {self.value(2)}"

    def _where(self) -> str:
        return f"where {self.typed(Type.BOOL, 3)}"

    def _summarize(self) -> str:
        by = f" by {self.value(2)}" if self.chance.random() < 0.5 else ""
        return f"summarize {self.call(self.chance.choice(self.aggregates), 2)}{by}"

    def _sort(self) -> str:
        after = self.chance.choice(("", " | extend row_number(), prev(l)", " | summarize make_list(s)", " | take 3"))
        return f"sort by {self.value(2)}{self.chance.choice((' asc', ' desc', ' nulls first'))}{after}"

    def _expand(self) -> str:
        array = self.typed(Type.DYNAMIC, 2)
        inside = f"summarize {self.call(self.chance.choice(self.aggregates), 1)}"
        shapes = (f"mv-expand {array}", f"mv-expand {array} to typeof(long)", f"mv-apply x = {array} on ({inside})")
        return self.chance.choice(shapes)

    def _deep(self) -> str:
        value = self.value(1)
        for _ in range(self.chance.choice((3, 8, 60))):
            wrap = self.chance.choice(_DEEP if len(value) < 2000 else _DEEP[:3])
            value = wrap.replace("{0}", value) if "{0}" in wrap else f"{wrap}({value})"
        return f"project {value}"

    def value(self, depth: int) -> str:
        """An expression of any type."""
        return self.typed(self.chance.choice(list(ODD)), depth)

    def typed(self, kind: Type, depth: int) -> str:
        """An expression, mostly of a type."""
        roll = self.chance.random()
        if depth <= 0 or roll < 0.15:
            return self.chance.choice(ODD[kind] if self.chance.random() < 0.5 else _COLUMNS[kind] or ODD[kind])
        if roll < 0.3:
            return self._operator(depth)
        if roll < 0.35:
            return f"{self.typed(Type.DYNAMIC, depth - 1)}[{self.chance.choice(('0', '-1', 's', 'l', chr(39) + 'a' + chr(39)))}]"
        return self.call(self.chance.choice(self.scalars), depth)

    def _operator(self, depth: int) -> str:
        operator, kind = self.chance.choice(_BINARY), self.chance.choice(list(ODD))
        left, right = self.typed(kind, depth - 1), self.typed(kind, depth - 1)
        several = operator in ("in", "in~", "has_any", "has_all")
        return f"({left} {operator} ({right}))" if several else f"({left} {operator} {right})"

    def call(self, signature: Signature, depth: int) -> str:
        """A call of a function: as many arguments as it takes, of its types, or nearly so."""
        most = len(signature.parameters) + 2 * signature.many
        number = self.chance.randint(min(signature.least, most), most)
        arguments = []
        for place in range(number):
            taken = classes(signature.parameters[min(place, len(signature.parameters) - 1)].type)
            kinds = [kind for kind in taken if kind in ODD] or list(ODD)
            kind = self.chance.choice(list(ODD) if self.chance.random() < 0.03 else kinds)
            constant = place in signature.entry.constant
            arguments.append(self.chance.choice(ODD[kind]) if constant else self.typed(kind, depth - 1))
        return f"{signature.entry.name}({', '.join(arguments)})"


def _signatures(kind: str) -> list[Signature]:
    return [
        signature
        for name in sorted(_registry.names(kind))
        if not name.startswith("op_")
        for signature in _registry.signatures(name, kind)
        if not signature.entry.refused
    ]


def generated(seed: int) -> Iterator[str]:
    """Queries without end; the same ones for the same seed."""
    maker = Maker(random.Random(seed))  # noqa: S311 - seeded on purpose
    while True:
        yield maker.query()
