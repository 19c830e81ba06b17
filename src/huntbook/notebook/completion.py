"""Tab after `hb.connect("` and `hb.connect("sentinel", `: the names of the sources, and the settings that this one takes.

IPython completes the names of a function's own parameters, and no values. What else is to complete is told by a matcher of one's own
(ipython.readthedocs.io, `IPython.core.completer`), which the shell has from `import huntbook` on; the kernel asks it for Jupyter and VS Code too.
"""

from __future__ import annotations

import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from huntbook.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_NAME: Final = r"[A-Za-z_][\w.]*+"
_CONNECTS: Final = re.compile(rf"(?<![\w.])({_NAME})\(\s*(['\"])(\w*)(?:\Z|\2\s*,)", re.ASCII)
_SETTING: Final = re.compile(r"(?:^|,)\s*(\w*)\Z", re.ASCII)
_GIVEN: Final = re.compile(r"(?<!\w)(\w++)\s*+=", re.ASCII)
_STRING: Final = re.compile(r"'[^'\\\n]*(?:\\.[^'\\\n]*)*+'|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*+\"", re.ASCII)
_NAMES_A_SOURCE: Final = ("connect", "sources.needs")


def install(shell: Any) -> None:
    """Tell an IPython shell what completes; a shell that takes no matchers is left alone."""
    matchers = getattr(getattr(shell, "Completer", None), "custom_matchers", None)
    if matchers is None or any(getattr(each, "matcher_identifier", "") == _IDENTIFIER for each in matchers):
        return

    def matcher(context: Any) -> dict[str, Any]:
        before = "\n".join([*context.full_text.split("\n")[: context.cursor_line], context.text_until_cursor])
        return _matches(before, shell.user_ns)

    about: Any = matcher
    about.matcher_identifier, about.matcher_api_version = _IDENTIFIER, 2
    matchers.append(matcher)


_IDENTIFIER: Final = "huntbook.connect"


def _matches(before: str, names: Mapping[str, Any]) -> dict[str, Any]:
    from IPython.core.completer import SimpleCompletion  # noqa: PLC0415 - it is there: it asks

    try:
        found, typed = completed(before, names)
    except Exception:  # noqa: BLE001 - a source may be anybody's, and what fails must not cost the other names
        found, typed = [], ""
    return {
        "completions": [SimpleCompletion(text=each, type="param" if each.endswith("=") else "text") for each in found],
        "matched_fragment": typed,
        "suppress": bool(found),  # files and every name of Python's are not meant
    }


def completed(before: str, names: Mapping[str, Any]) -> tuple[list[str], str]:
    """What may follow the text before the cursor, and how much of it is there already.

    Args:
        before: the cell up to the cursor.
        names: what the names in the cell stand for.
    """
    called = next(reversed(list(_CONNECTS.finditer(before))), None)
    if called is None or called[1] not in _callables(names):
        return [], ""
    rest = before[called.end() :]
    if not called[0].endswith(","):
        return [each for each in _sources() if each.startswith(called[3])], called[3]
    return _left(called[3], rest) if called[1].endswith("connect") else ([], "")


def _callables(names: Mapping[str, Any]) -> Iterator[str]:
    """What takes the name of a source, as it is written here: `hb.connect`, `session.connect`, `connect`; nothing is run to find out."""
    for name, value in names.items():
        if isinstance(value, ModuleType) and value.__name__ == "huntbook":
            yield from (f"{name}.{each}" for each in (*_NAMES_A_SOURCE, "session.connect"))
        elif type(value).__module__ == "huntbook.session" and type(value).__name__ == "Session":
            yield f"{name}.connect"
        elif getattr(value, "__module__", "") == "huntbook.session" and getattr(value, "__name__", "") == "connect":
            yield name


def _left(source: str, written: str) -> tuple[list[str], str]:
    """The settings of a source that a call does not have yet, where one may be named."""
    plain = _STRING.sub("''", written)
    found = _SETTING.search(plain)
    if found is None or "'" in plain.replace("''", "") or '"' in plain or not _inside(plain):
        return [], ""
    given = set(_GIVEN.findall(plain))
    return [f"{each}=" for each in _settings(source) if each not in given and each.startswith(found[1])], found[1]


def _inside(plain: str) -> bool:
    """Whether the call is still open, and nothing within it."""
    return all(plain.count(opening) == plain.count(closing) for opening, closing in ("()", "[]", "{}"))


def _sources() -> list[str]:
    from huntbook.sources import sources  # noqa: PLC0415 - who completes nothing loads nothing

    try:
        return list(sources)
    except ConfigError:  # of folders of one's own, which `connect` will say
        return sources.installed()


def _settings(source: str) -> Iterable[str]:
    from huntbook.sources import sources  # noqa: PLC0415

    if source not in sources:
        return []
    return [*(each.name for each in sources.needs(source).settings), *(["use"] if sources[source].Settings else [])]


def install_where_ipython_runs() -> None:
    """Tell the shell that this process is, if it is one."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:
        install(shell)
