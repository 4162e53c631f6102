"use strict";
// The graphs as SVG, which can be saved: its colours are those of the page, or light ones where there is no page.

const CHARACTER = 7.3; // width of one, in the code's font at 12 pixels

const PICTURE_STYLE = `
  text { font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: var(--text, #1f2430); }
  .title { font: 600 14px system-ui, "DejaVu Sans", sans-serif; }
  .box rect { fill: var(--background, #ffffff); stroke: var(--quiet, #69717f); stroke-width: 1.2; }
  .box .name { font-weight: 600; }
  .box .detail, .label, .legend { font-size: 10.5px; fill: var(--quiet, #69717f); }
  .box.input rect, .box.output rect { stroke-dasharray: 3 2; }
  .box.memory rect { stroke: var(--accent, #2f6fde); stroke-width: 1.8; }
  .box.body rect { fill: var(--raised, #f5f6f8); stroke-width: 2; }
  .box.body { cursor: pointer; }
  .box.strong rect { fill: var(--strong, #ffe9a8); stroke: var(--strong-mark, #e0a800); stroke-width: 2; }
  .box.weak rect { fill: var(--weak, #fff8e1); }
  .edge { fill: none; stroke: var(--quiet, #69717f); stroke-width: 1.2; }
  .edge.back { stroke: var(--accent, #2f6fde); stroke-dasharray: 5 3; stroke-width: 1.6; }
  .arrow { fill: var(--quiet, #69717f); }
  .arrow.back { fill: var(--accent, #2f6fde); }
  .label { paint-order: stroke; stroke: var(--background, #ffffff); stroke-width: 3px; text-anchor: middle; }
  .fusion { opacity: 0.2; stroke-linejoin: round; stroke-linecap: round; }
`;

/** Makes an element of SVG. */
function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const fusionColor = (fusion) => `hsl(${(fusion * 137.508 + 20) % 360} 70% 50%)`;

class Picture {
  constructor(app) {
    this.app = app;
    this.graphs = new GraphBuilder(app.inspection.data, app.links).build();
    this.boxes = [];
    this.tops = new Map(); // where each graph begins
    this.root = this.draw();
  }

  draw() {
    const margin = 24;
    let top = margin;
    let width = 0;
    const drawn = this.graphs.map((graph) => {
      for (const box of graph.boxes) Object.assign(box, measureBox(box));
      const size = layOut(graph);
      const group = this.drawGraph(graph);
      group.setAttribute("transform", `translate(${margin} ${top + 30})`);
      this.tops.set(graph.index, top);
      const title = svg("text", { class: "title", x: margin, y: top + 8 }, graph.title);
      top += size.height + 84;
      width = Math.max(width, size.width + 2 * margin + 60);
      return [title, group];
    });
    const legend = svg("text", { class: "legend", x: margin, y: top }, this.describeMarks());
    top += margin;
    const attributes = { xmlns: "http://www.w3.org/2000/svg", width, height: top, viewBox: `0 0 ${width} ${top}` };
    return svg("svg", attributes, svg("style", {}, PICTURE_STYLE), ...drawn.flat(), legend);
  }

  describeMarks() {
    const fused = this.app.inspection.data.fusions.length ? "Shaded boxes of one colour are one loop nest. " : "";
    return `${fused}Dashed lines carry memories to the next step. n is a size that only the run knows.`;
  }

  drawGraph(graph) {
    const group = svg("g");
    for (const fusion of new Set(graph.boxes.map((box) => box.fusion))) if (fusion !== null) group.append(drawFusion(graph, fusion));
    const edges = graph.edges.map(drawEdge);
    group.append(...edges.map(({ line }) => line), ...edges.map(({ arrow }) => arrow));
    for (const box of graph.boxes) group.append(this.drawBox(box), ...drawLabels(graph, box));
    return group;
  }

  drawBox(box) {
    const { x, y, width, height, kind, title, detail } = box;
    const element = svg("g", { class: `box ${kind}`, transform: `translate(${x - width / 2} ${y - height / 2})` });
    const radius = kind === "memory" ? height / 2 : 6;
    element.append(svg("rect", { width, height, rx: radius }));
    element.append(svg("text", { class: "name", x: width / 2, y: detail ? 17 : 19, "text-anchor": "middle" }, title));
    if (detail) element.append(svg("text", { class: "detail", x: width / 2, y: 32, "text-anchor": "middle" }, detail));
    element.addEventListener("mouseenter", () => this.app.hoverOrigins(box.origins));
    element.addEventListener("mouseleave", () => this.app.hover(null));
    element.addEventListener("click", () => this.onClick(box, element));
    this.boxes.push({ box, element });
    return element;
  }

  /** A click on a body goes to its graph, one on another box holds on to it. */
  onClick(box, element) {
    if (box.opens !== undefined && this.tops.has(box.opens))
      element.closest(".picture").scrollTo({ top: this.tops.get(box.opens) * this.zoom, behavior: "smooth" });
    else this.app.pinOrigins(box.origins);
  }

  mark(selection) {
    for (const { box, element } of this.boxes) {
      const origins = [...box.origins];
      const isStrong = selection && origins.some((origin) => selection.strong.has(origin));
      element.classList.toggle("strong", !!isStrong);
    }
  }

  /** Puts the picture and its buttons into a pane. */
  showIn(element) {
    const button = (label, title, act) => {
      const made = make("button", { title }, label);
      made.addEventListener("click", act);
      return made;
    };
    element.replaceChildren(
      make("div", { class: "tools" },
        button("−", "Smaller", () => this.scale(0.8)), button("+", "Larger", () => this.scale(1.25)),
        button("Save SVG", "Save the picture as a file", () => this.save())),
      this.root);
    this.zoom = 1;
    this.scale(Math.max(0.7, Math.min(1, (element.clientWidth - 8) / this.root.viewBox.baseVal.width)));
  }

  scale(factor) {
    this.zoom = Math.min(Math.max(this.zoom * factor, 0.3), 3);
    const { width, height } = this.root.viewBox.baseVal;
    this.root.setAttribute("width", width * this.zoom);
    this.root.setAttribute("height", height * this.zoom);
  }

  text() {
    return new XMLSerializer().serializeToString(this.root);
  }

  save() {
    const link = make("a", {
      href: URL.createObjectURL(new Blob([this.text()], { type: "image/svg+xml" })),
      download: `${this.app.inspection.data.model}.svg`,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000); // some browsers fetch it only after the click
  }
}

function measureBox({ title, detail }) {
  const width = Math.max(title.length * CHARACTER, detail.length * CHARACTER * 0.88) + 22;
  return { width: Math.max(width, 48), height: detail ? 40 : 28 };
}

/** A shade behind the boxes of one loop nest and the lines between them. */
function drawFusion(graph, fusion) {
  const color = fusionColor(fusion);
  const group = svg("g", { class: "fusion", stroke: color, fill: color });
  for (const { x, y, width, height, fusion: own } of graph.boxes)
    if (own === fusion) {
      const grown = { x: x - width / 2 - 9, y: y - height / 2 - 9, width: width + 18, height: height + 18, rx: 14 };
      group.append(svg("rect", { ...grown, stroke: "none" }));
    }
  for (const edge of graph.edges)
    if (!edge.isBack && edge.from.fusion === fusion && edge.to.fusion === fusion)
      group.append(svg("path", { d: curve(edge.points), fill: "none", "stroke-width": 18 }));
  return group;
}

/** A path through points from above to below, upright at each. */
function curve(points) {
  let path = `M ${points[0].join(" ")}`;
  for (let index = 1; index < points.length; ++index) {
    const [[x0, y0], [x1, y1]] = [points[index - 1], points[index]];
    const middle = (y0 + y1) / 2;
    path += ` C ${x0} ${middle} ${x1} ${middle} ${x1} ${y1}`;
  }
  return path;
}

/** A path of straight lines with round corners. */
function around(points) {
  const radius = 7;
  let path = `M ${points[0].join(" ")}`;
  for (let index = 1; index < points.length - 1; ++index) {
    const corner = points[index];
    const [before, behind] = [points[index - 1], points[index + 1]].map((other) => towards(corner, other, radius));
    path += ` L ${before.join(" ")} Q ${corner.join(" ")} ${behind.join(" ")}`;
  }
  return `${path} L ${points[points.length - 1].join(" ")}`;
}

/** The point between two that is so far from the first, or half of the way. */
function towards([x0, y0], [x1, y1], distance) {
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  const share = Math.min(distance / length, 0.5);
  return [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
}

function drawEdge({ from, to, points, isBack }) {
  if (isBack) {
    const [x, y] = points[points.length - 1];
    return {
      line: svg("path", { class: "edge back", d: around([...points.slice(0, -1), [x, y - 6]]) }),
      arrow: svg("path", { class: "arrow back", d: `M ${x} ${y} l -4 -8 l 8 0 z` }),
    };
  }
  const start = [points[0][0], from.y + from.height / 2];
  const end = [points[points.length - 1][0], to.y - to.height / 2 - 5];
  return {
    line: svg("path", { class: "edge", d: curve([start, ...points.slice(1, -1), end]) }),
    arrow: svg("path", { class: "arrow", d: `M ${end[0]} ${end[1] + 5} l -4 -8 l 8 0 z` }),
  };
}

/** What leaves a box, each type once; of what comes from outside and of memories the box says it. */
function drawLabels(graph, box) {
  if (box.kind === "input" || box.kind === "memory") return [];
  const types = new Set(graph.edges.filter(({ from }) => from === box).flatMap((edge) => edge.types));
  return [...types].map((type, index) =>
    svg("text", { class: "label", x: box.x, y: box.y + box.height / 2 + 14 + 13 * index }, describeType(type))
  );
}
