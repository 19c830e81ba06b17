"""A session: what is connected, and the time that is asked of where nothing else says which."""

from __future__ import annotations

import gc

import pytest

import huntbook as hb
from huntbook.errors import ParameterError, QueryError
from huntbook.session import Session
from huntbook.testing import FakeSentinel


@pytest.fixture
def service() -> FakeSentinel:
    return FakeSentinel(tables={"Heartbeat": [{"TimeGenerated": "2026-03-01T10:00:00Z", "Computer": "WS01"}]})


def test_it_tells_what_is_connected_as_long_as_somebody_holds_it(service: FakeSentinel) -> None:
    session = Session()
    held = session.connect("sentinel", **service.settings())
    for _ in range(3):
        session.connect("sentinel", **service.settings())
    gc.collect()
    assert session.connections == [held]
    assert held.name in repr(session)
    assert "nothing" in repr(Session())


def test_its_span_is_the_connections_unless_that_has_one(service: FakeSentinel) -> None:
    session = Session()
    sentinel = session.connect("sentinel", **service.settings())
    assert (session.span, sentinel.span) == (None, None)
    session.span = "2d"
    assert (session.span, sentinel.span) == ("2d", "2d")
    sentinel.span = "1h"
    assert (session.span, sentinel.span) == ("2d", "1h")
    with pytest.raises(ParameterError):
        session.span = "yesterday or so"
    assert session.span == "2d"


def test_a_misspelt_attribute_is_not_taken() -> None:
    with FakeSentinel(tables={"SigninLogs": [{"TimeGenerated": "2026-03-01T05:00:00Z"}]}).connect() as logs:
        for each in (logs, hb.session):
            with pytest.raises(AttributeError, match=r"has no 'spn'\. Did you mean 'span'\?"):
                each.spn = "3d"
            each.span = "3d"
            each.span = None


def test_one_connection_alone_can_be_asked_too() -> None:
    rows = [{"TimeGenerated": "2026-03-01T05:00:00Z"}]
    with FakeSentinel(tables={"SigninLogs": rows}).connect() as logs:
        assert len(hb.ask(logs, "SigninLogs", start="2026-03-01", end="2026-03-02")) == 1


def test_a_closed_connection_says_so() -> None:
    logs = FakeSentinel(tables={"SigninLogs": [{"TimeGenerated": "2026-03-01T05:00:00Z"}]}).connect()
    logs.close()
    for ask in (logs.query, logs.stream, logs.explain):
        with pytest.raises(QueryError, match=r"is closed\.\nConnect anew"):
            ask("SigninLogs", last="2d")
    with pytest.raises(QueryError, match="is closed"):
        logs.upload([{"a": 1}], to="Evidence_CL")
