import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.arch import initializers, layers
from cnnlab.arch.initializers import INITIALIZERS, get
from cnnlab.errors import NetworkError, NotSupportedError, UsageError


def refuses(message: str, error: type[Exception] = NetworkError) -> pytest.RaisesExc[Exception]:
    return pytest.raises(error, match=re.escape(message))


@pytest.mark.keras
def test_every_name_keras_knows_is_ours_or_refused_by_name() -> None:
    from keras.src.initializers import ALL_OBJECTS_DICT

    import keras

    for name, theirs in ALL_OBJECTS_DICT.items():
        if theirs is keras.initializers.Initializer:
            continue
        if theirs.__name__ in INITIALIZERS:
            assert type(get(name)).__name__ == theirs.__name__
        else:
            with refuses("which Keras has and cnnlab does not", NotSupportedError):
                get(name)
    assert set(INITIALIZERS) <= {theirs.__name__ for theirs in ALL_OBJECTS_DICT.values()}


@pytest.mark.keras
@pytest.mark.parametrize("name", INITIALIZERS)
def test_arguments_and_defaults_are_those_of_keras(name: str) -> None:
    import keras
    from cnnlab.arch.arguments import argument_names

    theirs = getattr(keras.initializers, name)().get_config()
    ours = get(name)
    assert {argument: getattr(ours, argument) for argument in argument_names(type(ours))} == theirs


@pytest.mark.keras
@given(shape=st.lists(st.integers(1, 7), min_size=1, max_size=4))
def test_the_variance_is_that_of_keras_formulas(shape: list[int]) -> None:
    from keras.src.initializers.random_initializers import compute_fans

    import keras

    for name, ours in INITIALIZERS.items():
        if not issubclass(ours, initializers.VarianceScaling):
            continue
        theirs = getattr(keras.initializers, name)()
        assert (ours().scale, ours().mode, ours().distribution) == (theirs.scale, theirs.mode, theirs.distribution)
        fan_in, fan_out = compute_fans(shape)
        assert ours().fans(tuple(shape)) == (fan_in, fan_out)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[theirs.mode]
        assert ours().variance(tuple(shape)) == theirs.scale / max(1, fan)


def test_fans_of_named_axes_are_their_products() -> None:
    assert initializers.HeNormal(input_axes=(0, -1), output_axes=[1]).fans((2, 3, 5)) == (10, 3)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_name_class_instance_and_configuration_mean_the_same(name: str) -> None:
    ours = INITIALIZERS[name]
    config = {"module": "keras.initializers", "class_name": name, "config": {}, "registered_name": None}
    assert get(name) == get(ours) == get(ours()) == get(config) == get({"class_name": name}) == ours()


def test_a_configuration_carries_arguments_and_the_dtype_of_keras_2() -> None:
    config = {"class_name": "RandomNormal", "config": {"mean": 0, "stddev": 0.1, "seed": 3, "dtype": "float32"}}
    assert get(config) == initializers.RandomNormal(stddev=0.1, seed=3)


def test_an_initializer_with_all_its_arguments_stands_in_a_layer() -> None:
    layer = layers.Dense(3, kernel_initializer=initializers.VarianceScaling(2.0, "fan_out", "normal", seed=1))
    assert layer.kernel_initializer == initializers.VarianceScaling(
        scale=2.0, mode="fan_out", distribution="truncated_normal", seed=1
    )


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: get("xavier"), "expected the name of an initializer, got 'xavier'. Known: zeros, zero,"),
        (lambda: get("he_norml"), "got 'he_norml'. Did you mean 'he_normal'?"),
        (lambda: get(None), "expected the name of an initializer, got None. Write 'glorot_uniform'"),
        (
            lambda: get({"class_name": "HeNormal", "config": [3]}),
            "expected config of HeNormal to be arguments by name, got [3].",
        ),
        (lambda: get({"config": {}}), "got {'config': {}}"),
        (lambda: get(3), "got 3"),
        (lambda: initializers.Constant("a"), "Constant: expected value to be a number, got 'a'"),
        (lambda: initializers.Constant(float("nan")), "Constant: expected value to be a number, got nan"),
        (lambda: initializers.RandomUniform(1, 0), "expected minval to be at most maxval, got minval=1.0, maxval=0.0"),
        (lambda: initializers.RandomNormal(stddev=-1), "expected stddev to be a number, at least 0, got -1.0"),
        (
            lambda: initializers.TruncatedNormal(stddev=True),
            "TruncatedNormal: expected stddev to be a number, got True",
        ),
        (lambda: initializers.VarianceScaling(scale=0), "expected scale to be a number above 0, got 0.0"),
        (lambda: initializers.VarianceScaling(mode="fan"), "expected mode to be one of fan_in, fan_out, fan_avg"),
        (lambda: initializers.VarianceScaling(distribution="x"), "expected distribution to be one of truncated_normal"),
        (lambda: initializers.HeNormal(input_axes=[0]), "expected both input_axes and output_axes, or neither"),
        (lambda: initializers.HeNormal(input_axes=0), "expected input_axes to be a list of axes, got 0"),
        (lambda: initializers.HeNormal(scale=1), "HeNormal: expected an argument it has, got scale=. Known: seed,"),
        (lambda: initializers.Zeros(1), "Zeros: expected arguments in the order none, got a call with too many"),
        (
            lambda: initializers.HeNormal(input_axes=[4], output_axes=[0]).fans((2, 3)),
            "expected axes of a weight of shape (2, 3), got (4,)",
        ),
    ],
)
def test_what_is_wrong_is_said(build: Callable[[], object], message: str) -> None:
    with refuses(message):
        build()


@pytest.mark.parametrize("name", ["Orthogonal", "orthogonal", "identity"])
def test_what_keras_has_and_we_do_not_is_refused_by_name(name: str) -> None:
    with refuses(f"got {name!r}, which Keras has and cnnlab does not", NotSupportedError):
        layers.Dense(3, kernel_initializer=name)


def test_a_dtype_of_its_own_is_refused() -> None:
    with refuses("Zeros: expected dtype='float32', the only value cnnlab has, got 'float16'", NotSupportedError):
        get({"class_name": "Zeros", "config": {"dtype": "float16"}})


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, {"class_name": "SeedGenerator"}])
def test_a_seed_outside_32_bits_is_refused(seed: object) -> None:
    with refuses(f"HeNormal seed: expected a whole number from 0 to 4294967295, got {seed!r}", UsageError):
        initializers.HeNormal(seed=seed)
