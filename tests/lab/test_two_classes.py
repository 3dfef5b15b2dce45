"""A study of two classes told apart by one output: from its file to the page, and what its networks answer."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.special import expit

from cnnlab.arch import chain, zoo
from cnnlab.arch.layers import Dense
from cnnlab.arch.measures import class_count
from cnnlab.data.seen import Wanted
from cnnlab.lab import load_plan
from cnnlab.lab.answers import answers
from cnnlab.lab.asking import shares
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.exporting import export
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.own_data import load_data
from cnnlab.lab.predicting import class_words, predict_files
from cnnlab.lab.roofline import _made_up
from cnnlab.lab.study_toml import plan_as_toml
from cnnlab.lab.trained import find
from cnnlab.records import BinaryCrossentropy, MeanSquaredError
from cnnlab.records.said import Said
from cnnlab.store import open_store

STUDY = """
name = "pets"
seeds = 2
[data]
path = "pets.npz"
name = "pets"
[recipe]
batch_size = 10
epochs = 4
optimizer = { name = "adam", learning_rate = 0.02 }
[[architecture]]
name = "sigmoid"
input_shape = [6, 6, 1]
loss = "binary_crossentropy"
layers = [{ layer = "Flatten" }, { layer = "Dense", units = 1, activation = "sigmoid" }]
[[architecture]]
name = "logit"
input_shape = [6, 6, 1]
loss = { name = "binary_crossentropy", from_logits = true, label_smoothing = 0.1 }
layers = [{ layer = "Flatten" }, { layer = "Dense", units = 1 }]
[[architecture]]
name = "squares"
input_shape = [6, 6, 1]
loss = "mse"
layers = [{ layer = "Flatten" }, { layer = "Dense", units = 2, activation = "softmax" }]
[[architecture]]
name = "pair"
input_shape = [6, 6, 1]
loss = { name = "binary_crossentropy", from_logits = true }
layers = [{ layer = "Flatten" }, { layer = "Dense", units = 2 }]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study file with its data: dogs are a little brighter."""
    made = tmp_path_factory.mktemp("pets")
    numbers = np.random.default_rng(3)
    labels = numbers.integers(0, 2, 90)
    images = (numbers.integers(0, 120, (90, 6, 6)) + 40 * labels[:, None, None]).astype(np.uint8)
    names = np.array(["cat", "dog"])[labels]
    parts = {"x_train": images[:60], "y_train": names[:60], "x_test": images[60:], "y_test": names[60:]}
    np.savez(made / "pets.npz", **parts)
    (made / "study.toml").write_text(STUDY, encoding="utf-8")
    for index in range(60, 66):
        Image.fromarray(images[index]).save(made / f"{index}.png")
    return made


@pytest.fixture(scope="module")
def done(folder: Path) -> StudyOutcome:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNLAB_CACHE_DIR", str(folder / "cache"))
        plan, whole = load_data(load_plan(folder / "study.toml"))
        return conduct(plan, whole, Means(threads=1, workers=1), out=folder / "runs")


def test_every_run_is_compared_by_answers_that_take_logits_for_what_they_are(done: StudyOutcome) -> None:
    assert done.comparison is not None
    assert {tested.architecture for tested in done.answers} == {"sigmoid", "logit", "squares", "pair"}
    for tested in done.answers:
        assert set(np.unique(tested.classes)) <= {0, 1}
        if tested.architecture != "pair":  # its two probabilities are each by itself
            np.testing.assert_array_equal(tested.losses < np.log(2), tested.correct)
    with open_store(done.folder.parent, create=False) as store:
        runs = list(store.runs())
        again = answers(store, runs, done.answers[0].labels, epoch=2)
        told = {(run.architecture, run.seed): run.test_accuracy for run in runs}
    assert set(again) == {"sigmoid", "logit", "squares", "pair"}
    for tested in done.answers:
        rows = zip(tested.seeds, tested.correct, strict=True)
        assert all(told[tested.architecture, seed] == pytest.approx(right.mean()) for seed, right in rows)


def test_the_study_is_written_down_and_its_page_says_who_is_not_in_the_pad(done: StudyOutcome, folder: Path) -> None:
    plan = load_plan(folder / "study.toml")
    (folder / "again.toml").write_text(plan_as_toml(plan), encoding="utf-8")
    assert [one.recipe for one in load_plan(folder / "again.toml").architectures] == [
        one.recipe for one in plan.architectures
    ]
    page = done.page.read_text(encoding="utf-8")
    assert "binary crossentropy" in page
    assert "their loss reads each by itself: sigmoid, logit and pair" in page


@pytest.mark.parametrize("name", ["sigmoid", "logit", "squares", "pair"])
def test_pictures_get_a_class_with_its_probability_and_the_model_becomes_files(
    name: str, done: StudyOutcome, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNLAB_CACHE_DIR", str(folder / "cache"))
    trained = find(name, done.folder.parent, where="predict")
    assert class_words(trained) == ("cat", "dog")
    asked = predict_files(trained, sorted(folder.glob("6*.png")), Wanted((6, 6, 1)))
    said = [one for one in asked if isinstance(one, Said)]
    tested = next(one for one in done.answers if one.architecture == name)
    assert [one.order[0] for one in said] == tested.classes[0, :6].tolist()
    for one, label, loss in zip(said, tested.labels, tested.losses[0], strict=False):
        assert (sum(one.probabilities) == pytest.approx(1)) == (name != "pair")
        assert -np.log(one.probabilities[label]) == pytest.approx(loss, rel=1e-4, abs=1e-5)
    for target in ("model.onnx", "model.keras"):
        export(trained, tmp_path / target, target[6:], overwrite=False, raw_pixels=False, offline=True)
    filed = find(str(tmp_path / "model.keras"), done.folder.parent, where="predict")
    assert (filed.class_names, filed.loss) == (("cat", "dog"), trained.loss)


@given(st.lists(st.floats(-900, 900), min_size=1, max_size=4), st.booleans())
def test_outputs_that_stand_alone_are_probabilities_by_themselves(outputs: list[float], logits: bool) -> None:
    found = shares(np.array(outputs), logits=logits, separate=True)
    own = expit(outputs) if logits else np.clip(outputs, 0, 1)
    np.testing.assert_allclose(found, [1 - own[0], own[0]] if len(own) == 1 else own, rtol=1e-12, atol=1e-300)


def test_a_single_output_is_two_classes_and_data_are_made_up_for_them() -> None:
    one, three = (chain("n", [Dense(units)], input_shape=(5,)) for units in (1, 3))
    assert (class_count(one), class_count(three), class_count(zoo.network("architecture-3"))) == (2, 3, 10)
    made = _made_up(one, 40)
    assert made.class_names == ("0", "1")
    assert set(made.train.labels.tolist()) == {0, 1}
    for loss in (BinaryCrossentropy(), MeanSquaredError()):
        assert loss.of_guessing(class_count(one)) == pytest.approx(
            {True: np.log(2), False: 0.25}[loss.logits_of is not None]
        )
