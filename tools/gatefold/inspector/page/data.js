"use strict";
// The inspection as the compiler wrote it, unpacked: views, each a list of rows. docs/Inspector.md has the format.

/** The data in the page: JSON, or the same compressed by zlib and written in base 64. */
async function readData(text) {
  if (text.startsWith("{")) return JSON.parse(text);
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(inflated).text());
}

/**
 * A text that a pane can show. `rows` has a `text` and a `set` (of origins) each; rows of the source also have a
 * `source` and a `line`, or a `header`. `makeRows` is called when they are first wanted: all texts together may have a
 * million.
 */
class View {
  #rows;
  #makeRows;

  constructor(id, title, language, makeRows, step = null) {
    Object.assign(this, { id, title, language, step });
    this.#makeRows = makeRows;
  }

  get rows() {
    return (this.#rows ??= this.#makeRows());
  }
}

/** The texts of all lines. Of the numbers in a row, the first counts from that of the row before, others from the first. */
function fillTemplates({ templates, lines }) {
  let last = 0;
  return lines.map(([template, ...numbers]) => {
    if (!numbers.length) return templates[template];
    const first = (last += numbers[0]);
    let next = 0;
    return templates[template].replace(/\x01/g, () => (next++ ? first - numbers[next - 1] : first));
  });
}

class Inspection {
  constructor(data) {
    data.lines = fillTemplates(data);
    this.data = data;
    this.steps = data.steps.map((step, index) => ({ ...step, index }));
    const lines = unfoldLines(this.steps);
    this.views = [makeSourceView(data)];
    for (const step of this.steps.filter(isShown)) this.views.push(makeStepView(data, step, lines[step.index]));
    this.byId = new Map(this.views.map((view) => [view.id, view]));
  }

  /** Adds a view behind the source. */
  addView(view) {
    this.views.splice(1, 0, view);
    this.byId.set(view.id, view);
  }

  get sourceView() {
    return this.views[0];
  }

  /** The view that shows the model after a step, which may have changed nothing. */
  viewAfter(step) {
    for (let index = step.index; index >= 0; --index) {
      const id = idOfStep(this.steps[index]);
      if (id && this.byId.has(id)) return this.byId.get(id);
    }
    return this.sourceView;
  }
}

/** The text in canonical form says what the source says, without places. */
function isShown(step) {
  return step.text && step.language !== "fold";
}

/** "07" of the file "07-gatefold-batch.mlir". */
function idOfStep(step) {
  return step.file ? step.file.slice(0, step.file.indexOf("-")) : null;
}

/** The numbers of the lines of each step's text. A run has lines by their numbers, or rows of the text before. */
function unfoldLines(steps) {
  let before = [];
  return steps.map(({ text }) => {
    if (!text) return null;
    const lines = [];
    for (const [first, count] of text)
      for (let index = 0; index < count; ++index) lines.push(first < 0 ? before[-1 - first + index] : first + index);
    before = lines;
    return lines;
  });
}

function makeStepView(data, step, lines) {
  const makeRows = () => lines.map((line) => ({ text: data.lines[line], set: data.lineSets[line] }));
  const target = step.on ? ` · ${shortTarget(step.on)}` : "";
  return new View(idOfStep(step), `${idOfStep(step)}  ${shortName(step.name)}${target}`, step.language, makeRows, step);
}

/** Passes of the project by the name that switches know, without the prefix that all of them have. */
function shortName(name) {
  return name.replace(/^gatefold-/, "");
}

/** "@sequence" for "gatefold.entry @sequence". */
function shortTarget(target) {
  const at = target.indexOf("@");
  return at < 0 ? (target === "builtin.module" ? "module" : target) : target.slice(at);
}

const isLibrary = (name) => name.startsWith("<library>");

/** The user's texts, and those declarations of the library that something came from. */
function makeSourceView(data) {
  const used = data.sources.map(() => new Set());
  for (const [source, line] of data.places) used[source].add(line);
  const order = data.sources.map((_, index) => index).filter((index) => data.sources[index].text !== undefined);
  order.sort((a, b) => isLibrary(data.sources[a].name) - isLibrary(data.sources[b].name) || a - b);

  const rows = [];
  for (const source of order) {
    const { name, text, declarations = [] } = data.sources[source];
    const lines = text.replace(/\n$/, "").split("\n");
    let shown = [[1, lines.length]];
    if (isLibrary(name))
      shown = declarations
        .map(({ line, endLine }) => [line, endLine])
        .filter(([first, last]) => [...used[source]].some((line) => first <= line && line <= last))
        .sort((a, b) => a[0] - b[0]);
    if (!shown.length) continue;
    rows.push({ header: name, text: name, set: 0 });
    shown.forEach(([first, last], index) => {
      if (index) rows.push({ gap: true, text: "", set: 0 });
      for (let line = first; line <= last; ++line) rows.push({ text: lines[line - 1], set: 0, source, line });
    });
  }
  const language = data.path.endsWith(".mlir") ? "mlir" : "fold";
  return new View("source", "Source", language, () => rows);
}
