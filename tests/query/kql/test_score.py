"""The scores of the KQL compiler do not fall; what compares answers with the documentation is neither blind nor deaf."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.query.kql.score import documentation, fuzz, hunting, oracle, schemas
from tests.query.kql.score.__main__ import agreement_of
from tests.query.kql.score._rows import fill
from tests.query.kql.score.compare import agrees, name_of, read_date, read_span
from tests.query.kql.score.documentation import Example, difference, is_ordered
from tests.query.kql.score.engines import ENGINES, NO_TABLES, Answer, Refused, Sql, opened, run

from huntbook.query.kql.known_tables import known_tables
from huntbook.query.kql.types import TICKS_A_SECOND, Type

FLOORS: dict[str, dict[str, dict[str, int]]] = yaml.safe_load(
    (Path(__file__).parent / "score" / "floors.yaml").read_text(encoding="utf-8")
)
NOON = datetime(2017, 5, 14, 12)  # noqa: DTZ001 - KQL's are naive


class TestCompare:
    @pytest.mark.parametrize(
        ("printed", "kind", "value"),
        [
            ("5", Type.LONG, 5),
            ("45", Type.REAL, 45.0),
            ("0.785398163397448", Type.REAL, 0.7853981633974483),
            ("7.389056", Type.REAL, 7.38905609893065),
            ("123.45", Type.DECIMAL, Decimal("123.450")),
            ("NaN", Type.REAL, float("nan")),
            ("-∞", Type.REAL, float("-inf")),
            ("", Type.LONG, None),
            ("null", Type.BOOL, None),
            ("", Type.STRING, ""),
            ("TRUE", Type.BOOL, True),
            ("0", Type.BOOL, False),
            ("2017-05-14T12:00:00Z", Type.DATETIME, NOON),
            ("2017-05-14 12:00:00.0000000", Type.DATETIME, NOON),
            ("1.02:03:04.5", Type.TIMESPAN, 93784 * TICKS_A_SECOND + 5_000_000),
            ("-12:00:00", Type.TIMESPAN, -12 * 3600 * TICKS_A_SECOND),
            ("`string`", Type.STRING, "string"),
            ("a<br>b", Type.STRING, "a\nb"),
            ("<https://bing.com>", Type.STRING, "https://bing.com"),
            ('{<br>  "a": 1,<br>  "b": null<br>}', Type.DYNAMIC, {"b": None, "a": 1}),
            ("{'a': 1,'b': null}", Type.DYNAMIC, {"a": 1, "b": None}),
            ("[111.0,73.5]", Type.DYNAMIC, [111, 73.5]),
            ("[24.333]", Type.DYNAMIC, [24.333333333333332]),
            ("a1", Type.DYNAMIC, "a1"),
            ("[ ... ]", Type.DYNAMIC, [1, 2]),
            ('["2017-05-14T12:00:00Z"]', Type.DYNAMIC, ["2017-05-14T12:00:00.0000000Z"]),
        ],
    )
    def test_the_same_value_printed_otherwise(self, printed: str, kind: Type, value: Any) -> None:
        assert agrees(printed, kind, value)

    @pytest.mark.parametrize(
        ("printed", "kind", "value"),
        [
            ("5", Type.LONG, 6),
            ("5.5", Type.LONG, 5),
            ("5", Type.STRING, "6"),
            ("5", Type.STRING, None),
            ("", Type.LONG, 0),
            ("null", Type.STRING, ""),
            ("0", Type.REAL, None),
            ("20.5", Type.REAL, 20.54),
            ("0.785398163397448", Type.REAL, 0.7853981633974),
            ("45", Type.REAL, 45.0000001),
            ("NaN", Type.REAL, 0.0),
            ("0", Type.REAL, float("nan")),
            ("true", Type.BOOL, False),
            ("1", Type.BOOL, None),
            ("2017-05-14T12:00:00Z", Type.DATETIME, NOON.replace(microsecond=1)),
            ("2017-05-14T12:00:00Z", Type.STRING, "2017-05-14 12:00:00"),
            ("01:00:00", Type.TIMESPAN, 3600),
            ("[1,2]", Type.DYNAMIC, [2, 1]),
            ("[1]", Type.DYNAMIC, ["1"]),
            ("[1]", Type.DYNAMIC, [True]),
            ("[]", Type.DYNAMIC, None),
            ("[ ... ]", Type.DYNAMIC, []),
            ('{"a":1}', Type.DYNAMIC, {"a": 1, "b": None}),
            ('{"a":1,"b":2}', Type.STRING, '{"b":2,"a":1}'),
            ('[""]', Type.DYNAMIC, [None]),
        ],
    )
    def test_another_value(self, printed: str, kind: Type, value: Any) -> None:
        assert not agrees(printed, kind, value)

    def test_parts(self) -> None:
        assert name_of("series\\_periods") == "series_periods"
        assert name_of("`Packed`") == "Packed"
        assert read_span("14:00:00:00") == 14 * 86400 * TICKS_A_SECOND
        assert read_date("15-12-2024") is None
        assert read_date("2024-15-12") is None
        assert read_span("1:00") is None


class TestOrder:
    @pytest.mark.parametrize(
        ("query", "ordered"),
        [
            ("T | sort by a", True),
            ("T | top 3 by a | extend b = 1 | project-away a", True),
            ("T | sort by a | summarize count() by b", False),
            ("let x = T | sort by a; x", False),
            ("T | join (U | sort by a) on a", False),
            ("T // | sort by a", False),
            ("print '| sort by a'", False),
            ("T | order by a;", True),
            ("T", False),
        ],
    )
    def test_what_the_query_says(self, query: str, ordered: bool) -> None:
        assert is_ordered(query) is ordered

    def test_rows_may_come_in_any_order_but_that_of_a_sort(self) -> None:
        answer = Answer(("a",), (Type.LONG,), [(2,), (1,)])
        assert not difference(_example("T"), answer)
        assert difference(_example("T | sort by a asc"), answer)

    def test_a_row_counts_as_often_as_it_is_there(self) -> None:
        assert difference(_example("T"), Answer(("a",), (Type.LONG,), [(1,), (1,)]))

    def test_sets_have_no_order_and_lists_have(self) -> None:
        answer = Answer(("s", "l"), (Type.DYNAMIC, Type.DYNAMIC), [([2, 1], [1, 2])])
        query = "T | summarize s = make_set(a), l = make_list(a)"
        assert not difference(Example("", "", query, ("s", "l"), (("[1,2]", "[1,2]"),)), answer)
        assert difference(Example("", "", query, ("s", "l"), (("[1,2]", "[2,1]"),)), answer)
        assert difference(Example("", "", query, ("s", "l"), (("[1,3]", "[1,2]"),)), answer)

    def test_other_names_are_another_answer(self) -> None:
        assert "columns" in difference(_example("T"), Answer(("b",), (Type.LONG,), [(1,), (2,)]))


def _example(query: str) -> Example:
    return Example("", "", query, ("a",), (("1",), ("2",)))


class TestEngines:
    @pytest.mark.parametrize("name", ENGINES)
    def test_an_answer_and_a_refusal(self, name: str) -> None:
        answer = run(ENGINES[name], "print a = 1, b = dynamic({'x': [1]}), c = 1h, d = 'x'")
        assert answer.columns == ("a", "b", "c", "d")
        assert answer.rows == [(1, {"x": [1]}, 3600 * TICKS_A_SECOND, "x")]
        with pytest.raises(Refused):
            run(ENGINES[name], "print 1 |")

    def test_a_bug_is_told_from_a_refusal(self) -> None:
        def broken(query: str, _: object) -> Sql:
            raise ZeroDivisionError(query)

        scored = documentation.score_one(broken, _example("T"))
        assert scored.outcome is documentation.Outcome.ERROR
        [failure] = fuzz.fuzz(broken, ["print 1"], seconds=0.05, seed=1, tables=NO_TABLES).failures
        assert failure.kind.startswith("ZeroDivisionError")

    def test_generated_rows_are_the_same_each_time(self) -> None:
        with opened() as one, opened() as other:
            rows = []
            for database in (one, other):
                fill(database, "SigninLogs", known_tables()["SigninLogs"], 20)
                rows.append(database.execute("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM SigninLogs").fetchall())
        assert rows[0] == rows[1]
        assert len(rows[0]) == 20


class TestAgreement:
    @pytest.mark.parametrize(
        ("columns", "agreement"),
        [
            ([("a", "long"), ("b", "string"), ("c", "dynamic")], oracle.Agreement.BOTH_ACCEPT),
            ([("a", "string"), ("b", "string"), ("c", "dynamic")], oracle.Agreement.OTHER_COLUMNS),
            ([("A", "long"), ("b", "string"), ("c", "dynamic")], oracle.Agreement.OTHER_COLUMNS),
            ([("a", "long"), ("b", "string")], oracle.Agreement.OTHER_COLUMNS),
            (None, oracle.Agreement.LACKING),
        ],
    )
    def test_columns(self, columns: list[tuple[str, str]] | None, agreement: oracle.Agreement) -> None:
        verdict = oracle.Verdict((), (), (("a", "long"), ("b", "guid"), ("c", "unknown")))
        assert oracle.agreement(verdict, columns) is agreement

    def test_errors(self) -> None:
        verdict = oracle.Verdict((), ("KS142",), None)
        assert oracle.agreement(verdict, None) is oracle.Agreement.BOTH_REFUSE
        assert oracle.agreement(verdict, [("a", "long")]) is oracle.Agreement.TOO_LENIENT


@pytest.mark.evidence
def test_documentation(evidence: Path) -> None:
    scored = documentation.score(ENGINES["huntbook"], documentation.examples(evidence))
    counted = documentation.counts(scored, documentation.Kind.LANGUAGE)
    assert sum(counted.values()) == 266
    _hold("documentation", {str(outcome): counted[outcome] for outcome in documentation.Outcome})


@pytest.fixture(scope="module")
def hunted(evidence: Path) -> list[hunting.Scored]:
    return hunting.score(ENGINES["huntbook"], hunting.queries(evidence))


@pytest.mark.evidence
def test_hunting(hunted: Sequence[hunting.Scored]) -> None:
    figures = hunting.figures(hunted)
    counted = {str(outcome): figures.outcomes[outcome] for outcome in hunting.Outcome}
    _hold("hunting", {**counted, "run_empty": figures.run_empty, "run_rows": figures.run_rows})


@pytest.mark.evidence
def test_microsofts_parser(evidence: Path, hunted: Sequence[hunting.Scored]) -> None:
    queries = hunting.queries(evidence)
    try:
        verdicts = oracle.ask(queries, known_tables())
    except oracle.NoOracle as absent:
        pytest.skip(str(absent))
    errors = oracle.recorded(evidence, "corpus_reprise99")
    assert [name for name, verdict in verdicts.items() if bool(verdict.syntax) != bool(errors[name])] == []
    lenient = [one.id for one in hunted if agreement_of(one, verdicts[one.id]) is oracle.Agreement.TOO_LENIENT]
    assert len(lenient) <= FLOORS["oracle"]["at_most"]["only we accept"], lenient


@pytest.mark.evidence
def test_columns_are_those_that_microsofts_parser_says(evidence: Path) -> None:
    try:
        compared = {name: schemas.compare(queries, tables) for name, queries, tables in schemas.sets(evidence)}
    except oracle.NoOracle as absent:
        pytest.skip(str(absent))
    same = {name: sum(one.outcome is schemas.Outcome.SAME for one in several) for name, several in compared.items()}
    unexplained = [schemas.told(one) for several in compared.values() for one in schemas.unexplained(several)]
    assert unexplained == []
    _hold("schemas", {**same, "unexplained": len(unexplained)})


@pytest.mark.evidence
def test_damaged_queries(evidence: Path) -> None:
    failures = fuzz.fuzz(ENGINES["huntbook"], fuzz.seeds_of(evidence), seconds=5, seed=20260301).failures
    assert not failures, "\n".join(f"{failure.kind}: {failure.query[:500]!r}" for failure in failures)


def _hold(score: str, counted: dict[str, int]) -> None:
    floors = FLOORS[score]
    fallen = {name: counted[name] for name, least in floors["at_least"].items() if counted[name] < least}
    risen = {name: counted[name] for name, most in floors["at_most"].items() if counted[name] > most}
    assert not fallen, f"fallen below floors.yaml: {fallen}"
    assert not risen, f"risen above floors.yaml: {risen}"
