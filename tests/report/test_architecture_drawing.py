import re
import xml.etree.ElementTree as ET

import drawn
import drawn_networks
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.arch import Network, chain, graph, zoo
from cnnlab.arch.layers import (
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
)
from cnnlab.arch.summary import summarize
from cnnlab.report.drawing.architecture import architecture_drawing
from cnnlab.report.drawing.wires import wires

SVG = "{http://www.w3.org/2000/svg}"


def blocks(network: Network) -> list[tuple[float, float]]:
    """Return width and height of each hollow or filled block, from top to bottom."""
    root = ET.fromstring(architecture_drawing("a", network).svg)
    found = [one for one in root.iter(f"{SVG}rect") if one.get("stroke-width")]
    return [(float(one.get("width", "")), float(one.get("height", ""))) for one in found]


@pytest.mark.parametrize("name", ["architecture-1", "architecture-2", "architecture-3"])
def test_every_layer_is_drawn_with_its_name_and_all_its_numbers_and_the_table_has_them(name: str) -> None:
    network = zoo.network(name)
    figure, told = architecture_drawing("a", network), summarize(network)
    drawn.check(figure)
    assert len(figure.svg) < 10_000
    shown = " ".join(drawn.texts(figure))
    for layer, row in zip(told.layers, figure.numbers.rows, strict=True):
        assert row[:2] == (layer.name, layer.class_name)
        assert (row[3], row[5]) == (f"{layer.params:,}", f"{layer.multiply_adds:,}")
        assert not layer.params or f"{layer.params:,}" in shown
        assert not layer.multiply_adds or f"{layer.multiply_adds:,}" in shown
        assert layer.class_name in shown or ".." in shown


def test_the_caption_says_where_the_parameters_and_the_multiply_adds_are() -> None:
    assert architecture_drawing("a", zoo.network("architecture-1")).caption.startswith(
        "dense holds 64,100 (93 %) of the 69,135 parameters; conv2d_1 does 1,036,800 (60 %) of the 1,732,380 "
        "multiply-adds of an image."
    )


def test_a_long_name_is_cut_and_its_kind_stands_whole_behind_it() -> None:
    texts = drawn.texts(architecture_drawing("a", zoo.network("architecture-3")))
    first, second = [text for text in texts if "Normalization" in text]
    assert first == "batch_normalization (BatchNormalization)"
    assert re.fullmatch(r"batch_\w*\.\.\w*_1 \(BatchNormalization\)", second)


def test_several_layers_that_cost_as_much_are_counted() -> None:
    network = chain("even", [Dense(4, input_shape=(4,)), Dense(4), Dense(4)])
    assert architecture_drawing("a", network).caption.startswith(
        "dense and 2 others hold 20 (33 %) of the 60 parameters each; dense and 2 others do 16 (33 %) of the 48 "
        "multiply-adds of an image each."
    )


def test_a_network_without_weights_says_so() -> None:
    network = chain("bare", [MaxPooling2D(2, input_shape=(4, 4, 1)), Flatten()])
    figure = architecture_drawing("a", network)
    drawn.check(figure)
    assert figure.caption.startswith("No layer has parameters.")


def test_augmentation_stands_in_single_lines() -> None:
    front = [RandomFlip(input_shape=(8, 8, 1)), RandomTranslation(0.1, 0.1), RandomRotation(0.1), RandomZoom(0.1)]
    figure = architecture_drawing("a", chain("turned", [*front, Flatten(), Dense(3)]))
    drawn.check(figure)
    assert "random_translation (RandomTranslation)" in drawn.texts(figure)
    assert len(blocks(chain("turned", [*front, Flatten(), Dense(3)]))) == 2


def test_blocks_are_narrower_after_a_pool_and_thicker_with_more_channels() -> None:
    found = blocks(chain("a", [Conv2D(4, 3, padding="same", input_shape=(8, 8, 1)), MaxPooling2D(2), Conv2D(16, 1)]))
    (_, conv, pool, last) = found
    assert conv[0] > pool[0] == last[0]
    assert conv[1] == pool[1] < last[1]


def test_a_bar_is_as_long_as_a_layers_share() -> None:
    network = chain("a", [Dense(3, input_shape=(1,)), Dense(1)])
    root = ET.fromstring(architecture_drawing("a", network).svg)
    found = [float(one.get("width", "")) for one in root.iter(f"{SVG}rect") if one.get("height") == "4"]
    # Of 10 parameters 6 and 4, of 6 multiply-adds 3 and 3; each bar on the length of the whole.
    assert found[::2] == [52.0] * 4
    assert found[1::2] == pytest.approx([52 * 0.6, 26, 52 * 0.4, 26], abs=0.01)


def test_40_layers_are_drawn_below_each_other() -> None:
    layers = [
        (Conv2D(4, 3, padding="same", input_shape=(8, 8, 1)) if i == 0 else Conv2D(4, 3, padding="same"))
        if i % 3 == 0
        else BatchNormalization()
        if i % 3 == 1
        else Dropout(0.1)
        for i in range(40)
    ]
    figure = architecture_drawing("deep", chain("deep", layers))
    drawn.check(figure)
    heights = [float(one.get("y", "")) for one in ET.fromstring(figure.svg).iter(f"{SVG}text")][3:]
    assert len(figure.numbers.rows) == 40
    assert heights[0] < heights[-1]


FORKED = graph(
    "forked",
    Input((8, 8, 1)),
    [(Conv2D(2, 3, padding="same"), (0,)), (Conv2D(2, 3, padding="same"), (0,)), (Add(), (1, 2))],
)


def test_a_branch_is_a_line_beside_the_layers_that_it_leaps_over() -> None:
    svg = architecture_drawing("a", FORKED).svg
    assert svg.count("stroke-dasharray") == 2
    assert [(wire.source, wire.target, wire.lane) for wire in wires(FORKED)] == [(0, 2, 0), (1, 3, 1)]
    assert architecture_drawing("a", zoo.network("architecture-1")).svg.count("stroke-dasharray") == 0


@given(st.lists(st.sets(st.integers(0, 30), min_size=1, max_size=3), min_size=1, max_size=12))
def test_two_lines_in_a_lane_never_meet_and_none_is_lost(some: list[set[int]]) -> None:
    taken = [tuple(sorted({one % (index + 1) for one in inputs})) for index, inputs in enumerate(some)]
    steps = [(Dense(2) if len(sources) == 1 else Add(), sources) for sources in taken]
    network = graph("any", Input((2,)), steps)
    found = wires(network)
    leaps = {(source, node.index) for node in network.nodes for source in node.inputs if source < node.index - 1}
    assert {(wire.source, wire.target) for wire in found} == leaps
    for one in found:
        for other in found:
            apart = one.target < other.source or other.target < one.source
            assert one == other or one.lane != other.lane or apart
    drawn.check(architecture_drawing("a", network))


def test_names_are_text_whatever_is_in_them() -> None:
    network = chain(
        drawn.HOSTILE, [Dense(2, input_shape=(3,), name=drawn.HOSTILE.replace("/", "").replace("\x1b", "")), Dense(1)]
    )
    figure = architecture_drawing("a", network)
    drawn.check(figure)
    assert "<script" not in figure.svg
    assert figure == architecture_drawing("a", network)


@settings(max_examples=30, deadline=None)
@given(drawn_networks.networks() | drawn_networks.branched())
def test_any_network_gives_a_sound_figure_whose_caption_tells_numbers_of_its_table(network: Network) -> None:
    figure = architecture_drawing("a", network)
    drawn.check(figure)
    table = {cell for row in figure.numbers.rows for cell in row}
    told = summarize(network)
    wholes = {f"{told.total_params:,}", f"{told.multiply_adds:,}"}
    assert {*re.findall(r"(\d[\d,]*) \(", figure.caption)} <= table | wholes
