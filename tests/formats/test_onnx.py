"""ONNX files: ONNX Runtime computes from them what our backends compute."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

pytest.importorskip("onnxruntime")

from onnx_parity import TOLERANCE, branched_of_seed, check, check_seed, draw_weights, network_of_seed

from cnnlab.arch import Layer, Network, chain, graph, zoo
from cnnlab.arch.initial import initial_weights
from cnnlab.arch.layer import Shape
from cnnlab.arch.layers import (
    LAYERS,
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    Maximum,
    Subtract,
)
from cnnlab.errors import CnnlabError, NotSupportedError, UsageError
from cnnlab.formats.onnx import onnx_model, write_onnx
from cnnlab.formats.onnx.emitters import EMITTERS
from cnnlab.formats.onnx.runtime import outputs, session

SAMPLE = range(120)


def weights_of(network: Network) -> list[np.ndarray]:
    return draw_weights(network, np.random.default_rng(3))


@pytest.mark.parametrize("first", SAMPLE[::40])
def test_random_networks_compute_the_same_in_onnx_runtime(first: int) -> None:
    worst = {seed: check_seed(seed, "numpy") for seed in range(first, first + 40)}
    assert max(worst.values()) < TOLERANCE, {seed: value for seed, value in worst.items() if value >= TOLERANCE}


def test_random_networks_with_branches_compute_the_same() -> None:
    worst = {seed: check(*branched_of_seed(seed), backend="numpy") for seed in range(40)}
    assert max(worst.values()) < TOLERANCE, {seed: value for seed, value in worst.items() if value >= TOLERANCE}


@pytest.mark.parametrize("shape", [(2, 5, 6), (6,)])
def test_branches_meet_also_where_channels_come_first(shape: Shape) -> None:
    steps: list[tuple[Layer, tuple[int, ...]]] = [
        (Conv2D(2, 3, padding="same") if len(shape) == 3 else Dense(6), (0,)),
        (Activation("relu"), (0,)),
        (Add(), (1, 2, 0)),
        (Concatenate(axis=1), (0, 3, 1)),
        (Subtract(), (2, 1)),
        (Maximum(), (5, 3)),
        (Concatenate(axis=1), (4, 6)),
    ]
    network = graph("branches", Input(shape), steps, data_format="channels_first")
    assert check(network, weights_of(network), backend="numpy") < TOLERANCE


@pytest.mark.parametrize("name", zoo.names())
def test_each_network_of_the_zoo_computes_the_same(name: str) -> None:
    network = zoo.network(name)
    images = np.random.default_rng(5).integers(0, 256, (3, *network.input_shape), np.uint8)
    backend = None if name == "architecture-2" else "numpy"
    assert check(network, weights_of(network), images, divisor=255.0, backend=backend) < TOLERANCE


@pytest.mark.parametrize("name", LAYERS)
def test_each_layer_that_cnnlab_has_can_be_written(name: str) -> None:
    assert name in EMITTERS


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("kind", [Conv2D, AveragePooling2D])
def test_windows_stand_where_tensorflow_puts_them(kind: type[Layer], padding: str) -> None:
    for size in (5, 6, 7):
        for reach in (1, 2, 3, 4):
            for stride in (1, 2, 3):
                arguments = {"padding": padding, "strides": stride}
                layer = Conv2D(2, reach, **arguments) if kind is Conv2D else AveragePooling2D(reach, **arguments)
                network = chain("one", [layer], input_shape=(size, size + 1, 2))
                assert check(network, weights_of(network), backend="numpy") < TOLERANCE, (size, reach, stride)


@pytest.mark.parametrize(
    "layers",
    [
        [Flatten(), Dense(3)],
        [Dense(3, activation="softmax"), BatchNormalization(scale=False), Flatten()],
        [BatchNormalization(epsilon=0.1, center=False), Activation("softmax")],
    ],
    ids=["flatten", "dense", "normalized"],
)
def test_images_without_channels_work_along_their_last_axis(layers: list[Layer]) -> None:
    network = chain("rows and columns", layers, input_shape=(5, 4))
    assert check(network, weights_of(network), backend="numpy") < TOLERANCE


@pytest.mark.parametrize("shape", [(4, 5, 2), (7,)])
def test_a_network_that_only_acts_in_training_gives_its_input(shape: Shape) -> None:
    network = chain("nothing", [Dropout(0.5)], input_shape=shape)
    images = np.random.default_rng(1).normal(size=(3, *shape)).astype(np.float32)
    np.testing.assert_array_equal(outputs(onnx_model(network, []), images), images)


def test_a_node_takes_from_the_nodes_that_it_names() -> None:
    steps = [(Conv2D(2, 3), (0,)), (Activation("softmax"), (0,)), (Conv2D(3, 2, padding="same"), (1,))]
    network = graph("aside", Input((5, 6, 2)), steps)
    alone = chain("alone", [Conv2D(2, 3), Conv2D(3, 2, padding="same")], input_shape=(5, 6, 2))
    images = np.random.default_rng(2).normal(size=(2, 5, 6, 2)).astype(np.float32)
    weights = [weight.astype(np.float32) for weight in weights_of(network)]
    np.testing.assert_array_equal(
        outputs(onnx_model(network, weights), images), outputs(onnx_model(alone, weights), images)
    )


def test_any_number_of_images_goes_in() -> None:
    network = zoo.network("architecture-3")
    run = session(onnx_model(network, initial_weights(network, 0)))
    images = np.random.default_rng(0).random((7, 28, 28, 1)).astype(np.float32)
    together = run(images)
    for count in (1, 2, 7):
        np.testing.assert_allclose(run(images[:count]), together[:count], atol=1e-6)


def test_layers_may_be_called_as_the_files_own_values() -> None:
    layers = [Dense(3, name="output"), Dense(2, name="input"), Dense(2, name="output_1")]
    network = chain("names", layers, input_shape=(4,))
    assert check(network, weights_of(network), backend="numpy") < TOLERANCE


def test_the_same_model_is_the_same_bytes_and_carries_its_class_names() -> None:
    import onnxruntime

    network, weights = network_of_seed(1)
    single = [weight.astype(np.float32) for weight in weights]
    content = onnx_model(network, single, class_names=("caf\u00e9", "b"))
    assert content == onnx_model(network, single, class_names=("caf\u00e9", "b"))
    meta = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"]).get_modelmeta()
    assert meta.custom_metadata_map == {"class_names": '["caf\\u00e9", "b"]'}
    assert (meta.producer_name, meta.graph_name) == ("cnnlab", network.name)


def test_a_layer_without_an_emitter_is_refused_by_name_and_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(EMITTERS, "Dropout")
    network = chain("net", [Dense(2), Dropout(0.5, name="drop")], input_shape=(3,))
    message = r"net, layer 2 'drop': expected one of .*Conv2D.*, got Dropout. Export to keras or npz."
    with pytest.raises(NotSupportedError, match=message):
        onnx_model(network, initial_weights(network, 0))


def test_without_onnx_runtime_the_message_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(CnnlabError, match=r"expected ONNX Runtime, .* Type: pip install 'cnnlab\[onnx\]'"):
        session(b"")


def test_what_onnx_runtime_refuses_is_an_error_of_ours() -> None:
    with pytest.raises(CnnlabError, match="expected a file that ONNX Runtime loads, got an error of ONNX Runtime's"):
        session(b"no such file")
    network = chain("net", [Dense(2)], input_shape=(3,))
    run = session(onnx_model(network, initial_weights(network, 0)))
    with pytest.raises(CnnlabError, match="expected a file that ONNX Runtime runs, got an error of ONNX Runtime's"):
        run(np.zeros((1, 4), np.float32))


def test_a_file_is_written_whole_under_a_name_that_fits(tmp_path: Path) -> None:
    assert write_onnx(tmp_path / "net.onnx", b"content").read_bytes() == b"content"
    with pytest.raises(
        NotSupportedError, match=r"expected a name that ends in \.onnx, got net\.pb\. Write net\.onnx\."
    ):
        write_onnx(tmp_path / "net.pb", b"content")
    with pytest.raises(UsageError, match="expected a folder that is there"):
        write_onnx(tmp_path / "none" / "net.onnx", b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]
