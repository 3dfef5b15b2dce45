// A square to draw on, by mouse, finger, pen or keyboard. It needs nothing else: a page calls `padCanvas`. The live page
// loads it as a module; a report, which has one script, leaves out the word "export".

/**
 * @typedef {Object} PadOptions
 * @property {(greys: Uint8Array) => void} [onChange] Told of what is drawn, once a frame, and as the pen lifts.
 * @property {(text: string) => void} [onSay] Told what somebody who does not see the pad should hear.
 * @property {string} [describedBy] Id of the element that explains the keys.
 */

/** How many pixels the drawing is high and wide. */
const PAD_SIDE = 280;
/** Half the width of the pen. MNIST's strokes are 22 such pixels wide, and people draw smaller than the whole pad. */
const PAD_PEN = 9;
const PAD_STEP = 10;
const PAD_SMALL_STEP = 2;
const PAD_KEPT = 50;
/** Milliseconds of rest before the place of the keyboard's pen is told. */
const PAD_REST = 600;

/**
 * Put a drawing pad into an element.
 * @param {HTMLElement} element Its content is replaced.
 * @param {PadOptions} [options]
 * @returns {{greys: () => Uint8Array, clear: () => void, undo: () => void, show: (greys: Uint8Array) => void}}
 *     greys: 280 * 280, row by row, 0 empty and 255 ink. `show` puts another drawing there without telling `onChange`;
 *     all can be undone.
 */
export function padCanvas(element, options = {}) {
  const pad = emptyPad(element, options);
  listenToPointer(pad);
  listenToKeys(pad);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => changed(pad));
  window.addEventListener("beforeprint", () => paintPad(pad));
  window.addEventListener("afterprint", () => changed(pad));
  paintPad(pad);
  return {
    greys: () => pad.greys,
    clear: () => replaceDrawing(pad, new Uint8Array(PAD_SIDE * PAD_SIDE)),
    undo: () => undo(pad),
    show: (greys) => {
      cancelAnimationFrame(pad.awaited);
      pad.awaited = 0;
      keep(pad);
      pad.greys = greys.slice();
      paintPad(pad);
    },
  };
}

/**
 * Make the elements and what the pad remembers.
 * @param {HTMLElement} element
 * @param {PadOptions} options
 */
function emptyPad(element, options) {
  const canvas = document.createElement("canvas");
  canvas.width = PAD_SIDE;
  canvas.height = PAD_SIDE;
  canvas.className = "pad-canvas";
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Drawing pad");
  if (options.describedBy) canvas.setAttribute("aria-describedby", options.describedBy);
  const cursor = document.createElement("span");
  cursor.className = "pad-cursor";
  cursor.hidden = true;
  element.replaceChildren(canvas, cursor);
  element.classList.add("pad-square");
  return {
    canvas,
    cursor,
    greys: new Uint8Array(PAD_SIDE * PAD_SIDE),
    /** @type {Uint8Array[]} */ kept: [],
    /** @type {number | null} */ pointer: null,
    at: { x: PAD_SIDE / 2, y: PAD_SIDE / 2 },
    penDown: false,
    /** The frame that tells of changes, if one is asked for. */ awaited: 0,
    resting: 0,
    onChange: options.onChange ?? (() => {}),
    onSay: options.onSay ?? (() => {}),
  };
}

/** @param {ReturnType<typeof emptyPad>} pad */
function listenToPointer(pad) {
  const { canvas } = pad;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || pad.pointer !== null) return;
    pad.pointer = event.pointerId;
    canvas.setPointerCapture(event.pointerId);
    pad.penDown = false;
    pad.cursor.hidden = true;
    beginStroke(pad, placeOf(canvas, event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pad.pointer) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const one of passed.length ? passed : [event]) lineTo(pad, placeOf(canvas, one));
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(end, (event) => {
      if (event.pointerId !== pad.pointer) return;
      pad.pointer = null;
      if (pad.awaited) tell(pad);
    });
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {PointerEvent} event
 * @returns {{x: number, y: number}} In pixels of the drawing.
 */
function placeOf(canvas, event) {
  const box = canvas.getBoundingClientRect();
  const [left, top] = [box.left + canvas.clientLeft, box.top + canvas.clientTop];
  return {
    x: ((event.clientX - left) / canvas.clientWidth) * PAD_SIDE,
    y: ((event.clientY - top) / canvas.clientHeight) * PAD_SIDE,
  };
}

/** @param {ReturnType<typeof emptyPad>} pad */
function listenToKeys(pad) {
  pad.canvas.addEventListener("keydown", (event) => {
    if (event.altKey || (event.ctrlKey || event.metaKey) !== (event.key.toLowerCase() === "z")) return;
    const act = keyOf(pad, event);
    if (!act) return;
    event.preventDefault();
    act();
  });
  pad.canvas.addEventListener("focus", () => {
    if (pad.canvas.matches(":focus-visible")) showCursor(pad);
  });
  pad.canvas.addEventListener("blur", () => {
    clearTimeout(pad.resting);
    pad.penDown = false;
    pad.cursor.hidden = true;
  });
}

/**
 * Say what a key does; undefined for those that are none of ours.
 * @param {ReturnType<typeof emptyPad>} pad
 * @param {KeyboardEvent} event
 * @returns {(() => void) | undefined}
 */
function keyOf(pad, event) {
  const step = event.shiftKey ? PAD_SMALL_STEP : PAD_STEP;
  const keys = {
    ArrowUp: () => moveCursor(pad, 0, -step),
    ArrowDown: () => moveCursor(pad, 0, step),
    ArrowLeft: () => moveCursor(pad, -step, 0),
    ArrowRight: () => moveCursor(pad, step, 0),
    " ": () => (event.repeat ? undefined : switchPen(pad)),
    Escape: () => {
      pad.penDown = false;
      showCursor(pad);
      replaceDrawing(pad, new Uint8Array(PAD_SIDE * PAD_SIDE));
      say(pad, "Cleared.");
    },
    z: () => undo(pad),
  };
  return keys[event.key];
}

/**
 * @param {ReturnType<typeof emptyPad>} pad
 * @param {number} right
 * @param {number} down
 */
function moveCursor(pad, right, down) {
  const inside = (/** @type {number} */ place) => Math.min(Math.max(place, 0), PAD_SIDE);
  const to = { x: inside(pad.at.x + right), y: inside(pad.at.y + down) };
  if (pad.penDown) lineTo(pad, to);
  pad.at = to;
  showCursor(pad);
  clearTimeout(pad.resting);
  pad.resting = setTimeout(() => say(pad, `Column ${cellOf(to.x)}, row ${cellOf(to.y)} of 28.`), PAD_REST);
}

/** @param {number} place */
function cellOf(place) {
  return Math.min(Math.floor(place / 10), 27) + 1;
}

/**
 * @param {ReturnType<typeof emptyPad>} pad
 * @param {string} text
 */
function say(pad, text) {
  clearTimeout(pad.resting);
  pad.onSay(text);
}

/** @param {ReturnType<typeof emptyPad>} pad */
function switchPen(pad) {
  pad.penDown = !pad.penDown;
  if (pad.penDown) beginStroke(pad, pad.at);
  showCursor(pad);
  say(pad, pad.penDown ? "Pen down." : "Pen up.");
}

/** @param {ReturnType<typeof emptyPad>} pad */
function showCursor(pad) {
  pad.cursor.hidden = false;
  pad.cursor.classList.toggle("pad-down", pad.penDown);
  pad.cursor.style.left = `${(pad.at.x / PAD_SIDE) * 100}%`;
  pad.cursor.style.top = `${(pad.at.y / PAD_SIDE) * 100}%`;
}

/**
 * @param {ReturnType<typeof emptyPad>} pad
 * @param {{x: number, y: number}} place
 */
function beginStroke(pad, place) {
  keep(pad);
  pad.at = place;
  lineTo(pad, place);
}

/**
 * @param {ReturnType<typeof emptyPad>} pad
 * @param {{x: number, y: number}} place
 */
function lineTo(pad, place) {
  addLine(pad.greys, pad.at, place);
  pad.at = place;
  changed(pad);
}

/**
 * Add a line with round ends and smooth edges: a pixel is as dark as the pen covers it.
 * @param {Uint8Array} greys
 * @param {{x: number, y: number}} from
 * @param {{x: number, y: number}} to
 */
function addLine(greys, from, to) {
  const [across, along] = [to.x - from.x, to.y - from.y];
  const squared = across * across + along * along;
  const first = (/** @type {number} */ place) => Math.max(Math.floor(place - PAD_PEN - 1), 0);
  const end = (/** @type {number} */ place) => Math.min(Math.ceil(place + PAD_PEN + 1), PAD_SIDE);
  for (let row = first(Math.min(from.y, to.y)); row < end(Math.max(from.y, to.y)); row += 1) {
    for (let column = first(Math.min(from.x, to.x)); column < end(Math.max(from.x, to.x)); column += 1) {
      const [x, y] = [column + 0.5 - from.x, row + 0.5 - from.y];
      const share = squared > 0 ? Math.min(Math.max((x * across + y * along) / squared, 0), 1) : 0;
      const cover = PAD_PEN + 0.5 - Math.hypot(x - share * across, y - share * along);
      const grey = Math.round(255 * Math.min(Math.max(cover, 0), 1));
      const at = row * PAD_SIDE + column;
      if (grey > greys[at]) greys[at] = grey;
    }
  }
}

/** @param {ReturnType<typeof emptyPad>} pad */
function keep(pad) {
  pad.kept.push(pad.greys.slice());
  if (pad.kept.length > PAD_KEPT) pad.kept.shift();
}

/** @param {ReturnType<typeof emptyPad>} pad */
function undo(pad) {
  const before = pad.kept.pop();
  if (!before) return;
  pad.penDown = false;
  pad.cursor.classList.remove("pad-down");
  pad.greys = before;
  say(pad, "The last stroke is gone.");
  changed(pad);
}

/**
 * @param {ReturnType<typeof emptyPad>} pad
 * @param {Uint8Array} greys
 */
function replaceDrawing(pad, greys) {
  keep(pad);
  pad.greys = greys;
  changed(pad);
}

/**
 * Paint and tell at the next frame, however much happens until then.
 * @param {ReturnType<typeof emptyPad>} pad
 */
function changed(pad) {
  pad.awaited ||= requestAnimationFrame(() => tell(pad));
}

/** @param {ReturnType<typeof emptyPad>} pad */
function tell(pad) {
  cancelAnimationFrame(pad.awaited);
  pad.awaited = 0;
  paintPad(pad);
  pad.onChange(pad.greys);
}

/** @param {ReturnType<typeof emptyPad>} pad */
function paintPad(pad) {
  pad.canvas.parentElement?.classList.toggle("pad-blank", !pad.greys.some((grey) => grey > 0));
  if (pad.canvas.isConnected) paintGreys(pad.canvas, pad.greys); // what is nowhere yet has no colour
}

/**
 * Paint greys in the colour of the canvas' own text, so that ink is dark on light paper and light on dark.
 * @param {HTMLCanvasElement} canvas As many pixels as there are greys.
 * @param {Uint8Array} greys
 */
export function paintGreys(canvas, greys) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const colour = getComputedStyle(canvas).color.match(/[\d.]+/g).map(Number);
  for (let at = 0; at < greys.length; at += 1) {
    for (let part = 0; part < 3; part += 1) image.data[4 * at + part] = colour[part];
    image.data[4 * at + 3] = greys[at];
  }
  context.putImageData(image, 0, 0);
}
