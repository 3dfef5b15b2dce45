/* Tables that become lists on a phone. */

import { make } from "./dom.js";

/** @typedef {{text: string, wide?: boolean}} Head  `wide`: the column holds words, not numbers. */

/**
 * Make a table; the first cell of each row names it.
 * @param {readonly (string | Head)[]} heads
 * @param {readonly (readonly (Node | string)[])[]} rows
 * @param {object} told
 * @param {string} told.label  Names the table for those who do not see it.
 * @param {boolean} [told.stacks]
 * @param {(row: readonly (Node | string)[]) => boolean} [told.isPart]  Whether a row says more of the one above it.
 */
export function table(heads, rows, { label, stacks = true, isPart }) {
  const columns = heads.map((head) => (typeof head === "string" ? { text: head } : head));
  const rowOf = (cells) =>
    make(
      "tr",
      { class: isPart?.(cells) ? "part" : null },
      ...cells.map((cell, at) => cellOf(cell, columns[at], at)),
    );
  const groups = isPart ? grouped(rows, isPart) : [rows];
  const whole = make(
    "table",
    { class: stacks ? "numbers stacks" : "numbers", "aria-label": label },
    make("thead", {}, make("tr", {}, ...columns.map(headOf))),
    ...groups.map((group) => make("tbody", {}, ...group.map(rowOf))),
  );
  return scrolled(whole, label);
}

/**
 * Let something wide be scrolled by itself, also with the keyboard.
 * @param {Node} element
 * @param {string} label
 */
export function scrolled(element, label) {
  return make("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" }, element);
}

/**
 * Put a new table in the place of an old one without moving whoever reads it.
 * @param {HTMLElement} place
 * @param {HTMLElement} fresh
 */
export function renew(place, fresh) {
  const old = place.firstElementChild;
  const [x, had] = [old?.scrollLeft ?? 0, old !== null && old === document.activeElement];
  place.replaceChildren(fresh);
  fresh.scrollLeft = x;
  if (had) fresh.focus({ preventScroll: true });
}

/** Put each row with those that say more of it. */
function grouped(rows, isPart) {
  const groups = [];
  for (const row of rows) {
    if (groups.length && isPart(row)) groups.at(-1).push(row);
    else groups.push([row]);
  }
  return groups;
}

function headOf(column) {
  return make("th", { scope: "col", class: column.wide ? "wide" : null }, column.text);
}

function cellOf(cell, column, at) {
  if (at === 0) return make("th", { scope: "row" }, cell);
  return make("td", { "data-label": column.text, class: column.wide ? "wide" : null }, cell);
}
