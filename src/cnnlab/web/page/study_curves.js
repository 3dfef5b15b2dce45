/* The curves of a study: for each architecture one drawing of the loss and one of the accuracy. */

import { link, make } from "./dom.js";
import { bounds, curveNumbers, curves, MEASURES, MOST_SEEDS } from "./curves.js";
import { figure } from "./figure.js";
import { byArchitecture } from "./study_state.js";
import { four, plural } from "./words.js";

/** Make the place of the curves; `show` draws what the state has. */
export function studyCurves() {
  const multiples = new Map();
  const list = make("div", {});
  const one = make("input", { type: "checkbox", checked: true });
  const scale = make("label", { class: "switch" }, one, "The same scales for all architectures");
  let latest = null;
  const show = (state) => {
    latest = state;
    const groups = byArchitecture(state);
    scale.hidden = groups.size < 2;
    for (const name of groups.keys()) if (!multiples.has(name)) multiples.set(name, multiple(name));
    const wanted = [...groups.keys()].map((name) => multiples.get(name).element);
    if (wanted.some((element, at) => list.children[at] !== element)) list.replaceChildren(...wanted);
    const all = [...state.runs.values()];
    for (const [name, runs] of groups) multiples.get(name).show(runs, one.checked ? all : runs);
  };
  one.addEventListener("change", () => latest && show(latest));
  return { element: make("div", {}, legend(), scale, list), show };
}

function legend() {
  return make(
    "p",
    { class: "aside" },
    "Validation: solid line, round marks. Training: dashed line, square marks. Each seed is a line of its own.",
  );
}

function multiple(name) {
  let shown = [];
  const told = make("p", { class: "aside" });
  const figures = Object.keys(MEASURES).map((measure) => {
    const drawing = curves(measure, name);
    const { element, renew } = figure({
      drawing: drawing.element,
      caption: MEASURES[measure].title,
      name: `${MEASURES[measure].title} of ${name}`,
      numbers: () => curveNumbers(measure, shown),
    });
    return { measure, drawing, element, renew };
  });
  const show = (runs, together) => {
    shown = runs;
    told.textContent = lately(runs);
    const epochs = Math.max(
      1,
      ...together.map((run) => run.epochs_planned ?? 0),
      ...together.flatMap((run) => [...run.history.keys()]),
    );
    for (const { measure, drawing, renew } of figures) {
      drawing.show(runs, epochs, bounds(measure, together));
      renew();
    }
  };
  const element = make(
    "article",
    {},
    make("h3", {}, link("architecture", name, name)),
    told,
    make("div", { class: "pair" }, ...figures.map((one) => one.element)),
  );
  return { element, show };
}

/** Where the runs of an architecture stand, in a line. */
function lately(runs) {
  const begun = runs.filter((run) => run.history.size);
  const failed = runs.filter((run) => run.status === "failed").length;
  const fate = failed ? `, ${failed} failed` : "";
  if (!begun.length) {
    return `${plural(runs.length, "seed")}${fate}, no epoch finished${failed === runs.length ? "" : " yet"}.`;
  }
  const ends = begun
    .map((run) => run.history.get(Math.max(...run.history.keys())).val_accuracy)
    .filter(Number.isFinite);
  if (!ends.length) return `${begun.length} of ${plural(runs.length, "seed")} begun${fate}.`;
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const seeds =
    begun.length < runs.length
      ? `${begun.length} of ${plural(runs.length, "seed")} begun`
      : plural(runs.length, "seed");
  const spread = ends.length > 1 ? `${four(low)} to ${four(high)}` : four(low);
  const undrawn = runs.length > MOST_SEEDS ? ` The first ${MOST_SEEDS} seeds are drawn; the tables have all.` : "";
  return `${seeds}${fate}; validation accuracy ${spread}.${undrawn}`;
}
