"""Plug-ins that count users over time: who was there in a window, who came back, who is new.

Times are from `Start` to `End`, both of them within; windows begin at `Start`. A window in which there is no row has none in the answer,
as the documentation's examples of `active_users_count` show, but in `new_activity_metrics`, whose examples have one for each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind import calls
from huntbook.query.kql.bind.convert import converted, fitting
from huntbook.query.kql.bind.expressions import value_of
from huntbook.query.kql.bind.plugins._arguments import column_of
from huntbook.query.kql.bind.plugins._written import asked, renamed
from huntbook.query.kql.plan import Column, Const, Ref, Select
from huntbook.query.kql.types import NUMBERS, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from huntbook.query.kql.bind.scope import Meaning, Scope
    from huntbook.query.kql.plan import Expr, Relation

_MOST_BINS = 10_000  # of a window that slides: each row is counted in so many
_UNITS = ("week", "month", "year")


@dataclass(frozen=True)
class Users:
    """What a plug-in is given: rows with the columns `_id`, `_at` and `_d0` …, and values by their names."""

    rows: Relation
    time: Column
    values: dict[str, Expr]
    slices: tuple[Column, ...]
    unit: str = ""  # "week", "month" or "year" in place of a window's length

    @property
    def by(self) -> str:
        """The columns that slice, each with a comma before it."""
        return "".join(f", _d{at}" for at in range(len(self.slices)))

    @property
    def on(self) -> str:
        """The same for a join, in which a table without slices has one in common as well."""
        return ", ".join((*(f"_d{at}" for at in range(len(self.slices))), "_all"))

    def start(self, time: str) -> str:
        """KQL: where the window of a time begins."""
        return f"startof{self.unit}({time})" if self.unit else f"bin_at({time}, Window, Start)"

    def following(self, begin: str) -> str:
        """KQL: where the window after one begins."""
        return f"startof{self.unit}({begin}, 1)" if self.unit else f"({begin} + Window)"


def read_users(
    node: tree.Evaluate, arguments: Sequence[tree.Argument], of: Relation, scope: Scope, names: Sequence[str]
) -> Users:
    """Read `Id, Timeline`, the values of these names, and the columns that slice."""
    if len(arguments) < 2 + len(names) or any(isinstance(each, tree.Named) for each in arguments):
        raise scope.error(f"{node.call.name.name}() takes the columns of ids and times, {', '.join(names)}.", node.call)
    ids, time = (column_of(each, node, scope) for each in arguments[:2])
    if time.type is not Type.DATETIME and time.type not in NUMBERS:
        raise scope.error(f"Times are datetimes or numbers, and this is a {time.type.value}.", arguments[1])
    nodes = dict(zip(names, arguments[2 : 2 + len(names)], strict=True))
    unit = _unit(nodes.get("Window"), scope)
    values = {name: _value(name, each, time, scope) for name, each in nodes.items() if not (unit and name == "Window")}
    slices = tuple(column_of(each, node, scope) for each in arguments[2 + len(names) :])
    shown = {"_id": ids, "_at": time} | {f"_d{at}": each for at, each in enumerate(slices)}
    columns = tuple(replace(column, name=name) for name, column in shown.items())
    every = Column("_all", Type.BOOL)
    rows = Select(of, (*columns, every), (*map(Ref, shown.values()), Const(Type.BOOL, value=True)))
    return Users(rows, time, values, slices, unit)


def _unit(node: tree.Argument | None, scope: Scope) -> str:
    """The unit of calendar that a window is, if it is one."""
    if not isinstance(node, tree.Literal) or node.type is not Type.STRING:
        return ""
    if node.value not in _UNITS:
        raise scope.error("A window has a length, or is 'week', 'month' or 'year'.", node)
    return str(node.value)


def _value(name: str, node: tree.Argument, time: Column, scope: Scope) -> Expr:
    """A constant: a time, the length of a window in its type, or a number."""
    value = value_of(node, scope.over(()))
    if not calls.is_constant(value):
        raise scope.error("This must be a constant.", node)
    length = Type.TIMESPAN if time.type is Type.DATETIME else time.type
    wanted = {"Start": time.type, "End": time.type, "Cohort": time.type, "ActivePeriods": Type.LONG}.get(name, length)
    whole = value.type is Type.LONG and wanted is Type.INT  # a number in a query is a long
    fitted = converted(value, wanted) if whole else fitting(value, wanted.value)
    if fitted is None:
        raise scope.error(f"{name} must be of the type {wanted.value} here, not {value.type.value}.", node)
    return fitted


def answered(  # noqa: PLR0917 - what is asked, of what, and what is shown of the answer
    text: str,
    given: Users,
    times: Mapping[str, str],
    shown: Sequence[str],
    node: tree.Evaluate,
    scope: Scope,
    more: Mapping[str, Meaning] = MappingProxyType({}),
) -> Relation:
    """Ask, and give the columns the names that they have outside: the times, the slices, and what is counted."""
    found = asked(text, {**given.values, "_rows": given.rows, **more}, node, scope)
    slices = {f"_d{at}": column.name for at, column in enumerate(given.slices)}
    return renamed(found, {**times, **slices, **{name: name for name in shown}})


def _answer(text: str, given: Users, shown: Sequence[str], node: tree.Evaluate, scope: Scope) -> Relation:
    return answered(text, given, {"_at": given.time.name}, shown, node, scope)


def sliding_window_counts(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """For each window, how many rows and how many ids there are in the time before its end, rows before `Start` among them."""
    given = read_users(node, node.call.arguments, of, scope, ("Start", "End", "Lookback", "Window"))
    if given.unit:
        raise scope.error("The steps of a window that slides are of one length.", node.call, hint="Give a timespan.")
    lookback, step = (
        each.value if isinstance(each, Const) else None for each in map(given.values.get, ("Lookback", "Window"))
    )
    if isinstance(lookback, int) and isinstance(step, int) and step > 0 and lookback // step > _MOST_BINS:
        raise scope.error(f"The window slides over more than {_MOST_BINS:,} steps.", node.call)
    text = f"""
        _rows | where _at > Start - Lookback and _at <= End
        | summarize _n = count() by _id, _b = bin_at(_at, Window, Start){given.by}
        | mv-expand _at = range(_b, _b + Lookback - Window, Window) to typeof({given.time.type.value})
        | where _at >= Start and _at <= End
        | summarize Count = sum(_n), Dcount = dcount(_id) by _at{given.by} | sort by _at asc{given.by}"""
    return _answer(text, given, ("Count", "Dcount"), node, scope)


def active_users_count(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """How many ids were active in each window: at some time in it, there in so many periods of the time before."""
    given = read_users(
        node, node.call.arguments, of, scope, ("Start", "End", "Lookback", "Period", "ActivePeriods", "Window")
    )
    # Within one period the first time counts most: what has gone out of the time before stays out.
    text = f"""
        let _seen = materialize(_rows | where _at > Start - Lookback and _at <= End);
        let _last = _seen | summarize _last = max(_at) by _id, _q = bin_at(_at, Period, Start), _all{given.by};
        _seen | where _at >= Start
        | summarize _first = min(_at) by _id, _p = bin_at(_at, Period, Start), _w = {given.start("_at")}, _all{given.by}
        | join kind=inner _last on _id, {given.on}
        | where _q == _p or (_q < _p and _last > _first - Lookback)
        | summarize _n = count() by _id, _p, _w{given.by}
        | where _n >= ActivePeriods
        | summarize dcount = dcount(_id) by _at = _w{given.by} | sort by _at asc{given.by}"""
    return _answer(text, given, ("dcount",), node, scope)


def activity_counts_metrics(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """For each window how many rows and ids there are, how many ids are new since `Start`, and how many there were until then."""
    given = read_users(node, node.call.arguments, of, scope, ("Start", "End", "Window"))
    slices = given.by.removeprefix(", ") or "_all"
    changed = " or ".join(f"_d{at} != prev(_d{at})" for at in range(len(given.slices))) or "false"
    text = f"""
        let _w = materialize(_rows | where _at >= Start and _at <= End
            | summarize _n = count() by _id, _at = {given.start("_at")}, _all{given.by});
        _w | summarize _rows_of = sum(_n), dcount = dcount(_id) by _at, _all{given.by}
        | join kind=leftouter (_w | summarize _at = min(_at) by _id, _all{given.by}
            | summarize _new = count() by _at, _all{given.by}) on _at, {given.on}
        | extend new_dcount = coalesce(_new, 0)
        | sort by {slices} asc, _at asc
        | extend aggregated_dcount = row_cumsum(new_dcount, {changed})
        | project-rename ['count'] = _rows_of"""
    return _answer(text, given, ("count", "dcount", "new_dcount", "aggregated_dcount"), node, scope)


def activity_metrics(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """For each window how many ids there are, how many were not in the window before, and which part of that one's ids came back."""
    given = read_users(node, node.call.arguments, of, scope, ("Start", "End", "Window"))
    after = given.following("_at")
    text = f"""
        let _w = materialize(_rows | where _at >= Start and _at <= End
            | summarize by _id, _at = {given.start("_at")}, _all{given.by});
        _w | join kind=leftouter (_w | project _id, _at = {after}, _all{given.by}, _was = true) on _id, _at, {given.on}
        | summarize dcount_values = dcount(_id), _kept = dcountif(_id, _was) by _at, _all{given.by}
        | join kind=leftouter (_w | summarize _before = dcount(_id) by _at = {after}, _all{given.by}) on _at, {given.on}
        | extend dcount_newvalues = dcount_values - _kept, retention_rate = todouble(_kept) / todouble(coalesce(_before, 0))
        | extend churn_rate = 1 - retention_rate
        | sort by _at asc{given.by}"""
    shown = ("dcount_values", "dcount_newvalues", "retention_rate", "churn_rate")
    return _answer(text, given, shown, node, scope)
