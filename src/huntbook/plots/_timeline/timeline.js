// The timeline in a page: one chart for each of its figures. Text from logs is set by textContent, never as markup.
const LISTED = 5, LISTED_PINNED = 100, NARROWEST = 50 * MS;
const [BODY_GAP, AXIS, STRIP] = [10, 40, 40];

class Timeline {
  constructor(figure) {
    this.figure = figure;
    const data = JSON.parse(figure.querySelector("script").textContent);
    Object.assign(this, data, { hidden: new Set(), off: new Set(), domain: data.home, view: data.home, texts: [] });
    [this.gutter, this.right, this.bottom, this.head] = data.size;
    this.marks = data.marks.map(([at, label]) => ({ at, label }));
    this.series = data.series.map((each) => ({
      ...each, points: summed(each.points, data.base), bins: summed(each.bins, 0, data.bin),
    }));
    this.build();
    this.listen();
    this.resize();
    new ResizeObserver(() => this.resize()).observe(this.body);
    for (const query of ["(prefers-color-scheme: dark)", "print"]) {
      matchMedia(query).addEventListener("change", () => { this.paints = {}; this.draw(); });
    }
    this.unpack(data.details); // goes on in the background: the picture does not wait for it
  }

  // --- what stands in the page ------------------------------------------------------------------------------------

  build() {
    this.legend = element("div", "hbt-legend");
    this.legend.hidden = !this.colours.length;
    this.colours.forEach((entry, number) => this.legend.append(this.toggle("", entry.name, entry.shade, this.off, number)));
    this.bar = element("div", "hbt-bar");
    this.said = element("span", "hbt-view");
    this.said.setAttribute("aria-live", "polite");
    this.bar.append(this.said);
    this.tool("All times", "Everything, with the times far off", () => this.widen()).hidden = `${this.home}` === `${this.extent}`;
    this.tool("−", "Zoom out (key −)", () => this.zoom(2));
    this.tool("+", "Zoom in (key +)", () => this.zoom(0.5));
    this.tool("Reset", "The whole range (double click, key 0)", () => this.show(this.domain));
    this.bar.hidden = this.empty;
    this.body = element("div", "hbt-body");
    this.canvas = element("canvas", "");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `${this.title}. Arrow keys move, plus and minus zoom, 0 resets.`);
    this.tip = element("div", "hbt-tip");
    this.tip.hidden = true;
    this.body.append(this.canvas, ...this.rows.map((row) => this.rowLabel(row)), this.tip);
    this.body.style.height = `${this.bottom + AXIS + BODY_GAP + STRIP}px`;
    this.scale = element("li", "");
    const notes = element("ul", "hbt-notes hb-note");
    this.code = element("li", "hb-mono");
    notes.append(this.scale, ...(this.bin ? [this.code] : []), ...this.notes.map((note) => element("li", "", note)));
    this.figure.append(this.legend, this.bar, this.body, notes);
  }

  rowLabel([top, height, lane, name]) {
    const colour = this.colours.length || new Set(this.shades).size < 2 ? "" : this.shades[lane];
    const made = lane < 0
      ? element("div", "hbt-group", name)
      : this.toggle("hbt-lane", name, colour, this.hidden, lane, this.lanes[lane].name);
    if (lane >= 0) made.append(element("span", "hbt-count", count(this.lanes[lane].events)));
    Object.assign(made.style, { top: `${top}px`, height: `${height}px`, width: `${this.gutter}px` });
    return made;
  }

  toggle(className, name, shade, set, number, whole = name) {
    const button = element("button", className);
    button.type = "button";
    button.title = `${whole}: click to hide or show, Alt+click to show it alone`;
    button.setAttribute("aria-pressed", "true");
    if (shade) {
      const swatch = element("span", "hbt-swatch");
      swatch.style.background = `var(--hb-${shade})`;
      button.append(swatch);
    }
    button.append(element("span", "hbt-name", name));
    button.addEventListener("click", (event) => this.switch(set, number, event.altKey));
    button.dataset.number = number;
    return button;
  }

  tool(text, title, action) {
    const button = element("button", "hbt-tool", text);
    button.type = "button";
    button.title = title;
    button.addEventListener("click", action);
    this.bar.append(button);
    return button;
  }

  switch(set, number, alone) {
    const all = set === this.hidden ? this.lanes : this.colours;
    const others = [...all.keys()].filter((each) => each !== number);
    if (alone) {
      const was = others.every((each) => set.has(each)) && !set.has(number);
      set.clear();
      if (!was) others.forEach((each) => set.add(each));
    } else if (!set.delete(number)) set.add(number);
    const where = set === this.hidden ? this.body : this.legend;
    for (const button of where.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(!set.has(Number(button.dataset.number))));
    }
    this.whole = null;
    this.show(this.view);
  }

  visible(series) {
    return !this.hidden.has(series.lane) && !(this.colours.length && this.off.has(series.colour));
  }

  // --- drawing ----------------------------------------------------------------------------------------------------

  resize() {
    const width = Math.max(this.body.clientWidth, this.gutter + 200);
    if (width === this.width && window.devicePixelRatio === this.ratio) return;
    this.width = width;
    const height = this.bottom + AXIS + BODY_GAP + STRIP;
    this.ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.width * this.ratio);
    this.canvas.height = Math.round(height * this.ratio);
    Object.assign(this.canvas.style, { width: `${this.width}px`, height: `${height}px` });
    [this.left, this.end] = [this.gutter, this.width - this.right];
    this.paints = {};
    this.whole = null;
    this.show(this.view);
    this.draw(); // at once: setting the size has wiped the canvas
  }

  // Colours are read from the theme when they are first needed, and again when it changes.
  paint(name) {
    this.paints[name] ??= getComputedStyle(this.figure).getPropertyValue(`--hb-${name}`).trim() || "gray";
    return this.paints[name];
  }

  place([start, end]) {
    return (at) => this.left + ((at - start) / (end - start)) * (this.end - this.left);
  }

  timeAt(x, [start, end] = this.view) {
    return start + ((x - this.left) / (this.end - this.left)) * (end - start);
  }

  show([start, end]) {
    const span = clamp(end - start, NARROWEST, this.domain[1] - this.domain[0]);
    const from = clamp((start + end - span) / 2, this.domain[0], this.domain[1] - span);
    this.view = [from, from + span];
    this.table = null;
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.draw(); });
  }

  draw() {
    const pixels = this.end - this.left;
    this.table ??= countedBars(this, this.view, pixels);
    if (!this.whole) {
      this.whole = countedBars(this, this.domain, pixels);
      const sums = this.whole.lanes.reduce((all, lane) => all.map((n, i) => n + lane.total[i]), Array(this.whole.bars).fill(0));
      this.whole.together = Math.max(...sums);
    }
    const pen = this.canvas.getContext("2d");
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, this.width, this.canvas.height);
    pen.font = `11.5px ${getComputedStyle(this.figure).fontFamily}`;
    const where = { left: this.left, right: this.end, head: this.head, paint: (name) => this.paint(name) };
    this.drawRows(pen, { ...where, place: this.place(this.view) });
    if (!this.empty) drawStrip(pen, this, this.whole, {
      ...where, place: this.place(this.domain), top: this.bottom + AXIS + BODY_GAP, height: STRIP, view: this.view,
    });
    this.say();
  }

  drawRows(pen, where) {
    pen.save();
    this.rows.forEach(([top, height, lane]) => {
      if (lane >= 0 && lane % 2 === 0) {
        pen.fillStyle = this.paint("panel");
        pen.fillRect(0, top, this.width, height);
      }
    });
    if (this.empty) this.drawNothing(pen);
    else drawAxis(pen, this.view, { ...where, top: this.bottom });
    pen.beginPath();
    pen.rect(this.left, 0, this.end - this.left, this.bottom);
    pen.clip();
    for (const [top, height, lane] of this.rows) {
      if (lane >= 0) drawLane(pen, this.table.lanes[lane], { top, height }, this.table, where.place, where.paint);
    }
    drawMarks(pen, this, this.view, { ...where, bottom: this.bottom });
    pen.restore();
    if (this.cursor && !this.drag && !this.empty) this.drawCursor(pen);
    pen.strokeStyle = this.paint("line");
    pen.strokeRect(this.left - 0.5, this.bottom + 0.5, this.end - this.left + 1, 0);
  }

  drawNothing(pen) {
    pen.fillStyle = this.paint("muted");
    pen.textAlign = "center";
    pen.fillText("No events", (this.left + this.end) / 2, this.bottom / 2 + 4);
  }

  drawCursor(pen) {
    pen.strokeStyle = this.paint("muted");
    pen.beginPath();
    pen.moveTo(Math.round(this.cursor.x) + 0.5, 0);
    pen.lineTo(Math.round(this.cursor.x) + 0.5, this.bottom);
    pen.stroke();
    const at = written(this.timeAt(this.cursor.x), this.table.step < SECOND ? 3 : 0).slice(11);
    const wide = pen.measureText(at).width + 10;
    const from = clamp(this.cursor.x - wide / 2, this.left, this.end - wide);
    pen.fillStyle = this.paint("ink");
    pen.fillRect(from, this.bottom + 1, wide, 18);
    pen.fillStyle = this.paint("bg");
    pen.textAlign = "left";
    pen.fillText(at, from + 5, this.bottom + 14);
  }

  say() {
    if (this.empty) return;
    const [start, end] = this.view;
    const digits = end - start < 10 * SECOND ? 3 : 0;
    const bold = element("b", "", `${written(start, digits)} to ${written(end, digits)} UTC`);
    this.said.replaceChildren(bold, ` · ${duration(end - start)} · ${events(this.table.seen)} in view`);
    const step = duration(this.table.step);
    const binned = this.table.step === this.bin ? ", the finest that this page has" : "";
    this.code.textContent = `This view alone: timeline(…, start="${written(start)}Z", end="${written(end + SECOND)}Z")`;
    this.scale.textContent = `Bar: events in ${step}${binned}, logarithmic, the highest ${count(this.table.highest)}. `
      + "Dot: one event. Scroll (with Ctrl, or after a click) zooms, dragging moves, Shift+drag selects, click pins.";
  }

  // --- what the reader does ---------------------------------------------------------------------------------------

  zoom(factor, at = (this.view[0] + this.view[1]) / 2) {
    const span = clamp((this.view[1] - this.view[0]) * factor, NARROWEST, this.domain[1] - this.domain[0]);
    const share = (at - this.view[0]) / (this.view[1] - this.view[0]);
    this.show([at - share * span, at + (1 - share) * span]);
  }

  pan(share) {
    const by = (this.view[1] - this.view[0]) * share;
    this.show([this.view[0] + by, this.view[1] + by]);
  }

  widen() {
    this.domain = `${this.domain}` === `${this.home}` ? this.extent : this.home;
    this.whole = null;
    this.show(this.domain);
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.onDown(event));
    canvas.addEventListener("pointermove", (event) => this.onMove(event));
    canvas.addEventListener("pointerup", (event) => this.onUp(event));
    canvas.addEventListener("pointercancel", () => { this.drag = null; });
    canvas.addEventListener("pointerleave", () => this.leave());
    canvas.addEventListener("dblclick", () => this.show(this.domain));
    this.figure.addEventListener("keydown", (event) => this.onKey(event));
  }

  onKey(event) {
    if (event.key === "Escape") { this.unpin(); return; }
    if (event.target !== this.canvas || event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = {
      ArrowLeft: () => this.pan(-0.15), ArrowRight: () => this.pan(0.15), PageUp: () => this.pan(-0.9),
      PageDown: () => this.pan(0.9), "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2),
      0: () => this.show(this.domain), Home: () => this.show(this.domain),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  // A page that can be scrolled must not be caught by a chart that merely lies under the pointer.
  onWheel(event) {
    const page = document.scrollingElement;
    const alone = window.parent === window && page.scrollHeight <= window.innerHeight + 4;
    if (!alone && !event.ctrlKey && document.activeElement !== this.canvas) return;
    event.preventDefault();
    this.unpin();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.pan(clamp(event.deltaX / 1000, -0.2, 0.2));
    else this.zoom(Math.exp(clamp(event.deltaY, -200, 200) / 300), this.timeAt(clamp(event.offsetX, this.left, this.end)));
  }

  onDown(event) {
    if (event.button !== 0 || event.offsetX < this.left - 6) return;
    this.canvas.setPointerCapture(event.pointerId);
    const strip = event.offsetY > this.bottom + AXIS;
    const kind = strip ? this.stripKind(event.offsetX) : event.shiftKey ? "select" : "move";
    this.drag = { kind, x: event.offsetX, y: event.offsetY, view: this.view, moved: false };
  }

  // On the strip: its edges resize the window, its middle moves it, elsewhere a new window begins.
  stripKind(x) {
    const [from, to] = this.view.map(this.place(this.domain));
    if (Math.abs(x - from) < 7) return "from";
    if (Math.abs(x - to) < 7) return "to";
    const whole = this.view[1] - this.view[0] >= (this.domain[1] - this.domain[0]) * 0.999;
    return x > from && x < to && !whole ? "window" : "brush";
  }

  onMove(event) {
    const { drag } = this;
    if (!drag) { this.hover(event); return; }
    if (!drag.moved && Math.abs(event.offsetX - drag.x) < 4) return;
    drag.moved = true;
    this.unpin();
    const span = drag.kind === "move" ? drag.view : this.domain;
    const by = this.timeAt(event.offsetX, span) - this.timeAt(drag.x, span);
    const [start, end] = drag.view;
    if (drag.kind === "move") this.show([start - by, end - by]);
    else if (drag.kind === "window") this.show([start + by, end + by]);
    else if (drag.kind === "from") this.show([Math.min(start + by, end - NARROWEST), end]);
    else if (drag.kind === "to") this.show([start, Math.max(end + by, start + NARROWEST)]);
    else if (drag.kind === "brush") this.show(this.dragged(event, this.domain));
    else this.drawSelection(event);
  }

  dragged(event, span) {
    return [this.timeAt(this.drag.x, span), this.timeAt(event.offsetX, span)].sort((a, b) => a - b);
  }

  drawSelection(event) {
    this.draw();
    const pen = this.canvas.getContext("2d");
    pen.fillStyle = this.paint("select");
    pen.fillRect(this.drag.x, 0, event.offsetX - this.drag.x, this.bottom);
  }

  onUp(event) {
    const { drag } = this;
    if (!drag) return;
    if (drag.kind === "select" && drag.moved) this.show(this.dragged(event, this.view));
    this.drag = null;
    if (!drag.moved && drag.y < this.bottom) this.pin(event);
  }

  // --- what lies under the pointer --------------------------------------------------------------------------------

  leave() {
    this.cursor = null;
    if (!this.pinned) this.tip.hidden = true;
    this.draw();
  }

  hover(event) {
    this.cursor = { x: event.offsetX, y: event.offsetY };
    const strip = event.offsetY > this.bottom + AXIS;
    const kind = strip ? this.stripKind(event.offsetX) : "move";
    this.canvas.style.cursor = { from: "ew-resize", to: "ew-resize", window: "grab", brush: "crosshair" }[kind] ?? "default";
    if (event.offsetX < this.left || strip) this.cursor = null;
    if (!this.pinned) this.tell(this.cursor && under(this, this.cursor), LISTED);
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.draw(); });
  }

  pin(event) {
    this.unpin();
    const found = under(this, { x: event.offsetX, y: event.offsetY });
    this.tell(found, LISTED_PINNED);
    this.pinned = Boolean(found);
    this.tip.classList.toggle("hbt-pinned", this.pinned);
  }

  unpin() {
    this.pinned = false;
    this.tip.hidden = true;
    this.tip.classList.remove("hbt-pinned");
  }

  tell(found, most) {
    this.tip.hidden = !found;
    if (!found) return;
    this.tip.replaceChildren(...about(this, found, most));
    const wide = this.tip.offsetWidth, high = this.tip.offsetHeight;
    const left = found.x + 14 + wide > this.width ? found.x - 14 - wide : found.x + 14;
    const lowest = this.bottom + AXIS + BODY_GAP + STRIP + 40 - high;
    Object.assign(this.tip.style, { left: `${Math.max(left, 0)}px`, top: `${Math.min(found.y + 12, Math.max(lowest, 0))}px` });
  }

  async unpack({ packed }) {
    try {
      this.texts = await unpacked(packed);
    } catch {
      this.scale.after(element("li", "", "This browser cannot unpack the details of the events."));
    }
    this.figure.dataset.ready = "true";
  }
}

for (const figure of document.querySelectorAll("figure.hb-timeline:not([data-drawn])")) {
  figure.dataset.drawn = "true";
  new Timeline(figure);
}
