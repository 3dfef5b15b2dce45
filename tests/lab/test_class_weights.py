"""Class weights of a study: from the study file to the bits of the weights, and back from the store."""

import doctest
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cnnlab
from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.errors import UsageError
from cnnlab.experiments import Architecture, prepare_all
from cnnlab.experiments.shipment import Arrivals, shipment
from cnnlab.lab import Study, StudyPlan, load_plan
from cnnlab.lab.answers import answers
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.looking import answers_in_training
from cnnlab.lab.own_data import load_data
from cnnlab.lab.study_toml import plan_as_toml
from cnnlab.records import ClassWeights, EpochDone, Event, Examples, Notice, Recipe, Split, class_weights
from cnnlab.report import words
from cnnlab.store import open_store
from cnnlab.training import image_weights as of_images
from cnnlab.training.image_weights import balanced, weighed_by_class

NET = chain("net", [Input((6, 6, 1)), Flatten(), Dense(3, activation="softmax")])
COUNTS = (40, 8, 16)
NAMES = ("ant", "bee", "cat")
TWO = """
name = "two"
[recipe]
class_weight = { 1 = 3.5, cat = 1 }
[[architecture]]
name = "as the others"
input_shape = [6, 6, 1]
layers = [{ layer = "Flatten" }, { layer = "Dense", units = 3, activation = "softmax" }]
[[architecture]]
name = "balanced"
class_weight = "balanced"
input_shape = [6, 6, 1]
layers = [{ layer = "Flatten" }, { layer = "Dense", units = 3, activation = "softmax" }]
[[architecture]]
name = "without"
class_weight = {}
input_shape = [6, 6, 1]
layers = [{ layer = "Flatten" }, { layer = "Dense", units = 3, activation = "softmax" }]
"""


@pytest.fixture(scope="module")
def insects() -> Any:  # noqa: ANN401 - a data set of the user's
    """Images of three classes, five times as many ants as bees."""
    numbers = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), COUNTS)
    images = numbers.integers(0, 200, (len(labels), 6, 6), np.uint8)
    images[np.arange(len(labels)), labels, labels] = 255
    arrays = images, labels, images[::4], labels[::4]
    return cnnlab.datasets.from_arrays(*arrays, class_names=list(NAMES), name="insects")


def split_of(insects: Any) -> Split:  # noqa: ANN401 - as above
    return load_data(Study("s", data_set=insects).plan)[1]


def architecture(weights: object) -> Architecture:
    return Architecture("net", NET, Recipe(class_weight=class_weights(weights)))


def weights_of(split: Split, weights: object) -> list[float]:
    """Return the weight that each class got."""
    train = prepare_all([architecture(weights)], split)["net"].train
    assert train.weights is not None
    labels = split.train.labels
    found = [set(train.weights[labels == number].tolist()) for number in range(3)]
    assert all(len(values) == 1 for values in found)
    return [values.pop() for values in found]


@pytest.mark.parametrize(
    "module", [words, of_images, import_module("cnnlab.records.class_weights")], ids=lambda module: module.__name__
)
def test_the_examples_in_docstrings_give_what_they_say(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert (found.failed, found.attempted > 0) == (0, True)


def test_a_study_file_gives_weights_to_all_or_to_one(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(TWO, encoding="utf-8")
    found = [one.recipe.class_weight for one in load_plan(tmp_path / "study.toml").architectures]
    assert found == [(("1", 3.5), ("cat", 1.0)), "balanced", None]


NAME = st.text(st.characters(categories=["L", "N", "P", "Zs", "So"]), min_size=1, max_size=12)
WEIGHTS = st.just("balanced") | st.dictionaries(NAME, st.floats(0, 1e6), min_size=1, max_size=12).map(class_weights)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(WEIGHTS)
def test_any_class_weights_survive_the_resolved_file(tmp_path: Path, weights: ClassWeights) -> None:
    plan = StudyPlan("one", (Architecture("net", NET, Recipe(class_weight=weights)),))
    (tmp_path / "study.toml").write_text(plan_as_toml(plan), encoding="utf-8")
    assert load_plan(tmp_path / "study.toml") == plan


def test_a_study_without_class_weights_is_written_as_it_always_was() -> None:
    assert "class_weight" not in plan_as_toml(StudyPlan("one", (Architecture("net", NET, Recipe()),)))


def test_classes_are_named_by_name_or_number(insects: Any) -> None:  # noqa: ANN401 - as above
    split = split_of(insects)
    for table in ({"ant": 1, "bee": 3.5, "cat": 0}, {0: 1, 1: 3.5, 2: 0}, {"ant": 1, "1": 3.5, np.int64(2): 0}):
        assert weights_of(split, table) == [1, 3.5, 0]
    (notice,) = prepare_all([architecture({"bee": 3.5})], split)["net"].notices
    assert notice == "class_weight: none for class ant, cat; what it leaves out weighs 1."


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"be": 1}, "class_weight: expected classes of these data: ant, bee, cat, got 'be'. Did you mean 'bee'?"),
        ({3: 1}, "expected classes of these data: ant, bee, cat, got '3'"),
        ({"bee": 1, 1: 2}, "class_weight: expected each class once, got '1' and 'bee' for the same one"),
    ],
)
def test_classes_that_the_data_do_not_have_are_refused_before_anything_is_trained(
    table: dict[Any, float],
    message: str,
    insects: Any,  # noqa: ANN401 - as above
    tmp_path: Path,
) -> None:
    study = Study("s", data_set=insects).add(NET, class_weight=table)
    with pytest.raises(UsageError, match=message):
        study.run(out=tmp_path / "runs", live=False)
    assert not (tmp_path / "runs").exists()


def test_where_classes_are_called_by_other_numbers_a_number_is_a_name() -> None:
    given_to = Examples(np.zeros((3, 1)), np.arange(3))
    found, _ = weighed_by_class(given_to, (("1", 5.0), ("3", 7.0)), 3, ("1", "2", "3"))
    assert found.weights is not None
    assert found.weights.tolist() == [5, 1, 7]
    with pytest.raises(UsageError, match="expected classes of these data: 1, 2, 3, got '0'"):
        weighed_by_class(given_to, (("0", 5.0),), 3, ("1", "2", "3"))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any))
def test_balanced_weights_let_every_class_that_is_there_count_alike(counts: list[int]) -> None:
    images = np.array(counts)
    mass = balanced(images) * images
    there = images > 0
    np.testing.assert_allclose(mass[there], images.sum() / there.sum())
    assert (balanced(images)[~there] == 1).all()


def test_balanced_weights_are_those_of_scikit_learn(insects: Any) -> None:  # noqa: ANN401 - as above
    # compute_class_weight("balanced", classes=[0, 1, 2], y=y): n / (3 * count)
    assert weights_of(split_of(insects), "balanced") == [64 / 120, 64 / 24, 64 / 48]


def test_only_the_training_images_are_weighed(insects: Any) -> None:  # noqa: ANN401 - as above
    prepared = prepare_all([architecture("balanced")], split_of(insects))["net"]
    assert prepared.train.weights is not None
    assert prepared.validation is not None
    assert prepared.validation.weights is None


@pytest.mark.parametrize("weights", ["balanced", {"bee": 2.0}])
def test_weights_travel_to_a_worker_as_a_recipe(
    weights: object,
    insects: Any,  # noqa: ANN401 - as above
) -> None:
    split, arrivals = split_of(insects), Arrivals()
    shipped = shipment(split)
    here = prepare_all([architecture(weights)], split)["net"].train.weights
    assert arrivals.prepared(shipped, architecture(None)).train.weights is None
    assert here is not None
    assert np.array_equal(arrivals.prepared(shipped, architecture(weights)).train.weights, here)  # type: ignore[arg-type]


def sums(outcome: Any) -> list[str | None]:  # noqa: ANN401 - as above
    return [sha256(b"".join(one.tobytes() for one in outcome.weights("net", seed))).hexdigest() for seed in (0, 1)]


@pytest.fixture
def trained(insects: Any, tmp_path: Path) -> Callable[..., Any]:  # noqa: ANN401 - as above
    def run(weights: Any, folder: str = "runs", backend: str | None = None, **told: Any) -> Any:  # noqa: ANN401 - as above
        study = Study("s", data_set=insects).add(NET, epochs=3, batch_size=16, class_weight=weights)
        plan, split = load_data(replace(study.plan, seeds=(0, 1)))
        return conduct(plan, split, Means(threads=1, backend=backend), out=tmp_path / folder, page=False, **told)

    return run


def test_balanced_is_the_table_that_it_stands_for_and_each_is_a_study_of_its_own(
    trained: Callable[..., Any],
) -> None:
    plain, even = trained(None), trained("balanced")
    table = trained(dict(zip(NAMES, balanced(np.array(COUNTS)).tolist(), strict=True)))
    assert sums(even) == sums(table) != sums(plain)
    assert len({one.folder for one in (plain, even, table)}) == 3
    assert trained("balanced").folder == even.folder  # found again, nothing trained
    assert even.runs[0].recipe.class_weight == "balanced"


def test_whoever_judges_answers_knows_that_classes_were_weighed(
    trained: Callable[..., Any],
    insects: Any,  # noqa: ANN401 - as above
) -> None:
    split = split_of(insects)
    for weights, weighed in ((None, False), ("balanced", True)):
        outcome = trained(weights, str(weighed))
        in_training = answers_in_training(outcome, architecture(weights), split, Means(threads=1))
        with open_store(outcome.folder.parent, create=False) as store:
            stored = answers(store, [*store.runs()], split.test.labels)
        assert in_training is not None
        assert [one.weighed for one in (*outcome.answers, *stored.values(), in_training)] == [weighed] * 3


def test_an_interrupted_study_goes_on_with_its_weights(trained: Callable[..., Any]) -> None:
    class PowerCutError(Exception):
        pass

    def cut(event: Event) -> None:
        if isinstance(event, EpochDone) and event.row.epoch == 2:
            raise PowerCutError

    with pytest.raises(PowerCutError):
        trained({"bee": 3.0, "ant": 1, "cat": 1}, "cut", sink=cut)
    gone_on = trained({"bee": 3.0, "ant": 1, "cat": 1}, "cut")
    assert sums(gone_on) == sums(trained({"bee": 3.0, "ant": 1, "cat": 1}, "whole"))


def test_a_table_that_leaves_classes_out_is_told_of_once(trained: Callable[..., Any]) -> None:
    told: list[Event] = []
    trained({"bee": 3.0}, sink=told.append)
    notices = [one.text for one in told if isinstance(one, Notice)]
    assert notices == ["class_weight: none for class ant, cat; what it leaves out weighs 1."]


def test_numpy_and_compiled_code_train_alike(trained: Callable[..., Any]) -> None:
    ours, theirs = (trained("balanced", name, backend=name) for name in ("numpy", "compiled"))
    for mine, other in zip(ours.weights("net", 0), theirs.weights("net", 0), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-6)


def test_a_recipe_that_differs_in_weights_alone_is_another_recipe() -> None:
    assert Recipe() == Recipe(class_weight=class_weights({}))
    assert Recipe() != Recipe(class_weight="balanced")
    assert replace(Recipe(class_weight="balanced"), epochs=2).class_weight == "balanced"
