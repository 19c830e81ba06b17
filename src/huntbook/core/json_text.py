"""JSON that somebody else wrote, of texts that a third one chose: half of a character in one text must not cost the whole answer."""

from __future__ import annotations

import re
from typing import Any, Final

from pydantic_core import from_json

_ESCAPE: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


def read_json(text: bytes) -> Any:
    r"""Read a document. What is no character in it (half of a surrogate pair, bytes that are no UTF-8) becomes U+FFFD.

    Raises:
        ValueError: if it is no JSON.

    Example:
        >>> read_json(rb'["\ud83d cut off", 1]')
        ['� cut off', 1]
    """
    try:
        return from_json(text)
    except ValueError:
        mended = _ESCAPE.sub(_whole, text.decode("utf-8", "replace").encode())
        if mended == text:
            raise
        return from_json(mended)


def _whole(found: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if found["half"] else found[0]
