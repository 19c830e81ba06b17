"""A table becomes a chart: `hb.plots.timeline(table)`. One file, one function of the same name."""

from typing import TYPE_CHECKING

from huntbook.core.modules import function_folder

if TYPE_CHECKING:
    from huntbook.plots.process_tree import process_tree as process_tree
    from huntbook.plots.timeline import timeline as timeline

function_folder(__name__)
