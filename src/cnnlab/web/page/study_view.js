/* A study while it trains: how far it is, its curves as they grow, its table, and in the end its observations. */

import { make, quietVoice } from "./dom.js";
import { settled } from "./latest.js";
import { notice } from "./notice.js";
import { Away, read, Refused, tell, Unknown } from "./server.js";
import { follow } from "./stream.js";
import { studyCurves } from "./study_curves.js";
import { apply, merge, progress, stateOf } from "./study_state.js";
import { lastWords, observations, resultTable, runsTable } from "./study_tables.js";
import { renew, scrolled } from "./table.js";
import { about, moment, plural } from "./words.js";

const PATIENCE = 15_000; // milliseconds until a wish that changed nothing may be wished again
const STANDS = { writing: "writing the report" }; // where one word says too little
const LEAST_BETWEEN = 400; // milliseconds between two times that the whole study is asked for

/** @param {import("./router.js").Place} place */
export async function studyView(place) {
  const path = `/api/studies/${encodeURIComponent(place.argument)}`;
  const state = stateOf(await read(path, place.signal));
  if (place.signal.aborted) return;
  place.title(state.name);
  let renewWhole = () => {};
  const parts = {
    top: topSection(path, state, place.signal, () => renewWhole()),
    curves: studyCurves(),
    result: make("div", {}),
    runs: make("div", {}),
    said: make("div", { class: "later" }),
  };
  const growing = section("Curves", parts.curves.element);
  const found = [section("Result", parts.result), parts.said];
  // What came out first, where it is out; while a study trains, what there is to watch.
  place.element.append(
    parts.top.element,
    ...(state.status === "finished" ? [...found, growing] : [growing, ...found]),
    section("Runs", parts.runs),
    definition(state),
  );
  const show = inFrames(() => {
    parts.top.show();
    parts.curves.show(state);
    renew(parts.runs, runsTable(state));
  }, place.signal);
  const showWhole = () => {
    renew(parts.result, resultTable(state));
    parts.said.replaceChildren(...lastWords(state), ...observations(state));
    show();
  };
  showWhole();
  renewWhole = live(path, state, { show, showWhole, away: parts.top.away }, place.signal);
}

/** Follow the study, and ask for the whole of it where the stream does not tell all; return what asks. */
function live(path, state, hands, signal) {
  const again = seldom(async () => {
    const told = state.told;
    try {
      merge(state, await read(path, signal), told);
      hands.showWhole();
    } catch {
      // The stream says by itself when the server is away, and asks again.
    }
  }, signal);
  let was = true;
  follow(
    `${path}/events`,
    {
      last: () => state.last,
      onEvent: (kind, id, told) => {
        const status = state.status;
        if (!apply(state, kind, id, told)) return;
        hands.show();
        if (kind === "run" || state.status !== status) again();
      },
      onState: (there) => {
        if (there && !was) again();
        was = there;
        if (there) hands.away("");
        else whyAway(path, hands.away, signal);
      },
      // Whoever trains in a terminal writes the page after the last run is over.
      over: () => state.status === "finished" && state.report,
    },
    signal,
  );
  return again;
}

/** Tell why no events come: a stream that is refused looks to a page like a server that is away. */
async function whyAway(path, away, signal) {
  away("gone");
  try {
    await read(path, signal);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Unknown) away("unknown");
    else if (error instanceof Refused) away("refused", true, [error.message, error.fix].filter(Boolean).join(" "));
    if (error instanceof Away) away("gone", true);
  }
}

function topSection(path, state, signal, onDone) {
  const bar = make("progress", { "aria-label": "Epochs trained", max: "1" });
  const told = make("p", { class: "told" });
  const voice = quietVoice();
  const away = awayLine();
  const acts = actions(path, state, signal, onDone);
  const show = () => {
    const { done, planned, finished, runs } = progress(state);
    bar.max = Math.max(1, planned);
    bar.value = done;
    const left = state.status === "training" ? about(state.time_left) : "";
    told.replaceChildren(
      make("span", { class: `badge ${state.status}` }, STANDS[state.status] ?? state.status),
      make(
        "span",
        {},
        `${done} of ${plural(planned, "epoch")}, ${finished} of ${plural(runs, "run")}${left ? `, ${left}` : ""}`,
      ),
    );
    say(voice, `${STANDS[state.status] ?? state.status}: ${finished} of ${plural(runs, "run")} over`);
    lacking.hidden = state.status !== "finished" || state.report;
    acts.show();
  };
  const lacking = lackingReport(state);
  const since = make("p", { class: "aside" }, `Began ${moment(state.began)}, in ${state.folder}`);
  return {
    element: make("div", { class: "progress" }, away.element, told, bar, acts.element, lacking, since, voice),
    show,
    away: (why, sure, told) => {
      away.show(why, sure, told);
      if (!why) acts.calm(); // what could not be done while nobody was there
    },
  };
}

/** Say how a finished study gets its report: who trained it was ended while he wrote it, or writes it in a terminal. */
function lackingReport(state) {
  const words = make("code", {}, `cnnlab report ${state.folder}`);
  return make("p", { class: "aside" }, "It has no report yet. In a terminal ", words, " makes it.");
}

/** Say since when no events come, and why: `""` if they do, `"gone"`, `"unknown"` to a server begun anew, `"refused"`. */
function awayLine() {
  const element = make("p", { class: "halted", role: "status", hidden: true });
  let why = "";
  let since = "";
  const show = (now, sure = false, told = "") => {
    // A new try does not take back what is known already.
    if (now === why || (now === "gone" && why && !sure)) return;
    since = why ? since : new Date().toLocaleTimeString("en-GB");
    why = now;
    const stands = `What you see is of ${since}; training goes on without it.`;
    element.hidden = !why;
    element.textContent = {
      "": "",
      gone: `Reconnecting: the server is away. ${stands}`,
      unknown:
        "The server was started anew and does not know this page. Open the address that cnnlab serve has printed, " +
        `here or in another tab: this page then goes on by itself. ${stands}`,
      refused: `The server does not tell of this study. ${told} ${stands}`,
    }[why];
  };
  return { element, show };
}

function reportLink(id) {
  const href = `/reports/${encodeURIComponent(id)}`;
  return make("a", { class: "button", href, target: "_blank", rel: "noopener" }, "Open the report (new tab)");
}

/** Stop, resume, and the report, as the state allows. */
function actions(path, state, signal, onDone) {
  const trouble = make("div", {});
  const button = make("button", { type: "button" });
  const report = reportLink(state.id);
  const pad = make("a", { class: "button", href: `#/pad/${encodeURIComponent(state.id)}` }, "Draw for these networks");
  let asked = "";
  const forget = settled(() => ready(), PATIENCE, signal);
  const ready = () => {
    asked = "";
    show();
  };
  const show = () => {
    if (asked && asked !== state.status) asked = "";
    const verb = verbFor(state);
    if (!verb && document.activeElement === button) document.getElementById("heading").focus();
    button.hidden = !verb;
    button.setAttribute("aria-disabled", asked ? "true" : "false");
    button.textContent = asked ? ({ Stop: "Stopping ...", Resume: "Resuming ..." }[verb] ?? "") : verb;
    report.hidden = !state.report;
    pad.hidden = state.status !== "finished";
  };
  button.addEventListener("click", async () => {
    if (asked) return;
    const verb = state.status === "training" ? "stop" : "resume";
    asked = state.status;
    trouble.replaceChildren();
    show();
    try {
      await tell(`${path}/${verb}`, {}, signal);
      onDone();
      forget();
    } catch (error) {
      if (!signal.aborted) trouble.replaceChildren(notice(error));
      ready();
    }
  });
  const element = make("div", { class: "actions" }, button, report, pad, trouble);
  return { element, show, calm: () => trouble.replaceChildren() };
}

/** Name what can be done: to go on, only where a run is left that is not at its end. */
function verbFor(state) {
  if (state.status === "training") return "Stop";
  const left = [...state.runs.values()].some((run) => !["finished", "failed"].includes(run.status));
  return left && ["stopped", "failed"].includes(state.status) ? "Resume" : "";
}

/** Change a line that is read aloud only when it says something else. */
function say(voice, text) {
  if (voice.textContent !== text) voice.textContent = text;
}

function definition(state) {
  return make(
    "section",
    {},
    make(
      "details",
      {},
      make("summary", {}, "The study's definition"),
      scrolled(make("pre", { class: "terminal" }, state.definition), "The study's definition"),
    ),
  );
}

function section(title, ...children) {
  const id = `study-${title.toLowerCase()}`;
  return make("section", { "aria-labelledby": id }, make("h2", { id }, title), ...children);
}

/** Call at most once in each frame. */
function inFrames(action, signal) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      if (!signal.aborted) action();
    });
  };
}

/** Call one after the other, never close together, and once more where it was wished meanwhile. */
function seldom(action, signal) {
  let busy = false;
  let again = false;
  return async function call() {
    again = true;
    if (busy) return;
    busy = true;
    while (again && !signal.aborted) {
      again = false;
      await action();
      await new Promise((resolve) => setTimeout(resolve, LEAST_BETWEEN));
    }
    busy = false;
  };
}
