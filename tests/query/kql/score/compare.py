"""Whether a cell of an answer is what the documentation prints.

The documentation prints cells as text, in Markdown, by hand or pasted from several programs. What is allowed for is how a value is
printed, never another value: numbers must agree in all digits that are printed (a double has 15 that can be relied on), datetimes to the
microsecond, which is what DuckDB holds, dynamic values by what they are. White space at the ends of a cell is lost in Markdown.
"""

from __future__ import annotations

import ast
import html
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from huntbook.query.kql.types import NUMBERS, TICKS_A_SECOND, Type

Json = object
CLOSE = Decimal("1e-14")
_WORDS = {"nan": math.nan, "∞": math.inf, "-∞": -math.inf, "inf": math.inf, "-inf": -math.inf, "infinity": math.inf}
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_DATE = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[T ](\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?)?Z?", re.ASCII
)  # 2015-12-31 23:59:59.9, 2015-12-31T23:59:59.9000000Z
_SPAN = re.compile(
    r"(-)?(?:(\d+)[.:])?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?", re.ASCII
)  # 1.02:03:04; a page has 14:00:00:00
_BREAK = re.compile(r"<br\s*/?>")
_ELIDED = re.compile(r"\.\.\.(?:\s*\.\.\.)*")
_LEFT_OUT = "\0left out"  # the documentation shows [ ... ]: there must be something


def agrees(printed: str, kind: Type, value: object) -> bool:
    """Whether a value of this type may be printed so."""
    readings = dict.fromkeys(_readings(printed))
    if value is None:
        return any(text in {"", "null", "(null)"} for text in readings)
    return any(_as(kind, text, value) for text in readings)


def name_of(printed: str) -> str:
    """A column's name, without the Markdown around and in it."""
    return printed.strip().strip("`").replace("\\_", "_")


def _readings(printed: str) -> Iterator[str]:
    """What a cell may mean: as it stands, and without Markdown."""
    text = printed.strip()
    yield text
    plain = html.unescape(_BREAK.sub("\n", text)).replace("\\|", "|")
    yield plain
    if re.fullmatch(r"`[^`]*`", plain):
        yield plain[1:-1]
    if re.fullmatch(r'"[^"]*"', plain):
        yield plain[1:-1]
    if link := re.fullmatch(r"<(\w+://[^<>]*)>|\[([^][]*)\]\(\2\)", plain):
        yield link[1] or link[2]


def _as(kind: Type, text: str, value: object) -> bool:  # noqa: PLR0911 - a return for each type
    if kind is Type.BOOL:
        return text.lower() in ({"true", "1"} if value else {"false", "0"})
    if kind in NUMBERS:
        return isinstance(value, int | float | Decimal) and _same_number(text, value)
    if kind is Type.DATETIME:
        return isinstance(value, datetime) and read_date(text) == value
    if kind is Type.TIMESPAN:
        return read_span(text) == value
    if kind is Type.DYNAMIC:
        return _same_dynamic(text, value)
    if kind is Type.GUID:
        return text.lower() == str(value).lower()
    return _same_text(text, str(value))


def _same_number(text: str, value: float | Decimal) -> bool:
    if text.lower() in _WORDS:
        return repr(_WORDS[text.lower()]) == repr(value)
    if not _NUMBER.fullmatch(text):
        return False
    printed = Decimal(text)
    if isinstance(value, int):
        return "." not in text and printed == value
    if not math.isfinite(value):
        return False
    exponent = printed.as_tuple().exponent
    assert isinstance(exponent, int)
    off = abs(Decimal(value) - printed)
    # Two decimals and more may be a number that was rounded; fewer are all that there are.
    unit = Decimal(1).scaleb(exponent) / 2 if exponent <= -2 else Decimal(0)
    return off <= max(unit, abs(printed) * CLOSE)


def read_date(text: str) -> datetime | None:
    """A datetime as it is printed, to the microsecond."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    *parts, fraction = found.groups()
    numbers = [int(part or 0) for part in parts]
    try:
        year, month, day, hour, minute, second = numbers
        microsecond = int((fraction or "").ljust(7, "0")[:6])
        return datetime(year, month, day, hour, minute, second, microsecond)  # noqa: DTZ001 - KQL's are naive
    except ValueError:
        return None


def read_span(text: str) -> int | None:
    """A timespan as it is printed, in ticks."""
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    minus, days, hours, minutes, seconds, fraction = found.groups()
    whole = timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    ticks = whole // timedelta(seconds=1) * TICKS_A_SECOND + int((fraction or "").ljust(7, "0"))
    return -ticks if minus else ticks


def _same_text(text: str, value: str) -> bool:
    if text == value.strip():
        return True
    printed, read = _ordered_json(text), _ordered_json(value)  # the text of JSON is printed with other white space
    return isinstance(printed, list) and _same_json(printed, read)


def _ordered_json(text: str) -> Json:
    """JSON whose objects are lists of pairs, since in a text their order counts."""
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: [list(pair) for pair in pairs], parse_float=Decimal)
    except ValueError:
        return None


def _same_dynamic(text: str, value: Json) -> bool:
    if isinstance(value, str) and text == value.strip():
        return True
    try:
        printed = _read_json(text)
    except ValueError:
        return False
    return _same_json(printed, value)


def _read_json(text: str) -> Json:
    """JSON, perhaps with single quotes, perhaps with `...` in it."""
    text = _ELIDED.sub(lambda _: json.dumps(_LEFT_OUT), text) if re.search(r"\[\s*\.\.\.", text) else text
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError:
        if "'" not in text or '"' in text:
            raise
    try:
        return ast.literal_eval(re.sub(r"\bnull\b", "None", text))
    except SyntaxError as error:
        raise ValueError(text) from error


def _same_json(printed: Json, value: Json) -> bool:  # noqa: PLR0911 - a return for each kind of value
    if isinstance(printed, Mapping):
        return (
            isinstance(value, Mapping)
            and printed.keys() == value.keys()
            and all(_same_json(each, value[name]) for name, each in printed.items())
        )
    if isinstance(printed, list):
        if not isinstance(value, list | tuple):
            return False
        if printed == [_LEFT_OUT]:
            return bool(value)
        return len(printed) == len(value) and all(map(_same_json, printed, value))
    if isinstance(printed, bool) or isinstance(value, bool) or printed is None or value is None:
        return printed is value
    if isinstance(printed, int | float | Decimal):
        return isinstance(value, int | float | Decimal) and _same_number(str(printed), _number(printed, value))
    return printed == value or _same_moment(printed, value)


def _number(printed: float | Decimal, value: float | Decimal) -> float | Decimal:
    """In JSON 1 and 1.0 are one number."""
    return float(value) if isinstance(value, int) and not isinstance(printed, int) else value


def _same_moment(printed: Json, value: Json) -> bool:
    """Datetimes are texts in JSON, and are printed with as many decimals as there is room for."""
    if isinstance(value, datetime):
        return read_date(str(printed)) == value
    texts: Sequence[Json] = (printed, value)
    one, other = (read_date(text) if isinstance(text, str) and "T" in text else None for text in texts)
    return one is not None and one == other
