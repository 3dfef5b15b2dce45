import hashlib
import os
import re
import subprocess
import sys
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy._core import _multiarray_umath as cpu
from scipy import special

from cnnlab.arch import Network, chain, initial_weights, initializers, zoo
from cnnlab.arch.initializers import Initializer
from cnnlab.arch.layers import Conv2D, Dense
from cnnlab.errors import UsageError


def one_kernel(initializer: str | Initializer, seed: int = 0, units: int = 300) -> np.ndarray:
    network = chain("one", [Dense(units, use_bias=False, kernel_initializer=initializer, input_shape=(200,))])
    return initial_weights(network, seed)[0]


def truncated_cdf(z: np.ndarray) -> np.ndarray:
    return (special.ndtr(z) - special.ndtr(-2.0)) / (special.ndtr(2.0) - special.ndtr(-2.0))


FAN_IN, FAN_OUT = 200, 300
TRUNCATED = 0.87962566103423978
CASES = {
    "random_uniform": lambda x: (x + 0.05) / 0.1,
    "random_normal": lambda x: special.ndtr(x / 0.05),
    "truncated_normal": lambda x: truncated_cdf(x / 0.05),
    "glorot_uniform": lambda x: 0.5 + x / 2 / sqrt(6 / (FAN_IN + FAN_OUT)),
    "he_uniform": lambda x: 0.5 + x / 2 / sqrt(6 / FAN_IN),
    "lecun_uniform": lambda x: 0.5 + x / 2 / sqrt(3 / FAN_IN),
    "glorot_normal": lambda x: truncated_cdf(x / (sqrt(2 / (FAN_IN + FAN_OUT)) / TRUNCATED)),
    "he_normal": lambda x: truncated_cdf(x / (sqrt(2 / FAN_IN) / TRUNCATED)),
    "lecun_normal": lambda x: truncated_cdf(x / (sqrt(1 / FAN_IN) / TRUNCATED)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_numbers_follow_the_distribution_of_their_initializer(name: str) -> None:
    values = np.sort(one_kernel(name).astype(np.float64).ravel())
    theirs = CASES[name](values)
    below = np.arange(len(values)) / len(values)
    distance = max(np.max(theirs - below), np.max(below + 1 / len(values) - theirs))
    assert special.kolmogorov(distance * sqrt(len(values))) > 0.01  # Kolmogorov and Smirnov's test


@pytest.mark.parametrize("name", [name for name in CASES if name != "random_normal"])
def test_bounded_distributions_reach_their_bounds_and_not_further(name: str) -> None:
    values = one_kernel(name).astype(np.float64)
    low, high = CASES[name](values.min()), CASES[name](values.max())
    assert -1e-6 <= low < 1e-4
    assert 1 - 1e-4 < high <= 1 + 1e-6


@pytest.mark.parametrize("name", ["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal"])
def test_the_variance_is_the_one_the_initializer_promises(name: str) -> None:
    values = one_kernel(name).astype(np.float64)
    expected = initializers.get(name).variance((FAN_IN, FAN_OUT))
    assert values.var() == pytest.approx(expected, rel=0.02)
    assert abs(values.mean()) < 4 * sqrt(expected / values.size)


@pytest.mark.keras
@pytest.mark.parametrize("name", ["he_normal", "glorot_uniform", "random_normal"])
def test_keras_draws_from_the_same_distribution(name: str) -> None:
    import keras

    theirs = np.sort(np.asarray(getattr(keras.initializers, name)(seed=1)((FAN_IN, FAN_OUT))).ravel())
    ours = np.sort(one_kernel(name).ravel())
    assert np.mean(np.abs(theirs - ours)) < 0.02 * ours.std()


def test_an_untruncated_variance_scaling_is_normal() -> None:
    values = one_kernel(initializers.VarianceScaling(distribution="untruncated_normal")) * sqrt(FAN_IN)
    assert np.abs(values).max() > 3.5
    assert values.std() == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize(
    ("initializer", "value"), [("zeros", 0), ("ones", 1), (initializers.Constant(0.25), 0.25), ("constant", 0)]
)
def test_constant_initializers_fill_with_their_value(initializer: str | Initializer, value: float) -> None:
    assert np.unique(one_kernel(initializer)).tolist() == [value]


def test_the_mean_moves_every_number() -> None:
    at_zero = one_kernel(initializers.TruncatedNormal(0.0, 1.0))
    at_five = one_kernel(initializers.TruncatedNormal(5.0, 1.0))
    np.testing.assert_allclose(at_five - 5, at_zero, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), data=st.data())
def test_weights_are_float32_of_keras_shapes_and_the_same_each_time(
    seed: int, data: st.DataObject, any_network: st.SearchStrategy[Network]
) -> None:
    network = data.draw(any_network)
    first, second = initial_weights(network, seed), initial_weights(network, seed)
    assert [w.shape for w in first] == [w.parameter.shape for w in network.weights]
    assert {w.dtype for w in first} <= {np.dtype(np.float32)}
    assert [w.tobytes() for w in first] == [w.tobytes() for w in second]


def test_another_seed_and_another_place_give_other_numbers() -> None:
    network = chain("two", [Dense(200, input_shape=(200,)), Dense(200)])
    kernels = [initial_weights(network, seed)[index] for seed in (0, 1) for index in (0, 2)]
    correlations = np.corrcoef([kernel.ravel() for kernel in kernels])
    assert np.abs(correlations - np.eye(4)).max() < 0.02


def test_a_number_depends_on_its_position_and_not_on_how_many_there_are() -> None:
    few, many = (one_kernel("random_uniform", units=units).ravel() for units in (3, 300))
    np.testing.assert_array_equal(few, many[: few.size])


def test_an_initializer_with_a_seed_of_its_own_ignores_the_run_and_the_place() -> None:
    own = initializers.HeNormal(seed=5)
    network = chain("two", [Dense(20, input_shape=(20,), kernel_initializer=own), Dense(20, kernel_initializer=own)])
    first, second = initial_weights(network, 0), initial_weights(network, 1)
    np.testing.assert_array_equal(first[0], first[2])
    np.testing.assert_array_equal(first[0], second[0])
    of_the_run = chain("one", [Dense(20, input_shape=(20,), kernel_initializer="he_normal")])
    assert not np.array_equal(first[0], initial_weights(of_the_run, 5)[0])


def test_a_seed_beyond_32_bits_is_refused() -> None:
    with pytest.raises(
        UsageError, match=re.escape("seed: expected a whole number from 0 to 4294967295, got 4294967296")
    ):
        initial_weights(zoo.network("lenet-5"), 2**32)


def sha256(network: Network, seed: int) -> str:
    joined = b"".join(weight.astype("<f4").tobytes() for weight in initial_weights(network, seed))
    return hashlib.sha256(joined).hexdigest()


NORMALS = chain(
    "normals",
    [
        Conv2D(7, 3, input_shape=(9, 9, 2), kernel_initializer="he_normal", bias_initializer="random_normal"),
        Conv2D(5, 3, kernel_initializer=initializers.VarianceScaling(distribution="untruncated_normal")),
    ],
)


def test_the_bits_of_initial_weights_never_change() -> None:
    assert (
        sha256(zoo.network("architecture-1"), 7) == "3e43fb733a8999dcfb9140a4e35bf2c29f41d02e4a69fbc9824632f95656e219"
    )
    assert sha256(NORMALS, 7) == "dd31b51ad06fb64a5a88b54e93f094ab8099d256519adcda87a5280a4f7c21af"


@pytest.mark.slow
def test_the_bits_are_the_same_without_the_processors_vector_instructions() -> None:
    features = cpu.__cpu_features__
    in_use = [name for name in cpu.__cpu_dispatch__ if features[name]]
    if not in_use:
        pytest.skip("NumPy uses no more than its baseline here")
    code = (
        "import hashlib, numpy as np\n"
        "from cnnlab.arch.normal import normal_quantile\n"
        "at = (np.arange(2**16) + 0.5) * 2.0**-16\n"
        "print(hashlib.sha256(normal_quantile(at).astype('<f8').tobytes()).hexdigest()[:16])"
    )
    environment = os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(in_use)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "b086ac9e5ddbdccb"
