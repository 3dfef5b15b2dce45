"""Augmentation in the compiled backend: the reference's bits, whatever the threads; in training only."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from random_networks import _augmentation

from cnnlab.arch import Layer, Network, chain, initial_weights
from cnnlab.arch.layers import Conv2D, Dense, Dropout, Flatten, RandomMap, RandomRotation, RandomTranslation, Rescaling
from cnnlab.backends import ReferenceBackend
from cnnlab.backends.augmentation import maps_of
from cnnlab.backends.compiled import CompiledBackend, CompiledModel
from cnnlab.backends.reference.augmentation import mapped
from cnnlab.compiler.frame import Frame
from cnnlab.errors import NotSupportedError
from cnnlab.records import Adam, CheckpointMade, Event, Examples, Recipe, SparseCategoricalCrossentropy
from cnnlab.training import fit
from cnnlab.training.checkpoints import decode

LOSS = SparseCategoricalCrossentropy()
SEED = 5


def loaded(network: Network, threads: int = 1, dtype: type = np.float32) -> CompiledModel:
    weights = initial_weights(network, 1)
    return CompiledBackend(dtype).load(network, weights, loss=LOSS, optimizer=Adam(), seed=SEED, threads=threads)


def examples_for(shape: tuple[int, ...], count: int = 40) -> Examples:
    numbers = np.random.default_rng(count)
    return Examples(numbers.random((count, *shape), np.float32), numbers.integers(0, 3, count))


def what_the_code_wrote(model: CompiledModel, count: int) -> list[np.ndarray]:
    """Return each augmentation layer's output of the last tile, as (images, height, width, channels)."""
    assert model._training is not None
    space, found = model.memory().own[0]._kept[Frame.SCRATCH], []
    for step in model._training.plan.steps:
        if not isinstance(step.layer, RandomMap):
            continue
        out, (channels, height, width) = step.out, step.out.shape
        values = space[out.offset : out.offset + channels * out.channel].view(model._dtype)
        values = values.reshape(channels, out.channel // out.row, out.row // out.column, 16)
        inside = values[:, out.halo.top : out.halo.top + height, out.halo.left : out.halo.left + width]
        found.append(inside.transpose(3, 1, 2, 0)[:count])
    return found


@pytest.mark.parametrize("seed", range(6))
def test_compiled_code_finds_the_bits_of_the_reference(seed: int) -> None:
    random = Random(seed)
    shape = (random.randint(2, 17), random.randint(2, 17), random.choice([1, 2, 3]))
    # A rotation is the only one whose places come of two products: where a fused operation would show.
    front: list[Layer] = [RandomRotation(0.3)] * (seed % 2)
    front += [_augmentation(random) for _ in range(random.randint(1, 2))]
    network = chain("one", [*front, Conv2D(2, 3, padding="same"), Flatten(), Dense(3)], input_shape=shape)
    # In float64 the products are exact; so most in float32.
    examples, dtype = examples_for(shape), np.float64 if seed == 2 else np.float32
    rows = np.array(random.sample(range(40), random.randint(1, 16)))
    model = loaded(network, dtype=dtype)
    model.gradients(examples, rows, 3)
    expected = examples.batch(rows, dtype)
    for node, found in zip(network.nodes[1:], what_the_code_wrote(model, len(rows)), strict=False):
        assert isinstance(node.layer, RandomMap)
        expected = mapped(expected, maps_of(node, SEED, 3, rows), node.layer.sampling)
        assert np.array_equal(found, expected), repr(node.layer)


def test_each_image_and_each_epoch_has_a_map_of_its_own_whatever_the_order() -> None:
    network = chain("one", [RandomTranslation(0.3, 0.3), RandomTranslation(0.3, 0.3)], input_shape=(8, 8, 1))
    rows = np.arange(50)
    maps = maps_of(network.nodes[1], SEED, 0, rows)
    assert len(np.unique(maps, axis=0)) == 50
    assert np.array_equal(maps_of(network.nodes[1], SEED, 0, rows[::-1]), maps[::-1])
    for other in (
        maps_of(network.nodes[1], SEED, 1, rows),
        maps_of(network.nodes[2], SEED, 0, rows),
        maps_of(network.nodes[1], SEED + 1, 0, rows),
    ):
        assert not (maps == other).all(axis=1).any()
    own = replace(network.nodes[1], layer=RandomTranslation(0.3, 0.3, seed=SEED))
    assert np.array_equal(maps_of(own, 99, 0, rows), maps)


FRONT: tuple[Layer, ...] = (RandomRotation(0.1), RandomTranslation(0.2, 0.2, "constant"))


def small(front: tuple[Layer, ...] = FRONT) -> Network:
    layers = [*front, Conv2D(3, 3, activation="relu"), Dropout(0.2), Flatten(), Dense(3, activation="softmax")]
    return chain("small", layers, input_shape=(9, 8, 1))


@pytest.mark.parametrize("backend", [CompiledBackend, ReferenceBackend])
def test_nothing_is_changed_in_evaluation_and_prediction(backend: type) -> None:
    examples, weights = examples_for((9, 8, 1)), initial_weights(small(()), 1)
    plain, augmented = (
        backend().load(network, weights, loss=LOSS, optimizer=Adam(), seed=SEED) for network in (small(()), small())
    )
    assert np.array_equal(plain.predict(examples.images, 40), augmented.predict(examples.images, 40))
    assert plain.evaluate(examples, 40).loss == augmented.evaluate(examples, 40).loss
    trained = [model.train_step(examples, np.arange(40), 0).loss for model in (plain, augmented)]
    assert trained[0] != trained[1]


def trained(threads: int, batches: list[int]) -> list[bytes]:
    """Train two epochs; ``batches`` says how many batches are asked for at a time."""
    model, examples = loaded(small(), threads), examples_for((9, 8, 1), 300)
    for epoch in range(2):
        order = np.random.default_rng(epoch).permutation(300)
        done, calls = 0, iter(batches * 300)
        while done < 300:
            rows = order[done : done + 70 * next(calls)]
            done += sum(one.count for one in model.train_batches(examples, rows, 70, epoch))
    return [weight.tobytes() for weight in model.get_weights()]


def test_weights_are_the_same_bits_on_any_number_of_threads_and_whatever_is_done_in_one_call() -> None:
    alone = trained(1, [1])
    assert trained(2, [9]) == alone
    assert trained(3, [1, 2]) == alone


def test_a_run_taken_up_in_the_middle_of_an_epoch_ends_with_the_same_bits() -> None:
    examples, recipe = examples_for((9, 8, 1), 300), Recipe(batch_size=32, epochs=2, optimizer=Adam(), loss=LOSS)
    whole = fit(loaded(small()), recipe, examples, seed=SEED)
    kept: list[bytes] = []

    def sink(event: Event) -> None:
        if isinstance(event, CheckpointMade):
            kept.append(event.content)

    fit(loaded(small()), recipe, examples, seed=SEED, checkpoint_every=1e9, sink=sink, stop=lambda: True)
    resume = decode(kept[-1])
    assert resume.images == 32
    again = fit(loaded(small(), 2), recipe, examples, seed=SEED, resume=resume)
    for ours, theirs in zip(again.weights, whole.weights, strict=True):
        assert np.array_equal(ours, theirs)


def test_bytes_may_be_divided_before_the_network_or_rescaled_inside_before_or_behind_the_augmentation() -> None:
    numbers = np.random.default_rng(0)
    images, labels = numbers.integers(0, 256, (20, 9, 8, 1), np.uint8), numbers.integers(0, 3, 20)
    shift, rescaling, rows = RandomTranslation(0.2, 0.2, seed=3), Rescaling(1 / 255), np.arange(20)
    losses = []
    for front, divisor in (((shift,), 255.0), ((shift, rescaling), None)):
        network = chain("plain", [*front, Flatten(), Dense(3)], input_shape=(9, 8, 1))
        losses.append(loaded(network).train_step(Examples(images, labels, divisor), rows, 0).loss)
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    network = chain("plain", [rescaling, shift, Flatten(), Dense(3)], input_shape=(9, 8, 1))
    ours, weights = loaded(network), initial_weights(network, 1)
    theirs = ReferenceBackend().load(network, weights, loss=LOSS, optimizer=Adam(), seed=SEED)
    expected, found = (one.train_step(Examples(images, labels), rows, 0).loss for one in (theirs, ours))
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("backend", [CompiledBackend, ReferenceBackend])
def test_training_behind_weights_is_refused_and_prediction_is_not(backend: type) -> None:
    network = chain("odd", [Conv2D(2, 3), RandomRotation(0.1), Flatten(), Dense(3)], input_shape=(5, 5, 1))
    weights = initial_weights(network, 0)
    with pytest.raises(NotSupportedError, match="odd: expected augmentation layers before the first layer with weig"):
        backend().load(network, weights, loss=LOSS, optimizer=Adam())
    assert backend().load(network, weights).predict(np.zeros((2, 5, 5, 1), np.float32), 2).shape == (2, 3)
