"""Compiled code against the reference backend on one case: what is compared and how closely.

In float64 both round differently and nothing else, so they agree to far more digits than a mistake would leave. In
float32 each kind of layer has a tolerance of its own, see `TOLERANCES_32`.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from random_networks import Case

from cnnlab.arch import Layer, Network
from cnnlab.arch.layers import (
    Activation,
    Add,
    Average,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GaussianNoise,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LayerNormalization,
    LeakyReLU,
    Maximum,
    MaxPooling2D,
    Minimum,
    Multiply,
    PReLU,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    ReLU,
    Rescaling,
    Reshape,
    SeparableConv2D,
    Softmax,
    SpatialDropout2D,
    Subtract,
    ZeroPadding2D,
)
from cnnlab.backends import ReferenceBackend
from cnnlab.backends.compiled import CompiledBackend, CompiledModel
from cnnlab.backends.reference import ReferenceModel

TOLERANCE_64: Final = 1e-10
STEPS: Final = 10
# Numbers on the way are about 1, and so is their rounding: what a difference is relative to is never taken smaller.
_NOTHING: Final = 1e-4
# What is left of a trajectory's agreement where it blows rounding up.
_SHAKEN: Final = 1e-6

# Relative to the largest value compared, and about ten times the largest difference that a network of one such layer
# and a Dense showed over twelve seeds. Both backends round in float32, each in its own order.
TOLERANCES_32: Final[dict[type[Layer], float]] = {
    Activation: 5e-6,  # our polynomials against the mathematics library's: some units in the last place
    Add: 3e-6,  # the same sums; the gradients of several takers in another order
    Average: 3e-6,  # likewise, and a division
    AveragePooling2D: 5e-6,  # a sum of a few cells, in another order
    BatchNormalization: 5e-5,  # a value minus a mean as large as it, divided by a deviation that may be small
    Concatenate: 3e-6,  # moves numbers
    Conv2D: 1e-5,  # sums over taps, channels and places, fused here and not there; Winograd adds before it multiplies
    Dense: 5e-6,  # sums over features and images, likewise
    DepthwiseConv2D: 2e-5,  # sums over taps and places, fused here and not there
    Dropout: 3e-6,  # divided there, multiplied by a rounded reciprocal here
    Flatten: 3e-6,  # moves numbers and adds nothing of its own
    GaussianNoise: 3e-6,  # the noise itself is the same bits
    GlobalAveragePooling2D: 3e-6,  # a sum over an image, in another order
    GlobalMaxPooling2D: 3e-6,  # takes numbers as they are; what equal ones share is divided alike
    LayerNormalization: 5e-5,  # as batch normalization, over the channels of a place, which may be few
    Maximum: 3e-6,  # takes numbers as they are
    LeakyReLU: 3e-6,  # one product, in the same order
    MaxPooling2D: 3e-6,  # takes numbers as they are; overlapping windows add their gradients in another order
    PReLU: 8e-6,  # alpha's gradient is a sum over places and images, in another order
    Minimum: 3e-6,  # takes numbers as they are
    Multiply: 5e-6,  # products, and for one number of a channel a sum over an image
    ReLU: 3e-6,  # one difference and one product, in the same order
    # Finds the same bits here and there: the test of its own says so.
    RandomFlip: 3e-6,
    RandomRotation: 3e-6,
    RandomTranslation: 3e-6,
    RandomZoom: 3e-6,
    Rescaling: 1e-5,  # one rounding more or less, and the same offset in every feature of a sum
    SeparableConv2D: 2e-5,  # two convolutions
    Subtract: 3e-6,  # what is nearly equal leaves little behind
    Reshape: 3e-6,  # moves numbers and adds nothing of its own
    Softmax: 5e-6,  # as the activation
    SpatialDropout2D: 3e-6,  # as Dropout
    ZeroPadding2D: 3e-6,  # moves numbers and adds nothing of its own
}


def tolerance_of(network: Network) -> float:
    """Return how far a network's numbers may be apart in float32: its layers' tolerances together."""
    return sum(TOLERANCES_32[type(node.layer)] for node in network.nodes[1:])


def close(got: object, expected: object, tolerance: float, what: str, scale: float = 0.0) -> None:
    """Compare two arrays, relative to the largest value expected, or to ``scale`` where that is larger.

    Raises:
        AssertionError: If they differ by more; it says what and by how much.
    """
    ours, theirs = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, the reference has {theirs.shape}"
    if not theirs.size:
        return
    assert np.isfinite(theirs).all(), f"{what}: the reference has infinity or NaN"
    scale = max(float(np.abs(theirs).max()), scale, _NOTHING)
    error = float(np.abs(ours - theirs).max()) / scale
    assert error <= tolerance, f"{what}: differs by {error:.3g} of {scale:.3g}, {tolerance:.3g} is allowed"


def close_all(got: Sequence[object], expected: Sequence[object], tolerance: float, what: str) -> None:
    """Compare lists of arrays, each relative to its own largest value."""
    assert len(got) == len(expected), f"{what}: {len(got)}, the reference has {len(expected)}"
    for index, (ours, theirs) in enumerate(zip(got, expected, strict=True)):
        close(ours, theirs, tolerance, f"{what} {index}")


def close_together(got: Sequence[object], expected: Sequence[object], tolerance: float, what: str) -> None:
    """Compare lists of arrays, all relative to the largest value of any.

    A bias before batch normalization has a gradient of 0 but for rounding: it has no relative error worth its name.
    """
    scale = max((float(np.abs(np.asarray(array)).max(initial=0)) for array in expected), default=0.0)
    assert len(got) == len(expected), f"{what}: {len(got)}, the reference has {len(expected)}"
    for index, (ours, theirs) in enumerate(zip(got, expected, strict=True)):
        close(ours, theirs, tolerance, f"{what} {index}", scale)


class Pair:
    """A case loaded into both backends.

    Args:
        case: The network and how to train it.
        dtype: Of the numbers.
        threads: Of the compiled one; 0 to compare the reference with itself, each weight moved by a unit in its last
            place.
        tolerance: How far they may be apart.
    """

    def __init__(self, case: Case, dtype: type, threads: int, tolerance: float) -> None:
        self.case = case
        self.tolerance = tolerance
        self.dtype = dtype
        arguments = {"loss": case.loss, "optimizer": case.optimizer, "seed": case.seed}
        reference = ReferenceBackend(dtype)
        self.reference = reference.load(case.network, case.weights, threads=1, **arguments)
        self.ours: CompiledModel | ReferenceModel
        if threads:
            self.ours = CompiledBackend(dtype).load(case.network, case.weights, threads=threads, **arguments)
        else:
            numbers = np.random.default_rng(case.seed)
            moved = [w * (1 + numbers.choice([-1, 1], w.shape) * np.finfo(dtype).eps) for w in case.weights]
            self.ours = reference.load(case.network, moved, threads=1, **arguments)

    def compare_forward(self, where: str) -> None:
        """Compare prediction and evaluation."""
        case, tolerance = self.case, self.tolerance
        images = case.examples.batch(slice(None), self.dtype)
        outputs = self.reference.predict(images, case.batch_size)
        close(self.ours.predict(images, case.batch_size), outputs, tolerance, f"{where}, prediction")
        got = self.ours.evaluate(case.examples, case.batch_size)
        expected = self.reference.evaluate(case.examples, case.batch_size)
        close(got.loss, expected.loss, tolerance, f"{where}, evaluated loss", scale=1.0)
        unsure = int((~decided(outputs, tolerance)).sum())
        apart = abs(got.accuracy - expected.accuracy) * len(case.examples)
        assert apart <= unsure + 1e-6, f"{where}: accuracy {got.accuracy}, the reference has {expected.accuracy}"
        same = got.predictions.classes == expected.predictions.classes
        assert same[decided(outputs, tolerance)].all(), f"{where}: predicted classes"
        shares = got.predictions.true_class_probability, expected.predictions.true_class_probability
        close(*shares, max(tolerance, 1e-6), f"{where}, probability of the true class", scale=1.0)

    def compare_gradients(self, rows: np.ndarray, epoch: int, where: str) -> None:
        """Compare the gradients of one batch; the reference moves its averages while at it, so they are put back."""
        (loss, gradients), (own, ours) = (self._gradients(model, rows, epoch) for model in (self.reference, self.ours))
        close(own, loss, self.tolerance, f"{where}, loss", scale=1.0)
        close_together(ours, gradients, self.tolerance, f"{where}, gradient")

    def _gradients(
        self, model: CompiledModel | ReferenceModel, rows: np.ndarray, epoch: int
    ) -> tuple[float, list[np.ndarray]]:
        before = model.get_weights()
        found = model.gradients(self.case.examples, rows, epoch)
        model.set_weights(before)
        return found

    def compare_step(self, rows: np.ndarray, epoch: int, where: str) -> None:
        """Train both on one batch, and compare what it leaves."""
        got = self.ours.train_step(self.case.examples, rows, epoch)
        expected = self.reference.train_step(self.case.examples, rows, epoch)
        close(got.loss, expected.loss, self.tolerance, f"{where}, loss", scale=1.0)
        assert got.count == expected.count, f"{where}: {got.count} images, the reference has {expected.count}"
        assert abs(got.correct - expected.correct) <= len(rows), f"{where}: {got.correct} correct"
        self.compare_weights(where)

    def compare_weights(self, where: str) -> None:
        """Compare the weights, and what the optimizer remembers: all slots of a name relative to the largest."""
        tolerance = self.tolerance
        close_all(self.ours.get_weights(), self.reference.get_weights(), tolerance, f"{where}, weight")
        ours, theirs = self.ours.get_state(), self.reference.get_state()
        assert set(ours) == set(theirs), f"{where}: state {sorted(set(ours) ^ set(theirs))}"
        for slot in sorted({name.rpartition("/")[2] for name in theirs}):
            names = [name for name in theirs if name.rpartition("/")[2] == slot]
            pair = [ours[name] for name in names], [theirs[name] for name in names]
            close_together(*pair, tolerance, f"{where}, {slot}")


def decided(outputs: np.ndarray, tolerance: float) -> np.ndarray:
    """Tell for each image whether one output is the largest by more than rounding, so that its class is certain."""
    if outputs.shape[-1] < 2:
        return np.ones(len(outputs), bool)
    first, second = np.sort(outputs, axis=-1)[:, :-3:-1].T
    return first - second > 10 * tolerance * np.maximum(np.abs(outputs).max(), _NOTHING)


def walk(case: Case, steps: int) -> list[tuple[int, int, np.ndarray]]:
    """Return epoch, number and rows of the first steps, over as many epochs as they take."""
    found: list[tuple[int, int, np.ndarray]] = []
    epoch = 0
    while len(found) < steps:
        found += [(epoch, turn, rows) for turn, rows in enumerate(case.batches(epoch))]
        epoch += 1
    return found[:steps]


def check(case: Case, *, threads: int = 2, steps: int = STEPS, most: int | None = None) -> None:
    """Train a case in float64 in both backends and compare all there is after each step.

    Args:
        case: The network and how to train it.
        threads: Of the compiled one.
        steps: How many at least; no fewer than all batches of the case's epochs.
        most: Though never more than this.

    Raises:
        AssertionError: At the first difference above `TOLERANCE_64`; it names it and describes the case. After the
            first step a larger one is let pass where the reference parts as far from itself when its weights are moved
            by a unit in their last place: there rounding decides, and not who is right.
    """
    try:
        try:
            _check(case, threads, (steps, most), TOLERANCE_64)
        except AssertionError:
            if not _blows_rounding_up(case, (steps, most)):
                raise
            _check(case, threads, (steps, most), _SHAKEN)
    except AssertionError as error:
        raise AssertionError(f"{error}\n  {case}") from None


def _blows_rounding_up(case: Case, steps: tuple[int, int | None]) -> bool:
    """Say whether the reference parts from itself by a tenth of the tolerance, its weights moved by next to nothing."""
    try:
        _check(case, 0, steps, TOLERANCE_64 / 10)
    except AssertionError:
        return True
    return False


def _check(case: Case, threads: int, steps: tuple[int, int | None], later: float) -> None:
    """Compare a case at `TOLERANCE_64` up to its first step and at ``later`` after it."""
    pair = Pair(case, np.float64, threads, TOLERANCE_64)
    pair.compare_forward("before training")
    least, most = steps
    whole = sum(len(case.batches(epoch)) for epoch in range(case.epochs))
    for epoch, turn, rows in walk(case, max(least, whole))[:most]:
        where = f"epoch {epoch}, batch {turn}"
        pair.compare_gradients(rows, epoch, where)
        pair.compare_step(rows, epoch, where)
        pair.tolerance = later
    pair.ours.finish()
    pair.reference.finish()
    pair.compare_weights("at the end")
    pair.compare_forward("at the end")


def check_32(case: Case, *, threads: int = 2) -> None:
    """Compare outputs, gradients and one training step in float32.

    Raises:
        AssertionError: If they differ by more than `tolerance_of` the network, and the reference does not part from
            itself by a tenth of that; it describes the case.
    """
    try:
        _check_32(case, threads, tolerance_of(case.network))
    except AssertionError as error:
        try:
            _check_32(case, 0, tolerance_of(case.network) / 10)
        except AssertionError:
            return
        raise AssertionError(f"{error}\n  {case}") from None


def _check_32(case: Case, threads: int, tolerance: float) -> None:
    pair = Pair(case, np.float32, threads, tolerance)
    pair.compare_forward("before training")
    rows = case.batches(0)[0]
    pair.compare_gradients(rows, 0, "float32")
    pair.compare_step(rows, 0, "float32")
