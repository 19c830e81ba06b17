"""What the tests of packs share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from huntbook.testing.examples import Bench


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """One database for all examples: what queries call is made in it once."""
    with Bench() as made:
        yield made
