"""Networks with branches: compiled against the reference, the reference against Keras, and faults planted in both."""

from unittest.mock import patch

import compiled_parity
import numpy as np
import parity
import pytest
from random_branches import branched_case_of_seed
from random_networks import Case

from cnnlab.arch import graph, initial_weights
from cnnlab.arch.layers import (
    LAYERS,
    Add,
    Concatenate,
    Conv2D,
    Dense,
    Flatten,
    Input,
    MaxPooling2D,
)
from cnnlab.backends import ReferenceBackend
from cnnlab.backends.compiled import CompiledBackend
from cnnlab.backends.reference import graph as reference_graph
from cnnlab.compiler import planning, steps
from cnnlab.compiler.lowering import merging
from cnnlab.compiler.lowering.step import Sink
from cnnlab.compiler.plan import Plan
from cnnlab.compiler.planning import make_plan
from cnnlab.records import SGD, Examples, SparseCategoricalCrossentropy

COMPILED, WITH_KERAS = (7,), (13,)


@pytest.mark.parametrize("seed", COMPILED, ids=lambda seed: f"branched network {seed}")
def test_a_network_with_branches_trains_compiled_as_in_the_reference(seed: int) -> None:
    case = branched_case_of_seed(seed)
    compiled_parity.check(case, steps=3, most=4)
    compiled_parity.check_32(case)


@pytest.mark.keras
@pytest.mark.parametrize("seed", WITH_KERAS, ids=lambda seed: f"branched network {seed}")
def test_a_network_with_branches_trains_as_in_keras(seed: int) -> None:
    parity.check(branched_case_of_seed(seed), least_gradient=1e-3)


def test_the_generator_draws_every_layer_of_several_inputs_and_takes_values_several_times() -> None:
    cases = [branched_case_of_seed(seed) for seed in range(60)]
    kinds = {type(node.layer) for case in cases for node in case.network.nodes}
    assert kinds >= {kind for kind in LAYERS.values() if kind.input_count != (1, 1)}
    plans_of = [make_plan(case.network, case.loss, case.optimizer) for case in cases]
    takers = [len(step.parts) for plan in plans_of for step in plan.steps]
    assert max(takers) >= 4
    assert sum(count > 1 for count in takers) > len(cases)
    spread = [case for case in cases for node in case.network.nodes if node.input_shape not in node.other_shapes]
    assert spread, "one number for each channel beside images"


def residual(seed: int = 2) -> Case:
    """Return a block whose parts all matter: a value taken twice, a pool with gaps, channels put together."""
    steps = [
        (Conv2D(3, 3, padding="same", activation="relu"), (0,)),
        (Conv2D(3, 3, padding="same", activation="tanh"), (1,)),
        (Add(), (1, 2)),
        (MaxPooling2D(1, strides=2), (3,)),
        (Conv2D(2, 1, strides=2), (3,)),
        (Concatenate(), (5, 4)),
        (Flatten(), (6,)),
        (Dense(3, activation="softmax"), (7,)),
    ]
    network = graph("residual", Input((7, 6, 2)), steps)
    numbers = np.random.default_rng(seed)
    examples = Examples(numbers.normal(size=(20, 7, 6, 2)), numbers.integers(0, 3, 20))
    weights = [array.astype(np.float64) for array in initial_weights(network, seed)]
    return Case(network, SparseCategoricalCrossentropy(), SGD(0.1), weights, examples, 20, 1, seed)


def gradients(case: Case, backend: ReferenceBackend | CompiledBackend) -> list[np.ndarray]:
    model = backend.load(case.network, case.weights, loss=case.loss, optimizer=case.optimizer, seed=1, threads=1)
    for _ in range(2):  # what a tile leaves behind meets the next one
        found = model.gradients(case.examples, np.arange(20), 0)[1]
    return found


def test_gradients_through_branches_are_those_of_small_differences() -> None:
    case = residual()
    found = gradients(case, ReferenceBackend(np.float64))
    trained = [weight for weight in case.network.weights if weight.parameter.trainable]
    for weight, gradient in zip(trained, found, strict=True):
        place = tuple(size // 2 for size in gradient.shape)
        losses = []
        for step in (1e-6, -1e-6):
            moved = [array.copy() for array in case.weights]
            moved[weight.index][place] += step
            model = ReferenceBackend(np.float64).load(case.network, moved, loss=case.loss)
            losses.append(model.evaluate(case.examples, 20).loss)
        assert gradient[place] == pytest.approx((losses[0] - losses[1]) / 2e-6, rel=1e-4, abs=1e-8), weight.name


def _from_one_taker_only(by_output: dict[int, np.ndarray], index: int, gradient: np.ndarray) -> None:
    by_output.setdefault(index, gradient)


def _into_one_buffer(taker: object, before: object, takers: int) -> Sink:
    """Let all takers write into the producer's own gradient, as if each were the only one."""
    del taker, takers
    return Sink(before.incoming, before.out, before.activation)  # type: ignore[attr-defined]


def _last_first(step: object) -> list[tuple[object, int]]:
    """Put channels together from the last input on."""
    firsts, first = [], 0
    for source in reversed(step.sources):  # type: ignore[attr-defined]
        firsts.append((source, first))
        first += source.shape[0]
    return firsts[::-1]


def _on_top_of_each_other(plan: Plan) -> None:
    """Give the gradients of several takers the same place, as if the first were read before the second is written."""
    PLACED(plan)
    for step in plan.steps:
        for part in step.parts:
            part.where, part.offset = step.parts[0].where, step.parts[0].offset


PLACED = planning.place_buffers
FAULTS = {
    "a gradient from one taker only": (reference_graph, "_add", _from_one_taker_only),
    "a compiled gradient from one taker only": (steps, "_sink", _into_one_buffer),
    "channels in another order": (merging, "_firsts", _last_first),
    "a buffer used again too early": (planning, "place_buffers", _on_top_of_each_other),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen_by_the_comparison_of_both_backends(
    fault: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNLAB_OBJECT_CACHE", str(tmp_path))
    case = residual()
    place, name, planted = FAULTS[fault]
    with patch.object(place, name, planted):
        ours, theirs = gradients(case, CompiledBackend(np.float64)), gradients(case, ReferenceBackend(np.float64))
    with pytest.raises(AssertionError, match="differs by"):
        compiled_parity.close_together(ours, theirs, 1e-6, "gradient")
