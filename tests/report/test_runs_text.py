"""Stored runs in a terminal."""

import doctest
from dataclasses import replace

import goldens
import pytest
from hypothesis import given
from hypothesis import strategies as st
from studies import notebook_study

from cnnlab.records import EpochRow, RunSummary, StoredCheckpoint, StoredRun
from cnnlab.report import runs_text as module
from cnnlab.report.page.provenance import provenance_lines
from cnnlab.report.runs_text import run_text, runs_text, short_moment
from cnnlab.report.words import plural

LINE = RunSummary(
    id="k3q7xw2m",
    study="notebook",
    architecture="architecture-1",
    seed=0,
    status="finished",
    epochs=12,
    epochs_planned=12,
    test_loss=0.0281,
    test_accuracy=0.9903,
    seconds=31.5,
    began="2024-05-06T12:08:09.000+00:00",
    ended="2024-05-06T12:09:09.000+00:00",
    weights_sha256="ab" * 32,
    folder="notebook-20240506-070809/architecture-1/seed-0",
)
LINES = [
    LINE,
    LINE._replace(
        id="bq2mzza7",
        architecture="architecture-2-as-intended",
        status="interrupted",
        epochs=3,
        seed=17,
        test_loss=None,
        test_accuracy=None,
    ),
    LINE._replace(
        id="x5x5x5x5", status="planned", epochs=0, seconds=None, began=None, test_loss=None, test_accuracy=None
    ),
]
RUN = StoredRun(
    summary=LINE,
    study_id=1,
    data_name="mnist",
    train_images=60_000,
    test_images=10_000,
    last_val_loss=0.0281,
    last_val_accuracy=0.9903,
    best_epoch=2,
    best_val_loss=0.0281,
    best_val_accuracy=0.9903,
    no_test=False,
    total_params=69_135,
    trainable_params=69_095,
    reason="EarlyStopping: val_loss no better for 3 epochs",
    error=None,
    resumes_exactly=True,
    attempts=2,
    owner=None,
    network={},
    recipe={
        "batch_size": 128,
        "epochs": 12,
        "optimizer": {"name": "Adam", "learning_rate": 0.001, "clipnorm": None, "use_ema": False},
        "loss": {"name": "CategoricalCrossentropy", "from_logits": False},
        "shuffle": True,
        "callbacks": [{"name": "EarlyStopping", "arguments": {"patience": 3}, "own": False}],
    },
    data_sums={"train-images-idx3-ubyte": "ba" * 32},
    provenance={"cnnlab_version": "0.1", "commit": None, "cpu": "a processor", "threads": 2, "data_name": "mnist"},
)
HISTORY = [
    EpochRow(1, 0.4657, 0.8501, 0.1199, 0.976, 2.61, 0.001),
    EpochRow(2, float("nan"), 0.95, None, None, 2.6, None),
]
KEPT = StoredCheckpoint(1, LINE.id, 2, 938, True, f"{LINE.folder}/checkpoint-00000938-best-aa.bin", "ab" * 32, 900, "")


def test_the_examples_are_what_comes_out() -> None:
    assert doctest.testmod(module).failed == 0


def test_a_list_looks_like_this() -> None:
    goldens.check("runs_list", runs_text(LINES))
    goldens.check("runs_list_wide", runs_text(LINES, 120))


def test_a_run_looks_like_this() -> None:
    files = [(f"{LINE.folder}/history.csv", 640), (f"{LINE.folder}/weights.npz", 283_000)]
    goldens.check("runs_show", run_text(RUN, HISTORY, [KEPT], files))


@pytest.mark.parametrize(
    ("weights", "told"),
    [("balanced", "balanced"), ({"name": 1.0, "arguments": 3.5}, "arguments: 3.5, name: 1")],
)
def test_a_run_shows_its_class_weights_whatever_its_classes_are_called(weights: object, told: str) -> None:
    run = replace(RUN, recipe={**RUN.recipe, "class_weight": weights})
    (line,) = (line for line in run_text(run, [], [], []).splitlines() if "class_weight" in line)
    assert line.split(maxsplit=1)[1] == told


lines = st.builds(
    RunSummary,
    id=st.just("k3q7xw2m"),
    study=st.text(max_size=5),
    architecture=st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=60),
    seed=st.integers(0, 2**32 - 1),
    status=st.sampled_from(["planned", "running", "interrupted", "failed", "finished"]),
    epochs=st.integers(0, 999),
    epochs_planned=st.integers(1, 999),
    test_loss=st.none() | st.floats(0),
    test_accuracy=st.none() | st.floats(0, 1),
    seconds=st.none() | st.floats(0, 3e5),
    began=st.none() | st.just("2024-05-06T12:08:09.000+00:00"),
    ended=st.none(),
    weights_sha256=st.none(),
    folder=st.just("f"),
)


@given(st.lists(lines, min_size=1, max_size=5), st.integers(80, 200), st.booleans(), st.sampled_from([0, 2024]))
def test_any_list_fits_its_terminal_with_every_id_whole(
    runs: list[RunSummary], width: int, unicode: bool, year: int
) -> None:
    text = runs_text(runs, width, unicode=unicode, this_year=year).splitlines()
    assert len(text) == len(runs) + 1
    assert max(map(len, text)) <= width
    assert all(line.startswith(run.id) and run.status in line for line, run in zip(text[1:], runs, strict=True))
    assert unicode or all(line.isascii() for line in text)


def test_names_that_differ_at_their_end_stay_apart_where_they_are_cut() -> None:
    runs = [LINE._replace(architecture=f"a-very-long-name-of-a-network-number-{number}") for number in (1, 2)]
    one, two = runs_text(runs).splitlines()[1:]
    assert one != two


@pytest.mark.parametrize(("year", "told"), [(2024, "05-06"), (2023, "2024-05-06")])
def test_the_year_is_told_where_it_is_another(year: int, told: str) -> None:
    assert short_moment("2024-05-06T12:08:09.000+00:00", year).startswith(told)


def test_a_run_without_epochs_or_files_says_only_what_there_is() -> None:
    text = run_text(replace(RUN, summary=LINES[2], best_epoch=None, reason=None), [], [], [])
    assert "best epoch" not in text
    assert "\nepochs\n" not in text
    assert text.splitlines()[-1] == LINE.folder


def test_a_number_of_threads_is_told_of_whoever_keeps_to_it_and_not_of_keras() -> None:
    keras = {**RUN.provenance, "backend": "keras 3.15.1 on jax 0.10.2 (cpu:0)"}
    assert "\nthreads  " in run_text(replace(RUN, provenance={**keras, "backend": "compiled"}), [], [], [])
    assert "\nthreads  " not in run_text(replace(RUN, provenance=keras), [], [], [])
    origin = notebook_study().provenance
    assert f", {plural(origin.threads, 'thread')}, " in dict(provenance_lines(origin))["Machine"]
    by_keras = dict(provenance_lines(replace(origin, backend=keras["backend"])))["Machine"]
    assert by_keras == f"{origin.cpu}, as many threads as Keras takes, {origin.platform}"
