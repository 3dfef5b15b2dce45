"""What is trained: the networks, and how each is trained."""

from dataclasses import dataclass
from typing import Any, Final

from cnnlab.arch import zoo
from cnnlab.arch.keras_config import to_keras_config
from cnnlab.arch.layer import Layer
from cnnlab.arch.layers import (
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    Input,
    LayerNormalization,
    MaxPooling2D,
    PReLU,
    SeparableConv2D,
)
from cnnlab.arch.measures import multiply_adds, node_multiply_adds
from cnnlab.arch.network import Network, chain

NOTEBOOK: Final = ("architecture-1", "architecture-2", "architecture-3")
WIDE: Final = "wide"

_WIDE_IMAGES: Final = 2_000
_SWEPT_NETWORK: Final = "architecture-2"
_SWEPT_IMAGES: Final = 12_000
_IMAGES: Final = (1_200, 3_000, 6_000, 12_000, 30_000, 60_000)
_CHANNELS: Final = (4, 8, 16, 32, 64)
# Each stands alone between the same layers; what it costs is what a network takes longer than that without one.
_LAYERS: Final[dict[str, tuple[Layer, ...]]] = {
    "without": (),
    "depthwise": (DepthwiseConv2D(3, padding="same", activation="relu"),),
    "layer-normalization": (LayerNormalization(),),
    "prelu": (PReLU(shared_axes=(1, 2)),),
    "separable": (SeparableConv2D(32, 3, padding="same", activation="relu"),),
}
_BATCH_SIZES: Final = (16, 32, 64, 128, 256, 512, 1024)


@dataclass(frozen=True)
class Case:
    """A network and how it is trained.

    Attributes:
        name: What one types.
        network: Keras' configuration of it, plain data that every peer reads.
        batch_size: Of training.
        data: Which of the files of `images.write_images`.
        limit: Train on the first so many images only; None for all.
        epoch_operations: Multiplications and additions of one epoch with all images, as far as weights take part.
        swept: In a sweep, what differs and its value.
    """

    name: str
    network: dict[str, Any]
    batch_size: int
    data: str = "mnist"
    limit: int | None = None
    epoch_operations: int = 0
    swept: tuple[str, int] | None = None


def speed_cases() -> list[Case]:
    """List what the peers are compared on: the notebook's networks, Keras' example, and one that is not small."""
    small = [_zoo_case(name) for name in (*NOTEBOOK, "mnist-convnet")]
    return [*small, _case(_wide(), batch_size=64, data=WIDE, train=_WIDE_IMAGES, test=_WIDE_IMAGES // 6)]


def scaling_cases() -> list[Case]:
    """List the sweeps: number of images, channels, batch size; the rest stays as it is."""
    swept, usual = zoo.network(_SWEPT_NETWORK), zoo.entry(_SWEPT_NETWORK).recipe.batch_size
    return [
        *(_swept_case("images", n, swept, usual, n) for n in _IMAGES),
        *(_swept_case("channels", n, _of_channels(n), usual, _SWEPT_IMAGES) for n in _CHANNELS),
        *(_swept_case("batch size", n, swept, n, _SWEPT_IMAGES) for n in _BATCH_SIZES),
    ]


def layer_cases() -> list[Case]:
    """List a small network for each layer that those of the notebook do not have, and one without any of them."""
    return [
        _case(_around(name, layers), batch_size=128, data="mnist", train=60_000, test=10_000)
        for name, layers in _LAYERS.items()
    ]


def epochs_of(name: str) -> int:
    """Return for how many epochs the author of a network of the zoo trained it."""
    return zoo.entry(name).recipe.epochs


def _zoo_case(name: str) -> Case:
    return _case(
        zoo.network(name), batch_size=zoo.entry(name).recipe.batch_size, data="mnist", train=60_000, test=10_000
    )


def _case(network: Network, *, batch_size: int, data: str, train: int, test: int) -> Case:
    return Case(
        network.name,
        to_keras_config(network),
        batch_size,
        data,
        epoch_operations=_epoch_operations(network, train, test),
    )


def _swept_case(what: str, value: int, network: Network, batch_size: int, limit: int) -> Case:
    name = f"{what.replace(' ', '-')}-{value}"
    return Case(name, to_keras_config(network), batch_size, limit=limit, swept=(what, value))


def _epoch_operations(network: Network, train: int, test: int) -> int:
    """Count what an epoch must compute: a step is the forward pass and two of its like, save the images' gradient."""
    forward = multiply_adds(network)
    first = next(cost for cost in map(node_multiply_adds, network.nodes) if cost)
    return 2 * (train * (3 * forward - first) + test * forward)


def _wide() -> Network:
    """Describe a network whose matrices are large enough for the libraries that the peers call."""
    layers: list[Layer] = [Input((32, 32, 3))]
    for filters in (64, 128):
        layers += [Conv2D(filters, 3, padding="same", activation="relu") for _ in range(2)]
        layers.append(MaxPooling2D(2))
    return chain(WIDE, [*layers, Flatten(), Dense(10, activation="softmax")])


def _of_channels(filters: int) -> Network:
    """Describe a network of two convolutions with so many filters each."""
    layers: list[Layer] = [Input((28, 28, 1))]
    for _ in range(2):
        layers += [Conv2D(filters, 3, padding="same", activation="relu"), MaxPooling2D(2)]
    return chain(f"channels-{filters}", [*layers, Flatten(), Dense(10, activation="softmax")])


def _around(name: str, layers: tuple[Layer, ...]) -> Network:
    """Describe a network of 32 channels around some layers."""
    before: list[Layer] = [Input((28, 28, 1)), Conv2D(32, 3, padding="same", activation="relu")]
    after: list[Layer] = [MaxPooling2D(4), Flatten(), Dense(10, activation="softmax")]
    return chain(f"layer-{name}", [*before, *layers, *after])
