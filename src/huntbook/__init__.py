"""huntbook: security investigation in notebooks, from a folder of logs to findings that say what they rest on.

Example:
    >>> import huntbook as hb
    >>> "iocs" in dir(hb)
    True
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from huntbook.core.modules import named_package

if TYPE_CHECKING:
    from huntbook import plots as plots
    from huntbook import widgets as widgets
    from huntbook.analytics.decode import decode as decode
    from huntbook.analytics.iocs import iocs as iocs
    from huntbook.analytics.process_tree import process_tree as process_tree
    from huntbook.investigation.hunt import hunt as hunt
    from huntbook.investigation.triage import triage as triage
    from huntbook.query.pack import packs as packs
    from huntbook.query.parameters import Clause as Clause
    from huntbook.scenarios import practice as practice
    from huntbook.session import ask as ask
    from huntbook.session import connect as connect
    from huntbook.session import session as session
    from huntbook.sources import sources as sources

# name → the module that has it; nothing of it is imported before it is asked for.
_NAMES = {
    "Clause": "huntbook.query.parameters",
    "ask": "huntbook.session",
    "connect": "huntbook.session",
    "decode": "huntbook.analytics.decode",
    "hunt": "huntbook.investigation.hunt",
    "iocs": "huntbook.analytics.iocs",
    "packs": "huntbook.query.pack",
    "plots": "huntbook.plots",
    "practice": "huntbook.scenarios",
    "process_tree": "huntbook.analytics.process_tree",
    "session": "huntbook.session",
    "sources": "huntbook.sources",
    "triage": "huntbook.investigation.triage",
    "widgets": "huntbook.widgets",
}

named_package(__name__)
if "IPython" in sys.modules:
    from huntbook.notebook.completion import install_where_ipython_runs

    install_where_ipython_runs()

__version__ = "0.1.0"
__all__ = [
    "Clause",
    "__version__",
    "ask",
    "connect",
    "decode",
    "hunt",
    "iocs",
    "packs",
    "plots",
    "practice",
    "process_tree",
    "session",
    "sources",
    "triage",
    "widgets",
]


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"huntbook has no {name!r}; it has: {', '.join(__all__)}")
    module = import_module(_NAMES[name])
    value = vars(module).get(name, module)  # `plots` is the folder itself; the rest is what a module is named for
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
