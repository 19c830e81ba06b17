"""The widget: it shows a menu of queries, and does what its page asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from huntbook.errors import HuntbookError, UnknownName
from huntbook.query.prepared import PreparedQuery
from huntbook.widgets._query_browser.forms import values
from huntbook.widgets._query_browser.listing import listed, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from huntbook.core.result import Result
    from huntbook.query.menu import QueryMenu

_HERE = Path(__file__).parent


class QueryBrowser(anywidget.AnyWidget):
    """Prepared queries to look through, fill in, copy and run; `result` is the last answer.

    Example:
        browser = hb.widgets.query_browser(logs, name="logs")
        browser.result.to_polars()
    """

    _esm = _HERE / "page.js"
    _css = _HERE / "page.css"
    _queries: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    _where = traitlets.Unicode().tag(sync=True)
    _asked = traitlets.Dict().tag(sync=True)
    _told = traitlets.Dict().tag(sync=True)

    def __init__(self, menu: QueryMenu, name: str = "conn") -> None:
        self._menu = menu
        self.result: Result | None = None
        super().__init__(_queries=listed(menu), _where=f"{name}.queries")
        self.observe(self._ask, names="_asked")

    def refresh(self) -> None:
        """Look again which queries there are, and which can be asked."""
        self._queries = listed(self._menu)

    def _ask(self, change: Mapping[str, Any]) -> None:
        """Do what the page asks: `explain` or `run` a query with the texts of its form."""
        asked = change["new"]
        if not asked:
            return
        told: dict[str, Any] = {"error": "It failed; the notebook's log says why."}
        try:
            told = self._done(asked)
        except HuntbookError as error:
            told = {"error": error.message, "hint": error.hint}
        finally:  # what is no error of ours goes on to the log, and the page does not wait for ever
            self._told = {"number": asked.get("number"), "query": asked.get("query"), **told}

    def _done(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        prepared = self._prepared(str(asked.get("query")))
        given = values(prepared, {str(name): str(text) for name, text in dict(asked.get("texts") or {}).items()})
        if asked.get("do") == "explain":
            return {"text": prepared.explain(**given)}
        self.result = prepared(**given)
        return {"answer": shown(self.result)}

    def _prepared(self, name: str) -> PreparedQuery:
        found = self._menu[name]
        if not isinstance(found, PreparedQuery):
            raise UnknownName(f"{name} is a pack, not a query.")
        return found
