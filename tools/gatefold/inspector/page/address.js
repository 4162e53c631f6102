"use strict";
// What the page shows, as the part of its address behind `#`: "left=source:20&right=17:120&pin=left".

function readAddress(text) {
  const fields = new URLSearchParams(text.replace(/^#/, ""));
  const sideOf = (side) => {
    const value = fields.get(side);
    if (!value) return null;
    const [id, line] = value.split(":");
    return { id, row: line ? Number(line) - 1 : -1 };
  };
  return { left: sideOf("left"), right: sideOf("right"), pin: fields.get("pin"), diff: fields.has("diff") };
}

function writeAddress({ panes, pinned, isDiff }) {
  const fields = Object.values(panes).map(
    ({ side, view, cursor }) => `${side}=${view.id}${cursor >= 0 ? `:${cursor + 1}` : ""}`
  );
  if (pinned?.pane) fields.push(`pin=${pinned.pane.side}`);
  if (isDiff) fields.push("diff");
  history.replaceState(null, "", `#${fields.join("&")}`);
}
