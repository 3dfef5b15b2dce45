"""What is trained: the networks, and how each is trained."""

from dataclasses import dataclass, replace
from typing import Any, Final

from cnnlab.arch import zoo
from cnnlab.arch.keras_config import to_keras_config
from cnnlab.arch.layer import Layer
from cnnlab.arch.layers import (
    Add,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GaussianNoise,
    Input,
    LayerNormalization,
    LeakyReLU,
    MaxPooling2D,
    Multiply,
    PReLU,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    ReLU,
    Reshape,
    SeparableConv2D,
    Softmax,
    SpatialDropout2D,
    ZeroPadding2D,
)
from cnnlab.arch.measures import multiply_adds, node_multiply_adds
from cnnlab.arch.network import Network, chain, graph

NOTEBOOK: Final = ("architecture-1", "architecture-2", "architecture-3")
WIDE: Final = "wide"

_WIDE_IMAGES: Final = 2_000
_SWEPT_NETWORK: Final = "architecture-2"
_SWEPT_IMAGES: Final = 12_000
_IMAGES_OF_MNIST: Final = Input((28, 28, 1))
_IMAGES: Final = (1_200, 3_000, 6_000, 12_000, 30_000, 60_000)
_CHANNELS: Final = (4, 8, 16, 32, 64)
# Each stands alone between the same layers; what it costs is what a network takes longer than that without one.
_LAYERS: Final[dict[str, tuple[Layer, ...]]] = {
    "without": (),
    "depthwise": (DepthwiseConv2D(3, padding="same", activation="relu"),),
    "separable": (SeparableConv2D(32, 3, padding="same", activation="relu"),),
    "layer-normalization": (LayerNormalization(),),
    "prelu": (PReLU(shared_axes=(1, 2)),),
    "leaky-relu": (LeakyReLU(),),
    "relu-6": (ReLU(max_value=6.0),),
    "softmax": (Softmax(),),
    "zero-padding": (ZeroPadding2D(2),),
    "reshape": (Reshape((14, 56, 32)),),
    "spatial-dropout": (SpatialDropout2D(0.25),),
    "gaussian-noise": (GaussianNoise(0.1),),
}
# These stand before the first convolution.
_AUGMENTATIONS: Final[dict[str, Layer]] = {
    "random-translation": RandomTranslation(0.1, 0.1),
    "random-rotation": RandomRotation(0.05),
    "random-zoom": RandomZoom(0.1),
    "random-flip": RandomFlip("horizontal"),
}
# These join what a further convolution makes of the first one's channels with those.
_MERGES: Final[dict[str, Layer]] = {"add": Add(), "multiply": Multiply(), "concatenate": Concatenate()}
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
        keras_only: Whether only those take part that read Keras' configuration themselves.
    """

    name: str
    network: dict[str, Any]
    batch_size: int
    data: str = "mnist"
    limit: int | None = None
    epoch_operations: int = 0
    swept: tuple[str, int] | None = None
    keras_only: bool = False


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
    chains = [_around(name, layers) for name, layers in _LAYERS.items()]
    others = [_behind(name, layer) for name, layer in _AUGMENTATIONS.items()]
    others += [_joined(name, layer) for name, layer in _MERGES.items()]
    return [*map(_layer_case, chains), *(replace(_layer_case(network), keras_only=True) for network in others)]


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


def _layer_case(network: Network) -> Case:
    return _case(network, batch_size=128, data="mnist", train=60_000, test=10_000)


def _around(name: str, layers: tuple[Layer, ...]) -> Network:
    """Describe a network of 32 channels around some layers."""
    return chain(f"layer-{name}", [_IMAGES_OF_MNIST, _convolution(), *layers, *_ending()])


def _behind(name: str, layer: Layer) -> Network:
    """Describe the same network behind a layer."""
    return chain(f"layer-{name}", [_IMAGES_OF_MNIST, layer, _convolution(), *_ending()])


def _joined(name: str, layer: Layer) -> Network:
    """Describe a network in which a layer takes 32 channels, and what a further convolution makes of them."""
    steps: list[tuple[Layer, tuple[int, ...]]] = [(_convolution(), (0,)), (_convolution(), (1,)), (layer, (1, 2))]
    steps += [(last, (place,)) for place, last in enumerate(_ending(), 3)]
    return graph(f"layer-{name}", _IMAGES_OF_MNIST, steps)


def _convolution() -> Layer:
    return Conv2D(32, 3, padding="same", activation="relu")


def _ending() -> list[Layer]:
    return [MaxPooling2D(4), Flatten(), Dense(10, activation="softmax")]
