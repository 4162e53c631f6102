"use strict";
// The page: two panes and what is common to them.

const HINT = "What is under the mouse lights up in both panes. A click holds on to it; ? lists the keys.";

class App {
  constructor(inspection) {
    this.inspection = inspection;
    this.links = new Links(inspection.data);
    this.notes = collectNotes(inspection.data);
    this.showsNotes = true;
    this.isDiff = false;
    this.pinned = null; // where the user clicked: {pane, row, column}
    this.extraViews = [];
    if (inspection.data.profile) this.addProfile();
    if (inspection.data.graphs.length) this.addGraph();
    this.panes = {};
    for (const side of ["left", "right"]) {
      this.panes[side] = new Pane(document.getElementById(side), side, this);
      new Heading(this.panes[side], this);
      this.panes[side].element.addEventListener("pointerdown", () => this.activate(this.panes[side]));
      this.panes[side].element.addEventListener("focus", () => this.activate(this.panes[side]));
    }
    this.active = this.panes.left;
    this.readColors();
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.readColors());
    this.search = new Search(this);
    this.timeline = new Timeline(document.getElementById("timeline"), this);
  }

  addGraph() {
    const view = new View("graph", "Graph", "fold", () => []);
    view.picture = new Picture(this);
    this.inspection.addView(view);
    this.extraViews.push({ view, label: "Graph", detail: "the model and its cells" });
  }

  addProfile() {
    this.profile = new ProfileData(this.inspection.data, this.links);
    const view = new View("profile", "Profile", "fold", () => []);
    view.picture = new ProfilePicture(this);
    this.inspection.addView(view);
    this.extraViews.push({ view, label: "Profile", detail: "where the time of a run goes" });
  }

  otherPane(pane) {
    return pane === this.panes.left ? this.panes.right : this.panes.left;
  }

  // Views

  findView(id) {
    return this.inspection.byId.get(id) ?? this.inspection.sourceView;
  }

  show(pane, view) {
    if (!view) return;
    pane.show(view);
    if (this.pinned?.pane === pane) this.letGo();
    this.afterChange();
    pane.select(this.selection);
    if (this.pinned) pane.showSelection();
  }

  /** The view before or after the one in the active pane. */
  stepView(distance) {
    const { views } = this.inspection;
    this.show(this.active, views[views.indexOf(this.active.view) + distance]);
  }

  activate(pane) {
    this.active = pane;
    for (const { element, side } of Object.values(this.panes))
      element.classList.toggle("active", side === pane.side);
    this.timeline.mark();
    this.search.run();
  }

  afterChange() {
    this.refresh();
    this.timeline.mark();
    Object.values(this.panes).forEach((pane) => pane.onShown?.());
    this.search.run();
    writeAddress(this);
  }

  /** Makes the items of the panes anew, together where they are compared. */
  refresh() {
    const { left, right } = this.panes;
    if (this.isDiff) showDifference(left, right);
    else [left, right].forEach((pane) => pane.view && pane.refresh());
  }

  toggleDiff() {
    this.isDiff = !this.isDiff;
    document.body.classList.toggle("diff", this.isDiff);
    document.getElementById("toggle-diff").setAttribute("aria-pressed", this.isDiff);
    this.afterChange();
    if (this.isDiff) this.panes.right.scroller.scrollTop = this.panes.left.scroller.scrollTop;
  }

  openSkipped(row, pane) {
    if (this.isDiff) openSkippedRun(row, pane, this);
  }

  /** Compared panes scroll together. */
  onScroll(pane) {
    if (!this.isDiff) return;
    const other = this.otherPane(pane).scroller;
    if (other.scrollTop !== pane.scroller.scrollTop) other.scrollTop = pane.scroller.scrollTop;
  }

  // What is lit

  selectionOf({ pane, row, column }) {
    const { set, source, line } = pane.view.rows[row];
    if (line !== undefined) return this.links.selectSource(source, line, column);
    return this.links.selectSet(set);
  }

  hover(place) {
    if (this.pinned) return;
    const key = place ? `${place.pane.side}:${place.row}:${place.column}` : "";
    if (this.hovered === key) return;
    this.hovered = key;
    this.light(place);
  }

  light(place) {
    this.lightSelection(place ? this.selectionOf(place) : null);
  }

  lightSelection(selection) {
    this.selection = selection;
    for (const pane of Object.values(this.panes)) pane.select(selection);
    this.tell();
  }

  pin(place) {
    const isSame = this.pinned?.pane === place.pane && this.pinned.row === place.row;
    if (isSame && this.pinned.column === place.column) return this.letGo();
    this.pinned = place;
    document.body.classList.add("pinned");
    this.light(place);
    this.otherPane(place.pane).showSelection();
    writeAddress(this);
  }

  /** What is under the mouse is no row, but came from somewhere all the same. */
  hoverOrigins(origins) {
    if (this.pinned) return;
    this.hovered = "origins";
    this.lightSelection(this.links.selectOrigins(origins));
  }

  pinOrigins(origins) {
    this.pinned = { pane: null };
    document.body.classList.add("pinned");
    this.lightSelection(this.links.selectOrigins(origins));
    Object.values(this.panes).forEach((pane) => pane.showSelection());
  }

  pinCursor() {
    if (this.active.cursor >= 0) this.pin({ pane: this.active, row: this.active.cursor, column: 0 });
  }

  letGo() {
    document.getElementById("help").close();
    this.pinned = null;
    this.hovered = "";
    document.body.classList.remove("pinned");
    this.search.clear();
    this.light(null);
    writeAddress(this);
  }

  /** What is lit, in words, below the panes. */
  tell() {
    const origin = document.getElementById("origin");
    const lit = document.getElementById("lit");
    lit.textContent = this.selection ? this.countLit() : "";
    origin.replaceChildren(this.selection ? "" : HINT);
    if (!this.selection || this.selection.isEmpty) return;
    const origins = [...this.selection.strong];
    const names = [...new Set(origins.map((one) => this.links.nameOf(one)).filter(Boolean))];
    const listed = names.length > 6 ? `${names.slice(0, 6).join(", ")} and ${names.length - 6} more` : names.join(", ");
    if (names.length) origin.append(make("b", {}, listed), "  ");
    origin.append(origins.length === 1 ? this.links.describe(origins[0]) : `${origins.length} origins`);
  }

  countLit() {
    const texts = Object.values(this.panes).filter(({ view }) => !view.picture);
    const counts = texts.map(({ view }) => {
      const count = view.rows.filter((row) => this.selection.strengthOf(row) === STRONG).length;
      return `${count} ${count === 1 ? "line" : "lines"}`;
    });
    return counts.join(" · ");
  }

  moveCursor(distance) {
    const pane = this.active;
    const rows = pane.items.filter(({ row, note }) => row !== undefined && !note).map(({ row }) => row);
    const start = rows.findIndex((row) => row >= pane.cursor);
    const next = pane.cursor < 0 ? 0 : Math.min(Math.max((start < 0 ? rows.length : start) + distance, 0), rows.length - 1);
    if (rows[next] === undefined) return;
    pane.goTo(rows[next]);
    this.hover({ pane, row: rows[next], column: 0 });
    writeAddress(this);
  }

  /** The next hit of the search, or else the next lit row. */
  nextMark(distance) {
    const pane = this.active;
    const rows = this.search.isOn
      ? this.search.rows
      : pane.view.rows.flatMap((row, index) => (this.selection?.strengthOf(row) === STRONG ? [index] : []));
    if (!rows.length) return;
    const after = rows.findIndex((row) => (distance > 0 ? row > pane.cursor : row >= pane.cursor));
    const next = distance > 0 ? (after < 0 ? 0 : after) : (after <= 0 ? rows.length : after) - 1;
    pane.goTo(rows[next]);
    this.search.tell(next);
    writeAddress(this);
  }

  isHit(pane, row) {
    return pane === this.active && this.search.hits.has(row);
  }

  markHits(pane) {
    if (pane === this.active) this.search.mark();
  }

  /** The colours of marks in the rulers, which are canvases and know no names of colours. */
  readColors() {
    const probe = document.body.appendChild(make("i"));
    this.colors = {};
    for (const name of ["strong", "weak", "hit", "added", "removed"]) {
      probe.style.color = `var(--${name}-mark)`;
      this.colors[name] = getComputedStyle(probe).color;
    }
    probe.remove();
    Object.values(this.panes).forEach((pane) => pane.view && pane.drawRuler());
  }

  // Beside the rows

  notesOf(view, { source, line }) {
    if (!this.showsNotes || view !== this.inspection.sourceView || line === undefined) return [];
    return this.notes.get(lineKey(source, line)) ?? [];
  }

  toggleRemarks() {
    this.showsNotes = !this.showsNotes;
    document.getElementById("toggle-remarks").setAttribute("aria-pressed", this.showsNotes);
    this.refresh();
  }

  /** The colours of what a row comes from, as a style. */
  barOf(row) {
    const hues = row.line === undefined ? this.links.huesOfSet(row.set) : this.huesOfLine(row);
    if (!hues.length) return null;
    const share = 100 / hues.length;
    const colors = hues.map((hue) => (hue === null ? "var(--border)" : `hsl(${hue} var(--bar))`));
    const stops = colors.map((color, index) => `${color} ${index * share}% ${(index + 1) * share}%`);
    return `background: linear-gradient(to bottom, ${stops.join(", ")})`;
  }

  huesOfLine({ source, line }) {
    const hue = this.links.hues.get(lineKey(source, line));
    return hue === undefined ? [] : [hue];
  }

  /** How far the results after a step are from the right ones. */
  drawBesideStep({ difference, jump, unverified }) {
    if (unverified) return [make("span", { class: "difference", title: unverified }, "not verified")];
    if (difference === undefined) return [];
    const title = "The largest difference of a result from the interpreter's in double precision";
    const text = difference === 0 ? "exact" : `Δ ${difference === null ? "∞" : difference.toExponential(1)}`;
    return [make("span", { class: `difference${jump ? " jump" : ""}`, title }, text)];
  }

  toggleHelp() {
    const help = document.getElementById("help");
    if (help.open) help.close();
    else help.showModal();
  }
}
