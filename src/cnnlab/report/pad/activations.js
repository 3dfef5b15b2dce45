// The activations by Keras' names, each applied in place; softmax runs over the last axis.

/** @type {Object<string, (z: number) => number>} */
const ELEMENTWISE = {
  relu: (z) => Math.max(z, 0),
  sigmoid: (z) => sigmoid(z),
  tanh: (z) => Math.tanh(z),
  elu: (z) => (z > 0 ? z : Math.expm1(z)),
  leaky_relu: (z) => Math.max(z, z * 0.2),
  gelu: (z) => z * normalBelow(z),
  silu: (z) => z * sigmoid(z),
};

/**
 * Replace values by their activation, in place.
 * @param {string} name
 * @param {Float32Array} values
 * @param {number} last Length of the last axis.
 */
function activate(name, values, last) {
  if (name === "linear") return;
  if (name === "softmax") {
    for (let at = 0; at < values.length; at += last) softmax(values.subarray(at, at + last));
    return;
  }
  const one = ELEMENTWISE[name];
  for (let at = 0; at < values.length; at += 1) values[at] = one(values[at]);
}

/**
 * Replace logits by probabilities, in place.
 * @param {Float32Array} row
 */
function softmax(row) {
  const largest = Math.max(...row);
  const powers = Array.from(row, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  powers.forEach((power, at) => {
    row[at] = power / sum;
  });
}

/**
 * @param {number} z
 * @returns {number} 1 / (1 + exp(-z)); exp may overflow to infinity, and the share is 0 then.
 */
function sigmoid(z) {
  return 1 / (1 + Math.exp(-z));
}

/**
 * Return the standard normal distribution function, to 1e-7: Abramowitz and Stegun (1964), 7.1.26.
 * @param {number} z
 * @returns {number}
 */
function normalBelow(z) {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const above = 0.5 * series * Math.exp(-x * x);
  return z < 0 ? above : 1 - above;
}
