/* What stands behind `#` chooses the view: `#/study/ID`, `#/runs?status=finished`. */

import { make } from "./dom.js";
import { notice } from "./notice.js";

/**
 * What a view gets to work with.
 * @typedef {object} Place
 * @property {HTMLElement} element  To fill; empty.
 * @property {string} argument  What stands behind the view's name, decoded; empty if nothing does.
 * @property {URLSearchParams} query  What stands behind `?`.
 * @property {AbortSignal} signal  Aborts when the reader goes elsewhere.
 * @property {(text: string) => void} title  Names the view, in its heading and in the tab.
 */

/** @typedef {{title: string, show: (place: Place) => void | Promise<void>}} View */

/**
 * Show the view that the address names, now and whenever it changes.
 * @param {Record<string, View>} views
 */
export function startRouter(views) {
  let leave = new AbortController();
  const go = (first) => {
    leave.abort();
    leave = new AbortController();
    enter(views, leave.signal, first);
  };
  window.addEventListener("hashchange", () => go(false));
  document.getElementById("skip").addEventListener("click", () => document.getElementById("heading").focus());
  go(true);
}

/**
 * Write the view's settings into the address without going anywhere.
 * @param {string} path  As `/runs`.
 * @param {URLSearchParams} query
 */
export function remember(path, query) {
  const text = query.toString();
  window.history.replaceState(null, "", `#${path}${text ? `?${text}` : ""}`);
}

function enter(views, signal, first) {
  const { name, argument, query } = addressed(window.location.hash);
  const view = views[name];
  const element = make("div", { id: "view" });
  document.getElementById("view").replaceWith(element);
  markPages(name);
  title(view ? view.title : "There is no such page");
  if (!first) arrive();
  if (!view) {
    element.append(make("p", {}, "The links above lead to all there is."));
    return;
  }
  const place = { element, argument, query, signal, title: (text) => !signal.aborted && title(text) };
  run(view, place);
}

async function run(view, place) {
  place.element.setAttribute("aria-busy", "true");
  try {
    await view.show(place);
  } catch (error) {
    if (!place.signal.aborted) {
      place.element.replaceChildren(
        notice(error, () => {
          place.element.replaceChildren();
          run(view, place);
        }),
      );
    }
  } finally {
    place.element.removeAttribute("aria-busy");
  }
}

function addressed(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [name, ...rest] = path.split("/");
  return { name: name || "runs", argument: decoded(rest.join("/")), query: new URLSearchParams(query) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % is no reason to show nothing
  }
}

function title(text) {
  document.getElementById("heading").textContent = text;
  document.title = `${text} · cnnlab`;
}

function arrive() {
  window.scrollTo(0, 0);
  document.getElementById("heading").focus({ preventScroll: true });
}

/** Which page of the header a view belongs to. */
const BELONGS = { study: "runs", compare: "runs", architecture: "architectures" };

function markPages(name) {
  for (const link of document.querySelectorAll("#pages a")) {
    const page = link.getAttribute("href").slice(2);
    if (page === name) link.setAttribute("aria-current", "page");
    else if (page === BELONGS[name]) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
