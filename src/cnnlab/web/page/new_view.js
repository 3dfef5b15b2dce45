/* Starting a study: networks, recipe, and what the server has against them. */

import { freshId, link, make } from "./dom.js";
import { notice } from "./notice.js";
import { read, tell } from "./server.js";
import { count } from "./words.js";

/**
 * @typedef {{name: string, label: string, hint: string, type: "text" | "number" | "select", value?: string,
 *   step?: string, values?: string[]}} Field
 */

/** @type {Field[]} */
const FIELDS = [
  { name: "name", label: "Name", type: "text", hint: "Of the study and its folder. Empty: the server chooses one." },
  {
    name: "seeds",
    label: "Seeds",
    type: "number",
    step: "1",
    value: "3",
    hint: "Runs of each network. One says nothing of chance; three say a little.",
  },
  { name: "epochs", label: "Epochs", type: "number", step: "1", hint: "Empty: each network its own." },
  { name: "batch_size", label: "Batch size", type: "number", step: "1", hint: "Empty: each network its own." },
  {
    name: "optimizer",
    label: "Optimizer",
    type: "select",
    values: ["adam", "sgd", "rmsprop", "adadelta"],
    hint: "Its own: each network that of its recipe.",
  },
  {
    name: "learning_rate",
    label: "Learning rate",
    type: "number",
    step: "any",
    hint: "Empty: that of the optimizer.",
  },
  {
    name: "limit",
    label: "Training images",
    type: "number",
    step: "1",
    hint: "The first so many. Empty: all 60,000.",
  },
];

/** @param {import("./router.js").Place} place */
export async function newView(place) {
  const { architectures } = await read("/api/architectures", place.signal);
  if (place.signal.aborted) return;
  const above = make("div", {});
  const send = make("button", { type: "submit", class: "main" }, "Start training");
  const form = make(
    "form",
    { novalidate: true, class: "recipe-form", autocomplete: "off" },
    above,
    networks(architectures),
    make("fieldset", {}, make("legend", {}, "Recipe"), make("div", { class: "fields" }, ...FIELDS.map(field))),
    make(
      "p",
      { class: "actions" },
      send,
      make("span", { class: "aside" }, "Training goes on in a process of its own, also when this page is closed."),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start(form, above, send, place.signal);
  });
  place.element.append(
    make("p", { class: "lead" }, "Train a few networks, several seeds each, and see which differences are real."),
    form,
  );
}

function networks(architectures) {
  const boxes = architectures
    .filter((one) => one.from === "zoo")
    .map((one) =>
      make(
        "li",
        {},
        make(
          "label",
          {},
          make("input", { type: "checkbox", name: "architectures", value: one.name }),
          make(
            "span",
            {},
            one.name,
            make("small", {}, `${count(one.parameters)} parameters, ${count(one.madds)} multiply-adds`),
          ),
        ),
        labelled(link("architecture", one.name, "Look"), `Look at ${one.name}`),
      ),
    );
  return make(
    "fieldset",
    { "data-field": "architectures" },
    make("legend", {}, "Networks"),
    make("ul", { class: "networks" }, ...boxes),
    make("p", { class: "fault", id: "fault-architectures", hidden: true }),
  );
}

function labelled(element, label) {
  element.setAttribute("aria-label", label);
  return element;
}

function field(one) {
  const [id, hint] = [freshId(one.name), freshId("hint")];
  const common = { id, name: one.name, "aria-describedby": `${hint} fault-${one.name}` };
  const input =
    one.type === "select"
      ? make(
          "select",
          common,
          make("option", { value: "" }, "its own"),
          ...one.values.map((value) => make("option", { value }, value)),
        )
      : make("input", { ...common, type: one.type, step: one.step, value: one.value ?? "" });
  return make(
    "div",
    { class: "field", "data-field": one.name },
    make("label", { for: id }, one.label),
    input,
    make("p", { class: "fault", id: `fault-${one.name}`, hidden: true }),
    make("p", { class: "hint", id: hint }, one.hint),
  );
}

async function start(form, above, send, signal) {
  forget(form, above);
  const unread = [...form.querySelectorAll("input[type=number]")].find((input) => input.validity.badInput);
  if (unread) {
    blame(form, unread.name, "Expected a number.");
    return;
  }
  send.disabled = true;
  send.textContent = "Starting ...";
  try {
    const { id } = await tell("/api/studies", body(form), signal);
    window.location.hash = `#/study/${encodeURIComponent(id)}`;
  } catch (error) {
    if (!signal.aborted) complain(form, above, error);
  } finally {
    send.disabled = false;
    send.textContent = "Start training";
  }
}

function body(form) {
  const found = { architectures: [...form.querySelectorAll("[name=architectures]:checked")].map((box) => box.value) };
  for (const { name, type } of FIELDS) {
    const text = form.querySelector(`[name=${name}]`).value.trim();
    if (text) found[name] = type === "number" ? Number(text) : text;
    else if (name !== "name") found[name] = null;
  }
  return found;
}

/** Show an error at the field that it names, else above the form. */
function complain(form, above, error) {
  const words = error.where.split(/[^a-z_]+/i);
  const name = ["architectures", ...FIELDS.map((one) => one.name)].reverse().find((one) => words.includes(one));
  if (name) {
    blame(form, name, [error.said, error.fix].filter(Boolean).join(" "));
    return;
  }
  above.replaceChildren(notice(error));
  above.firstElementChild.tabIndex = -1;
  above.firstElementChild.focus();
}

function blame(form, name, text) {
  const fault = form.querySelector(`#fault-${name}`);
  fault.textContent = text;
  fault.hidden = false;
  const input = form.querySelector(`[name=${name}]`);
  for (const one of form.querySelectorAll(`[name=${name}]`)) {
    one.setAttribute("aria-invalid", "true");
    if (name === "architectures") one.setAttribute("aria-describedby", "fault-architectures");
  }
  input.focus();
}

function forget(form, above) {
  above.replaceChildren();
  for (const fault of form.querySelectorAll(".fault")) {
    fault.hidden = true;
    fault.textContent = "";
  }
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}
