"""`parse-kv`: columns out of a text of keys and values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind.convert import converted
from huntbook.query.kql.bind.expressions import value_of
from huntbook.query.kql.bind.operators.columns import with_columns
from huntbook.query.kql.plan import Column, Const, Op, Ref, Select
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation

# Characters that no text has, to mark what was found in one: between pairs, between key and value, the same two inside of
# quotes, where a quote begins and ends, and between pairs that are apart for sure.
PAIR, KEY, QUOTED_PAIR, QUOTED_KEY, OPENED, CLOSED, APART = "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4\ufdd5\ufdd6"
_ALNUM = r"[\pL\pN]"


@dataclass
class _Options:
    """How pairs are written."""

    pair: str = ""
    key: str = ""
    quotes: list[str] = field(default_factory=list)
    escapes: list[str] = field(default_factory=list)
    greedy: bool = False
    regex: str = ""


def parse_kv(node: tree.ParseKv, of: Relation, scope: Scope) -> Relation:
    """Take the values of keys out of a text; of a key that is there twice, the first. One that is not there is empty or null."""
    options = _read(node, scope)
    text = converted(value_of(node.of, scope), Type.STRING)
    if node.columns.open or not node.columns.columns:
        raise scope.error("parse-kv takes the keys that are wanted, each with its type.", node.columns)
    if options.regex or options.pair:
        pairs = Column(" pairs", Type.DYNAMIC)
        found = _by_regex(options.regex, text) if options.regex else _by_delimiters(options, text)
        of = Select(of, (*of.columns, pairs), (*map(Ref, of.columns), found))
        taken = [(name, kind, _first(Ref(pairs), name.name)) for name, kind in node.columns.columns]
    else:
        taken = [(name, kind, _after(options, text, name, scope)) for name, kind in node.columns.columns]
    rows = with_columns(of, [(name.name, converted(value, kind)) for name, kind, value in taken], scope)
    kept = tuple(column for column in rows.columns if column.name != " pairs")
    return Select(rows, kept, tuple(map(Ref, kept)))


def _read(node: tree.ParseKv, scope: Scope) -> _Options:
    options = _Options()
    for each in node.options:
        if each.name.name == "greedy":
            options.greedy = isinstance(each.value, tree.Literal) and each.value.value is True
        else:
            _take(each, options, scope)
    if bool(options.pair) != bool(options.key):
        raise scope.error("parse-kv takes both pair_delimiter and kv_delimiter, or none of them.", node)
    if options.pair and options.pair == options.key:
        raise scope.error("pair_delimiter and kv_delimiter are the same.", node)
    if options.regex and (options.pair or options.quotes or options.escapes or options.greedy):
        raise scope.error("parse-kv takes a regex or delimiters, not both.", node)
    if options.regex and _groups(options.regex) != 2:
        raise scope.error("The regex of parse-kv has two groups: of the key, and of the value.", node)
    return options


_WRITTEN = {"pair_delimiter": "pair", "kv_delimiter": "key", "regex": "regex"}
_MOST = {"quote": 2, "escape": 1}


def _take(option: tree.Option, options: _Options, scope: Scope) -> None:
    name, value = option.name.name, option.value
    if not isinstance(value, tree.Literal) or not isinstance(value.value, str) or not value.value:
        raise scope.error(f"{name} of parse-kv is a text.", option.name)
    if name in _MOST:
        if len(value.value) > _MOST[name]:
            raise scope.error("A quote is one character or two, an escape is one.", value)
        (options.quotes if name == "quote" else options.escapes).append(value.value)
    elif name in _WRITTEN:
        setattr(options, _WRITTEN[name], value.value)
    else:
        raise scope.error(f"parse-kv has no {name!r}.", option.name)


def _groups(pattern: str) -> int:
    try:
        return re.compile(re.sub(r"\\[pP](?:\{\w+\}|\w)", ".", pattern)).groups
    except re.error:
        return 2  # what only RE2 reads is left to it


# Specified delimiters, and regular expressions: all pairs first


def _by_regex(pattern: str, text: Expr) -> Expr:
    return Op("pairs_of_regex", (text, Const(Type.STRING, pattern)), Type.DYNAMIC)


def _by_delimiters(options: _Options, text: Expr) -> Expr:
    """The pairs of a text as a list of keys and one of values.

    The delimiters become marks, those inside of quotes other ones, so that a text can be split at what is left.
    """
    first, second = sorted(((options.pair, PAIR), (options.key, KEY)), key=lambda each: -len(each[0]))
    steps = [Const(Type.STRING, each) for each in (*first, *second)]
    marked = Op("marked", (text, *steps), Type.STRING)
    quoted = "|".join(_quoted(quote, options.escapes, "") for quote in options.quotes)
    segments = f"(?s)[{PAIR}{KEY}]\\s*(?:{quoted})|[{PAIR}{KEY}]|[^{PAIR}{KEY}]+" if quoted else ""
    escapes = "".join(map(re.escape, options.escapes))
    quote = options.quotes[0] if options.quotes else ""
    consts = [
        Const(Type.STRING, value)
        for value in (
            segments,
            quote[:1],
            quote[-1:],
            f"(?s)[{escapes}](.)" if escapes else "",
            options.pair,
            options.key,
        )
    ]
    return Op("pairs_of_marked", (marked, *consts, Const(Type.BOOL, options.greedy)), Type.DYNAMIC)


def _quoted(quote: str, escapes: list[str], group: str) -> str:
    """A regular expression of what stands in quotes."""
    begin, end = re.escape(quote[0]), re.escape(quote[-1])
    escape = "".join(map(re.escape, escapes))
    escaped = f"[{escape}].|" if escapes else ""
    return f"{begin}({group}(?:{escaped}[^{_in_class(quote[-1])}{escape}])*){end}"


def _in_class(character: str) -> str:
    return f"\\{character}" if character in "]^-\\[" else character


def _first(pairs: Expr, key: str) -> Expr:
    return Op("value_of_key", (pairs, Const(Type.STRING, key)), Type.STRING, sparse=True)


# No delimiters: each key by itself


def _after(options: _Options, text: Expr, name: tree.Name, scope: Scope) -> Expr:
    """What stands after a key, where all that is no letter or digit is between them."""
    if options.greedy:
        raise scope.error("greedy of parse-kv needs delimiters.", name)
    if not name.name.isalnum():
        raise scope.error(
            f"Without delimiters, the key {name.name!r} is more than one word.",
            name,
            hint="Give pair_delimiter and kv_delimiter.",
        )
    values = [*(_quoted(quote, options.escapes, "") for quote in options.quotes), f"({_ALNUM}+)"]
    searched = f"(?s)(?:^|[^\\pL\\pN]){re.escape(name.name)}[^\\pL\\pN]*?[^\\pL\\pN](?:{'|'.join(values)})"
    found: list[Expr] = [
        Op("captured", (text, Const(Type.STRING, searched), Const(Type.LONG, at + 1)), Type.STRING, sparse=True)
        for at in range(len(values))
    ]
    escape = "".join(map(re.escape, options.escapes))
    pattern = Const(Type.STRING, f"(?s)[{escape}](.)" if escape else "")
    plain = [Op("unescaped", (each, pattern), Type.STRING, sparse=True) for each in found[:-1]]
    joined: Expr = found[-1]
    for each in plain:
        joined = Op("case", (Op("is_empty", (each,), Type.BOOL), joined, each), Type.STRING, sparse=True)
    return Op("trimmed", (joined,), Type.STRING, sparse=True)
