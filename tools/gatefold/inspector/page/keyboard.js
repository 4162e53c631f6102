"use strict";
// All that the keys do.

const keys = [
  ["← →  or  [ ]", "the step before or after in the active pane", ["ArrowLeft", "[", "ArrowRight", "]"],
    (app, key) => app.stepView(key === "ArrowLeft" || key === "[" ? -1 : 1)],
  ["↑ ↓  or  k j", "the line above or below, which lights what belongs to it", ["ArrowUp", "k", "ArrowDown", "j"],
    (app, key) => app.moveCursor(key === "ArrowUp" || key === "k" ? -1 : 1)],
  ["Enter", "hold on to what is lit, and let the other pane show it", ["Enter"], (app) => app.pinCursor()],
  ["n  N", "the next or last lit line, or what was searched for", ["n", "N"], (app, key) => app.nextMark(key === "n" ? 1 : -1)],
  ["Tab  or  w", "the other pane", ["Tab", "w"], (app) => app.activate(app.otherPane(app.active))],
  ["/", "search in the active pane", ["/"], (app) => app.search.focus()],
  ["s", "the source in the active pane", ["s"], (app) => app.show(app.active, app.inspection.sourceView)],
  ["f  F", "fold the block of the line; fold or open all", ["f", "F"],
    (app, key) => (key === "f" ? app.active.toggleFold(app.active.cursor) : app.active.toggleAllFolds())],
  ["d", "compare the panes", ["d"], (app) => app.toggleDiff()],
  ["r", "remarks of the passes below the lines of the source", ["r"], (app) => app.toggleRemarks()],
  ["t", "light or dark", ["t"], (app) => toggleTheme(app)],
  ["Escape", "let go", ["Escape"], (app) => app.letGo()],
  ["?", "this list", ["?"], (app) => app.toggleHelp()],
];

function listenToKeys(app) {
  const actions = new Map(keys.flatMap(([, , names, act]) => names.map((name) => [name, act])));
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input, select");
    if (event.ctrlKey || event.metaKey || event.altKey || (isTyping && event.key !== "Escape")) return;
    const act = actions.get(event.key);
    if (!act || (event.key === "Tab" && event.shiftKey)) return;
    event.preventDefault();
    act(app, event.key);
  });
}

function drawHelp(element) {
  element.replaceChildren(
    make("h2", {}, "Keys"),
    make("dl", {}, ...keys.flatMap(([names, meaning]) => [make("dt", {}, names), make("dd", {}, meaning)])),
    make("p", {}, "Move the mouse over a line: all that came from it lights up in both panes. A click holds on to it. ",
      "A word of the source means what begins there, the rest of a line all of it."),
    make("form", { method: "dialog" }, make("button", {}, "Close"))
  );
}

// Light and dark

function toggleTheme(app) {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : window.matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  keepSetting("theme", root.dataset.theme);
  app.readColors();
}

/** Browsers may refuse to keep anything for a file. */
function keepSetting(name, value) {
  try {
    localStorage.setItem(`gatefold-${name}`, value);
  } catch {
    return;
  }
}

function readSetting(name) {
  try {
    return localStorage.getItem(`gatefold-${name}`);
  } catch {
    return null;
  }
}
