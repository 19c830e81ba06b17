// What lies under the pointer, and what the tooltip says of it. All text is set by textContent.
// Of what was found: the mark, then the events.
function about(chart, found, most) {
  const { mark } = found;
  const marked = mark ? [element("h4", "hbt-mark", mark.label || "Mark"), element("p", "", `${exactly(mark.at)} UTC`)] : [];
  return found.total ? [...marked, ...aboutEvents(chart, found, most)] : marked;
}

// A single event, or a bar of which the first `most` events are listed.
function aboutEvents(chart, found, most) {
  const lane = chart.lanes[found.lane];
  const name = lane.group ? `${lane.group}: ${lane.name}` : lane.name;
  const listed = found.single.slice(0, most);
  const told = listed.flatMap((one) => aboutEvent(chart, one));
  if (found.total === 1 && listed.length) return [element("p", "hbt-name", name), ...told];
  const span = element("p", "", `${exactly(found.start)} to ${exactly(found.end).slice(11)} UTC`);
  const more = aboutRest(found.single.length - listed.length, found.total - found.single.length);
  return [element("h4", "", `${name}: ${events(found.total)}`), span, ...told, ...[...more].map((line) => element("p", "", line))];
}

function* aboutRest(single, counted) {
  if (single) yield `and ${count(single)} more: click to list them`;
  if (counted) yield `${events(counted)} of which this page has only the number`;
}

function aboutEvent(chart, { at, text, series }) {
  const list = element("dl", "");
  const tell = (name, value) => list.append(element("dt", "", name), element("dd", "", value));
  if (chart.colours.length) tell(chart.colourOf, chart.colours[series.colour].name);
  chart.details.columns.forEach((column, number) => {
    const value = chart.texts[number]?.values[chart.texts[number].rows[text] ?? -1];
    if (value !== undefined) tell(column, value);
  });
  return [element("h4", "", `${exactly(at)} UTC`), ...(list.childElementCount ? [list] : [])];
}

// The events of the bar under the pointer, or those of a bar beside it, and the mark that is near; null for nothing.
function under(chart, { x, y }) {
  const row = chart.rows.find(([top, height, lane]) => lane >= 0 && y >= top && y < top + height);
  const mark = chart.marks.find((each) => Math.abs(chart.place(chart.view)(each.at) - x) < 4);
  if (!row) return mark ? { x, y, mark } : null;
  const bar = Math.floor(chart.timeAt(x) / chart.table.step);
  const hit = [bar, bar - 1, bar + 1].map((each) => inBar(chart, row[2], each)).find((each) => each.total > 0);
  return hit || mark ? { x, y, mark, lane: row[2], ...hit } : null;
}

function inBar(chart, lane, bar) {
  const [start, end] = [bar * chart.table.step, (bar + 1) * chart.table.step];
  const found = { start, end, total: 0, single: [] };
  for (const series of chart.series) {
    if (series.lane !== lane || !chart.visible(series)) continue;
    for (let i = firstAt(series.points, start); i < series.points.length && series.points[i] < end; i += 1) {
      found.single.push({ at: series.points[i], text: series.details + i, series });
    }
    for (let i = firstAt(series.bins, start); i < series.bins.length && series.bins[i] < end; i += 1) {
      found.total += series.counts[i];
    }
  }
  found.total += found.single.length;
  found.single.sort((one, other) => one.at - other.at);
  return found;
}
