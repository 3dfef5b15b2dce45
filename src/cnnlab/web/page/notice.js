/* What went wrong, and what to do. */

import { make } from "./dom.js";
import { Away, Refused } from "./server.js";

/**
 * Show an error.
 * @param {Error & {fix?: string}} error
 * @param {() => void} [again]  What a button "Try again" does.
 */
export function notice(error, again) {
  // A mistake of this page's own is shown as well, and belongs into the console.
  if (!(error instanceof Away || error instanceof Refused)) reportError(error);
  const button = again ? make("button", { type: "button", onclick: again }, "Try again") : null;
  return make(
    "div",
    { class: "halted notice", role: "alert" },
    make("p", {}, make("strong", {}, error.message)),
    error.fix ? make("p", {}, error.fix) : null,
    button,
  );
}
