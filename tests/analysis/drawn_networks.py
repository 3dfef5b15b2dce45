"""Random networks and recipes, healthy and faulty, for the tests of what is read off a description."""

from typing import Any

from hypothesis import strategies as st

from cnnlab.arch import DataFormat, Layer, Network, chain, graph
from cnnlab.arch.activations import ACTIVATIONS
from cnnlab.arch.initializers import Constant, RandomNormal, VarianceScaling
from cnnlab.arch.layers import (
    Activation,
    Add,
    Average,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GaussianNoise,
    GlobalAveragePooling2D,
    Input,
    LayerNormalization,
    LeakyReLU,
    Maximum,
    MaxPooling2D,
    Multiply,
    PReLU,
    ReLU,
    Rescaling,
    Reshape,
    SeparableConv2D,
    Softmax,
    SpatialDropout2D,
    Subtract,
    ZeroPadding2D,
)
from cnnlab.errors import NetworkError
from cnnlab.records import SGD, Adadelta, Adam, CategoricalCrossentropy, CosineDecay, Recipe, RMSprop

CLASSES = 10

_RATES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5, 0.8])
_HIDDEN = st.sampled_from([*ACTIVATIONS, "relu", "relu", "relu", "linear", "sigmoid"])
_BEHIND = [Activation("softmax"), Activation("linear"), Dropout(0.5), Softmax(), LeakyReLU(), GaussianNoise(0.1)]
_WIDTHS = st.sampled_from([1, 2, 3, 5, 8, 16])


def _weights(*, softmax: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    """Draw the arguments that a convolution and a dense layer share."""
    return st.fixed_dictionaries(
        {"activation": _HIDDEN if softmax else _HIDDEN.filter(lambda name: name != "softmax")},
        optional={
            "kernel_initializer": st.sampled_from(
                ["he_normal", "zeros", "ones", RandomNormal(stddev=5.0), RandomNormal(stddev=1e-5), VarianceScaling(9)]
            ),
            "bias_initializer": st.sampled_from([Constant(-20.0), Constant(0.1), "zeros"]),
            "use_bias": st.booleans(),
        },
    )


@st.composite
def _convolutions(draw: st.DrawFn, layout: str) -> Layer:
    strides = draw(st.sampled_from([1, 1, 2, (2, 1), 4]))
    return Conv2D(
        draw(_WIDTHS),
        draw(st.sampled_from([1, 2, 3, 5])),
        strides=strides,
        padding=draw(st.sampled_from(["valid", "same", "same"])),
        dilation_rate=draw(st.sampled_from([1, 2])) if strides == 1 else 1,
        **draw(_weights(softmax=layout == "channels_last")),
    )


@st.composite
def _depthwise(draw: st.DrawFn, layout: str) -> Layer:
    more = draw(_weights(softmax=layout == "channels_last"))
    strides, drawn = draw(st.sampled_from([1, 1, 2, (2, 1)])), more.pop("kernel_initializer", "glorot_uniform")
    more |= {"strides": strides, "padding": draw(st.sampled_from(["valid", "same"])), "depthwise_initializer": drawn}
    more["dilation_rate"] = draw(st.sampled_from([1, 2])) if strides == 1 else 1
    size = draw(st.sampled_from([1, 3, 5]))
    if draw(st.booleans()):
        return DepthwiseConv2D(size, depth_multiplier=draw(st.sampled_from([1, 2])), **more)
    return SeparableConv2D(draw(_WIDTHS), size, pointwise_initializer=draw(st.sampled_from(["ones", drawn])), **more)


@st.composite
def _pools(draw: st.DrawFn) -> Layer:
    kind = draw(st.sampled_from([MaxPooling2D, AveragePooling2D]))
    size = draw(st.sampled_from([1, 2, 2, 3]))
    return kind(size, strides=draw(st.sampled_from([None, 1, 2])), padding=draw(st.sampled_from(["valid", "same"])))


def _anywhere(axis: int, layout: str) -> st.SearchStrategy[Layer]:
    """Return layers that take images and features."""
    names = [name for name in ACTIVATIONS if name != "softmax" or layout == "channels_last"]
    return st.one_of(
        st.builds(BatchNormalization, st.just(axis), momentum=st.sampled_from([0.9, 0.99, 0.999])),
        st.builds(LayerNormalization, st.just(axis), gamma_initializer=st.sampled_from(["ones", "zeros"])),
        st.builds(PReLU, shared_axes=st.sampled_from([None, 1, (1, 2)])),
        st.builds(Dropout, _RATES),
        st.builds(Activation, st.sampled_from(names)),
        st.sampled_from([ReLU(), ReLU(6.0), ReLU(negative_slope=0.1), LeakyReLU(), Softmax(axis)]),
        st.builds(GaussianNoise, st.sampled_from([0.0, 0.3])),
        st.builds(Rescaling, st.sampled_from([1.0, 1 / 255, 50.0]), st.sampled_from([0.0, -1.0])),
    )


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Draw a chain that ends in as many numbers as there are classes."""
    layout: DataFormat = draw(st.sampled_from(["channels_last", "channels_last", "channels_first"]))
    size, channels, last = draw(st.integers(6, 28)), draw(st.integers(1, 3)), layout == "channels_last"
    chosen: list[Layer] = [Input((size, size, channels) if last else (channels, size, size), name="images")]
    only_images = st.one_of(
        st.builds(SpatialDropout2D, _RATES),
        st.builds(ZeroPadding2D, st.sampled_from([0, 1, ((2, 0), (0, 1))])),
    )
    windows = st.one_of(_convolutions(layout), _depthwise(layout), _pools())
    on_image = st.one_of(windows, only_images, _anywhere(-1 if last else 1, layout))
    for layer in draw(st.lists(on_image, max_size=8)):
        chosen = _if_it_fits(chosen, layer, layout)
    chosen.append(draw(st.sampled_from([Flatten(), Flatten(), GlobalAveragePooling2D()])))
    hidden = st.builds(lambda units, more: Dense(units, **more), _WIDTHS, _weights())
    flat = st.sampled_from([Flatten(), Reshape((-1,))])
    for layer in draw(st.lists(st.one_of(hidden, _anywhere(-1, "channels_last"), flat), max_size=4)):
        chosen = _if_it_fits(chosen, layer, layout)
    chosen.append(Dense(CLASSES, activation=draw(st.sampled_from(["softmax", "softmax", *ACTIVATIONS]))))
    chosen += draw(st.lists(st.sampled_from(_BEHIND), max_size=1))
    return chain("drawn", chosen, data_format=layout)


def _if_it_fits(chosen: list[Layer], layer: Layer, layout: DataFormat) -> list[Layer]:
    try:
        chain("trial", [*chosen, layer], data_format=layout)
    except NetworkError:
        return chosen
    return [*chosen, layer]


@st.composite
def branched(draw: st.DrawFn) -> Network:
    """Draw a graph in which each layer has one or two inputs anywhere before it and all shapes are the same."""
    steps: list[tuple[Layer, tuple[int, ...]]] = []
    joins = [Add(), Average(), Maximum(), Multiply(), Subtract()]
    kinds = [Dense(4, activation="relu"), Dense(4), Dropout(0.5), BatchNormalization(), Activation("tanh")]
    for index in range(draw(st.integers(1, 8))):
        inputs = draw(st.lists(st.integers(0, index), min_size=1, max_size=2))
        steps.append((draw(st.sampled_from(kinds if len(inputs) == 1 else joins)), tuple(inputs)))
    return graph("branched", Input((4,), name="images"), steps)


def recipes() -> st.SearchStrategy[Recipe]:
    """Draw recipes from usual to absurd."""
    rates = st.sampled_from([1e-6, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 100.0, 0.0])
    return st.builds(
        Recipe,
        batch_size=st.sampled_from([1, 32, 200, 5000, 60000]),
        epochs=st.sampled_from([1, 2, 15]),
        optimizer=st.one_of(
            st.builds(lambda kind, rate: kind(rate), st.sampled_from([Adam, SGD, RMSprop, Adadelta]), rates),
            st.builds(lambda rate: SGD(rate, momentum=0.9), rates),
            st.builds(lambda rate: Adam(CosineDecay(rate, 1000)), rates),
        ),
        loss=st.builds(CategoricalCrossentropy, from_logits=st.booleans()),
    )
