"""Operators that choose, compute and order columns and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from huntbook.query.kql import tree
from huntbook.query.kql.parse.sources import Sources, taken
from huntbook.query.kql.tokens import STRING

if TYPE_CHECKING:
    from collections.abc import Callable

_ORDERS = ("asc", "desc", "granny-asc", "granny-desc")
_Column = tree.Name | tree.Pattern | tree.Star
_ITEM_ENDS = frozenset(("|", ")", ";", "}"))


class Columns(Sources):
    """`where`, `extend`, `project` and its kin, `summarize`, `sort`, `top`, `parse` and the like."""

    __slots__ = ()

    def where(self) -> tree.Where:
        """`where` or `filter`."""
        start = self.start
        self.advance()
        self.options()
        value = self.named()
        if not isinstance(value, tree.Named):
            return tree.Where(self.span(start), self._not_rows(value))
        return tree.Where(self.span(start), self._not_named(value), value.names[0])

    def unnamed(self) -> tree.Expression:
        """An expression; Kusto lets a name be given to it, which means nothing."""
        return self._not_named(self.named())

    def _not_named(self, value: tree.Argument) -> tree.Expression:
        if isinstance(value, tree.Named):
            return self._not_named(value.value)
        return self._not_rows(value)

    def items(self) -> tuple[tree.Argument, ...]:
        """None or more expressions with or without names, to the end of the operator."""
        return () if self.at_end() else self.several(self.named)

    def at_end(self) -> bool:
        """Whether the operator ends here."""
        return self.kind in _ITEM_ENDS or self.position == len(self.kinds) - 1

    def extend(self) -> tree.Extend:
        """`extend`."""
        start = self.start
        self.advance()
        columns = self.several(self.named)
        return tree.Extend(self.span(start), columns)

    def project(self) -> tree.Project:
        """`project`."""
        start = self.start
        self.advance()
        columns = self.items()
        return tree.Project(self.span(start), columns)

    def project_away(self) -> tree.ProjectAway:
        """`project-away`."""
        start = self.start
        columns = self._columns(self.column)
        return tree.ProjectAway(self.span(start), columns)

    def project_keep(self) -> tree.ProjectKeep:
        """`project-keep`."""
        start = self.start
        columns = self._columns(self.column)
        return tree.ProjectKeep(self.span(start), columns)

    def project_reorder(self) -> tree.ProjectReorder:
        """`project-reorder`."""
        start = self.start
        self.advance()
        columns = () if self.at_end() else self.several(self._reordered)
        return tree.ProjectReorder(self.span(start), columns)

    def _columns(self, item: Callable[[], _Column]) -> tuple[_Column, ...]:
        self.advance()
        return () if self.at_end() else self.several(item)

    def _reordered(self) -> tuple[_Column, str]:
        column = self.column()
        order = self.kind if self.kind in _ORDERS else ""
        if order:
            self.advance()
        return column, order

    def project_rename(self) -> tree.ProjectRename:
        """`project-rename`."""
        start = self.start
        self.advance()
        columns = () if self.at_end() else self.several(self._renamed)
        return tree.ProjectRename(self.span(start), columns)

    def _renamed(self) -> tree.Named:
        renamed = self.named()
        if not isinstance(renamed, tree.Named):
            self.fail_at(renamed.span, "A new name is missing", "Write project-rename New = Old.")
        return renamed

    def project_by_names(self) -> tree.ProjectByNames:
        """`project-by-names`."""
        start = self.start
        self.advance()
        columns = () if self.at_end() else self.several(self._by_name)
        return tree.ProjectByNames(self.span(start), columns)

    def _by_name(self) -> tree.Expression:
        return self.pattern() or self.scalar()

    def summarize(self) -> tree.Summarize:
        """`summarize`."""
        start = self.start
        self.advance()
        options = self.options()
        aggregates = () if self.kind == "by" else self.items()
        by = self.several(self.named) if self.accept("by") else ()
        return tree.Summarize(self.span(start), aggregates, by, options)

    def distinct(self) -> tree.Distinct:
        """`distinct`."""
        start = self.start
        self.advance()
        self.options()
        columns = self.several(self._star_or_named)
        return tree.Distinct(self.span(start), columns)

    def _star_or_named(self) -> tree.Argument:
        return self.star() if self.kind == "*" else self.named()

    def count(self) -> tree.Count:
        """`count`."""
        start = self.start
        self.advance()
        name = self.name() if self.accept("as") else None
        return tree.Count(self.span(start), name)

    def take(self) -> tree.Take:
        """`take` or `limit`."""
        start = self.start
        self.advance()
        self.options()
        rows = self.unnamed()
        return tree.Take(self.span(start), rows)

    def sort(self) -> tree.Sort:
        """`sort by` or `order by`."""
        start, word = self.start, self.kind
        self.advance()
        self.options()
        self.expect("by", word)
        keys = self.several(self.key)
        return tree.Sort(self.span(start), keys)

    def key(self) -> tree.Key:
        """A key of `sort` or `top`, with its order."""
        value = self.unnamed()
        descending = True
        if self.kind in _ORDERS:
            descending = self.kind.endswith("desc")
            self.advance()
        nulls_first = not descending
        if self.accept("nulls"):
            if self.kind not in ("first", "last"):
                self.unexpected("'first' or 'last' after nulls")
            nulls_first = self.kind == "first"
            self.advance()
        return tree.Key(value, descending, nulls_first)

    def top(self) -> tree.Top:
        """`top`."""
        start = self.start
        self.advance()
        self.options()
        rows = self.unnamed()
        self.expect("by", "how many rows")
        key = self.key()
        return tree.Top(self.span(start), rows, (key,))

    def top_nested(self) -> tree.TopNested:
        """`top-nested`."""
        start = self.start
        levels = self.several(self._level)
        return tree.TopNested(self.span(start), levels)

    def _level(self) -> tree.Level:
        self.expect("top-nested")
        rows = None if self.kind == "of" else self.unnamed()
        self.expect("of", "how many")
        value = self.named()
        others = None
        if self.accept("with"):
            self.expect("others", "with")
            self.expect("=", "others")
            others = self.scalar()
        self.expect("by", "what is counted")
        by = self.named()
        ascending = self.kind in ("asc", "granny-asc")
        if self.kind in _ORDERS:
            self.advance()
        return tree.Level(rows, value, others, by, not ascending)

    def top_hitters(self) -> tree.TopHitters:
        """`top-hitters`."""
        start = self.start
        self.advance()
        rows = self.unnamed()
        self.expect("of", "how many")
        value = self.named()
        by = self.unnamed() if self.accept("by") else None
        return tree.TopHitters(self.span(start), rows, value, by)

    def sample(self) -> tree.Sample:
        """`sample`."""
        start = self.start
        self.advance()
        self.options()
        rows = self.unnamed()
        return tree.Sample(self.span(start), rows)

    def sample_distinct(self) -> tree.SampleDistinct:
        """`sample-distinct`."""
        start = self.start
        self.advance()
        self.options()
        rows = self.unnamed()
        self.expect("of", "how many")
        value = self.unnamed()
        return tree.SampleDistinct(self.span(start), rows, value)

    def serialize(self) -> tree.Serialize:
        """`serialize`."""
        start = self.start
        self.advance()
        self.options()
        columns = self.items()
        return tree.Serialize(self.span(start), columns)

    def parse(self) -> tree.Parse:
        """`parse` or `parse-where`."""
        start = self.start
        keyword: Literal["parse", "parse-where"] = "parse" if self.kind == "parse" else "parse-where"
        self.advance()
        options = self.options()
        kind, options = taken(options, "kind")
        flags, options = taken(options, "flags")
        of = self.scalar()
        self.expect("with", "what is parsed")
        pattern = []
        while not self.at_end():
            pattern.append(self._part())
        return tree.Parse(self.span(start), keyword, kind or "simple", flags, of, tuple(pattern))

    def _part(self) -> tree.Literal | tree.Hole | tree.Star:
        if self.kind == "*":
            return self.star()
        if self.kind == STRING:
            return self.constant()
        name = self.given_name()
        return tree.Hole(name, self.type() if self.accept(":") else None)

    def parse_kv(self) -> tree.ParseKv:
        """`parse-kv`."""
        start = self.start
        self.advance()
        of = self.scalar()
        self.expect("as", "what is parsed")
        columns = self.schema("as")
        options = self.properties() if self.kind == "with" else ()
        return tree.ParseKv(self.span(start), of, columns, options)

    def reduce(self) -> tree.Reduce:
        """`reduce by`."""
        start = self.start
        self.advance()
        options = self.options()
        self.expect("by", "reduce")
        by = self.unnamed()
        if self.accept("with"):
            options += self.several(self.property)
        return tree.Reduce(self.span(start), by, options)
