"""What one works with in a notebook by looking and clicking: `hb.widgets.query_browser(conn)`. One file, one function of the same name."""

from typing import TYPE_CHECKING

from huntbook.core.modules import function_folder

if TYPE_CHECKING:
    from huntbook.widgets.query_browser import query_browser as query_browser

function_folder(__name__)
