"""Punycode (RFC 3492), and domain names written in it (RFC 3490: each label that needs it begins with `xn--`)."""

from __future__ import annotations

_MARK = "xn--"
_STOPS = dict.fromkeys(map(ord, "\u3002\uff0e\uff61"), ".")  # the ideographic stops that RFC 3490 takes as well
_LONGEST = 10_000  # characters; the algorithm's time grows with the square of what it gets


def encode(text: str) -> str | None:
    """A text in punycode, `None` where it is too long or no text."""
    try:
        return text.encode("punycode").decode("ascii") if len(text) <= _LONGEST else None
    except UnicodeError:
        return None


def decode(text: str) -> str | None:
    """The text that punycode stands for, `None` where it is none."""
    try:
        decoded = text.encode("ascii").decode("punycode") if len(text) <= _LONGEST else None
    except (UnicodeError, ValueError, OverflowError):
        return None
    return decoded if decoded is None or _is_text(decoded) else None


def encode_domain(name: str) -> str | None:
    """A domain name with its labels in punycode where they are not plain, and full stops between them."""
    labels = [label if label.isascii() else _marked(label) for label in name.translate(_STOPS).split(".")]
    return None if None in labels else ".".join(label or "" for label in labels)


def decode_domain(name: str) -> str | None:
    """A domain name as it is read."""
    labels = [decode(label[len(_MARK) :]) if label.lower().startswith(_MARK) else label for label in name.split(".")]
    return None if None in labels else ".".join(label or "" for label in labels)


def _marked(label: str) -> str | None:
    encoded = encode(label)
    return None if encoded is None else _MARK + encoded


def _is_text(text: str) -> bool:
    """Not half a character, which no text of another program can hold."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
