"""JSON records out of a text that is not one record to a line: arrays, wrappers, pretty-printed, concatenated.

The text is taken piece by piece; no more than one record and one piece are held. A record is given as it is written.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from huntbook.readers._text import LONGEST_LINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huntbook.readers._base import Losses

# Members that hold the records of an export, and what stands beside them. Any other object is a record itself, so that
# one with a list of its own (`{"id": 1, "data": [{…}]}`) stays whole.
_LISTS = "Records|records|value|values|events|Events|data|Data|results|Results|logs|items|Items|logEvents|alerts"
_BESIDE = r"@odata\.[\w.]+|count|total|totalCount|took|timed_out|_shards|_scroll_id|pit_id|next\w*|kind|etag|status|preview|success"
# No part can match what the next one begins with, so that the pattern takes linear time in any engine.
_VALUE = r'(?:"[^"\\]*"|[-\w.+]+|\{[^{}]*\})'
_MEMBERS = rf'(?:"(?:{_BESIDE})"\s*:\s*{_VALUE}\s*,\s*)*'
WRAPPER = rf'\{{\s*{_MEMBERS}"(?:(?:{_LISTS})"\s*:\s*\[\s*[{{\]]|hits"\s*:\s*\{{)'
_WRAPPER = re.compile(WRAPPER)
_NAMES = frozenset(_LISTS.split("|")) | {"hits"}
_MEMBER = re.compile(r'"([^"\\]{0,200})"\s*:\s*(?=\S)')
_BETWEEN = re.compile(r"[\s,\x1e]*")
_FIRST_KEY = re.compile(r'\{\s*("[^"\\]{1,200}")')
_NEXT = re.compile(r"\}\s{0,40},\s{0,40}(?=\{)|\n(?=\{)")
_NUMBER = re.compile(r"[-+.eE\d]{0,15}")
_LITERALS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
_DEEP = 4096  # a record that is nested too deep reaches at least as far
_TRIM = 8192  # what is done with is let go in steps of this: the decoder counts lines from the beginning of the text
_MOST_BROKEN = 50_000  # broken records on end before the rest is left: garbage made to take time
_LOOK_AHEAD = 64 * 1024  # as far as the opening of a wrapper may reach


class RecordStream:
    """The records of a text that comes in pieces; what is broken is noted, and reading goes on at the next record."""

    def __init__(self, pieces: Iterator[str], losses: Losses) -> None:
        self._pieces = pieces
        self._losses = losses
        self._decoder = json.JSONDecoder(parse_constant=self._constant)
        self._text = ""
        self._at = 0
        self._lines = 1  # up to the beginning of the text at hand
        self._bytes = 0
        self._inside: list[str] = []  # "list" or "wrapper", from the outermost
        self._following: re.Pattern[str] | None = None  # how the next record begins, judging by the last
        self._like_at = -1  # where the next record like those before opens; behind the text: not in what is at hand
        self._enough = 0  # characters to wait for before a record that did not end is tried again
        self._seeking = False
        self._constants = 0
        self._on_end = 0  # broken records since the last whole one
        self._gave_up = False
        self.broken = 0

    def __iter__(self) -> Iterator[str]:
        for piece in self._pieces:
            if self._gave_up:
                return
            self._advance(piece)
            if len(self._text) >= self._enough:
                self._enough = 0
                yield from self._scan(final=False)
        if not self._gave_up:
            yield from self._scan(final=True)

    def _advance(self, piece: str) -> None:
        done = self._text[: self._at]
        self._lines += done.count("\n")
        self._bytes += len(done.encode("utf-8", errors="replace"))
        self._text, self._at, self._like_at = self._text[self._at :] + piece, 0, -1

    def _scan(self, *, final: bool) -> Iterator[str]:
        """Give the records that are whole in the text at hand, and stand at the first that is not."""
        while True:
            if self._seeking and not self._seek(self._at):
                return
            self._at = self._skip(self._at)
            if self._at >= len(self._text):
                return
            try:
                step = self._step(final=final)
            except (ValueError, RecursionError) as error:
                self._give_up_on_garbage()
                if self._gave_up or not self._recover(error, final=final):
                    return
                continue
            if step is None:
                return
            yield from step

    def _give_up_on_garbage(self) -> None:
        if self._on_end > _MOST_BROKEN:
            self._gave_up = True
            reason = "nothing but broken JSON; the rest was left"
            self._losses.add(reason, position=self._place(self._at), unit="parts of files")

    def _skip(self, at: int) -> int:
        found = _BETWEEN.match(self._text, at)
        return found.end() if found else at

    def _step(self, *, final: bool) -> tuple[str, ...] | None:
        """Take the next thing: a bracket, a member of a wrapper, or a record. None: more of the text is needed."""
        char = self._text[self._at]
        if char in "]}":
            self._at += 1
            if self._inside:
                self._inside.pop()
            return ()
        if char == "[":
            return self._enter("list", self._at + 1)
        if self._inside and self._inside[-1] == "wrapper":
            return self._member(final=final)
        if char == "{" and not final and len(self._text) - self._at < _LOOK_AHEAD and not self._inside:
            return None
        if char == "{" and (not self._inside) and _WRAPPER.match(self._text, self._at):
            return self._enter("wrapper", self._at + 1)
        return self._record()

    def _enter(self, kind: str, at: int) -> tuple[str, ...]:
        self._inside.append(kind)
        self._at = at
        return ()

    def _member(self, *, final: bool) -> tuple[str, ...] | None:
        """One member of a wrapper: the list of records is entered, anything else stepped over."""
        member = _MEMBER.match(self._text, self._at)
        if member is None:
            if not final and len(self._text) - self._at < 1000:
                return None
            raise json.JSONDecodeError("Expecting a member", self._text, self._at)
        value = self._text[member.end()]
        if member[1] in _NAMES and value in "[{":
            return self._enter("list" if value == "[" else "wrapper", member.end() + 1)
        _, self._at = self._decoder.raw_decode(self._text, member.end())
        return ()

    def _record(self) -> tuple[str, ...]:
        begin = self._at
        self._constants = 0
        if self._following is None:
            self._following = _opening(self._text, begin)
        value, self._at = self._decoder.raw_decode(self._text, begin)
        if not isinstance(value, dict):
            self._lose("not a JSON object", begin)
            return ()
        if self._at - begin > LONGEST_LINE:
            self._lose(f"a record is longer than {LONGEST_LINE:,} characters", begin)
            return ()
        self._on_end = 0
        return (self._as_written(value, begin),)

    def _as_written(self, value: dict[str, Any], begin: int) -> str:
        inner = value.get("_source")
        if isinstance(inner, dict) and "_index" in value:
            return json.dumps(inner, ensure_ascii=False)
        if self._constants:
            self._losses.add("NaN and Infinity are no JSON; read as null", position=self._place(begin), lost=0)
            return json.dumps(value, ensure_ascii=False)
        return self._text[begin : self._at]

    def _constant(self, _name: str) -> None:
        self._constants += 1

    # --- broken records ---

    def _recover(self, error: Exception, *, final: bool) -> bool:
        """Decide what a failure means: False when the text at hand has to end here, else reading goes on after it."""
        if self._at > _TRIM:
            trimmed = self._at
            self._advance("")
            if isinstance(error, json.JSONDecodeError):
                error.pos -= trimmed
        at, place = self._at, getattr(error, "pos", self._at)
        cut = isinstance(error, json.JSONDecodeError) and _is_cut(error, self._text)
        if cut and not final:
            if len(self._text) - at <= LONGEST_LINE:
                self._enough = min(2 * (len(self._text) - at), LONGEST_LINE)
                return False
            self._lose(f"a record is longer than {LONGEST_LINE:,} characters", at)
        elif cut:
            self._lose("the file ends inside a record", at)
            self._at = len(self._text)
            return False
        elif isinstance(error, RecursionError):
            self._lose("nested too deep", at)
            at = place = min(at + _DEEP, len(self._text))
        else:
            self._lose("broken JSON", at)
        self._seeking = True
        return self._seek(at, place)

    def _seek(self, at: int, place: int | None = None) -> bool:
        """Go to where the next record seems to begin: after `},` where an object opens, best one like those before.

        Looking for one like those before begins at the broken record itself (bounded, so that many broken records
        cost no more than the text is long); looking for any begins where the decoder failed.
        """
        place = at if place is None else place
        begin = max(at + 1, place - _LOOK_AHEAD)
        opens = self._next_like(begin)
        if opens is None and (found := _NEXT.search(self._text, place)):
            opens = found.end()
        self._seeking = opens is None
        self._at = max(at + 1, place, len(self._text) - 100) if opens is None else opens
        return opens is not None

    def _next_like(self, begin: int) -> int | None:
        """Where the next record like those before opens; what was found, or not, is kept for the next question."""
        if self._following is None:
            return None
        if self._like_at < begin:
            found = self._following.search(self._text, begin)
            self._like_at = found.end() if found else len(self._text) + 1
        return self._like_at if self._like_at <= len(self._text) else None

    def _lose(self, reason: str, at: int) -> None:
        self.broken += 1
        self._on_end += 1
        known = (reason, "records") in self._losses.found  # then the place is not asked for: finding it takes time
        self._losses.add(reason, position="" if known else self._place(at))

    def _place(self, at: int) -> str:
        before = self._text[:at]
        line = self._lines + before.count("\n")
        return f"line {line}" if line > 1 else f"byte {self._bytes + len(before.encode('utf-8', errors='replace'))}"


def is_wrapper(text: str) -> bool:
    """Whether a text begins with an object that only wraps a list of records."""
    return _WRAPPER.match(text) is not None


def _opening(text: str, begin: int) -> re.Pattern[str] | None:
    """Make a pattern for a record that begins with the same key as this one."""
    key = _FIRST_KEY.match(text, begin)
    if key is None:
        return None
    opens = rf"(?=\{{\s{{0,40}}{re.escape(key[1])}\s{{0,40}}:)"
    return re.compile(rf"\}}\s{{0,40}},?\s{{0,40}}{opens}|\n\s{{0,40}}{opens}")


def _is_cut(error: json.JSONDecodeError, text: str) -> bool:
    """Whether decoding failed because the text ended, not because it is broken: then it failed at the end, or amid the last token."""
    if error.msg.startswith("Unterminated string"):
        return True
    rest = text[error.pos : error.pos + 20].rstrip()
    escape = error.msg.startswith("Invalid \\") and len(rest) < 7
    return escape or _NUMBER.fullmatch(rest) is not None or any(name.startswith(rest) for name in _LITERALS)
