"""A fake service answers what it cannot do as the service would, and says so where it fails itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from huntbook.core import http
from huntbook.core.http import Patience
from huntbook.errors import QueryRejected, ServiceError
from huntbook.testing import FakeDefender, FakeKusto, FakeResourceGraph, FakeSentinel
from huntbook.testing.service import Answer, FakeService, Seen

ROWS = [{"TimeGenerated": f"2026-03-0{day}T05:00:00Z", "U": "a"} for day in range(1, 6)]
SPAN: dict[str, Any] = {"start": "2026-03-01", "end": "2026-03-02"}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(http, "PATIENCE", Patience(attempts=2, first=0.01))
    monkeypatch.setenv("HUNTBOOK_CACHE", str(tmp_path))


@pytest.mark.parametrize(
    "kind", [FakeDefender, FakeKusto, FakeResourceGraph, FakeSentinel], ids=lambda kind: kind.source
)
@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("T_CL | take -1", "negative"),
        ("T_CL | where U matches regex '('", "regular expression"),
        ("T_CL | extend x = tolong(9223372036854775807) + strlen(U)", "beyond what a long holds"),
    ],
)
def test_a_query_that_fails_while_it_runs_is_refused_with_the_reason(kind: Any, query: str, why: str) -> None:
    with kind(tables={"T_CL": ROWS, "Resources": ROWS}) as service:
        asked = query.replace("T_CL", "Resources") if kind is FakeResourceGraph else query
        with pytest.raises(QueryRejected, match=why):
            service.connect().query(asked)


def test_a_fake_that_fails_itself_answers_so_and_tells_the_test() -> None:
    def broken(seen: Seen) -> Answer:
        raise KeyError(f"of the fake, at {seen.path}")

    def tested(*, more: bool) -> None:
        with FakeSentinel(tables={"T_CL": ROWS}) as service:
            service.answer = broken  # type: ignore[method-assign]
            with pytest.raises(ServiceError, match="500") as caught:
                service.connect().query("T_CL")
            assert "of the fake" in caught.value.reply
            assert not more

    with pytest.raises(KeyError) as told:
        tested(more=False)
    assert "fault of the fake service" in "".join(told.value.__notes__)
    with pytest.raises(AssertionError) as failed:
        tested(more=True)
    assert "of the fake" in "".join(failed.value.__notes__)


def test_a_fake_that_fails_in_the_middle_of_a_body_tells_the_test() -> None:
    def body() -> Iterator[bytes]:
        yield b'{"tables":'
        raise ValueError("no rows")

    def answer(seen: Seen) -> Answer:
        return Answer(body=body() if seen.path else b"")

    service: FakeService = FakeSentinel(tables={"T_CL": ROWS})
    service.answer = answer  # type: ignore[method-assign]
    with pytest.raises(ServiceError):
        service.connect().query("T_CL")
    with pytest.raises(ValueError, match="no rows"):
        service.stop()


@pytest.mark.parametrize("name", ["SigninLogs", "My_CL"])
def test_rows_whose_time_is_text_are_of_that_time(name: str) -> None:
    with FakeSentinel(tables={name: ROWS}) as service:
        source = service.connect()
        assert len(source.query(name, **SPAN)) == 1
        assert len(source.query(name, start="2026-03-01", end="2026-03-06", split="1d")) == 5
