"""Steps of time that people count in: where the ticks stand, how wide a bar is. The page's script has the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from huntbook.plots._timeline.times import written

MILLISECOND, SECOND, MINUTE, HOUR, DAY = 1_000, 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
STEPS = (
    *(MILLISECOND * number for number in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(SECOND * number for number in (1, 2, 5, 10, 15, 30)),
    *(MINUTE * number for number in (1, 2, 5, 10, 15, 30)),
    *(HOUR * number for number in (1, 2, 3, 6, 12)),
    *(DAY * number for number in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000)),
)
_UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"), (MILLISECOND, "ms"))


def bar_width(span: int, pixels: float, width: int) -> int:
    """Choose how much time one bar stands for: at least 3 pixels, and whole bins if events are binned.

    Args:
        span: of the picture, in microseconds.
        pixels: its width.
        width: of a bin in microseconds, 0 if every event is known by itself.
    """
    least = max(span * 3 / max(pixels, 1), width)
    return next((step for step in STEPS if step >= least and (not width or step % width == 0)), max(STEPS[-1], width))


def ticks(start: int, end: int, most: int) -> tuple[list[int], int]:
    """Choose at most `most` round times between two, and say by what step."""
    step = next((step for step in STEPS if (end - start) / step <= most), STEPS[-1])
    if step <= DAY:
        first = -(-start // step)
        return [number * step for number in range(first, end // step + 1)], step
    return _by_calendar(start, end, step), step


def label(micros: int, step: int) -> str:
    """Write a tick: as much of the time as the step needs."""
    if step >= DAY:
        return written(micros)[:10]
    if step >= MINUTE:
        return written(micros)[11:16]
    return written(micros, parts="milliseconds" if step < SECOND else "seconds")[11:]


def duration(micros: float) -> str:
    """Write a stretch of time in its largest unit and the next: `1 h 20 min`."""
    for place, (size, unit) in enumerate(_UNITS):
        if micros >= size:
            whole = int(micros // size)
            smaller, name = _UNITS[place + 1] if place + 1 < len(_UNITS) else (size, unit)
            rest = int((micros - whole * size) // smaller) if smaller < size else 0
            return f"{whole:,} {unit} {rest} {name}" if rest else f"{whole:,} {unit}"
    return f"{micros:g} µs"


def _by_calendar(start: int, end: int, step: int) -> list[int]:
    """Days counted from 1970 land on no round date; months and years do."""
    months = max(round(step / (30 * DAY)), 0)
    if months == 0:
        return [number * step for number in range(-(-start // step), end // step + 1)]
    months = next((size for size in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200, 6_000) if size >= months), 12_000)
    found = []
    year, month = int(written(start)[:4]) if written(start)[4:5] == "-" else 1, 1
    while year <= 9999:
        micros = (datetime(year, month, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        if micros > end:
            break
        if micros >= start:
            found.append(micros)
        year, month = year + (month - 1 + months) // 12, (month - 1 + months) % 12 + 1
    return found
