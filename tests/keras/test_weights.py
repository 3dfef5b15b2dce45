"""``sample_weight`` and ``class_weight``: Keras' rules where it has some, a message where nothing could be meant."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.errors import CnnlabWarning, DataError, NotSupportedError, UsageError
from cnnlab.keras import Sequential
from cnnlab.keras.layers import Dense, Input
from cnnlab.keras.preprocessing.image import ImageDataGenerator
from cnnlab.records import Examples
from cnnlab.training.image_weights import weighed_by_class

Same = Callable[[list[Any], list[Any]], bool]
Data = tuple[np.ndarray, np.ndarray]
TABLE = {0: 1.0, 1: 3.5, 2: 0.25, 3: 0.0}
ALL = np.array([1.0, 3.5, 0.25, 0.0])


def fresh(model: Sequential) -> Sequential:
    again = Sequential.from_network(model.network, seed=3)
    again.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return again


def of_classes(y: np.ndarray) -> np.ndarray:
    weights: np.ndarray = ALL[y.argmax(axis=1)]
    return weights


def test_class_weights_are_weights_of_images(model: Sequential, data: Data, same: Same) -> None:
    ours, theirs = fresh(model), fresh(model)
    ours.fit(*data, epochs=2, verbose=0, class_weight=TABLE)
    theirs.fit(*data, epochs=2, verbose=0, sample_weight=of_classes(data[1]))
    assert same(ours.get_weights(), theirs.get_weights())
    plain = fresh(model)
    plain.fit(*data, epochs=2, verbose=0)
    assert not same(ours.get_weights(), plain.get_weights())


def test_class_weights_do_not_weigh_what_is_validated_with(model: Sequential, data: Data) -> None:
    history = model.fit(*data, verbose=0, class_weight=TABLE, validation_data=data).history
    assert history["val_loss"][0] == pytest.approx(model.evaluate(*data, verbose=0)[0])


def test_weights_of_images_go_with_them_into_the_validation_split(model: Sequential, data: Data) -> None:
    weights = np.linspace(0, 3, 320)
    history = model.fit(*data, verbose=0, sample_weight=weights, validation_split=0.25).history
    last = data[0][240:], data[1][240:]
    assert history["val_loss"][0] == pytest.approx(model.evaluate(*last, verbose=0, sample_weight=weights[240:])[0])
    assert history["val_loss"][0] != pytest.approx(model.evaluate(*last, verbose=0)[0])


def test_validation_data_may_have_weights(model: Sequential, data: Data) -> None:
    weights = of_classes(data[1])
    history = model.fit(*data, verbose=0, validation_data=(*data, weights)).history
    loss, accuracy = model.evaluate(*data, verbose=0, sample_weight=weights)
    assert (history["val_loss"][0], history["val_accuracy"][0]) == (pytest.approx(loss), accuracy)


def test_an_evaluation_divides_by_the_number_of_images(model: Sequential, data: Data) -> None:
    once, twice = (model.evaluate(*data, verbose=0, sample_weight=np.full(320, weight)) for weight in (1, 2))
    assert once == model.evaluate(*data, verbose=0)
    assert twice == [pytest.approx(2 * once[0]), once[1]]


def test_a_batch_takes_weights(model: Sequential, data: Data, same: Same) -> None:
    x, y = data[0][:32], data[1][:32]
    by_class, by_image = fresh(model), fresh(model)
    assert by_class.train_on_batch(x, y, class_weight=TABLE) == by_image.train_on_batch(x, y, of_classes(y))
    assert same(by_class.get_weights(), by_image.get_weights())
    weights = of_classes(y)
    assert model.test_on_batch(x, y, weights) == model.evaluate(x, y, verbose=0, sample_weight=weights)
    assert model.test_on_batch(x, y, np.zeros(32))[0] == 0


def test_soft_labels_weigh_as_their_likeliest_class() -> None:
    soft = np.array([[0.2, 0.5, 0.3], [0.4, 0.3, 0.3]])
    found, _ = weighed_by_class(Examples(np.zeros((2, 1)), soft), (("0", 3.0), ("1", 2.0)), 3)
    assert found.weights is not None
    assert found.weights.tolist() == [2.0, 3.0]


@pytest.mark.filterwarnings("ignore:ImageDataGenerator is an old spelling")
def test_a_flow_carries_weights(model: Sequential, data: Data, same: Same) -> None:
    weights = np.linspace(0, 3, 320)
    ours, theirs = fresh(model), fresh(model)
    flow = ImageDataGenerator(validation_split=0.25).flow(*data, 32, False, weights, subset="training")
    assert [one.shape[0] for one in next(flow)] == [32, 32, 32]
    ours.fit(flow, verbose=0)
    theirs.fit(data[0][80:], data[1][80:], 32, shuffle=False, verbose=0, sample_weight=weights[80:])
    assert same(ours.get_weights(), theirs.get_weights())
    kept = data[0][80:], data[1][80:]
    assert ours.evaluate(flow, verbose=0) == ours.evaluate(*kept, verbose=0, sample_weight=weights[80:])
    assert ours.evaluate(flow, verbose=0) != ours.evaluate(*kept, verbose=0)
    validated = ours.fit(flow, verbose=0, validation_data=flow).history["val_loss"][0]
    assert validated == pytest.approx(ours.evaluate(flow, verbose=0)[0])


def test_a_flow_refuses_weights_that_do_not_belong_to_it(model: Sequential, data: Data) -> None:
    with pytest.raises(DataError, match="flow: expected 320 weights, as there are images, got 3"):
        ImageDataGenerator().flow(*data, sample_weight=np.ones(3))
    flow = ImageDataGenerator().flow(*data)
    with pytest.raises(UsageError, match=r"fit: expected no weights beside a flow, .*Write flow\(x, y, sample_weight="):
        model.fit(flow, sample_weight=np.ones(320))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(319), "training weights: expected 320 weights, one for each image, got 319"),
        (np.ones((320, 2)), r"training weights: expected 320 weights, one for each image, got shape \(320, 2\)"),
        (np.r_[np.ones(7), -1.0, np.ones(312)], "expected finite weights that are not negative, got -1.0 for image 7"),
        (np.r_[np.nan, np.ones(319)], "expected finite weights that are not negative, got nan for image 0"),
        (np.r_[np.inf, np.ones(319)], "got inf for image 0"),
        (np.zeros(320), "training weights: expected a weight above 0, got 0 for all 320 images"),
        (["heavy"] * 320, "training weights: expected weights as numbers, got dtype <U5"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights: object, message: str, model: Sequential, data: Data) -> None:
    with pytest.raises(DataError, match=message):
        model.fit(*data, verbose=0, sample_weight=weights)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"class_weight": {**TABLE, 4: 2}}, "class_weight: expected classes of these data: 0, 1, 2, 3, got '4'"),
        (
            {"class_weight": {**TABLE, 0: -1}},
            "fit, class_weight, class '0': expected a number that is not negative, got -1",
        ),
        (
            {"class_weight": {0: float("nan")}},
            "fit, class_weight, class '0': expected a number that is not negative, got nan",
        ),
        (
            {"class_weight": dict.fromkeys(range(4), 0)},
            "class_weight: expected a weight above 0, got 0 for every class",
        ),
        ({"class_weight": {"0": 1}}, r"fit, class_weight: expected a dictionary of class numbers and weights, got \{"),
        ({"class_weight": "balanced"}, r"got 'balanced'\. Classes that shall count alike: dict\(enumerate\("),
        ({"class_weight": [1, 2, 3, 4]}, r"got \[1, 2, 3, 4\]"),
        (
            {"class_weight": TABLE, "sample_weight": np.ones(320)},
            "fit, class_weight: expected weights of classes or weights of images, got both. Multiply them yourself",
        ),
    ],
)
def test_class_weights_that_cannot_be_are_refused(
    arguments: dict[str, Any], message: str, model: Sequential, data: Data
) -> None:
    with pytest.raises(UsageError, match=message):
        model.fit(*data, verbose=0, **arguments)


def test_a_class_that_is_left_out_weighs_one_as_in_keras_and_is_told_of(
    model: Sequential, data: Data, same: Same
) -> None:
    ours, theirs = fresh(model), fresh(model)
    with pytest.warns(CnnlabWarning, match="class_weight: none for class 0, 2, 3; what it leaves out weighs 1."):
        ours.fit(*data, verbose=0, class_weight={1: 3.5})
    theirs.fit(*data, verbose=0, class_weight={0: 1, 1: 3.5, 2: 1, 3: 1})
    assert same(ours.get_weights(), theirs.get_weights())


def test_nothing_in_a_dictionary_is_no_weights(model: Sequential, data: Data, same: Same) -> None:
    ours, theirs = fresh(model), fresh(model)
    ours.fit(*data, verbose=0, class_weight={})
    theirs.fit(*data, verbose=0)
    assert same(ours.get_weights(), theirs.get_weights())


def test_weighted_metrics_stay_refused() -> None:
    model = Sequential([Input((3,)), Dense(2, activation="softmax")])
    with pytest.raises(NotSupportedError, match="got weighted_metrics="):
        model.compile("adam", "categorical_crossentropy", weighted_metrics=["accuracy"])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=40),
    st.dictionaries(st.integers(0, 4), st.floats(0, 9) | st.integers(0, 9), max_size=5),
)
def test_class_weights_are_those_that_keras_makes_of_them(labels: list[int], table: dict[int, float]) -> None:
    expected = np.array([table.get(label, 1.0) for label in labels], float)  # as keras.src.trainers' adapters do
    pairs = tuple((str(number), float(weight)) for number, weight in table.items())
    given_to = Examples(np.zeros((len(labels), 1)), np.array(labels))
    if not expected.any():
        with pytest.raises(UsageError, match="0 for every class"):
            weighed_by_class(given_to, pairs, 5)
        return
    found, notices = weighed_by_class(given_to, pairs, 5)
    assert np.array_equal(found.weights, expected)  # type: ignore[arg-type]
    assert bool(notices) == bool(set(labels) - set(table))
