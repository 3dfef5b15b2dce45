/* The tables of a study and its observations. */

import { make } from "./dom.js";
import { scrolled, table } from "./table.js";
import { byArchitecture } from "./study_state.js";
import { four } from "./words.js";

/** The table as the server makes it: the same as in the terminal and in the report. */
export function resultTable(state) {
  const { heads, rows } = state.table ?? { heads: [], rows: [] };
  if (!rows.length) return make("p", {}, "It is there once a run is finished.");
  const texts = rows.map((row) => row.map(String));
  // An architecture's own line says in its last cell how long it took, or "-"; what stands beneath it leaves it empty.
  return table(heads, texts, { label: "Result", isPart: (row) => row.at(-1) === "" });
}

/** Where each run stands. */
export function runsTable(state) {
  const rows = [...byArchitecture(state).values()].flat().map((run) => {
    const last = run.history.size ? run.history.get(Math.max(...run.history.keys())) : null;
    return [
      make("span", {}, run.architecture, make("small", {}, run.id)),
      String(run.seed),
      make("span", { class: `badge ${run.status}` }, run.status),
      `${run.history.size}${run.epochs_planned ? ` of ${run.epochs_planned}` : ""}`,
      four(last?.val_loss),
      four(last?.val_accuracy),
      make("span", { class: "key" }, four(run.test_accuracy)),
    ];
  });
  const heads = [
    "Run",
    "Seed",
    { text: "Status", wide: true },
    "Epochs",
    "Validation loss",
    "Validation accuracy",
    "Test accuracy",
  ];
  return table(heads, rows, { label: "Runs of this study" });
}

/** What a process said last that failed. */
export function lastWords(state) {
  if (state.status !== "failed" || !state.log?.length) return [];
  const words = make("pre", { class: "terminal" }, state.log.join("\n"));
  const id = "words-heading";
  const heading = make("h2", { id }, "What it said last");
  return [make("section", { "aria-labelledby": id }, heading, scrolled(words, "What it said last"))];
}

/** What the numbers say, once they are there. */
export function observations(state) {
  const told = state.observations ?? [];
  // Of a study that trains they would say what is true of its first seeds alone, and be old by the next epoch.
  if (!told.length || ["training", "writing"].includes(state.status)) return [];
  return [
    make(
      "section",
      { "aria-labelledby": "observations-heading" },
      make("h2", { id: "observations-heading" }, "Observations"),
      make("ol", { class: "observations" }, ...told.map((text) => make("li", {}, text))),
    ),
  ];
}
