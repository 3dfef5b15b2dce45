/* Axes: round numbers, and where they stand. */

/**
 * Choose round numbers that lie within a span.
 * @param {number} low
 * @param {number} high
 * @param {number} wanted  About how many.
 * @returns {number[]}
 */
export function ticks(low, high, wanted) {
  const step = roundStep((high - low) / Math.max(1, wanted));
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at += 1) found.push(at * step);
  return found;
}

/** Round up to 1, 2 or 5 times a power of ten. */
function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  const times = [1, 2, 5, 10].find((one) => one * power >= rough * (1 - 1e-9));
  return times * power;
}

/**
 * Choose round numbers of whole epochs.
 * @param {number} last
 * @param {number} wanted
 */
export function epochTicks(last, wanted) {
  const step = Math.max(1, roundStep(last / wanted));
  const found = step > 2 ? [1] : []; // at a step of 2 the 1 would stand too close
  for (let at = step; at <= last; at += step) found.push(at);
  return found;
}

/**
 * Widen the span of some values to one that an axis can show.
 * @param {readonly number[]} values  Finite.
 * @param {{from?: number, to?: number}} always  What the span holds in any case.
 * @returns {[number, number]}
 */
export function span(values, { from = Infinity, to = -Infinity } = {}) {
  let low = values.reduce((one, other) => Math.min(one, other), from);
  let high = values.reduce((one, other) => Math.max(one, other), to);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  if (high - low < 1e-9) [low, high] = [low - 0.5 * Math.abs(low || 1), high + 0.5 * Math.abs(high || 1)];
  const margin = (high - low) * 0.05;
  return [low === from ? low : low - margin, high === to ? high : high + margin];
}

/** Write a tick without more digits than its step needs. */
export function tickText(value, step) {
  const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)));
  return value.toFixed(decimals);
}
