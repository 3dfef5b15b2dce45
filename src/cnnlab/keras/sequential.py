"""Keras' Sequential: a chain of layers that can be trained."""

from collections.abc import Sequence
from typing import Any, Self

from cnnlab.arch import Layer, Network, Shape, chain
from cnnlab.arch.keras_config import sequential_config
from cnnlab.arch.layers import Input
from cnnlab.arch.network import DataFormat
from cnnlab.errors import NotSupportedError, UsageError, explain
from cnnlab.keras.engine import Array, Engine
from cnnlab.keras.model import Model


class Sequential(Model):
    """A chain of layers that can be trained, with Keras' methods.

    Args:
        layers: In order; the first may be an `Input`, or carry ``input_shape=``. Without either the shape is taken
            from the data at the first `fit`.
        name: For messages and tables; Keras' automatic one if left out.
        seed: Of the initial weights, the order of the images and the dropout masks. None draws the next one of
            `utils.set_random_seed`: 0, 1, 2, ...
        data_format: Where the channels stand; None takes `backend.image_data_format` of this moment.

    Attributes:
        name: As above.
        seed: As above.
        history: What the last `fit` returned; None before.
        stop_training: A callback sets it to end the training after this batch or epoch.

    Raises:
        NetworkError: If a layer is none, or does not fit; the message names it and its place.

    Example:
        >>> from cnnlab.keras.layers import Conv2D, Dense, Flatten
        >>> model = Sequential([Conv2D(2, 3, input_shape=(8, 8, 1)), Flatten(), Dense(3, activation="softmax")])
        >>> model.count_params(), model.output_shape
        (239, (None, 3))
    """

    _functional = False

    def __init__(
        self,
        layers: Sequence[Layer] | None = None,
        name: str | None = None,
        *,
        seed: int | None = None,
        data_format: DataFormat | None = None,
    ) -> None:
        self._begin(name, "sequential", seed, data_format)
        self._all_layers: list[Layer] = []
        self._given_shape: Shape | None = None
        if layers:
            self._change(list(layers))

    @classmethod
    def from_network(cls, network: Network, *, seed: int | None = None) -> Self:
        """Make a model of a description.

        Args:
            network: A chain.
            seed: As of the class.

        Raises:
            NotSupportedError: If it has branches.
        """
        if not network.is_chain:
            fix = "Write Model.from_network(network)."
            expected = "a chain of layers, all that a Sequential can hold"
            raise NotSupportedError(explain(expected=expected, got="branches", where=network.name, fix=fix))
        first = Input(network.shown(network.input_shape), name=network.nodes[0].name)
        layers = [first, *(node.layer for node in network.nodes[1:])]
        return cls(layers, network.name, seed=seed, data_format=network.data_format)

    def add(self, layer: Layer) -> None:
        """Put a layer behind the others; the weights that are there stay, and `compile` has to be called again.

        Raises:
            NetworkError: If it is no layer of cnnlab, or does not fit; the message names it and its place.
        """
        self._change([*self._all_layers, layer])

    def pop(self, rebuild: bool = True) -> Layer:
        """Take the last layer away and return it; `compile` has to be called again.

        Args:
            rebuild: Accepted for Keras' sake; it is built again when that is needed.

        Raises:
            UsageError: If there is none.
        """
        del rebuild
        if not self.layers:
            raise UsageError(explain(expected="a layer to take away", got="none", where=self.name))
        last = self._all_layers[-1]
        self._change(self._all_layers[:-1])
        return last

    def _change(self, layers: list[Layer]) -> None:
        """Take other layers if they fit together, as far as that can be known yet; a built model keeps its weights."""
        # Without a shape only the kinds of the layers can be checked.
        known = _input_known(layers) or self._given_shape is not None
        network = self._described(layers) if known or not all(isinstance(layer, Layer) for layer in layers) else None
        self._all_layers = layers
        if self._engine is not None:
            self._engine = Engine(network, self.seed, self._engine) if network else None
            self._compiled = None

    def _described(self, layers: list[Layer] | None = None) -> Network:
        """Put the layers together, these or the model's own."""
        chosen = self._all_layers if layers is None else layers
        return chain(self.name, chosen, input_shape=self._given_shape, data_format=self._data_format)

    def _give_shape(self, shape: tuple[Any, ...]) -> None:
        """Take the shape of one image where none is known, or compare it with that one."""
        if not self._shape_is_known:
            self._given_shape = shape
        else:
            super()._give_shape(shape)

    @property
    def _shape_is_known(self) -> bool:
        return self._given_shape is not None or _input_known(self._all_layers)

    def _built_for(self, images: Array) -> Engine:
        """Build the model, if need be for images of this shape."""
        if not self.built and not self._shape_is_known:
            self._give_shape(images.shape[1:])
        return self._built()

    @property
    def layers(self) -> list[Layer]:
        """List the layers, without an `Input`."""
        return [layer for layer in self._all_layers if not isinstance(layer, Input)]

    def get_config(self) -> dict[str, Any]:
        """Return the description as Keras' ``Sequential.get_config()`` does; Keras reads it."""
        return sequential_config(self.network)


def _input_known(layers: list[Layer]) -> bool:
    """Tell whether the layers say what shape an image has."""
    if not layers:
        return False
    return isinstance(layers[0], Input) or getattr(layers[0], "input_shape", None) is not None
