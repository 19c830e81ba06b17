"""The tabular operators: each takes its part of the tree and a relation, and gives a relation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from huntbook.query.kql import tree
from huntbook.query.kql.bind import graphs, searching, sources
from huntbook.query.kql.bind.operators import (
    branching,
    columns,
    expanding,
    groups,
    joins,
    names,
    pairs,
    parsing,
    rows,
    scan,
    series,
    tops,
)
from huntbook.query.kql.bind.plugins import evaluate
from huntbook.query.kql.bind.scope import Scope
from huntbook.query.kql.plan import Relation

Bind = Callable[[Any, Relation, Scope], Relation]


def _union(node: tree.Union, of: Relation, scope: Scope) -> Relation:
    """The rows of several tables, one after the other."""
    return sources.union(node, of, scope)


def _same(_: object, of: Relation, __: Scope) -> Relation:
    """The rows as they are; the result's `chart` says how they are to be seen."""
    return of


OPERATORS: Mapping[type, Bind] = {
    tree.Where: rows.where,
    tree.Take: rows.take,
    tree.Sort: rows.sort,
    tree.Top: rows.top,
    tree.Sample: rows.sample,
    tree.SampleDistinct: rows.sample_distinct,
    tree.Serialize: columns.serialize,
    tree.Extend: columns.extend,
    tree.Project: columns.project,
    tree.ProjectAway: columns.project_away,
    tree.ProjectKeep: columns.project_keep,
    tree.ProjectRename: columns.project_rename,
    tree.ProjectReorder: columns.project_reorder,
    tree.GetSchema: columns.getschema,
    tree.Summarize: groups.summarize,
    tree.Count: groups.count,
    tree.Distinct: groups.distinct,
    tree.MakeSeries: series.make_series,
    tree.Join: joins.join,
    tree.Union: _union,
    tree.MvExpand: expanding.mv_expand,
    tree.MvApply: expanding.mv_apply,
    tree.Partition: expanding.partition,
    tree.Parse: parsing.parse,
    tree.Scan: scan.scan,
    tree.MakeGraph: graphs.make_graph,
    **graphs.OF_GRAPHS,
    tree.ParseKv: pairs.parse_kv,
    tree.ProjectByNames: names.project_by_names,
    tree.TopHitters: tops.top_hitters,
    tree.TopNested: tops.top_nested,
    tree.Search: searching.search,
    tree.Fork: branching.fork,
    tree.Facet: branching.facet,
    tree.Reduce: branching.reduce,
    tree.Invoke: branching.invoke,
    tree.Evaluate: evaluate,
    tree.Render: _same,
    tree.Consume: rows.consume,
}
