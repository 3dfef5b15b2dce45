"""Keras' configuration of a Sequential as a short list, for the peers that cannot read it themselves."""

from dataclasses import dataclass
from typing import Any, Final

KINDS: Final = {
    "BatchNormalization",
    "Conv2D",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Flatten",
    "GaussianNoise",
    "LayerNormalization",
    "LeakyReLU",
    "MaxPooling2D",
    "PReLU",
    "ReLU",
    "Reshape",
    "SeparableConv2D",
    "Softmax",
    "SpatialDropout2D",
    "ZeroPadding2D",
}
ACTIVATIONS: Final = {"linear", "relu", "softmax"}
# What the peers here do not carry out; a network that sets any of it would be another network in their hands.
NEUTRAL: Final = {
    "center": True,
    "data_format": "channels_last",
    "depth_multiplier": 1,
    "axis": -1,
    "dilation_rate": [1, 1],
    "groups": 1,
    "scale": True,
    "shared_axes": [1, 2],
    "use_bias": True,
}


@dataclass(frozen=True)
class Described:
    """A layer.

    Attributes:
        kind: Keras' name of the class.
        config: Keras' arguments.
        shape: Of its input, without the images' axis, channels last.
    """

    kind: str
    config: dict[str, Any]
    shape: tuple[int, ...]

    @property
    def activation(self) -> str:
        """Name the activation; "linear" where the layer has none."""
        return str(self.config.get("activation") or "linear")

    @property
    def window(self) -> tuple[int, int]:
        """Return the rows and columns of a kernel or a pool."""
        rows, columns = self.config["kernel_size" if "kernel_size" in self.config else "pool_size"]
        return rows, columns

    @property
    def padding(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return what Keras puts before and after the rows and the columns; the odd one stands after."""
        if self.config["padding"] == "valid":
            return (0, 0), (0, 0)
        rows, columns = (
            _same(size, window, stride)
            for size, window, stride in zip(self.shape[:2], self.window, self.config["strides"], strict=True)
        )
        return rows, columns

    @property
    def output(self) -> tuple[int, ...]:  # noqa: PLR0911 - one for each kind
        """Return the shape of the output."""
        match self.kind:
            case "Conv2D" | "SeparableConv2D":
                return (*self._places(), self.config["filters"])
            case "MaxPooling2D" | "DepthwiseConv2D":
                return (*self._places(), self.shape[2])
            case "Flatten":
                return (self.shape[0] * self.shape[1] * self.shape[2],)
            case "Dense":
                return (self.config["units"],)
            case "Reshape":
                return tuple(self.config["target_shape"])
            case "ZeroPadding2D":
                (top, bottom), (left, right) = self.config["padding"]
                return (self.shape[0] + top + bottom, self.shape[1] + left + right, self.shape[2])
            case _:
                return self.shape

    def _places(self) -> tuple[int, int]:
        rows, columns = (
            (size + sum(pads) - window) // stride + 1
            for size, pads, window, stride in zip(
                self.shape[:2], self.padding, self.window, self.config["strides"], strict=True
            )
        )
        return rows, columns


def read_network(network: dict[str, Any]) -> list[Described]:
    """Read the layers of Keras' configuration, the input left out.

    Raises:
        ValueError: If a layer is none that the peers here have.
    """
    first, *others = network["config"]["layers"]
    shape = tuple(first["config"]["batch_shape"][1:])
    layers = []
    for entry in others:
        layer = Described(entry["class_name"], entry["config"], shape)
        _check(layer)
        layers.append(layer)
        shape = layer.output
    if layers[-1].activation != "softmax":
        raise ValueError("the peers here fold the last softmax into their loss, and this network has none")
    return layers


def _same(size: int, window: int, stride: int) -> tuple[int, int]:
    """Share out the padding of "same" as Keras does."""
    needed = max((-(-size // stride) - 1) * stride + window - size, 0)
    return needed // 2, needed - needed // 2


def _check(layer: Described) -> None:
    if layer.kind not in KINDS or layer.activation not in ACTIVATIONS:
        raise ValueError(f"{layer.kind} with activation {layer.activation} is not measured here")
    for name, value in NEUTRAL.items():
        if layer.config.get(name, value) != value:
            raise ValueError(f"{layer.kind} with {name}={layer.config[name]} is not measured here")
