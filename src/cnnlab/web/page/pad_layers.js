/* What each layer of a chosen run makes of the drawing. */

import { fromBase64, paint } from "./bytes.js";
import { make } from "./dom.js";
import { latest, settled } from "./latest.js";
import { notice } from "./notice.js";
import { tell } from "./server.js";
import { four, plural, sizes } from "./words.js";

const MOST_MAPS = 64;
const NOTHING = "Draw something, and each layer shows what it makes of it.";
const PAUSE = 120; // milliseconds: the layers follow the pen at a distance

/**
 * Make the panel of layers.
 * @param {AbortSignal} signal
 */
export function layersPanel(signal) {
  const runs = make("select", {});
  const place = make("div", { class: "layers" });
  let known = "";
  let drawing = null;
  let shown = [];
  const ask = latest(
    ({ body, run }) => tell("/api/pad/layers", { ...body, run }, signal),
    ({ layers }) => {
      if (signal.aborted || !drawing) return;
      shown = fitting(shown, layers) ? shown : layers.map(layerFigure);
      if (place.firstElementChild !== shown[0]?.element) place.replaceChildren(...shown.map((one) => one.element));
      layers.forEach((layer, at) => shown[at].show(layer));
    },
    (error) => {
      if (!signal.aborted) place.replaceChildren(notice(error));
    },
  );
  const soon = settled(
    () => {
      if (drawing && runs.value) ask({ body: drawing, run: runs.value });
    },
    PAUSE,
    signal,
  );
  runs.addEventListener("change", soon);
  const show = (answer, body) => {
    const now = JSON.stringify(answer.answers.map((one) => [one.architecture, one.seeds.map((seed) => seed.run)]));
    if (now !== known) fillRuns(runs, answer.answers);
    known = now;
    drawing = answer.empty ? null : body;
    if (drawing) soon();
    else place.replaceChildren(make("p", { class: "quiet" }, NOTHING));
  };
  return { element: framed(runs, place), show };
}

function framed(runs, place) {
  return make(
    "section",
    { "aria-labelledby": "layers-heading" },
    make("h2", { id: "layers-heading" }, "Inside a network"),
    make("div", { class: "filters" }, make("label", {}, "Run", runs)),
    make(
      "p",
      { class: "aside" },
      "Each square is what one filter made of your image. Black is the lowest number of the layer, white the highest.",
    ),
    place,
  );
}

function fillRuns(runs, answers) {
  const before = runs.value;
  runs.replaceChildren(
    ...answers.map((one) =>
      make(
        "optgroup",
        { label: `${one.architecture} (${one.study})` },
        ...one.seeds.map((seed) =>
          make(
            "option",
            { value: seed.run, selected: seed.run === before },
            `${one.architecture}, seed ${seed.seed}`,
          ),
        ),
      ),
    ),
  );
}

function fitting(shown, layers) {
  return shown.length === layers.length && layers.every((layer, at) => shown[at].key === keyOf(layer));
}

function keyOf(layer) {
  return JSON.stringify([layer.name, layer.kind, layer.shape]);
}

function layerFigure(layer) {
  const flat = layer.shape.length === 1;
  const [height, width, channels] = flat ? [1, layer.shape[0], 1] : layer.shape;
  const maps = Array.from({ length: Math.min(channels, MOST_MAPS) }, () =>
    make("canvas", { "aria-hidden": "true", class: flat ? "strip" : "map" }),
  );
  if (flat) maps[0].style.maxWidth = `${Math.max(2, Math.min(24, 900 / width)) * width}px`;
  const told = make("span", { class: "aside" });
  const more =
    channels > MOST_MAPS ? make("p", { class: "aside" }, `and ${plural(channels - MOST_MAPS, "map")} more`) : null;
  const element = make(
    "figure",
    { class: "layer" },
    make(
      "figcaption",
      {},
      make("strong", {}, layer.name),
      " ",
      make("span", { class: "aside" }, `${layer.kind}, ${flat ? plural(width, "number") : sizes(layer.shape)}`),
      told,
    ),
    make("div", { class: "maps" }, ...maps),
    more,
  );
  const show = (fresh) => {
    const bytes = fromBase64(fresh.maps);
    maps.forEach((canvas, at) =>
      paint(canvas, bytes.subarray(at * height * width, (at + 1) * height * width), height, width),
    );
    told.textContent = `, from ${four(fresh.low)} to ${four(fresh.high)}`;
  };
  return { element, show, key: keyOf(layer) };
}
