"""Errors that go from one process to another, or are copied, say the same."""

from __future__ import annotations

import copy
import pickle

import pytest

from huntbook import errors
from huntbook.errors import HuntbookError

EVERY = [
    errors.ConfigError("a", hint="b"),
    errors.UnknownName.among("source", "splnk", ["splunk"]),
    errors.NotInstalled.in_extra("pandas", "pandas"),
    errors.ColumnMissing(["Hots"], ["Host"]),
    errors.EvidenceError("a", path="/p", hint="h"),
    errors.SchemaError("a", path="p.yaml", line=3, hint="h"),
    errors.KqlError("a", line=1, column=2, near="q"),
    errors.RateLimited("a", retry_after=3, service="s"),
    errors.QueryRejected("a", position=(1, 2), query="T"),
    errors.Unreachable("a", service="s", hint="h"),
    errors.AccessDenied("a", reply="r"),
    errors.QueryTimeout("a"),
]


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_an_error_can_be_copied_and_sent(error: HuntbookError) -> None:
    for same in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(same) is type(error)
        assert (str(same), vars(same)) == (str(error), vars(error))
