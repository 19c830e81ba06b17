"""How a value is written in a query language: always as one literal, whatever it contains."""

from __future__ import annotations

# A literal ends at its quote or at the line's end. Everything else stands for itself: `\u` escapes are not read everywhere.
_KQL = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def kql_literal(value: str) -> str:
    r"""Write a string literal of KQL.

    Example:
        >>> kql_literal('say "hi"\\n')
        '"say \\"hi\\"\\\\n"'
    """
    return f'"{value.translate(_KQL)}"'
