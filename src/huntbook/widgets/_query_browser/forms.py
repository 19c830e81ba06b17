"""What was typed into a form as the values of a call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from huntbook.query.parameters import Clause, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from huntbook.query.prepared import PreparedQuery


def values(prepared: PreparedQuery, texts: Mapping[str, str]) -> dict[str, Any]:
    """The values that texts stand for, by the kinds of the query's parameters; what is empty is not given.

    What a kind does not take stays a text, for the call to refuse with the parameter's name.
    """
    found: dict[str, Any] = {}
    for name, text in texts.items():
        if not text.strip():
            continue
        parameter = prepared.parameters.get(name)
        if parameter is None:
            found[name] = text.strip()
        elif parameter.type is Kind.LIST:
            found[name] = [_one(parameter.of, item) for item in items(text)]
        else:
            found[name] = _one(parameter.type, text)
    return found


def items(text: str) -> list[str]:
    """The items of a list: one a line, or else with commas between them."""
    parts = text.splitlines() if "\n" in text.strip() else text.split(",")
    return [part.strip() for part in parts if part.strip()]


def _one(kind: Kind, text: str) -> Any:
    if kind is Kind.CLAUSE:
        return Clause(text)  # typed by whoever asks, as in the call itself
    plain = text.strip()
    if kind is Kind.INT and re.fullmatch(r"[+-]?\d{1,40}", plain, re.ASCII):
        return int(plain)
    if kind is Kind.REAL and re.fullmatch(r"[+-]?\d+(\.\d+)?", plain, re.ASCII):
        return float(plain)
    if kind is Kind.BOOL and plain.lower() in ("true", "false"):
        return plain.lower() == "true"
    return text if kind is Kind.STRING else plain
