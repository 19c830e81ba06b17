"""Operators that take several tables, or look for something in many."""

from __future__ import annotations

from typing import Literal

from huntbook.query.kql import tree
from huntbook.query.kql.parse.columns import Columns
from huntbook.query.kql.parse.sources import taken, taken_name
from huntbook.query.kql.tokens import END

_AFTER_STAR = frozenset(("and", "|", ")", ";", END))


class Combining(Columns):
    """`join`, `lookup`, `union`, `search` and `find`."""

    __slots__ = ()

    def join(self) -> tree.Join:
        """`join` or `lookup`."""
        start = self.start
        keyword: Literal["join", "lookup"] = "join" if self.kind == "join" else "lookup"
        self.advance()
        kind, options = taken(self.options(), "kind")
        right = self.as_pipe(self.expression())
        on: tuple[tree.Expression, ...] = ()
        if self.accept("on"):
            on = self.several(self.scalar)
        elif keyword == "lookup" or not self.at_end():
            self.unexpected(f"'on' and the columns to {keyword} by")
        usual = "innerunique" if keyword == "join" else "leftouter"
        return tree.Join(self.span(start), keyword, kind or usual, right, on, options)

    def union(self) -> tree.Union:
        """`union`, which is here."""
        start = self.start
        self.advance()
        kind, options = taken(self.options(), "kind")
        source, options = taken_name(options, "withsource", "with_source")
        fuzzy, options = taken(options, "isfuzzy", "__isFuzzy")
        tables = self.several(self.table)
        return tree.Union(self.span(start), tables, kind or "outer", source, fuzzy in ("true", "1"), options)

    def search(self) -> tree.Search:
        """`search`, which is here."""
        start = self.start
        self.advance()
        kind, _ = taken(self.options(), "kind")
        tables = tuple(map(self._named_table, self._tables()))
        predicate = self._search_predicate()
        return tree.Search(self.span(start), predicate, kind or "case_insensitive", tables)

    def _search_predicate(self) -> tree.Expression:
        start = self.start
        if self.kind != "*" or self.ahead() not in _AFTER_STAR:
            return self.scalar()
        star = self.star()
        if not self.accept("and"):
            return star
        right = self.scalar()
        return tree.Binary(self.span(start), "and", star, right)

    def _tables(self) -> tuple[tree.Pipe | tree.Pattern, ...]:
        """`in (tables)`, if it is here."""
        if not self.accept("in"):
            return ()
        opened = self.open("(", "in")
        tables = self.several(self._table_of_find)
        self.close(")", opened)
        return tables

    def _table_of_find(self) -> tree.Pipe | tree.Pattern:
        start = self.start
        table = self.table()
        if self.kind != "|" or isinstance(table, tree.Pattern):
            return table
        self.advance()
        operator = self.operator()
        return tree.Pipe(self.span(start), table.source, (operator,))

    def _named_table(self, table: tree.Pipe | tree.Pattern) -> tree.Name | tree.Pattern:
        if isinstance(table, tree.Pattern):
            return table
        if not isinstance(table.source, tree.Name) or table.operators:
            self.fail_at(table.span, "search in (…) takes names of tables, and patterns of them")
        return table.source

    def find(self) -> tree.Find:
        """`find`, which is here."""
        start = self.start
        self.advance()
        options = self.options()
        source, _ = taken_name(options, "withsource", "with_source")
        tables = self._tables()
        if (options or tables) and self.kind != "where":
            self.unexpected("'where' and what to find")
        self.accept("where")
        predicate = self.scalar()
        project, pack = self._found_columns()
        return tree.Find(self.span(start), predicate, tables, source, project, pack)

    def _found_columns(self) -> tuple[tuple[tree.Expression | tree.Hole, ...] | None, bool]:
        """The columns of `project`, and whether the others are packed."""
        if self.accept("project-smart") or not self.accept("project"):
            return None, False
        columns = self.several(self._found_column)
        if None in columns[:-1]:
            self.fail("pack(*) must be the last that find projects")
        return tuple(column for column in columns if column is not None), None in columns

    def _found_column(self) -> tree.Expression | tree.Hole | None:
        if self.kind == "*":
            return self.star()
        if self.word() in ("pack", "pack_all") and self.ahead() == "(":
            star = self.word() == "pack"
            self.advance()
            opened = self.open("(")
            if star:
                self.expect("*", "pack(")
            self.close(")", opened)
            return None
        name = self.name()
        return tree.Hole(name, self.type()) if self.accept(":") else name
