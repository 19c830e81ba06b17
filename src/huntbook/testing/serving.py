"""Fake services by the name of the source that they answer, to be run on their own: `huntbook fake sentinel --evidence FOLDER`."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any

from huntbook.errors import ParameterError, UnknownName
from huntbook.sources import sources
from huntbook.testing.faults import Faults
from huntbook.testing.service import FakeCredential, FakeService, FixedCredential

if TYPE_CHECKING:
    from pathlib import Path


def fake_of(source: str) -> type[FakeService]:
    """The fake service of a source.

    Raises:
        UnknownName: if there is no such source, or it has none.
    """
    try:
        module = import_module(f"huntbook.testing.{source}") if source in sources else None
    except ModuleNotFoundError:
        module = None
    found = [value for value in vars(module).values() if _answers(value, source)] if module else []
    if not found:
        raise UnknownName.among("fake service", source, [name for name in sources if name != "local"])
    return found[0]  # type: ignore[no-any-return]


def _answers(value: object, source: str) -> bool:
    return inspect.isclass(value) and issubclass(value, FakeService) and getattr(value, "source", "") == source


def started(source: str, evidence: Path | None, *, port: int = 0, faults: float = 0.0) -> FakeService:
    """Start the fake service of a source.

    Args:
        source: the source's name.
        evidence: a folder of logs that it answers from.
        port: where it listens; any free one if not given.
        faults: the share of requests that something goes wrong with.

    Raises:
        UnknownName: if there is no such fake.
        ParameterError: if it answers from no evidence.
    """
    kind = fake_of(source)
    takes = inspect.signature(kind).parameters
    given: dict[str, Any] = {"faults": Faults(share=faults)}
    if evidence is not None:
        if "evidence" not in takes:
            raise ParameterError(f"The fake service of {source} does not answer from a folder of logs.")
        given["evidence"] = evidence
    kind.port = port
    return kind(**given)


def program(service: FakeService) -> str:
    """The program that connects to a service from elsewhere on this machine."""
    settings = {name: _elsewhere(value) for name, value in service.settings().items()}
    written = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    needs = "from huntbook.testing import FixedCredential\n" if "FixedCredential(" in written else ""
    return f'import huntbook as hb\n{needs}{service.source} = hb.connect("{service.source}", {written})'


def _elsewhere(value: object) -> object:
    """A setting that means the same in another process."""
    return FixedCredential(value.get_token("").token) if isinstance(value, FakeCredential) else value
