"""The prepared queries of a connection, to look through, fill in, copy and run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huntbook.core.optional import require

if TYPE_CHECKING:
    from typing import Protocol

    from huntbook.query.menu import QueryMenu
    from huntbook.widgets._query_browser.widget import QueryBrowser

    class Connected(Protocol):
        """What has prepared queries: a connection."""

        @property
        def queries(self) -> QueryMenu:
            """The menu."""


def query_browser(conn: Connected, *, name: str = "conn") -> QueryBrowser:
    """Show the prepared queries of a connection: filter and read them, fill in their parameters, copy the call, run it.

    Args:
        conn: the connection.
        name: what the connection is called in your notebook, for the call that is copied.

    Returns:
        The widget. Its `result` is the last answer, as the call itself would have given it.

    Raises:
        NotInstalled: anywidget is missing: `pip install "huntbook[notebook]"`.

    Example:
        browser = hb.widgets.query_browser(logs, name="logs")
        browser
        browser.result.to_polars()
    """
    require("anywidget", extra="notebook")
    from huntbook.widgets._query_browser.widget import QueryBrowser  # noqa: PLC0415 - its base is the optional package's

    return QueryBrowser(conn.queries, name)
