"""Fake services by the name of the source that they answer, to be run on their own: `huntbook fake sentinel --evidence FOLDER`."""

from __future__ import annotations

import errno
import inspect
from importlib import import_module
from importlib.util import find_spec
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
    found = _found(source)
    if found is not None:
        return found
    known = [name for name in sources.installed() if _found(name)]
    if source in sources:
        raise UnknownName(f"There is no fake service of {source}.", hint=f"There are: {', '.join(known)}.")
    raise UnknownName.among("fake service", source, known)


def _found(source: str) -> type[FakeService] | None:
    """The fake service in the file of this name, if there is such a file."""
    module = f"huntbook.testing.{source}"
    if source not in sources.installed() or find_spec(module) is None:
        return None
    return next((value for value in vars(import_module(module)).values() if _answers(value, source)), None)


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
        ParameterError: if it answers from no evidence, or the port is taken.
    """
    kind = fake_of(source)
    takes = inspect.signature(kind).parameters
    given: dict[str, Any] = {"faults": Faults(share=faults)}
    if evidence is not None:
        if "evidence" not in takes:
            raise ParameterError(f"The fake service of {source} does not answer from a folder of logs.")
        given["evidence"] = evidence
    here: type[FakeService] = type(kind.__name__, (kind,), {"port": port})
    try:
        return here(**given)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        hint = "Give another --port; without it any free one is taken."
        raise ParameterError(f"Nobody can listen at port {port}: {error.strerror}.", hint=hint) from error


def program(service: FakeService) -> str:
    """The program that connects to a service from elsewhere on this machine."""
    settings = {name: _elsewhere(value) for name, value in service.settings().items()}
    written = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    needs = "from huntbook.testing import FixedCredential\n" if "FixedCredential(" in written else ""
    return f'import huntbook as hb\n{needs}{service.source} = hb.connect("{service.source}", {written})'


def _elsewhere(value: object) -> object:
    """A setting that means the same in another process."""
    return FixedCredential(value.get_token("").token) if isinstance(value, FakeCredential) else value
