// The query browser. Everything that a pack or a log says becomes a text node or an attribute: nothing is ever read as HTML.

const OPTIONS = [
  ["last", "2d, 90m …: up to now, or up to end"],
  ["start", "2026-03-01, -3d, -3d@d; UTC if it names no zone"],
  ["end", "the same; not included"],
  ["add_query_items", "query text to put at the end"],
];

function make(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

const plain = (text) => String(text).toLowerCase();
const words = (text) => plain(text).split(/\s+/).filter(Boolean);
const hay = (query) => plain([query.name, query.about, ...query.tags, ...query.tables, ...query.techniques].join(" "));

// The call as Python writes it: JSON's strings and lists are Python's as well. What nobody sees, or what turns text around, is spelled: the call
// does what it looks like.
const UNSEEN = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const quoted = (text) => JSON.stringify(text).replace(UNSEEN, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);

function literal(kind, text) {
  const bare = text.trim();
  if (kind === "int" && /^[+-]?\d{1,40}$/.test(bare)) return String(BigInt(bare.replace(/^\+/, "")));
  if (kind === "real" && /^[+-]?\d+(\.\d+)?$/.test(bare)) return bare.replace(/^\+/, "").replace(/^(-?)0+(?=\d)/, "$1");
  if (kind === "bool" && /^(true|false)$/i.test(bare)) return bare.toLowerCase() === "true" ? "True" : "False";
  if (kind === "clause") return `hb.Clause(${quoted(text)})`;
  return quoted(kind === "string" ? text : bare);
}

function items(text) {
  const parts = text.trim().includes("\n") ? text.split(/\r\n|\r|\n/) : text.split(",");
  return parts.map((part) => part.trim()).filter(Boolean);
}

export function call(where, query, texts) {
  const given = [];
  for (const [name, text] of Object.entries(texts)) {
    if (!text.trim()) continue;
    const parameter = query.parameters.find((one) => one.name === name);
    const written = !parameter ? quoted(text.trim())
      : parameter.type === "list" ? `[${items(text).map((item) => literal(parameter.of, item)).join(", ")}]`
      : literal(parameter.type, text);
    given.push(`${name}=${written}`);
  }
  return `${where}.${query.name}(${given.join(", ")})`;
}

class Browser {
  constructor(model, el) {
    this.model = model;
    this.chosen = null;
    this.texts = new Map(); // query → what was typed for it
    this.number = 0;
    this.build(el);
    this.onQueries = () => this.list();
    this.onTold = () => this.tell();
    model.on("change:_queries", this.onQueries);
    model.on("change:_told", this.onTold);
    this.list();
  }

  close() {
    this.model.off("change:_queries", this.onQueries);
    this.model.off("change:_told", this.onTold);
  }

  build(el) {
    const again = () => this.list();
    this.filter = make("input", {
      type: "search", class: "hbq-filter", placeholder: "Filter: words in name, about, tags, tables", "aria-label": "Filter the queries",
      input: again, keydown: (event) => { if (event.key === "ArrowDown") { event.preventDefault(); this.move(0); } },
    });
    this.all = make("input", { type: "checkbox", change: again });
    this.count = make("span", { class: "hbq-quiet", "aria-live": "polite" });
    this.options = make("div", { class: "hbq-list", role: "listbox", "aria-label": "Queries", keydown: (event) => this.onKey(event) });
    this.detail = make("section", { class: "hbq-detail", "aria-label": "Query" });
    const left = make("div", { class: "hbq-left" }, this.filter,
      make("div", { class: "hbq-under" }, this.count, make("label", {}, this.all, " also what cannot be asked here")), this.options);
    el.append(make("div", { class: "hbq" }, left, this.detail));
  }

  list() {
    const asked = words(this.filter.value);
    const every = this.model.get("_queries");
    const found = every.filter((query) => (this.all.checked || !query.reason) && asked.every((word) => hay(query).includes(word)));
    this.shown = found;
    if (!found.includes(this.chosen)) this.chosen = found.find((query) => query.name === this.chosen?.name) ?? found[0] ?? null;
    this.count.textContent = `${found.length} of ${every.length} queries`;
    const rows = [];
    let pack = null;
    for (const query of found) {
      if (query.pack !== pack) rows.push(make("div", { class: "hbq-pack", role: "presentation" }, query.pack));
      pack = query.pack;
      rows.push(this.option(query));
    }
    this.options.replaceChildren(...rows);
    this.show();
  }

  option(query) {
    const chosen = query === this.chosen;
    return make("div", {
      class: "hbq-option", role: "option", tabindex: chosen ? 0 : -1, "aria-selected": chosen ? "true" : "false", "data-name": query.name,
      "data-off": query.reason !== "", click: () => this.choose(query),
    }, make("span", { class: "hbq-name" }, query.name.slice(query.pack.length + 1)), make("span", { class: "hbq-about" }, query.about));
  }

  onKey(event) {
    const at = this.shown.indexOf(this.chosen);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.shown.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.move(to);
  }

  move(to) {
    const query = this.shown[Math.max(0, Math.min(to, this.shown.length - 1))];
    if (query) this.choose(query, true);
  }

  choose(query, focus = false) {
    this.chosen = query;
    for (const row of this.options.querySelectorAll(".hbq-option")) {
      const chosen = row.dataset.name === query.name;
      row.setAttribute("aria-selected", chosen ? "true" : "false");
      row.tabIndex = chosen ? 0 : -1;
      if (chosen && focus) row.focus({ preventScroll: true });
      if (chosen) this.reveal(row);
    }
    this.show();
  }

  // Scrolls the list alone: the notebook stays where it is.
  reveal(row) {
    const box = this.options.getBoundingClientRect();
    const at = row.getBoundingClientRect();
    if (at.top < box.top) this.options.scrollTop -= box.top - at.top;
    if (at.bottom > box.bottom) this.options.scrollTop += at.bottom - box.bottom;
  }

  typed() {
    const name = this.chosen.name;
    if (!this.texts.has(name)) this.texts.set(name, {});
    return this.texts.get(name);
  }

  show() {
    const query = this.chosen;
    if (!query) {
      this.detail.replaceChildren(make("p", { class: "hbq-quiet" }, "No query has all of these words."));
      return;
    }
    const facts = [
      query.severity && `Severity: ${query.severity}`,
      query.techniques.length && `ATT&CK: ${query.techniques.join(", ")}`,
      query.tables.length && `Asks: ${query.tables.join(", ")}`,
      query.tags.length && `Tags: ${query.tags.join(", ")}`,
    ].filter(Boolean);
    this.code = make("code", { class: "hbq-call" });
    this.output = make("div", { class: "hbq-output", "aria-live": "polite" });
    this.detail.replaceChildren(
      make("h3", {}, query.name), make("p", {}, query.about), query.why ? make("p", {}, query.why) : "",
      make("p", { class: "hbq-quiet" }, facts.join(" · ")),
      query.reason ? make("p", { class: "hbq-reason", role: "note" }, `Cannot be asked here: ${query.reason}.`) : "",
      this.form(query),
      make("div", { class: "hbq-row" }, this.code, this.button("Copy", () => this.copy())),
      make("div", { class: "hbq-row" },
        this.button("Run", () => this.ask("run"), Boolean(query.reason), "hbq-run"),
        this.button("Text with these values", () => this.ask("explain"), !query.dialect)),
      this.output,
      make("details", {}, make("summary", {}, `Text in ${query.dialect || "another language"}`), make("pre", {}, query.text)),
    );
    this.preview();
    this.tell();
  }

  button(text, action, disabled = false, kind = "") {
    return make("button", { type: "button", class: kind || null, disabled, click: action }, text);
  }

  form(query) {
    const ordered = [...query.parameters].sort((one, other) => Number(other.required) - Number(one.required));
    const fields = ordered.map((one) => this.field(one.name, this.hint(one), one.about, one));
    const [last, ...more] = OPTIONS.map(([name, about]) => this.field(name, "", about, null));
    const open = more.some((field) => field.querySelector("input").value !== "");
    return make("form", { class: "hbq-form", submit: (event) => { event.preventDefault(); if (!query.reason) this.ask("run"); } },
      make("div", { class: "hbq-fields" }, fields, last),
      make("details", { open }, make("summary", {}, "More about time and text"), make("div", { class: "hbq-fields" }, more)),
      make("button", { type: "submit", hidden: true }));
  }

  hint(parameter) {
    const kind = parameter.type === "list" ? `list of ${parameter.of}, with commas or one a line` : parameter.type;
    const otherwise = ["", "[]"].includes(parameter.default) ? "may be empty" : `otherwise ${parameter.default}`;
    return `${kind}, ${parameter.required ? "must be given" : otherwise}`;
  }

  field(name, hint, about, parameter) {
    const texts = this.typed();
    const id = `hbq-${Math.random().toString(36).slice(2)}`;
    const input = (event) => { texts[name] = event.target.value; this.preview(); };
    const common = { id, name, input, "aria-describedby": `${id}-about`, spellcheck: "false", autocomplete: "off", required: parameter?.required };
    let box;
    if (parameter?.type === "bool") {
      box = make("select", common, ["", "true", "false"].map((value) => make("option", { value }, value)));
    } else if (parameter?.type === "list" || parameter?.type === "clause") {
      box = make("textarea", { ...common, rows: 2 });
    } else {
      box = make("input", { ...common, type: "text" });
    }
    box.value = texts[name] ?? "";
    return make("div", { class: "hbq-field" }, make("label", { for: id }, name, hint ? make("span", { class: "hbq-quiet" }, ` ${hint}`) : ""),
      box, make("span", { id: `${id}-about`, class: "hbq-quiet" }, about));
  }

  preview() {
    this.code.textContent = call(this.model.get("_where"), this.chosen, this.typed());
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.code.textContent);
      this.say("Copied.");
    } catch { // a page that may not write to the clipboard selects the call instead
      const range = document.createRange();
      range.selectNodeContents(this.code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      this.say("The call is selected: copy it with the keyboard.");
    }
  }

  ask(what) {
    this.number = Date.now() + Math.random();
    this.say(what === "run" ? "Asking …" : "Writing …");
    this.model.set("_asked", { do: what, query: this.chosen.name, texts: { ...this.typed() }, number: this.number });
    this.model.save_changes();
  }

  say(text, kind = "hbq-quiet") {
    this.output.replaceChildren(make("p", { class: kind }, text));
  }

  tell() {
    const told = this.model.get("_told");
    if (!this.output || !told || told.query !== this.chosen?.name) return;
    if (told.error) {
      this.output.replaceChildren(make("p", { class: "hbq-error", role: "alert" }, told.error, told.hint ? make("br") : "", told.hint ?? ""));
    } else if (told.text !== undefined) {
      this.output.replaceChildren(make("pre", {}, told.text));
    } else if (told.answer) {
      this.output.replaceChildren(this.table(told.answer));
    }
  }

  table(answer) {
    const cells = (kind, row) => make("tr", {}, row.map((cell) => make(kind, {}, cell)));
    return make("div", {}, answer.notes.map((note) => make("p", { class: "hbq-quiet" }, note)),
      make("div", { class: "hbq-scroll", tabindex: 0, role: "region", "aria-label": "Answer" },
        make("table", {}, make("thead", {}, cells("th", answer.columns)), make("tbody", {}, answer.rows.map((row) => cells("td", row))))));
  }
}

function render({ model, el }) {
  const browser = new Browser(model, el);
  return () => browser.close();
}

export default { render };
