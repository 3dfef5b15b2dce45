"""Binary cross-entropy and squared errors: the formulas, both backends of our own, the same bits, and real Keras."""

import compiled_parity
import numpy as np
import parity
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras_oracle import keras_loss_and_gradient
from random_networks import Case
from scipy import special
from separate_losses import ENDINGS, case_of

from cnnlab.arch import chain
from cnnlab.arch.layers import Dense
from cnnlab.backends import Evaluation, ReferenceBackend, get_backend
from cnnlab.backends.compiled import CompiledBackend
from cnnlab.backends.keras import KerasBackend
from cnnlab.backends.reference import losses, separate_losses
from cnnlab.compiler.planning import make_plan
from cnnlab.compiler.target import host_target
from cnnlab.errors import CnnlabError
from cnnlab.records import SGD, BinaryCrossentropy, Examples, Loss, MeanSquaredError

# Of each form of a loss one.
FEW = ("one sigmoid", "normalized numbers that are clipped", "softmax as a layer, squared", "logits")
# Others show the same code for these.
SELDOM = ("one sigmoid taken for a logit", "one number, squared", "numbers, squared")
NAMES = pytest.mark.parametrize("name", ENDINGS)
NUMBERS = st.lists(st.floats(-50, 50), min_size=1, max_size=4)


@given(NUMBERS, st.integers(0, 3), st.floats(0, 1))
def test_binary_cross_entropy_is_the_mean_over_the_outputs_from_logits_as_from_their_sigmoids(
    logits: list[float], true: int, smoothing: float
) -> None:
    given = np.array([logits])
    labels = np.array([true % max(len(logits), 2)])
    targets = losses.targets_of(BinaryCrossentropy(label_smoothing=smoothing), labels, len(logits), np.float64)
    hard = (np.arange(len(logits)) == labels[0]) if len(logits) > 1 else labels == 1
    np.testing.assert_allclose(targets[0], np.where(hard, 1 - smoothing / 2, smoothing / 2), atol=1e-12)
    value, gradient = separate_losses.binary_from_logits(given, targets)
    expected = -(targets * special.log_expit(given) + (1 - targets) * special.log_expit(-given))
    rounding = 1e-13 if smoothing else 1e-300  # of a logit times its label; a whole label leaves none
    np.testing.assert_allclose(value, expected.mean(axis=-1), rtol=1e-9, atol=rounding)
    np.testing.assert_allclose(gradient, (special.expit(given) - targets) / len(logits), rtol=1e-9, atol=1e-14)


def test_outputs_beyond_the_limits_are_clipped_and_do_not_move() -> None:
    value, gradient = separate_losses.binary_from_probabilities(np.array([[2.0, 0.25], [-1.0, 0.5]]), np.eye(2))
    np.testing.assert_allclose(value, [(-np.log(1 - 1e-7) - np.log(0.75)) / 2, (-np.log(1 - 1e-7) - np.log(0.5)) / 2])
    np.testing.assert_allclose(gradient, [[0, 1 / 0.75 / 2], [0, -1 / 0.5 / 2]])


@NAMES
def test_gradients_are_the_slopes_of_the_loss(name: str) -> None:
    case = case_of(name, soft=True)
    outputs = np.random.default_rng(2).uniform(0.05, 0.95, (5, case.network.output_shape[0]))
    for logits in {case.loss.from_logits, case.loss.logits_of is not None}:
        labels = case.examples.labels[:5]
        gradient = losses.compared(case.loss, outputs, labels, logits=logits)[1]
        for place in np.ndindex(outputs.shape):
            step = np.zeros_like(outputs)
            step[place] = 1e-6
            up, down = (losses.compared(case.loss, outputs + s, labels, logits=logits)[0].sum() for s in (step, -step))
            assert gradient[place] == pytest.approx((up - down) / 2e-6, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.thorough) if name in SELDOM else name for name in ENDINGS]
)
def test_compiled_code_trains_as_the_reference_in_float64_and_float32(name: str) -> None:
    compiled_parity.check(case_of(name), steps=3)
    if name in FEW:
        compiled_parity.check_32(case_of(name))


@pytest.mark.parametrize("name", ["sigmoids", "softmax as a layer, squared"])
def test_labels_that_are_probabilities_count_as_such(name: str) -> None:
    compiled_parity.check(case_of(name, soft=True), steps=2)


@pytest.mark.keras
@pytest.mark.parametrize("name", ["one sigmoid", "softmax as a layer, squared"])
def test_the_reference_trains_as_keras_does(name: str) -> None:
    parity.check(case_of(name))


@pytest.mark.keras
def test_each_loss_and_its_gradient_by_the_outputs_are_keras_in_float64() -> None:
    for name in ENDINGS:
        case = case_of(name, soft=True)
        outputs = np.random.default_rng(4).normal(0.5, 0.6, (5, case.network.output_shape[0]))
        labels = case.examples.labels[:5]
        for logits in {case.loss.from_logits, case.loss.logits_of is not None}:
            found, gradient = losses.compared(case.loss, outputs, labels, logits=logits)
            expected, theirs = keras_loss_and_gradient(case.loss, labels.reshape(5, -1), outputs, logits=logits)
            np.testing.assert_allclose(found.mean(), expected, rtol=1e-9, err_msg=name)
            np.testing.assert_allclose(gradient / 5, theirs, rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("name", FEW)
def test_the_bits_are_the_same_on_any_number_of_threads_and_with_any_instructions(name: str) -> None:
    case = case_of(name)
    expected = bits_of(case, CompiledBackend())
    for threads in (2, 3):
        assert bits_of(case, CompiledBackend(), threads) == expected
    for isa in ("avx2", "avx512"):
        try:
            target = host_target(isa)
        except CnnlabError:
            continue
        assert bits_of(case, CompiledBackend("float32", target), 2) == expected


def bits_of(case: Case, backend: CompiledBackend, threads: int = 1) -> list[bytes]:
    given = Examples(np.tile(case.examples.images, (3, 1)), np.concatenate([case.examples.labels] * 3))
    arguments = {"loss": case.loss, "optimizer": case.optimizer, "seed": case.seed}
    model = backend.load(case.network, case.weights, threads=threads, **arguments)
    found = [model.train_step(given, np.arange(first, 66), 0) for first in (0, 20, 40)]
    said = model.evaluate(given, 66)
    numbers = np.array([*[(one.loss, one.correct) for one in found], (said.loss, said.accuracy)])
    arrays = [numbers, said.predictions.classes, said.predictions.true_class_probability, *model.get_weights()]
    return [array.tobytes() for array in [*arrays, model.predict(given.images, 66)]]


ONE = chain("one", [Dense(1, use_bias=False)], input_shape=(1,))
SIGMOID = chain("one", [Dense(1, use_bias=False, activation="sigmoid")], input_shape=(1,))


def asked(backend: str, loss: Loss, numbers: list[float], labels: list[int], *, sigmoid: bool = False) -> Evaluation:
    """Evaluate outputs that are given, as logits where a sigmoid stands behind them."""
    images = np.array(numbers, np.float32)[:, None]
    model = get_backend(backend).load(SIGMOID if sigmoid else ONE, [np.ones((1, 1))], loss=loss)
    return model.evaluate(Examples(images, np.array(labels)), 8)


@pytest.mark.parametrize("backend", ["numpy", "compiled", pytest.param("keras", marks=pytest.mark.keras)])
class TestOneOutput:
    """What is counted, and what is kept."""

    def test_logits_are_told_apart_at_0_and_counted_as_they_are_told(self, backend: str) -> None:
        said = asked(backend, BinaryCrossentropy(from_logits=True), [-1, 0.2, 0.7, -30, 0], [0, 1, 1, 1, 1])
        assert said.accuracy == 0.6, "0.2 is above 0, and 0 itself is class 0"
        assert list(said.predictions.classes) == [0, 1, 1, 0, 0]
        expected = special.expit([1, 0.2, 0.7, -30, 0])
        np.testing.assert_allclose(said.predictions.true_class_probability, expected, rtol=1e-5)

    @pytest.mark.parametrize("kind", ["logit", "sigmoid", "squares"])
    def test_a_step_counts_by_the_middle_that_evaluation_answers_by(self, backend: str, kind: str) -> None:
        loss = MeanSquaredError() if kind == "squares" else BinaryCrossentropy(from_logits=kind == "logit")
        images, labels = np.array([-1, -0.2, 0.2, 0.7], np.float32)[:, None], np.ones(4, int)
        model = get_backend(backend).load(
            SIGMOID if kind == "sigmoid" else ONE, [np.ones((1, 1))], loss=loss, optimizer=SGD(0.0)
        )
        examples = Examples(images, labels)
        counted = model.train_step(examples, np.arange(4), 0).correct
        assert counted == {"logit": 2, "sigmoid": 2, "squares": 1}[kind]
        said = model.evaluate(examples, 4)
        assert counted == said.predictions.classes.sum() == round(4 * said.accuracy)

    def test_a_sigmoid_is_counted_by_what_it_gives_however_far_its_logits_are(self, backend: str) -> None:
        said = asked(backend, BinaryCrossentropy(), [0.2, -0.2, 60, -60, 60], [1, 0, 1, 0, 0], sigmoid=True)
        assert said.accuracy == 0.8
        assert list(said.predictions.classes) == [1, 0, 1, 0, 1]
        expected = [special.expit(0.2), special.expit(0.2), 1, 1, special.expit(-60)]
        np.testing.assert_allclose(said.predictions.true_class_probability, expected, rtol=1e-5)
        assert said.loss == pytest.approx((2 * -special.log_expit(0.2) + 60) / 5, rel=1e-6)

    def test_numbers_that_are_no_probabilities_are_cut_to_some(self, backend: str) -> None:
        said = asked(backend, MeanSquaredError(), [1.5, -0.5, 0.4, 0.5], [1, 1, 0, 1])
        assert said.accuracy == 0.5, "0.5 itself is class 0"
        assert list(said.predictions.classes) == [1, 0, 0, 0]
        np.testing.assert_allclose(said.predictions.true_class_probability, [1, 0, 0.6, 0.5], rtol=1e-6)
        assert said.loss == pytest.approx((0.25 + 2.25 + 0.16 + 0.25) / 4)


@pytest.mark.keras
@pytest.mark.parametrize("name", ["one sigmoid", "softmax as a layer, squared"])
def test_keras_as_a_backend_trains_and_counts_as_the_reference(name: str) -> None:
    case = case_of(name)
    models = [
        backend.load(case.network, case.weights, loss=case.loss, optimizer=SGD(0.01), seed=case.seed)
        for backend in (KerasBackend(), ReferenceBackend())
    ]
    for rows in case.batches(0):
        found, expected = (model.train_step(case.examples, rows, 0) for model in models)
        assert found.loss == pytest.approx(expected.loss, rel=2e-5)
        assert found.correct == expected.correct
    for mine, theirs in zip(models[0].get_weights(), models[1].get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-5)
    images = case.examples.batch(slice(None))
    np.testing.assert_allclose(*(model.predict(images, 9) for model in models), atol=2e-5)


def test_only_the_activation_that_a_loss_makes_needless_is_left_out_of_the_graph() -> None:
    found = {name: make_plan(case_of(name).network, ENDINGS[name][1], None).left_out for name in ENDINGS}
    assert {name: last for name, last in found.items() if last} == {
        "one sigmoid": "sigmoid",
        "one sigmoid as a layer, smoothed": "sigmoid",
        "sigmoids": "sigmoid",
    }
