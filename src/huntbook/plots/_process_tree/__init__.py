"""Machinery of `hb.plots.process_tree`."""
