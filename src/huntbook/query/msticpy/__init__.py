"""MSTICPy's packs and settings, read as ours: what its users have written works here, and what cannot be converted is said.

The format is documented at msticpy.readthedocs.io, "Querying and importing data": a file has `metadata`, `defaults` and `sources`, a query's
text is a template of Python's `str.format`, and its holes are text that is pasted in. Here a hole is a literal, so that conversion decides
for each hole what it stands for: a value (its quotes are folded into it), a column or table, or query text.
"""
