"""The reference backend as a whole: threads, data types, state in and out, and what it refuses."""
# ruff: noqa: ANN401 - anything that `load` takes

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cnnlab.arch import Layer, Network, Shape, chain, graph, initial_weights
from cnnlab.arch.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
    Rescaling,
)
from cnnlab.backends import ReferenceBackend, get_backend
from cnnlab.backends.reference import ReferenceModel, workers
from cnnlab.errors import CnnlabError, NetworkError, NotSupportedError, UsageError
from cnnlab.records import (
    Adam,
    CategoricalCrossentropy,
    Examples,
    Optimizer,
    RMSprop,
    SparseCategoricalCrossentropy,
)

ROWS = np.arange(40)


def network() -> Network:
    return chain(
        "small",
        [
            Conv2D(4, 3, activation="relu", input_shape=(12, 12, 1)),
            MaxPooling2D(2, padding="same"),
            Dropout(0.3),
            BatchNormalization(),
            Conv2D(3, 2, padding="same", activation="gelu"),
            AveragePooling2D(2),
            Flatten(),
            Dense(3, activation="softmax"),
        ],
    )


def weights_of(net: Network) -> list[np.ndarray]:
    numbers = np.random.default_rng(1)
    return [np.abs(numbers.normal(0, 0.5, weight.parameter.shape)).astype(np.float32) for weight in net.weights]


def examples(divisor: float | None = 255.0) -> Examples:
    numbers = np.random.default_rng(2)
    return Examples(numbers.integers(0, 256, (40, 12, 12, 1), dtype=np.uint8), numbers.integers(0, 3, 40), divisor)


def loaded(
    optimizer: Optimizer | None = None, threads: int = 1, dtype: type = np.float32, **changes: Any
) -> ReferenceModel:
    net = changes.pop("network", None) or network()
    arguments = {"loss": SparseCategoricalCrossentropy(), "optimizer": optimizer or Adam(0.01), "seed": 9} | changes
    return ReferenceBackend(dtype).load(net, weights_of(net), threads=threads, **arguments)


def train(model: ReferenceModel, data: Examples, steps: Iterable[int] = range(4)) -> list[float]:
    """Train some steps of twenty images each; return their losses."""
    return [model.train_step(data, ROWS[step % 2 :: 2], step // 2).loss for step in steps]


def same(ours: list[np.ndarray], theirs: list[np.ndarray]) -> bool:
    return len(ours) == len(theirs) and all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("chunk_bytes", [1, 2**14, workers.CHUNK_BYTES])
def test_any_number_of_threads_gives_the_same_bits(
    threads: int, chunk_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "CHUNK_BYTES", chunk_bytes)
    alone, together = loaded(), loaded(threads=threads)
    assert train(alone, examples()) == train(together, examples())
    assert same(alone.get_weights(), together.get_weights())
    assert same(list(alone.get_state().values()), list(together.get_state().values()))
    one, other = alone.evaluate(examples(), 7), together.evaluate(examples(), 7)
    assert one.loss == other.loss
    assert np.array_equal(one.predictions.true_class_probability, other.predictions.true_class_probability)


def test_a_fault_in_a_thread_is_not_lost() -> None:
    def task(images: slice) -> None:
        if images.start == 2:
            raise ValueError("chunk 2")

    with pytest.raises(ValueError, match="chunk 2"):
        workers.Workers(2).over_images(9, workers.CHUNK_BYTES, task)


def test_bytes_with_a_divisor_train_as_floats_divided_before() -> None:
    data = examples()
    divided = Examples(data.images.astype(np.float32) / np.float32(255), data.labels)
    assert train(loaded(), data) == train(loaded(), divided)


def test_images_that_lie_otherwise_in_memory_train_alike() -> None:
    data = examples()
    turned = Examples(np.asfortranarray(data.images), data.labels, data.divisor)
    assert train(loaded(), data) == train(loaded(), turned)


def test_a_rescaling_layer_takes_raw_bytes() -> None:
    net = chain("raw", [Rescaling(1 / 255, input_shape=(12, 12, 1)), *(node.layer for node in network().nodes[1:])])
    raw = loaded(network=net, seed=4)
    raw_losses = train(raw, examples(divisor=None))
    assert np.isfinite(raw_losses).all()
    assert max(raw_losses) < 20


def test_training_makes_the_loss_smaller() -> None:
    losses = train(loaded(dtype=np.float64), examples(), range(60))
    assert np.mean(losses[-4:]) < 0.9 * np.mean(losses[:4])


@pytest.mark.parametrize(
    "optimizer",
    [Adam(0.01, amsgrad=True, gradient_accumulation_steps=2), RMSprop(0.01, momentum=0.5, centered=True, use_ema=True)],
    ids=["Adam", "RMSprop"],
)
def test_weights_and_state_are_all_that_a_run_needs_to_go_on(optimizer: Optimizer | None) -> None:
    whole = loaded(optimizer)
    train(whole, examples(), range(3))
    taken_up = loaded(optimizer)
    taken_up.set_weights(whole.get_weights())
    taken_up.set_state(whole.get_state())
    assert train(whole, examples(), range(3, 7)) == train(taken_up, examples(), range(3, 7))
    whole.finish()
    taken_up.finish()
    assert same(whole.get_weights(), taken_up.get_weights())


def test_what_is_given_and_what_is_handed_out_are_copies() -> None:
    net = network()
    given = weights_of(net)
    model = ReferenceBackend().load(net, given, loss=SparseCategoricalCrossentropy(), optimizer=Adam(0.01))
    before, handed_out, state = [array.copy() for array in given], model.get_weights(), model.get_state()
    train(model, examples())
    assert same(given, before)
    assert same(handed_out, before)
    assert state.pop("learning_rate") == 0.01
    assert not any(array.any() for array in state.values())


def test_the_state_says_whose_it_is() -> None:
    assert set(loaded().get_state()) >= {"step", "conv2d/kernel/momentum", "batch_normalization/gamma/velocity"}
    assert not any("moving" in name for name in loaded().get_state())


def test_without_an_average_finish_changes_nothing() -> None:
    model = loaded()
    train(model, examples())
    before = model.get_weights()
    model.finish()
    assert same(before, model.get_weights())


def test_an_average_of_no_steps_does_not_replace_the_weights() -> None:
    model = loaded(Adam(use_ema=True))
    before = model.get_weights()
    model.finish()
    assert same(before, model.get_weights())


def test_evaluation_does_not_depend_on_its_batches() -> None:
    model = loaded(dtype=np.float64)
    whole, pieces = model.evaluate(examples(), 40), model.evaluate(examples(), 7)
    assert whole.loss == pytest.approx(pieces.loss, rel=1e-12)
    assert whole.accuracy == pieces.accuracy
    assert np.array_equal(whole.predictions.classes, pieces.predictions.classes)


def test_evaluation_and_prediction_agree() -> None:
    model, data = loaded(), examples()
    evaluation, outputs = model.evaluate(data, 16), model.predict(data.batch(slice(None)), 16)
    assert np.allclose(outputs.sum(axis=-1), 1)
    assert np.array_equal(evaluation.predictions.classes, outputs.argmax(axis=-1))
    assert evaluation.predictions.classes.dtype == np.uint8
    truth = outputs[np.arange(40), data.labels]
    assert np.array_equal(evaluation.predictions.true_class_probability, truth)
    assert evaluation.loss == pytest.approx(-np.log(truth).mean(), rel=1e-5)
    assert evaluation.accuracy == (outputs.argmax(axis=-1) == data.labels).mean()


def test_one_hot_labels_and_class_numbers_say_the_same() -> None:
    data = examples()
    one_hot = Examples(data.images, np.eye(3, dtype=np.float32)[data.labels], data.divisor)
    assert train(loaded(loss=CategoricalCrossentropy()), one_hot) == train(loaded(), data)
    assert loaded(loss=CategoricalCrossentropy()).evaluate(one_hot, 40).accuracy == loaded().evaluate(data, 40).accuracy


def test_the_probability_of_the_true_class_comes_from_the_logits_too() -> None:
    net = network()
    linear = chain("linear", [*(node.layer for node in net.nodes[1:-1]), Dense(3)], input_shape=(12, 12, 1))
    logits = loaded(network=linear, loss=SparseCategoricalCrossentropy(from_logits=True)).evaluate(examples(), 40)
    softmax = loaded().evaluate(examples(), 40)
    assert np.array_equal(logits.predictions.true_class_probability, softmax.predictions.true_class_probability)
    assert logits.loss == softmax.loss


def test_more_than_256_classes_are_counted_in_16_bits() -> None:
    net = chain("many", [Flatten(input_shape=(12, 12, 1)), Dense(300, activation="softmax")])
    classes = loaded(network=net).evaluate(examples(), 40).predictions.classes
    assert classes.dtype == np.uint16


def test_no_images_give_no_outputs() -> None:
    assert loaded().predict(np.empty((0, 12, 12, 1), np.float32), 5).shape == (0, 3)


def test_a_dropout_with_its_own_seed_drops_the_same_in_every_run() -> None:
    def first_loss(own: int | None, run: int) -> list[float]:
        layers = [Flatten(input_shape=(12, 12, 1)), Dropout(0.5, seed=own), Dense(3, activation="softmax")]
        return train(loaded(network=chain("drop", layers), seed=run), examples(), range(1))

    assert first_loss(5, 1) == first_loss(5, 2)
    assert first_loss(None, 1) != first_loss(None, 2)
    assert first_loss(5, 5) == first_loss(None, 5)


def test_masks_change_from_epoch_to_epoch_and_not_from_batch_to_batch() -> None:
    net = chain("drop", [Flatten(input_shape=(12, 12, 1)), Dropout(0.5), Dense(3, activation="softmax")])
    data, model = examples(), loaded(network=net)
    alone = [model.gradients(data, np.array([row]), 0)[0] for row in range(6)]
    assert model.gradients(data, np.arange(6), 0)[0] == pytest.approx(np.mean(alone), rel=1e-5)
    assert model.gradients(data, np.arange(6), 1)[0] != pytest.approx(np.mean(alone), rel=1e-5)


def test_two_takers_of_one_output_are_computed_in_their_order() -> None:
    steps = [(Flatten(), (0,)), (Dense(2), (1,)), (Dense(3), (1,)), (Dense(4), (2,))]
    net = graph("branch", Input((12, 12, 1)), steps)
    model = ReferenceBackend(np.float64).load(net, weights_of(net))
    straight = chain("straight", [Flatten(), Dense(2), Dense(4)], input_shape=(12, 12, 1))
    kept = [weight for weight, place in zip(weights_of(net), net.weights, strict=True) if place.node.index != 3]
    expected = ReferenceBackend(np.float64).load(straight, kept)
    images = examples().batch(slice(None), np.float64)
    assert np.array_equal(model.predict(images, 40), expected.predict(images, 40))


def test_the_backend_is_found_by_name() -> None:
    backend = get_backend("numpy")
    assert (backend.name, backend.same_bits) == ("numpy", False)


class Doubled(Layer):
    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape


class Newton(Optimizer):
    pass


def load_with_weights(change: Callable[[Any], Any]) -> ReferenceModel:
    net = network()
    return ReferenceBackend().load(net, change(weights_of(net)))


def bad_state(change: Callable[[Any], Any]) -> None:
    model = loaded()
    model.set_state(change(model.get_state()))


REFUSALS = {
    "a backend of another name": (
        lambda: get_backend("numby"),
        UsageError,
        r"expected the name of a backend, got 'numby'\. Did you mean 'numpy'\?",
    ),
    "another float type": (
        lambda: ReferenceBackend(np.float16),
        UsageError,
        "expected dtype float32 or float64, got float16",
    ),
    "no thread": (lambda: loaded(threads=0), UsageError, "threads: expected at least 1 thread, got 0"),
    "a seed of 33 bits": (lambda: loaded(seed=2**32), UsageError, "expected a whole number from 0 to 4294967295"),
    "a weight too few": (
        lambda: load_with_weights(lambda weights: weights[:-1]),
        UsageError,
        "small: expected 10 arrays of weights, got 9",
    ),
    "a weight of another shape": (
        lambda: load_with_weights(lambda weights: [weights[0].T, *weights[1:]]),
        UsageError,
        r"small, conv2d/kernel: expected shape \(3, 3, 1, 4\), got shape \(4, 1, 3, 3\)",
    ),
    "an output that is an image": (
        lambda: loaded(network=chain("image", [Conv2D(2, 3)], input_shape=(12, 12, 1))),
        NetworkError,
        r"image: expected an output of shape \(classes,\) for a loss, got shape \(10, 10, 2\)",
    ),
    "an unknown layer": (
        lambda: loaded(network=chain("new", [Doubled(), Flatten()], input_shape=(12, 12, 1))),
        NotSupportedError,
        "the numpy backend: expected one of Activation, .*, got Doubled",
    ),
    "an unknown optimizer": (
        lambda: loaded(Newton()),
        NotSupportedError,
        "the numpy backend's optimizer: expected one of Adam, .*SGD, RMSprop, Adadelta, got Newton",
    ),
    "training without a loss": (
        lambda: train(loaded(loss=None), examples()),
        UsageError,
        "small: expected a loss for train_step, got none",
    ),
    "evaluation without a loss": (
        lambda: loaded(loss=None).evaluate(examples(), 4),
        UsageError,
        "small: expected a loss for evaluate, got none",
    ),
    "training without an optimizer": (
        lambda: train(
            ReferenceBackend().load(network(), weights_of(network()), loss=CategoricalCrossentropy()), examples()
        ),
        UsageError,
        "small: expected an optimizer for training, got none",
    ),
    "a state without its step": (
        lambda: bad_state(lambda state: {name: state[name] for name in state if name != "step"}),
        UsageError,
        r"small, optimizer state: expected step of shape \(\), got none",
    ),
    "a state of another optimizer": (
        lambda: bad_state(lambda state: state | {"dense/bias/average": np.zeros(3)}),
        UsageError,
        r"small, optimizer state: expected no dense/bias/average, got shape \(3,\)",
    ),
    "a state of another shape": (
        lambda: bad_state(lambda state: state | {"dense/bias/momentum": np.zeros(4)}),
        UsageError,
        r"small, optimizer state: expected dense/bias/momentum of shape \(3,\), got shape \(4,\)",
    ),
}


@pytest.mark.parametrize(("cause", "kind", "message"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_is_refused_with_its_reason(
    cause: Callable[[], object], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message) as caught:
        cause()
    assert isinstance(caught.value, CnnlabError)


@pytest.mark.parametrize("with_loss", [False, True])
def test_the_outputs_of_all_layers_end_in_the_prediction_and_each_follows_from_the_one_before(with_loss: bool) -> None:
    layers = [
        Conv2D(3, 3, activation="relu"),
        BatchNormalization(),
        Dropout(0.5),
        MaxPooling2D(2),
        Flatten(),
        Dense(4, activation="softmax"),
    ]
    net = chain("net", layers, input_shape=(6, 6, 1))
    weights = [weight + 0.1 for weight in initial_weights(net, 1)]
    loss = SparseCategoricalCrossentropy() if with_loss else None
    model = ReferenceBackend().load(net, weights, loss=loss)
    images = np.random.default_rng(3).random((5, 6, 6, 1), np.float32)
    outputs = model.outputs(images)
    assert [out.shape[1:] for out in outputs] == [node.output_shape for node in net.nodes]
    assert np.array_equal(outputs[0], images)
    assert np.array_equal(outputs[-1], model.predict(images, 5))
    for upto in range(2, len(net.nodes)):
        part = replace(net, nodes=net.nodes[:upto])
        shorter = ReferenceBackend().load(part, weights[: len(part.weights)])
        assert np.array_equal(shorter.predict(images, 5), outputs[upto - 1])
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), weights, strict=True))
