"""A study that trains, in a real browser: its curves grow, and no point is lost or doubled whatever happens."""

import json
import random
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from fake_server import World, refusal
from live_tab import Visit, go, until, visiting
from live_world import Names, epoch, study, world
from watching import Seen

STUDY = "/api/studies/study1"
Points = dict[str, list[int]]


@pytest.fixture
def visit(seen: Seen) -> Iterator[Visit]:
    with visiting(seen) as made:
        yield made


def training(epochs: int = 0) -> World:
    return world(Names(architectures=("one", "two")), epochs=epochs, planned=12, seeds=2, status="training")


def push(made: World, run: str, number: int) -> None:
    """Tell of an epoch of a run like ``run01xyz``."""
    told = epoch(number, 1.0 - 0.42 * int(run[3]), int(run[4]))
    made.push("epoch", {"run": run, "architecture": ("one", "two")[int(run[3])], "seed": int(run[4]), **told})


def points(seen: Seen, kind: str = "validation") -> Points:
    """Read from the first kind of drawing which epochs of each run have a mark."""
    found: Points = seen.page.evaluate(
        """kind => {
          const curves = [...document.querySelectorAll(`figure:first-child .curve[data-kind=${kind}]`)];
          const marks = (curve) => [...curve.querySelectorAll("[data-epoch]")];
          const epochs = (curve) => marks(curve).map((mark) => Number(mark.dataset.epoch));
          return Object.fromEntries(curves.map((curve) => [curve.dataset.run, epochs(curve)]));
        }""",
        kind,
    )
    return found


def wait_for(seen: Seen, wanted: Points) -> None:
    for _ in range(400):
        if points(seen) == wanted:
            return
        seen.page.wait_for_timeout(25)
    assert points(seen) == wanted


def test_a_curve_grows_by_a_point_with_each_epoch(seen: Seen, visit: Visit) -> None:
    made = training()
    visit(made, "/study/study1")
    wait_for(seen, {"run00xyz": [], "run01xyz": [], "run10xyz": [], "run11xyz": []})
    for number in (1, 2, 3):
        push(made, "run00xyz", number)
        wait_for(seen, {"run00xyz": list(range(1, number + 1)), "run01xyz": [], "run10xyz": [], "run11xyz": []})
    assert points(seen, "training") == points(seen)
    assert seen.page.get_by_text("3 of 48 epochs, 0 of 4 runs, about 2 min left").is_visible()
    assert seen.complaints == []


def test_the_drawing_stands_where_the_numbers_are(seen: Seen, visit: Visit) -> None:
    """The axis is an oracle of its own: the label of each line of the grid stands beside it."""
    made = training(5)
    page = visit(made, "/study/study1")
    page.locator(".curve circle").first.wait_for()
    drawn = page.evaluate(
        """() => {
          const svg = document.querySelector(".curves svg");
          const lines = [...svg.querySelectorAll(".grid")].map((line) => Number(line.getAttribute("y1")));
          const texts = [...svg.querySelectorAll(".tick.end")].slice(0, lines.length);
          const ticks = texts.map((text) => Number(text.textContent));
          const marks = [...svg.querySelectorAll("[data-run=run00xyz][data-kind=validation] circle")];
          return { lines, ticks, marks: marks.map((mark) => Number(mark.getAttribute("cy"))) };
        }"""
    )
    (first, last), (low, high) = (drawn["lines"][0], drawn["lines"][-1]), (drawn["ticks"][0], drawn["ticks"][-1])
    values = [low + (y - first) / (last - first) * (high - low) for y in drawn["marks"]]
    assert values == pytest.approx([epoch(number, 1.0, 0)["val_loss"] for number in range(1, 6)], abs=0.001)


def test_a_report_in_the_making_is_called_so_and_nothing_is_offered_to_stop(seen: Seen, visit: Visit) -> None:
    made = training(3)
    page = visit(made, "/study/study1")
    page.get_by_role("button", name="Stop").wait_for()
    made.get[STUDY] = made.get[STUDY] | {"status": "writing", "time_left": None}
    made.push("study", {"status": "writing", "time_left": None, "report": False})
    page.locator(".told .badge", has_text="writing the report").wait_for()
    assert page.locator(".actions button:visible").count() == 0
    assert seen.complaints == []


def test_a_report_that_comes_after_the_last_run_is_offered_without_a_reload(seen: Seen, visit: Visit) -> None:
    """A study in a terminal is finished before its page is there; whoever comes in between is told as well."""
    made = training(12)
    made.get[STUDY] = made.get[STUDY] | {"status": "finished", "time_left": None, "report": False}
    page = visit(made, "/study/study1")
    until(page, "document.querySelector('.told .badge').textContent === 'finished'")
    assert page.get_by_role("link", name="Open the report").count() == 0
    assert page.get_by_text("cnnlab report notebook-20261125").is_visible()
    for _ in range(400):
        if made.streams:
            break
        page.wait_for_timeout(15)
    made.push("study", {"status": "finished", "time_left": None, "report": True})
    page.get_by_role("link", name="Open the report").wait_for()
    assert page.get_by_text("It has no report yet.").is_hidden()
    assert seen.complaints == []


def test_going_on_is_offered_only_where_a_run_is_left(seen: Seen, visit: Visit) -> None:
    made = training(0)
    runs = [{**one, "status": "failed", "history": []} for one in made.get[STUDY]["runs"]]
    made.get[STUDY] = made.get[STUDY] | {"status": "failed", "time_left": None, "runs": runs}
    page = visit(made, "/study/study1")
    assert page.get_by_text("2 seeds, 2 failed, no epoch finished.").count() == 2
    assert page.get_by_role("button", name="Resume").count() == 0
    runs[0]["status"] = "planned"
    page.reload()
    page.get_by_role("button", name="Resume").wait_for()
    made.get[STUDY] |= {"status": "stopped", "runs": []}  # all of them were removed
    page.reload()
    page.locator(".told .badge", has_text="stopped").wait_for()
    assert page.get_by_role("button", name="Resume").count() == 0
    assert seen.complaints == []


def test_of_many_seeds_the_page_says_how_many_it_draws(visit: Visit) -> None:
    page = visit(world(Names(architectures=("one", "two")), epochs=2, planned=2, seeds=25), "/study/study1")
    page.get_by_text("The first 20 seeds are drawn; the tables have all.").first.wait_for()
    until(page, "document.querySelectorAll('figure:first-child .curve[data-kind=validation]').length === 2 * 20")
    page.locator("figure summary").first.click()
    assert page.locator("figure table").first.locator("th[scope=col]").count() == 1 + 2 * 25
    few = visit(world(Names(architectures=("one", "two")), epochs=2, planned=2, seeds=20), "/study/study1")
    assert few.get_by_text("seeds are drawn").count() == 0


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("cookie", "The server was started anew and does not know this page."),
        ("", "Expected this server's own page as Origin, got null. Close the proxy."),
    ],
)
def test_what_is_forbidden_is_told_for_its_own_reason(visit: Visit, where: str, told: str) -> None:
    made = training(1)
    page = visit(made, "/study/study1")
    wanted = "this server's own page as Origin"
    made.get[STUDY] = refusal(403, expected=wanted, got="null", where=where, fix="Close the proxy.")
    made.away = True
    made.cut()
    page.get_by_text("Reconnecting: the server is away.").wait_for()
    made.away = False
    made.refused = True
    page.get_by_text(told).wait_for()
    assert page.get_by_text("started anew").count() == (where == "cookie")


def test_no_point_is_lost_or_doubled_across_cut_connections(seen: Seen, visit: Visit) -> None:
    made = training()
    visit(made, "/study/study1")
    push(made, "run00xyz", 1)
    wait_for(seen, {"run00xyz": [1], "run01xyz": [], "run10xyz": [], "run11xyz": []})
    made.cut()
    push(made, "run00xyz", 2)  # while nobody listens
    push(made, "run10xyz", 1)
    wait_for(seen, {"run00xyz": [1, 2], "run01xyz": [], "run10xyz": [1], "run11xyz": []})
    made.away = True
    made.cut()
    push(made, "run00xyz", 3)
    seen.page.get_by_text("Reconnecting").wait_for()
    push(made, "run01xyz", 1)
    made.away = False
    wait_for(seen, {"run00xyz": [1, 2, 3], "run01xyz": [1], "run10xyz": [1], "run11xyz": []})
    seen.page.get_by_text("Reconnecting").wait_for(state="hidden")


def test_a_run_that_goes_on_from_a_checkpoint_loses_the_points_behind_it(seen: Seen, visit: Visit) -> None:
    made = training(4)
    visit(made, "/study/study1")
    others = {"run01xyz": [1, 2, 3, 4], "run10xyz": [1, 2, 3, 4], "run11xyz": [1, 2, 3, 4]}
    wait_for(seen, {"run00xyz": [1, 2, 3, 4], **others})
    made.push("cut", {"run": "run00xyz", "epoch": 2})
    wait_for(seen, {"run00xyz": [1, 2], **others})
    push(made, "run00xyz", 3)
    wait_for(seen, {"run00xyz": [1, 2, 3], **others})
    assert seen.complaints == []


def test_events_that_come_again_after_any_mishap_leave_what_the_server_has(seen: Seen, visit: Visit) -> None:
    """150 made-up histories: epochs, cuts, repeats of what was told, whole answers old and new; seen at each step."""
    page = visit(training(), "/new")
    chance = random.Random(7)
    for _ in range(150):
        steps, truths = _history(chance)
        shown = page.evaluate(REPLAY, steps)
        assert shown == truths, json.dumps(steps)


REPLAY = """async (steps) => {
  const { stateOf, apply, merge } = await import("/assets/study_state.js");
  const rows = (run) => [...run.history.values()].sort((one, other) => one.epoch - other.epoch);
  let state = null;
  return steps.map(({ study, event }) => {
    if (!state) state = stateOf(study);
    else if (study) merge(state, study);
    else apply(state, ...event);
    const shown = (run) => rows(run).map((row) => [row.epoch, row.loss]);
    return Object.fromEntries([...state.runs.values()].map((run) => [run.id, shown(run)]));
  });
}"""


def _history(chance: random.Random) -> tuple[list[dict[str, Any]], list[dict[str, list[list[float]]]]]:
    """Make up what a server writes and what of it a page hears; return that, and what to show after each step."""
    truth: dict[str, dict[int, float]] = {"a": {}, "b": {}}
    log: list[list[Any]] = []
    answers = [_whole(truth, 0)]
    for number in range(1, chance.randint(2, 25)):
        log.append(_happens(chance, truth, number))
        answers.append(_whole(truth, number))
    known = chance.randint(0, len(log))  # the page comes in the middle
    steps, after = [{"study": answers[known]}], [known]
    while known < len(log):
        again = chance.randint(0, known)  # the stream begins again somewhere behind, and breaks somewhere ahead
        for event in log[again : chance.randint(known, len(log))]:
            steps.append({"event": event})
            known = max(known, event[1])
            after.append(known)
        if chance.random() < 0.5:
            late = chance.randint(0, len(log))
            steps.append({"study": answers[late]})
            known = max(known, late)
            after.append(known)
    return steps, [_shown(answers[number]) for number in after]


def _happens(chance: random.Random, truth: dict[str, dict[int, float]], number: int) -> list[Any]:
    """Let an epoch end or a run be cut back; return the event."""
    run = chance.choice("ab")
    last = max(truth[run], default=0)
    if last and chance.random() < 0.25:
        kept = chance.randint(0, last)
        truth[run] = {at: loss for at, loss in truth[run].items() if at <= kept}
        return ["cut", number, {"run": run, "epoch": kept}]
    truth[run][last + 1] = chance.random()
    told = {"run": run, "architecture": "x", "seed": 0, "epoch": last + 1, "loss": truth[run][last + 1]}
    return ["epoch", number, told]


def _shown(answer: dict[str, Any]) -> dict[str, list[list[float]]]:
    return {run["id"]: [[row["epoch"], row["loss"]] for row in run["history"]] for run in answer["runs"]}


def _whole(truth: dict[str, dict[int, float]], number: int) -> dict[str, Any]:
    runs = [
        {"id": run, "architecture": "x", "seed": 0, "status": "running", "epochs_planned": 9}
        | {"history": [{"epoch": at, "loss": loss} for at, loss in sorted(rows.items())]}
        for run, rows in truth.items()
    ]
    return {"id": "s", "name": "s", "status": "training", "time_left": None, "last_event": number, "runs": runs}


def test_a_finished_run_fetches_the_table_and_a_finished_study_its_observations(seen: Seen, visit: Visit) -> None:
    made = training(4)
    page = visit(made, "/study/study1")
    assert page.get_by_text("It is there once a run is finished.").is_visible()
    made.get[STUDY] = study(Names(architectures=("one", "two")), seeds=2) | {"last_event": 1}
    made.push(
        "run",
        {
            "run": "run00xyz",
            "architecture": "one",
            "seed": 0,
            "status": "finished",
            "test_accuracy": 0.9,
            "test_loss": 0.2,
        },
    )
    page.get_by_role("table", name="Result").wait_for()
    assert page.locator(".observations li").count() == 2
    assert page.get_by_role("link", name="Open the report").get_attribute("href") == "/reports/study1"
    assert page.get_by_role("button", name="Stop").count() == 0
    assert page.locator("progress").evaluate("bar => bar.value === bar.max")


def test_a_study_is_stopped_and_resumed(seen: Seen, visit: Visit) -> None:
    made = training(4)
    page = visit(made, "/study/study1")
    page.get_by_role("button", name="Stop").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stopping ...").wait_for()
    page.keyboard.press("Enter")  # once is enough
    made.get[STUDY] = made.get[STUDY] | {"status": "stopped"}
    made.push("study", {"status": "stopped", "time_left": None})
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Resuming ...").wait_for()
    made.get[STUDY] = made.get[STUDY] | {"status": "training"}
    made.push("study", {"status": "training", "time_left": 60})
    page.get_by_role("button", name="Stop").wait_for()
    assert made.posts == [(f"{STUDY}/stop", {}), (f"{STUDY}/resume", {})]
    assert seen.complaints == []


def test_an_answer_that_events_have_overtaken_does_not_bring_back_how_the_study_stood(seen: Seen, visit: Visit) -> None:
    made, let_go, asked = training(4), threading.Event(), threading.Event()
    page = visit(made, "/study/study1")
    before: dict[str, Any] = made.get[STUDY]

    def late(_: object) -> dict[str, Any]:
        asked.set()
        let_go.wait(30)
        return before

    made.get[STUDY] = late
    page.get_by_role("button", name="Stop").click()
    assert asked.wait(30)  # the page asks how things are, and the answer is long on its way
    made.get[STUDY] = before | {"status": "stopped"}
    made.push("study", {"status": "stopped", "time_left": None})
    page.get_by_role("button", name="Resume").wait_for()
    stood = page.evaluate_handle(
        """() => {
          const seen = [];
          const look = () => seen.push(document.querySelector(".badge").textContent);
          new MutationObserver(look).observe(document.querySelector(".told"), { childList: true });
          return seen;
        }"""
    )
    questions = len(made.asked)
    let_go.set()
    while len(made.asked) == questions:  # it asks once more, since much may have changed
        page.wait_for_timeout(20)
    page.wait_for_timeout(200)
    assert set(stood.json_value()) == {"stopped"}
    assert seen.complaints == []


def test_a_stop_that_is_refused_says_why_and_may_be_asked_again(visit: Visit) -> None:
    made = training(4)
    made.post[f"{STUDY}/stop"] = lambda _: refusal(
        409, expected="a study in training", got="one that is stopped", fix="Resume it."
    )
    page = visit(made, "/study/study1")
    page.get_by_role("button", name="Stop").click()
    assert (
        page.get_by_role("alert").inner_text() == "Expected a study in training, got one that is stopped.\n\nResume it."
    )
    assert page.get_by_role("button", name="Stop").get_attribute("aria-disabled") == "false"


def test_numbers_of_a_figure_unfold_and_grow_with_it(seen: Seen, visit: Visit) -> None:
    made = training(2)
    page = visit(made, "/study/study1")
    page.get_by_text("Numbers of this figure").first.press("Enter")
    table = page.get_by_role("table", name="Loss of one")
    table.wait_for()
    push(made, "run01xyz", 3)
    until(page, "document.querySelectorAll('details table tbody tr').length === 3")
    said = [row.split("\t") for row in table.inner_text().splitlines()[1:]]
    rows = [[epoch(number, 1.0, seed) for seed in (0, 1)] for number in (1, 2, 3)]
    wanted = [[f"{one[key]:.4f}" for one in row for key in ("val_loss", "loss")] for row in rows]
    wanted[2][:2] = ["-", "-"]
    assert said == [[str(at + 1), *row] for at, row in enumerate(wanted)]


def test_who_listens_is_told_of_runs_and_not_of_every_epoch(visit: Visit) -> None:
    made = training(1)
    page = visit(made, "/study/study1")
    page.evaluate(
        """() => {
          window.said = [];
          const voice = document.querySelector("[role=status].unseen");
          const listener = new MutationObserver(() => window.said.push(voice.textContent));
          listener.observe(voice, { childList: true, characterData: true, subtree: true });
        }"""
    )
    for number in range(2, 8):
        push(made, "run00xyz", number)
        page.wait_for_timeout(30)
    made.push(
        "run",
        {
            "run": "run00xyz",
            "architecture": "one",
            "seed": 0,
            "status": "finished",
            "test_accuracy": 0.9,
            "test_loss": 0.2,
        },
    )
    until(page, "window.said.length > 0")
    assert page.evaluate("window.said[0]") == "training: 1 of 4 runs over"


def test_the_scales_are_shared_until_somebody_wants_them_apart(visit: Visit) -> None:
    page = visit(training(5), "/study/study1")
    page.locator(".curve circle").first.wait_for()
    axis = """() => [...document.querySelectorAll('.curves')].map(
        (one) => [...one.querySelectorAll('.tick.end')].map((text) => text.textContent).join(' '))"""
    loss_one, accuracy_one, loss_two, accuracy_two = page.evaluate(axis)
    assert (loss_one, accuracy_one) == (loss_two, accuracy_two)
    page.get_by_label("The same scales for all architectures").uncheck()
    loss_one, accuracy_one, loss_two, accuracy_two = page.evaluate(axis)
    assert loss_one != loss_two
    assert accuracy_one != accuracy_two


def test_an_epoch_that_is_no_number_leaves_a_gap(seen: Seen, visit: Visit) -> None:
    made = training()
    visit(made, "/study/study1")
    push(made, "run00xyz", 1)
    made.push(
        "epoch",
        {
            "run": "run00xyz",
            "architecture": "one",
            "seed": 0,
            **dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy")),
            "epoch": 2,
            "seconds": 1.0,
        },
    )
    push(made, "run00xyz", 3)
    wait_for(seen, {"run00xyz": [1, 3], "run01xyz": [], "run10xyz": [], "run11xyz": []})
    path = seen.page.locator("[data-run=run00xyz][data-kind=validation] path").first.get_attribute("d") or ""
    assert path.count("M") == 2
    assert "L" not in path
    assert "NaN" not in path


def test_a_view_that_is_left_ends_its_stream(visit: Visit) -> None:
    made = training()
    page = visit(made, "/study/study1")
    page.wait_for_timeout(200)
    assert len(made.streams) == 1
    go(page, "/new")
    push(made, "run00xyz", 1)  # a server notices by writing that nobody is there
    page.wait_for_timeout(800)
    assert (
        page.evaluate("performance.getEntriesByType('resource').filter((one) => one.name.includes('/events')).length")
        <= 1
    )
    assert len(made.streams) == 1  # and none was opened anew
