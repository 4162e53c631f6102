"use strict";
// A layered layout: layers by the longest way from the sources, their order by the mean of the neighbours (Sugiyama,
// Tagawa and Toda, 1981), and places that are as near to these means as order and gaps allow.

const GAP_X = 22;
const GAP_Y = 46;
const SWEEPS = 12;

/** Gives boxes with `width` and `height` an `x` and a `y` (of the middle), edges `points`; returns the size of all. */
function layOut({ boxes, edges }) {
  const forward = edges.filter(({ isBack }) => !isBack);
  assignLayers(boxes, forward);
  const { layers, links } = makeLayers(boxes, forward);
  orderLayers(layers, links);
  placeLayers(layers, links);
  for (const edge of edges) edge.points = edge.isBack ? [] : edge.chain.map(({ x, y }) => [x, y]);
  const right = routeBack(edges.filter(({ isBack }) => isBack), boxes);
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height / 2));
  return { width: right, height: bottom };
}

function assignLayers(boxes, edges) {
  for (const box of boxes) box.layer = 0;
  for (let changes = true; changes; ) {
    changes = false;
    for (const { from, to } of edges)
      if (to.layer <= from.layer) {
        to.layer = from.layer + 1;
        changes = true;
      }
  }
  // What comes from outside stands just above what needs it.
  for (const box of boxes)
    if (!edges.some(({ to }) => to === box)) {
      const users = edges.filter(({ from }) => from === box).map(({ to }) => to.layer);
      if (users.length) box.layer = Math.min(...users) - 1;
    }
}

/** Edges over several layers get a point in each of them. */
function makeLayers(boxes, edges) {
  const layers = [];
  const links = []; // pairs of neighbours in layers that follow each other
  const add = (node) => (layers[node.layer] ??= []).push(node);
  boxes.forEach(add);
  for (const edge of edges) {
    edge.chain = [edge.from];
    for (let layer = edge.from.layer + 1; layer < edge.to.layer; ++layer) {
      const point = { layer, width: 10, height: 0, isPoint: true };
      add(point);
      edge.chain.push(point);
    }
    edge.chain.push(edge.to);
    for (let index = 1; index < edge.chain.length; ++index) links.push([edge.chain[index - 1], edge.chain[index]]);
  }
  for (const node of layers.flat()) node.above = node.below = [];
  for (const [from, to] of links) {
    to.above = [...to.above, from];
    from.below = [...from.below, to];
  }
  return { layers: layers.filter(Boolean), links };
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

function orderLayers(layers, links) {
  const number = (layer) => layer.forEach((node, index) => (node.order = index));
  layers.forEach(number);
  let best = Infinity;
  let kept = layers.map((layer) => [...layer]);
  for (let sweep = 0; sweep < SWEEPS; ++sweep) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : [...layers].reverse()) {
      for (const node of layer) {
        const neighbours = isDown ? node.above : node.below;
        node.wish = neighbours.length ? mean(neighbours.map(({ order }) => order)) : node.order;
      }
      layer.sort((a, b) => a.wish - b.wish);
      number(layer);
    }
    const crossings = countCrossings(links);
    if (crossings < best) {
      best = crossings;
      kept = layers.map((layer) => [...layer]);
    }
  }
  kept.forEach((layer, index) => {
    layers[index] = layer;
    number(layer);
  });
}

function countCrossings(links) {
  let crossings = 0;
  for (let first = 0; first < links.length; ++first)
    for (let second = first + 1; second < links.length; ++second) {
      const [a, b] = links[first];
      const [c, d] = links[second];
      if (a.layer === c.layer && (a.order - c.order) * (b.order - d.order) < 0) ++crossings;
    }
  return crossings;
}

function placeLayers(layers) {
  let top = 0;
  for (const layer of layers) {
    const height = Math.max(...layer.map((node) => node.height));
    let x = 0;
    for (const node of layer) {
      node.x = x + node.width / 2;
      node.y = top + height / 2;
      x += node.width + GAP_X;
    }
    top += height + GAP_Y;
  }
  for (let sweep = 0; sweep < SWEEPS; ++sweep)
    for (const layer of sweep % 2 ? [...layers].reverse() : layers) {
      const wishes = layer.map((node) => {
        const near = [...node.above, ...node.below];
        return near.length ? mean(near.map(({ x }) => x)) : node.x;
      });
      spread(layer, wishes);
    }
  const left = Math.min(...layers.flat().map((node) => node.x - node.width / 2));
  for (const node of layers.flat()) node.x -= left;
}

/** The places nearest to `wishes` that keep order and gaps: neighbours that want to overlap share the mean. */
function spread(layer, wishes) {
  let offset = 0;
  const groups = [];
  layer.forEach((node, index) => {
    if (index) offset += (layer[index - 1].width + node.width) / 2 + GAP_X;
    groups.push({ sum: wishes[index] - offset, nodes: [[node, offset]] });
    while (groups.length > 1) {
      const [last, before] = [groups[groups.length - 1], groups[groups.length - 2]];
      if (before.sum / before.nodes.length <= last.sum / last.nodes.length) break;
      groups.splice(-2, 2, { sum: before.sum + last.sum, nodes: [...before.nodes, ...last.nodes] });
    }
  });
  for (const { sum, nodes } of groups) for (const [node, shift] of nodes) node.x = sum / nodes.length + shift;
}

/** Edges back to memories leave below, go around all boxes on the right, and come in from above. */
function routeBack(edges, boxes) {
  let right = Math.max(...boxes.map(({ x, width }) => x + width / 2));
  edges.forEach(({ from, to }, index) => {
    right += 14;
    const start = [from.x + from.width / 4, from.y + from.height / 2];
    const end = [to.x, to.y - to.height / 2];
    const [low, high] = [start[1] + 8 + 4 * index, end[1] - 12 - 4 * index];
    edges[index].points = [start, [start[0], low], [right, low], [right, high], [end[0], high], end];
  });
  return right;
}
