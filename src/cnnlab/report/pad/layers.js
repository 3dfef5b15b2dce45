// What each kind of layer computes, for one image, channels last. All shapes and paddings come resolved from Python
// (`network.py`); weights are one row of numbers, and a node says where its own begin.

/**
 * @typedef {Object} PadNode
 * @property {string} kind
 * @property {number[]} inputs Of which nodes it takes the values.
 * @property {number[]} input Shape of what comes in; of the first of several inputs.
 * @property {number[]} output Shape of what goes out.
 * @property {string} activation
 * @property {number[]} size Of a window, (height, width).
 * @property {number[]} strides
 * @property {number[]} dilation
 * @property {number[]} before Cells of padding (above, left).
 * @property {number} multiplier How many channels a depthwise kernel makes of each.
 * @property {number} epsilon Added to a variance.
 * @property {number[]} image Shape of what comes in as (height, width, channels).
 * @property {number[]} steps From one alpha to the next, by row, column and channel; 0 where they share one.
 * @property {number} threshold From where on values are kept.
 * @property {number} slope Of what is below it.
 * @property {?number} most The largest value; null for no limit.
 * @property {number} kernel Where the kernel begins among the weights.
 * @property {number} pointwise Where the kernel over the channels begins.
 * @property {number} alpha Where the slopes begin.
 * @property {number} bias Where the bias begins; -1 for none.
 * @property {number} scale Where the factors of the channels begin; -1 for none.
 * @property {number} shift Where what is added to them begins; -1 for none.
 * @property {number} factor Of every value.
 * @property {number} offset Added to every value.
 */

/** @type {Object<string, (node: PadNode, weights: Float32Array, ...inputs: Float32Array[]) => Float32Array>} */
const LAYERS = {
  convolution,
  dense,
  depthwise,
  layer_normalization: layerNormalization,
  prelu,
  separable,
  max_pooling: maxPooling,
  average_pooling: averagePooling,
  global_max: globalMax,
  global_average: globalAverage,
  normalization,
  rectified: (node, weights, x) => x.map((value) => bent(node, value)),
  zero_padding: zeroPadding,
  rescaling: (node, weights, x) => x.map((value) => value * node.factor + node.offset),
  same: (node, weights, x) => x.slice(),
  add: (node, weights, ...inputs) => merged(node, inputs, (one, other) => one + other),
  subtract: (node, weights, ...inputs) => merged(node, inputs, (one, other) => one - other),
  multiply: (node, weights, ...inputs) => merged(node, inputs, (one, other) => one * other),
  average: (node, weights, ...inputs) =>
    merged(node, inputs, (one, other) => one + other).map((sum) => sum / inputs.length),
  maximum: (node, weights, ...inputs) => merged(node, inputs, Math.max),
  minimum: (node, weights, ...inputs) => merged(node, inputs, Math.min),
  concatenate: (node, weights, ...inputs) => concatenated(node, inputs),
};

/**
 * Join inputs value by value, from the first on; one of a number for each channel meets every place.
 * @param {PadNode} node
 * @param {Float32Array[]} inputs
 * @param {(one: number, other: number) => number} join
 * @returns {Float32Array}
 */
function merged(node, inputs, join) {
  const channels = last(node.output);
  const out = new Float32Array(node.output.reduce((product, size) => product * size, 1));
  for (let at = 0; at < out.length; at += 1) {
    const values = inputs.map((x) => x[x.length === out.length ? at : at % channels]);
    out[at] = values.reduce((one, other) => join(one, other));
  }
  return out;
}

/**
 * Put the channels of all inputs one after the other, at each place.
 * @param {PadNode} node
 * @param {Float32Array[]} inputs
 * @returns {Float32Array}
 */
function concatenated(node, inputs) {
  const channels = last(node.output);
  const places = inputs.reduce((sum, x) => sum + x.length, 0) / channels;
  const out = new Float32Array(places * channels);
  let first = 0;
  for (const x of inputs) {
    const own = x.length / places;
    for (let place = 0; place < places; place += 1) {
      out.set(x.subarray(place * own, (place + 1) * own), place * channels + first);
    }
    first += own;
  }
  return out;
}

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
 * Slide kernels over each channel alone.
 * @param {PadNode} node
 * @param {Float32Array} weights
 * @param {Float32Array} x
 * @returns {Float32Array}
 */
function depthwise(node, weights, x) {
  return overWindows(node, (sums, row, column) => {
    addBias(node, weights, sums);
    eachTap(node, row, column, (cell, tap) => addEach(node, x, cell, weights, tap, sums));
  });
}

/**
 * Slide kernels over each channel alone, then mix what they gave.
 * @param {PadNode} node
 * @param {Float32Array} weights
 * @param {Float32Array} x
 * @returns {Float32Array}
 */
function separable(node, weights, x) {
  const between = new Float64Array(node.input[2] * node.multiplier);
  return overWindows(node, (sums, row, column) => {
    between.fill(0);
    eachTap(node, row, column, (cell, tap) => addEach(node, x, cell, weights, tap, between));
    addBias(node, weights, sums);
    addProducts(between, 0, between.length, weights, node.pointwise, sums);
  });
}

/**
 * Add each channel's value under one tap times its own weights.
 * @param {PadNode} node
 * @param {Float32Array} x
 * @param {number} from Where the channels begin.
 * @param {Float32Array} weights
 * @param {number} tap
 * @param {Float64Array} sums
 */
function addEach(node, x, from, weights, tap, sums) {
  const kernel = node.kernel + tap * sums.length;
  for (let at = 0; at < sums.length; at += 1) {
    sums[at] += x[from + Math.floor(at / node.multiplier)] * weights[kernel + at];
  }
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
 * @param {Float32Array | Float64Array} x
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
 * Bring the channels of each position to mean 0 and variance 1, then scale and shift them.
 * @param {PadNode} node
 * @param {Float32Array} weights
 * @param {Float32Array} x
 * @returns {Float32Array}
 */
function layerNormalization(node, weights, x) {
  const channels = last(node.input);
  const out = new Float32Array(x.length);
  for (let from = 0; from < x.length; from += channels) {
    const place = x.subarray(from, from + channels);
    const mean = place.reduce((sum, value) => sum + value, 0) / channels;
    const variance = place.reduce((sum, value) => sum + (value - mean) ** 2, 0) / channels;
    const factor = 1 / Math.sqrt(variance + node.epsilon);
    place.forEach((value, channel) => {
      const scale = node.scale < 0 ? 1 : weights[node.scale + channel];
      out[from + channel] = (value - mean) * factor * scale + (node.shift < 0 ? 0 : weights[node.shift + channel]);
    });
  }
  return out;
}

/**
 * Multiply what is below 0 by its slope.
 * @param {PadNode} node
 * @param {Float32Array} weights
 * @param {Float32Array} x
 * @returns {Float32Array}
 */
function prelu(node, weights, x) {
  const [, width, channels] = node.image;
  const [down, across, deep] = node.steps;
  return x.map((value, at) => {
    if (value > 0) return value;
    const place = Math.floor(at / channels);
    const slope = Math.floor(place / width) * down + (place % width) * across + (at % channels) * deep;
    return value * weights[node.alpha + slope];
  });
}

/**
 * Keep what is above the threshold, up to the largest value; below it the slope counts.
 * @param {PadNode} node
 * @param {number} value
 * @returns {number}
 */
function bent(node, value) {
  const kept = value > node.threshold ? value : (value - node.threshold) * node.slope;
  return node.most === null ? kept : Math.min(kept, node.most);
}

/**
 * Put zeros around the image.
 * @param {PadNode} node
 * @param {Float32Array} weights
 * @param {Float32Array} x
 * @returns {Float32Array}
 */
function zeroPadding(node, weights, x) {
  const [height, width, channels] = node.input;
  const [top, left] = node.before;
  const out = new Float32Array(node.output[0] * node.output[1] * channels);
  for (let row = 0; row < height; row += 1) {
    const image = x.subarray(row * width * channels, (row + 1) * width * channels);
    out.set(image, ((row + top) * node.output[1] + left) * channels);
  }
  return out;
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
