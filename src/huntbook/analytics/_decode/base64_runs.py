"""Base64 in a text: as the argument of what decodes it, or as a run of letters that proves itself by its content.

The alphabets are those of RFC 4648, sections 4 and 5, with or without padding.
"""

from __future__ import annotations

import binascii
import re
import string
from itertools import chain
from typing import TYPE_CHECKING

from huntbook.analytics._decode.content import Budget, Hit, Reading, Trust
from huntbook.analytics._decode.promising import BASE64
from huntbook.analytics._decode.read import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from huntbook.analytics._decode.flat import Flat

_RUN = "[A-Za-z0-9+/_-]"
_OPENING = r"[\\\"'(\s]{0,8}+"
# PowerShell takes any beginning of -EncodedCommand (and -ec), after any dash or a slash.
_COMMAND = re.compile(
    rf".(?:ec?|enc?[odeman]{{0,11}})(?:\s{{1,8}}+|:){_OPENING}(?P<run>{_RUN}{{8,}}+={{0,2}})", re.IGNORECASE
)
_COMMAND_CUES = ("-e", "/e", "\u2013e", "\u2014e", "\u2015e")
_ARGUMENT = rf"{_OPENING}(?:b['\"])?(?P<run>{_RUN}{{6,}}+={{0,2}})"
# What decodes, by the word to search for; the pattern starts with that word.
_CALLS = {
    "base64": re.compile(rf"base64(?:,|(?:string|chararray|_?decode)?\s{{0,4}}\(){_ARGUMENT}", re.IGNORECASE),
    "b64decode": re.compile(rf"b64decode\s{{0,4}}\({_ARGUMENT}", re.IGNORECASE),
    "decode64": re.compile(rf"decode64\s{{0,4}}\({_ARGUMENT}", re.IGNORECASE),
    "atob": re.compile(rf"atob\s{{0,4}}\({_ARGUMENT}", re.IGNORECASE),
    "basic ": re.compile(rf"basic\s(?P<run>{_RUN}{{6,}}+={{0,2}})", re.IGNORECASE),
}
_BEFORE = {
    "base64": re.compile(r"(?<!to)\Z"),
    "basic ": re.compile(r"authorization[\\\"']{0,2}\s{0,4}[:=]\s{0,4}[\"']?\Z"),
}
_SHELL = (re.compile(r"base64\s{1,4}(?:-[a-z]{0,2}d|--d)"), re.compile(r"openssl\s[^|;]{0,60}-d\b"))
_SHELL_CALLS = {
    "<<<": re.compile(rf"<<<{_ARGUMENT}"),
    "echo ": re.compile(rf"echo\s(?:-\w{{1,3}}\s)?{_ARGUMENT}", re.IGNORECASE),
    "printf ": re.compile(rf"printf\s(?:%s\s)?{_ARGUMENT}", re.IGNORECASE),
}
_GUESS = re.compile(rf"{_RUN}{{16,}}+={{0,2}}")
_PROMISING = re.compile(BASE64)
_URL_SAFE = str.maketrans("-_", "+/")
_HEX = str.maketrans("", "", string.hexdigits + "-")
_SEPARATORS = re.compile("[-_/+]")
_SHORTEST = 16  # letters, without padding, in a piece of a run that nothing vouches for
_LONG = 64  # from here on a run may be cut off or misspelt at its end and still prove itself


def find_base64(flat: Flat, budget: Budget) -> list[Hit]:
    """Find base64; runs that something vouches for come first."""
    hits = list(_arguments(flat, budget))
    seen = {hit.start for hit in hits}
    for found in _GUESS.finditer(flat.text):
        if found.start() not in seen:
            hits.extend(_pieces(found[0], found.start(), budget))
    return hits


def _arguments(flat: Flat, budget: Budget) -> Iterator[Hit]:
    trust = Trust.COMMAND if "powershell" in flat.low or "pwsh" in flat.low else Trust.FORM
    for cue in _COMMAND_CUES:
        if cue in flat.low:
            commands = _after(cue, _COMMAND, flat, trust, budget)
            # Many programs have a switch -e; only PowerShell's takes UTF-16, and that is proof enough of itself.
            yield from (hit for hit in commands if trust is Trust.COMMAND or hit.readings[0].encoding == "+utf-16-le")
    for cue, pattern in _calls(flat.low):
        if cue in flat.low:
            yield from _after(cue, pattern, flat, Trust.CALL, budget)


def _calls(low: str) -> Iterable[tuple[str, re.Pattern[str]]]:
    if any(pattern.search(low) for pattern in _SHELL):
        return chain(_CALLS.items(), _SHELL_CALLS.items())
    return _CALLS.items()


def _after(cue: str, pattern: re.Pattern[str], flat: Flat, trust: Trust, budget: Budget) -> Iterator[Hit]:
    before = _BEFORE.get(cue)
    position = flat.low.find(cue)
    while position >= 0:
        if before is None or before.search(flat.low[max(0, position - 32) : position]):
            found = pattern.match(flat.text, position)
            if found and (readings := _readings(found["run"], trust, budget)):
                yield Hit(found.start("run"), found.end("run"), "base64", readings)
        position = flat.low.find(cue, position + 1)


def _pieces(run: str, start: int, budget: Budget) -> Iterator[Hit]:
    """Read a run as a whole, else the pieces between the signs that paths and names have in common with base64."""
    if not run.translate(_HEX) or not _PROMISING.search(run):  # a hash, a GUID, a number; a path, a name
        return
    body = run.rstrip("=")
    for candidate in (run, body) if body != run else (run,):
        if readings := _readings(candidate, Trust.GUESS, budget):
            yield Hit(start, start + len(candidate), "base64", readings)
            return
    for piece, position in _split(body, start):
        if readings := _readings(piece, Trust.GUESS, budget):
            yield Hit(position, position + len(piece), "base64", readings)


def _split(run: str, start: int) -> Iterator[tuple[str, int]]:
    """Give the pieces that are shorter than the whole and long enough to prove themselves, with their positions."""
    for piece in _SEPARATORS.split(run):
        if _SHORTEST <= len(piece) < len(run) and piece.translate(_HEX):
            yield piece, start
        start += len(piece) + 1


def _readings(run: str, trust: Trust, budget: Budget) -> list[Reading]:
    data = decode_run(run, sure=trust > Trust.GUESS)
    return [] if data is None else read_bytes(data, trust, budget)


def decode_run(run: str, *, sure: bool) -> bytes | None:
    """Decode a run in either alphabet, or return None where its length, padding or last letter cannot be base64's."""
    body = run.rstrip("=")
    if "-" in body or "_" in body:
        if "+" in body or "/" in body:
            return None
        body = body.translate(_URL_SAFE)
    extra = len(body) % 4
    lenient = sure or len(body) >= _LONG
    if not lenient and (extra == 1 or len(run) - len(run.rstrip("=")) not in (0, -extra % 4)):
        return None
    if extra == 1:
        body, extra = body[:-1], 0
    data = binascii.a2b_base64(body + "=" * (-extra % 4))
    if not lenient and extra and binascii.b2a_base64(data, newline=False).rstrip(b"=") != body.encode():
        return None
    return data
