"""The page of a study, as its end writes it and as it is made again from the store alone."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.layers import Conv2D, Dense, Flatten, GlobalAveragePooling2D, Input
from cnnlab.errors import CnnlabError, DataUnavailableError, UsageError
from cnnlab.lab import Study, kept_latencies, pad_contents, report_contents
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.stored_plan import stored_plan
from cnnlab.lab.stored_reports import reported, write_report
from cnnlab.lab.study_file import plan_from_text
from cnnlab.records import EpochDone, Event, Published
from cnnlab.report.contents import ReportContents
from cnnlab.store import open_store
from cnnlab.training.callbacks import Callback, callback_recipe

NET = chain("net", [Input((12, 12, 1)), Flatten(), Dense(4, activation="softmax")])
BLIND = chain("blind", [Input((12, 12, 1)), GlobalAveragePooling2D(), Dense(4, activation="softmax")])


def study(name: str = "two") -> Study:
    return Study(name, data_set="made-up").add(NET).add(BLIND)


def run(out: Path, seeds: int) -> StudyOutcome:
    return study().run(seeds=seeds, out=out, workers=1)


def text(outcome: StudyOutcome) -> str:
    return outcome.page.read_text(encoding="utf-8")


def again(out: Path, **options: bool) -> ReportContents:
    """Gather the page of the only study of a store anew."""
    with open_store(out, create=False) as store:
        (kept,) = store.studies()
        plan = stored_plan(kept)
        outcome, _ = reported(store, kept, plan)
        return report_contents.report_contents(store, plan, outcome, **options)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> StudyOutcome:
    return run(tmp_path_factory.mktemp("done"), 3)


def test_the_store_alone_gives_the_page_that_the_study_ended_with(done: StudyOutcome) -> None:
    before = text(done)
    path, notes = write_report(done.folder.parent, done.folder.name)
    assert path == done.page
    assert all("while the machine had other work" in note for note in notes)  # so it may have, while the study was made
    assert text(done) == before


def test_a_page_names_its_study_its_folder_and_how_to_make_it_again(done: StudyOutcome) -> None:
    page = text(done)
    assert f"cnnlab report {done.folder.name}" in page
    assert "[[architecture]]" in page
    assert str(done.folder.parent) not in page


def test_a_page_is_found_by_name_by_folder_by_path_and_without_a_word(done: StudyOutcome, tmp_path: Path) -> None:
    out, to = done.folder.parent, tmp_path / "page.html"
    for place, word in ((out, None), (out, "two"), (out, done.folder.name), (tmp_path, str(done.folder))):
        assert write_report(place, word, to=to)[0] == to
        assert to.read_text(encoding="utf-8") == text(done)
        to.unlink()
    assert write_report(out, to=tmp_path)[0] == tmp_path / "report.html"


def test_what_cannot_be_made_is_refused_and_nothing_is_written(done: StudyOutcome, tmp_path: Path) -> None:
    out = done.folder.parent
    with pytest.raises(UsageError, match=r"expected the folder or the name of a study, got 'tow'.*two"):
        write_report(out, "tow")
    with pytest.raises(UsageError, match="expected a store of runs, got none"):
        write_report(tmp_path)
    with pytest.raises(UsageError, match="expected a folder for the page, got none"):
        write_report(out, to=tmp_path / "no" / "page.html")
    assert list(tmp_path.iterdir()) == []


def test_the_newest_study_is_shown_but_none_of_a_diagnosis(tmp_path: Path) -> None:
    first = run(tmp_path, 1)
    plan = replace(study("diagnosis-of-net").plan, seeds=(0,), hold_out=100, spare_test=True)
    conduct(plan, data.load("made-up"), Means(threads=1), out=tmp_path, page=False)
    assert write_report(tmp_path)[0] == first.page


def test_a_page_with_answers_costs_and_a_pad_is_gathered_from_the_store(done: StudyOutcome) -> None:
    found = again(done.folder.parent)
    assert [one.architecture for one in found.answers] == ["net", "blind"]
    assert found.test_images is not None
    np.testing.assert_array_equal(found.answers[0].labels, data.load("made-up").test.labels)
    assert found.comparison is not None
    assert {name for name, places in found.fronts.items() if set(places) == {"net", "blind"}} >= {"parameters"}
    for cost in found.costs:
        assert None not in (cost.seconds, cost.latency, cost.latency_in_batch, cost.bytes)
    assert found.pad is not None
    assert [(one.name, one.seeds, one.divisor) for one in found.pad.networks] == [
        ("net", (0, 1, 2), 255.0),
        ("blind", (0, 1, 2), 255.0),
    ]
    for network in found.pad.networks:
        for seed, weights in zip(network.seeds, network.weights, strict=True):
            for one, other in zip(weights, done.weights(network.name, seed), strict=True):
                np.testing.assert_array_equal(one, other)
    assert again(done.folder.parent, pad=False).pad is None


def test_without_the_data_the_page_says_so_and_still_shows_the_runs(
    done: StudyOutcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise DataUnavailableError("none")

    monkeypatch.setattr(data, "load", gone)
    path, missing = write_report(done.folder.parent, to=tmp_path / "page.html")
    assert any("The data set was not at hand" in one and "cnnlab data fetch made-up" in one for one in missing)
    page = path.read_text(encoding="utf-8")
    assert "The data set was not at hand" in page
    assert "Which of them differ beyond chance is not known here." in page
    assert f"{done.runs[0].test_accuracy:.4f}" in page


def test_other_data_than_the_runs_were_made_with_count_as_none(
    done: StudyOutcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(data.load("made-up"), sums={"train": "another"})
    monkeypatch.setattr(data, "load", lambda *_, **__: other)
    _, missing = write_report(done.folder.parent, to=tmp_path / "page.html")
    assert any("another one than the runs were made with" in one for one in missing)


def test_a_page_of_an_interrupted_study_measures_nothing_and_says_that_it_is_not_complete(tmp_path: Path) -> None:
    epochs: list[Event] = []

    def note(event: Event) -> None:
        if isinstance(event, EpochDone):
            epochs.append(event)

    plan = replace(Study("two", data_set="made-up").add(NET, epochs=3).plan, seeds=(0,))
    split, means = data.load("made-up"), Means(threads=1)
    begun = conduct(plan, split, means, out=tmp_path, sink=note, stop=lambda: bool(epochs))
    assert begun.interrupted
    assert "Not complete." in text(begun)
    assert "Latency was not measured" in text(begun)
    assert not (begun.folder / kept_latencies.FILE).exists()
    assert write_report(tmp_path)[0] == begun.page
    assert "Not complete." in text(begun)
    ended = conduct(plan, split, means, out=tmp_path)
    assert ended.folder == begun.folder
    assert "Not complete." not in text(ended)
    assert "Latency was not measured" not in text(ended)


def test_latencies_are_measured_once_and_a_damaged_file_counts_as_none(tmp_path: Path) -> None:
    networks = {"net": NET}
    first, told = kept_latencies.kept_latencies(tmp_path, networks, measure=True)
    assert first is not None
    kept, _ = kept_latencies.kept_latencies(tmp_path, networks, measure=True)
    assert kept == first
    assert kept_latencies.kept_latencies(tmp_path, {"net": NET, "b": BLIND}, measure=False)[0] is None
    for damaged in ("", "[]", "{}", '{"of": {"net": 3}}', '{"of": {"net": {"alone": 1}}}'):
        (tmp_path / kept_latencies.FILE).write_text(damaged)
        assert kept_latencies.kept_latencies(tmp_path, networks, measure=False)[0] is None
    assert told == "" or "other work" in told


def test_times_of_a_busy_machine_place_nobody_on_a_front(done: StudyOutcome) -> None:
    path = done.folder / kept_latencies.FILE
    kept = path.read_text()
    path.write_text(json.dumps(json.loads(kept) | {"swing": 2.5}))
    try:
        found = again(done.folder.parent)
    finally:
        path.write_text(kept)
    assert not {"latency", "latency_in_batch"} & set(found.fronts)
    assert found.costs[0].latency is not None
    assert any("other work: a median call took 2.5 times" in one for one in found.missing)


def test_each_architecture_has_a_seed_in_the_pad_before_any_has_two(
    done: StudyOutcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    # net has 580 weights, blind 8.
    monkeypatch.setattr(pad_contents, "MOST_BYTES", 4 * (580 + 8 + 579))
    pad = again(done.folder.parent).pad
    assert pad is not None
    assert {one.name: one.seeds for one in pad.networks} == {"net": (0,), "blind": (0, 1, 2)}
    monkeypatch.setattr(pad_contents, "MOST_BYTES", 100)
    found = again(done.folder.parent)
    assert found.pad is not None
    assert [one.name for one in found.pad.networks] == ["blind"]
    assert "Not in the drawing pad, since their weights are too many for a page: net." in found.missing


def test_the_examples_of_a_pad_take_turns_among_the_classes(done: StudyOutcome) -> None:
    pad = again(done.folder.parent).pad
    assert pad is not None
    assert pad.examples.shape == (40, 12, 12)
    assert pad.examples.dtype == np.uint8
    assert pad.example_labels[:8].tolist() == [0, 1, 2, 3] * 2


def test_networks_that_take_other_images_than_the_pad_draws_are_left_out(tmp_path: Path) -> None:
    flat = chain("flat", [Input((144,)), Dense(4, activation="softmax")])
    first = chain(
        "first",
        [Input((1, 12, 12)), Conv2D(2, 3, data_format="channels_first"), Flatten(), Dense(4, activation="softmax")],
    )
    outcome = Study("s", data_set="made-up").add(NET).add(first).run(seeds=1, out=tmp_path, workers=1)
    fitting = replace(outcome, networks={**outcome.networks, "flat": flat})
    pad, left = pad_contents.pad_contents(fitting, data.load("made-up"))
    assert pad is not None
    assert [(one.name, one.channels_first) for one in pad.networks] == [("net", False), ("first", True)]
    assert left == ("Not in the drawing pad, since they take other images than it draws: flat.",)


@pytest.mark.parametrize("kind", ["coloured", "floats", "features"])
def test_images_that_cannot_be_drawn_have_no_pad(done: StudyOutcome, kind: str) -> None:
    split = data.load("made-up")
    images = split.test.images
    other = {
        "coloured": np.repeat(images[..., None], 3, axis=3),
        "floats": images / 255,
        "features": images.reshape(len(images), -1),
    }[kind]
    pad, left = pad_contents.pad_contents(done, replace(split, test=replace(split.test, images=other)))
    assert pad is None
    assert "it draws grey images of bytes" in left[0]


def test_weights_that_are_gone_cost_a_place_in_the_pad_and_not_the_page(tmp_path: Path) -> None:
    outcome = run(tmp_path, 1)
    (outcome.folder / "net/seed-0/weights.npz").unlink()
    path, missing = write_report(tmp_path)
    assert "Not in the drawing pad, since their weights are not in the study's folder: net." in missing
    assert "weights are not in the study" in path.read_text(encoding="utf-8")


def test_published_numbers_stand_in_the_page_among_all_its_runs(tmp_path: Path) -> None:
    plan = study().plan
    published = Published(0.5, 0.75, source="a paper")
    first = replace(plan.architectures[0], published=published)
    plan = replace(plan, seeds=(4, 5, 6), architectures=(first, *plan.architectures[1:]))
    outcome = conduct(plan, data.load("made-up"), Means(threads=1), out=tmp_path)
    held = again(tmp_path).reproduction
    assert held is not None
    assert [(one.measure, one.seeds) for one in held.found.values] == [("test loss", 3), ("test accuracy", 3)]
    assert held.publication.title == "a paper"
    assert "Published numbers among ours" in text(outcome)


class Watch(Callback):
    """A callback that only this file knows."""

    def get_config(self) -> dict[str, object]:
        return {"patience": 2}


def test_a_study_with_a_callback_of_the_users_has_its_page_made_again_and_says_what_it_lacks(tmp_path: Path) -> None:
    plan = replace(study().plan, seeds=(0, 1))
    recipe = replace(plan.architectures[0].recipe, callbacks=(callback_recipe(Watch()),))
    plan = replace(plan, architectures=(replace(plan.architectures[0], recipe=recipe), plan.architectures[1]))
    outcome = conduct(plan, data.load("made-up"), Means(threads=1), out=tmp_path)
    before = text(outcome)
    with open_store(tmp_path, create=False) as store:
        assert stored_plan(store.studies()[0]).architectures == plan.architectures
    path, missing = write_report(tmp_path)
    assert text(outcome) == before
    lacking = [note for note in missing if "while the machine had other work" not in note]
    assert lacking == ["The definition alone does not make the runs again: the Python code of Watch is not in it."]
    assert missing[0] in path.read_text(encoding="utf-8")
    assert [one.words for one in again(tmp_path).commands] == [
        f"cnnlab compare {path.parent.name}",
        f"cnnlab report {path.parent.name}",
    ]


def test_where_a_user_keeps_the_data_is_not_in_the_page(tmp_path: Path) -> None:
    folder = tmp_path / "private"
    folder.mkdir()
    plan = replace(study().plan, data_path=folder)
    told = report_contents._definition(plan, run(tmp_path / "runs", 1))
    assert "private" not in told
    assert plan_from_text(told, "here").architectures == plan.architectures


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run(tmp_path, 1)
    before = text(outcome)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CnnlabError, match=r"report\.html: expected to be able to write, got No space left"):
        write_report(tmp_path, pad=False)
    assert text(outcome) == before
    assert [path.name for path in outcome.folder.iterdir() if path.name.startswith(".")] == []
