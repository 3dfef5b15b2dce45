/* Curves over the epochs: validation and training told apart by stroke, marker and name; a thin line for each seed. */

import { draw, freshId, make } from "./dom.js";
import { epochTicks, span, tickText, ticks } from "./scale.js";
import { four } from "./words.js";

/** The two kinds of curve; `key` of an epoch's row. */
export const MEASURES = {
  loss: { title: "Loss", validation: "val_loss", training: "loss", always: { from: 0 } },
  accuracy: { title: "Accuracy", validation: "val_accuracy", training: "accuracy", always: {} },
};
const KINDS = ["training", "validation"]; // the last one drawn lies on top
const NAMES = { training: "Training", validation: "Validation" };
const HEIGHT = 240;
const EDGE = { left: 44, right: 90, top: 12, bottom: 34 };
export const MOST_SEEDS = 20;
const MOST_MARKERS = 40; // more on one line hide it

/** @typedef {{width: number, epochs: number, low: number, high: number}} Frame */

/**
 * Make a drawing of curves that redraws itself at the width it has.
 * @param {"loss" | "accuracy"} measure
 * @param {string} name  Of the architecture.
 * @returns {{element: HTMLElement, show: (runs: any[], epochs: number, bounds: [number, number]) => void}}
 */
export function curves(measure, name) {
  const element = make("div", { class: "curves" });
  let latest = null;
  let width = 0;
  const redraw = () => {
    if (latest && width > 0) element.replaceChildren(drawn(measure, name, width, ...latest));
  };
  new ResizeObserver((entries) => {
    const found = Math.round(entries[0].contentRect.width);
    if (found === width) return;
    width = found;
    redraw();
  }).observe(element);
  return {
    element,
    show: (...shown) => {
      latest = shown;
      redraw();
    },
  };
}

/**
 * The span of a measure over some runs.
 * @param {"loss" | "accuracy"} measure
 * @param {any[]} runs
 * @returns {[number, number]}
 */
export function bounds(measure, runs) {
  const { validation, training, always } = MEASURES[measure];
  const values = runs.flatMap((run) => [...run.history.values()].flatMap((row) => [row[validation], row[training]]));
  return span(values.filter(Number.isFinite), always);
}

function drawn(measure, name, width, runs, epochs, [low, high]) {
  const frame = { width, epochs, low, high };
  const [title, description] = [freshId("title"), freshId("description")];
  return draw(
    "svg",
    {
      viewBox: `0 0 ${width} ${HEIGHT}`,
      width,
      height: HEIGHT,
      role: "img",
      "aria-labelledby": `${title} ${description}`,
    },
    draw("title", { id: title }, `${name}: ${MEASURES[measure].title.toLowerCase()}`),
    draw("desc", { id: description }, described(measure, runs)),
    axes(measure, frame),
    ...KINDS.flatMap((kind) => runs.slice(0, MOST_SEEDS).map((run) => line(measure, kind, run, frame, runs.length))),
    ...labels(measure, runs.slice(0, MOST_SEEDS), frame),
  );
}

function across(frame, epoch) {
  const room = frame.width - EDGE.left - EDGE.right;
  return EDGE.left + (frame.epochs > 1 ? ((epoch - 1) / (frame.epochs - 1)) * room : room / 2);
}

function up(frame, value) {
  const part = (value - frame.low) / (frame.high - frame.low);
  return HEIGHT - EDGE.bottom - part * (HEIGHT - EDGE.top - EDGE.bottom);
}

function axes(measure, frame) {
  const floor = HEIGHT - EDGE.bottom;
  const right = frame.width - EDGE.right;
  const values = ticks(frame.low, frame.high, 5);
  const step = values.length > 1 ? values[1] - values[0] : 0.1;
  const lines = values.map((value) =>
    draw("line", { class: "grid", x1: EDGE.left, x2: right, y1: up(frame, value), y2: up(frame, value) }),
  );
  const texts = values.map((value) =>
    draw("text", { class: "tick end", x: EDGE.left - 8, y: up(frame, value) + 4 }, tickText(value, step)),
  );
  const below = epochTicks(frame.epochs, Math.max(2, Math.floor((right - EDGE.left) / 50)));
  const epochs = below.map((epoch) =>
    draw("text", { class: "tick middle", x: across(frame, epoch), y: floor + 16 }, epoch),
  );
  return draw(
    "g",
    { "aria-hidden": "true" },
    ...lines,
    draw("line", { class: "axis", x1: EDGE.left, x2: right, y1: floor, y2: floor }),
    ...texts,
    ...epochs,
    draw("text", { class: "tick end", x: right, y: HEIGHT - 2 }, "epoch"),
  );
}

function line(measure, kind, run, frame, seeds) {
  const points = pointsOf(run, MEASURES[measure][kind]);
  const parts = points.map(
    ({ epoch, value, begins }) =>
      `${begins ? "M" : "L"}${across(frame, epoch).toFixed(1)} ${up(frame, value).toFixed(1)}`,
  );
  const markers = points.length > MOST_MARKERS ? points.slice(-1) : points;
  const size = seeds > 1 ? 2.25 : 3.25;
  return draw(
    "g",
    { class: `curve ${kind} ${seeds > 1 ? "thin" : "alone"}`, "data-run": run.id, "data-kind": kind },
    draw("path", { d: parts.join("") }),
    ...markers.map((point) => marker(kind, run, point, frame, size)),
  );
}

/** The finite points of a run; `begins` where the one before is missing. */
function pointsOf(run, key) {
  const rows = [...run.history.values()].sort((one, other) => one.epoch - other.epoch);
  const points = rows
    .filter((row) => Number.isFinite(row[key]))
    .map((row) => ({ epoch: row.epoch, value: row[key] }));
  return points.map((point, at) => ({ ...point, begins: points[at - 1]?.epoch !== point.epoch - 1 }));
}

function marker(kind, run, { epoch, value }, frame, size) {
  const [x, y] = [across(frame, epoch), up(frame, value)];
  const told = draw("title", {}, `${NAMES[kind]}, seed ${run.seed}, epoch ${epoch}: ${four(value)}`);
  if (kind === "validation") return draw("circle", { cx: x, cy: y, r: size, "data-epoch": epoch }, told);
  return draw("rect", { x: x - size, y: y - size, width: 2 * size, height: 2 * size, "data-epoch": epoch }, told);
}

/** Write each kind's name where its curves end, apart from each other. */
function labels(measure, runs, frame) {
  const ends = KINDS.map((kind) => ({ kind, y: meanEnd(runs, MEASURES[measure][kind], frame) })).filter(
    ({ y }) => y !== null,
  );
  if (ends.length === 2 && Math.abs(ends[0].y - ends[1].y) < 16) {
    const middle = (ends[0].y + ends[1].y) / 2;
    const sign = ends[0].y > ends[1].y ? 1 : -1;
    [ends[0].y, ends[1].y] = [middle + 8 * sign, middle - 8 * sign];
  }
  // A name on the axis would strike it through, and cover the last epoch's number.
  const over = Math.max(0, ...ends.map(({ y }) => y - (HEIGHT - EDGE.bottom - 9)));
  for (const end of ends) end.y -= over;
  const last = Math.max(1, ...runs.flatMap((run) => [...run.history.keys()]));
  return ends.map(({ kind, y }) =>
    draw(
      "text",
      { class: `label ${kind}`, x: across(frame, last) + 9, y: y + 4, "aria-hidden": "true" },
      NAMES[kind],
    ),
  );
}

function meanEnd(runs, key, frame) {
  const ends = runs.map((run) => pointsOf(run, key).at(-1)?.value).filter((value) => value !== undefined);
  return ends.length ? up(frame, ends.reduce((one, other) => one + other, 0) / ends.length) : null;
}

/** Say in words what the drawing shows, for those who do not see it. */
function described(measure, runs) {
  const told = runs
    .filter((run) => run.history.size)
    .slice(0, MOST_SEEDS)
    .map((run) => {
      const row = run.history.get(Math.max(...run.history.keys()));
      const { validation, training } = MEASURES[measure];
      const numbers = `validation ${four(row[validation])}, training ${four(row[training])}`;
      return `Seed ${run.seed} after epoch ${row.epoch}: ${numbers}.`;
    });
  return told.join(" ") || "No epoch is finished yet.";
}

/**
 * The numbers that a drawing shows.
 * @param {"loss" | "accuracy"} measure
 * @param {any[]} runs
 */
export function curveNumbers(measure, runs) {
  const { validation, training } = MEASURES[measure];
  const epochs = [...new Set(runs.flatMap((run) => [...run.history.keys()]))].sort((one, other) => one - other);
  const heads = ["Epoch", ...runs.flatMap((run) => [`seed ${run.seed} validation`, `seed ${run.seed} training`])];
  const rows = epochs.map((epoch) => [
    String(epoch),
    ...runs.flatMap((run) => {
      const row = run.history.get(epoch);
      return [four(row?.[validation]), four(row?.[training])];
    }),
  ]);
  return { heads, rows };
}
