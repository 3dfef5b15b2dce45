/* Test images to pick in place of a drawing. */

import { fromBase64, paint } from "./bytes.js";
import { make } from "./dom.js";
import { notice } from "./notice.js";
import { read } from "./server.js";

const SHOWN = 20;

/** @typedef {{index: number, bytes: Uint8Array, height: number, width: number, name: string}} Picture */

/**
 * Make a row of test images.
 * @param {AbortSignal} signal
 * @param {(picture: Picture) => void} onPick
 */
export function picturesPanel(signal, onPick) {
  const row = make("div", { class: "pictures", role: "group", "aria-label": "Test images" });
  const told = make("p", { class: "aside", role: "status" });
  let from = 0;
  const unpick = () => {
    for (const one of row.querySelectorAll("[aria-pressed=true]")) one.setAttribute("aria-pressed", "false");
    told.textContent = "";
  };
  const pick = (button, picture) => {
    unpick();
    button.setAttribute("aria-pressed", "true");
    told.textContent = `Test image ${picture.index}: its class is ${picture.name}.`;
    onPick(picture);
  };
  const load = async () => {
    try {
      const found = await read(`/api/test-images?count=${SHOWN}&from=${from}`, signal);
      if (signal.aborted) return;
      row.replaceChildren(...found.images.map((image) => thumbnail(pictureOf(image, found), pick)));
      from = found.images.length < SHOWN ? 0 : from + SHOWN;
    } catch (error) {
      if (!signal.aborted) row.replaceChildren(notice(error, load));
    }
  };
  load();
  const more = make("button", { type: "button", onclick: load }, "Other images");
  const element = make(
    "section",
    { "aria-labelledby": "pictures-heading" },
    make("h2", { id: "pictures-heading" }, "Or pick a test image"),
    row,
    make("div", { class: "actions" }, more, told),
  );
  return { element, unpick };
}

function pictureOf(image, { height, width, class_names: names }) {
  return {
    index: image.index,
    bytes: fromBase64(image.pixels),
    height,
    width,
    name: names[image.label] ?? String(image.label),
  };
}

function thumbnail(picture, pick) {
  const canvas = make("canvas", { "aria-hidden": "true" });
  paint(canvas, picture.bytes, picture.height, picture.width);
  const button = make(
    "button",
    {
      type: "button",
      class: "picture",
      "aria-pressed": "false",
      "aria-label": `Test image ${picture.index}, class ${picture.name}`,
    },
    canvas,
  );
  button.addEventListener("click", () => pick(button, picture));
  return button;
}
