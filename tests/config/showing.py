"""Every way we know in which an object may be shown or written, for tests that a secret is in none of them."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import io
import json
import logging
import pickle
import pprint
import reprlib
import traceback
import warnings
from collections.abc import Iterator
from typing import Any

import rich
from hypothesis import strategies as st
from IPython.lib.pretty import pretty
from pydantic import BaseModel
from rich.console import Console
from rich.pretty import pretty_repr


class Holder(BaseModel):
    """A model that holds something of any kind."""

    model_config = {"arbitrary_types_allowed": True}
    held: Any


@dataclasses.dataclass
class Record:
    held: object


# Secrets that stand in nothing that we write ourselves: no part of a message can be taken for one.
HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=5, max_size=40),
    st.sampled_from(
        [
            "{held}",
            "%s%s%s%n",
            "'; --",
            '"}]}\n',
            "\x1b[2J\x1b[31m",
            "<script>alert(1)</script>",
            "a\u202eb\u0000c",
            "{{start}}",
        ]
    ),
).map(lambda text: f"§{text}¶")


def in_frames(error: BaseException, package: str = "huntbook") -> str:
    """What a traceback with local variables says of the frames of a package, causes included."""
    found = traceback.TracebackException.from_exception(error, capture_locals=True)
    parts: list[str] = []
    while found:
        ours = [frame for frame in found.stack if f"/src/{package}/" in frame.filename]
        parts += [f"{frame.name}: {frame.locals}" for frame in ours] + list(found.format_exception_only())
        found = found.__cause__ or found.__context__  # type: ignore[assignment]
    return "\n".join(parts)


def ways(thing: object) -> Iterator[tuple[str, str]]:
    """How a thing is shown, by the name of the way. A way that refuses shows its error."""
    with warnings.catch_warnings():  # of attributes that pydantic deprecates
        warnings.simplefilter("ignore")
        yield from _shown(thing)


def _shown(thing: object) -> Iterator[tuple[str, str]]:
    shown = io.StringIO()
    rich.inspect(thing, all=True, private=True, dunder=False, console=Console(file=shown, width=200))
    yield "rich inspect", shown.getvalue()
    log = io.StringIO()
    stream = logging.StreamHandler(log)
    stream.emit(logging.makeLogRecord({"msg": "%s %r", "args": (thing, thing)}))
    yield "logging", log.getvalue()
    for name, way in _WAYS.items():
        try:
            yield name, str(way(thing))
        except (TypeError, AttributeError, ValueError) as error:
            yield name, f"{error} {in_frames(error)}"


def _in_a_traceback(thing: object) -> str:
    def fail(held: object) -> None:
        raise RuntimeError(held)

    try:
        fail(thing)
    except RuntimeError as error:
        own = traceback.TracebackException(type(error), error, error.__traceback__, capture_locals=True, limit=-1)
        return "".join(own.format())
    return ""


_WAYS: dict[str, Any] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": lambda thing: f"{thing:>30}",
    "format !r": lambda thing: f"{thing!r:>30}",
    "percent": lambda thing: "%s %r" % (thing, thing),  # noqa: UP031
    "in a list": lambda thing: [thing],
    "as a key": lambda thing: {thing: 1},
    "json": json.dumps,
    "json, default=str": lambda thing: json.dumps({"held": thing}, default=str),
    "json, default=vars": lambda thing: json.dumps({"held": thing}, default=vars),
    "pickle": pickle.dumps,
    "pickle, oldest": lambda thing: pickle.dumps(thing, protocol=0),
    "copy": lambda thing: repr(copy.copy(thing)),
    "deepcopy": lambda thing: repr(copy.deepcopy({"held": thing})),
    "hash": lambda thing: hash(thing) * 0,
    "vars": vars,
    "dir": lambda thing: [getattr(thing, name, "") for name in dir(thing)],
    "members": inspect.getmembers,
    "state": lambda thing: thing.__getstate__(),
    "dataclass": lambda thing: (Record(thing), dataclasses.asdict(Record(thing))),
    "pprint": pprint.pformat,
    "reprlib": reprlib.repr,
    "rich": pretty_repr,
    "ipython": pretty,
    "pydantic repr": lambda thing: repr(Holder(held=thing)),
    "pydantic dump": lambda thing: Holder(held=thing).model_dump(),
    "pydantic json": lambda thing: Holder(held=thing).model_dump_json(),
    "pydantic json dump": lambda thing: Holder(held=thing).model_dump(mode="json"),
    "traceback": _in_a_traceback,
    "text beside it": lambda thing: "Bearer " + thing,
    "bytes": bytes,
    "iterated": list,
    "length": len,
}
