"""All operators."""

from __future__ import annotations

from huntbook.query.kql.tree.graphs import GraphMark, GraphMatch, GraphToTable, MakeGraph
from huntbook.query.kql.tree.rows import (
    As,
    Consume,
    Count,
    Distinct,
    Extend,
    GetSchema,
    Join,
    Project,
    ProjectAway,
    ProjectByNames,
    ProjectKeep,
    ProjectRename,
    ProjectReorder,
    Render,
    Sample,
    SampleDistinct,
    Serialize,
    Sort,
    Summarize,
    Take,
    Top,
    TopHitters,
    TopNested,
    Where,
)
from huntbook.query.kql.tree.shapes import (
    Facet,
    Fork,
    Invoke,
    MakeSeries,
    MvApply,
    MvExpand,
    Parse,
    ParseKv,
    Partition,
    Reduce,
    Scan,
)
from huntbook.query.kql.tree.sources import Evaluate, Search, Union

Operator = (
    Where | Extend | Project | ProjectAway | ProjectKeep | ProjectRename | ProjectReorder | ProjectByNames | Summarize | Distinct
    | Count | Take | Top | TopNested | TopHitters | Sort | Join | Union | Parse | ParseKv | MvExpand | MvApply | MakeSeries
    | Partition | Sample | SampleDistinct | Search | Serialize | Scan | Fork | Facet | Evaluate | Invoke | GetSchema | As | Consume
    | Reduce | Render | MakeGraph | GraphMatch | GraphToTable | GraphMark
)  # fmt: skip
