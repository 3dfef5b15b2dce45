/* The drawing pad: draw, and see what every network makes of it. */

import { enlarged, fromBase64, paint, toBase64 } from "./bytes.js";
import { padCanvas } from "./canvas.js";
import { make, quietVoice } from "./dom.js";
import { latest, settled } from "./latest.js";
import { notice } from "./notice.js";
import { answersPanel } from "./pad_answers.js";
import { layersPanel } from "./pad_layers.js";
import { picturesPanel } from "./pad_pictures.js";
import { hand, tell } from "./server.js";

const SIZE = 280;
const HELP =
  "Draw with mouse, finger or pen. By keyboard: the arrow keys move the pen (with Shift by small steps), Space puts it " +
  "down and lifts it, Ctrl+Z takes back, Escape clears.";
const CALM = 900; // milliseconds without a new answer before one is read aloud

/** @param {import("./router.js").Place} place */
export function padView(place) {
  const { signal } = place;
  const study = /^\d+$/.test(place.argument) ? { study: Number(place.argument) } : {};
  const parts = {
    pad: make("div", { class: "pad-square" }),
    heard: make("p", { class: "unseen", role: "status" }),
    seen: seenPanel(),
    answers: answersPanel(),
    trouble: make("div", {}),
    voice: quietVoice(),
  };
  const layers = layersPanel(signal);
  const aloud = settled((text) => (parts.voice.textContent = text), CALM, signal);
  const ask = latest(
    (body) => tell("/api/pad", body, signal),
    (answer, body) => {
      if (signal.aborted) return;
      parts.trouble.replaceChildren();
      parts.seen.show(answer);
      parts.answers.show(answer, body.truth);
      layers.show(answer, body);
      aloud(answer.empty ? "" : parts.answers.told());
    },
    (error) => {
      if (!signal.aborted) parts.trouble.replaceChildren(notice(error));
    },
  );
  const drawn = (pixels) => ask({ pixels: toBase64(pixels), ...study });
  const pad = padCanvas(parts.pad, {
    onChange: (pixels) => {
      pictures.unpick();
      drawn(pixels);
    },
    onSay: (text) => (parts.heard.textContent = text),
    describedBy: "pad-help",
  });
  const pictures = picturesPanel(signal, (image) => {
    pad.show(enlarged(image.bytes, image.height, image.width, SIZE));
    ask(withTruth({ image: image.index, ...study }, image.name));
  });
  const drawnElsewhere = (pixels) => {
    pictures.unpick();
    pad.show(pixels);
    drawn(pixels);
  };
  place.element.append(
    make("p", { class: "lead" }, "Draw a digit. Every network answers while you draw."),
    bench(parts, pad, upload(signal, drawnElsewhere, parts.trouble)),
    parts.voice,
    pictures.element,
    parts.answers.element,
    layers.element,
  );
  drawn(pad.greys());
}

/** What stands side by side: the pad, the answers in short, and what the networks see. */
function bench(parts, pad, ownImage) {
  const draw = make(
    "section",
    { "aria-labelledby": "draw-heading", class: "draw" },
    make("h2", { id: "draw-heading" }, "Your drawing"),
    parts.pad,
    parts.heard,
    make("div", { class: "actions" }, button("Clear", pad.clear), button("Undo", pad.undo), ownImage),
    make("p", { class: "aside", id: "pad-help" }, HELP),
    parts.trouble,
  );
  return make("div", { class: "bench" }, draw, parts.answers.digest, parts.seen.element);
}

function button(name, onclick) {
  return make("button", { type: "button", onclick }, name);
}

/** Keep the truth beside a question without sending it. */
function withTruth(body, truth) {
  return Object.defineProperty(body, "truth", { value: truth, enumerable: false });
}

function seenPanel() {
  const canvas = make("canvas", {
    class: "seen",
    width: "28",
    height: "28",
    role: "img",
    "aria-label": "What the networks see",
  });
  const told = make("p", { class: "aside" });
  const element = make(
    "section",
    { "aria-labelledby": "seen-heading", class: "see" },
    make("h2", { id: "seen-heading" }, "What the networks see"),
    canvas,
    told,
  );
  const show = ({ seen, height, width, empty, milliseconds }) => {
    paint(canvas, fromBase64(seen), height, width);
    const size = `${height} x ${width} pixels`;
    canvas.setAttribute(
      "aria-label",
      empty ? `What the networks see: nothing, ${size}` : `What the networks see: your image in ${size}`,
    );
    told.textContent = empty
      ? `${size}, all of them empty.`
      : `${size}, from 0 (black) to 255 (white). Answered in ${milliseconds.toFixed(1)} ms.`;
  };
  return { element, show };
}

function upload(signal, onPixels, trouble) {
  const input = make("input", {
    type: "file",
    accept: "image/png,image/jpeg",
    class: "unseen",
    id: "upload",
    onchange: async () => {
      const [file] = input.files;
      if (!file) return;
      input.value = ""; // so that the same file can be chosen again
      try {
        const { pixels } = await hand("/api/upload", file, signal);
        onPixels(fromBase64(pixels));
      } catch (error) {
        if (!signal.aborted) trouble.replaceChildren(notice(error));
      }
    },
  });
  return make(
    "span",
    { class: "upload" },
    input,
    make("label", { for: "upload", class: "button" }, "Upload a PNG or JPEG"),
  );
}
