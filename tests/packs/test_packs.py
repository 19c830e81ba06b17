"""What every built-in query keeps to."""

from __future__ import annotations

import re

import polars as pl
import pytest

from huntbook.investigation.hunt import make_findings
from huntbook.query.kql import compile_kql
from huntbook.query.pack import ROLES, Query, packs, projections
from huntbook.testing.examples._tables import local_tables

QUERIES = packs.hunting()
ASKED = re.compile(r"\b(_?[A-Za-z][A-Za-z0-9_]*)\s*\|")  # a table stands before a pipe
STRING = re.compile(r'@?"(?:[^"]|"")*"|@?\'(?:[^\']|\'\')*\'')


@pytest.fixture(params=QUERIES, ids=lambda query: query.full_name)
def query(request: pytest.FixtureRequest) -> Query:
    asked: Query = request.param
    return asked


def test_is_explained(query: Query) -> None:
    assert query.about
    assert query.about[0].isupper() or query.about.startswith("rundll32")
    assert query.why.endswith(".")
    assert query.false_positives


def test_needs_what_it_asks(query: Query) -> None:
    asked = set(ASKED.findall(STRING.sub('""', query.kql)))
    assert asked & set(local_tables()) == set(query.tables())


def test_answers_in_columns_that_make_findings(query: Query) -> None:
    """It says when and where, groups by columns that it has, and never writes a role in lower case."""
    tables = {name: local_tables()[name] for name in query.tables()}
    frame = pl.DataFrame(schema=[column.name for column in compile_kql(query.kql, tables).columns])
    assert "TimeGenerated" in frame.columns
    assert {"Host", "Account", "RemoteAddress"} & set(frame.columns)
    assert set(query.group) <= set(frame.columns)
    misspelt = {column for column in frame.columns if column.lower() in {role.lower() for role in ROLES}} - set(ROLES)
    assert not misspelt
    assert make_findings(query, frame) == []


def test_its_host_is_no_application(query: Query) -> None:
    """Mail on the Web is no machine that one could take from the network."""
    for written in re.findall(r"\bHost = (\w+\([^|]*?\)|\w+)", query.kql):
        assert not re.search(r"App(DisplayName|Name)?\b|Workload|Product", written), written


def test_titles_are_not_repeated() -> None:
    titles = [query.about for query in QUERIES]
    assert sorted(titles) == sorted(set(titles))


def test_there_are_packs_for_every_kind_of_log() -> None:
    needs = {name for query in QUERIES for name in query.tables()}
    assert {"SecurityEvent", "WindowsEvent", "SigninLogs", "AWSCloudTrail", "OfficeActivity", "Zeek_ssl_CL"} <= needs
    assert len(QUERIES) >= 40


def test_projections_are_used() -> None:
    assert {query.shows for query in QUERIES} - {""} == set(projections())
