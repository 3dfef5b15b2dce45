import re
from collections.abc import Callable

import pytest

from cnnlab.arch import Network, chain, graph
from cnnlab.arch.layers import (
    LAYERS,
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    MaxPooling2D,
    Rescaling,
)
from cnnlab.errors import NetworkError


def refuses(message: str) -> pytest.RaisesExc[Exception]:
    return pytest.raises(NetworkError, match="^" + re.escape(message))


@pytest.mark.parametrize(
    "make",
    [
        lambda layer: chain("n", [Input((28, 28, 1)), layer()]),
        lambda layer: chain("n", [layer(input_shape=(28, 28, 1))]),
        lambda layer: chain("n", [layer()], input_shape=(28, 28, 1)),
    ],
)
def test_the_input_shape_may_stand_in_three_places(make: Callable[..., Network]) -> None:
    network = make(lambda **arguments: Conv2D(20, 3, **arguments))
    assert (network.input_shape, network.output_shape) == ((28, 28, 1), (26, 26, 20))


def test_nodes_carry_their_place_shapes_and_inputs() -> None:
    network = chain("n", [Input((6, 5, 1)), Conv2D(2, 3), Flatten(), Dense(3, name="head")])
    assert [(n.index, n.name, n.inputs, n.input_shape, n.output_shape) for n in network.nodes] == [
        (0, "input_layer", (), (6, 5, 1), (6, 5, 1)),
        (1, "conv2d", (0,), (6, 5, 1), (4, 3, 2)),
        (2, "flatten", (1,), (4, 3, 2), (24,)),
        (3, "head", (2,), (24,), (3,)),
    ]
    assert [(w.index, w.node.name, w.parameter.name) for w in network.weights] == [
        (0, "conv2d", "kernel"),
        (1, "conv2d", "bias"),
        (2, "head", "kernel"),
        (3, "head", "bias"),
    ]
    assert (network.total_params, network.trainable_params) == (20 + 75, 20 + 75)


def test_the_second_layer_of_a_kind_gets_a_number_as_in_keras() -> None:
    layers = [Conv2D(2, 2, name="first"), Conv2D(2, 2), MaxPooling2D(), Conv2D(2, 2), MaxPooling2D(), Conv2D(2, 1)]
    assert [node.name for node in chain("n", layers, input_shape=(20, 20, 1)).nodes[1:]] == [
        "first",
        "conv2d",
        "max_pooling2d",
        "conv2d_1",
        "max_pooling2d_1",
        "conv2d_2",
    ]


def test_a_graph_may_branch_and_its_weights_stand_in_the_order_of_its_nodes() -> None:
    network = graph("g", Input((4,)), [(Dense(3), (0,)), (Dense(5), (0,)), (Dense(2), (1,))])
    assert [node.output_shape for node in network.nodes] == [(4,), (3,), (5,), (2,)]
    assert [weight.parameter.shape for weight in network.weights] == [(4, 3), (3,), (4, 5), (5,), (3, 2), (2,)]


def test_a_renamed_network_is_the_same_network() -> None:
    network = chain("a", [Dense(3, input_shape=(2,))])
    assert network.renamed("b") == Network("b", network.nodes)


def test_channels_first_shapes_are_shown_as_they_were_written() -> None:
    network = chain(
        "n",
        [Conv2D(20, 3, input_shape=(1, 28, 28)), BatchNormalization(axis=1), GlobalAveragePooling2D(), Dense(2)],
        data_format="channels_first",
    )
    assert network.input_shape == (28, 28, 1)
    assert [network.shown(node.output_shape) for node in network.nodes] == [
        (1, 28, 28),
        (20, 26, 26),
        (20, 26, 26),
        (20,),
        (2,),
    ]


def test_one_layer_that_names_its_data_format_decides_for_all() -> None:
    network = chain("n", [Conv2D(20, 3, data_format="channels_first", input_shape=(1, 28, 28)), MaxPooling2D()])
    assert (network.data_format, network.output_shape) == ("channels_first", (13, 13, 20))


def test_images_without_channels_may_be_flattened() -> None:
    network = chain("n", [Rescaling(1 / 255), Flatten(), Dense(10)], input_shape=(28, 28))
    assert (network.input_shape, network.total_params) == ((28, 28), 7850)


FIT_FAULTS = [
    (
        lambda: chain("n", [Input((4, 4, 1)), Conv2D(2, 3), Conv2D(2, 3)]),
        (
            "n, layer 2 'conv2d_1' (Conv2D): expected an input of height at least 3 for a window that "
            "reaches over 3, got height 2. Use a smaller window, padding='same', or fewer pools and strides "
            "before it."
        ),
    ),
    (
        lambda: chain("n", [MaxPooling2D((1, 5), input_shape=(4, 4, 1))]),
        "n, layer 1 'max_pooling2d' (MaxPooling2D): expected an input of width at least 5",
    ),
    (
        lambda: chain("n", [Conv2D(2, 2, dilation_rate=4, input_shape=(4, 4, 1))]),
        "n, layer 1 'conv2d' (Conv2D): expected an input of height at least 5 for a window that reaches over 5",
    ),
    (
        lambda: chain("n", [Input((28, 28, 1)), Flatten(), Conv2D(2, 3)]),
        (
            "n, layer 2 'conv2d' (Conv2D): expected an input of height, width and channels for Conv2D, got "
            "shape (784,). It cannot follow Flatten or Dense; an image without a channel axis needs one, as "
            "in (28, 28, 1)."
        ),
    ),
    (
        lambda: chain("n", [MaxPooling2D(input_shape=(28, 28))]),
        "n, layer 1 'max_pooling2d' (MaxPooling2D): expected an input of height, width and channels for MaxPooling2D",
    ),
    (
        lambda: chain("n", [GlobalAveragePooling2D(input_shape=(28,), name="pool")]),
        "n, layer 1 'pool' (GlobalAveragePooling2D): expected an input of height, width and channels",
    ),
    (
        lambda: chain("n", [Conv2D(2, 3)]),
        "n: expected the shape of one image, got none. Begin with Input((28, 28, 1)) or give the first layer input_s",
    ),
    (lambda: chain("n", []), "n: expected the shape of one image, got none."),
    (
        lambda: chain("n", [Input((4,)), Input((4,))]),
        "n, layer 2: expected Input as the first layer only.",
    ),
    (
        lambda: chain("n", [Input((4,)), Dense]),  # type: ignore[list-item]
        f"n, layer 2: expected one of {', '.join(LAYERS)}, got the class Dense. Write Dense(...).",
    ),
    (
        lambda: chain("n", [Input((4,)), "dense"]),  # type: ignore[list-item]
        "n, layer 2: expected one of Activation",
    ),
    (
        lambda: chain("n", [Dense(2, name="a", input_shape=(3,)), Dense(2, name="a")]),
        "n: expected a name of its own for each layer, got 'a' twice.",
    ),
    (
        lambda: chain("n", [Input((3,)), Dense(2, name="dense_1"), Dense(2), Dense(2)]),
        "n: expected a name of its own for each layer, got 'dense_1' twice.",
    ),
    (
        lambda: chain(
            "n", [Conv2D(2, 1, data_format="channels_first", input_shape=(1, 4, 4)), Flatten("channels_last")]
        ),
        "n: expected one data_format for all layers, got channels_first, channels_last.",
    ),
    (
        lambda: chain("n", [BatchNormalization(axis=1, input_shape=(4, 4, 2))]),
        (
            "n, layer 1 'batch_normalization' (BatchNormalization): expected axis=3 or axis=-1, the channels"
            " of channels_last data, got axis=1. Write BatchNormalization(axis=3)."
        ),
    ),
    (
        lambda: chain("n", [BatchNormalization(input_shape=(2, 4, 4))], data_format="channels_first"),
        (
            "n, layer 1 'batch_normalization' (BatchNormalization): expected axis=1 or axis=-3, the channels"
            " of channels_first data, got axis=-1. Write BatchNormalization(axis=1)."
        ),
    ),
    (
        lambda: chain("n", [Dense(3, input_shape=(2, 4, 4))], data_format="channels_first"),
        (
            "n, layer 1 'dense' (Dense): expected a row of features before what works along the last axis, "
            "got channels_first images, whose last axis is the width. Put Flatten() or "
            "GlobalAveragePooling2D() before it."
        ),
    ),
    (
        lambda: chain("n", [Activation("softmax", input_shape=(2, 4, 4))], data_format="channels_first"),
        "n, layer 1 'activation' (Activation): expected a row of features before what works along the last axis",
    ),
    (
        lambda: chain("n", [Dense(3, input_shape=(2,))], data_format="NCHW"),  # type: ignore[arg-type]
        "n: expected data_format to be one of channels_last, channels_first, got 'NCHW'.",
    ),
    (
        lambda: graph("g", Input((4,)), [(Dense(3), (1,))]),
        "g, layer 1 'dense' (Dense): expected inputs from nodes 0 to 0, ",
    ),
    (
        lambda: graph("g", Input((4,)), [(Dense(3), ())]),
        "g, layer 1 'dense' (Dense): expected inputs from nodes 0 to 0, got",
    ),
]


@pytest.mark.parametrize(("build", "message"), FIT_FAULTS, ids=[message[:60] for _, message in FIT_FAULTS])
def test_what_does_not_fit_is_refused_with_its_place(build: Callable[[], object], message: str) -> None:
    with refuses(message):
        build()


def test_normalization_and_softmax_of_features_do_not_mind_channels_first() -> None:
    layers = [Flatten(), BatchNormalization(), Dropout(0.5), Dense(3, activation="softmax")]
    assert chain("n", layers, input_shape=(1, 4, 4), data_format="channels_first").output_shape == (3,)
