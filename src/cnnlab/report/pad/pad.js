// The pad of a report: joins the drawing, what the networks see of it, and what they answer.

/**
 * @typedef {Object} PadData
 * @property {number} height Of what the networks see.
 * @property {number} width
 * @property {string[]} classNames
 * @property {PadNet[]} networks
 * @property {string} noun What an example is called.
 * @property {string} examples Base64 of test images, one after the other.
 * @property {number[]} labels Their classes.
 */

const SAY_AFTER = 700;

/** Begin, where a page holds a pad. */
function beginPad() {
  const root = document.querySelector("[data-pad]");
  if (!root) return;
  /** @type {PadData} */
  const data = JSON.parse(document.getElementById("pad-data").textContent);
  const seen = seenCanvas(root, data);
  const view = {
    root,
    data,
    seen,
    examples: examplesOf(data),
    /** @type {number | null} */ example: null,
    weights: data.networks.map((network) => network.seeds.map((seed) => weightsOf(seed.weights))),
    cards: data.networks.map((network) => answerCard(network, data.classNames)),
    say: sayerOf(find(root, "said")),
    update: () => {},
    canvas: null,
  };
  find(root, "answers").append(...view.cards.map((card) => card.element));
  view.update = paced(() => answer(view));
  view.canvas = padCanvas(find(root, "drawing"), {
    onChange: () => view.update(),
    onSay: (text) => {
      find(root, "done").textContent = text;
    },
    describedBy: "pad-keys",
  });
  listenToButtons(view);
  root.hidden = false;
  answer(view);
}

/**
 * @param {ParentNode} root
 * @param {string} name
 * @returns {HTMLElement}
 */
function find(root, name) {
  return root.querySelector(`[data-pad-${name}]`);
}

/**
 * Fit the canvas of what the networks see to its size.
 * @param {ParentNode} root
 * @param {PadData} data
 * @returns {HTMLCanvasElement}
 */
function seenCanvas(root, data) {
  const canvas = find(root, "seen");
  canvas.width = data.width;
  canvas.height = data.height;
  return canvas;
}

/**
 * @param {PadData} data
 * @returns {Uint8Array[]}
 */
function examplesOf(data) {
  const [bytes, size] = [bytesOf(data.examples), data.height * data.width];
  return data.labels.map((_, index) => bytes.slice(index * size, (index + 1) * size));
}

/**
 * Return what says a text in a live region, after a pause in which no other text comes: while one draws, the answers
 * change too fast to be read out.
 * @param {HTMLElement} region
 * @returns {(text: string) => void}
 */
function sayerOf(region) {
  let waiting = 0;
  return (text) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      region.textContent = text;
    }, SAY_AFTER);
  };
}

/**
 * Do work once a frame at most, and on a slow machine for half of the time at most, so that drawing stays smooth.
 * @param {() => void} work
 * @returns {() => void}
 */
function paced(work) {
  let [awaited, free] = [false, 0];
  const frame = () => {
    const began = performance.now();
    if (began < free) {
      requestAnimationFrame(frame);
      return;
    }
    awaited = false;
    work();
    free = 2 * performance.now() - began;
  };
  return () => {
    if (!awaited) requestAnimationFrame(frame);
    awaited = true;
  };
}

/** Have every network look at what is on the pad. */
function answer(view) {
  const { data } = view;
  const pixels = pixelsOf(view);
  const empty = !pixels.some((grey) => grey > 0);
  const label = view.example === null ? null : data.labels[view.example];
  paintGreys(view.seen, pixels);
  const answers = data.networks.map((network, at) =>
    answerOf(view.weights[at].map((weights) => probabilities(network, weights, pixels))),
  );
  view.cards.forEach((card, at) => card.show(empty ? null : answers[at], label));
  tellTogether(view, empty ? "" : togetherOf(data.networks, answers, data.classNames));
}

/** Say what the networks say together, to eyes now and to ears after a pause. */
function tellTogether(view, text) {
  const line = find(view.root, "together");
  const shown = text || `Draw, and see what ${view.data.networks.length === 1 ? "it says" : "they say"}.`;
  if (line.textContent === shown) return;
  line.textContent = shown;
  line.classList.toggle("pad-empty", text === "");
  view.say(text);
}

/** @returns {Uint8Array} What the networks see: a test image as it is, a drawing brought into its form. */
function pixelsOf(view) {
  if (view.example !== null) return view.examples[view.example];
  return prepareDrawing(view.canvas.greys(), view.data.height, view.data.width);
}

/** Join the buttons, and notice where somebody draws over a test image. */
function listenToButtons(view) {
  const { root, canvas } = view;
  const drawn = () => showExample(view, null);
  find(root, "clear").addEventListener("click", () => {
    drawn();
    canvas.clear();
    find(root, "done").textContent = "Cleared.";
  });
  find(root, "undo").addEventListener("click", () => {
    drawn();
    canvas.undo();
  });
  find(root, "drawing").addEventListener("pointerdown", (event) => {
    if (event.button === 0) drawn();
  });
  find(root, "drawing").addEventListener("keydown", (event) => {
    const back = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
    if (event.key === " " || event.key === "Escape" || back) drawn();
  });
  find(root, "show").addEventListener("click", () => showExample(view, 0));
  find(root, "previous").addEventListener("click", () => showExample(view, view.example - 1));
  find(root, "next").addEventListener("click", () => showExample(view, view.example + 1));
}

/** Put a test image on the pad, or none; beyond the last one comes the first. */
function showExample(view, index) {
  const { root, data, examples } = view;
  view.example = index === null ? null : (index + examples.length) % examples.length;
  const shown = view.example !== null;
  find(root, "show").hidden = shown || examples.length === 0;
  for (const name of ["previous", "next", "which"]) find(root, name).hidden = !shown;
  if (!shown) return;
  if (root.contains(document.activeElement) && document.activeElement.hidden) find(root, "next").focus();
  const label = data.classNames[data.labels[view.example]];
  find(root, "which").textContent = `Test ${data.noun} ${view.example + 1} of ${examples.length}, labelled ${label}`;
  view.canvas.show(enlarged(examples[view.example], data.height, data.width));
  view.update();
}

/**
 * Enlarge an image to the pad, each pixel to a square, in the middle.
 * @param {Uint8Array} image
 * @param {number} height
 * @param {number} width
 * @returns {Uint8Array}
 */
function enlarged(image, height, width) {
  const times = Math.max(1, Math.floor(PAD_SIDE / Math.max(height, width)));
  const [top, left] = [height, width].map((side) => Math.floor((PAD_SIDE - side * times) / 2));
  return new Uint8Array(PAD_SIDE * PAD_SIDE).map((_, at) => {
    const row = Math.floor((Math.floor(at / PAD_SIDE) - top) / times);
    const column = Math.floor(((at % PAD_SIDE) - left) / times);
    return row >= 0 && row < height && column >= 0 && column < width ? image[row * width + column] : 0;
  });
}
