"use strict";
// Where the time of a run goes: by lines of the source and by loops of the code.

class ProfileData {
  constructor(data, links) {
    Object.assign(this, { data, links, profile: data.profile });
    const { samples, elsewhere, microseconds } = data.profile;
    this.microsecondsOfSample = samples ? microseconds / samples : 0;
    this.elsewhere = elsewhere * this.microsecondsOfSample;
    this.lines = this.sumLines();
    this.loops = this.sumLoops();
    this.level = this.findLevel();
  }

  /** Microseconds by line of the source; what was merged of several belongs to each in equal parts. */
  sumLines() {
    const lines = new Map();
    for (const [set, , samples] of this.profile.operations) {
      const origins = this.data.sets[set];
      for (const origin of origins) {
        const keys = new Set(this.data.origins[origin].map((place) => lineKey(...this.data.places[place])));
        const time = (samples * this.microsecondsOfSample) / origins.length;
        for (const key of keys) lines.set(key, (lines.get(key) ?? 0) + time);
      }
    }
    return lines;
  }

  /** What each loop takes and does without the loops within it, the slowest first. */
  sumLoops() {
    const loops = new Map();
    for (const [set, number, samples, operations, read, written] of this.profile.operations) {
      const known = loops.get(number) ?? { number, time: 0, operations: 0, read: 0, written: 0, sets: new Map() };
      known.time += samples * this.microsecondsOfSample;
      known.operations += operations;
      known.read += read;
      known.written += written;
      known.sets.set(set, (known.sets.get(set) ?? 0) + samples);
      loops.set(number, known);
    }
    const sorted = [...loops.values()].filter(({ time }) => time > 0).sort((a, b) => b.time - a.time);
    return sorted.map((loop) => this.describeLoop(loop));
  }

  describeLoop(loop) {
    const [name, depth] = loop.number < 0 ? ["outside of loops", 0] : this.profile.loops[loop.number];
    const sets = [...loop.sets].sort((a, b) => b[1] - a[1]).map(([set]) => set);
    const origins = new Set(sets.flatMap((set) => this.data.sets[set]));
    const statements = [...new Set([...origins].map((origin) => this.nameOfStatement(origin)))];
    const bytes = loop.read + loop.written;
    return {
      ...loop, name, depth, bytes, origins,
      what: statements.slice(0, 5).join(", ") + (statements.length > 5 ? ", …" : "") || "no line of the text",
      gigaflops: loop.operations / loop.time / 1000,
      gigabytes: bytes / loop.time / 1000,
      intensity: bytes ? loop.operations / bytes : Infinity,
    };
  }

  /** "c'" of the line "c' = f * c + i * g", or the line itself. */
  nameOfStatement(origin) {
    const [source, line] = this.links.statements[origin].split(":").map(Number);
    const text = this.data.sources[source].text?.split("\n")[line - 1]?.replace(/\/\/.*/, "").trim() ?? "";
    const name = /^([\w', ]+?) = /.exec(text)?.[1] ?? text;
    return name.length > 28 ? `${name.slice(0, 27)}…` : name;
  }

  /** The smallest cache that the weights fit in, or memory. */
  findLevel() {
    const { levels, weightBytes } = this.profile;
    return levels.find(([, size]) => size >= weightBytes) ?? levels[levels.length - 1];
  }

  /** Where a loop reads from: where the weights lie, unless it is faster than that; then from the next nearer cache. */
  findLevelOf({ gigabytes }) {
    const { levels } = this.profile;
    const nearer = levels.slice(0, levels.indexOf(this.level) + 1);
    return nearer.findLast(([, , bandwidth]) => gigabytes <= bandwidth) ?? nearer[0];
  }

  /** The share of what the processor could do: of its arithmetic, or of reading from where the loop reads. */
  shareOfLimit(loop) {
    const { operations, gigaflops, gigabytes, intensity } = loop;
    const [name, , bandwidth] = this.findLevelOf(loop);
    if (!operations) return { share: gigabytes / bandwidth, what: name };
    const reading = intensity * bandwidth;
    const isBusy = this.profile.gigaflops <= reading;
    return { share: gigaflops / Math.min(this.profile.gigaflops, reading), what: isBusy ? "arithmetic" : name };
  }

  /** What stands beside a line of the source: its share of the time. */
  drawBesideLine({ source, line }) {
    const time = line === undefined ? 0 : this.lines.get(lineKey(source, line)) ?? 0;
    const share = time / this.profile.microseconds;
    if (share < 0.0005) return make("span", { class: "heat" });
    return make("span",
      { class: "heat", style: `--share: ${Math.min(share, 1) * 100}%`, title: `${formatTime(time / 1000)} of a run` },
      `${(share * 100).toFixed(1)}%`);
  }
}

/** "A run of 20 steps takes 40 µs, 2.0 µs a step". */
function describeRun({ entry, threads, count, microseconds }) {
  const unit = entry === "generate" ? "token" : "step";
  const what = count ? ` of ${formatCount(count)} ${unit}s` : "";
  const manner = entry === "step" ? ", one by one," : "";
  const each = count ? `, ${formatTime(microseconds / 1000 / count)} a ${unit}` : "";
  return `A run${what}${manner}${threads > 1 ? ` on ${threads} threads` : ""} takes ${formatTime(microseconds / 1000)}${each}`;
}

/** Loops that take less of a run are summed up. */
const SMALL = 0.004;

/** The page with the loops and the roofline, as a picture that a pane shows. */
class ProfilePicture {
  constructor(app) {
    this.app = app;
    this.rows = [];
  }

  showIn(element) {
    const { profile } = this.app;
    const { samples, weightBytes, threads } = profile.profile;
    const outside = formatTime(profile.elsewhere / 1000) + " of it outside of the model's code" +
      (threads > 1 ? ", as where threads wait for each other. " : ". ");
    const facts = `${describeRun(profile.profile)}; ${formatCount(samples)} samples, ${outside}` +
      `Weights: ${formatBytes(weightBytes)}, which fit in ${profile.level[0]}.`;
    element.replaceChildren(make("div", { class: "profile" },
      make("p", {}, facts), this.drawTable(), drawRoofline(this.app, profile), make("p", { class: "quiet" },
        "Reads and writes are those that the instructions ask for, whichever cache answers: the limit is where the weights " +
        "lie, or for what is faster than that the next nearer cache. A fused multiply-add is two " +
        `operations. Bandwidths and peak were measured with ${threads > 1 ? `${threads} threads` : "one thread"} on this processor.`)));
    this.mark(this.app.selection);
  }

  drawTable() {
    const titles = ["time", "share", "computes", "of its limit", "GFLOP/s", "GB/s", "reads", "writes", "loop"];
    const table = make("table", {}, make("thead", {}, make("tr", {}, ...titles.map((title) => make("th", {}, title)))));
    const body = make("tbody");
    const { loops, profile } = this.app.profile;
    const [large, small] = [true, false].map((isLarge) => loops.filter(({ time }) => time >= SMALL * profile.microseconds === isLarge));
    this.rows = large.map((loop) => {
      const row = this.drawLoop(loop);
      row.addEventListener("mouseenter", () => this.app.hoverOrigins(loop.origins));
      row.addEventListener("mouseleave", () => this.app.hover(null));
      row.addEventListener("click", () => this.app.pinOrigins(loop.origins));
      body.append(row);
      return { row, loop };
    });
    const rest = small.reduce((sum, { time }) => sum + time, 0);
    body.append(make("tr", {}, make("td", {}, formatTime(rest / 1000)), make("td"),
      make("td", { class: "name" }, `${small.length} others`)));
    table.append(body);
    return table;
  }

  drawLoop(loop) {
    const { profile } = this.app;
    const share = loop.time / profile.profile.microseconds;
    const limit = profile.shareOfLimit(loop);
    const cell = (text, attributes = {}) => make("td", attributes, text);
    const number = (value) => (value ? (value < 10 ? value.toFixed(1) : Math.round(value)) : "");
    return make("tr", { title: `${loop.name}, ${loop.depth} loops deep` },
      cell(formatTime(loop.time / 1000)),
      cell(`${(share * 100).toFixed(1)}%`, { class: "heat", style: `--share: ${Math.min(share, 1) * 100}%` }),
      cell(loop.what, { class: "name" }),
      cell(loop.bytes || loop.operations ? `${Math.round(limit.share * 100)}% of ${limit.what}` : ""),
      cell(number(loop.gigaflops)), cell(number(loop.gigabytes)),
      cell(loop.read ? formatBytes(loop.read) : ""), cell(loop.written ? formatBytes(loop.written) : ""),
      cell(`${"· ".repeat(Math.max(loop.depth - 1, 0))}${loop.name.replace(`${this.app.inspection.data.model}_`, "")}`, { class: "name" }));
  }

  mark(selection) {
    for (const { row, loop } of this.rows)
      row.classList.toggle("strong", !!selection && [...loop.origins].some((origin) => selection.strong.has(origin)));
  }
}

// The roofline of Williams, Waterman and Patterson, 2009: what a loop could do with the arithmetic it makes of a byte

const ROOF = { width: 640, height: 340, left: 52, bottom: 40, right: 16, top: 16 };

function drawRoofline(app, { profile, loops }) {
  const shown = loops.filter(({ operations, bytes, time }) => operations && bytes && time >= SMALL * profile.microseconds);
  const [low, high] = [1 / 64, 64];
  const peak = profile.gigaflops * 1.6;
  const floor = Math.min(0.2, ...shown.map(({ gigaflops }) => gigaflops / 2));
  const scale = (value, from, to, start, end) => start + (Math.log(value / from) / Math.log(to / from)) * (end - start);
  const x = (intensity) => scale(Math.min(Math.max(intensity, low), high), low, high, ROOF.left, ROOF.width - ROOF.right);
  const y = (gigaflops) => scale(Math.max(gigaflops, floor), floor, peak, ROOF.height - ROOF.bottom, ROOF.top);

  const picture = svg("svg", { class: "roofline", width: ROOF.width, height: ROOF.height, xmlns: "http://www.w3.org/2000/svg" });
  const text = (at, content, attributes = {}) => picture.append(svg("text", { x: at[0], y: at[1], ...attributes }, content));
  picture.append(svg("style", {}, PICTURE_STYLE));
  for (let power = -6; power <= 6; power += 2) {
    const at = x(2 ** power);
    picture.append(svg("line", { x1: at, x2: at, y1: ROOF.top, y2: ROOF.height - ROOF.bottom, class: "grid" }));
    text([at, ROOF.height - ROOF.bottom + 15], power < 0 ? `1/${2 ** -power}` : String(2 ** power), { class: "detail", "text-anchor": "middle" });
  }
  for (let value = 1; value < peak; value *= 10) {
    picture.append(svg("line", { x1: ROOF.left, x2: ROOF.width - ROOF.right, y1: y(value), y2: y(value), class: "grid" }));
    text([ROOF.left - 6, y(value) + 4], String(value), { class: "detail", "text-anchor": "end" });
  }
  text([(ROOF.left + ROOF.width) / 2, ROOF.height - 6], "operations for each byte read or written", { class: "detail", "text-anchor": "middle" });
  text([ROOF.left, ROOF.top - 4], "GFLOP/s", { class: "detail", "text-anchor": "middle" });
  for (const [name, , bandwidth] of profile.levels) {
    const start = Math.max(low, floor / bandwidth);
    const knee = Math.min(profile.gigaflops / bandwidth, high);
    picture.append(svg("path", { class: "roof", d: `M ${x(start)} ${y(start * bandwidth)} L ${x(knee)} ${y(knee * bandwidth)}` }));
    const at = start * (knee / start) ** 0.35;
    const [left, top] = [x(at), y(at * bandwidth)];
    const angle = (Math.atan2(y(knee * bandwidth) - top, x(knee) - left) * 180) / Math.PI;
    const place = { transform: `translate(${left} ${top}) rotate(${angle})` };
    picture.append(svg("text", { class: "label", y: -4, ...place }, `${name}: ${Math.round(bandwidth)} GB/s`));
  }
  const lowestKnee = profile.gigaflops / Math.max(...profile.levels.map(([, , bandwidth]) => bandwidth));
  picture.append(svg("path", { class: "roof", d: `M ${x(lowestKnee)} ${y(profile.gigaflops)} L ${x(high)} ${y(profile.gigaflops)}` }));
  text([x(high), y(profile.gigaflops) - 6], `peak: ${Math.round(profile.gigaflops)} GFLOP/s`, { class: "detail", "text-anchor": "end" });
  for (const loop of shown) picture.append(drawRoofDot(app, loop, x(loop.intensity), y(loop.gigaflops), profile.microseconds));
  return picture;
}

/** A loop, as large as the time it takes. */
function drawRoofDot(app, loop, x, y, microseconds) {
  const dot = svg("circle", { class: "dot", cx: x, cy: y, r: 4 + 16 * Math.sqrt(loop.time / microseconds) });
  dot.append(svg("title", {}, `${loop.what}: ${loop.gigaflops.toFixed(1)} GFLOP/s, ${loop.gigabytes.toFixed(1)} GB/s`));
  dot.addEventListener("mouseenter", () => app.hoverOrigins(loop.origins));
  dot.addEventListener("mouseleave", () => app.hover(null));
  dot.addEventListener("click", () => app.pinOrigins(loop.origins));
  return dot;
}
