"""What went wrong while a query ran, in words of KQL: DuckDB's own are of SQL that nobody wrote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from huntbook.errors import KqlError

if TYPE_CHECKING:
    import duckdb

_TO_REAL = "todouble(…) makes a real of a number, which holds greater ones."
# What DuckDB says, what that means, and what helps. The first that fits counts.
_MEANINGS = (
    (r"DECIMAL", "A number is beyond what a decimal holds here: 20 digits before the point, 18 after it.", _TO_REAL),
    (
        r"Overflow (?:in|on)|out of range for the destination type|out of range of INT",
        "A number is beyond what a long holds: 2^63, about 9.2e18.",
        _TO_REAL,
    ),
    (r"Unknown TimeZone", "There is no such time zone.", "Time zones are called like Europe/Berlin."),
    (r"timestamp range|TIMESTAMP|Interval|interval", "A datetime is beyond the years 1 to 9999.", ""),
    (r"TRY can not be used|subqueries in lambda", "One function cannot stand in another here.", "Compute the inner one with extend, in a step before."),
    (r"(?i:quantile)", "A percentile is a number from 0 to 100.", ""),
    (r"Expected ARRAY|Failed to cast value to numerical", "A dynamic is no array of numbers, which is wanted here.", ""),
    (r"maximum supported string size|string size", "A text becomes longer than 4 GB.", ""),
    (r"Lists larger than|list.*too (?:large|long)|resize vector", "An array becomes too long.", "Filter the rows first."),
    (r"Malformed JSON|JSON path", "A text that is no JSON was read as JSON.", "parse_json(…) gives a string of it."),
    (r"JSON.*nested too deep|[Mm]ax(?:imum)? expression depth", "A dynamic is nested too deeply.", ""),
    (r"Invalid UTF8|Codepoint", "A number is no character.", ""),
    (r"[Oo]ut of [Mm]emory|memory limit|(?:failed to|could not) allocate", "The query needs more memory than there is.", "Filter the rows first."),
)  # fmt: skip
_OF_REGEX = re.compile(
    r"missing [\[\])]|unexpected \)|invalid (?:escape|character class|named|repetition|perl|UTF-8|group)|bad repetition|"
    r"no argument for repetition|trailing \\|pattern too large|invalid nested repetition"
)
_PREFIX = re.compile(r"^[A-Z][\w ]* Error: ")


def told(error: duckdb.Error) -> KqlError:
    """Say what DuckDB says of a query that was compiled."""
    text = str(error).split("\n\nLINE", 1)[0].strip()
    first, _, rest = text.partition("\n")
    said = _PREFIX.sub("", first)
    if error.__class__.__name__ == "InterruptException":
        return KqlError("The query was interrupted.")
    if error.__class__.__name__ == "InternalException":
        return KqlError(
            "These functions cannot stand in each other here.",
            hint="Compute the inner ones with extend, in a step before.",
        )
    if _OF_REGEX.search(said):
        return KqlError(f"A regular expression is none: {said}.", hint="A backslash before a mark takes it as it is.")
    for pattern, message, hint in _MEANINGS:
        if re.search(pattern, said):
            return KqlError(message, hint=hint)
    return KqlError(said if _is_ours(error) else first, hint=rest.strip().partition("\n")[0])


def is_foreseen(error: duckdb.Error) -> bool:
    """Whether it is of the data or of a value in the query, and there are words of KQL for it."""
    return told(error).message != str(error).split("\n\nLINE", 1)[0].strip().partition("\n")[0]


def _is_ours(error: duckdb.Error) -> bool:
    """Whether the words are of a macro or a routine: `error('…')` says just them."""
    return error.__class__.__name__ == "InvalidInputException" and "Division by zero" not in str(error)
