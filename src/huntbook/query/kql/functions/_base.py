"""How a function is written down.

    SCALARS = (
        scalar("strlen(source: string) long", "length({0})"),
        scalar("strcat(part: any, ...) string", "concat({*})"),
        scalar("substring(source: string, start: long, length: long?) string", "kql_substring({0}, {1}, {2})"),
    )
    AGGREGATES = (aggregate("countif(predicate: bool) long", "count(*) FILTER (WHERE {0})"),)
    MACROS = {"kql_substring": "(s, start, size) AS …"}
    ROUTINES = {"kql_xml_to_json": xml.to_json}  # a function of `routines/`, where SQL has no words for it

A signature has the names and types of the parameters. A type may be one of KQL's; `number` (int, long, real or decimal), `whole`
(int or long), `scalar` (anything but dynamic), `ordered` (that has more and less: no guid either), `any`; several with `|`. After it, `?` says that it may be left out (the template
gets `NULL`), `= value` what it is then (KQL text of a constant), `...` at the end that the last may come several times.
An argument of another type is converted where KQL does so by itself; of overloads of one name, the first that fits is taken.
What comes out is one of KQL's types, `=0` (that of the first argument), or `common` (the widest of all). Where several columns come out they
stand in brackets, `(slope: real, line_fit: dynamic)`, and the SQL gives one bag with members of these names; `each f` is a column for each of
the last arguments: what `f` gives for it.

In a template, `{0}` is an argument as SQL, `{*}` all of them and `{1*}` all from the second, with commas between; braces of SQL are
doubled. What the SQL gets and gives: bool BOOLEAN, int INTEGER, long BIGINT, real DOUBLE, decimal DECIMAL(38, 18), string VARCHAR that
is never NULL, datetime TIMESTAMP (UTC), timespan BIGINT in ticks of 100 ns, guid VARCHAR in lower case, dynamic JSON (null is NULL).
A parameter or result of type `ticks` is a datetime as BIGINT, ticks since 0001-01-01, for those few that would lose the last digit.
A string result may be NULL in SQL only if `nullable` says so; it is made empty then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Spelling = str | Callable[[Sequence[str]], str]  # a template, or from the arguments as SQL to SQL


@dataclass(frozen=True)
class Entry:
    """One function, or one overload of it."""

    signature: str
    duckdb: Spelling
    nullable: bool = False
    constant: frozenset[int] = field(
        default=frozenset()
    )  # arguments that must be constants; a callable gets their SQL as well
    refused: str = ""  # why it is not done, and what to use instead; `duckdb` is empty then
    caution: str = ""  # what whoever reads the answer has to know: where it may differ from Kusto's

    @property
    def name(self) -> str:
        """The function's name."""
        return self.signature.partition("(")[0]


def scalar(
    signature: str, duckdb: Spelling, *, nullable: bool = False, constant: Sequence[int] = (), caution: str = ""
) -> Entry:
    """A scalar function."""
    return Entry(signature, duckdb, nullable, frozenset(constant), caution=caution)


def aggregate(
    signature: str, duckdb: Spelling, *, nullable: bool = False, constant: Sequence[int] = (), caution: str = ""
) -> Entry:
    """An aggregate: the same, but over the rows of a group."""
    return Entry(signature, duckdb, nullable, frozenset(constant), caution=caution)


def repeated(signature: str) -> Entry:
    """An aggregate that is another one for each of its last arguments: its signature ends with `each` and that one's name."""
    return Entry(signature, "")


def refused(name: str, why: str) -> Entry:
    """A function of KQL that is not done, and what to use instead."""
    return Entry(f"{name}(any?...) any", "", refused=why)
