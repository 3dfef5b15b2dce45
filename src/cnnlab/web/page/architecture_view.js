/* Networks: all that are known, and one of them layer by layer. */

import { link, make } from "./dom.js";
import { read } from "./server.js";
import { drawing } from "./svg.js";
import { scrolled, table } from "./table.js";
import { count, plural, sizes } from "./words.js";

const ORIGIN = { zoo: "the zoo", store: "a stored study" };

/** @param {import("./router.js").Place} place */
export async function architecturesView(place) {
  const { architectures } = await read("/api/architectures", place.signal);
  if (place.signal.aborted) return;
  const rows = architectures.map((one) => [
    link("architecture", one.name, one.name),
    count(one.layers),
    count(one.parameters),
    count(one.madds),
    ORIGIN[one.from] ?? one.from,
  ]);
  const heads = ["Architecture", "Layers", "Parameters", "Multiply-adds", { text: "From", wide: true }];
  place.element.append(
    make(
      "p",
      { class: "lead" },
      "The networks that this machine knows: those of the zoo, and those of stored studies.",
    ),
    table(heads, rows, { label: "Architectures" }),
    make("p", { class: "aside" }, "Multiply-adds are those of the forward pass of one image."),
  );
}

/** @param {import("./router.js").Place} place */
export async function architectureView(place) {
  place.title(place.argument);
  const found = await read(`/api/architectures/${encodeURIComponent(place.argument)}`, place.signal);
  if (place.signal.aborted) return;
  place.title(found.name);
  const parts = `${plural(found.summary.length, "layer")}, ${plural(found.parameters, "parameter")}`;
  const costs = `${parts}, ${count(found.madds)} multiply-adds for an image.`;
  place.element.append(make("p", { class: "lead" }, costs), drawingSection(found), layersSection(found));
}

function drawingSection(found) {
  const picture = drawing(found.drawing ?? "");
  const shown = picture
    ? make(
        "figure",
        { class: "figure" },
        scrolled(make("div", { class: "plan" }, picture), `Drawing of ${found.name}`),
        make(
          "figcaption",
          {},
          "What flows through the network, layer by layer. The table below has the same in numbers.",
        ),
      )
    : make("p", {}, "There is no drawing of this network.");
  return make(
    "section",
    { "aria-labelledby": "drawing-heading" },
    make("h2", { id: "drawing-heading" }, "Drawing"),
    shown,
  );
}

function layersSection(found) {
  const branched = found.summary.some(
    (layer, at) => layer.inputs.length > 1 || (at > 0 && layer.inputs[0] !== found.summary[at - 1].name),
  );
  const rows = found.summary.map((layer) => [
    make("span", {}, layer.name, make("small", {}, layer.kind)),
    sizes(layer.shape),
    shared(layer.parameters, found.parameters),
    shared(layer.madds, found.madds),
    layer.receptive_field === null ? "-" : sizes(layer.receptive_field),
    ...(branched ? [layer.inputs.join(", ")] : []),
  ]);
  const heads = ["Layer", "Output shape", "Parameters", "Multiply-adds", "Receptive field"];
  if (branched) heads.push({ text: "Connected to", wide: true });
  return make(
    "section",
    { "aria-labelledby": "layers-heading" },
    make("h2", { id: "layers-heading" }, "Layers"),
    table(heads, rows, { label: `Layers of ${found.name}` }),
    make(
      "p",
      { class: "aside" },
      "Shares are of the whole network. The receptive field is the part of the image that one number sees.",
    ),
  );
}

/** A count, and its share of the whole beneath where that says something. */
function shared(value, whole) {
  const share = whole > 0 ? (100 * value) / whole : 0;
  const text = share >= 0.5 ? `${share.toFixed(0)} %` : null;
  return make("span", {}, count(value), text ? make("small", {}, text) : null);
}
