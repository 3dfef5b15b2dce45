/* What each network says of a drawing: a line for all of it, and each class with bar, number and its seeds' spread. */

import { link, make } from "./dom.js";
import { plural } from "./words.js";

const MOST_CLASSES = 12; // more than that are shown as the likeliest ones

/** Make the panel of answers; `digest` stands beside the pad, `element` below it. */
export function answersPanel() {
  const lines = make("div", {});
  const cards = make("div", { class: "answers" });
  const digest = make(
    "section",
    { "aria-labelledby": "answers-heading", class: "digest" },
    make("h2", { id: "answers-heading" }, "Answers"),
    lines,
  );
  const element = make(
    "section",
    { "aria-labelledby": "classes-heading" },
    make("h2", { id: "classes-heading" }, "Every class"),
    cards,
    make(
      "p",
      { class: "aside" },
      "The bar is the mean over the seeds; the thin line spans the lowest and the highest seed. " +
        "Both are written beside it.",
    ),
  );
  let key = null;
  let shown = [];
  let told = "";
  const show = (answer, truth) => {
    const now = JSON.stringify(
      answer.answers.map((one) => [one.architecture, one.study, one.class_names, one.seeds.length]),
    );
    if (now !== key) {
      key = now;
      shown = answer.answers.map(network);
      lines.replaceChildren(
        ...(shown.length
          ? shown.map((one) => one.line)
          : [make("p", {}, "No network with weights yet. ", make("a", { href: "#/new" }, "Train some"), ".")]),
      );
      cards.replaceChildren(...shown.map((one) => one.card));
    }
    told = answer.answers.map((one, at) => shown[at].show(one, answer.empty, truth)).join(" ");
  };
  return { digest, element, show, told: () => told };
}

function network(answer) {
  const big = make("span", { class: "big" });
  const sure = make("span", { class: "aside" });
  const line = make(
    "div",
    { class: "line" },
    make("h3", {}, link("architecture", answer.architecture, answer.architecture)),
    big,
    sure,
  );
  const rows = Array.from({ length: Math.min(answer.class_names.length, MOST_CLASSES) }, row);
  const left = answer.class_names.length - rows.length;
  const card = make(
    "article",
    {},
    make("h3", {}, answer.architecture),
    make(
      "p",
      { class: "aside" },
      `${plural(answer.seeds.length, "seed")} of `,
      link("study", answer.study, `study ${answer.study}`),
    ),
    make(
      "table",
      { class: "bars", "aria-label": `Answer of ${answer.architecture}` },
      make("colgroup", {}, ...["class", "bar", "mean", "seeds"].map((name) => make("col", { class: name }))),
      make(
        "thead",
        { class: "unseen" },
        make("tr", {}, ...["Class", "Bar", "Mean", "Seeds"].map((head) => make("th", { scope: "col" }, head))),
      ),
      make("tbody", {}, ...rows.map((one) => one.element)),
    ),
    left > 0 ? make("p", { class: "aside" }, `and ${plural(left, "class")} less likely`) : null,
  );
  return { line, card, show: (fresh, empty, truth) => showNetwork({ big, sure, rows }, fresh, empty, truth) };
}

function showNetwork({ big, sure, rows }, answer, empty, truth) {
  const best = top(answer.mean);
  const order = answer.mean.map((_, index) => index);
  if (answer.mean.length > MOST_CLASSES) order.sort((one, other) => answer.mean[other] - answer.mean[one]);
  rows.forEach((one, at) => one.show(answer, order[at], !empty && order[at] === best, empty));
  if (empty) {
    big.textContent = "-";
    sure.textContent = "nothing drawn yet";
    return "";
  }
  const name = answer.class_names[best];
  const agree = answer.seeds.filter((seed) => top(seed.probabilities) === best).length;
  const right = truth === undefined ? "" : truth === name ? "; right" : `; wrong, it is ${truth}`;
  big.textContent = name;
  const told = `${agree} of ${plural(answer.seeds.length, "seed")} say so${right}`;
  sure.textContent = `${answer.mean[best].toFixed(4)}; ${told}`;
  return `${answer.architecture} says ${name}, ${answer.mean[best].toFixed(2)}.`;
}

function row() {
  const parts = {
    name: make("th", { scope: "row" }),
    fill: make("span", { class: "fill" }),
    spread: make("span", { class: "spread" }),
    mean: make("td", {}),
    span: make("td", { class: "aside" }),
  };
  const bar = make("td", { class: "bar" }, make("span", { class: "track" }, parts.fill, parts.spread));
  const element = make("tr", {}, parts.name, bar, parts.mean, parts.span);
  const show = (answer, index, best, empty) => {
    const [mean, low, high] = empty ? [0, 0, 0] : [answer.mean[index], answer.low[index], answer.high[index]];
    element.classList.toggle("best", best);
    parts.name.textContent = answer.class_names[index];
    parts.fill.style.width = percent(mean);
    parts.spread.style.left = percent(low);
    parts.spread.style.width = percent(high - low);
    parts.mean.textContent = empty ? "-" : mean.toFixed(4);
    parts.span.textContent = empty || answer.seeds.length < 2 ? "" : `${low.toFixed(2)} to ${high.toFixed(2)}`;
  };
  return { element, show };
}

function percent(part) {
  return `${Math.max(0, Math.min(1, part)) * 100}%`;
}

function top(values) {
  return values.reduce((best, value, index) => (value > values[best] ? index : best), 0);
}
