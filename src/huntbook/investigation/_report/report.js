// Filters, folds and copies; all that can be read is in the page without it.
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (choice, within = document) => [...within.querySelectorAll(choice)];
  const one = (id) => document.getElementById(id);
  root.classList.add("scripted");

  const cards = all("details.finding");
  const chosen = { words: "", host: "", tactic: "", off: new Set() };
  const texts = new Map(); // of cards, in lower case; made when first asked for
  const text = (card) => {
    if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
    return texts.get(card);
  };

  function fits(card) {
    const about = card.dataset;
    return !chosen.off.has(about.severity)
      && (!chosen.host || about.host === chosen.host)
      && (!chosen.tactic || about.tactics.split("|").includes(chosen.tactic))
      && chosen.words.split(/\s+/).every((word) => text(card).includes(word));
  }

  function choose() {
    let seen = 0;
    for (const card of cards) {
      card.hidden = !fits(card);
      seen += card.hidden ? 0 : 1;
    }
    const filtered = seen < cards.length;
    for (const group of all("details.alike")) {
      group.hidden = all("details.finding", group).every((card) => card.hidden);
      if (filtered && !group.hidden) group.open = true;
    }
    one("none-chosen").hidden = seen > 0;
    one("reset").hidden = !filtered;
    one("chosen").textContent = filtered ? `${seen} of ${cards.length} findings` : "";
  }

  function choosers() {
    if (!one("words")) return;
    let waiting = 0;
    one("words").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        chosen.words = one("words").value.trim().toLowerCase();
        choose();
      }, 120);
    });
    one("host")?.addEventListener("change", () => {
      chosen.host = one("host").value;
      choose();
    });
    for (const button of all("button.level")) button.addEventListener("click", () => {
      const level = button.dataset.severity;
      if (!chosen.off.delete(level)) chosen.off.add(level);
      press();
    });
    for (const button of all("button.tactic")) button.addEventListener("click", () => {
      chosen.tactic = chosen.tactic === button.dataset.tactic ? "" : button.dataset.tactic;
      press();
    });
    one("reset").addEventListener("click", () => {
      Object.assign(chosen, { words: "", host: "", tactic: "", off: new Set() });
      one("words").value = "";
      if (one("host")) one("host").value = "";
      press();
    });
    one("unfold").addEventListener("click", () => {
      const open = cards.some((card) => !card.hidden && !card.open);
      for (const card of cards) if (!card.hidden) card.open = open;
      one("unfold").textContent = open ? "Fold all" : "Unfold all";
    });
  }

  function press() {
    for (const button of all("button.level"))
      button.setAttribute("aria-pressed", String(!chosen.off.has(button.dataset.severity)));
    for (const button of all("button.tactic"))
      button.setAttribute("aria-pressed", String(chosen.tactic === button.dataset.tactic));
    choose();
  }

  // What a copy button copies: the text beside it, or a table's first column.
  const defanged = (value) => value.replace(/^http/i, "hxxp").replace(/:\/\//g, "[://]").replace(/[.@]/g, "[$&]");

  function copied(button) {
    if (!button.dataset.form) {
      const box = button.previousElementSibling;
      return (box.querySelector(".whole") ?? box.querySelector(".log") ?? box).textContent;
    }
    const cells = all("table.values tbody td:first-child", button.closest("details"));
    const values = cells.map((cell) => (cell.querySelector(".whole") ?? cell).textContent);
    return values.map((value) => (button.dataset.form === "defanged" ? defanged(value) : value)).join("\n");
  }

  async function copy(button) {
    const what = copied(button);
    const label = button.textContent;
    let done = true;
    try {
      await navigator.clipboard.writeText(what);
    } catch {
      done = copyOldWay(what); // a page opened from a file may have no clipboard
    }
    button.textContent = done ? "Copied" : "Not copied";
    setTimeout(() => { button.textContent = label; }, 1500);
  }

  function copyOldWay(what) {
    const area = document.createElement("textarea");
    area.value = what;
    area.style.cssText = "position:fixed;opacity:0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button.copy");
    if (button) copy(button);
  });

  // A link to a finding shows it, whatever was filtered or folded away.
  function jump() {
    const target = /^#f\d+$/.test(location.hash) && one(location.hash.slice(1));
    if (!target) return;
    if (target.hidden) one("reset").click();
    for (let up = target; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    target.scrollIntoView({ block: "start" });
  }

  function followScroll() {
    const links = new Map(all("nav a").map((link) => [link.hash.slice(1), link]));
    const seen = new Set();
    const watch = new IntersectionObserver((entries) => {
      for (const entry of entries) seen[entry.isIntersecting ? "add" : "delete"](entry.target.id);
      const current = [...links.keys()].find((key) => seen.has(key));
      for (const [key, link] of links) {
        if (key === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }, { rootMargin: "-56px 0px -55% 0px" });
    for (const key of links.keys()) if (one(key)) watch.observe(one(key));
  }

  // On paper everything that matters is unfolded, and folded again afterwards; slight findings stay lines.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = all(":is(details.finding.high, details.finding.medium, details.alike:not(.slight), details.kind, details.long):not([open])");
    for (const fold of unfolded) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of unfolded) fold.open = false;
  });

  choosers();
  followScroll();
  addEventListener("hashchange", jump);
  // A link to the finding that is already the page's target changes nothing: jump all the same.
  document.addEventListener("click", (event) => {
    if (event.target.closest?.('a[href^="#f"]')) setTimeout(jump);
  });
  jump();
})();
