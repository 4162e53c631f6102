"use strict";
// Begins: unpacks the data, builds the page, shows what the address names.

function describeSubject({ data, steps }) {
  const time = steps.reduce((sum, { milliseconds = 0 }) => sum + milliseconds, 0);
  return `${data.path} · ${steps.filter(({ what }) => !what.startsWith("(")).length} passes · ${formatTime(time)} · ${data.cpu}`;
}

/**
 * Where a text begins to be about the model: the source with the first declaration that something came from, behind what
 * belongs to other models of the file; others with the first entry, behind the weights.
 */
function findStart(view) {
  const { rows } = view;
  if (view !== app.inspection.sourceView)
    return Math.max(rows.findIndex(({ text }) => /^\s*(gatefold\.entry|func\.func|llvm\.func) /.test(text)) - 3, 0);
  let row = rows.findIndex(({ source, line }) => app.links.hues.has(lineKey(source, line)));
  while (row > 0 && !/^[a-z]/.test(rows[row].text)) --row;
  while (row > 0 && rows[row - 1].text.startsWith("//")) --row;
  return Math.max(row, 0);
}

/** Shows what an address names; by default the source beside what the compiler makes of it first. */
function applyAddress(app) {
  const address = readAddress(location.hash);
  const { views } = app.inspection;
  const defaults = { left: views[0].id, right: (views.find(({ step }) => step) ?? views[0]).id };
  for (const side of ["left", "right"]) {
    const { id } = address[side] ?? { id: defaults[side] };
    app.panes[side].show(app.findView(id));
    const start = address[side] ? 0 : findStart(app.panes[side].view);
    app.panes[side].scroller.scrollTo(0, start * ROW_HEIGHT);
  }
  if (address.diff !== app.isDiff) app.toggleDiff();
  app.afterChange();
  for (const side of ["left", "right"])
    if (address[side]?.row >= 0) {
      app.panes[side].goTo(address[side].row);
      app.panes[side].scrollToItem(app.panes[side].findItem(address[side].row));
    }
  const pane = app.panes[address.pin];
  if (pane && pane.cursor >= 0) app.pin({ pane, row: pane.cursor, column: 0 });
}

/** Lets the user move what is between the panes. */
function listenToDivider() {
  const divider = document.getElementById("divider");
  divider.addEventListener("pointerdown", (event) => {
    divider.setPointerCapture(event.pointerId);
    divider.onpointermove = ({ clientX }) => {
      const start = document.getElementById("left").getBoundingClientRect().left;
      const width = document.body.clientWidth - start;
      const share = Math.min(Math.max((clientX - start) / width, 0.1), 0.9);
      document.body.style.setProperty("--left-share", `${share}fr`);
      document.body.style.setProperty("--right-share", `${1 - share}fr`);
    };
  });
  divider.addEventListener("pointerup", () => (divider.onpointermove = null));
}

/** The page, for the browser's console as well. */
let app;

async function start() {
  const theme = readSetting("theme");
  if (theme) document.documentElement.dataset.theme = theme;
  const inspection = new Inspection(await readData(document.getElementById("data").textContent.trim()));
  document.getElementById("title").textContent = inspection.data.model;
  document.getElementById("subject").textContent = describeSubject(inspection);
  app = new App(inspection);
  listenToKeys(app);
  listenToDivider();
  drawHelp(document.getElementById("help"));
  document.getElementById("toggle-diff").addEventListener("click", () => app.toggleDiff());
  document.getElementById("toggle-remarks").addEventListener("click", () => app.toggleRemarks());
  document.getElementById("toggle-theme").addEventListener("click", () => toggleTheme(app));
  document.getElementById("toggle-help").addEventListener("click", () => app.toggleHelp());
  window.addEventListener("hashchange", () => applyAddress(app));
  applyAddress(app);
  app.activate(app.panes.left);
  app.tell();
  document.body.classList.add("ready");
}

start();
