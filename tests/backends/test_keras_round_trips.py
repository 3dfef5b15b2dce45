"""A sample of `make prove-formats`: small networks to real Keras and back, and faults that it must see."""

import keras_round_trips
import pytest
from any_network import SEPARATE, any_case_of_seed
from parity import TOLERANCE_64
from random_networks import case_of_seed
from regularized_networks import regularized_case_of_seed

from cnnlab.arch import Network
from cnnlab.records import Optimizer, memory_names

pytestmark = pytest.mark.keras

# Small ones, since JAX compiles each; together they have every optimizer, and masks, averages, schedules and decay.
WITH_RULES = (115, 119)
SAMPLE = (7, 15, 97, 103, 115, 119, 124, SEPARATE + 1, SEPARATE + 5)


@pytest.mark.parametrize("seed", SAMPLE, ids=lambda seed: f"network {seed}")
def test_a_network_goes_to_keras_and_back_and_nothing_is_lost(seed: int) -> None:
    agreement, weights = keras_round_trips.check(any_case_of_seed(seed), "numpy")
    assert agreement.trips == 6
    assert max(agreement.prediction_64, agreement.loss_64) <= TOLERANCE_64
    assert [weight.shape for weight in weights] == [w.parameter.shape for w in any_case_of_seed(seed).network.weights]


@pytest.mark.parametrize("seed", WITH_RULES, ids=lambda seed: f"network {seed}")
def test_regularizers_and_constraints_go_to_keras_and_back(seed: int) -> None:
    case = regularized_case_of_seed(seed)
    assert {type(w.parameter.constraint) for w in case.network.weights} - {type(None)}
    agreement, _weights = keras_round_trips.check(case, "numpy")
    assert max(agreement.prediction_64, agreement.loss_64) <= TOLERANCE_64


def _the_other_way_round(optimizer: Optimizer, trained: list[str]) -> list[str]:
    return memory_names(optimizer, trained)[::-1]


def _one_late(network: Network, seed: int, epoch: int, rows: object) -> object:
    return keras_round_trips_masks(network, seed, epoch + 1, rows)


keras_round_trips_masks = keras_round_trips.dropout_masks

# By network and place: what is put there, and how the proof says it.
FAULTS = {
    "the optimizer's memory in another order": (
        104,
        "cnnlab.formats.keras_paths.memory_names",
        _the_other_way_round,
        "further epoch",
    ),
    "masks of another epoch": (119, "keras_round_trips.dropout_masks", _one_late, "loss of a further epoch"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seed, place, fault, said = FAULTS[name]
    monkeypatch.setattr(place, fault)
    with pytest.raises(AssertionError, match=said):
        keras_round_trips.check(case_of_seed(seed), "numpy")
