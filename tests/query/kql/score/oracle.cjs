// Microsoft's own parser of KQL (npm: @kusto/language-service-next). On stdin {tables: {name: {column: type}}, queries: {id: text}};
// on stdout, a line for each query: {id, syntax: [...], semantic: [...], columns: [[name, type], ...] or null}.
"use strict";
const path = require("path");
const folder = process.env.KQL_ORACLE;
const found = require.resolve("@kusto/language-service-next/Kusto.Language.Bridge.js", { paths: [folder || process.cwd()] });
require(path.join(path.dirname(found), "bridge.js"));
require(found);
const { KustoCode, GlobalState, Symbols } = Kusto.Language;

const quoted = (name) => "['" + name.replace(/\\/g, "\\\\").replace(/'/g, "\\'") + "']";

function known(tables) {
  const made = Object.entries(tables).map(([name, columns]) => {
    const schema = Object.entries(columns).map(([column, type]) => `${quoted(column)}: ${type}`);
    return Symbols.TableSymbol.From(`(${schema.join(", ")})`).WithName(name);
  });
  const database = new Symbols.DatabaseSymbol.ctor("evidence", made);
  return GlobalState.Default.WithDatabase(database);
}

function each(list) {
  return Array.from({ length: list.Count }, (_, index) => list.getItem(index));
}

function told(diagnostics, text) {
  return each(diagnostics)
    .filter((one) => one.Severity === "Error")
    .map((one) => ({ code: one.Code, message: one.Message, start: one.Start, end: one.End, near: text.slice(one.Start, one.End) }));
}

function judge(id, text, globals) {
  const code = KustoCode.ParseAndAnalyze(text, globals);
  const syntax = told(code.GetSyntaxDiagnostics(), text);
  const all = told(code.GetDiagnostics(), text);
  const semantic = all.filter((one) => !syntax.some((other) => other.start === one.start && other.code === one.code));
  const type = code.ResultType;
  const columns = type && type.Columns ? each(type.Columns).map((column) => [column.Name, column.Type.Name]) : null;
  return { id, syntax, semantic, columns };
}

const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const globals = known(asked.tables);
for (const [id, text] of Object.entries(asked.queries)) {
  let line;
  try {
    line = judge(id, text, globals);
  } catch (error) {
    line = { id, failed: String(error) };
  }
  process.stdout.write(JSON.stringify(line) + "\n");
}
