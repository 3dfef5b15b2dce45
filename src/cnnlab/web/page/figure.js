/* A drawing, what it says, and its numbers in a table that unfolds. */

import { make } from "./dom.js";
import { renew, table } from "./table.js";

/**
 * Make a figure. The numbers are written when somebody unfolds them, and again whenever `renew` is called.
 * @param {object} parts
 * @param {Node} parts.drawing
 * @param {string} parts.caption
 * @param {string} parts.name  Of the table of numbers.
 * @param {() => {heads: string[], rows: string[][]}} parts.numbers
 * @returns {{element: HTMLElement, renew: () => void}}
 */
export function figure({ drawing, caption, name, numbers }) {
  const place = make("div", {});
  const details = make("details", {}, make("summary", {}, "Numbers of this figure"), place);
  const write = () => {
    if (!details.open) return;
    const { heads, rows } = numbers();
    renew(place, table(heads, rows, { label: name, stacks: false }));
  };
  details.addEventListener("toggle", write);
  const element = make("figure", {}, make("figcaption", {}, caption), drawing, details);
  return { element, renew: write };
}
