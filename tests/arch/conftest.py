"""Random networks for the property tests of this folder."""

import pytest
from hypothesis import strategies as st

from cnnlab.arch import DataFormat, Layer, Network, chain, layers
from cnnlab.arch.activations import ACTIVATIONS
from cnnlab.errors import NetworkError

PAIRS = st.tuples(st.integers(1, 4), st.integers(1, 4))
SIDES = st.tuples(st.integers(0, 3), st.integers(0, 3))
INITIALIZERS = st.sampled_from(["glorot_uniform", "he_normal", "random_normal", "lecun_uniform", "ones"])


@st.composite
def convolutions(draw: st.DrawFn) -> Layer:
    dilation = draw(st.sampled_from([(1, 1), (2, 1), (2, 3)]))
    return layers.Conv2D(
        draw(st.integers(1, 4)),
        draw(PAIRS),
        strides=draw(PAIRS) if dilation == (1, 1) else 1,
        padding=draw(st.sampled_from(["valid", "same"])),
        dilation_rate=dilation,
        activation=draw(st.sampled_from([name for name in ACTIVATIONS if name != "softmax"])),
        use_bias=draw(st.booleans()),
        kernel_initializer=draw(INITIALIZERS),
    )


@st.composite
def depthwise_convolutions(draw: st.DrawFn) -> Layer:
    dilation = draw(st.sampled_from([(1, 1), (2, 1), (2, 3)]))
    arguments = {
        "strides": draw(PAIRS) if dilation == (1, 1) else 1,
        "padding": draw(st.sampled_from(["valid", "same"])),
        "dilation_rate": dilation,
        "depth_multiplier": draw(st.integers(1, 3)),
        "activation": draw(st.sampled_from([name for name in ACTIVATIONS if name != "softmax"])),
        "use_bias": draw(st.booleans()),
        "depthwise_initializer": draw(INITIALIZERS),
    }
    if draw(st.booleans()):
        return layers.DepthwiseConv2D(draw(PAIRS), **arguments)
    return layers.SeparableConv2D(
        draw(st.integers(1, 4)), draw(PAIRS), pointwise_initializer=draw(INITIALIZERS), **arguments
    )


@st.composite
def pools(draw: st.DrawFn) -> Layer:
    kind = draw(st.sampled_from([layers.MaxPooling2D, layers.AveragePooling2D]))
    padding = draw(st.sampled_from(["valid", "same"]))
    return kind(draw(PAIRS), strides=draw(st.none() | PAIRS), padding=padding)


@st.composite
def normalizations(draw: st.DrawFn, axis: int) -> Layer:
    return layers.BatchNormalization(
        axis=axis, center=draw(st.booleans()), scale=draw(st.booleans()), momentum=draw(st.sampled_from([0.9, 0.99]))
    )


ZEROS = st.builds(
    layers.ZeroPadding2D,
    st.integers(0, 3) | st.tuples(st.integers(0, 3), st.integers(0, 3)) | st.tuples(SIDES, SIDES),
)


def anywhere(axis: int) -> st.SearchStrategy[Layer]:
    """Return layers that take images and features."""
    return st.one_of(
        normalizations(axis),
        st.builds(layers.LayerNormalization, st.just(axis), center=st.booleans(), scale=st.booleans()),
        st.builds(layers.PReLU, shared_axes=st.sampled_from([None, 1, (1, 2), (1, 2, 3)])),
        st.builds(layers.Dropout, st.sampled_from([0.0, 0.25, 0.5])),
        st.builds(layers.Activation, st.sampled_from([name for name in ACTIVATIONS if name != "softmax"])),
        st.builds(layers.GaussianNoise, st.sampled_from([0.0, 0.5]), st.none() | st.integers(0, 9)),
        st.builds(layers.LeakyReLU, st.sampled_from([0.0, 0.3])),
        st.builds(layers.ReLU, st.none() | st.just(6.0), st.sampled_from([0.0, 0.5]), st.sampled_from([0.0, 0.5])),
        st.just(layers.Softmax(axis)),
        st.builds(layers.Rescaling, st.sampled_from([1 / 255, 2.0]), st.sampled_from([0.0, -1.0])),
    )


LAST_OF_IMAGE = st.one_of(
    st.just(layers.Flatten()),
    st.builds(layers.GlobalAveragePooling2D),
    st.builds(layers.GlobalMaxPooling2D),
)
DENSE = st.builds(
    layers.Dense,
    st.integers(1, 6),
    activation=st.sampled_from(ACTIVATIONS),
    use_bias=st.booleans(),
    kernel_initializer=INITIALIZERS,
)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Draw a chain that fits: layers on the image, one that ends it, layers on features."""
    layout: DataFormat = draw(st.sampled_from(["channels_last", "channels_first"]))
    height, width, channels = draw(st.tuples(st.integers(4, 13), st.integers(4, 13), st.integers(1, 3)))
    last = layout == "channels_last"
    shape = (height, width, channels) if last else (channels, height, width)
    spatial_dropouts = st.builds(layers.SpatialDropout2D, st.sampled_from([0.0, 0.25]))
    windows = st.one_of(convolutions(), depthwise_convolutions(), pools())
    on_image = st.one_of(windows, ZEROS, spatial_dropouts, anywhere(-1 if last else 1))
    chosen = [layers.Input(shape)]
    for layer in draw(st.lists(on_image, max_size=5)):
        chosen = longest_that_fits(chosen, layer, layout)
    chosen.append(draw(LAST_OF_IMAGE))
    for layer in draw(st.lists(st.one_of(DENSE, anywhere(-1)), max_size=3)):
        chosen = longest_that_fits(chosen, layer, layout)
    if draw(st.booleans()):
        reshaped = layers.Reshape(draw(st.sampled_from([(-1,), (1, -1)] + [(1, 1, -1)] * last)))
        chosen = longest_that_fits(chosen, reshaped, layout)
    return chain("drawn", chosen, data_format=layout)


def longest_that_fits(chosen: list[Layer], layer: Layer, layout: DataFormat) -> list[Layer]:
    try:
        chain("trial", [*chosen, layer], data_format=layout)
    except NetworkError:
        return chosen
    return [*chosen, layer]


@pytest.fixture(scope="session")
def any_network() -> st.SearchStrategy[Network]:
    """Return a strategy of networks of every layer kind, in both data formats."""
    return networks()
