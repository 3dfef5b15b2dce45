/* A study while it trains: what the server told, as plain data. Nothing of the page in here. */

/**
 * @typedef {{epoch: number, loss: number?, accuracy: number?, val_loss: number?, val_accuracy: number?}} Epoch
 * @typedef {{id: string, architecture: string, seed: number, status: string, epochs_planned: number?,
 *   history: Map<number, Epoch>}} Run
 * @typedef {{id: string, name: string, status: string, last: number, told: number, time_left: number?,
 *   runs: Map<string, Run>}} State  `told` counts how often the stream said how the study stands.
 */

const STANDING = ["status", "time_left", "report"]; // what the stream says of how a study stands

/**
 * Begin with what `GET /api/studies/ID` answered.
 * @param {any} study
 * @returns {State}
 */
export function stateOf(study) {
  const runs = new Map(study.runs.map((run) => [run.id, { ...run, history: byEpoch(run.history) }]));
  return { ...study, runs, last: study.last_event ?? 0, told: 0 };
}

/**
 * Take in an answer; what the stream has told beyond it stays.
 * @param {State} state  Changed in place.
 * @param {any} study
 * @param {number} told  `state.told` when the question was put: an answer that was overtaken on its way does not say
 *   how the study stands now.
 */
export function merge(state, study, told = state.told) {
  const { runs, last, ...rest } = stateOf(study);
  const stands = told === state.told ? {} : given(state, STANDING);
  Object.assign(state, rest, stands, { told: state.told });
  if (last >= state.last) {
    state.runs = runs;
    state.last = last;
  }
}

/**
 * Take in an event of the stream. An event that was seen already changes nothing.
 * @param {State} state  Changed in place.
 * @param {"epoch" | "cut" | "run" | "study"} kind
 * @param {number} id  Of the event; `study` has none.
 * @param {any} told
 * @returns {boolean}  Whether anything changed.
 */
export function apply(state, kind, id, told) {
  if (kind === "study") {
    Object.assign(state, given(told, STANDING), { told: state.told + 1 });
    return true;
  }
  if (!(id > state.last)) return false;
  state.last = id;
  const run = runOf(state, told);
  if (kind === "epoch") addEpoch(run, told);
  if (kind === "cut") cut(run, told.epoch);
  if (kind === "run") Object.assign(run, given(told, ["status", "test_accuracy", "test_loss"]));
  return true;
}

/**
 * How much is done.
 * @param {State} state
 * @returns {{done: number, planned: number, finished: number, runs: number}}  In epochs, and in runs.
 */
export function progress(state) {
  const told = { done: 0, planned: 0, finished: 0, runs: state.runs.size };
  for (const run of state.runs.values()) {
    const over = run.status === "finished" || run.status === "failed";
    told.done += over ? (run.epochs_planned ?? run.history.size) : run.history.size;
    told.planned += run.epochs_planned ?? run.history.size;
    told.finished += over ? 1 : 0;
  }
  return told;
}

/**
 * The runs of each architecture, seeds in order.
 * @param {State} state
 * @returns {Map<string, Run[]>}
 */
export function byArchitecture(state) {
  const groups = new Map();
  for (const run of state.runs.values()) {
    groups.set(run.architecture, [...(groups.get(run.architecture) ?? []), run]);
  }
  for (const runs of groups.values()) runs.sort((one, other) => one.seed - other.seed);
  return new Map([...groups].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function byEpoch(history) {
  return new Map(history.map((row) => [row.epoch, row]));
}

function runOf(state, told) {
  const known = state.runs.get(told.run);
  if (known) return known;
  const run = {
    id: told.run,
    architecture: told.architecture ?? "?",
    seed: told.seed ?? 0,
    status: "running",
    epochs_planned: null,
    test_accuracy: null,
    test_loss: null,
    history: new Map(),
  };
  state.runs.set(run.id, run);
  return run;
}

function addEpoch(run, told) {
  run.history.set(told.epoch, given(told, ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"]));
  if (run.status === "planned" || run.status === "interrupted") run.status = "running";
}

function cut(run, last) {
  for (const epoch of [...run.history.keys()]) if (epoch > last) run.history.delete(epoch);
}

function given(told, names) {
  return Object.fromEntries(names.filter((name) => name in told).map((name) => [name, told[name]]));
}
