"""The prepared queries of a connection, as a menu: `conn.queries.windows.logons(host="WS01", last="2d")`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import TYPE_CHECKING, overload

from huntbook.core.display import printable, table_html
from huntbook.errors import HuntbookError, SchemaError, UnknownName, Unreachable
from huntbook.query.own import PacksAndOwn
from huntbook.query.prepared import Asked, PreparedQuery
from huntbook.query.search import rank

if TYPE_CHECKING:
    from huntbook.query.pack import Pack, Packs
    from huntbook.query.query import Query


class QueryMenu:
    """The prepared queries that a connection can be asked, by pack: `queries.<pack>.<query>(…)`, with tab completion.

    Those that cannot be asked here, for want of a text in the connection's language or of a table, are in `unavailable`, with the reason.

    It is kept in a plain attribute: what completes names does not run properties.

    Example:
        conn.queries.search("logon")
        conn.queries.windows.logons(host="WS01", last="2d")
    """

    def __init__(self, packs: Packs | Mapping[str, Pack], asked: Asked) -> None:
        self._packs = packs
        self._asked = asked

    @property
    def unavailable(self) -> Unavailable:
        """The queries that cannot be asked here, by full name, and why. The service is asked for its tables if they are not known yet.

        Raises:
            ServiceError: if it does not tell.
        """
        return self._unavailable(self._looked())

    def _unavailable(self, tables: Collection[str] | None) -> Unavailable:
        reasons = {query.full_name: self._asked.reason(query, tables) for query in self._every()}
        return Unavailable({name: reason for name, reason in reasons.items() if reason})

    def _looked(self) -> Collection[str] | None:
        """The tables that can be asked, which the service is asked for if any query depends on them."""
        known, asked = self._asked.tables(), self._asked
        depends = any(query.tables(dialect) for query in self._every() if (dialect := asked.dialect(query)))
        return asked.look() if known is None and depends else known

    def _unknown(self) -> list[str]:
        """What is to be said of the numbers as long as nobody has looked at the tables: to be shown asks no service anything."""
        return (
            [] if self._asked.tables() is not None else ["which tables are there is not known yet: `unavailable` asks"]
        )

    def search(self, words: str) -> QueryList:
        """Find queries by words in their name, what they are about, tags and tables; the nearest first.

        Every word must be somewhere, in whatever case. Those that cannot be asked here come last. The service is asked for its tables and for
        the queries that it keeps itself, if they are not known yet; where it cannot be reached, what is known is searched.
        """
        with suppress(Unreachable):
            if isinstance(self._packs, PacksAndOwn):
                self._packs.read()
            self._looked()
        unavailable = self._unavailable(self._asked.tables())
        found = rank(words, list(self._every()))
        ordered = sorted(found, key=lambda query: query.full_name in unavailable)
        return QueryList([PreparedQuery(query, self._asked) for query in ordered], unavailable)

    def _every(self) -> Iterator[Query]:
        return (query for pack in self._packs.values() for query in pack.queries.values())

    def __getattr__(self, name: str) -> PackMenu:
        if name.startswith("_"):
            raise AttributeError(name, name=name, obj=self)
        if name not in self._packs:
            told = self._absent(name)
            raise AttributeError(f"{told.message} {told.hint}".strip(), name=name, obj=self)
        return PackMenu(self._packs[name], self._asked)

    def _absent(self, name: str) -> HuntbookError:
        """Why there is no such pack: it could not be read, or nobody calls one so."""
        failed: SchemaError | None = getattr(self._packs, "failed", {}).get(name)
        if failed is None:
            return UnknownName.among("pack", name, self._packs)
        return SchemaError(f"The pack {name!r} could not be read: {failed.message}", hint=failed.hint)

    def __getitem__(self, name: str) -> PackMenu | PreparedQuery:
        """`queries["windows"]` and `queries["windows.logons"]`."""
        pack, _, query = name.partition(".")
        if pack not in self._packs:
            raise self._absent(pack)
        menu = PackMenu(self._packs[pack], self._asked)
        return menu[query] if query else menu

    def __iter__(self) -> Iterator[str]:
        """The packs that have a query which can be asked here."""
        tables = self._asked.tables()
        return (
            name
            for name, pack in self._packs.items()
            if any(not self._asked.reason(query, tables) for query in pack.queries.values())
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        pack, _, query = str(name).partition(".")
        return pack in self._packs and (not query or query in self._packs[pack].queries)

    def prepared(self, query: Query) -> PreparedQuery:
        """A query, which need not be of these packs, as one that this connection asks."""
        return PreparedQuery(query, self._asked)

    def check_name(self, text: str) -> None:
        """Refuse what is no query, but the name of one written wrong: a service would search for it as for a word.

        Raises:
            UnknownName: if it names a pack and none of its queries, or is nearly a query's full name.
        """
        pack, dot, _ = text.partition(".")
        if not dot or text in self or not all(part.isidentifier() for part in text.split(".")):
            return
        if pack in self._packs:
            raise UnknownName.among("query", text, (f"{pack}.{name}" for name in self._packs[pack].queries))
        names = [query.full_name for query in self._every()]
        if get_close_matches(text, names, n=1, cutoff=0.85):
            raise UnknownName.among("query", text, names)

    def __dir__(self) -> list[str]:
        unread = self._packs.unread if isinstance(self._packs, PacksAndOwn) else ()
        return ["search", "unavailable", *self, *unread]

    def _ipython_key_completions_(self) -> list[str]:
        tables = self._asked.tables()
        there = [query for query in self._every() if not self._asked.reason(query, tables)]
        return [*dict.fromkeys(query.pack for query in there), *(query.full_name for query in there)]

    def _summary(self) -> list[tuple[str, int, int, str]]:
        """Of each pack: its name, how many of its queries can be asked here, how many it has, and what it is about."""
        tables = self._asked.tables()
        return [
            (
                name,
                sum(not self._asked.reason(query, tables) for query in pack.queries.values()),
                len(pack.queries),
                pack.about,
            )
            for name, pack in self._packs.items()
        ]

    def _failed(self) -> list[str]:
        return [str(error.message) for error in getattr(self._packs, "failed", {}).values()]

    def __repr__(self) -> str:
        lines = [
            f"{name:<24}  {some:>4} of {every:>3} queries  {printable(about)}"
            for name, some, every, about in self._summary()
        ]
        failed = (f"not read: {printable(said)}" for said in self._failed())
        return "\n".join([*lines, *self._unknown(), *failed]) if lines else "\n".join(failed) or "no queries"

    def _repr_html_(self) -> str:
        caption = " ".join([*(f"Not read: {said}" for said in self._failed()), *self._unknown()])
        return table_html(("pack", "can be asked", "queries", "about"), self._summary(), caption=caption)


class PackMenu:
    """The queries of one pack that a connection can be asked; it has no other names than theirs."""

    def __init__(self, pack: Pack, asked: Asked) -> None:
        self._pack = pack
        self._asked = asked
        self.__doc__ = pack.about

    def __getattr__(self, name: str) -> PreparedQuery:
        if name.startswith("_"):
            raise AttributeError(name, name=name, obj=self)
        if name not in self._pack.queries:
            close = UnknownName.among(f"query in {self._pack.name}", name, self._pack.queries)
            raise AttributeError(f"{close.message} {close.hint}", name=name, obj=self)
        return PreparedQuery(self._pack.queries[name], self._asked)

    def __getitem__(self, name: str) -> PreparedQuery:
        return PreparedQuery(self._pack[name], self._asked)

    def __iter__(self) -> Iterator[str]:
        """The queries that can be asked here."""
        tables = self._asked.tables()
        return (name for name, query in self._pack.queries.items() if not self._asked.reason(query, tables))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in self._pack.queries

    def __dir__(self) -> list[str]:
        return list(self)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def _rows(self) -> list[tuple[str, str, str]]:
        tables = self._asked.tables()
        reasons = {name: self._asked.reason(query, tables) for name, query in self._pack.queries.items()}
        rows = [
            (name, self._pack.queries[name].about, f"cannot be asked here: {why}" if why else "")
            for name, why in reasons.items()
        ]
        return sorted(rows, key=lambda row: row[2] != "")

    def __repr__(self) -> str:
        lines = [f"{name:<32}  {printable(about)}{f'  ({why})' if why else ''}" for name, about, why in self._rows()]
        return "\n".join([printable(self._pack.about), *lines])

    def _repr_html_(self) -> str:
        return table_html(("query", "about", ""), self._rows(), caption=self._pack.about)


class QueryList(Sequence[PreparedQuery]):
    """Queries that were found, the nearest first: call one by its position, or by what its line says."""

    def __init__(self, found: Sequence[PreparedQuery], unavailable: Collection[str] = ()) -> None:
        self._found = list(found)
        self._unavailable = unavailable

    @overload
    def __getitem__(self, index: int) -> PreparedQuery: ...
    @overload
    def __getitem__(self, index: slice) -> QueryList: ...
    def __getitem__(self, index: int | slice) -> PreparedQuery | QueryList:
        return QueryList(self._found[index], self._unavailable) if isinstance(index, slice) else self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def _rows(self) -> list[tuple[str, str, str]]:
        return [
            (
                one.query.full_name,
                one.query.about,
                "cannot be asked here" if one.query.full_name in self._unavailable else "",
            )
            for one in self._found
        ]

    def __repr__(self) -> str:
        return (
            "\n".join(
                f"{name:<40}  {printable(about)}{f'  ({why})' if why else ''}" for name, about, why in self._rows()
            )
            or "nothing found"
        )

    def _repr_html_(self) -> str:
        return table_html(("query", "about", ""), self._rows(), caption="" if self._found else "nothing found")


class Unavailable(dict[str, str]):
    """Queries that cannot be asked here, by full name, and why."""

    def __missing__(self, name: str) -> str:
        raise UnknownName.among("unavailable query", name, self)

    def __repr__(self) -> str:
        return (
            "\n".join(f"{name:<40}  {printable(reason)}" for name, reason in self.items()) or "every query can be asked"
        )

    def _repr_html_(self) -> str:
        return table_html(("query", "why it cannot be asked here"), self.items())
