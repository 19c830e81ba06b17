"""Digests and schemas: the documentation's examples, exactness, the bound, and what is no digest."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.query.kql.operators._answers import answer, rows

from huntbook.errors import KqlError
from huntbook.query.kql.routines import digests

TWENTY = """range x from 1 to 10 step 1 | extend y = x + 10 | summarize tdigestX = tdigest(x), tdigestY = tdigest(y)
    | project merged = merge_tdigest(tdigestX, tdigestY) | project """
NONE = ", ".join(
    f"dynamic({each})" for each in ("1", "{}", "[[7],[1],[-1]]", "[[7],[1],[1.5]]", "[[7],[[]],[1]]", "null")
)
ANSWERS: list[tuple[str, list[tuple[object, ...]]]] = [
    (TWENTY + "percentile_tdigest(merged, 100, typeof(long))", [(20,)]),
    (TWENTY + "percentile_tdigest(merged, 0), percentile_tdigest(merged, 101)", [(1, None)]),
    (TWENTY + "percentiles_array_tdigest(merged, 5, 50), percentiles_array_tdigest(merged, range(0, 100, 50))", []),
    ("range x from 1 to 1000 step 1 | summarize t = tdigest(x) | project rank_tdigest(t, 685)", [(685.0,)]),
    ("range x from 1 to 1000 step 1 | summarize t = tdigest(x) | project percentrank_tdigest(t, 685)", [(68.5,)]),
    ("print x = 5 | summarize tdigest(x)", [([[7], [5], [1]],)]),
    ("print x = 5 | summarize tdigest(x, 3)", [([[7], [5], [3]],)]),
    ("print x = 2.5 | summarize tdigest(x)", [([[7], [2.5], [1]],)]),
    ("print x = decimal(2.5) | summarize tdigest(x)", [([[7], [2.5], [1]],)]),
    ("print x = datetime(2020-01-01) | summarize tdigest(x)", [([[7], ["2020-01-01T00:00:00.0000000Z"], [1]],)]),
    ("datatable(x:timespan)[1d, 2h] | summarize tdigest(x)", [([[7], ["02:00:00", "1.00:00:00"], [1, 1]],)]),
    ("print x = long(null) | summarize tdigest(x)", [([[7], [], []],)]),
    ("print t = dynamic([[7], [], []]) | project percentile_tdigest(t, 50), rank_tdigest(t, 1)", [(None, 0.0)]),
    (
        "datatable(x:long, w:long, g:string)[5,2,'a', 7,1,'a', 5,1,'b'] | summarize d = tdigest(x, w) by g | summarize tdigest_merge(d)",
        [([[7], [5, 7], [3, 1]],)],
    ),
    (
        f"datatable(t:dynamic)[{NONE}] | project percentile_tdigest(t, 50), rank_tdigest(t, 1), percentrank_tdigest(t, 1), merge_tdigest(t, t)",
        [(None, None, None, None)] * 6,
    ),
    (
        """datatable(value: dynamic) [dynamic({"x":1, "y":3.5}), dynamic({"x":"somevalue", "z":[1, 2, 3]}),
        dynamic({"y":{"w":"zzz"}, "t":["aa", "bb"], "z":["foo"]})] | summarize buildschema(value)""",
        [
            (
                {
                    "x": ["long", "string"],
                    "y": ["double", {"w": "string"}],
                    "z": {"`indexer`": ["long", "string"]},
                    "t": {"`indexer`": "string"},
                },
            )
        ],
    ),
    ("print v = dynamic([null, [], true]) | summarize buildschema(v)", [({"`indexer`": ["bool", {"`indexer`": []}]},)]),
    ("print v = dynamic(null) | summarize buildschema(v)", [([],)]),
    ("datatable(v: dynamic)[dynamic(1), dynamic('a')] | summarize buildschema(v)", [(["long", "string"],)]),
]
ANSWERS[2] = (ANSWERS[2][0], [([1, 10], [1, 10, 20])])


@pytest.mark.parametrize(("query", "expected"), ANSWERS, ids=[query[:60] for query, _ in ANSWERS])
def test_answer(query: str, expected: list[tuple[object, ...]]) -> None:
    assert rows(query) == expected


def test_columns_are_named_as_documented() -> None:
    names = answer("print t = dynamic(1) | summarize tdigest_merge(t), buildschema(t)")[0]
    assert names == ["merge_tdigests_t", "schema_t"]
    query = "print t = dynamic(1) | project percentile_tdigest(t, 5), merge_tdigest(t, t), percentiles_array_tdigest(t, 5), rank_tdigest(t, 1)"
    assert answer(query)[0] == ["percentile_tdigest_t", "tdigests_merge_result", "percentile_tdigest_t1", "Column1"]


def test_a_type_is_of_one_percentile() -> None:
    assert rows(TWENTY + "percentiles_array_tdigest(merged, 50, typeof(real))") == [(10.0,)]
    with pytest.raises(KqlError, match="one percentile only"):
        rows(TWENTY + "percentiles_array_tdigest(merged, dynamic([50, 100]), typeof(real))")


@settings(deadline=None)
@given(st.lists(st.integers(-5, 5), max_size=30), st.lists(st.integers(-5, 5), max_size=30), st.floats(0, 100))
def test_merged_digests_have_the_ranks_of_all_values(some: list[int], others: list[int], share: float) -> None:
    parts = [digests.of_values(list(map(str, each)), [1] * len(each)) or "" for each in (some, others)]
    whole = digests.merged(parts) or ""
    every = sorted(some + others)
    assert digests.rank(whole, "2") == sum(each <= 2 for each in every)
    found = digests.percentile(whole, share)
    assert found == (str(every[max(1, math.ceil(share / 100 * len(every))) - 1]) if every else None)


def test_of_many_values_some_are_left_out_and_ranks_hardly_change() -> None:
    [(kept, rank, least, most)] = rows(
        "range x from 1 to 200000 step 1 | summarize t = tdigest(x) | project array_length(t[1]), rank_tdigest(t, 100000), "
        "percentile_tdigest(t, 0, typeof(long)), percentile_tdigest(t, 100, typeof(long))"
    )
    assert isinstance(kept, int)
    assert isinstance(rank, float)
    assert kept <= digests.LONGEST
    assert abs(rank - 100_000) <= 200_000 / digests.LONGEST * 2
    assert (least, most) == (1, 200_000)
    merged = json.loads(
        digests.bounded(f"[[7],[{','.join(map(str, range(60_000)))}],[{','.join(['2'] * 60_000)}]]") or ""
    )
    assert sum(merged[2]) == 120_000
