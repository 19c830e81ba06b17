from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from huntbook import plots
from huntbook.errors import ColumnMissing, ParameterError
from huntbook.plots._timeline.drawing import View, draw
from huntbook.plots.timeline import Timeline, timeline

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
HOSTILE = "</script><img src=x onerror=alert(1)>\u202e\x00&\"'"


def events(rows: int, *, seconds: float = 60, **columns: object) -> pl.DataFrame:
    times = pl.lit(START) + pl.duration(microseconds=(pl.int_range(rows) * seconds * 1e6).cast(pl.Int64))
    return pl.DataFrame({"row": range(rows)}).select(
        times.alias("TimeGenerated"),
        *((value if isinstance(value, pl.Expr) else pl.lit(value)).alias(name) for name, value in columns.items()),
    )


def payload(plot: Timeline) -> dict[str, Any]:
    found = re.search(r'<script type="application/json">(.*?)</script>', plot.html(), re.DOTALL)
    assert found is not None
    read = json.loads(found.group(1))
    assert isinstance(read, dict)
    return read


def details(plot: Timeline) -> list[dict[str, str | None]]:
    """What the tooltips say, event by event, as the page's script reads it."""
    packed = payload(plot)["details"]
    columns = json.loads(zlib.decompress(base64.b64decode(packed["packed"])))
    return [
        {
            name: column["values"][column["rows"][row]] if column["rows"][row] >= 0 else None
            for name, column in zip(packed["columns"], columns, strict=True)
        }
        for row in range(packed["rows"])
    ]


def lanes(plot: Timeline) -> dict[str, int]:
    return {lane["name"]: lane["events"] for lane in payload(plot)["lanes"]}


def test_one_table_is_one_lane() -> None:
    plot = timeline(events(10))
    assert lanes(plot) == {"events": 10}
    assert plot.chart.drawn == 10
    assert plot.title == "Timeline of 10 events"
    assert vars(plots)["timeline"] is timeline


def test_a_burst_of_milliseconds_fills_the_picture_and_says_so() -> None:
    plot = timeline(events(40, seconds=0.003))
    start, end = plot.chart.home
    assert end - start < 200_000
    assert "2026-03-01 08:59:59.975 to 2026-03-01 09:00:00.142 UTC · 167 ms · 40 events" in plot.svg()


def test_a_date_stands_under_its_own_hours() -> None:
    late = timeline([{"time": f"2026-03-{day:02}T00:00:00Z"} for day in (1, 2, 3)])  # begins an hour before midnight
    assert "2026-02-28" not in re.sub(r"<text[^>]*>2026-02-28 [^<]* UTC[^<]*</text>", "", late.svg())
    early = timeline([{"time": f"2026-03-{day:02}T02:00:00Z"} for day in (1, 2, 3)])
    assert ">2026-03-01<" in early.svg()


def test_labels_of_the_axis_stay_inside_the_picture() -> None:
    plot = timeline([{"time": "2026-03-01T09:00:00Z"}])
    right = max(float(x) for x in re.findall(r'<text x="([0-9.]+)"[^>]*text-anchor="middle"', plot.svg()))
    assert right < 1168 - 30


def test_a_lane_without_a_letter_has_a_name_and_nothing_to_draw_has_no_strip() -> None:
    assert lanes(timeline(events(3).with_columns(k=pl.Series(["", None, "a"])), lane="k")) == {
        "(empty)": 1,
        "a": 1,
        "(none)": 1,
    }
    empty = timeline(events(0)).svg()
    assert "No events" in empty
    assert empty.count("<rect") < timeline(events(1)).svg().count("<rect")


def test_tactics_stand_in_the_order_of_an_intrusion() -> None:
    table = events(3).with_columns(t=pl.Series(["Exfiltration", "Execution", "Initial Access"]))
    assert list(lanes(timeline(table, lane="t"))) == ["Initial Access", "Execution", "Exfiltration"]


def test_more_lanes_than_colours_have_one_colour() -> None:
    table = events(20).with_columns(lane=pl.int_range(20, eager=True))
    assert set(timeline(table, lane="lane").chart.events.shades) == {"c0"}
    assert len(set(timeline(table[:8], lane="lane").chart.events.shades)) == 8


def test_high_pictures_have_their_times_above_as_well() -> None:
    few, many = (timeline(events(n).with_columns(lane=pl.int_range(n, eager=True)), lane="lane") for n in (3, 30))
    assert (few.chart.layout.head, many.chart.layout.head > 0) == (0, True)
    assert many.svg().count(">09:05<") == 2
    low = timeline(events(30).with_columns(lane=pl.int_range(30, eager=True)), lane="lane", height=560)
    assert low.height <= 560


def test_lanes_are_the_values_of_a_column_in_natural_order() -> None:
    table = events(6).with_columns(EventID=pl.Series([4688, 10, None, 1, 10, 4688]))
    assert lanes(timeline(table, lane="EventID")) == {"1": 1, "10": 2, "4688": 2, "(none)": 1}


def test_rare_values_share_a_lane_and_it_is_said() -> None:
    plot = timeline(events(60, host=pl.format("h{}", pl.min_horizontal(pl.int_range(60), 49))), lane="host")
    assert len(lanes(plot)) == 40
    assert lanes(plot)["11 others"] == 11
    assert lanes(plot)["h49"] == 11
    assert "The 11 rarest values of host share one lane." in plot.chart.notes


def test_tables_by_name_are_lanes_or_groups_of_lanes() -> None:
    one, two = events(3, host="a"), events(2, host="b")
    assert lanes(timeline({"logons": one, "processes": two})) == {"logons": 3, "processes": 2}
    grouped = payload(timeline({"logons": one, "processes": two}, lane="host"))
    assert [(lane["group"], lane["name"]) for lane in grouped["lanes"]] == [("logons", "a"), ("processes", "b")]
    assert [row[3] for row in grouped["rows"]] == ["logons", "a", "processes", "b"]


def test_a_dict_of_columns_is_one_table() -> None:
    plot = timeline({"TimeGenerated": [START, START], "n": [1, 2]})
    assert lanes(plot) == {"events": 2}


def test_severities_have_their_colours_and_order() -> None:
    table = events(4).with_columns(severity=pl.Series(["low", "High", "informational", None]))
    colours = payload(timeline(table, color="severity"))["colours"]
    assert [(entry["name"], entry["shade"]) for entry in colours] == [
        ("High", "high"),
        ("low", "low"),
        ("informational", "informational"),
        ("(none)", "c7"),
    ]


def test_a_colour_means_the_same_in_every_table() -> None:
    one, two = events(2, user="bob"), events(2, user="alice")
    read = payload(timeline({"one": one, "two": two}, color="user"))
    names = [read["colours"][series["colour"]]["name"] for series in read["series"]]
    assert names == ["bob", "alice"]
    assert read["series"][0]["shade"] != read["series"][1]["shade"]


def test_tooltips_follow_the_events_when_only_some_rows_are_drawn() -> None:
    table = events(6, seconds=-60, name=pl.format("event {}", pl.int_range(6))).with_columns(
        TimeGenerated=pl.when(pl.int_range(6) == 2).then(None).otherwise("TimeGenerated")
    )
    plot = timeline({"other": events(1, name="x"), "mine": table}, tooltip="name", start=START - timedelta(minutes=4))
    (other, mine) = payload(plot)["series"]
    assert details(plot)[other["details"]]["name"] == "x"
    found = [details(plot)[mine["details"] + place]["name"] for place in range(len(mine["points"]))]
    assert found == ["event 4", "event 3", "event 1", "event 0"]


def test_tooltips_of_tables_with_other_columns_stand_side_by_side() -> None:
    plot = timeline({"a": events(1, Computer="H1"), "b": events(1, EventID=7), "c": events(1)})
    assert details(plot) == [
        {"Computer": "H1", "EventID": None},
        {"Computer": None, "EventID": "7"},
        {"Computer": None, "EventID": None},
    ]


def test_usual_columns_are_chosen_for_the_tooltip() -> None:
    wide = events(1, Zebra="z", CommandLine="cmd", Computer="H", EventID=1, nothing=None)
    assert list(details(timeline(wide))[0]) == ["EventID", "Computer", "CommandLine"]
    assert list(details(timeline(events(1, b="x", a="y")))[0]) == ["b", "a"]


def test_nested_values_are_written_out() -> None:
    table = events(1).with_columns(record=pl.Series([{"a": 1}]), items=pl.Series([["x", "y"]]))
    told = details(timeline(table, tooltip=["record", "items"]))[0]
    assert told == {"record": '{"a":1}', "items": "['x', 'y']"}


def test_marks_are_times_pairs_or_a_table() -> None:
    table = pl.DataFrame({"time": [START, None], "title": ["dump", "lost"]})
    assert [mark.label for mark in timeline(events(2), marks=table).chart.marks] == ["dump"]
    assert "1 marks are not drawn: too many, or without a time." in timeline(events(2), marks=table).chart.notes
    mixed = timeline(events(2), marks=[("2026-03-01T09:00:30Z", HOSTILE), START]).chart.marks
    assert [mark.label[:9] for mark in mixed] == ["", "</script>"]
    assert [mark.micros for mark in mixed] == [1772355600_000_000, 1772355630_000_000]
    with pytest.raises(ParameterError, match="mark"):
        timeline(events(2), marks=[7])


def test_what_has_no_time_is_counted_and_said() -> None:
    table = pl.DataFrame({"time": ["2026-03-01T09:00:00Z", None, "yesterday", "2026-03-01 10:00:00"]})
    plot = timeline(table)
    assert plot.chart.drawn == 2
    assert "1 event without a time (events.time is empty): not drawn." in plot.chart.notes
    assert "1 event with a time that cannot be read (events.time): not drawn." in plot.chart.notes
    assert all(note in plot.svg() for note in plot.chart.notes)


def test_start_and_end_limit_and_say_so() -> None:
    plot = timeline(events(10), start="2026-03-01 09:02:00", end="2026-03-01T09:05:00Z")
    assert plot.chart.drawn == 3
    assert "7 events outside start and end: not drawn." in plot.chart.notes
    with pytest.raises(ParameterError, match="not before"):
        timeline(events(10), start="2026-03-02", end="2026-03-01")


def test_absurd_times_do_not_squeeze_the_others() -> None:
    table = pl.concat([events(500), pl.select(TimeGenerated=datetime(1970, 1, 1, tzinfo=UTC))])
    plot = timeline(table)
    assert plot.chart.drawn == 501
    assert plot.chart.home[0] > plot.chart.extent[0]
    assert any("1 event outside this view, from 1970-01-01 00:00:00" in note for note in plot.chart.notes)


@pytest.mark.parametrize("empty", [pl.DataFrame(), pl.DataFrame({"TimeGenerated": []}), [], {}, {"a": pl.DataFrame()}])
def test_an_empty_table_is_an_empty_chart_that_says_so(empty: object) -> None:
    plot = timeline(empty)
    assert "No events: the table is empty or has no times." in plot.chart.notes
    assert "No events" in plot.svg()
    assert payload(plot)["empty"] is True
    assert plot.png().startswith(b"\x89PNG")


def test_columns_that_are_not_there_are_named() -> None:
    choices: list[dict[str, Any]] = [{"lane": "Hots"}, {"color": "Hots"}, {"tooltip": ["Hots"]}, {"time": "Hots"}]
    for choice in choices:
        with pytest.raises(ColumnMissing, match="'Hots'"):
            timeline(events(2, Host="a"), **choice)
    with pytest.raises(ColumnMissing, match="TimeGenerated"):
        timeline(pl.DataFrame({"a": [1]}))


def test_many_events_are_binned_and_it_is_said_how() -> None:
    rows = 50_000
    loud = pl.when(pl.int_range(rows) == 25_000).then(pl.lit("quiet")).otherwise(pl.lit("loud"))
    plot = timeline(events(rows, seconds=5, host=loud), lane="host")
    assert plot.chart.drawn == rows
    quiet = next(series for series in plot.chart.series if series.lane == 1)
    assert len(quiet.points) == 1
    assert quiet.bins == []
    assert any(re.search(r"^49,999 of 50,000 events are counted in bins of \d+ s", note) for note in plot.chart.notes)


def test_page_stays_small_with_everything_at_its_limit() -> None:
    rows = 200_000
    table = events(
        rows,
        seconds=7.123457,
        host=pl.format("host-{}", pl.int_range(rows).hash(3) % 60),
        kind=pl.format("kind-{}", pl.int_range(rows).hash(4) % 12),
        CommandLine=pl.concat_str([pl.int_range(rows).hash(number) for number in range(10)]),
    )
    for some in (table, table[:20_000], table[:20_001]):
        plot = timeline(some, lane="host", color="kind", marks=[(START, "m" * 300)] * 300)
        assert len(plot.html().encode()) < 1_000_000
        assert plot.chart.drawn == some.height
        single = sum(len(series.points) for series in plot.chart.series)
        lacking = single - plot.chart.details.rows
        assert lacking > 0
        assert any(note.startswith(f"{lacking:,} of the single events have no details") for note in plot.chart.notes)


def test_hostile_text_is_escaped_wherever_it_appears() -> None:
    table = events(2, host=HOSTILE).with_columns(pl.lit(HOSTILE).alias(HOSTILE))
    plot = timeline(
        {HOSTILE: table}, lane="host", color=HOSTILE, tooltip=[HOSTILE], title=HOSTILE, marks=[(START, HOSTILE)]
    )
    for written in (plot.html(), plot.svg()):
        assert "<img" not in written
        assert "\u202e" not in written
        assert "\x00" not in written
    assert plot.html().count("</script>") == 2  # the data's and the page's own
    ET.fromstring(plot.svg())  # noqa: S314  our own picture, which must be well-formed


def test_static_picture_has_every_lane_and_every_single_event() -> None:
    table = events(7, seconds=3_600, host=pl.format("host-{}", pl.int_range(7)))
    root = ET.fromstring(timeline(table, lane="host", marks=[(START, "dump")]).svg())  # noqa: S314
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {f"host-{number}" for number in range(7)} | {"dump", "2026-03-01"} <= texts
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 7


def test_static_picture_has_a_bar_or_a_dot_for_every_place_with_events() -> None:
    rows = 30_000
    loud = pl.when(pl.int_range(rows) % 1_000 == 0).then(pl.lit("quiet")).otherwise(pl.lit("loud"))
    view = View(timeline(events(rows, seconds=9, host=loud), lane="host").chart)
    assert sum(sum(lane.values()) for lane in view.lanes.values()) == rows
    root = ET.fromstring(draw(view.chart))  # noqa: S314
    bars = sum((path.get("d") or "").count("z") for path in root.iter("{http://www.w3.org/2000/svg}path"))
    dots = len(list(root.iter("{http://www.w3.org/2000/svg}circle")))
    in_lanes = sum(len(lane) for lane in view.lanes.values())
    in_strip = len(set().union(*view.lanes.values()))
    assert dots == 30
    assert bars + dots == in_lanes + in_strip


def test_lanes_are_those_of_the_stretch_of_time() -> None:
    table = events(4).with_columns(host=pl.Series(["a", "b", "c", "d"]))
    assert lanes(timeline(table, lane="host", start="2026-03-01T09:02:00Z")) == {"c": 1, "d": 1}


def test_png_has_the_size_of_the_picture(tmp_path: Path) -> None:
    plot = timeline(events(50), height=400)
    image = plot.save(tmp_path / "t.png").read_bytes()
    root = ET.fromstring(plot.svg())  # noqa: S314
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", image[16:24]) == (2 * int(root.attrib["width"]), 2 * int(root.attrib["height"]))


def test_height_is_kept_where_lanes_allow_it() -> None:
    assert timeline(events(5), height=300).height == pytest.approx(300, abs=12)
    tall = timeline(events(40, host=pl.int_range(40)), lane="host", height=300)
    assert tall.chart.layout.rows[0].height == 12


@pytest.mark.evidence
def test_real_campaign_shows_every_event(evidence: Path) -> None:
    import zipfile

    folder = evidence / "windows_mordor" / "compound" / "LSASS_campaign_01"
    with zipfile.ZipFile(folder / "metasploit_logonpasswords_lsass_memory_dump.zip") as archive:
        text = archive.read(archive.namelist()[0])
    table = pl.read_ndjson(text, schema_overrides={"@timestamp": pl.String}, infer_schema_length=None)
    plot = timeline(table, lane="Channel")
    assert plot.chart.drawn == table.height == 53_698
    assert lanes(plot)["Security"] == 2_153
    assert len(plot.html().encode()) < 200_000
