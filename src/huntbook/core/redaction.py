"""Secrets that were used, and texts without them: what a service replies may repeat what it was sent.

Every error of huntbook and everything that an answer says of its completeness goes through `redacted`, whoever made it; rows do not.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import threading
from collections import OrderedDict
from html import escape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, quote_plus

from huntbook.errors import HuntbookError

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "•••"
_MOST = 1_000  # secrets that are remembered: the least recently used one goes first
_SHORT = 4  # below this a secret is likely to be part of an innocent word: it is hidden only where it stands alone


class _Spelling(NamedTuple):
    """How a secret may be written; `before` and `after` are characters around it that hold some of its bits."""

    text: str
    before: int = 0
    after: int = 0


_hidden: OrderedDict[str, tuple[_Spelling, ...]] = OrderedDict()
_changing = threading.Lock()


def hide(secret: str) -> None:
    """Remember a secret, so that `redacted` takes it out of texts. Some hundred that were used last are remembered."""
    if not secret:
        return
    with _changing:
        if secret not in _hidden:
            _hidden[secret] = tuple(_spellings(secret))
        _hidden.move_to_end(secret)
        while len(_hidden) > _MOST:
            _hidden.popitem(last=False)


def redacted(text: str) -> str:
    """Replace every remembered secret by `•••`, also where it is written in Base64, for a URL, in JSON or in HTML.

    Redact first and shorten then: a secret that was cut in two is not recognised. Time is linear in the text.

    Example:
        >>> hide("correct horse")
        >>> redacted("GET /?password=correct%20horse")
        'GET /?password=•••'
    """
    with _changing:
        spellings = [(secret, each) for secret, all_of_it in _hidden.items() for each in all_of_it]
    found = [place for secret, each in spellings if each.text in text for place in _places(text, each, secret)]
    if not found:
        return text
    pieces, shown = [], 0
    for start, end in _joined(found):
        pieces += [text[shown:start], MARK]
        shown = end
    return "".join([*pieces, text[shown:]])


def shortened(text: str, most: int) -> str:
    """The beginning of a text without secrets: cut after they were taken out, since half a secret is not recognised."""
    return redacted(text)[:most]


class Redacting(logging.Filter):
    """Takes secrets out of what a logger of somebody else's says."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the message and the traceback; let the record pass."""
        record.msg, record.args = redacted(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = redacted(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


def _joined(places: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join places that touch or overlap: two secrets may share characters."""
    places.sort()
    start, end = places[0]
    for other, last in places[1:]:
        if other > end:
            yield start, end
            start, end = other, last
        end = max(end, last)
    yield start, end


def _places(text: str, spelling: _Spelling, secret: str) -> Iterator[tuple[int, int]]:
    if len(secret) < _SHORT:
        for match in re.finditer(rf"(?<!\w){re.escape(spelling.text)}(?!\w)", text):
            yield match.span()
        return
    for start, end in _runs(text, spelling.text):
        yield max(0, start - spelling.before), min(len(text), end + spelling.after)


def _runs(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    """Where a text stands in another, overlaps with itself included; a run of overlaps is walked by its period, so that time stays linear."""
    start = text.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        following = text.find(wanted, start + 1)
        if 0 < following < end:
            period = following - start
            while text.startswith(wanted[-period:], end):
                end += period
        yield start, end
        start = text.find(wanted, end - len(wanted) + 1)


def _spellings(secret: str) -> Iterator[_Spelling]:
    """The secret as it is, and as URLs, JSON, HTML, Python and Base64 write it."""
    plain = secret.encode("utf-8", "surrogatepass")
    quoted = {quote(plain, safe=safe) for safe in ("", "/", "!~*'()", ";/?:@&=+$,#!~*'()")} | {quote_plus(plain)}
    in_json = {json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    in_json |= {each.replace("/", r"\/") for each in in_json} | {json.dumps(each)[1:-1] for each in in_json}
    in_json |= {re.sub("[<>&]", lambda sign: f"\\u{ord(sign[0]):04x}", each) for each in in_json}
    in_html = {escape(secret), escape(secret, quote=False), escape(secret).replace("&#x27;", "&#39;")}
    lower = {re.sub("%[0-9A-F]{2}", lambda sign: sign[0].lower(), each) for each in quoted}
    for text in {secret, repr(secret)[1:-1], *quoted, *lower, *in_json, *in_html}:
        yield _Spelling(text)
    if len(secret) >= _SHORT:
        yield from _in_base64(plain)


def _in_base64(plain: bytes) -> Iterator[_Spelling]:
    """The characters of Base64 that depend on the secret alone, for each of the three ways it can lie in what is encoded (`user:secret`)."""
    for shift in range(3):
        first, last = 8 * shift, 8 * (shift + len(plain))  # in bits; a character has six of them
        for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
            text = encode(bytes(shift) + plain).decode()[-(-first // 6) : last // 6]
            yield _Spelling(text, before=int(first % 6 > 0), after=int(last % 6 > 0))


HuntbookError.conceal = staticmethod(redacted)  # type: ignore[method-assign]
