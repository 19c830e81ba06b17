"""Packages that only some need."""

from __future__ import annotations

import pytest

from huntbook.core.optional import require
from huntbook.errors import NotInstalled


def test_a_package_that_is_there_is_imported() -> None:
    assert require("json", extra="x").loads("1") == 1


def test_a_package_that_is_missing_is_named_with_the_line_that_installs_it() -> None:
    with pytest.raises(NotInstalled) as caught:
        require("no_such_package_at_all", extra="splunk")
    assert caught.value.message == "This needs the package 'no_such_package_at_all'."
    assert caught.value.hint == 'pip install "huntbook[splunk]"'
    assert isinstance(caught.value, ImportError)
