"""A study compares what its runs said of each test image, where that is kept."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.experiments import Architecture
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.plan import StudyPlan
from cnnlab.records import Adam, CallbackRecipe, Recipe

EARLY = CallbackRecipe("EarlyStopping", (("patience", 1), ("restore_best_weights", True)))


def trained(folder: Path, *callbacks: CallbackRecipe) -> StudyOutcome:
    nets = [chain(name, [Input((12, 12, 1)), Flatten(), Dense(4, activation="softmax")]) for name in ("slow", "quick")]
    recipes = [
        Recipe(epochs=epochs, optimizer=Adam(learning_rate=rate), callbacks=callbacks)
        for epochs, rate in ((1, 0.0001), (6, 0.3))
    ]
    both = tuple(Architecture(net.name, net, recipe) for net, recipe in zip(nets, recipes, strict=True))
    plan = StudyPlan("two", both, "made-up", seeds=(0, 1, 2))
    return conduct(plan, data.load("made-up"), Means(threads=1, workers=1), out=folder)


def test_a_study_is_compared_by_the_accuracies_that_stand_beside_its_runs(tmp_path: Path) -> None:
    outcome = trained(tmp_path)
    assert outcome.comparison is not None
    for standing in outcome.comparison.standings:
        runs = [run for run in outcome.runs if run.key.architecture == standing.architecture]
        assert standing.accuracy.value == pytest.approx(np.mean([run.test_accuracy for run in runs]))
        assert standing.images == len(data.load("made-up").test)
    assert "group" in str(outcome)
    assert "In it: other seeds" in " ".join(one.text for one in outcome.observations)
    assert "other seeds ±" in outcome.page.read_text(encoding="utf-8")


def test_weights_that_a_callback_put_back_are_compared_by_their_own_answers_or_not_at_all(tmp_path: Path) -> None:
    outcome = trained(tmp_path, EARLY)
    assert outcome.comparison is not None
    for standing in outcome.comparison.standings:
        runs = [run for run in outcome.runs if run.key.architecture == standing.architecture]
        assert standing.accuracy.value == pytest.approx(np.mean([run.test_accuracy for run in runs]))


def test_a_study_without_answers_is_compared_by_its_accuracies_alone(tmp_path: Path) -> None:
    trained(tmp_path)
    (store,) = tmp_path.glob("*.sqlite*")
    with sqlite3.connect(store) as connection:
        connection.execute("DELETE FROM prediction")
        connection.execute("DELETE FROM test_prediction")
    outcome = trained(tmp_path)
    assert outcome.comparison is None
    assert "(Wilson)" in str(outcome)
    assert "group" not in str(outcome).split("Wilson")[0]


def test_an_architecture_of_which_a_run_has_no_answers_is_left_out_and_named(tmp_path: Path) -> None:
    first = trained(tmp_path)
    gone = next(run for run in first.runs if run.key.architecture == "slow" and run.key.seed == 1)
    (store,) = tmp_path.glob("*.sqlite*")
    with sqlite3.connect(store) as connection:
        for table in ("prediction", "test_prediction"):
            connection.execute(
                f"DELETE FROM {table} WHERE run IN (SELECT number FROM run WHERE architecture = ? AND seed = ?)",
                (gone.key.architecture, gone.key.seed),
            )
    outcome = trained(tmp_path)
    assert outcome.comparison is not None
    assert [one.architecture for one in outcome.comparison.standings] == ["quick"]
    assert "Not compared, for want of answers image by image: slow." in " ".join(str(outcome).split())


def test_answers_that_are_not_those_of_the_accuracy_beside_them_are_not_compared(tmp_path: Path) -> None:
    trained(tmp_path)
    (store,) = tmp_path.glob("*.sqlite*")
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE run SET test_accuracy = test_accuracy / 2 WHERE architecture = 'slow' AND seed = 1")
    outcome = trained(tmp_path)
    assert outcome.comparison is not None
    assert [one.architecture for one in outcome.comparison.standings] == ["quick"]
