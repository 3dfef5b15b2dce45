/* The runs of the store: filters, the studies they belong to, and a choice to compare. */

import { link, make, quietVoice } from "./dom.js";
import { notice } from "./notice.js";
import { remember } from "./router.js";
import { read } from "./server.js";
import { table } from "./table.js";
import { count, four, moment, plural } from "./words.js";

const PAGE = 100; // runs shown at first, and more at each wish for more
const STUDIES = 8;
const STATUS = ["planned", "running", "interrupted", "failed", "finished"];
const FILTERS = ["architecture", "study", "status", "seed"];

/** Runs chosen to be compared, id to name; they stay chosen while the page is open. */
const chosen = new Map();

/** @param {import("./router.js").Place} place */
export async function runsView(place) {
  const [{ studies }, found] = await Promise.all([
    read("/api/studies", place.signal),
    read(`/api/runs?${asked(place.query, PAGE)}`, place.signal),
  ]);
  if (place.signal.aborted) return;
  place.element.append(studiesSection(studies), runsSection(place, studies, found));
}

function asked(query, limit) {
  const words = new URLSearchParams();
  for (const name of FILTERS) if (query.get(name)) words.set(name, query.get(name));
  words.set("limit", String(limit));
  return words;
}

function studiesSection(studies) {
  const section = make(
    "section",
    { "aria-labelledby": "studies-heading" },
    make("h2", { id: "studies-heading" }, "Studies"),
  );
  if (!studies.length) {
    section.append(make("p", {}, "There is none yet. ", make("a", { href: "#/new" }, "Start one"), "."));
    return section;
  }
  const place = make("div", {});
  const show = (some) => {
    const heads = [
      { text: "Study" },
      { text: "Began", wide: true },
      { text: "Runs", wide: true },
      { text: "Report", wide: true },
    ];
    place.replaceChildren(table(heads, some.map(studyRow), { label: "Studies" }));
  };
  show(studies.slice(0, STUDIES));
  section.append(place);
  if (studies.length > STUDIES) {
    const all = make(
      "button",
      {
        type: "button",
        onclick: () => {
          show(studies);
          all.remove();
        },
      },
      `Show all ${count(studies.length)}`,
    );
    section.append(all);
  }
  return section;
}

function studyRow(study) {
  const running = study.running ? make("span", { class: "badge running" }, "training") : null;
  const report = study.report
    ? make(
        "a",
        {
          href: `/reports/${encodeURIComponent(study.id)}`,
          target: "_blank",
          rel: "noopener",
          "aria-label": `Report of ${study.name} (new tab)`,
        },
        "Open the report",
      )
    : "none yet";
  return [
    make("span", { class: "named" }, link("study", study.id, study.name), running),
    moment(study.began),
    `${count(study.finished)} of ${count(study.runs)} finished`,
    report,
  ];
}

function runsSection(place, studies, found) {
  const [rows, told] = [make("div", {}), make("p", { class: "aside" })];
  const [voice, bar] = [quietVoice(), make("div", { class: "chosen" })];
  const byFolder = new Map(studies.map((study) => [study.folder, study]));
  let limit = PAGE;
  let leave = new AbortController();

  const show = ({ runs, total }) => {
    const changed = () => showChosen(bar);
    rows.replaceChildren(runs.length ? runTable(runs, byFolder, changed) : nothing(place.query));
    told.replaceChildren(...counted(runs.length, total, more));
  };
  const more = () => {
    limit += PAGE;
    load();
  };
  const load = async () => {
    leave.abort();
    leave = new AbortController();
    const signal = AbortSignal.any([leave.signal, place.signal]);
    try {
      const fresh = await read(`/api/runs?${asked(place.query, limit)}`, signal);
      if (signal.aborted) return;
      show(fresh);
      voice.textContent = fresh.total ? `${plural(fresh.total, "run")} found.` : "No run found.";
    } catch (error) {
      if (!signal.aborted) rows.replaceChildren(notice(error, load));
    }
  };
  const filter = () => {
    limit = PAGE;
    remember("/runs", withoutEmpty(place.query));
    load();
  };
  show(found);
  showChosen(bar);
  return make(
    "section",
    { "aria-labelledby": "runs-heading" },
    make("h2", { id: "runs-heading" }, "All runs"),
    filters(place.query, found, filter),
    voice,
    bar,
    rows,
    told,
  );
}

/** Say how many runs there are, with a button where not all are shown. */
function counted(shown, total, more) {
  if (!shown) return [];
  if (total <= shown) return [`${plural(total, "run")}, the newest first.`];
  const button = make("button", { type: "button", onclick: more }, "Show more");
  return [`${count(shown)} of ${plural(total, "run")}, the newest first. `, button];
}

function withoutEmpty(query) {
  return new URLSearchParams([...query].filter(([name, value]) => FILTERS.includes(name) && value));
}

function filters(query, found, changed) {
  const set = (name) => (event) => {
    query.set(name, event.target.value);
    changed();
  };
  return make(
    "div",
    { class: "filters", role: "search", "aria-label": "Filter runs" },
    select("Architecture", found.architectures, query.get("architecture"), set("architecture")),
    select("Study", found.studies, query.get("study"), set("study")),
    select("Status", STATUS, query.get("status"), set("status")),
    make(
      "label",
      {},
      "Seed",
      make("input", {
        type: "number",
        min: "0",
        step: "1",
        inputmode: "numeric",
        placeholder: "all",
        value: query.get("seed") ?? "",
        onchange: set("seed"),
      }),
    ),
  );
}

function select(label, values, current, changed) {
  const known = current && !values.includes(current) ? [...values, current] : values;
  const options = known.map((value) => make("option", { value, selected: value === current }, value));
  return make(
    "label",
    {},
    label,
    make("select", { onchange: changed }, make("option", { value: "" }, "all"), ...options),
  );
}

function nothing(query) {
  const filtered = FILTERS.some((name) => query.get(name));
  return make(
    "p",
    {},
    filtered ? 'No run is like that. Choose "all" in a filter to see more.' : "There is no run yet.",
  );
}

function runTable(runs, byFolder, changed) {
  const heads = [
    { text: "Run" },
    { text: "Study", wide: true },
    "Seed",
    { text: "Status", wide: true },
    "Epochs",
    "Test loss",
    "Test accuracy",
    { text: "Began", wide: true },
  ];
  return table(
    heads,
    runs.map((run) => runRow(run, byFolder, changed)),
    { label: "Runs" },
  );
}

function runRow(run, byFolder, changed) {
  const study = byFolder.get(run.folder.split("/")[0]);
  return [
    make(
      "span",
      { class: "pick" },
      pick(run, changed),
      make("span", {}, link("architecture", run.architecture, run.architecture), make("small", {}, run.id)),
    ),
    study ? link("study", study.id, run.study) : run.study,
    String(run.seed),
    make("span", { class: `badge ${run.status}` }, run.status),
    run.epochs === run.epochs_planned ? count(run.epochs) : `${count(run.epochs)} of ${count(run.epochs_planned)}`,
    four(run.test_loss),
    make("span", { class: "key" }, four(run.test_accuracy)),
    moment(run.began),
  ];
}

function pick(run, changed) {
  const name = `${run.architecture}, seed ${run.seed}`;
  const toggle = (event) => {
    if (event.target.checked) chosen.set(run.id, name);
    else chosen.delete(run.id);
    changed();
  };
  return make("input", {
    type: "checkbox",
    checked: chosen.has(run.id),
    "aria-label": `Choose ${name} (${run.id}) to compare`,
    onchange: toggle,
  });
}

function showChosen(bar) {
  const ids = [...chosen.keys()].map(encodeURIComponent).join(",");
  const clear = () => {
    chosen.clear();
    for (const box of document.querySelectorAll(".pick input")) box.checked = false;
    showChosen(bar);
    document.querySelector(".pick input")?.focus();
  };
  bar.classList.toggle("some", chosen.size > 0);
  bar.replaceChildren(
    make(
      "p",
      {},
      chosen.size ? `${plural(chosen.size, "run")} chosen.` : "Choose runs in the table to compare them.",
    ),
    ...(chosen.size > 1
      ? [make("a", { class: "button", href: `#/compare/${ids}` }, `Compare ${plural(chosen.size, "run")}`)]
      : []),
    ...(chosen.size === 1 ? [make("p", { class: "aside" }, "One more at least.")] : []),
    ...(chosen.size ? [make("button", { type: "button", onclick: clear }, "Choose none")] : []),
  );
}
