/* Numbers, times and counts as people read them. */

/**
 * Write a loss or an accuracy with four decimals; one that ends in 5 is rounded as by hand, as the terminal does it.
 * @param {number | null | undefined} value
 */
export function four(value) {
  return Number.isFinite(value) ? (value + Math.sign(value) * 1e-12).toFixed(4) : "-";
}

/**
 * Write a count with commas.
 * @param {number | null | undefined} value
 */
export function count(value) {
  return Number.isFinite(value) ? value.toLocaleString("en-US") : "-";
}

/**
 * Write a number and its noun.
 * @param {number} value
 * @param {string} noun  In the singular.
 */
export function plural(value, noun) {
  const many = noun.endsWith("s") ? `${noun}es` : `${noun}s`;
  return `${count(value)} ${value === 1 ? noun : many}`;
}

/**
 * Write a time that something took.
 * @param {number | null | undefined} seconds
 */
export function took(seconds) {
  if (!Number.isFinite(seconds)) return "-";
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/**
 * Write a time that is still to come, no more exactly than it is known.
 * @param {number | null | undefined} seconds
 */
export function about(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 5) return "a few seconds left";
  if (seconds < 90) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${(seconds / 3600).toFixed(1)} h left`;
}

/**
 * Write a moment in the reader's own time.
 * @param {string | null | undefined} text  ISO 8601.
 */
export function moment(text) {
  const date = new Date(text ?? "");
  if (Number.isNaN(date.getTime())) return "-";
  return date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

/**
 * Write a shape: 26 x 26 x 20.
 * @param {readonly (number | null)[] | string} shape
 */
export function sizes(shape) {
  return Array.isArray(shape) ? shape.map((length) => length ?? "?").join(" x ") : String(shape);
}
