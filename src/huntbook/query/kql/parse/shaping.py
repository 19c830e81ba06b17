"""Operators that make rows of other rows: expanding, series, sessions, branches, plug-ins, and what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.parse.combining import Combining
from huntbook.query.kql.parse.cursor import OPERATORS
from huntbook.query.kql.parse.sources import taken, taken_name
from huntbook.query.kql.tokens import GIVEN_NAMES, WORDS

if TYPE_CHECKING:
    from huntbook.query.kql.types import Type


class Shaping(Combining):
    """`mv-expand`, `make-series`, `partition`, `scan`, `fork`, `evaluate`, `render` and the like."""

    __slots__ = ()

    def mv_expand(self) -> tree.MvExpand:
        """`mv-expand`."""
        start = self.start
        self.advance()
        options = self.options()
        kind, options = taken(options, "kind", "bagexpansion")
        index, options = taken_name(options, "with_itemindex")
        items = self.several(self._expanded)
        limit = self.scalar() if self.accept("limit") else None
        return tree.MvExpand(self.span(start), items, kind or "bag", index, limit)

    def mv_apply(self) -> tree.MvApply:
        """`mv-apply`."""
        start = self.start
        self.advance()
        index, _ = taken_name(self.options(), "with_itemindex")
        items = self.several(self._expanded)
        limit = self.scalar() if self.accept("limit") else None
        if self.accept("id"):
            self.scalar()
        self.expect("on", "what is applied to")
        body = self.bracketed_operators("on")
        return tree.MvApply(self.span(start), items, body, index, limit)

    def _expanded(self) -> tree.Expanded:
        value = self.named()
        if not self.accept("to"):
            return tree.Expanded(value, None)
        type_ = self.type_of()
        if isinstance(type_, tree.Schema):
            self.fail_at(type_.span, "One type is expected here")
        return tree.Expanded(value, type_.type)

    def make_series(self) -> tree.MakeSeries:
        """`make-series`."""
        begun = self.start
        self.advance()
        options = self.options()
        aggregates = self.several(self._aggregate)
        self.expect("on", "what is computed")
        axis = self.named()
        start, stop, step = self._steps()
        by = self.several(self.named) if self.accept("by") else ()
        return tree.MakeSeries(self.span(begun), aggregates, axis, start, stop, step, by, options)

    def _aggregate(self) -> tuple[tree.Argument, tree.Expression | None]:
        value = self.named()
        if self.kind != "default" or self.ahead() != "=":
            return value, None
        self.advance()
        self.advance()
        return value, self.unnamed()

    def _steps(self) -> tuple[tree.Expression | None, tree.Expression | None, tree.Expression]:
        if self.accept("in"):
            self.expect("range", "in")
            opened = self.open("(", "range")
            start, stop, step = self.scalar(), self._after_comma(), self._after_comma()
            self.close(")", opened)
            return start, stop, step
        first = self.scalar() if self.accept("from") else None
        last = self.scalar() if self.accept("to") else None
        self.expect("step", "the axis")
        return first, last, self.scalar()

    def _after_comma(self) -> tree.Expression:
        self.expect(",")
        return self.scalar()

    def partition(self) -> tree.Partition:
        """`partition by`."""
        start = self.start
        self.advance()
        options = self.options()
        self.expect("by", "partition")
        by = self._simple_path()
        if self.kind == "in":
            self.fail("The values that a partition is limited to are not supported")
        if self.kind == "{":
            opened = self.open("{")
            body: tuple[tree.Operator, ...] | tree.Pipe = self.as_pipe(self.pipe())
            self.close("}", opened)
        else:
            opened = self.open("(", "the key")
            body = self.operators() if self.kind in OPERATORS else self.as_pipe(self.pipe())
            self.close(")", opened)
        return tree.Partition(self.span(start), by, body, options)

    def _simple_path(self) -> tree.Expression:
        start = self.start
        path: tree.Expression = self.name(what="a column")
        while self.accept("."):
            name = self.name()
            path = tree.Member(self.span(start), path, name)
        return path

    def scan(self) -> tree.Scan:
        """`scan`."""
        start = self.start
        self.advance()
        match_id, _ = taken_name(self.options(), "with_match_id")
        order: tuple[tree.Key, ...] = ()
        partition: tuple[tree.Expression, ...] = ()
        declared: tuple[tuple[tree.Name, Type, tree.Expression | None], ...] = ()
        if self.accept("order"):
            self.expect("by", "order")
            order = self.several(self.key)
        if self.accept("partition"):
            self.expect("by", "partition")
            partition = self.several(self.scalar)
        if self.accept("declare"):
            opened = self.open("(", "declare")
            declared = self.any_number(self._declared, ")")
            self.close(")", opened)
        self.expect("with", "scan")
        opened = self.open("(", "with")
        steps = []
        while self.kind == "step":
            steps.append(self._step())
        self.close(")", opened)
        return tree.Scan(self.span(start), tuple(steps), declared, match_id, order, partition)

    def _declared(self) -> tuple[tree.Name, Type, tree.Expression | None]:
        name = self.given_name()
        self.expect(":", "the name of a column")
        type_ = self.type()
        return name, type_, self.default_value()

    def default_value(self) -> tree.Expression | None:
        """`= constant`, if it is here."""
        if not self.accept("="):
            return None
        return self.name() if self.kind in GIVEN_NAMES else self.signed_constant()

    def _step(self) -> tree.Step:
        self.advance()
        name = self.given_name()
        optional = self.accept("optional")
        output = "all"
        if self.accept("output"):
            self.expect("=", "output")
            output = self.word_name().name
        self.expect(":", "the name of the step")
        condition = self.scalar()
        assignments: tuple[tree.Named, ...] = ()
        if self.accept("=>"):
            assignments = self.several(self._assignment)
        self.expect(";", "the step")
        return tree.Step(name, condition, assignments, optional, output)

    def _assignment(self) -> tree.Named:
        start = self.start
        name = self.given_name()
        self.expect("=", "the name of a column")
        value = self.scalar()
        return tree.Named(self.span(start), (name,), value)

    def fork(self) -> tree.Fork:
        """`fork`."""
        start = self.start
        self.advance()
        branches = [self._branch()]
        while self.kind == "(" or self.ahead() == "=":
            branches.append(self._branch())
        return tree.Fork(self.span(start), tuple(branches))

    def _branch(self) -> tuple[tree.Name | None, tuple[tree.Operator, ...]]:
        name = None
        if self.kind != "(":
            name = self.name(what="'(' and a branch")
            self.expect("=", "the name of the branch")
        return name, self.bracketed_operators("fork")

    def facet(self) -> tree.Facet:
        """`facet by`."""
        start = self.start
        self.advance()
        self.expect("by", "facet")
        by = self.several(self._simple_path)
        body: tuple[tree.Operator, ...] = ()
        if self.accept("with"):
            body = self.bracketed_operators("with") if self.kind == "(" else (self.operator(),)
        return tree.Facet(self.span(start), by, body)

    def evaluate(self) -> tree.Evaluate:
        """`evaluate`, which is here."""
        start = self.start
        self.advance()
        options = self.options()
        call = self.function_call()
        schema = self.schema() if self.accept(":") else None
        return tree.Evaluate(self.span(start), call, schema, options)

    def invoke(self) -> tree.Invoke:
        """`invoke`."""
        start = self.start
        self.advance()
        begun = self.start
        call = self.function_call()
        while self.accept("."):
            name = self.name()
            call = self.call(begun, name, call)
        return tree.Invoke(self.span(start), call)

    def get_schema(self) -> tree.GetSchema:
        """`getschema`."""
        start = self.start
        self.advance()
        self.options()
        return tree.GetSchema(self.span(start))

    def as_(self) -> tree.As:
        """`as`."""
        start = self.start
        self.advance()
        self.options()
        name = self.name()
        return tree.As(self.span(start), name)

    def consume(self) -> tree.Consume:
        """`consume`."""
        start = self.start
        self.advance()
        self.options()
        return tree.Consume(self.span(start))

    def render(self) -> tree.Render:
        """`render`, with its properties in brackets or in the older way without."""
        start = self.start
        self.advance()
        chart = self.word_name().name
        properties = []
        while self.kind in WORDS and self.ahead() == "=":
            properties.append(self._shown())
        if self.accept("with"):
            opened = self.open("(", "with")
            self.accept(",")
            properties.extend(self.any_number(self._shown, ")"))
            self.close(")", opened)
        return tree.Render(self.span(start), chart, tuple(properties))

    def _shown(self) -> tuple[str, tree.Expression | tuple[tree.Name, ...]]:
        """`name=value`; a value may be several columns."""
        name = self.word_name().name
        self.expect("=", f"the name {name[:60]}")
        value = self.scalar() if name == "title" else self.option_value()
        names = [value] if isinstance(value, tree.Name) else []
        while names and self.kind == "," and self.ahead() in GIVEN_NAMES | {"["} and self.ahead(2) != "=":
            self.advance()
            names.append(self.given_name())
        return (name, tuple(names)) if len(names) > 1 else (name, value)
