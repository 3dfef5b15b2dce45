/* Runs side by side, in the words of `cnnlab compare`. */

import { isolated, link, make } from "./dom.js";
import { read } from "./server.js";
import { scrolled, table } from "./table.js";
import { four, plural } from "./words.js";

/** @param {import("./router.js").Place} place */
export async function compareView(place) {
  const runs = place.argument.split(",").filter(Boolean);
  place.title(`Comparison of ${plural(runs.length, "run")}`);
  place.element.append(
    make(
      "p",
      { class: "quiet" },
      "The machine is comparing answers image by image.",
    ),
  );
  const words = new URLSearchParams({ runs: runs.join(",") });
  if (place.query.get("epoch")) words.set("epoch", place.query.get("epoch"));
  const { text, document: found } = await read(`/api/compare?${words}`, place.signal);
  if (place.signal.aborted) return;
  place.element.replaceChildren(
    make("p", { class: "lead" }, "Which differences are real, and which could be chance?"),
    epochChoice(place),
    accuracySection(found),
    pairsSection(found),
    notesSection(found),
    textSection(text),
  );
}

function epochChoice(place) {
  const current = place.query.get("epoch") ?? "last";
  const link = (epoch, text) =>
    make(
      "a",
      {
        href: `#/compare/${encodeURIComponent(place.argument)}?epoch=${epoch}`,
        "aria-current": epoch === current ? "true" : null,
      },
      text,
    );
  return make(
    "p",
    { class: "choices" },
    make("span", {}, "Each run after its"),
    link("last", "last epoch"),
    link("best", "best epoch by validation"),
  );
}

function accuracySection(found) {
  const rows = (found.architectures ?? []).map((one) => [
    link("architecture", one.own_name ?? one.architecture, one.architecture),
    String(one.seeds?.length ?? "-"),
    make("span", { class: "key" }, four(one.accuracy?.value)),
    interval(one.accuracy?.interval),
    four(one.loss?.value),
    one.group || "-",
  ]);
  const heads = ["Architecture", "Seeds", "Accuracy", "95 % interval", "Loss", "Group"];
  return section(
    "Accuracy",
    table(heads, rows, { label: "Accuracy" }),
    make(
      "p",
      { class: "aside" },
      "The interval is of the mean, for other seeds and other images of the same kind. " +
        "Architectures that share a letter are not distinguishable.",
    ),
  );
}

function pairsSection(found) {
  const pairs = found.pairs ?? [];
  if (!pairs.length)
    return section("Pairs", make("p", {}, "There is one architecture only: nothing to hold it against."));
  const rows = pairs.map((pair) => [
    `${pair.better} over ${pair.worse}`,
    four(pair.gap),
    interval(pair.interval),
    make(
      "span",
      { class: pair.distinguishable ? "badge finished" : "badge" },
      pair.distinguishable ? "distinguishable" : "not distinguishable",
    ),
    pair.more_seeds ? `${pair.more_seeds} seeds each` : "-",
  ]);
  const heads = [
    "Pair",
    "Gap",
    "95 % interval",
    { text: "Verdict", wide: true },
    { text: "Would settle it", wide: true },
  ];
  return section("Pairs", table(heads, rows, { label: "Pairs" }));
}

function notesSection(found) {
  const notes = found.notes ?? [];
  if (!notes.length) return null;
  return section("Observations", make("ol", { class: "observations" }, ...notes.map((note) => make("li", {}, note))));
}

function textSection(text) {
  return section(
    "As in the terminal",
    scrolled(make("pre", { class: "terminal" }, ...isolated(text)), "The comparison as the terminal shows it"),
  );
}

function interval(bounds) {
  return bounds ? `${four(bounds[0])} to ${four(bounds[1])}` : "-";
}

function section(title, ...children) {
  const id = `compare-${title.toLowerCase().replaceAll(" ", "-")}`;
  return make("section", { "aria-labelledby": id }, make("h2", { id }, title), ...children);
}
