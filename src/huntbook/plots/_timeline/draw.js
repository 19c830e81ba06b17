// Counting events into bars, and drawing them. Nothing here changes the state of the chart.

// From the distances that were sent to numbers.
function summed(steps, from = 0, factor = 1) {
  const found = new Float64Array(steps.length);
  let last = from;
  steps.forEach((step, place) => { last += step; found[place] = last * factor; });
  return found;
}

function firstAt(numbers, wanted) {
  let low = 0, high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < wanted) low = middle + 1; else high = middle;
  }
  return low;
}

// How many events of one series fall into each bar, from bar `first` on.
function counted(series, first, bars, step, into) {
  const end = (first + bars) * step;
  for (let i = firstAt(series.points, first * step); i < series.points.length && series.points[i] < end; i += 1) {
    into[Math.floor(series.points[i] / step) - first] += 1;
  }
  for (let i = firstAt(series.bins, first * step); i < series.bins.length && series.bins[i] < end; i += 1) {
    into[Math.floor(series.bins[i] / step) - first] += series.counts[i];
  }
}

// The bars of every lane for a view: each lane has its totals and the parts of its series.
function countedBars(chart, [start, end], pixels) {
  const step = barWidth(end - start, pixels, chart.bin);
  const first = Math.floor(start / step);
  const bars = Math.floor(end / step) - first + 1;
  const lanes = chart.lanes.map(() => ({ total: new Float64Array(bars), parts: [] }));
  for (const series of chart.series) {
    if (!chart.visible(series)) continue;
    const counts = new Float64Array(bars);
    counted(series, first, bars, step, counts);
    const lane = lanes[series.lane];
    lane.parts.push({ series, counts });
    counts.forEach((number, bar) => { lane.total[bar] += number; });
  }
  let highest = 0, seen = 0;
  for (const lane of lanes) for (const number of lane.total) { highest = Math.max(highest, number); seen += number; }
  return { step, first, bars, lanes, highest, seen };
}

const barHeight = (number, highest, room) => 5 + ((room - 5) * Math.log1p(number)) / Math.log1p(Math.max(highest, 9));

// One lane: bars, stacked by colour, and a dot where a single event stands alone in its bar.
function drawLane(pen, lane, row, table, place, paint) {
  const floor = row.top + row.height - 3;
  const room = Math.max(row.height - 8, 5);
  const wide = place(table.step) - place(0);
  const gap = wide > 4 ? 1 : 0;
  const done = new Float64Array(table.bars);
  for (const { series, counts } of lane.parts) {
    pen.fillStyle = paint(series.shade);
    for (let bar = 0; bar < table.bars; bar += 1) {
      if (!counts[bar] || lane.total[bar] < 2) continue;
      const full = barHeight(lane.total[bar], table.highest, room);
      const high = (full * counts[bar]) / lane.total[bar];
      pen.fillRect(place((table.first + bar) * table.step), floor - done[bar] - high, Math.max(wide - gap, 1.5), high);
      done[bar] += high;
    }
    drawSingles(pen, series, lane, { floor, table, place, wide, counts, radius: dotRadius(row.height) });
  }
}

const dotRadius = (height) => clamp(height / 12, 3.2, 5);

function drawSingles(pen, series, lane, { floor, table, place, wide, counts, radius }) {
  const { points } = series;
  const end = (table.first + table.bars) * table.step;
  pen.beginPath();
  for (let i = firstAt(points, table.first * table.step); i < points.length && points[i] < end; i += 1) {
    if (lane.total[Math.floor(points[i] / table.step) - table.first] > 1) continue;
    const x = place(points[i]);
    pen.moveTo(x + radius, floor - radius);
    pen.arc(x, floor - radius, radius, 0, 7);
  }
  pen.fill();
  // A single event that is known only by its bin is as wide as the bin.
  for (let i = firstAt(series.bins, table.first * table.step); i < series.bins.length && series.bins[i] < end; i += 1) {
    const bar = Math.floor(series.bins[i] / table.step) - table.first;
    if (lane.total[bar] !== 1 || !counts[bar]) continue;
    pen.fillRect(place((table.first + bar) * table.step), floor - 5, Math.max(wide - 1, 1.5), 5);
  }
}

// The times stand below the lanes, and above them as well where both ends are not on one screen.
function drawAxis(pen, [start, end], { left, right, top, head, paint, place }) {
  const [found, step] = ticks(start, end, Math.max((right - left) / 96, 2));
  pen.strokeStyle = paint("grid");
  pen.lineWidth = 1;
  pen.beginPath();
  for (const at of found) {
    const x = Math.round(place(at)) + 0.5;
    pen.moveTo(x, head);
    pen.lineTo(x, top + 4);
  }
  pen.stroke();
  pen.fillStyle = paint("ink");
  pen.textAlign = "center";
  // A label at the edge moves inwards as far as its neighbour lets it, else it is left out.
  const wide = Math.max(0, ...found.map((at) => pen.measureText(tickLabel(at, step)).width));
  let free = 0;
  for (const at of found) {
    const x = Math.min(place(at), right + 14 - wide / 2);
    if (x - wide / 2 < free) continue;
    for (const y of head ? [12, top + 16] : [top + 16]) pen.fillText(tickLabel(at, step), x, y);
    free = x + wide / 2 + 8;
  }
  if (step < DAY) drawDates(pen, [start, end], { left, right, top, paint, place });
}

// Under the times of day: the date at the left, and again wherever a new day begins.
function drawDates(pen, [start, end], { left, right, top, paint, place }) {
  pen.fillStyle = paint("muted");
  pen.textAlign = "left";
  const days = [start];
  for (let day = Math.ceil(start / DAY) * DAY; day < end; day += DAY) days.push(day);
  // The rest of a day that ends before its date is written would have the next day's hours above it.
  if (days.length > 1 && place(days[1]) < left + 90 && place(days[1]) < right - 70) days.shift();
  let free = left;
  for (const day of days) {
    const x = place(day);
    if (x < free || x > right - 70) continue;
    pen.fillText(written(day).slice(0, 10), x, top + 32);
    free = x + 90;
  }
}

// The lines of all marks, then as many labels as there is room for; a label that is left out shows when hovered.
function drawMarks(pen, chart, view, { left, right, head, bottom, paint, place }) {
  const seen = chart.marks.filter((mark) => mark.at >= view[0] && mark.at <= view[1]);
  pen.strokeStyle = paint("mark");
  pen.setLineDash([4, 3]);
  pen.beginPath();
  for (const mark of seen) {
    const x = Math.round(place(mark.at)) + 0.5;
    pen.moveTo(x, head + 4);
    pen.lineTo(x, bottom);
  }
  pen.stroke();
  pen.setLineDash([]);
  pen.textAlign = "left";
  let free = left;
  for (const { at, label } of seen.filter((mark) => mark.label)) {
    const wide = Math.min(pen.measureText(label).width, 220);
    const from = place(at) + 5 + wide > right ? place(at) - 5 - wide : place(at) + 5;
    if (from < free) continue;
    pen.fillStyle = paint("bg");
    pen.fillRect(from - 2, head + 2, wide + 4, 16);
    pen.fillStyle = paint("mark");
    pen.fillText(label, from, head + 14, 220);
    free = from + wide + 10;
  }
}

// The whole range below, all lanes together, and the window that is in view.
function drawStrip(pen, chart, table, { top, height, left, right, paint, place, view }) {
  pen.fillStyle = paint("panel");
  pen.fillRect(left, top, right - left, height);
  const wide = Math.max(place(table.step) - place(0), 1.5);
  pen.fillStyle = paint("muted");
  for (let bar = 0; bar < table.bars; bar += 1) {
    const total = table.lanes.reduce((sum, lane) => sum + lane.total[bar], 0);
    if (!total) continue;
    const high = barHeight(total, table.together, height - 8);
    const x = clamp(place((table.first + bar) * table.step), left, right - 1);
    pen.fillRect(x, top + height - 2 - high, Math.min(wide, right - x), high);
  }
  pen.fillStyle = paint("mark");
  for (const mark of chart.marks) pen.fillRect(clamp(place(mark.at), left, right) - 0.75, top, 1.5, height);
  const [from, to] = view.map((at) => clamp(place(at), left, right));
  pen.globalAlpha = 0.7;
  pen.fillStyle = paint("bg");
  pen.fillRect(left, top, from - left, height);
  pen.fillRect(to, top, right - to, height);
  pen.globalAlpha = 1;
  pen.strokeStyle = paint("accent");
  pen.lineWidth = 1;
  pen.strokeRect(from + 0.5, top + 0.5, Math.max(to - from - 1, 1), height - 1);
  pen.fillStyle = paint("accent");
  for (const x of [from, to]) pen.fillRect(x - 2, top + height / 2 - 8, 4, 16);
}

const clamp = (number, low, high) => Math.max(low, Math.min(number, high));
