"""Reading queries back with parsers that are not those of the dialects: what literals a query holds, and what else it is.

`literals` are the values of a query's literals in their order. `rest` is the query without them: two queries that differ in values only
have the same rest, so a value that became more than a literal shows there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

import sqlglot
from luqum.parser import parser as lucene_parser
from luqum.tree import Item, Phrase, Term
from odata_query import ast as odata
from odata_query.grammar import ODataLexer, ODataParser
from sqlglot import expressions as sql

from huntbook.query.kql import tree as kql
from huntbook.query.kql.parse import parse as parse_kql
from huntbook.query.spl import parse_spl
from huntbook.query.spl import tree as spl


class Read(NamedTuple):
    rest: str
    literals: list[Any]


@dataclass(frozen=True)
class Language:
    """A query with holes for two texts and a list of them, and how to read it back."""

    template: str
    read: Callable[[str], Read]


def read_kql(text: str) -> Read:
    literals: list[Any] = []

    def told(part: Any) -> str:
        if isinstance(part, kql.Literal):
            literals.append(part.value)
            return f"<{part.type}>"
        if is_dataclass(part):
            return f"{type(part).__name__}({', '.join(told(getattr(part, f.name)) for f in fields(part) if f.name != 'span')})"
        return f"[{', '.join(map(told, part))}]" if isinstance(part, tuple) else repr(part)

    return Read(told(parse_kql(text)), literals)


def read_sql(text: str) -> Read:
    literals: list[Any] = []
    statements = sqlglot.parse(text, read="duckdb")
    for statement in statements:
        assert statement is not None
        for literal in statement.find_all(sql.Literal, bfs=False):
            literals.append(literal.this)
            literal.set("this", "?")
    return Read(repr(statements), literals)


def read_odata(text: str) -> Read:
    """A URL's path and query, as a server takes them apart: cut at `/`, `&` and `=`, then decoded, then read."""
    literals: list[Any] = []

    def segment(text: str) -> str:
        """`users('a''b')`: what is in the quotes is a key."""
        decoded = unquote(text, errors="strict")
        key = re.fullmatch(r"(\w+)\('((?:[^']|'')*)'\)", decoded)
        if not key:
            return decoded
        literals.append(key[2].replace("''", "'"))
        return f"{key[1]}(<key>)"

    def told(part: Any) -> str:
        if isinstance(part, odata._Literal) and not isinstance(part, odata.List):
            literals.append(getattr(part, "val", None))
            return type(part).__name__
        if is_dataclass(part):
            return f"{type(part).__name__}({', '.join(told(getattr(part, f.name)) for f in fields(part))})"
        return f"[{', '.join(map(told, part))}]" if isinstance(part, list) else repr(part)

    path, _, query = text.partition("#")[0].partition("?")
    segments = [segment(part) for part in path.split("/")]
    options = [option.partition("=")[::2] for option in query.split("&")]
    read = [
        told(ODataParser().parse(ODataLexer().tokenize(unquote(value, errors="strict"))))
        if name == "$filter"
        else unquote(value)
        for name, value in options
    ]
    return Read(repr((segments, [name for name, _ in options], read, text.count("#"))), literals)


def read_lucene(text: str) -> Read:
    literals: list[Any] = []

    def told(node: Item) -> str:
        if isinstance(node, Phrase):
            literals.append(re.sub(r"\\([\s\S])", r"\1", node.value[1:-1]))
            return "<phrase>"
        if isinstance(node, Term):
            return str(node.value)
        name = getattr(node, "name", "")
        return f"{type(node).__name__}({name}, {', '.join(told(child) for child in node.children)})"

    return Read(told(lucene_parser.parse(text)), literals)


# Elastic's lexer, as its grammar describes it: strings, comments, quoted names; everything else a word or a mark.
_ESQL = re.compile(
    r'(?P<raw>"""[\s\S]*?"""(?!")|"""[\s\S]*?"""""?)|(?P<string>"(?:\\[tnr"\\]|[^\r\n"\\])*")|(?P<comment>//[^\r\n]*|/\*[\s\S]*?\*/)'
    r"|(?P<name>`(?:[^`]|``)+`)|(?P<word>[\w@.]+)|(?P<space>[ \r\n\t]+)|(?P<mark>[-|=<>!()\[\],+*/%:]+)"
)
_ESQL_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", '"': '"', "\\": "\\"}


def read_esql(text: str) -> Read:
    rest, literals, position = [], [], 0
    while position < len(text):
        match = _ESQL.match(text, position)
        assert match, f"no token of ES|QL: {text[position : position + 20]!r}"
        if match["string"]:
            literals.append(re.sub(r"\\(.)", lambda escape: _ESQL_ESCAPES[escape[1]], match["string"][1:-1]))
        rest.append("<string>" if match["string"] else match[0])
        position = match.end()
    return Read(" ".join(rest), literals)


def read_spl(text: str) -> Read:
    literals: list[Any] = []

    def told(part: Any) -> str:
        if isinstance(part, spl.Constant) or (isinstance(part, spl.Word) and part.quoted):
            literals.append(part.value if isinstance(part, spl.Constant) else part.text)
            return type(part).__name__
        if is_dataclass(part):
            held = [getattr(part, field.name) for field in fields(part) if field.name != "span"]
            return f"{type(part).__name__}({', '.join(map(told, held))})"
        return f"[{', '.join(map(told, part))}]" if isinstance(part, tuple) else repr(part)

    return Read(told(parse_spl(text)), literals)


LANGUAGES = {
    "spl": Language('search index=main a={{one}} b IN ({{many}}) {{two}} NOT "fixed" | stats count BY d', read_spl),
    "kql": Language('T | where a == {{one}} and b in ({{many}}) | extend c = strcat({{two}}, "fixed")', read_kql),
    "sql": Language("SELECT * FROM t WHERE a = {{one}} AND b IN ({{many}}) AND c <> {{two}}", read_sql),
    "odata": Language(
        "users?$filter=a eq {{one}} and b in ({{many}}, {{two}}) and contains(c, 'fixed')&$top=5", read_odata
    ),
    "lucene": Language("a:{{one}} AND b:({{many}}) AND NOT c:{{two}}", read_lucene),
    "esql": Language(
        'FROM logs | WHERE a == {{one}} AND b IN ({{many}}) | EVAL c = CONCAT({{two}}, "fixed")', read_esql
    ),
}
