"""The short path: most matches are written plainly, with nothing to refang, to normalise or to cut off.

What is read here, the other readers would read just so, with some forty more questions to each match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from huntbook.analytics._iocs.doubts import with_doubts
from huntbook.analytics._iocs.kinds import KIND, Kind
from huntbook.analytics._iocs.names import IPV4
from huntbook.analytics._iocs.reading import RAW

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = r"[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)+"
_DIRECTORY = r"(?:[0-9A-Za-z_$~&{}#@!=^%.-]+|[0-9A-Za-z_$~&{}#@!=^%()-]+(?: [0-9A-Za-z_$~&{}#@!=^%()-]+)*)"
_STEP = "[0-9A-Za-z_.@%+=-]"
# How each is written plainly, asked in this order. None has an end that may belong to the text around it.
_PLAIN = {
    "address": IPV4,
    # In lower case up to its path, and without anybody's name before the host.
    "url": r"^(?:https?|ftp|ldap)://[0-9a-z](?:[0-9a-z_.-]*[0-9a-z-])?(?::[0-9]+)?"
    r"(?:/|[/?#][^\[\]\\]*[^\[\]\\.,;:!?'*_~)+])?$",
    # Also written with dots: a version, a technique of ATT&CK, a hardware address.
    "other": r"^(?:[0-9.]+|T[01][0-9]{3}\.[0-9]{3}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})$",
    "name": rf"^{_NAME}$",
    "mailbox": rf"^[0-9A-Za-z_.+-]+@{_NAME}$",
    "hash": "^(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{128})$",
    "windows": rf"^[A-Za-z]:\\(?:{_DIRECTORY}\\)*[0-9A-Za-z_$~&{{}}#@!=^%.-]+\.[0-9A-Za-z]+$",
    "linux": rf"^(?:/{_STEP}+)+/{_STEP}*[0-9A-Za-z@%=-]$",
}
# A letter that makes it no counter, and no filler of one digit.
_HEX = "[A-Ea-e]|[0-9][Ff]|[Ff][0-9]"
_HOST, _HOST_SIZE = pl.col("host"), pl.col("host").str.len_bytes().cast(pl.Int64)
_ALL = pl.lit(0, pl.Int64)  # the tail is the whole match


def part(frame: pl.DataFrame) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Part what is written plainly, by its form, from what the other readers have to look at."""
    forms = {}
    for form, pattern in _PLAIN.items():
        forms[form], frame = split(frame, pattern)
    forms["hash"], counters = split(forms["hash"], _HEX)
    forms["mailbox"] = forms["mailbox"].with_columns(host=RAW.str.extract("@(.+)$"))
    forms["url"] = forms["url"].with_columns(host=RAW.str.extract("^[a-z]+://([0-9a-z_.-]+)"))
    return forms, pl.concat([frame, forms.pop("other"), counters])


def split(frame: pl.DataFrame, pattern: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part the matches that have a pattern from those that do not, asking each once."""
    return _parted(frame, frame["raw"].str.contains(pattern))


def readings(forms: Mapping[str, pl.DataFrame], hosts: pl.DataFrame) -> list[pl.DataFrame]:
    """Read what is written plainly.

    Args:
        forms: the matches; mailboxes and URLs with their `host`.
        hosts: what each host in them is: `host`, `host_kind`, `host_value`.

    Returns:
        Readings, each with the columns that there is something to say of.
    """
    names = forms["name"].join(hosts, left_on="raw", right_on="host", how="left")
    names, other_names = _parted(names, names["host_kind"].is_not_null())
    mailboxes = forms["mailbox"].join(hosts, on="host", how="left")
    mailboxes, other_mailboxes = _parted(mailboxes, mailboxes["host_kind"].eq_missing(Kind.DOMAIN))
    others = pl.concat([other_names.select("id"), other_mailboxes.select("id")])
    return [
        _of_kind(forms["address"], Kind.IPV4, bare=pl.lit(value=True)),
        _urls(forms["url"]),
        _names(names),
        _mailboxes(mailboxes),
        _hashes(forms["hash"]),
        _of_kind(forms["windows"], Kind.WINDOWS_PATH, tail_at=_ALL),
        _of_kind(forms["linux"], Kind.LINUX_PATH, tail_at=_ALL),
        others.with_columns(kind=pl.lit(None, KIND), tail_at=_ALL),
    ]


def _parted(frame: pl.DataFrame, condition: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    # Column by column, which goes through no query: with few matches, that is what takes the time.
    yes, no = ([column.filter(which) for column in frame.get_columns()] for which in (condition, ~condition))
    return pl.DataFrame(yes), pl.DataFrame(no)


def _of_kind(frame: pl.DataFrame, kind: Kind, **more: pl.Expr) -> pl.DataFrame:
    return frame.select("id", kind=pl.lit(kind, KIND), value=RAW, found=RAW, **more)


def _urls(frame: pl.DataFrame) -> pl.DataFrame:
    host_at = RAW.str.find("://", literal=True).cast(pl.Int64) + 3
    return _of_kind(frame, Kind.URL, host=_HOST, host_at=host_at, tail_at=host_at + _HOST_SIZE)


def _names(frame: pl.DataFrame) -> pl.DataFrame:
    frame = with_doubts(frame.rename({"raw": "name"}))
    doubt = pl.when(pl.col("host_kind") == Kind.DOMAIN).then("doubt")
    return frame.select("id", kind="host_kind", value="host_value", found="name", bare=pl.lit(value=True), doubt=doubt)


def _mailboxes(frame: pl.DataFrame) -> pl.DataFrame:
    host_at = RAW.str.len_bytes().cast(pl.Int64) - _HOST_SIZE
    value = pl.concat_str(RAW.str.slice(0, host_at), "host_value")
    return _of_kind(frame, Kind.EMAIL, host=_HOST, host_at=host_at).with_columns(frame.select(value=value))


def _hashes(frame: pl.DataFrame) -> pl.DataFrame:
    size = RAW.str.len_bytes()
    kind = pl.lit(Kind.SHA512, KIND)
    for length, name in {64: Kind.SHA256, 40: Kind.SHA1, 32: Kind.MD5}.items():
        kind = pl.when(size == length).then(pl.lit(name, KIND)).otherwise(kind)
    return frame.select("id", kind=kind, value=RAW.str.to_lowercase(), found=RAW)
