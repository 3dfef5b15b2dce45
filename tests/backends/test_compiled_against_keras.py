"""The notebook's networks, compiled, against real Keras: each batch's loss, with the dropout masks handed over.

A few batches here; `make prove-epoch` compares whole epochs of MNIST.
"""

import pytest
from keras_epoch import NAMES, PEERS, TOLERANCES, made_up, tensorflow_losses, train_both

pytestmark = pytest.mark.keras


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_an_architecture_in_float64_has_the_losses_of_keras(name: str) -> None:
    batches = list(train_both(name, made_up(60), "float64", 20, weights_too=True))
    assert len(batches) == 3
    for batch in batches:
        assert batch.difference <= TOLERANCES["float64"], batch
        assert batch.apart <= TOLERANCES["float64"], batch


@pytest.mark.slow
def test_an_architecture_in_float32_has_the_losses_of_keras_for_its_first_batches() -> None:
    batches = list(train_both("architecture-3", made_up(100), "float32", 20))
    for batch in batches:
        assert batch.difference <= TOLERANCES["float32"], batch


@pytest.mark.slow
@pytest.mark.skipif(not PEERS.exists(), reason="there is no .venv-peers with Keras on TensorFlow")
def test_a_fresh_network_has_the_loss_of_keras_on_tensorflow_too() -> None:
    examples = made_up(200)
    (ours,) = train_both("architecture-3", examples, "float32")
    assert tensorflow_losses("architecture-3", examples, 1) == pytest.approx([ours.ours], rel=TOLERANCES["float32"])
