from collections.abc import Sequence
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.arch import Layer, Network, Node, chain, graph, measures, zoo
from cnnlab.arch.layer import pad_before_after
from cnnlab.arch.layers import (
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalMaxPooling2D,
    Input,
    MaxPooling2D,
    ZeroPadding2D,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("architecture-1", 1_732_380),
        ("architecture-2", 154_530),
        ("architecture-2-as-intended", 154_530),
        ("architecture-3", 17_970),
        ("lenet-5", 416_520),
    ],
)
def test_multiply_adds_of_known_networks(name: str, expected: int) -> None:
    assert measures.multiply_adds(zoo.network(name)) == expected


@settings(max_examples=50)
@given(data=st.data())
def test_multiply_adds_are_outputs_times_what_each_is_summed_from(
    data: st.DataObject, any_network: st.SearchStrategy[Network]
) -> None:
    network = data.draw(any_network)
    by_hand = 0
    for node in network.nodes:
        for parameter in node.parameters:
            if parameter.name.endswith("kernel"):
                by_hand += prod(parameter.shape) * prod(node.output_shape[:-1])
    assert measures.multiply_adds(network) == by_hand


def test_activation_bytes_count_every_output_but_the_input_and_flatten() -> None:
    network = chain("n", [Input((4, 4, 1)), Conv2D(2, 3), Dropout(0.5), Flatten(), Dense(3)])
    assert measures.activation_bytes(network) == 4 * (8 + 8 + 3)


def test_the_receptive_field_grows_by_kernel_stride_and_dilation() -> None:
    layers = [
        Conv2D(1, 3, input_shape=(64, 64, 1)),
        MaxPooling2D(2),
        Conv2D(1, (3, 1), dilation_rate=2),
        BatchNormalization(),
        Conv2D(1, 3, strides=(1, 2)),
        Conv2D(1, 2),
    ]
    fields = measures.receptive_fields(chain("n", layers))
    assert [field.size for field in fields if field] == [(1, 1), (3, 3), (4, 4), (12, 4), (12, 4), (16, 8), (18, 12)]
    assert [field.strides for field in fields if field][-3:] == [(2, 2), (2, 4), (2, 4)]


@pytest.mark.parametrize("last", [Flatten(), GlobalMaxPooling2D(), GlobalMaxPooling2D(keepdims=True)])
def test_from_flatten_and_global_pools_on_the_whole_image_is_seen(last: Flatten | GlobalMaxPooling2D) -> None:
    network = chain("n", [Conv2D(1, 3, input_shape=(9, 20, 1)), last, Dense(3)])
    assert [field.size for field in measures.receptive_fields(network) if field] == [(1, 1), (3, 3), (9, 20), (9, 20)]
    assert measures.receptive_field(network) == (9, 20)


def test_a_dense_layer_on_an_image_sees_one_position() -> None:
    network = chain("n", [Conv2D(1, 3, input_shape=(9, 9, 1)), Dense(3)])
    assert measures.receptive_field(network) == (3, 3)


def test_with_several_inputs_the_largest_field_counts() -> None:
    steps = [(Conv2D(1, (3, 1), padding="same"), (0,)), (Conv2D(1, (1, 5), padding="same"), (0,)), (Add(), (1, 2))]
    assert measures.receptive_field(graph("g", Input((9, 9, 1)), steps)) == (3, 5)


@pytest.mark.parametrize("shape", [(7,), (28, 28)])
def test_an_input_that_is_no_image_has_no_receptive_field(shape: tuple[int, ...]) -> None:
    network = chain("n", [Flatten(), Dense(3)], input_shape=shape)
    assert measures.receptive_fields(network) == (None, None, None)
    assert measures.receptive_field(network) is None
    assert measures.image_size(network) is None


def seen_along(axis: int, nodes: Sequence[Node]) -> list[set[int]]:
    """Follow by brute force which input positions each output depends on, along one axis."""
    seen = [{position} for position in range(nodes[0].input_shape[axis])]
    for node in nodes:
        if isinstance(node.layer, ZeroPadding2D):
            seen = with_nothing(seen, *(node.layer.rows, node.layer.columns)[axis])
        window = node.layer.window
        if window is None:
            continue
        reach, stride, step = window.reach[axis], window.strides[axis], window.dilation[axis]
        padded = with_nothing(seen, *pad_before_after(node.input_shape[axis], reach, stride, window.padding))
        starts = range(0, len(padded) - reach + 1, stride)
        seen = [set().union(*(padded[start + tap * step] for tap in range(window.size[axis]))) for start in starts]
    return seen


def with_nothing(seen: list[set[int]], before: int, after: int) -> list[set[int]]:
    """Put cells that depend on no position before and after others."""
    return [set[int]() for _ in range(before)] + seen + [set[int]() for _ in range(after)]


@settings(max_examples=60)
@given(data=st.data())
def test_no_output_depends_on_more_than_the_receptive_field(
    data: st.DataObject, any_network: st.SearchStrategy[Network]
) -> None:
    network = data.draw(any_network)
    before_last = next(node.index for node in network.nodes if node.layer.sees_whole_image) - 1
    field = measures.receptive_fields(network)[before_last]
    assert field is not None
    for axis in (0, 1):
        spans = [max(s) - min(s) + 1 for s in seen_along(axis, network.nodes[: before_last + 1]) if s]
        # Both taps of a dilated kernel may lie in the padding of a small image: then nothing is seen.
        assert max(spans, default=0) <= field.size[axis] <= network.input_shape[axis]
        if not any(pads(node.layer) for node in network.nodes):
            assert max(spans) == field.size[axis]


def pads(layer: Layer) -> bool:
    """Tell whether a layer may put cells around an image."""
    return isinstance(layer, ZeroPadding2D) or (layer.window is not None and layer.window.padding != "valid")
