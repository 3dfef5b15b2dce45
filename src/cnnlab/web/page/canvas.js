/* A field to draw in, with mouse, touch, pen or keyboard. It knows nothing of networks. */

import { make } from "./dom.js";

const SIZE = 280;
const INK = 22; // as wide as a stroke of MNIST's, ten times enlarged
const STEP = 7; // of the keyboard's cursor; with Shift three times that
const REST = 600; // milliseconds of rest before the place of the pen is read aloud
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HELP =
  "Draw with mouse, finger or pen. With the keyboard: arrow keys move the pen (Shift: faster), " +
  "Space puts it down and lifts it, Escape clears.";

/**
 * @typedef {object} Pad
 * @property {() => Uint8Array} greys  280 rows of 280 bytes: 0 is empty, 255 is ink.
 * @property {(greys: Uint8Array) => void} show  Show another drawing; does not call `onChange`.
 * @property {() => void} clear  Calls `onChange`.
 */

/**
 * Fill an element with a field to draw in.
 * @param {HTMLElement} element
 * @param {{onChange: (greys: Uint8Array) => void}} hands  Called in each frame with new ink, and as the pen lifts.
 * @returns {Pad}
 */
export function padCanvas(element, { onChange }) {
  const sheet = make("canvas", {
    width: SIZE,
    height: SIZE,
    class: "sheet",
    tabindex: "0",
    role: "application",
    "aria-roledescription": "drawing pad",
    "aria-label": "Drawing pad",
    "aria-describedby": "pad-help",
  });
  const cursor = make("span", { class: "pen", "aria-hidden": "true", hidden: true });
  const voice = make("p", { class: "unseen", role: "status" });
  element.append(
    make("div", { class: "field-to-draw" }, sheet, cursor),
    make("p", { class: "aside", id: "pad-help" }, HELP),
    voice,
  );
  const paper = sheet.getContext("2d", { willReadFrequently: true });
  const greys = () => inkOf(paper);
  const changes = changing(() => onChange(greys()));
  const clear = () => {
    blank(paper);
    changes.now();
  };
  blank(paper);
  listenToPointer(sheet, paper, changes);
  listenToKeys({ sheet, paper, cursor, voice, changes, clear });
  return { greys, clear, show: (bytes) => paper.putImageData(imageOf(bytes), 0, 0) };
}

/** Tell of changes once in a frame; at once where the pen lifts. */
function changing(act) {
  let open = 0;
  const now = () => {
    cancelAnimationFrame(open);
    open = 0;
    act();
  };
  return {
    now,
    soon: () => {
      open ||= requestAnimationFrame(now);
    },
    flush: () => {
      if (open) now();
    },
  };
}

function listenToPointer(sheet, paper, changes) {
  let last = null;
  sheet.addEventListener("pointerdown", (event) => {
    if (last || event.button !== 0) return;
    sheet.setPointerCapture(event.pointerId);
    last = { ...at(sheet, event), id: event.pointerId };
    stroke(paper, last, last);
    changes.soon();
  });
  sheet.addEventListener("pointermove", (event) => {
    if (last?.id !== event.pointerId) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) {
      const next = { ...at(sheet, one), id: event.pointerId };
      stroke(paper, last, next);
      last = next;
    }
    changes.soon();
  });
  for (const name of ["pointerup", "pointercancel"]) {
    sheet.addEventListener(name, (event) => {
      if (last?.id !== event.pointerId) return;
      last = null;
      changes.flush();
    });
  }
}

function listenToKeys({ sheet, paper, cursor, voice, changes, clear }) {
  const pen = penOf({ paper, cursor, voice, changes });
  const act = (event) => {
    const arrow = ARROWS[event.key];
    if (arrow) pen.move(arrow, event.shiftKey ? 3 * STEP : STEP);
    else if (event.key === " ") pen.toggle();
    else if (event.key === "Escape") pen.wipe(clear);
    else return false;
    return true;
  };
  sheet.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !act(event)) return;
    event.preventDefault();
    pen.show();
  });
  sheet.addEventListener("focus", () => {
    if (sheet.matches(":focus-visible")) pen.show();
  });
  sheet.addEventListener("pointerdown", pen.hide);
  sheet.addEventListener("blur", pen.hide);
}

/** The pen that the keyboard moves. */
function penOf({ paper, cursor, voice, changes }) {
  const pen = { x: SIZE / 2, y: SIZE / 2, down: false };
  let timer = 0;
  const say = (text) => {
    clearTimeout(timer);
    voice.textContent = text;
  };
  const ink = (before) => {
    if (!pen.down) return;
    stroke(paper, before, pen);
    changes.now();
  };
  return {
    show: () => show(cursor, pen),
    hide: () => {
      pen.down = false;
      cursor.hidden = true;
    },
    move: ([x, y], step) => {
      const before = { ...pen };
      Object.assign(pen, { x: within(pen.x + x * step), y: within(pen.y + y * step) });
      ink(before);
      clearTimeout(timer);
      timer = setTimeout(() => say(`Column ${place(pen.x)}, row ${place(pen.y)} of 28`), REST);
    },
    toggle: () => {
      pen.down = !pen.down;
      say(pen.down ? "Pen down" : "Pen lifted");
      ink(pen);
    },
    wipe: (clear) => {
      pen.down = false;
      clear();
      say("Cleared");
    },
  };
}

function show(cursor, pen) {
  cursor.hidden = false;
  cursor.classList.toggle("down", pen.down);
  cursor.style.left = `${(100 * pen.x) / SIZE}%`;
  cursor.style.top = `${(100 * pen.y) / SIZE}%`;
}

function within(value) {
  return Math.min(SIZE - 1, Math.max(0, value));
}

function place(value) {
  return Math.floor(value / 10) + 1;
}

function at(sheet, event) {
  const box = sheet.getBoundingClientRect();
  return { x: ((event.clientX - box.left) / box.width) * SIZE, y: ((event.clientY - box.top) / box.height) * SIZE };
}

function blank(paper) {
  paper.fillStyle = "#000";
  paper.fillRect(0, 0, SIZE, SIZE);
}

function stroke(paper, from, to) {
  paper.strokeStyle = "#fff";
  paper.lineWidth = INK;
  paper.lineCap = "round";
  paper.beginPath();
  paper.moveTo(from.x, from.y);
  paper.lineTo(to.x, to.y + (from.x === to.x && from.y === to.y ? 0.01 : 0)); // a line of no length draws no dot
  paper.stroke();
}

function inkOf(paper) {
  const { data } = paper.getImageData(0, 0, SIZE, SIZE);
  const greys = new Uint8Array(SIZE * SIZE);
  for (let at = 0; at < greys.length; at += 1) greys[at] = data[4 * at]; // ten times as fast as Uint8Array.from
  return greys;
}

function imageOf(bytes) {
  const image = new ImageData(SIZE, SIZE);
  bytes.forEach((value, index) => image.data.set([value, value, value, 255], 4 * index));
  return image;
}
