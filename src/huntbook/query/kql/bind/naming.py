"""The names of columns that are given none: KQL makes them of what is in the expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind.scope import Counter

if TYPE_CHECKING:
    from collections.abc import Callable

# Functions that name their column like what they are of.
_TRANSPARENT = frozenset(
    [
        "binary_all_or",
        "binary_all_and",
        "binary_all_xor",
        "take_anyif",
        "split",
        "tostring",
        "tohex",
        "todynamic",
        "toobject",
        "tolong",
        "toint",
        "toreal",
        "todouble",
        "todatetime",
        "totimespan",
        "totime",
        "tobool",
        "toboolean",
        "todecimal",
        "toguid",
        "parse_csv",
        "parsejson",
        "parse_json",
        "parse_xml",
        "format_datetime",
        "format_timespan",
        "startofday",
        "bin",
        "floor",
        "bin_at",
        "binary_and",
        "binary_or",
        "binary_xor",
        "binary_not",
        "binary_shift_right",
        "binary_shift_left",
        "bitset_count_ones",
        "series_fir",
        "series_outliers",
        "series_iir",
        "series_fill_backward",
        "series_fill_forward",
        "series_fill_const",
        "series_fill_linear",
        "round",
        "ceiling",
        "pow",
        "sqrt",
        "log",
        "log2",
        "log10",
        "exp",
        "exp2",
        "exp10",
        "cos",
        "sin",
        "tan",
        "acos",
        "asin",
        "atan",
        "atan2",
        "abs",
        "rand",
        "gamma",
        "loggamma",
        "erf",
        "erfc",
        "format_bytes",
        "column_ifexists",
        "columnifexists",
    ]
)
# Functions that put something else than their own name before what they are of.
_PREFIXES = {
    "make_list": "list",
    "makelist": "list",
    "make_list_if": "list",
    "make_list_with_nulls": "list",
    "make_set": "set",
    "makeset": "set",
    "make_set_if": "set",
    "make_bag": "bag",
    "make_bag_if": "bag",
    "make_dictionary": "dictionary",
    "buildschema": "schema",
    "tdigest_merge": "merge_tdigests",
    "merge_tdigest": "merge_tdigests",
    "gettype": "type",
    "treepath": "tree",
    "percentiles_array": "percentiles",
    "percentiles_array_tdigest": "percentile_tdigest",
    "percentilew": "percentile",
    "percentilesw_array": "percentiles",
    "strlen": "strlen",
    "string_size": "string_size",
    "percentile_tdigest": "percentile_tdigest",
    "dcount_hll": "dcount_hll",
    "repeat": "repeat",
}
# Those that are an aggregate with one argument, and with several a function of a row with a name of its own.
_OF_SEVERAL = dict.fromkeys(("tdigest_merge", "merge_tdigest"), "tdigests_merge_result")
OF_A_SHARE = frozenset(["percentile", "percentilew"])  # the last argument is a part of the name


def own_name(value: tree.Argument) -> str:
    """The name that an expression has by itself, or none."""
    match value:
        case tree.Named():
            return value.names[0].name
        case tree.Name():
            return value.name
        case tree.Member():
            base = own_name(value.of)
            return f"{base}_{value.name.name}" if base else value.name.name
        case tree.Index(index=tree.Literal() as index):
            base = own_name(value.of)
            return f"{base}_{index.value}" if base else ""
        case tree.Call() if value.arguments:
            return _call_name(value)
    return ""


def _call_name(value: tree.Call) -> str:
    name, first = value.name.name, own_name(value.arguments[0])
    if name in _TRANSPARENT or (name in ("make_datetime", "make_timespan") and len(value.arguments) == 1):
        return first
    if name in ("array_sort_asc", "array_sort_desc"):
        return f"{first or 'array0'}_sorted"
    if name in _OF_SEVERAL and len(value.arguments) > 1:
        return _OF_SEVERAL[name]
    return f"{_PREFIXES[name]}_{first}" if name in _PREFIXES and first else ""


def aggregate_name(call: tree.Call) -> str:
    """The name of an aggregate's column: `count_`, `sum_x`, `set_x`."""
    name = call.name.name
    first = own_name(call.arguments[0]) if call.arguments else ""
    if name.startswith("covariance") and len(call.arguments) > 1:
        first = f"{first}_{own_name(call.arguments[1])}"
    if name in _TRANSPARENT:
        return first
    made = f"{_PREFIXES.get(name, name)}_{first}"
    return f"{made}_{_number(call.arguments[-1])}" if name in OF_A_SHARE and len(call.arguments) > 1 else made


def _number(node: tree.Argument) -> str:
    return str(getattr(node, "value", "")).replace(".", "_")


def summarized_name(value: tree.Argument, is_aggregate: Callable[[tree.Call], bool]) -> str:
    """The name that an expression over aggregates has by itself, or none: `tostring(max(x))` is called `max_x`."""
    match value:
        case tree.Call() if is_aggregate(value):
            return aggregate_name(value)
        case tree.Call(arguments=(first, *_)) if value.name.name in _TRANSPARENT:
            return summarized_name(first, is_aggregate)
        case tree.Index(index=tree.Literal() as index):
            base = summarized_name(value.of, is_aggregate)
            return f"{base}_{index.value}" if base else ""
        case tree.Member():
            return value.name.name
    return ""


class Names:
    """Gives out names, none twice; `unnamed` has the number of the last that was made up."""

    def __init__(self, taken: tuple[str, ...] = (), unnamed: Counter | None = None) -> None:
        self._taken = set(taken)
        self._unnamed = unnamed or Counter()

    def free(self, wanted: str) -> str:
        """The name, with a number if it is taken."""
        name, number = wanted, 1
        while name in self._taken:
            name, number = f"{wanted}{number}", number + 1
        self._taken.add(name)
        return name

    def take(self, name: str) -> None:
        """Note that a name is in use."""
        self._taken.add(name)

    def column(self) -> str:
        """The next of `Column1`, `Column2` and so on."""
        self._unnamed.last += 1
        while f"Column{self._unnamed.last}" in self._taken:
            self._unnamed.last += 1
        return self.free(f"Column{self._unnamed.last}")
