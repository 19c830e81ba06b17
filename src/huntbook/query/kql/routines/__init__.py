"""Functions of Python that queries call where SQL has no words for what KQL asks.

An engine registers them as they are annotated: `str`, `int`, `float`, `bool` and lists of them. Where a parameter may be `None` (`str | None`) it gets one,
otherwise the answer to `None` is `None` without a call.
DuckDB takes what is not a number for null: where KQL gives `NaN`, the SQL around the call says so. They give `None` for what is not well-formed, raise nothing, and bound what they make of hostile content.
"""
