"""When did what happen: events on lanes along time, for one table or several, from ten rows to ten million."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from huntbook.errors import ParameterError
from huntbook.plots._base import Plot, escape, json_script, script_of
from huntbook.plots._timeline.chart import Chart, Wish, chart
from huntbook.plots._timeline.drawing import draw
from huntbook.plots._timeline.events import Choice, read_events
from huntbook.plots._timeline.marks import read_marks
from huntbook.plots._timeline.times import instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from huntbook.core.frames import Table
    from huntbook.plots._timeline.marks import Moment

_ASSETS = Path(__file__).parent / "_timeline"


def timeline(
    table: Table | Mapping[str, Table],
    *,
    time: str | None = None,
    lane: str | None = None,
    color: str | None = None,
    tooltip: str | Sequence[str] | None = None,
    marks: Table | Iterable[Moment | tuple[Moment, str]] | None = None,
    title: str | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
    height: int | None = None,
) -> Timeline:
    """Draw the events of one table, or of several, on lanes along time.

    Up to 20,000 events each is drawn by itself. Beyond that they are counted in bins finer than the pixels of a screen,
    and drawn singly where they are few: in lanes with up to 200 events and wherever hardly any stand side by side. The
    page stays below 1 MB for any number of events, and says what is counted, and what is not drawn and why.

    Args:
        table: one table, or a dict of name to table; each of several tables is a lane, or with `lane` a group of lanes.
        time: the column of times: datetimes, dates, text in ISO 8601 or as Sentinel exports it, or epoch numbers of
            any usual unit. None for the usual names (TimeGenerated, Timestamp, @timestamp, UtcTime, _time, ts …), else
            the first datetime. Times are shown in UTC; those without a zone are taken as UTC.
        lane: a column; each of its values is a lane, at most 40 with one for all the rarest; in natural order, but
            severities and ATT&CK tactics in theirs.
        color: a column; each of its values is a colour with an entry in the legend, at most 8. Values that are
            severities have the colours of severities.
        tooltip: columns for the tooltip. None for a sensible few, such as event id, host, account and command line.
        marks: times to mark: datetimes or ISO text, pairs of these and a label, or a table with a column of times.
        title: above the picture; None for the number of events.
        start: only events from then on (UTC).
        end: only events before then (UTC).
        height: of the whole picture in pixels; None for what the lanes need.

    Returns:
        A `Timeline`: a notebook shows it; `.save("t.html")`, `.save("t.png")` and `.save("t.svg")` keep it.

    Raises:
        ColumnMissing: if a table has no column of times, or a column asked for is in none of the tables.
        ParameterError: if a column holds no times, or what should be a table or a time is none.

    Example:
        >>> events = [{"TimeGenerated": "2026-03-01T09:30:00Z", "EventID": 4624}]
        >>> timeline(events, lane="EventID", marks=[("2026-03-01T09:31:00Z", "alert")]).title
        'Timeline of 1 event'
    """
    since, until = _moment(start), _moment(end)
    if since is not None and until is not None and since >= until:
        raise ParameterError(f"The start {start} is not before the end {end}.")
    choice = Choice(time, lane, color, since, until)
    columns = [tooltip] if isinstance(tooltip, str) else None if tooltip is None else list(tooltip)
    events = read_events(table, choice)
    return Timeline(chart(events, read_marks(marks), choice, Wish(title, columns, height)))


class Timeline(Plot):
    """Events on lanes along time; what `timeline` returns."""

    style = (_ASSETS / "timeline.css").read_text(encoding="utf-8")
    script = script_of(_ASSETS, "axis.js", "draw.js", "tip.js", "timeline.js")

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.title = chart.title
        self.height = chart.height

    def fragment(self) -> str:
        """Write the interactive picture for the body of a page that has this plot's style and script."""
        return (
            f'<figure class="hb-plot hb-timeline" style="min-height:{self.height}px">'
            f"<figcaption>{escape(self.title)}</figcaption>{json_script(self.chart.payload())}"
            "<noscript>This picture needs JavaScript; it runs in this page only.</noscript></figure>"
        )

    def svg(self) -> str:
        """Draw the timeline as it is before anyone zooms."""
        return draw(self.chart)


def _moment(value: Moment | None) -> int | None:
    return None if value is None else instant(value)
