// A trained network answers: forward through its nodes, in float32 between the layers.

/**
 * @typedef {Object} PadNet
 * @property {string} name
 * @property {number} divisor Of pixels.
 * @property {"probabilities" | "logits" | "shares"} outputs What comes out of the last node.
 * @property {PadNode[]} nodes Behind the input, which is node 0.
 * @property {{seed: number, weights: string}[]} seeds Weights as base64 of float32, little-endian.
 */

/**
 * Compute a network's output for one image.
 * @param {PadNet} network
 * @param {Float32Array} weights Of one seed.
 * @param {Float32Array} image As the network was trained on: divided.
 * @returns {Float32Array}
 */
function forward(network, weights, image) {
  const values = [image];
  for (const node of network.nodes) {
    const out = LAYERS[node.kind](node, weights, ...node.inputs.map((source) => values[source]));
    activate(node.activation, out, last(node.output));
    values.push(out);
  }
  return values[values.length - 1];
}

/**
 * Say how probable a network finds each class.
 * @param {PadNet} network
 * @param {Float32Array} weights Of one seed.
 * @param {Uint8Array} pixels
 * @returns {Float32Array}
 */
function probabilities(network, weights, pixels) {
  const out = forward(network, weights, Float32Array.from(pixels, (grey) => grey / network.divisor));
  if (network.outputs === "logits") softmax(out);
  if (network.outputs === "shares") {
    const sum = out.reduce((total, share) => total + share, 0);
    return out.map((share) => (sum > 0 ? share / sum : 1 / out.length));
  }
  return out;
}

/**
 * Read numbers that travelled as base64.
 * @param {string} text
 * @returns {Uint8Array}
 */
function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/**
 * Read weights. Every processor that runs a browser keeps the low byte first, as Python wrote them.
 * @param {string} text
 * @returns {Float32Array}
 */
function weightsOf(text) {
  return new Float32Array(bytesOf(text).buffer);
}
