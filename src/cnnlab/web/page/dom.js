/* Elements, made so that no text can become anything but text. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, any>} attributes  Functions named `on...` listen; true and false switch; null leaves out.
 * @param {...(Node | string | number | null)} children  Texts stay texts.
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * Make an element of a drawing.
 * @param {string} tag
 * @param {Record<string, any>} attributes
 * @param {...(Node | string | number | null)} children
 * @returns {SVGElement}
 */
export function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) setSafely(element, name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined).map(asNode));
  return element;
}

function setSafely(element, name, value) {
  if (name === "href" && !/^(#|\/(?![/\\]))/.test(value)) throw new Error(`a link that leads elsewhere: ${value}`);
  element.setAttribute(name, value);
}

function asNode(child) {
  return child instanceof Node ? child : document.createTextNode(String(child));
}

let made = 0;

/**
 * Make an id that nothing else has.
 * @param {string} word
 */
export function freshId(word) {
  made += 1;
  return `${word}-${made}`;
}

/**
 * Make a link to a view.
 * @param {string} view  As `study`.
 * @param {string} argument  Not encoded.
 * @param {string} text
 */
export function link(view, argument, text) {
  return make("a", { href: `#/${view}/${encodeURIComponent(argument)}` }, text);
}

const LEFTWARD = "[\\p{Script=Hebrew}\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Thaana}\\p{Script=Nko}]+";

/**
 * Let words that run from right to left stand by themselves, so that they move no number of their line.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function isolated(text) {
  const parts = text.split(new RegExp(`(${LEFTWARD}(?: ${LEFTWARD})*)`, "u"));
  return parts.map((part, at) => (at % 2 ? make("bdi", {}, part) : part));
}

/** Make a line that is read aloud politely when its text changes, and is not seen. */
export function quietVoice() {
  return make("p", { class: "unseen", role: "status", "aria-live": "polite" });
}
