"""From evidence to findings and a report: the hunting pack is run, its answers become findings, the findings a page."""
