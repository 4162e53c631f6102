"use strict";
// Blocks that can be folded: those in braces, by how far their lines are indented.

const indentOf = (text) => text.search(/\S|$/);

/** For each row the last row of the block that it opens, or -1. */
function findBlocks(rows) {
  const ends = new Int32Array(rows.length).fill(-1);
  const open = []; // rows whose blocks are not closed yet
  rows.forEach(({ text, header }, index) => {
    if (header !== undefined) open.length = 0;
    const trimmed = text.trim();
    if (trimmed.startsWith("}")) {
      while (open.length) {
        const start = open.pop();
        if (indentOf(rows[start].text) > indentOf(text)) continue;
        if (index > start + 1) ends[start] = index;
        break;
      }
    }
    if (/[{]\s*(?:\/\/.*)?$/.test(trimmed)) open.push(index);
  });
  return ends;
}

/** In assembly and LLVM IR a function or a basic block reaches to the next. */
function findLabels(rows, isLabel) {
  const ends = new Int32Array(rows.length).fill(-1);
  let start = -1;
  rows.forEach(({ text }, index) => {
    const ended = isLabel(text) || text === "" || text === "}";
    if (ended && start >= 0 && index - 1 > start) ends[start] = index - 1;
    if (ended) start = isLabel(text) ? index : -1;
  });
  return ends;
}

function findFolds(view) {
  if (view.language === "s") return findLabels(view.rows, (text) => /^[^\s#][^:]*:/.test(text));
  const ends = findBlocks(view.rows);
  if (view.language === "ll")
    findLabels(view.rows, (text) => /^[\w.]+:/.test(text)).forEach((end, row) => end >= 0 && (ends[row] = end));
  return ends;
}
