"use strict";
// The difference between the views of the panes: Myers' algorithm, linear in what is equal.

const CONTEXT = 3; // equal rows shown around what differs
const MOST_EDITS = 4000; // beyond these the rest counts as different: the texts have little in common

/** A row as it is compared: numbers that values have for lack of a name are not looked at, passes change them all. */
function comparable(text) {
  return text.replace(/%(\w*?)_?\d+\b(?:#\d+)?/g, "%$1").replace(/\^bb\d+|\bL?BB\d+_\d+/g, "^bb").trim();
}

function comparables(view) {
  view.comparables ??= view.rows.map(({ text }) => comparable(text));
  return view.comparables;
}

/** Pairs of equal rows, in order: [left, right] each. */
function matchRows(left, right) {
  const pairs = [];
  let start = 0;
  let leftEnd = left.length;
  let rightEnd = right.length;
  while (start < leftEnd && start < rightEnd && left[start] === right[start]) pairs.push([start, start++]);
  const tail = [];
  while (leftEnd > start && rightEnd > start && left[leftEnd - 1] === right[rightEnd - 1])
    tail.push([--leftEnd, --rightEnd]);
  const middle = matchMiddle(left.slice(start, leftEnd), right.slice(start, rightEnd));
  return [...pairs, ...middle.map(([a, b]) => [a + start, b + start]), ...tail.reverse()];
}

/** Myers, "An O(ND) difference algorithm and its variations", 1986: the greedy search, remembered for the way back. */
function matchMiddle(left, right) {
  const most = Math.min(left.length + right.length, MOST_EDITS);
  const furthest = new Map([[1, 0]]);
  const history = [];
  for (let edits = 0; edits <= most; ++edits) {
    const before = new Map();
    for (let k = -edits; k <= edits; k += 2) {
      const isDown = k === -edits || (k !== edits && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
      let x = isDown ? furthest.get(k + 1) ?? 0 : (furthest.get(k - 1) ?? 0) + 1;
      let y = x - k;
      const from = x;
      while (x < left.length && y < right.length && left[x] === right[y]) ++x, ++y;
      furthest.set(k, x);
      before.set(k, { from, x, isDown });
      if (x >= left.length && y >= right.length) return walkBack([...history, before], k);
    }
    history.push(before);
  }
  return [];
}

function walkBack(history, k) {
  const pairs = [];
  for (let edits = history.length - 1; edits >= 0; --edits) {
    const { from, x, isDown } = history[edits].get(k);
    for (let at = x - 1; at >= from; --at) pairs.push([at, at - k]);
    k += isDown ? 1 : -1;
  }
  return pairs.reverse();
}

/** The items of both panes, row against row. */
function alignRows(leftView, rightView) {
  const pairs = matchRows(comparables(leftView), comparables(rightView));
  const left = [];
  const right = [];
  let a = 0;
  let b = 0;
  const catchUp = (leftEnd, rightEnd) => {
    while (a < leftEnd || b < rightEnd) {
      left.push(a < leftEnd ? { row: a++, change: "removed" } : { filler: true });
      right.push(b < rightEnd ? { row: b++, change: "added" } : { filler: true });
    }
  };
  for (const [leftRow, rightRow] of pairs) {
    catchUp(leftRow, rightRow);
    left.push({ row: a++ });
    right.push({ row: b++ });
  }
  catchUp(leftView.rows.length, rightView.rows.length);
  return { left, right };
}

/** Leaves out long runs of equal rows but those that the user opened. */
function skipEqual({ left, right }, opened) {
  const result = { left: [], right: [] };
  const isEqual = (index) => left[index].row !== undefined && !left[index].change && !right[index].change && !right[index].filler;
  for (let start = 0; start < left.length; ) {
    let end = start;
    while (end < left.length && isEqual(end)) ++end;
    if (end === start) ++end;
    const first = start ? start + CONTEXT : start;
    const last = end < left.length ? end - CONTEXT : end;
    const skips = isEqual(start) && last - first > CONTEXT && !opened.has(left[first].row);
    for (let index = start; index < end; ++index) {
      if (skips && index === first) {
        const skipped = last - first;
        result.left.push({ skipped, firstRow: left[first].row, key: left[first].row });
        result.right.push({ skipped, firstRow: right[first].row, key: left[first].row });
        index = last - 1;
        continue;
      }
      result.left.push(left[index]);
      result.right.push(right[index]);
    }
    start = end;
  }
  return result;
}

/** Views are compared once for each pair; what was opened stays open. */
const differences = new Map();

function findDifference(left, right) {
  const key = `${left.view.id} ${right.view.id}`;
  if (!differences.has(key)) differences.set(key, { rows: alignRows(left.view, right.view), opened: new Set() });
  return differences.get(key);
}

function showDifference(left, right) {
  const { rows, opened } = findDifference(left, right);
  const shown = skipEqual(rows, opened);
  const count = (items, change) => items.filter((item) => item.change === change).length;
  left.facts = [make("span", { class: "minus" }, `−${formatCount(count(rows.left, "removed"))}`)];
  right.facts = [make("span", { class: "plus" }, `+${formatCount(count(rows.right, "added"))}`)];
  left.setItems(shown.left);
  right.setItems(shown.right);
}

/** Opens the run that hides a row of a pane. */
function openSkippedRun(row, pane, app) {
  const { left, right } = app.panes;
  const item = pane.items.find(({ skipped, firstRow }) => skipped && firstRow <= row && row < firstRow + skipped);
  if (!item) return;
  findDifference(left, right).opened.add(item.key);
  app.refresh();
}
