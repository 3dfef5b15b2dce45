import pytest

import cnnlab
from cnnlab.errors import NetworkError
from cnnlab.keras.layers import Dropout


def test_a_model_of_the_zoo_is_fresh_each_time() -> None:
    first, second = cnnlab.zoo.get("lenet-5"), cnnlab.zoo.get("lenet-5", seed=7)
    first.add(Dropout(0.5))
    assert len(second.layers) == len(first.layers) - 1
    assert second.seed == 7
    assert second.optimizer is None


def test_what_is_known_of_a_network_stands_beside_it() -> None:
    assert cnnlab.zoo.entry("architecture-3").recipe.epochs == 15
    assert "architecture-2-as-intended" in cnnlab.zoo.names()


def test_a_name_that_the_zoo_has_not_is_answered_with_the_nearest() -> None:
    with pytest.raises(NetworkError, match=r"expected a network of the zoo, got 'lenet5'. Did you mean 'lenet-5'"):
        cnnlab.zoo.get("lenet5")
