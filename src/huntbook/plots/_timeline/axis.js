// Steps of time that people count in. All times are microseconds since 1970, in UTC.
const MS = 1e3, SECOND = 1e6, MINUTE = 6e7, HOUR = 36e8, DAY = 864e8;
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((n) => n * MS),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000].map((n) => n * DAY),
];
const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000];

// At least 3 pixels of time in a bar, and whole bins where events are binned, so that no bar counts half a bin.
function barWidth(span, pixels, width) {
  const least = Math.max((span * 3) / Math.max(pixels, 1), width);
  return STEPS.find((step) => step >= least && (!width || step % width === 0)) ?? Math.max(STEPS.at(-1), width);
}

function ticks(start, end, most) {
  const step = STEPS.find((each) => (end - start) / each <= most) ?? STEPS.at(-1);
  const months = Math.round(step / (30 * DAY));
  if (months) return [byCalendar(start, end, MONTHS.find((n) => n >= months) ?? 12000), step];
  const found = [];
  for (let n = Math.ceil(start / step); n * step <= end; n += 1) found.push(n * step);
  return [found, step];
}

// Days counted from 1970 land on no round date; months and years do.
function byCalendar(start, end, months) {
  const found = [];
  const first = new Date(start / MS).getUTCFullYear();
  for (let n = 0; n < 4000; n += 1) {
    const at = new Date(0);
    at.setUTCFullYear(first, n * months, 1);
    if (!(at.getTime() * MS <= end)) break;
    if (at.getTime() * MS >= start) found.push(at.getTime() * MS);
  }
  return found;
}

// ISO 8601 in UTC, without the T and the Z; microseconds where there are any.
function written(micros, digits = 0) {
  const whole = Math.floor(micros / SECOND);
  const date = new Date(whole * 1e3);
  if (Number.isNaN(date.getTime())) return `${whole} s after 1970`;
  const text = date.toISOString().slice(0, -5).replace("T", " ");
  if (!digits) return text;
  return `${text}.${String(Math.round(micros - whole * SECOND)).padStart(6, "0").slice(0, digits)}`;
}

const exactly = (micros) => written(micros, micros % SECOND === 0 ? 0 : micros % MS === 0 ? 3 : 6);

function tickLabel(micros, step) {
  if (step >= DAY) return written(micros).slice(0, 10);
  const text = written(micros, step < SECOND ? 3 : 0);
  return step >= MINUTE ? text.slice(11, 16) : text.slice(11);
}

function duration(micros) {
  const units = [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"], [SECOND, "s"], [MS, "ms"]];
  const place = units.findIndex(([size]) => micros >= size);
  if (place < 0) return `${Math.round(micros)} µs`;
  const [size, unit] = units[place];
  const whole = Math.floor(micros / size);
  const [smaller, name] = units[place + 1] ?? [size, unit];
  const rest = smaller < size ? Math.floor((micros - whole * size) / smaller) : 0;
  return `${count(whole)} ${unit}${rest ? ` ${rest} ${name}` : ""}`;
}

const count = (number) => number.toLocaleString("en-US");
const events = (number) => `${count(number)} event${number === 1 ? "" : "s"}`;
