"""`new_activity_metrics`: what became of the users who were new in a window, in each window after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.query.kql import tree
from huntbook.query.kql.bind import calls
from huntbook.query.kql.bind.plugins._arguments import column_of
from huntbook.query.kql.bind.plugins.users import answered, read_users

if TYPE_CHECKING:
    from huntbook.query.kql.bind.scope import Scope
    from huntbook.query.kql.plan import Expr, Relation

_SHOWN = ("dcount_new_values", "dcount_retained_values", "dcount_churn_values", "retention_rate", "churn_rate")


def new_activity_metrics(node: tree.Evaluate, of: Relation, scope: Scope) -> Relation:
    """For each window with new ids and each window from it on: how many of them there are, and how many others that were not there before.

    New are ids that are in no earlier window, and not in the table of those that were there before `Start`.
    """
    arguments, known, cohort = _taken_apart(node, of, scope)
    given = read_users(node, arguments, of, scope, ("Start", "End", "Window", *(("Cohort",) if cohort else ())))
    days = given.start("_day")
    windows = (
        f"range _day from {given.start('Start')} to End step 1d | summarize by _to = {days}"
        if given.unit
        else "range _to from Start to End step Window"
    )
    text = f"""
        let _w = materialize(_rows | where _at >= Start and _at <= End and {"_id !in (_known)" if known is not None else "true"}
            | summarize by _id, _at = {given.start("_at")}, _all{given.by});
        let _first = _w | summarize _from = min(_at) by _id, _all{given.by};
        let _there = materialize(_w | join kind=inner _first on _id, {given.on}
            | summarize _n = dcount(_id) by _from, _to = _at, _all{given.by});
        let _pairs = _there | where _from == _to | project _from, _size = _n, _all{given.by}
            | where {f"_from == {given.start('Cohort')}" if cohort else "true"}
            | extend _every = true | join kind=inner ({windows} | extend _every = true) on _every | where _to >= _from
            | project _from, _to, _size, _all{given.by};
        _pairs | join kind=leftouter _there on _from, _to, {given.on} | extend _kept = coalesce(_n, 0)
        | project _from, _to, _size, _kept, _all{given.by}
        | join kind=leftouter (_there | project _later = _from, _to, _more = _n, _all{given.by}) on _to, {given.on}
        | summarize dcount_new_values = sumif(_more, _later > _from or (_from == _to and _later == _from))
            by _from, _to, _size, _kept{given.by}
        | project _from, _to{given.by}, dcount_new_values, dcount_retained_values = _kept, dcount_churn_values = _size - _kept,
            retention_rate = todouble(_kept) / _size, churn_rate = todouble(_size - _kept) / _size
        | sort by _from asc, _to asc{given.by}"""
    values: dict[str, Expr | Relation] = {} if known is None else {"_known": known}
    times = {"_from": f"from_{given.time.name}", "_to": f"to_{given.time.name}"}
    return answered(text, given, times, _SHOWN, node, scope, values)


def _taken_apart(node: tree.Evaluate, of: Relation, scope: Scope) -> tuple[list[tree.Argument], Relation | None, bool]:
    """The arguments without the table of known ids, that table's ids, and whether a cohort is given after the window."""
    from huntbook.query.kql.bind.query import relation_of  # noqa: PLC0415 - they need each other

    arguments, known = list(node.call.arguments), None
    if len(arguments) > 5 and (table := calls.relation_if_any(arguments[-1], scope.over(of.columns))) is not None:
        table = relation_of(arguments.pop(), scope.over(()))
        column = column_of(node.call.arguments[0], node, scope.over(table.columns))
        known = _only(table, column.name)
    cohort = len(arguments) > 5 and not isinstance(arguments[5], tree.Name | tree.TypeLiteral)
    if len(arguments) > 5 and isinstance(arguments[5], tree.Name) and scope.column(arguments[5].name) is None:
        cohort = True  # a name of the query that means a time
    return arguments, known, cohort


def _only(table: Relation, name: str) -> Relation:
    from huntbook.query.kql.bind.plugins._written import renamed  # noqa: PLC0415 - as above

    return renamed(table, {name: "_id"})
