"""How a value is written in a query language: always as one literal, whatever it contains."""

from __future__ import annotations

import json


def kql_literal(value: str) -> str:
    r"""Write a string literal of KQL.

    Example:
        >>> kql_literal('say "hi"\\n')
        '"say \\"hi\\"\\\\n"'
    """
    return json.dumps(value, ensure_ascii=True)
