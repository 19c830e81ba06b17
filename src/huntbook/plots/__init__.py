"""A table becomes a chart: `hb.plots.timeline(table)`. One file, one function of the same name."""

from huntbook.core.modules import function_folder

function_folder(__name__)
