// What is known of the selected process, under the tree. Text from logs is set by textContent, never as markup.
const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

const moment = (micros) => {
  if (micros === null || Math.abs(micros) > 8e18) return "";
  const date = new Date(Math.floor(micros / 1000));
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().replace("T", " ").replace("Z", "");
};

// The clipboard is closed to a page inside a notebook's frame: there the text is selected and copied the old way.
const copy = async (text, button) => {
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = element("textarea", "hbp-copy");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = said; }, 1200);
};

const copyButton = (label, text) => {
  const button = element("button", "hbp-tool", label);
  button.type = "button";
  button.addEventListener("click", () => copy(text, button));
  return button;
};

// Fill `pane` with a row; `choose` is called with the number of an ancestor that was clicked.
const describe = (pane, rows, row, { columns, choose }) => {
  const head = element("div", "hbp-head");
  head.append(element("strong", "hbp-text", rows.name(row)));
  pane.replaceChildren(head);
  if (rows.isHost(row)) {
    head.append(element("span", "hb-note", `host · ${count(rows.descendants(row), "process", "processes")}`));
    return;
  }
  if (rows.pid[row] !== null) head.append(element("span", "hbp-muted", `pid ${rows.pid[row]}`));
  if (rows.isInferred(row)) head.append(element("span", "hbp-tag", "start not recorded: known from its children"));
  if (rows.records(row) > 1) head.append(element("span", "hbp-muted", `recorded ${rows.records(row)} times`));
  head.append(copyButton("Copy key", rows.key(row)));
  for (const [severity, text] of rows.marks(row)) {
    const mark = element("p", "hbp-why");
    const badge = element("span", "hb-severity", severity);
    badge.dataset.severity = severity;
    mark.append(badge, element("span", "hbp-text", text));
    pane.append(mark);
  }
  const command = rows.text(row, COMMAND);
  if (command) {
    const line = element("div", "hbp-line");
    line.append(element("code", "hb-mono hbp-text", command), copyButton("Copy", command));
    pane.append(line);
  }
  const facts = element("dl", "");
  const fact = (label, text) => { if (text) facts.append(element("dt", "", label), element("dd", "hbp-text", text)); };
  fact("Image", rows.text(row, IMAGE));
  fact("Started (UTC)", moment(rows.time[row]));
  fact("User", rows.text(row, USER));
  fact("Host", rows.text(row, HOST));
  columns.forEach((column, number) => fact(column, rows.text(row, COMMAND + 1 + number)));
  fact("Descendants", rows.descendants(row) ? rows.descendants(row).toLocaleString("en") : "none");
  if (rows.parent) facts.append(element("dt", "", "Ancestors"), ancestors(rows, row, choose));
  pane.append(facts);
};

const ANCESTORS = 12;

const ancestors = (rows, row, choose) => {
  const path = element("dd", "hbp-path");
  let up = rows.parent[row];
  for (let steps = 0; up >= 0 && !rows.isHost(up); up = rows.parent[up], steps += 1) {
    if (steps === ANCESTORS) {
      path.prepend(element("span", "hbp-muted", "… › "));
      break;
    }
    const number = up;
    const link = element("button", "hbp-link hbp-text", `${rows.name(up)} (${rows.pid[up] ?? "?"})`);
    link.type = "button";
    link.addEventListener("click", () => choose(number));
    path.prepend(link, element("span", "hbp-muted", steps ? " › " : ""));
  }
  if (!path.childElementCount) path.textContent = "none recorded";
  return path;
};
