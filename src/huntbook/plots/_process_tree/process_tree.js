// The process tree in a page: a picture for each of its figures, of which only the rows in sight are in the document.
const PRINTED = 400, LINE = 24, SPARE = 8, STEP = 14, DEEPEST = 24, NAME = 90;
let pictures = 0;

class ProcessTree {
  constructor(figure) {
    this.figure = figure;
    this.data = JSON.parse(figure.querySelector("script").textContent);
    this.id = `hbp-${pictures += 1}`;
    this.rows = new FirstRows(this.data.first);
    this.focused = this.data.marked > 0;
    this.words = [];
    this.chosen = NONE;
    this.build();
    this.listen();
    this.refresh();
    setTimeout(() => this.unpack(), 30); // after the first picture: a requested frame never comes to a hidden tab
  }

  // --- what stands in the page ------------------------------------------------------------------------------------

  build() {
    this.bar = element("div", "hbp-bar");
    this.search = element("input", "hbp-search");
    Object.assign(this.search, { type: "search", placeholder: "Search image, command line, user, pid   ( / )", disabled: true });
    this.search.setAttribute("aria-label", "Search the processes");
    this.found = element("span", "hbp-found");
    this.found.setAttribute("aria-live", "polite");
    this.bar.append(this.search, this.found);
    this.previous = this.tool("‹", "Previous marked process, or hit (key N)", () => this.step(-1));
    this.next = this.tool("›", "Next marked process, or hit (key n)", () => this.step(1));
    this.only = this.tool("Marked branches only", "Show what leads to the marked processes and what they started, or everything", () => this.focus(!this.focused));
    this.only.hidden = !this.data.marked;
    this.tool("Unfold all", "Open every row", () => this.unfold(true));
    this.tool("Fold all", "Close every row", () => this.unfold(false));
    const head = this.heads = element("div", "hbp-row hbp-heads");
    const heads = ["Process", "PID", this.data.day ? `${this.data.day} UTC` : "Started, UTC", "User", "Command line"];
    head.append(...heads.map((text) => element("div", "", text)));
    if (this.data.marked) head.append(element("div", "", "Why it is marked"));
    this.view = element("div", "hbp-view");
    Object.assign(this.view, { tabIndex: 0 });
    this.view.setAttribute("role", "tree");
    this.view.setAttribute("aria-label", `${this.data.title}. Arrow keys move and fold, slash searches.`);
    this.body = element("div", "hbp-body");
    this.view.append(this.body);
    this.pane = element("div", "hbp-pane");
    this.pane.append(element("p", "hb-note", "Select a process for its whole command line."));
    this.pane.hidden = !this.data.rows;
    this.table = element("div", this.data.marked ? "hbp-table hbp-marked" : "hbp-table");
    this.table.append(head, this.view);
    const notes = element("ul", "hbp-notes hb-note");
    notes.append(...this.data.notes.map((note) => element("li", "", note)));
    this.unprinted = element("li", "");
    notes.append(this.unprinted, element("li", "hbp-keys", "Arrow keys move and fold, / searches, n goes to the next marked process or hit."));
    const alone = this.figure.parentElement === document.body && document.querySelectorAll("body > figure").length === 1;
    this.figure.classList.toggle("hbp-alone", alone);
    if (!alone || this.data.fixed) this.view.style.maxHeight = `${this.data.height}px`;
    this.figure.append(this.bar, this.table, this.pane, notes);
  }

  tool(text, title, act) {
    const button = element("button", "hbp-tool", text);
    Object.assign(button, { type: "button", title, disabled: true });
    button.addEventListener("click", act);
    this.bar.append(button);
    return button;
  }

  listen() {
    this.view.addEventListener("scroll", () => this.draw(), { passive: true });
    this.view.addEventListener("click", (event) => this.clicked(event));
    this.view.addEventListener("keydown", (event) => this.pressed(event));
    this.search.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.look(this.search.value), 120);
    });
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { this.search.value = ""; this.look(""); this.view.focus(); }
      if (event.key === "Enter") { clearTimeout(this.typing); this.look(this.search.value); this.step(event.shiftKey ? -1 : 1); }
      if (event.key === "ArrowDown") { this.view.focus(); this.step(1); event.preventDefault(); }
    });
    this.figure.addEventListener("keydown", (event) => {
      if (event.key === "/" && event.target !== this.search) { this.search.focus(); event.preventDefault(); }
    });
    new ResizeObserver(() => this.draw()).observe(this.view);
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
  }

  async unpack() {
    try {
      this.whole(new AllRows(await unpacked(this.data.packed)));
    } catch {
      this.found.textContent = "This browser cannot unpack the other processes.";
    }
  }

  // All rows are there: what was seen stays as it is, and everything begins to work.
  whole(rows) {
    const chosen = this.chosen === NONE ? NONE : this.rows.idOf(this.chosen);
    this.rows = rows;
    if (this.focused) rows.keep(rows.marked, true);
    this.chosen = chosen;
    for (const control of [this.search, ...this.bar.querySelectorAll("button")]) control.disabled = false;
    this.refresh();
    const worst = rows.mostSevere() ?? this.seen.find((row) => !rows.isHost(row) && !rows.isInferred(row));
    if (chosen !== NONE) this.tell();
    else if (worst !== undefined) this.choose(worst);
    this.figure.dataset.ready = "true";
  }

  // --- only the rows in sight ---------------------------------------------------------------------------------------

  refresh() {
    this.seen = this.rows.visible;
    this.place = new Map(this.seen.map((row, place) => [row, place]));
    const all = this.rows instanceof FirstRows ? this.data.visible : this.seen.length;
    this.body.style.height = `${Math.max(all, 1) * LINE}px`;
    this.drawn = "";
    this.only.setAttribute("aria-pressed", `${this.focused}`);
    this.draw();
    this.say();
  }

  // Paper does not scroll: there all that is open is drawn, within reason.
  print(on) {
    this.printing = on;
    const left = on ? Math.max(this.seen.length - PRINTED, 0) : 0;
    this.unprinted.textContent = left ? `${count(left, "more row")} not printed.` : "";
    this.drawn = "";
    this.draw();
  }

  draw() {
    if (this.printing) {
      this.body.replaceChildren(...this.seen.slice(0, PRINTED).map((row, place) => this.line(row, place)));
      return;
    }
    // However deep it is, there is room for its name.
    const deepest = Math.min(Math.max(Math.floor((this.heads.firstChild.clientWidth - NAME) / STEP), 3), DEEPEST);
    if (deepest !== this.deepest) this.drawn = "";
    this.deepest = deepest;
    const first = Math.max(Math.floor(this.view.scrollTop / LINE) - SPARE, 0);
    const last = Math.min(first + Math.ceil((this.view.clientHeight || this.data.height) / LINE) + 2 * SPARE, this.seen.length);
    if (this.drawn === `${first}-${last}`) return;
    this.drawn = `${first}-${last}`;
    const lines = [];
    for (let place = first; place < last; place += 1) lines.push(this.line(this.seen[place], place));
    this.body.replaceChildren(...lines);
    if (!this.seen.length) this.body.append(element("p", "hb-note hbp-empty", "No process."));
  }

  line(row, place) {
    const rows = this.rows;
    const line = element("div", "hbp-row");
    line.dataset.row = row;
    line.id = `${this.id}-${rows.idOf(row)}`;
    line.style.top = `${place * LINE}px`;
    line.setAttribute("role", "treeitem");
    line.setAttribute("aria-level", rows.depth[row] + 1);
    line.setAttribute("aria-selected", `${row === this.chosen}`);
    if (rows.descendants(row)) line.setAttribute("aria-expanded", `${rows.isOpen(row)}`);
    line.append(this.stem(row));
    if (rows.isHost(row)) {
      line.classList.add("hbp-host");
      return line;
    }
    line.classList.toggle("hbp-inferred", rows.isInferred(row));
    line.classList.toggle("hbp-hit", this.hits?.has(row) ?? false);
    const cell = (className, text) => { const made = element("div", className, text); line.append(made); return made; };
    cell("hbp-pid", `${rows.pid[row] ?? ""}`);
    cell("hbp-time", this.data.day ? moment(rows.time[row]).slice(11) : moment(rows.time[row]).slice(0, 19));
    cell("hbp-text", rows.account(row));
    const command = rows.text(row, COMMAND);
    cell("hb-mono hbp-text hbp-command", command.slice(0, 400) || (rows.isInferred(row) ? "not recorded" : ""));
    if (this.data.marked) this.why(cell("hbp-text", ""), row, line);
    return line;
  }

  // The first cell: guides for the depth, the fold sign, the name, and what is folded or left out below.
  stem(row) {
    const rows = this.rows;
    const cell = element("div", "hbp-stem");
    const depth = rows.depth[row];
    const guides = element("span", "hbp-guides");
    guides.style.width = `${Math.min(depth, this.deepest) * STEP}px`;
    if (depth > this.deepest) guides.textContent = `${depth}`;
    const below = rows.descendants(row);
    const fold = element("span", "hbp-fold", below ? (rows.isOpen(row) ? "▾" : "▸") : "");
    const name = element("span", "hbp-name hbp-text", rows.name(row));
    cell.append(guides, fold, name);
    if (rows.isHost(row)) cell.append(element("span", "hbp-muted", count(below, "process", "processes")));
    else if (below && !rows.isOpen(row)) cell.append(element("span", "hbp-below", `+${below.toLocaleString("en")}`));
    const marked = below && (rows.isHost(row) || !rows.isOpen(row)) ? rows.markedBelow(row) : 0;
    if (marked) cell.append(element("span", "hbp-marks", `${marked.toLocaleString("en")} marked`));
    if (rows.hiddenBelow(row)) {
      const more = element("button", "hbp-more", `${rows.hiddenBelow(row).toLocaleString("en")} more`);
      Object.assign(more, { type: "button", title: "Show the children that are left out", tabIndex: -1 });
      cell.append(more);
    }
    return cell;
  }

  why(cell, row, line) {
    const [mark] = this.rows.marks(row);
    if (!mark) return;
    const others = this.rows.marks(row).length - 1;
    const sign = element("span", "hb-severity", SIGNS[mark[0]]);
    sign.dataset.severity = mark[0];
    sign.title = mark[0];
    line.dataset.severity = mark[0];
    cell.append(sign, element("span", "", ` ${mark[1]}${others ? ` (+${others})` : ""}`));
  }

  say() {
    const every = this.rows instanceof AllRows;
    const marked = this.data.marked ? `${this.data.marked.toLocaleString("en")} marked` : "";
    const hits = this.words.length ? `${count(this.hits?.size ?? 0, "hit")}${this.hits?.size ? "" : ": nothing matches"}` : marked;
    this.found.textContent = every ? hits : "…";
    this.previous.hidden = this.next.hidden = !(this.words.length ? this.hits?.size : this.data.marked);
  }

  // --- choosing, folding, filtering -----------------------------------------------------------------------------------

  clicked(event) {
    const line = event.target.closest("[data-row]");
    if (!line) return;
    const row = Number(line.dataset.row);
    if (event.target.closest(".hbp-more")) return this.more(row);
    if (event.target.closest(".hbp-fold") || event.target.closest(".hbp-below")) return this.fold(row);
    if (event.detail === 2) return this.fold(row);
    return this.choose(row);
  }

  choose(row) {
    this.chosen = row;
    this.view.setAttribute("aria-activedescendant", `${this.id}-${this.rows.idOf(row)}`);
    this.drawn = "";
    this.tell(); // first: the rows may have to make room for what there is to tell
    this.reveal(row);
  }

  tell() {
    describe(this.pane, this.rows, this.chosen, { columns: this.data.columns, choose: (row) => this.go(row) });
  }

  reveal(row) {
    const place = this.place.get(row) ?? 0;
    const [top, bottom] = [this.view.scrollTop, this.view.scrollTop + this.view.clientHeight];
    if (place * LINE < top) this.view.scrollTop = place * LINE;
    if ((place + 1) * LINE > bottom) this.view.scrollTop = (place + 1) * LINE - this.view.clientHeight;
    this.draw();
  }

  go(row) {
    this.rows.openAbove(row);
    if (this.rows.kept) this.rows.kept[row] = 1;
    this.rows.count();
    this.refresh();
    this.choose(row);
  }

  more(row) {
    if (!(this.rows instanceof AllRows)) return;
    this.rows.keepChildren(row);
    this.refresh();
  }

  fold(row, open = !this.rows.isOpen(row)) {
    if (!(this.rows instanceof AllRows) || !this.rows.descendants(row)) return;
    this.rows.opened[row] = open ? 1 : 0;
    this.refresh();
    this.choose(row);
  }

  unfold(open) {
    this.rows.opened.fill(open ? 1 : 0);
    if (!open) for (let row = 0; row < this.rows.length; row += 1) if (this.rows.isHost(row)) this.rows.opened[row] = 1;
    this.refresh();
  }

  focus(on) {
    this.focused = on;
    this.search.value = "";
    this.words = [];
    this.hits = null;
    this.rows.keep(on ? this.rows.marked : null, true);
    if (on) this.rows.openOnly(this.rows.marked);
    if (on) for (const row of this.rows.marked) this.rows.opened[row] = 1;
    this.refresh();
    if (this.chosen !== NONE && this.place.has(this.chosen)) this.reveal(this.chosen);
  }

  look(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.join(" ") === this.words.join(" ")) return;
    if (!this.words.length) this.before = this.rows.opened.slice();
    this.words = words;
    if (words.length) {
      const hits = this.rows.find(words);
      this.hits = new Set(hits);
      this.rows.keep(hits);
      this.rows.openOnly(hits);
    } else {
      this.hits = null;
      this.rows.opened = this.before;
      this.rows.keep(this.focused ? this.rows.marked : null, true);
      if (this.chosen !== NONE) this.rows.openAbove(this.chosen);
      this.rows.count();
    }
    this.view.scrollTop = 0;
    this.refresh();
    if (!words.length && this.chosen !== NONE && this.place.has(this.chosen)) this.reveal(this.chosen);
  }

  step(by) {
    const targets = this.words.length ? [...(this.hits ?? [])] : this.rows.marked;
    if (!targets?.length) return;
    const next = by > 0 ? targets.find((row) => row > this.chosen) : targets.findLast((row) => row < this.chosen);
    this.go(next ?? targets.at(by > 0 ? 0 : -1));
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = this.place.get(this.chosen) ?? NONE;
    const [row, rows] = [this.chosen, this.rows];
    const to = (number) => { if (this.seen.length) this.choose(this.seen[Math.min(Math.max(number, 0), this.seen.length - 1)]); };
    const page = Math.max(Math.floor(this.view.clientHeight / LINE) - 1, 1);
    const acts = {
      ArrowDown: () => to(place + 1), ArrowUp: () => to(place - 1), Home: () => to(0), End: () => to(this.seen.length - 1),
      PageDown: () => to(place + page), PageUp: () => to(place - page),
      ArrowRight: () => (row !== NONE && rows.descendants(row) && !rows.isOpen(row) ? this.fold(row, true) : to(place + 1)),
      ArrowLeft: () => {
        if (row === NONE) return;
        if (rows.descendants(row) && rows.isOpen(row)) this.fold(row, false);
        else if (rows.parent && rows.parent[row] >= 0) this.choose(rows.parent[row]);
      },
      Enter: () => row !== NONE && this.fold(row), " ": () => row !== NONE && this.fold(row),
      "*": () => { if (row !== NONE && rows.openBranch) { rows.openBranch(row, true); this.refresh(); } },
      n: () => this.step(1), N: () => this.step(-1),
    };
    const act = acts[event.key];
    if (!act) return;
    act();
    event.preventDefault();
  }
}

for (const figure of document.querySelectorAll("figure.hb-process-tree:not([data-drawn])")) {
  figure.dataset.drawn = "";
  new ProcessTree(figure);
  figure.dataset.drawn = Math.round(performance.now()); // milliseconds since the page was asked for
}
