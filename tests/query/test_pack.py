"""Packs are read and checked; a value in a query is a literal."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huntbook.errors import SchemaError, UnknownName
from huntbook.query.dialects import dialects
from huntbook.query.kql import Type, compile_kql
from huntbook.query.pack import ROLES, Packs, Severity, packs, projections

QUERY = """
about: A test.
queries:
  seen:
    about: It was seen
    severity: high
    techniques: [T1003.001]
    why: It matters.
    needs: [_Im_ProcessCreate]
    kql: |
      _Im_ProcessCreate | where 1 == 1
"""


def written(folder: Path, text: str, name: str = "topic") -> Packs:
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Packs(folder)


def test_a_pack_is_its_file(tmp_path: Path) -> None:
    query = written(tmp_path, QUERY)["topic"]["seen"]
    assert (query.name, query.pack, query.full_name) == ("seen", "topic", "topic.seen")
    assert query.severity is Severity.HIGH
    assert query.kql.strip() == "_Im_ProcessCreate | where 1 == 1"


def test_packs_are_a_mapping_by_file_name(tmp_path: Path) -> None:
    folder = written(tmp_path, QUERY)
    (tmp_path / "_shared.yaml").write_text("{}", encoding="utf-8")
    assert list(folder) == ["topic"]
    assert len(folder) == 1
    assert [query.full_name for query in folder.queries()] == ["topic.seen"]
    assert "topic" in repr(folder)
    assert "1 queries" in repr(folder)


def test_a_projection_is_appended_and_groups(tmp_path: Path) -> None:
    query = written(tmp_path, QUERY.replace("    kql:", "    shows: process\n    kql:"))["topic"]["seen"]
    assert query.kql == f"_Im_ProcessCreate | where 1 == 1\n| {projections()['process']['kql']}\n"
    assert query.group == projections()["process"]["group"]


def test_a_query_s_own_group_comes_before_the_projection_s(tmp_path: Path) -> None:
    text = QUERY.replace("    kql:", "    shows: process\n    group: [Host]\n    kql:")
    assert written(tmp_path, text)["topic"]["seen"].group == ["Host"]


@pytest.mark.parametrize(
    ("given", "instead", "said"),
    [
        ("severity: high", "severity: awful", "severity"),
        ("techniques: [T1003.001]", "techniques: [LSASS]", "techniques"),
        ("    techniques: [T1003.001]\n", "", "techniques"),
        ("needs: [_Im_ProcessCreate]", "needs: []", "needs"),
        ("why: It matters.", "wy: It matters.", "why"),
        ("    kql:", "    shows: nothing\n    kql:", "there is no projection 'nothing'"),
        ("about: A test.", "", "about"),
    ],
)
def test_what_is_wrong_is_said_with_its_file(tmp_path: Path, given: str, instead: str, said: str) -> None:
    with pytest.raises(SchemaError) as caught:
        written(tmp_path, QUERY.replace(given, instead))["topic"]
    assert said in str(caught.value)
    assert caught.value.path.endswith("topic.yaml")


def test_what_is_not_yaml_is_said_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SchemaError) as caught:
        written(tmp_path, "about: A test.\nqueries: [\n")["topic"]
    assert caught.value.line >= 2


@pytest.mark.parametrize("text", ["", "just text", "- a\n- b\n", "queries: [1]\nabout: x\n"])
def test_a_file_of_another_shape_is_an_error_of_ours(tmp_path: Path, text: str) -> None:
    with pytest.raises(SchemaError):
        written(tmp_path, text)["topic"]


def test_yaml_makes_no_objects(tmp_path: Path) -> None:
    with pytest.raises(SchemaError):
        written(tmp_path, "about: !!python/object/apply:os.getcwd []\nqueries: {}\n")["topic"]


def test_unknown_names_are_answered_with_the_near_one(tmp_path: Path) -> None:
    folder = written(tmp_path, QUERY)
    with pytest.raises(UnknownName, match="Did you mean 'topic'"):
        folder["topik"]
    with pytest.raises(UnknownName, match="Did you mean 'seen'"):
        folder["topic"]["sean"]


def test_a_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    written(tmp_path, QUERY, "outside")
    with pytest.raises(UnknownName):
        Packs(inner)["../outside"]


def test_severities_are_ranked_from_the_most_severe() -> None:
    assert [
        severity.rank for severity in ("high", "medium", "low", "informational") for severity in [Severity(severity)]
    ] == [0, 1, 2, 3]


def test_every_built_in_query_says_what_the_report_needs() -> None:
    queries = packs.hunting()
    assert len(queries) >= 40
    assert len({query.full_name for query in queries}) == len(queries)
    for query in queries:
        assert query.about.strip(), query.full_name
        assert query.why.strip(), query.full_name
        assert query.false_positives, query.full_name


def test_projections_name_the_columns_that_findings_are_made_of() -> None:
    for name, projection in projections().items():
        assert set(projection["group"]) & {*ROLES, "Host", "Account"}, name


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(TEXT)
@example('" | take 0 //')
@example("\\")
@example("\u2028\x00\x1b")
def test_a_value_becomes_one_literal_whatever_it_holds(value: str) -> None:
    literal = dialects["kql"].literal(value)
    assert not {"\n", "\r"} & set(literal)
    inside = literal[1:-1].replace("\\\\", "").replace('\\"', "")
    assert '"' not in inside
    assert not inside.endswith("\\")


@pytest.mark.parametrize(
    "value",
    [
        '" | take 0 //',
        "it's",
        "C:\\Windows\\",
        "line\nbreak\ttab",
        "ünïcødé 😀",
        "a]]b",
        "{{x}}",
        "\x1b[2J\x07",
        "\u202e\u2028",
    ],
)
def test_the_compiler_reads_back_what_was_written(value: str) -> None:
    import duckdb

    literal = dialects["kql"].literal(value)
    compiled = compile_kql(f"T | where text == {literal}", {"T": {"text": Type.STRING}})
    database = duckdb.connect()
    database.register("T", pl.DataFrame({"text": [value, "other"]}))
    assert database.execute(compiled.sql, dict(compiled.values)).fetchall() == [(value,)]
