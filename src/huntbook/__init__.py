"""huntbook: security investigation in notebooks, from a folder of logs to findings that say what they rest on.

Example:
    >>> import huntbook as hb
    >>> "iocs" in dir(hb)
    True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from huntbook import plots as plots
    from huntbook.analytics.decode import decode as decode
    from huntbook.analytics.iocs import iocs as iocs
    from huntbook.analytics.process_tree import process_tree as process_tree

# name → the module that has it; nothing of it is imported before it is asked for.
_NAMES = {
    "decode": "huntbook.analytics.decode",
    "iocs": "huntbook.analytics.iocs",
    "plots": "huntbook.plots",
    "process_tree": "huntbook.analytics.process_tree",
}

__version__ = "0.1.0"
__all__ = ["__version__", "decode", "iocs", "plots", "process_tree"]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"huntbook has no {name!r}; it has: {', '.join(__all__)}")
    module = import_module(_NAMES[name])
    value = module if module.__name__ == f"huntbook.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
