"""From what is asked to the pieces that are sent: values in their holes, the span of time, its windows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from huntbook.core.timespan import EVER, TimeSpan
from huntbook.errors import ParameterError
from huntbook.query.dialects import dialects
from huntbook.query.options import Options
from huntbook.query.parameters import Kind, Value
from huntbook.query.template import check_names, holes, render
from huntbook.sources._asking.pieces import Piece
from huntbook.sources._base import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from huntbook.core.timespan import Length
    from huntbook.sources._base import Driver, Tell

_TIMES = ("start", "end")
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Ask:
    """A question as it is put: the text with its holes, what stands in them, and how it is to be asked."""

    text: str
    dialect: str
    values: Mapping[str, Value] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    prepared: bool = (
        False  # whether it is a prepared query, which is about the driver's own span where nobody says which
    )

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise ParameterError(f"A query is text, not {type(self.text).__name__}.")
        if not self.whole_text.isascii() and _HALF.search(self.whole_text):
            raise ParameterError("The query holds half of a character, which no service can be sent.")

    @property
    def whole_text(self) -> str:
        """The text with what is to be put at its end."""
        return f"{self.text.rstrip()}\n{self.options.add_query_items}" if self.options.add_query_items else self.text


@dataclass(frozen=True)
class Plan:
    """What is sent: pieces in order, of which time all together, and what the reader of the answer has to know."""

    pieces: Sequence[Piece]
    span: TimeSpan | None
    refine: bool = False
    notes: tuple[str, ...] = ()

    @property
    def question(self) -> Question:
        """The question as a whole, to the first that is asked."""
        return self.pieces[0].make(self.span)

    @property
    def in_windows(self) -> bool:
        """Whether it is asked in several windows of a time that does not move on."""
        return len(self.pieces) > 1 and self.span is not None and not self.span.relative

    def advice(self) -> tuple[str, ...]:
        """How to get what a limit of the service has cut off, where there is a way."""
        asked, spoken = self.question.text, dialects[self.question.dialect]
        if self.span is None or self.refine or spoken.own_time(asked) or spoken.needs_all(asked):
            return ()
        return ('split="auto" asks for less time where an answer is cut',)


def plan(ask: Ask, driver: Driver, default: TimeSpan | Length | None, tell: Tell | None = None) -> Plan:
    """Work out what to send; `tell` is for a question in one piece.

    Raises:
        ParameterError: if a time or a value cannot be used, or a value is missing.
    """
    text = ask.whole_text
    named = _open_holes(text, ask)
    silent = _maker(text, ask, named, None)
    span = _span(ask, driver, default) or _fallback(ask, driver, named, silent)
    if span is not None and not named & set(_TIMES) and (timeless := driver.timeless(silent(span))):
        make = _maker(text, ask, named, tell if len(driver.apart()) == 1 else None)
        return Plan([Piece(each, None, make) for each in driver.apart()], None, notes=(timeless,))
    windows, refine, notes = _windows(ask, silent, span)
    apart = driver.apart()
    make = _maker(text, ask, named, tell if len(windows) * len(apart) == 1 else None)
    pieces = [Piece(each, window, make) for each in apart for window in windows]
    return Plan(pieces, span, refine, notes)


def _open_holes(text: str, ask: Ask) -> set[str]:
    """The holes that are to be filled: those inside quotes are text, unless a value is given for them, which is a mistake."""
    found = {hole.name for hole in holes(text)}
    if not found and not ask.values:
        return set()
    check_names(text, ask.values)
    quoted = {hole.name for hole in dialects[ask.dialect].holes_in_quotes(text)}
    for name in quoted & set(ask.values):
        raise ParameterError(
            f"{{{{{name}}}}} stands inside quotes.", hint="Take the quotes away: a value brings its own."
        )
    return found - quoted


def _span(ask: Ask, driver: Driver, default: TimeSpan | Length | None) -> TimeSpan | None:
    options = ask.options
    given = TimeSpan.of(last=options.last, start=options.start, end=options.end, now=driver.now())
    if given is None and ask.dialect == driver.dialect:
        given = default if isinstance(default, TimeSpan) else TimeSpan.of(last=default, now=driver.now())
    return given


def _fallback(
    ask: Ask, driver: Driver, named: set[str], make: Callable[[TimeSpan | None], Question]
) -> TimeSpan | None:
    """The span where nobody says which: of a text that asks for times, and of a prepared query where a span can be put to it."""
    if named & set(_TIMES):
        return driver.default_span()
    span = driver.default_span() if ask.prepared else None
    return None if span is not None and driver.timeless(make(span)) else span


def _maker(text: str, ask: Ask, named: set[str], tell: Tell | None) -> Callable[[TimeSpan | None], Question]:
    def made(window: TimeSpan | None) -> Question:
        values = dict(ask.values)
        filled_with = window or EVER
        values["start"] = Value(Kind.DATETIME, filled_with.start)
        values["end"] = Value(Kind.DATETIME, filled_with.end, excluded=True)
        filled = render(text, values, dialects[ask.dialect]) if named else text
        about = {} if tell is None else {"tell": tell}
        return Question(filled, ask.dialect, window, says_span=bool(named & set(_TIMES)), **about)

    return made


def _cut(span: TimeSpan, split: Length) -> list[TimeSpan | None]:
    try:
        return list(span.windows(split))
    except ParameterError as error:
        hint = f'split is "auto", or how long a window is. {error.hint}'.strip()
        raise ParameterError(f"split: {error.message}", hint=hint) from None


def _windows(
    ask: Ask, make: Callable[[TimeSpan | None], Question], span: TimeSpan | None
) -> tuple[list[TimeSpan | None], bool, tuple[str, ...]]:
    split = ask.options.split
    if split is None:
        return [span], False, ()
    if span is None:
        raise ParameterError("What is split has to have a time span.", hint="Give last=, or start= and end=.")
    asked = make(span).text
    if own := dialects[ask.dialect].own_time(asked):
        raise ParameterError(
            f"The query says itself of which time it is ({own}), so that every window would give the same rows.",
            hint="Take it out and give last=, or start= and end=; or ask without split.",
        )
    whole = dialects[ask.dialect].needs_all(asked)
    if split == "auto":
        note = (f"asked as a whole, since {whole} has to see all rows at once",) if whole else ()
        return [span], not whole, note
    windows: list[TimeSpan | None] = _cut(span, split)
    note = (f"{whole} saw the rows of one window of {split} at a time",) if whole and len(windows) > 1 else ()
    return windows, False, note
