"use strict";
// One pane: a view of which only the rows on the screen are elements of the page.

const ROW_HEIGHT = 18; // as in code.css
const OVERSCAN = 12; // rows drawn above and below what is visible

/** Makes an element: make("div", {class: "row"}, "text", child, ..). */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * What a pane shows is a list of items: {row} is a row of the view, {note} a remark below one, {filler} an empty line
 * opposite to a row of the other pane, {skipped} a run of rows that are the same in both.
 */
class Pane {
  constructor(element, side, app) {
    Object.assign(this, { element, side, app, folded: new Map(), items: [], view: null, cursor: -1, selection: null });
    this.heading = make("div", { class: "heading" });
    this.scroller = make("div", { class: "scroller" });
    this.spacer = make("div", { class: "spacer" });
    this.rows = make("div", { class: "rows" });
    this.picture = make("div", { class: "picture", hidden: "" });
    this.ruler = make("canvas", { class: "ruler", title: "Where the lit lines are" });
    this.spacer.append(this.rows);
    this.scroller.append(this.spacer);
    element.append(this.heading, make("div", { class: "body" }, this.scroller, this.picture, this.ruler));
    this.scroller.addEventListener("scroll", () => this.onScroll());
    this.rows.addEventListener("mousemove", (event) => this.onHover(event));
    this.rows.addEventListener("mouseleave", () => app.hover(null));
    this.rows.addEventListener("click", (event) => this.onClick(event));
    this.ruler.addEventListener("click", (event) =>
      this.scrollToItem(Math.floor((event.offsetY / this.ruler.clientHeight) * this.items.length))
    );
    new ResizeObserver(() => this.draw()).observe(this.scroller);
  }

  // What is shown

  show(view) {
    if (this.view !== view) this.cursor = -1;
    this.view = view;
    view.folds ??= findFolds(view);
    this.scroller.hidden = !!view.picture;
    this.picture.hidden = !view.picture;
    this.picture.replaceChildren();
    if (view.picture) view.picture.showIn(this.picture);
    this.refresh();
  }

  get foldedRows() {
    if (!this.folded.has(this.view.id)) this.folded.set(this.view.id, new Set());
    return this.folded.get(this.view.id);
  }

  /** Makes the items anew: all rows that are not folded away, and notes. */
  refresh() {
    this.setItems(this.listRows());
  }

  listRows() {
    const items = [];
    const { rows, folds } = this.view;
    for (let row = 0; row < rows.length; ++row) {
      items.push({ row });
      if (this.foldedRows.has(row)) {
        row = folds[row];
        continue;
      }
      for (const note of this.app.notesOf(this.view, rows[row])) items.push({ note, row });
    }
    return items;
  }

  setItems(items) {
    this.items = items;
    this.itemOfRow = new Map();
    items.forEach(({ row, note }, index) => row !== undefined && !note && this.itemOfRow.set(row, index));
    this.spacer.style.height = `${items.length * ROW_HEIGHT + 40}px`;
    let widest = 0;
    for (const { row } of items) if (row !== undefined) widest = Math.max(widest, this.view.rows[row].text.length);
    this.spacer.style.minWidth = `${Math.min(widest, 1000) + 14}ch`;
    this.draw();
  }

  toggleFold(row) {
    if (this.view.folds[row] < 0) return;
    if (!this.foldedRows.delete(row)) this.foldedRows.add(row);
    this.app.refresh();
  }

  /** Folds the outermost blocks within the model or module, or opens all. */
  toggleAllFolds() {
    const { rows, folds } = this.view;
    if (this.foldedRows.size) this.foldedRows.clear();
    else
      for (let row = 0; row < rows.length; ++row)
        if (folds[row] >= 0 && (this.view.language !== "mlir" || indentOf(rows[row].text) >= 2)) {
          const isModel = this.view.language === "mlir" && /^\s*gatefold\.model/.test(rows[row].text);
          if (isModel) continue;
          this.foldedRows.add(row);
          row = folds[row];
        }
    this.app.refresh();
  }

  /** The item that shows a row, or that hides it. */
  findItem(row) {
    for (let shown = row; shown >= 0; --shown) if (this.itemOfRow.has(shown)) return this.itemOfRow.get(shown);
    return 0;
  }

  /** Opens what hides a row. */
  reveal(row) {
    const hiding = [...this.foldedRows].filter((start) => start < row && row <= this.view.folds[start]);
    hiding.forEach((start) => this.foldedRows.delete(start));
    if (hiding.length) this.app.refresh();
    if (!this.itemOfRow.has(row)) this.app.openSkipped(row, this);
  }

  // Drawing

  draw() {
    if (!this.view) return;
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / ROW_HEIGHT) - OVERSCAN);
    const count = Math.ceil(this.scroller.clientHeight / ROW_HEIGHT) + 2 * OVERSCAN;
    this.rows.style.transform = `translateY(${first * ROW_HEIGHT}px)`;
    this.firstDrawn = first;
    this.rows.replaceChildren(...this.items.slice(first, first + count).map((item) => this.drawItem(item)));
    this.markRows();
    this.drawRuler();
    this.app.markHits(this);
  }

  drawItem(item) {
    if (item.filler) return make("div", { class: "row filler" });
    if (item.skipped) return make("div", { class: "row skipped" }, `⋯ ${item.skipped} lines that are the same in both`);
    if (item.note) return drawNote(item.note, indentOf(this.view.rows[item.row].text), this.app.profile);
    return this.drawRow(item);
  }

  drawRow({ row, change }) {
    const { text, header, gap, line } = this.view.rows[row];
    if (header !== undefined) return make("div", { class: "row header" }, header);
    if (gap) return make("div", { class: "row gap" }, "⋯");
    const foldable = this.view.folds[row] >= 0;
    const folded = foldable && this.foldedRows.has(row);
    const code = make("span", { class: "code" });
    tokenize(this.view.language, text, (kind, part, column) =>
      code.append(kind ? make("span", { class: `t-${kind}`, "data-column": column }, part) : part)
    );
    if (folded) code.append(make("span", { class: "folded" }, ` ⋯ ${this.view.folds[row] - row} lines `));
    const name = this.nameBeside(this.view.rows[row]);
    if (name) code.append(make("span", { class: "beside" }, name));
    return make(
      "div",
      { class: `row${change ? ` ${change}` : ""}` },
      ...(this.view === this.app.inspection.sourceView && this.app.profile ? [this.app.profile.drawBesideLine(this.view.rows[row])] : []),
      make("span", { class: "number" }, String(line ?? row + 1)),
      make("span", { class: `fold${foldable ? " can" : ""}` }, foldable ? (folded ? "▸" : "▾") : ""),
      make("span", { class: "bar", style: this.app.barOf(this.view.rows[row]) }),
      code
    );
  }

  /** What the user calls the value that a row computes, where the text has no names. */
  nameBeside({ set }) {
    if (this.view.language !== "s" && this.view.language !== "ll") return "";
    const names = set ? this.app.links.namesOfSet(set) : [];
    return names.length > 4 ? `${names.slice(0, 4).join(", ")}, …` : names.join(", ");
  }

  /** Lights rows that are drawn already. */
  markRows() {
    [...this.rows.children].forEach((element, index) => {
      const item = this.items[this.firstDrawn + index];
      const isRow = item.row !== undefined && !item.note;
      const strength = isRow && this.selection ? this.selection.strengthOf(this.view.rows[item.row]) : 0;
      element.classList.toggle("strong", strength === STRONG);
      element.classList.toggle("weak", strength === WEAK);
      element.classList.toggle("cursor", isRow && item.row === this.cursor);
      if (isRow && this.view.rows[item.row].line !== undefined) this.markPoints(element, this.view.rows[item.row]);
    });
  }

  /** Underlines the words of the source that are meant exactly. */
  markPoints(element, { source, line }) {
    for (const token of element.querySelectorAll("[data-column]"))
      token.classList.toggle("point", !!this.selection?.points.has(pointKey(source, line, token.dataset.column)));
  }

  drawRuler() {
    const { clientWidth: width, clientHeight: height } = this.ruler;
    const scale = window.devicePixelRatio || 1;
    this.ruler.width = width * scale;
    this.ruler.height = height * scale;
    const context = this.ruler.getContext("2d");
    const mark = (index, color) => {
      context.fillStyle = this.app.colors[color];
      const tall = Math.max(2, height / this.items.length) * scale;
      context.fillRect(0, (index / this.items.length) * height * scale, width * scale, tall);
    };
    this.items.forEach(({ row, change, note }, index) => {
      if (row === undefined || note) return;
      const strength = this.selection ? this.selection.strengthOf(this.view.rows[row]) : 0;
      if (change) mark(index, change);
      if (strength) mark(index, strength === STRONG ? "strong" : "weak");
      if (this.app.isHit(this, row)) mark(index, "hit");
    });
  }

  select(selection) {
    this.selection = selection;
    if (!this.view) return;
    this.view.picture?.mark(selection);
    this.markRows();
    this.drawRuler();
  }

  // Moving

  onScroll() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
    this.app.onScroll(this);
  }

  scrollToItem(item) {
    const top = item * ROW_HEIGHT - this.scroller.clientHeight / 3;
    this.scroller.scrollTop = Math.max(0, top);
    this.draw();
  }

  isVisible(item) {
    const top = item * ROW_HEIGHT - this.scroller.scrollTop;
    return top >= 0 && top + ROW_HEIGHT <= this.scroller.clientHeight;
  }

  /** Shows a row and gives it the cursor. */
  goTo(row) {
    if (row < 0 || row >= this.view.rows.length) return;
    this.reveal(row);
    this.cursor = row;
    const item = this.findItem(row);
    if (!this.isVisible(item)) this.scrollToItem(item);
    this.markRows();
  }

  /** Scrolls to the first row that is meant, unless one is on the screen. */
  showSelection() {
    if (!this.selection || !this.view) return;
    if (this.view.picture) return showLit(this.picture);
    const found = { [STRONG]: [], [WEAK]: [] };
    this.items.forEach(({ row, note }, index) => {
      const strength = row === undefined || note ? 0 : this.selection.strengthOf(this.view.rows[row]);
      if (strength) found[strength].push(index);
    });
    const items = found[STRONG].length ? found[STRONG] : found[WEAK];
    if (items.length && !items.some((item) => this.isVisible(item))) this.scrollToItem(items[0]);
  }

  // The mouse

  itemAt(event) {
    const element = event.target.closest(".row");
    return element ? this.items[this.firstDrawn + [...this.rows.children].indexOf(element)] : null;
  }

  onHover(event) {
    const item = this.itemAt(event);
    const column = Number(event.target.closest("[data-column]")?.dataset.column ?? 0);
    if (item && item.row !== undefined) this.app.hover({ pane: this, row: item.row, column });
  }

  onClick(event) {
    const item = this.itemAt(event);
    if (!item) return;
    if (item.skipped) return this.app.openSkipped(item.firstRow, this);
    if (item.row === undefined) return;
    this.cursor = item.row;
    if (event.target.closest(".fold.can, .folded")) return this.toggleFold(item.row);
    if (window.getSelection().toString()) return; // the user marks text
    const column = Number(event.target.closest("[data-column]")?.dataset.column ?? 0);
    this.app.pin({ pane: this, row: item.row, column });
  }
}

/** Scrolls a picture to the first part that is lit, unless one is on the screen. */
function showLit(picture) {
  const frame = picture.getBoundingClientRect();
  const lit = [...picture.querySelectorAll(".strong")];
  const isVisible = (element) => {
    const { top, bottom, left, right } = element.getBoundingClientRect();
    return top >= frame.top && bottom <= frame.bottom && left >= frame.left && right <= frame.right;
  };
  if (!lit.some(isVisible)) lit[0]?.scrollIntoView({ block: "center", inline: "center" });
}

const noteMarks = { done: "+", refused: "−", fact: "·" };

function drawNote({ kind, text, pass, entries, times }, indent, isBehindHeat) {
  const where = (entries.length ? ` (in ${entries.join(", ")})` : "") + (times > 1 ? `, ${times} times` : "");
  return make(
    "div",
    { class: `row note ${kind}`, title: `${pass}: ${text}${where}` },
    isBehindHeat ? make("span", { class: "heat" }) : "",
    make("span", { class: "note-text", style: `margin-left: ${indent + 2}ch` },
      make("b", {}, noteMarks[kind]), " ", make("i", {}, pass), ` ${text}${where}`)
  );
}
