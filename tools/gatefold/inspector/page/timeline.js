"use strict";
// The list of passes: time, operations before and after, bytes of the arena. Passes without effect are one line.

const formatCount = (count) => count.toLocaleString("en-US");
const formatTime = (milliseconds) => {
  if (milliseconds >= 1) return `${milliseconds.toFixed(1)} ms`;
  const microseconds = milliseconds * 1000;
  return `${microseconds < 10 ? microseconds.toFixed(1) : Math.round(microseconds)} µs`;
};

function formatBytes(bytes) {
  for (const unit of ["B", "kB", "MB"]) {
    if (bytes < 1000 || unit === "MB") return `${bytes < 100 && unit !== "B" ? bytes.toFixed(1) : Math.round(bytes)} ${unit}`;
    bytes /= 1000;
  }
}

/** Steps that changed nothing, in runs; all others alone. */
function groupSteps(steps) {
  const groups = [];
  for (const step of steps) {
    const last = groups[groups.length - 1];
    if (isShown(step)) groups.push([step]);
    else if (step.language !== "fold" && last && !isShown(last[0])) last.push(step);
    else if (step.language !== "fold") groups.push([step]);
  }
  return groups;
}

class Timeline {
  constructor(element, app) {
    this.element = element;
    this.app = app;
    const { steps } = app.inspection;
    this.slowest = Math.max(...steps.map((step) => step.milliseconds ?? 0), 0.001);
    this.entries = new Map(); // elements by the view they show
    this.addView(app.inspection.sourceView, "Source", "what you wrote");
    app.extraViews.forEach(({ view, label, detail }) => this.addView(view, label, detail));
    for (const group of groupSteps(steps)) this.addGroup(group);
    element.addEventListener("click", (event) => this.onClick(event));
  }

  addView(view, label, detail) {
    const entry = make("div", { class: "step", "data-view": view.id },
      make("span", { class: "chips" }), make("span", { class: "what" }, label), make("span", { class: "detail" }, detail));
    this.entries.set(view.id, entry);
    this.element.append(entry);
  }

  addGroup(group) {
    if (isShown(group[0])) return this.element.append(this.drawStep(group[0]));
    const time = group.reduce((sum, step) => sum + (step.milliseconds ?? 0), 0);
    const label = group.length === 1 ? "1 pass without effect" : `${group.length} passes without effect`;
    const details = make("details", {}, make("summary", { class: "step idle" },
      make("span", { class: "what" }, label), make("span", { class: "time" }, formatTime(time))));
    details.append(...group.map((step) => this.drawStep(step)));
    this.element.append(details);
  }

  drawStep(step) {
    const view = isShown(step) ? this.app.inspection.byId.get(idOfStep(step)) : null;
    const share = Math.sqrt((step.milliseconds ?? 0) / this.slowest) * 100; // small passes stay visible
    const entry = make("div",
      { class: `step${view ? "" : " idle"}`, "data-view": view?.id, title: describeStep(step) },
      make("span", { class: "chips" }),
      make("span", { class: "what" }, shortName(step.name)),
      make("span", { class: "on" }, step.on ? shortTarget(step.on) : ""),
      make("span", { class: "time" }, step.milliseconds === undefined ? "" : formatTime(step.milliseconds)),
      make("span", { class: "detail" }, ...drawOperations(step), ...drawArena(step), ...this.app.drawBesideStep(step)),
      make("span", { class: "share", style: `width: ${share.toFixed(1)}%` }));
    if (view) this.entries.set(view.id, entry);
    return entry;
  }

  onClick(event) {
    const id = event.target.closest("[data-view]")?.dataset.view;
    if (!id) return;
    const side = event.target.closest("[data-side]")?.dataset.side;
    const pane = side ? this.app.panes[side] : event.shiftKey ? this.app.otherPane(this.app.active) : this.app.active;
    this.app.show(pane, this.app.findView(id));
  }

  /** Marks the views that the panes show. */
  mark() {
    for (const [id, entry] of this.entries) {
      const chips = Object.values(this.app.panes).map((pane) => {
        const isThere = pane.view?.id === id;
        return make("button",
          { class: `chip ${pane.side}${isThere ? " on" : ""}`, "data-side": pane.side, tabindex: -1,
            title: `Show on the ${pane.side}` }, pane.side === "left" ? "L" : "R");
      });
      entry.querySelector(".chips").replaceChildren(...chips);
      entry.classList.toggle("shown", chips.some((chip) => chip.classList.contains("on")));
    }
    this.entries.get(this.app.active.view?.id)?.scrollIntoView({ block: "nearest" });
  }
}

function describeStep(step) {
  const counts = Object.entries(step.counts ?? {}).map(([what, count]) => `${what}: ${formatCount(count)}`);
  return [step.what, step.on, ...counts].filter(Boolean).join("\n");
}

function drawOperations({ operations }) {
  if (!operations) return [];
  const [before, after] = operations;
  if (before === after) return [`${formatCount(after)} operations`];
  const change = make("b", { class: after < before ? "fewer" : "more" }, formatCount(after));
  return [`${formatCount(before)} → `, change, " operations"];
}

/** The arena with one example and 100 of every other size, as plan-memory counts it. */
function drawArena({ counts = {} }) {
  const planned = Object.entries(counts).find(([what]) => what.startsWith("bytes for"));
  const before = Object.entries(counts).find(([what]) => what.startsWith("bytes of the same"));
  if (!planned) return [];
  return [make("span", { class: "arena", title: `${planned[0]}: ${formatCount(planned[1])}` },
    `arena ${before ? `${formatBytes(before[1])} → ` : ""}${formatBytes(planned[1])}`)];
}
