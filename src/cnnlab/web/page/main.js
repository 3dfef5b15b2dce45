/*
 * The live page of `cnnlab serve`, for whoever opens this folder for the first time.
 *
 * There is no framework and no build step: the browser loads these files as they are. docs/live-page.md is the contract
 * with the server. From the outside in:
 *
 *   main.js           this file: which view stands at which address
 *   router.js         what stands behind `#` chooses the view; sets title, heading and focus
 *   *_view.js         one file for each view: a function that fills an element
 *   study_state.js    a study while it trains: events in, points out; nothing of the page in it
 *   stream.js         the event stream, which begins again where it was cut
 *   study_curves.js, study_tables.js   what the study's view shows of it
 *   curves.js         the drawing of curves, with scale.js for its axes and figure.js for the table that unfolds
 *   canvas.js         of the reports: the field to draw in; pad_answers.js and pad_layers.js show what the networks make of it
 *   server.js         asks the server; every failure becomes an error that notice.js can show
 *   dom.js, table.js, words.js, svg.js   elements, tables, numbers as text, a drawing of the server's made safe
 *
 * A view gets a `Place` (see router.js). Whatever it starts must end when `place.signal` aborts. All names (of classes,
 * runs, layers, studies) may be hostile: they reach the page as text, through `make` in dom.js, and never as HTML.
 */

import { architectureView, architecturesView } from "./architecture_view.js";
import { compareView } from "./compare_view.js";
import { newView } from "./new_view.js";
import { padView } from "./pad_view.js";
import { startRouter } from "./router.js";
import { runsView } from "./runs_view.js";
import { studyView } from "./study_view.js";

startRouter({
  runs: { title: "Runs", show: runsView },
  study: { title: "Study", show: studyView },
  new: { title: "New study", show: newView },
  compare: { title: "Comparison", show: compareView },
  architectures: { title: "Architectures", show: architecturesView },
  architecture: { title: "Architecture", show: architectureView },
  pad: { title: "Drawing pad", show: padView },
});
