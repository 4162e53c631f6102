"use strict";
// Search in the active pane: a text, or an expression between slashes.

class Search {
  constructor(app) {
    this.app = app;
    this.input = document.getElementById("search");
    this.output = document.getElementById("hits");
    this.rows = []; // rows with a hit, in order
    this.hits = new Set();
    this.input.addEventListener("input", () => this.run(true));
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.input.blur();
      app.nextMark(event.shiftKey ? -1 : 1);
    });
  }

  get isOn() {
    return this.input.value !== "";
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  clear() {
    this.input.value = "";
    this.input.blur();
    this.run();
  }

  /** What is searched for; null for nothing and for an expression that is not finished. */
  get expression() {
    const text = this.input.value;
    if (!text) return null;
    try {
      const isExpression = text.length > 2 && text.startsWith("/") && text.endsWith("/");
      return new RegExp(isExpression ? text.slice(1, -1) : text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
    } catch {
      return null;
    }
  }

  run(moves = false) {
    const { view } = this.app.active;
    const expression = this.expression;
    this.rows = [];
    if (expression && view)
      view.rows.forEach(({ text }, row) => text.search(expression) >= 0 && this.rows.push(row));
    this.hits = new Set(this.rows);
    this.output.textContent = this.isOn ? `${formatCount(this.rows.length)} lines` : "";
    this.input.classList.toggle("none", this.isOn && !this.rows.length);
    if (moves && this.rows.length) {
      const { cursor } = this.app.active;
      this.app.active.goTo(this.rows.find((row) => row >= cursor) ?? this.rows[0]);
    }
    Object.values(this.app.panes).forEach((pane) => pane.view && pane.drawRuler());
    this.mark();
  }

  tell(index) {
    if (this.isOn) this.output.textContent = `${index + 1} of ${formatCount(this.rows.length)}`;
  }

  /** Marks the words themselves in the rows that are drawn. */
  mark() {
    if (!window.CSS?.highlights) return;
    const expression = this.expression;
    const ranges = [];
    if (expression)
      for (const code of this.app.active.rows.querySelectorAll(".row > .code")) ranges.push(...findRanges(code, expression));
    CSS.highlights.set("hit", new Highlight(...ranges));
  }
}

/** The places of an expression in the text of an element, which may go through several parts of it. */
function findRanges(element, expression) {
  const nodes = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let text = "";
  while (walker.nextNode()) {
    nodes.push({ node: walker.currentNode, start: text.length });
    text += walker.currentNode.data;
  }
  const placeOf = (offset, isEnd) => {
    const found = nodes.findLast(({ start }) => (isEnd ? start < offset : start <= offset)) ?? nodes[0];
    return [found.node, offset - found.start];
  };
  const ranges = [];
  for (const match of text.matchAll(expression)) {
    if (!match[0]) continue;
    const range = new Range();
    range.setStart(...placeOf(match.index, false));
    range.setEnd(...placeOf(match.index + match[0].length, true));
    ranges.push(range);
  }
  return ranges;
}
