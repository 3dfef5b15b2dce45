// What each kind of layer computes, for one image, channels last. All shapes and paddings come resolved from Python
// (`network.py`); weights are one row of numbers, and a node says where its own begin.

/**
 * @typedef {Object} PadNode
 * @property {string} kind
 * @property {number[]} inputs Of which nodes it takes the values.
 * @property {number[]} input Shape of what comes in.
 * @property {number[]} output Shape of what goes out.
 * @property {string} activation
 * @property {number[]} size Of a window, (height, width).
 * @property {number[]} strides
 * @property {number[]} dilation
 * @property {number[]} before Cells of padding (above, left).
 * @property {number} kernel Where the kernel begins among the weights.
 * @property {number} bias Where the bias begins; -1 for none.
 * @property {number} scale Where the factors of the channels begin.
 * @property {number} shift Where what is added to them begins.
 * @property {number} factor Of every value.
 * @property {number} offset Added to every value.
 */

/** @type {Object<string, (node: PadNode, weights: Float32Array, x: Float32Array) => Float32Array>} */
const LAYERS = {
  convolution,
  dense,
  max_pooling: maxPooling,
  average_pooling: averagePooling,
  global_max: globalMax,
  global_average: globalAverage,
  normalization,
  rescaling: (node, weights, x) => x.map((value) => value * node.factor + node.offset),
  same: (node, weights, x) => x.slice(),
};

/**
 * Slide kernels over the image.
 * @param {PadNode} node
 * @param {Float32Array} weights
 * @param {Float32Array} x
 * @returns {Float32Array}
 */
function convolution(node, weights, x) {
  const [channels, filters] = [node.input[2], node.output[2]];
  return overWindows(node, (sums, row, column) => {
    addBias(node, weights, sums);
    eachTap(node, row, column, (cell, tap) => {
      addProducts(x, cell, channels, weights, node.kernel + tap * channels * filters, sums);
    });
  });
}

/**
 * Multiply by a matrix, at each position alone.
 * @param {PadNode} node
 * @param {Float32Array} weights
 * @param {Float32Array} x
 * @returns {Float32Array}
 */
function dense(node, weights, x) {
  const [features, units] = [last(node.input), last(node.output)];
  const places = x.length / features;
  const out = new Float32Array(places * units);
  const sums = new Float64Array(units);
  for (let place = 0; place < places; place += 1) {
    addBias(node, weights, sums);
    addProducts(x, place * features, features, weights, node.kernel, sums);
    out.set(sums, place * units);
  }
  return out;
}

/**
 * Add values times their rows of a matrix; a value of 0, as most are behind a relu, costs nothing.
 * @param {Float32Array} x
 * @param {number} from Where the values begin.
 * @param {number} count
 * @param {Float32Array} weights
 * @param {number} kernel Where the first row begins; a row is as long as `sums`.
 * @param {Float64Array} sums
 */
function addProducts(x, from, count, weights, kernel, sums) {
  const filters = sums.length;
  for (let at = 0; at < count; at += 1) {
    const value = x[from + at];
    if (value === 0) continue;
    const row = kernel + at * filters;
    for (let filter = 0; filter < filters; filter += 1) sums[filter] += value * weights[row + filter];
  }
}

/**
 * Begin sums with the bias, or with 0.
 * @param {PadNode} node
 * @param {Float32Array} weights
 * @param {Float64Array} sums
 */
function addBias(node, weights, sums) {
  if (node.bias < 0) sums.fill(0);
  else sums.set(weights.subarray(node.bias, node.bias + sums.length));
}

/**
 * Keep the largest value under each window; padding counts as minus infinity.
 * @param {PadNode} node
 * @param {Float32Array} weights
 * @param {Float32Array} x
 * @returns {Float32Array}
 */
function maxPooling(node, weights, x) {
  return overWindows(node, (largest, row, column) => {
    largest.fill(-Infinity);
    eachTap(node, row, column, (cell) => {
      for (let c = 0; c < largest.length; c += 1) if (x[cell + c] > largest[c]) largest[c] = x[cell + c];
    });
  });
}

/**
 * Keep the mean under each window; padding does not count.
 * @param {PadNode} node
 * @param {Float32Array} weights
 * @param {Float32Array} x
 * @returns {Float32Array}
 */
function averagePooling(node, weights, x) {
  return overWindows(node, (sums, row, column) => {
    let cells = 0;
    sums.fill(0);
    eachTap(node, row, column, (cell) => {
      cells += 1;
      for (let c = 0; c < sums.length; c += 1) sums[c] += x[cell + c];
    });
    for (let c = 0; c < sums.length; c += 1) sums[c] /= cells;
  });
}

/**
 * Keep the largest value of each channel.
 * @param {PadNode} node
 * @param {Float32Array} weights
 * @param {Float32Array} x
 * @returns {Float32Array}
 */
function globalMax(node, weights, x) {
  const out = new Float32Array(last(node.input)).fill(-Infinity);
  x.forEach((value, at) => {
    const channel = at % out.length;
    if (value > out[channel]) out[channel] = value;
  });
  return out;
}

/**
 * Keep the mean of each channel.
 * @param {PadNode} node
 * @param {Float32Array} weights
 * @param {Float32Array} x
 * @returns {Float32Array}
 */
function globalAverage(node, weights, x) {
  const sums = new Float64Array(last(node.input));
  x.forEach((value, at) => {
    sums[at % sums.length] += value;
  });
  return Float32Array.from(sums, (sum) => (sum * sums.length) / x.length);
}

/**
 * Scale and shift each channel; Python has made both numbers of the moving averages, gamma and beta.
 * @param {PadNode} node
 * @param {Float32Array} weights
 * @param {Float32Array} x
 * @returns {Float32Array}
 */
function normalization(node, weights, x) {
  const channels = last(node.input);
  return x.map((value, at) => value * weights[node.scale + (at % channels)] + weights[node.shift + (at % channels)]);
}

/**
 * Compute the channels of each output position.
 * @param {PadNode} node
 * @param {(channels: Float64Array, row: number, column: number) => void} compute Fills the channels.
 * @returns {Float32Array}
 */
function overWindows(node, compute) {
  const [height, width, channels] = node.output;
  const out = new Float32Array(height * width * channels);
  const cell = new Float64Array(channels);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      compute(cell, row, column);
      out.set(cell, (row * width + column) * channels);
    }
  }
  return out;
}

/**
 * Visit what a window sees of the image: where each cell's channels begin, and which tap of the window it is.
 * @param {PadNode} node
 * @param {number} row Of the output.
 * @param {number} column Of the output.
 * @param {(cell: number, tap: number) => void} visit
 */
function eachTap(node, row, column, visit) {
  const [height, width, channels] = node.input;
  for (let y = 0; y < node.size[0]; y += 1) {
    const h = row * node.strides[0] - node.before[0] + y * node.dilation[0];
    if (h < 0 || h >= height) continue;
    for (let x = 0; x < node.size[1]; x += 1) {
      const w = column * node.strides[1] - node.before[1] + x * node.dilation[1];
      if (w >= 0 && w < width) visit((h * width + w) * channels, y * node.size[1] + x);
    }
  }
}

/**
 * @param {number[]} shape
 * @returns {number} The length of the last axis.
 */
function last(shape) {
  return shape[shape.length - 1];
}
