/* A drawing that came as text from our own server, let in without anything that could act. */

const ALLOWED = new Set([
  "svg",
  "title",
  "desc",
  "defs",
  "g",
  "path",
  "line",
  "polyline",
  "polygon",
  "rect",
  "circle",
  "ellipse",
  "text",
  "tspan",
  "use",
  "symbol",
  "marker",
  "clipPath",
  "linearGradient",
  "radialGradient",
  "stop",
  "pattern",
]);

/**
 * Turn a drawing into an element of this page.
 * @param {string} text  One `<svg>` element.
 * @returns {Element | null}  None where it is no drawing.
 */
export function drawing(text) {
  // What is broken becomes a page of the browser's own, with styles that the policy refuses aloud.
  if (!text.startsWith("<svg")) return null;
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const root = parsed.documentElement;
  if (root.localName !== "svg" || parsed.querySelector("parsererror")) return null;
  for (const element of [root, ...root.querySelectorAll("*")]) {
    if (ALLOWED.has(element.localName)) disarm(element);
    else element.remove();
  }
  return document.importNode(root, true);
}

function disarm(element) {
  for (const { name, localName, value } of [...element.attributes]) {
    const points = localName === "href" && !value.startsWith("#");
    const fetches = /url\s*\(\s*["']?(?!#)/i.test(value);
    if (/^on/i.test(localName) || localName === "style" || points || fetches) element.removeAttribute(name);
  }
}
