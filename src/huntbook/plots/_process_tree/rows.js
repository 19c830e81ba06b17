// The processes of one picture: rows in preorder, so that a row's descendants follow it with greater depth.
const INFERRED = 1, IS_HOST = 2;
const [HOST, USER, IMAGE, COMMAND] = [0, 1, 2, 3];
const NONE = -1;
// Of a path; but not what stands for a character that cannot be seen (\u202e …), or a name could hide its beginning.
const SEPARATOR = /\/|\\(?!x[01789][0-9a-f]|u(?:061c|20[026][0-9a-f]|feff|fff[ef]|d[89a-f]))/;
const SIGNS = { high: "▲", medium: "◆", low: "●", informational: "○" };

class Rows {
  constructor(data) {
    const { depth, flags, pid, time, texts, number, below, open, hidden } = data;
    Object.assign(this, { depth, flags, pid, time, texts, number, below, open, hidden, length: depth.length });
    this.marksOf = new Map(data.marks);
    this.keyOf = new Map(data.keys);
    this.recordsOf = new Map(data.records);
  }

  text(row, column) {
    const { values, rows } = this.texts[column];
    return values[rows[row]] ?? "";
  }

  isHost(row) { return (this.flags[row] & IS_HOST) !== 0; }
  isInferred(row) { return (this.flags[row] & INFERRED) !== 0; }
  marks(row) { return this.marksOf.get(row) ?? []; }
  records(row) { return this.recordsOf.get(row) ?? 1; }
  key(row) { return this.keyOf.get(row) ?? `${this.text(row, HOST)}/${this.pid[row]}@${this.time[row]}`; }

  account(row) { return this.text(row, USER).replace(/^[^\\]*\\(?=.)/, ""); }

  name(row) {
    if (this.isHost(row)) return this.text(row, HOST) || "no host recorded";
    const image = this.text(row, IMAGE).replace(/[\\/]+$/, "");
    return image.split(SEPARATOR).at(-1).replace(/\s/g, " ") || "unknown image";
  }
}

// The rows that came with the page in plain, in the order in which they are seen: enough for the first picture.
class FirstRows extends Rows {
  get visible() { return Array.from(this.depth.keys()); }
  descendants(row) { return this.below[row]; }
  isOpen(row) { return this.open[row]; }
  hiddenBelow(row) { return this.hidden[row]; }
  markedBelow() { return 0; }
  idOf(row) { return this.number[row]; }
}

// All rows, and which of them are open, kept by a filter, and therefore seen.
class AllRows extends Rows {
  constructor(data) {
    super(data);
    this.parent = new Int32Array(this.length);
    this.end = new Int32Array(this.length);
    const path = [];
    for (let row = 0; row < this.length; row += 1) {
      path.length = this.depth[row];
      this.parent[row] = path.length ? path[path.length - 1] : NONE;
      path.push(row);
    }
    for (let row = this.length - 1; row >= 0; row -= 1) {
      this.end[row] = Math.max(this.end[row], row + 1);
      if (this.parent[row] >= 0) this.end[this.parent[row]] = Math.max(this.end[this.parent[row]], this.end[row]);
    }
    this.opened = new Uint8Array(this.length);
    for (const row of data.open) this.opened[row] = 1;
    this.marked = [...this.marksOf.keys()];
    this.brokers = new Set(data.brokers);
    this.kept = null;
    this.hiddenIn = null;
  }

  idOf(row) { return row; }
  descendants(row) { return this.end[row] - row - 1; }
  isOpen(row) { return this.opened[row] === 1; }
  hiddenBelow(row) { return this.hiddenIn ? this.hiddenIn[row] : 0; }
  markedBelow(row) { return this.marked.filter((other) => other > row && other < this.end[row]).length; }

  // The first row with the most severe mark.
  mostSevere() {
    const grave = (row) => Object.keys(SIGNS).indexOf(this.marks(row)[0][0]);
    return this.marked.reduce((worst, row) => (worst === undefined || grave(row) < grave(worst) ? row : worst), undefined);
  }

  // Keep some rows, all that leads to them, and with `branches` all below them, but for brokers, which start programs
  // for everybody; null keeps everything.
  keep(rows, branches = false) {
    this.kept = rows && new Uint8Array(this.length);
    for (const row of rows ?? []) {
      if (branches && !this.kept[row] && !this.brokers.has(row)) this.kept.fill(1, row, this.end[row]);
      for (let up = row; up >= 0 && (up === row || !this.kept[up]); up = this.parent[up]) this.kept[up] = 1;
    }
    this.count();
  }

  // Let the children of a row be seen again that the filter left out.
  keepChildren(row) {
    for (let child = row + 1; child < this.end[row]; child = this.end[child]) this.kept[child] = 1;
    this.opened[row] = 1;
    this.count();
  }

  count() {
    this.hiddenIn = this.kept && new Int32Array(this.length);
    if (!this.kept) return;
    for (let row = 0; row < this.length; row += 1) {
      if (!this.kept[row] && this.parent[row] >= 0) this.hiddenIn[this.parent[row]] += 1;
    }
  }

  openAbove(row) {
    for (let up = this.parent[row]; up >= 0; up = this.parent[up]) {
      this.opened[up] = 1;
      if (this.kept) this.kept[up] = 1;
    }
  }

  openOnly(rows) {
    this.opened.fill(0);
    for (const row of rows) {
      for (let up = this.parent[row]; up >= 0 && !this.opened[up]; up = this.parent[up]) this.opened[up] = 1;
    }
  }

  openBranch(row, open) { this.opened.fill(open ? 1 : 0, row, this.end[row]); }

  // The numbers of the rows that are seen, from the top.
  get visible() {
    const seen = [];
    for (let row = 0; row < this.length;) {
      if (this.kept && !this.kept[row]) { row = this.end[row]; continue; }
      seen.push(row);
      row = this.opened[row] ? row + 1 : this.end[row];
    }
    return seen;
  }

  // The rows that have every word somewhere: in the image, the command line, the user, the host, a mark, or as the pid.
  find(words) {
    const hits = words.map((word) => this.texts.map(({ values }) => {
      const found = new Uint8Array(values.length);
      values.forEach((value, number) => { found[number] = value.toLowerCase().includes(word) ? 1 : 0; });
      return found;
    }));
    const found = [];
    for (let row = 0; row < this.length; row += 1) {
      if (this.isHost(row)) continue;
      const has = (word, number) => `${this.pid[row]}` === word
        || this.texts.some(({ rows }, column) => hits[number][column][rows[row]] === 1)
        || this.marks(row).some(([, text]) => text.toLowerCase().includes(word));
      if (words.every(has)) found.push(row);
    }
    return found;
  }
}
