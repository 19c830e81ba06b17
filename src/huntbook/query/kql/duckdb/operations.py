"""How DuckDB spells what every engine must know by itself: a template over the arguments, or a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql.duckdb.graphs import PATHS
from huntbook.query.kql.duckdb.literals import TYPES
from huntbook.query.kql.duckdb.windows import MISPLACED
from huntbook.query.kql.plan import APART, Const, Expr, Op
from huntbook.query.kql.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from huntbook.query.kql.duckdb.values import Values

_COUNTED = 9  # groups of a regular expression


def _compared(symbol: str) -> Callable[[Values, Op], str]:
    def written(values: Values, op: Op) -> str:
        left, right = values.pair(*op.arguments)
        above = 0 if ">" in symbol else 1
        if op.arguments[above].type is Type.REAL and not isinstance(op.arguments[above], Const):
            # For DuckDB what is no number is the greatest one, for KQL it is neither greater nor less.
            return f"({left} {symbol} {right} AND {(left, right)[above]} < 'nan'::DOUBLE)"
        return f"({left} {symbol} {right})"

    return written


def _plain(expr: Expr) -> bool:
    return isinstance(expr, Const) and expr.value is not None


def _equality(symbol: str, null_safe: str) -> Callable[[Values, Op], str]:
    """`==` and `!=`: null equals no value, and of two nulls nothing is said."""

    def written(values: Values, op: Op) -> str:
        left, right = op.arguments
        before, after = _comparable(values, left, right)
        if left.type is Type.STRING:
            return f"({before} {symbol} {after})"
        told = f"{before} {null_safe} {after}"
        if _plain(left) or _plain(right):
            return f"({told})"
        return f"(CASE WHEN {before} IS NULL AND {after} IS NULL THEN NULL ELSE {told} END)"

    return written


def _comparable(values: Values, left: Expr, right: Expr) -> tuple[str, str]:
    before, after = values.pair(left, right)
    if left.type is Type.DYNAMIC:
        return f"CAST({before} AS VARCHAR)", f"CAST({after} AS VARCHAR)"
    return before, after


def _divided(values: Values, op: Op) -> str:
    left, right = map(values.value, op.arguments)
    if op.type in (Type.INT, Type.LONG):
        return f"CAST({left} // nullif({right}, 0) AS {TYPES[op.type]})"
    return f"({left} / {right})" if op.type is Type.REAL else f"CAST({left} / nullif({right}, 0) AS {TYPES[op.type]})"


def _modulo(values: Values, op: Op) -> str:
    left, right = map(values.value, op.arguments)
    return f"({left} % {right})" if op.type is Type.REAL else f"({left} % nullif({right}, 0))"


def _since(values: Values, op: Op) -> str:
    left, right = op.arguments
    if op.fine:
        return f"({values.timed(left, fine=True)} - {values.timed(right, fine=True)})"
    return f"((epoch_us({values.raw(left)}) - epoch_us({values.raw(right)})) * 10)"


def _moved(symbol: str, *, swapped: bool = False) -> Callable[[Values, Op], str]:
    def written(values: Values, op: Op) -> str:
        moment, span = reversed(op.arguments) if swapped else op.arguments
        if op.fine:
            return f"({values.timed(moment, fine=True)} {symbol} {values.value(span)})"
        by = (
            str(span.value // 10)
            if isinstance(span, Const) and isinstance(span.value, int)
            else f"({values.value(span)} // 10)"
        )
        return f"({values.raw(moment)} {symbol} to_microseconds({by}))"

    return written


def _case(values: Values, op: Op) -> str:
    def result(expr: Expr) -> str:
        return values.timed(expr, fine=op.fine) if expr.type is Type.DATETIME else values.value(expr)

    *pairs, last = op.arguments
    whens = [f"WHEN {values.truth(pairs[at])} THEN {result(pairs[at + 1])}" for at in range(0, len(pairs), 2)]
    return f"CASE {' '.join(whens)} ELSE {result(last)} END"


def _coalesce(values: Values, op: Op) -> str:
    if op.type is Type.STRING:
        return f"coalesce({', '.join(f'nullif({values.raw(each)}, {chr(39) * 2})' for each in op.arguments)})"
    if op.type is Type.DATETIME:
        return f"coalesce({', '.join(values.timed(each, fine=op.fine) for each in op.arguments)})"
    return f"coalesce({', '.join(map(values.value, op.arguments))})"


def _is_empty(values: Values, op: Op) -> str:
    [of] = op.arguments
    if of.type is Type.STRING:
        return f"({values.value(of)} = '')"
    if of.type is Type.DYNAMIC:
        return f"(coalesce(json_extract_string({values.raw(of)}, '$'), '') = '')"
    return f"({values.raw(of)} IS NULL)"


def _is_null(values: Values, op: Op) -> str:
    [of] = op.arguments
    written = values.raw(of)
    if of.type is Type.DYNAMIC:
        return f"(json_type({written}) IS NULL OR json_type({written}) = 'NULL')"
    return f"({written} IS NULL)"


def as_json(values: Values, expr: Expr) -> str:
    """A value as it stands in a dynamic: times are texts there."""
    if expr.type in (Type.DATETIME, Type.TIMESPAN):
        from huntbook.query.kql.bind.convert import converted  # noqa: PLC0415

        return f"to_json(nullif({values.value(converted(expr, Type.STRING))}, ''))"
    return values.value(expr)


def _pack(values: Values, op: Op) -> str:
    pairs = [
        f"{values.value(op.arguments[at])}, {as_json(values, op.arguments[at + 1])}"
        for at in range(0, len(op.arguments), 2)
    ]
    return f"json_object({', '.join(pairs)})"


def _pack_some(values: Values, op: Op) -> str:
    """Without the members that are null or empty."""
    pairs = []
    for at in range(0, len(op.arguments), 2):
        key, value = op.arguments[at : at + 2]
        empty = f"{values.value(Op('is_empty', (value,), Type.BOOL))}"
        pairs.append(
            f"CASE WHEN NOT {empty} THEN to_json({values.value(key)}) || ':' || to_json({as_json(values, value)}) END"
        )
    return f"('{{' || concat_ws(',', {', '.join(pairs) or 'NULL'}) || '}}')::JSON"


def _array(values: Values, op: Op) -> str:
    return f"json_array({', '.join(as_json(values, each) for each in op.arguments)})"


def _extreme(name: str) -> Callable[[Values, Op], str]:
    def written(values: Values, op: Op) -> str:
        value, by = op.arguments
        return f"{name}({values.raw(value)}, {values.raw(by)})"

    return written


def _extreme_of(name: str) -> Callable[[Values, Op], str]:
    return lambda values, op: f"{name}({values.raw(op.arguments[0])})"


def _bins(values: Values, op: Op) -> str:
    """How many steps there are from one value to another."""
    start, stop, step = op.arguments
    if start.type in (Type.REAL, Type.DECIMAL):
        return f"CAST(ceil(({values.value(stop)} - {values.value(start)}) / {values.value(step)}) AS BIGINT)"
    size = f"({values.timed(stop, fine=True)} - {values.timed(start, fine=True)})"
    return f"greatest(({size} + {values.value(step)} - 1) // {values.value(step)}, 0)"


def _bin_number(values: Values, op: Op) -> str:
    of, start, step = op.arguments
    if start.type in (Type.REAL, Type.DECIMAL):
        return f"CAST(floor(({values.value(of)} - {values.value(start)}) / {values.value(step)}) AS BIGINT)"
    return f"(({values.timed(of, fine=True)} - {values.timed(start, fine=True)}) // {values.value(step)})"


def _axis(values: Values, op: Op) -> str:
    """All steps, as an array."""
    from huntbook.query.kql.functions._registry import signatures  # noqa: PLC0415

    start, step, bins = op.arguments
    first, count = values.timed(start, fine=True), values.value(bins)
    at = f"{first if isinstance(start, Const) else 'kql_axis.first'} + i * {values.value(step)}"
    if start.type is Type.DATETIME:
        at = values.writer.macro("kql_datetime", at)
    if start.type in (Type.DATETIME, Type.TIMESPAN):
        spelled = next(
            each.entry.duckdb
            for each in signatures("tostring")
            if start.type.value in each.parameters[0].type.split("|")
        )
        at = values.writer.with_macros(spelled(["i"]) if callable(spelled) else spelled.format(at))
    if isinstance(start, Const):
        return f"to_json(list_transform(range({count}), lambda i: {at}))"
    # where the rows begin is asked of them, which DuckDB does not do inside of a lambda
    steps = f"list_transform(range(kql_axis.count), lambda i: {at})"
    return f"to_json(list_transform([{{'first': {first}, 'count': {count}}}], lambda kql_axis: {steps})[1])"


def _series(values: Values, op: Op) -> str:
    number, value, bins, missing = op.arguments
    lists = f"list({values.raw(number)}), list({values.raw(value)})"
    return values.writer.with_macros(f"kql_filled({lists}, {values.value(bins)}, {values.value(missing)})")


def _captured(values: Values, op: Op) -> str:
    """A group of a regular expression. DuckDB counts them up to nine; where there are more, it gives all of them by names."""
    text, pattern, group = map(values.value, op.arguments)
    number = op.arguments[2]
    if isinstance(number, Const) and isinstance(number.value, int) and number.value > _COUNTED:
        names = ", ".join(f"'c{each}'" for each in range(1, number.value + 1))
        return f"regexp_extract({text}, {pattern}, [{names}]).c{number.value}"
    return f"regexp_extract({text}, {pattern}, CAST({group} AS INTEGER))"


def _fine(values: Values, op: Op) -> str:
    return values.timed(op.arguments[0], fine=True)


def _network_size(family: str, values: Values, op: Op) -> str:
    """How many bits of an address are its network's; null where it is none."""
    of = values.value(op.arguments[0])
    return f"(CASE WHEN {values.writer.macro(f'kql_{family}', of)} IS NOT NULL THEN {values.writer.macro(f'kql_{family}_size', of)} END)"


def _macro(name: str) -> Callable[[Values, Op], str]:
    return lambda values, op: values.writer.macro(name, ", ".join(map(values.value, op.arguments)))


def _pairs_of_marked(values: Values, op: Op) -> str:
    marked, segments, opens, closes, escaped, pair, key, greedy = map(values.value, op.arguments)
    quoted = values.writer.macro("kql_kv_quoted", f"{marked}, {segments}, {escaped}")
    items = values.writer.macro("kql_kv_items", f"{quoted}, {greedy}")
    return values.writer.macro("kql_kv_pairs", f"{items}, {opens}, {closes}, {pair}, {key}")


_GETTYPE = """CASE json_type({0}) WHEN 'VARCHAR' THEN 'string' WHEN 'BIGINT' THEN 'long' WHEN 'UBIGINT' THEN 'long' WHEN 'DOUBLE' \
THEN 'double' WHEN 'BOOLEAN' THEN 'bool' WHEN 'ARRAY' THEN 'array' WHEN 'OBJECT' THEN 'dictionary' ELSE 'null' END"""

OPERATIONS: Mapping[str, str | Callable[[Values, Op], str]] = {
    "and": "({0} AND {1})",
    "or": "({0} OR {1})",
    "not": "(NOT {0})",
    "==": _equality("=", "IS NOT DISTINCT FROM"),
    "!=": _equality("<>", "IS DISTINCT FROM"),
    "<": _compared("<"),
    "<=": _compared("<="),
    ">": _compared(">"),
    ">=": _compared(">="),
    "+": "({0} + {1})",
    "-": "({0} - {1})",
    "*": "({0} * {1})",
    "divide": _divided,
    "modulo": _modulo,
    "negate": "(-{0})",
    "since": _since,
    "later": _moved("+"),
    "after": _moved("+", swapped=True),
    "earlier": _moved("-"),
    "ratio": "({0}::DOUBLE / {1})",
    "times": "CAST({0} * {1} AS BIGINT)",
    "shared": "CAST(trunc({0}::DOUBLE / {1}) AS BIGINT)",
    "within": lambda values, op: (
        f"({values.timed(op.arguments[0], fine=True)} % nullif({values.value(op.arguments[1])}, 0))"
    ),
    "cast": "CAST({0} AS {type})",
    "member": lambda values, op: values.member(op),
    "case": _case,
    "coalesce": _coalesce,
    "now": "$now",
    "is_null": _is_null,
    "is_empty": _is_empty,
    "gettype": _GETTYPE,
    "pack": _pack,
    "pack_some": _pack_some,
    "array": _array,
    "texts": lambda values, op: f"concat_ws('{APART}', {', '.join(map(values.raw, op.arguments))})",
    "fine": _fine,
    "captured": _captured,
    "fits": "regexp_matches({0}, {1})",
    "count": "count(*)",
    **MISPLACED,
    **PATHS,
    "series": _series,
    "axis": _axis,
    "bins": _bins,
    "bin_number": _bin_number,
    "least": _extreme_of("min"),
    "greatest": _extreme_of("max"),
    "arg_max": _extreme("arg_max_nulls_last"),
    "arg_min": _extreme("arg_min_nulls_last"),
    "take_where": lambda values, op: (
        f"any_value({values.raw(op.arguments[0])}) FILTER (WHERE {values.truth(op.arguments[1])})"
    ),
    "near": "(coalesce(bool_or({0}) OVER (ORDER BY {1} ROWS BETWEEN {3} PRECEDING AND {2} FOLLOWING), false))",
    "ipv4_size": lambda values, op: _network_size("ipv4", values, op),
    "ipv6_size": lambda values, op: _network_size("ipv6", values, op),
    "pairs_of_regex": _macro("kql_kv_regex"),
    "marked": _macro("kql_kv_marked"),
    "pairs_of_marked": _pairs_of_marked,
    "value_of_key": _macro("kql_kv_value"),
    "unescaped": _macro("kql_kv_unescaped"),
    "trimmed": _macro("kql_kv_trimmed"),
    "take_any": lambda values, op: f"any_value({values.raw(op.arguments[0])})",
}
