"use strict";
// From operations to boxes: what one line of a cell or a model computes is one box.

/** Operations that are no work of the model: they only say what is there. */
const SILENT = new Set(["gatefold.read", "arith.constant", "gatefold.dim", "gatefold.size"]);

const ELEMENT_BYTES = { f64: 8, i64: 8, f32: 4, i32: 4, f16: 2, bf16: 2, i1: 1 };

/** "tensor<?x32xf32>" as {shape: "n × 32", bytes: 128, isWhole: false}: the bytes of one row where n is not known. */
function readType(type) {
  const parts = /^tensor<(.*)>$/.exec(type)?.[1].split("x");
  if (!parts) return null;
  const element = parts.pop();
  const sizes = parts.map((part) => (part === "?" ? null : Number(part)));
  const bytes = sizes.reduce((product, size) => product * (size ?? 1), ELEMENT_BYTES[element] ?? 4);
  const shape = sizes.length ? sizes.map((size) => size ?? "n").join(" × ") : "1";
  return { shape, bytes, isWhole: !sizes.includes(null) };
}

function describeType(type) {
  const read = readType(type);
  if (!read) return type;
  return `${read.shape} · ${read.isWhole ? "" : "n × "}${formatBytes(read.bytes)}`;
}

/** Makes the pictures' graphs of an inspection: {title, boxes, edges} each. */
class GraphBuilder {
  constructor(data, links) {
    this.data = data;
    this.links = links;
    this.silent = new Set();
    for (const { nodes } of data.graphs)
      for (const { operation, inputs, outputs } of nodes)
        if (SILENT.has(operation) || (inputs.length > 0 && inputs.every((value) => this.silent.has(value))))
          outputs.forEach((value) => this.silent.add(value));
    this.fusions = data.fusions.map((sets) => new Set(sets.flatMap((set) => data.sets[set])));
  }

  build() {
    return this.data.graphs.flatMap((graph, index) => (this.isDrawn(graph) ? [this.buildGraph(graph, index)] : []));
  }

  /** Entries, and bodies that are more than arithmetic on one element. */
  isDrawn({ entry, memories, nodes }) {
    return entry || memories.length > 0 || nodes.length > 1;
  }

  buildGraph(graph, index) {
    this.boxes = [];
    this.producers = new Map(); // box by value
    this.edges = new Map();
    for (const value of graph.inputs) this.addSource("input", value, this.data.values[value][1] || "input");
    for (const { name, value } of graph.memories) this.addSource("memory", value, within(name, graph.name));
    for (const node of graph.nodes) this.addNode(node);
    graph.outputs.forEach((value) => this.addOutput(value));
    graph.memories.forEach(({ value, next }) => this.connect(next, this.producers.get(value), true));
    for (const box of this.boxes) box.fusion = this.findFusion(box);
    const title = graph.entry ? `${this.data.model} · ${graph.name}` : graph.name ? `${graph.name}, one step` : "a body";
    return { index, title, boxes: this.boxes, edges: [...this.edges.values()] };
  }

  addBox(kind, title, detail = "") {
    const box = { kind, title, detail, origins: new Set(), number: this.boxes.length };
    this.boxes.push(box);
    return box;
  }

  addSource(kind, value, title) {
    const box = this.addBox(kind, title, describeType(this.data.values[value][0]));
    this.producers.set(value, box);
    return box;
  }

  addOutput(value) {
    if (this.silent.has(value)) return;
    const producer = this.producerOf(value);
    if (producer.returns) return;
    producer.returns = true;
    this.connect(value, this.addBox("output", "returned"));
  }

  addNode(node) {
    if (node.outputs.length && node.outputs.every((value) => this.silent.has(value))) return;
    if (SILENT.has(node.operation)) return;
    const inputs = [...node.inputs, ...node.bodies.flatMap((body) => this.freeValues(this.data.graphs[body]))];
    const box = node.bodies.length ? this.addBody(node) : this.findBox(node, inputs);
    this.data.sets[node.set].forEach((origin) => box.origins.add(origin));
    box.title = this.nameOf(node) || box.title;
    node.outputs.forEach((value) => this.producers.set(value, box));
    inputs.forEach((value) => this.connect(value, box));
  }

  addBody(node) {
    const names = node.bodies.map((body) => this.data.graphs[body].name).filter(Boolean);
    const what = node.operation.replace("gatefold.", "");
    const box = this.addBox("body", names.length ? `${what} ${names[0]}` : what, this.sourceOf(node.set));
    box.opens = node.bodies.find((body) => this.isDrawn(this.data.graphs[body]));
    return box;
  }

  /** The box of the line that a node is part of, or a new one where that would make a circle. */
  findBox(node, inputs) {
    const key = this.keyOf(node.set);
    const known = key && this.boxes.findLast((box) => box.key === key);
    const isCircle = known && inputs.some((value) => !this.silent.has(value) && this.isBehind(this.producerOf(value), known));
    if (known && !isCircle) return known;
    const box = this.addBox("statement", node.operation.replace(/^\w+\./, ""), this.sourceOf(node.set));
    box.key = key;
    return box;
  }

  /** What the statement calls what a node computes. */
  nameOf(node) {
    const [origin] = this.data.sets[node.set];
    return origin === undefined || node.bodies.length ? "" : lastPart(this.links.nameOf(origin));
  }

  /** Whether `box` needs `other`, itself left out. */
  isBehind(box, other) {
    if (box === other) return false;
    const seen = new Set([box]);
    for (const one of seen)
      for (const edge of this.edges.values())
        if (edge.to === one && !edge.isBack) {
          if (edge.from === other) return true;
          seen.add(edge.from);
        }
    return false;
  }

  /** The statement of an origin with the calls around it: two cells of one kind are two. */
  keyOf(set) {
    const [origin] = this.data.sets[set];
    if (origin === undefined) return null;
    const places = this.data.origins[origin];
    const start = Math.max(places.findIndex((place) => this.links.kindOf(place) !== "fn"), 0);
    const [source, line] = this.data.places[places[start]];
    const callers = places.slice(start + 1).map((place) => this.data.places[place].slice(0, 3).join(":"));
    return [lineKey(source, line), ...callers].join(" ");
  }

  /** The line of the source that a set of origins is part of, shortened. */
  sourceOf(set) {
    const [origin] = this.data.sets[set];
    if (origin === undefined) return "";
    const [source, line] = this.links.statements[origin].split(":").map(Number);
    const text = this.data.sources[source].text?.split("\n")[line - 1]?.replace(/\/\/.*/, "").trim() ?? "";
    return text.length > 26 ? `${text.slice(0, 25)}…` : text;
  }

  /** What a body takes from around it. */
  freeValues({ inputs, memories, nodes }) {
    const own = new Set([...inputs, ...memories.map(({ value }) => value), ...nodes.flatMap(({ outputs }) => outputs)]);
    const used = nodes.flatMap((node) => [
      ...node.inputs,
      ...node.bodies.flatMap((body) => this.freeValues(this.data.graphs[body])),
    ]);
    return [...new Set(used)].filter((value) => !own.has(value) && !this.silent.has(value));
  }

  producerOf(value) {
    return this.producers.get(value) ?? this.addSource("input", value, this.data.values[value][1] || "from outside");
  }

  connect(value, to, isBack = false) {
    if (this.silent.has(value)) return;
    const from = this.producerOf(value);
    if (from === to && !isBack) return;
    const key = `${from.number} ${to.number} ${isBack}`;
    if (!this.edges.has(key)) this.edges.set(key, { from, to, isBack, types: [], values: new Set() });
    const edge = this.edges.get(key);
    if (edge.values.has(value)) return;
    edge.values.add(value);
    edge.types.push(this.data.values[value][0]);
  }

  /** The loop nest that most of a box is part of; null for none. */
  findFusion(box) {
    let best = null;
    let most = box.origins.size / 2;
    this.fusions.forEach((fusion, index) => {
      const common = [...box.origins].filter((origin) => fusion.has(origin)).length;
      if (common > most) [best, most] = [index, common];
    });
    return best;
  }
}

/** A path as it is called within its owner. */
const within = (name, owner) => (owner && name.startsWith(`${owner}.`) ? name.slice(owner.length + 1) : name);

const lastPart = (name) => name.slice(name.lastIndexOf(".") + 1);
