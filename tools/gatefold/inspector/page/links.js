"use strict";
// What belongs together. An origin is a list of places from the innermost to the outermost call; every row of every text
// has a set of origins. A selection is a set of origins, some of them meant exactly (`strong`) and some of them because
// they stand beside (`weak`).

const WEAK = 1;
const STRONG = 2;

/** Columns of places count bytes from 1; columns here count UTF-16 units. They differ behind letters beyond ASCII. */
const pointKey = (source, line, column) => `${source}:${line}:${column}`;
const lineKey = (source, line) => `${source}:${line}`;

class Links {
  constructor(data) {
    this.data = data;
    this.declarations = data.sources.map(({ declarations = [] }) => declarations);
    this.byPoint = new Map(); // origins with a place there, at any depth
    this.byLine = new Map();
    data.origins.forEach((origin, number) => {
      for (const place of origin) {
        const [source, line, column] = data.places[place];
        addTo(this.byPoint, pointKey(source, line, column), number);
        addTo(this.byLine, lineKey(source, line), number);
      }
    });
    this.statements = data.origins.map((origin) => this.findStatement(origin));
    this.byStatement = new Map();
    this.statements.forEach((statement, number) => addTo(this.byStatement, statement, number));
    this.hues = this.assignHues();
  }

  /** The kind of declaration that a place is in: "cell", "fn", ...; empty outside of all. */
  kindOf(place) {
    const [source, line] = this.data.places[place];
    const found = this.declarations[source].find((one) => one.line <= line && line <= one.endLine);
    return found ? found.kind : "";
  }

  /**
   * The line that an origin is shown as part of: what happens within a function belongs to the line of the cell, layer
   * or model that calls it, so that the whole of a gate is one.
   */
  findStatement(origin) {
    const place = origin.find((one) => this.kindOf(one) !== "fn") ?? origin[0];
    const [source, line] = this.data.places[place];
    return lineKey(source, line);
  }

  /** Neighbouring lines get colours far apart; the first lines of declarations, which all else is part of, get none. */
  assignHues() {
    const lines = [...this.byStatement.keys()].map((key) => key.split(":").map(Number));
    lines.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const isFirst = ([source, line]) => this.declarations[source].some((one) => one.line === line);
    const hueOf = (index) => Math.round(index * 137.508) % 360;
    return new Map(lines.map((place, index) => [lineKey(...place), isFirst(place) ? null : hueOf(index)]));
  }

  /** The colours of a set of origins, at most four. */
  huesOfSet(set) {
    const hues = new Set();
    for (const origin of this.data.sets[set]) hues.add(this.hues.get(this.statements[origin]));
    return [...hues].slice(0, 4);
  }

  /** What the user calls an origin: "memory.W_i", "c'"; empty if it has no name. */
  nameOf(origin) {
    const names = [];
    for (const place of this.data.origins[origin]) {
      const name = this.data.places[place][3];
      if (name && this.kindOf(place) !== "fn") names.unshift(name);
    }
    return names.join(".");
  }

  namesOfSet(set) {
    return [...new Set(this.data.sets[set].map((origin) => this.nameOf(origin)).filter(Boolean))];
  }

  /** "sigmoid.fold:8:14 ← cells.fold:20:9 ← charlm.fold:20:21" */
  describe(origin) {
    return this.data.origins[origin]
      .map((place) => {
        const [source, line, column] = this.data.places[place];
        return `${baseName(this.data.sources[source].name)}:${line}:${column}`;
      })
      .join(" ← ");
  }

  /** All that has the origins of a row; beside it, all of the same statements. */
  selectSet(set) {
    const strong = new Set(this.data.sets[set]);
    const weak = new Set();
    for (const origin of strong) for (const other of this.byStatement.get(this.statements[origin])) weak.add(other);
    return new Selection(this, strong, weak);
  }

  selectOrigins(origins) {
    return new Selection(this, new Set(origins), new Set());
  }

  /** All that came from a line of the source, or from what begins at a column of it. */
  selectSource(source, line, column) {
    const onLine = this.byLine.get(lineKey(source, line)) ?? new Set();
    const atPoint = column ? this.byPoint.get(pointKey(source, line, column)) : undefined;
    const selection = new Selection(this, atPoint ?? onLine, onLine);
    if (!selection.isEmpty) selection.lines.set(lineKey(source, line), STRONG);
    return selection;
  }
}

class Selection {
  constructor(links, strong, weak) {
    this.strong = strong;
    this.sets = Uint8Array.from(links.data.sets, (set) => strengthOf(set, strong, weak));
    this.lines = new Map(); // strength by line of the source
    this.points = new Set(); // places in it that are meant exactly
    for (const origin of strong)
      links.data.origins[origin].forEach((place, depth) => {
        const [source, line, column] = links.data.places[place];
        const key = lineKey(source, line);
        this.lines.set(key, Math.max(this.lines.get(key) ?? 0, depth ? WEAK : STRONG));
        if (!depth) this.points.add(pointKey(source, line, column));
      });
  }

  get isEmpty() {
    return this.strong.size === 0;
  }

  /** How strongly a row is meant: 0, WEAK or STRONG. */
  strengthOf(row) {
    return row.line === undefined ? this.sets[row.set] : this.lines.get(lineKey(row.source, row.line)) ?? 0;
  }
}

function strengthOf(set, strong, weak) {
  let best = 0;
  for (const origin of set) {
    if (strong.has(origin)) return STRONG;
    if (weak.has(origin)) best = WEAK;
  }
  return best;
}

function addTo(map, key, value) {
  if (!map.has(key)) map.set(key, new Set());
  map.get(key).add(value);
}

const baseName = (path) => path.slice(path.lastIndexOf("/") + 1);
