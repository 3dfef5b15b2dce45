// From a drawing to the small image that a network sees: the same whole numbers as `cnnlab.data.drawing`, which says why.

/**
 * Bring a drawing into the form of MNIST's images.
 * @param {Uint8Array} drawing Greys of a square, row by row: 0 empty, 255 ink.
 * @param {number} height Of what comes out.
 * @param {number} width Likewise.
 * @returns {Uint8Array} height * width greys; all 0 for an empty drawing.
 */
function prepareDrawing(drawing, height, width) {
  const prepared = new Uint8Array(height * width);
  const ink = cutToInk(drawing, Math.sqrt(drawing.length));
  if (ink === null) return prepared;
  const small = scaledInk(ink, Math.max(1, Math.floor((Math.min(height, width) * 20) / 28)));
  if (!small.greys.some((grey) => grey > 0)) return prepared;
  const top = startOf(small, height, small.height, (row) => row);
  const left = startOf(small, width, small.width, (row, column) => column);
  for (let row = 0; row < small.height; row += 1) {
    const line = small.greys.subarray(row * small.width, (row + 1) * small.width);
    prepared.set(line, (top + row) * width + left);
  }
  return prepared;
}

/**
 * Find the smallest rectangle that holds all ink.
 * @param {Uint8Array} drawing
 * @param {number} side
 * @returns {{drawing: Uint8Array, side: number, top: number, left: number, height: number, width: number} | null}
 */
function cutToInk(drawing, side) {
  let [top, left, bottom, right] = [side, side, -1, -1];
  for (let at = 0; at < drawing.length; at += 1) {
    if (drawing[at] === 0) continue;
    const [row, column] = [Math.floor(at / side), at % side];
    [top, left] = [Math.min(top, row), Math.min(left, column)];
    [bottom, right] = [Math.max(bottom, row), Math.max(right, column)];
  }
  if (bottom < 0) return null;
  return { drawing, side, top, left, height: bottom - top + 1, width: right - left + 1 };
}

/**
 * Scale so that the larger side is the box's: each pixel the mean of what it covers.
 * @param {{drawing: Uint8Array, side: number, top: number, left: number, height: number, width: number}} ink
 * @param {number} box
 * @returns {{greys: Uint8Array, height: number, width: number}}
 */
function scaledInk(ink, box) {
  const larger = Math.max(ink.height, ink.width);
  const [height, width] = [ink.height, ink.width].map((side) =>
    Math.max(1, Math.floor((2 * side * box + larger) / (2 * larger))),
  );
  const rows = new Float64Array(height * ink.width);
  eachShare(ink.height, height, (before, after, share) => {
    const from = (ink.top + before) * ink.side + ink.left;
    for (let column = 0; column < ink.width; column += 1) {
      rows[after * ink.width + column] += share * ink.drawing[from + column];
    }
  });
  const cells = new Float64Array(height * width);
  eachShare(ink.width, width, (before, after, share) => {
    for (let row = 0; row < height; row += 1) cells[row * width + after] += share * rows[row * ink.width + before];
  });
  const area = ink.height * ink.width;
  return { greys: Uint8Array.from(cells, (sum) => Math.floor((2 * sum + area) / (2 * area))), height, width };
}

/**
 * Say how much of each old cell every new one covers; a new one covers `before` in all.
 * @param {number} before How many cells there are along an axis.
 * @param {number} after How many there shall be.
 * @param {(before: number, after: number, share: number) => void} visit
 */
function eachShare(before, after, visit) {
  for (let cell = 0; cell < before; cell += 1) {
    const end = (cell + 1) * after;
    for (let fresh = Math.floor((cell * after) / before); fresh * before < end; fresh += 1) {
      visit(cell, fresh, Math.min(end, (fresh + 1) * before) - Math.max(cell * after, fresh * before));
    }
  }
}

/**
 * Say where to begin along one axis so that the centre of mass is nearest to pixel 14 of 28, as in MNIST.
 * @param {{greys: Uint8Array, height: number, width: number}} small
 * @param {number} size Of the whole image along this axis.
 * @param {number} side Of the small one.
 * @param {(row: number, column: number) => number} place Of a pixel along this axis.
 * @returns {number}
 */
function startOf(small, size, side, place) {
  let [total, moment] = [0, 0];
  small.greys.forEach((grey, at) => {
    total += grey;
    moment += grey * place(Math.floor(at / small.width), at % small.width);
  });
  const start = Math.floor((2 * (Math.floor(size / 2) * total - moment) + total) / (2 * total));
  return Math.min(Math.max(start, 0), size - side);
}
