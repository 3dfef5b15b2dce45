"""The half of `Model` and `Sequential` that needs no training: layers, shapes, weights, configuration."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import numpy.typing as npt

from cnnlab.arch import Layer, Network
from cnnlab.arch.keras_config import from_keras_config, model_config, to_keras_config
from cnnlab.arch.network import DataFormat
from cnnlab.arch.summary import summarize
from cnnlab.errors import NetworkError, UsageError, did_you_mean, explain
from cnnlab.keras.backend import image_data_format
from cnnlab.keras.class_names import checked_class_names
from cnnlab.keras.engine import Array, Compiled, Engine
from cnnlab.keras.exporting import export as write_export
from cnnlab.keras.interop import keras_model_of
from cnnlab.keras.names import automatic_name
from cnnlab.keras.refusals import refuse_unless_neutral
from cnnlab.keras.seeds import draw_seed
from cnnlab.keras.stored import StoredModel, read_weights, write_model, write_weights
from cnnlab.randomness import check_seed

_BATCH: Final = None  # Keras' sign for any number of images


class Description:
    """Layers, and their weights once the input's shape is known; `Model` adds the training."""

    # Whether Keras' file of it is that of a Functional model.
    _functional = True

    def __init__(self, name: str | None, stem: str, *, seed: int | None, data_format: DataFormat | None) -> None:
        self.name = name if name is not None else automatic_name(stem)
        self.seed = draw_seed() if seed is None else check_seed(seed)
        self._data_format: DataFormat = data_format or image_data_format()
        self._engine: Engine | None = None
        self._compiled: Compiled | None = None
        self._class_names: tuple[str, ...] = ()

    @classmethod
    def from_network(cls, network: Network, *, seed: int | None = None) -> Self:
        """Make a model of a description; each kind of model has its own way."""
        raise NotImplementedError

    @property
    def layers(self) -> list[Layer]:
        """List the layers."""
        raise NotImplementedError

    def _described(self) -> Network:
        """Return the description of a model that is not built yet."""
        raise NotImplementedError

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make a model of what `get_config` gave, here or in Keras.

        Raises:
            NetworkError: If a class or an argument is unknown, or the layers do not fit.
            NotSupportedError: If Keras has it and cnnlab does not.
        """
        return cls.from_network(from_keras_config(config))

    def build(self, input_shape: Sequence[int | None] | None = None) -> None:
        """Draw the initial weights, which needs the shape of the images.

        Args:
            input_shape: With the number of images first, as (None, 28, 28, 1); None where the first layer says it.

        Raises:
            NetworkError: If the shape is not known, or does not fit.
        """
        if input_shape is not None:
            self._give_shape(tuple(input_shape)[1:])
        self._built()

    def _give_shape(self, shape: tuple[Any, ...]) -> None:
        """Compare a shape with that of one image."""
        if self.network.shown(self.network.input_shape) != shape:
            raise NetworkError(
                explain(
                    expected=f"input_shape {self.input_shape}, which it has already",
                    got=str((_BATCH, *shape)),
                    where=f"{self.name}, build",
                )
            )

    @property
    def _shape_is_known(self) -> bool:
        return True

    def _built(self) -> Engine:
        """Return the network with its weights."""
        if self._engine is None:
            self._engine = Engine(self._described(), self.seed)
            if self._compiled is not None:
                self._engine.compile(self._compiled)
        return self._engine

    @property
    def built(self) -> bool:
        """Tell whether there are weights."""
        return self._engine is not None

    @property
    def network(self) -> Network:
        """Return the description as cnnlab's plain data."""
        return self._engine.network if self._engine is not None else self._described()

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its place.

        Raises:
            UsageError: If there is none, or not exactly one of both is given.
        """
        if (name is None) == (index is None):
            raise UsageError(explain(expected="either name or index", where=f"{self.name}, get_layer"))
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise UsageError(
                    explain(
                        expected=f"an index below {len(self.layers)}", got=str(index), where=f"{self.name}, get_layer"
                    )
                )
            return self.layers[index]
        named = {node.name: node.layer for node in self.network.nodes[1:]}
        if name not in named:
            fix = did_you_mean(str(name), named)
            raise UsageError(explain(expected="the name of a layer", got=repr(name), where=self.name, fix=fix))
        return named[name]

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """Return the shape of a batch of images, as (None, 28, 28, 1)."""
        return (_BATCH, *self.network.shown(self.network.input_shape))

    @property
    def output_shape(self) -> tuple[int | None, ...]:
        """Return the shape of a batch of outputs, as (None, 10)."""
        return (_BATCH, *self.network.shown(self.network.output_shape))

    def count_params(self) -> int:
        """Count all parameters."""
        return self.network.total_params

    def get_weights(self) -> list[Array]:
        """Return copies of the weights, in Keras' order and shapes."""
        return self._built().get_weights()

    def set_weights(self, weights: Sequence[npt.ArrayLike]) -> None:
        """Replace the weights.

        Args:
            weights: In Keras' order and shapes.

        Raises:
            UsageError: If their number or a shape does not fit; the message names the weight.
        """
        self._built().set_weights(weights)

    def save_weights(self, filepath: str | Path, overwrite: bool = True) -> None:
        """Write the weights whole or not at all.

        Args:
            filepath: A name that ends in ``.weights.h5``, which Keras reads, or in ``.npz``, which `numpy.load` reads:
                each weight is there under its layer's and its own name.
            overwrite: Whether a file that is there may be replaced.

        Raises:
            NotSupportedError: If the name ends otherwise.
            UsageError: If the file may not be replaced, or there is no such folder.
            CnnlabError: If the disk refuses.
        """
        write_weights(self._built(), filepath, overwrite=overwrite)

    def load_weights(self, filepath: str | Path, skip_mismatch: bool = False) -> None:
        """Replace the weights by those of a file; if it does not fit, none is replaced.

        Args:
            filepath: What `save_weights` wrote, here or, as ``.weights.h5``, in Keras.
            skip_mismatch: Only False: a file that fits in part is refused.

        Raises:
            NotSupportedError: If the name ends otherwise, or skip_mismatch is True.
            UsageError: If the file is missing, damaged, or of another network.
        """
        refuse_unless_neutral("load_weights", {"skip_mismatch": (False,)}, {"skip_mismatch": skip_mismatch})
        self.set_weights(read_weights(self.network, filepath))

    def save(self, filepath: str | Path, overwrite: bool = True, **others: Any) -> None:  # noqa: ANN401 - Keras' arguments
        """Write the model as a ``.keras`` file, whole or not at all.

        Description, weights, how it was compiled and the optimizer's memory are in it: Keras 3 loads it and goes on
        training, and so does `models.load_model`, with the same orders and masks as if it had never stopped.

        Args:
            filepath: A name that ends in ``.keras``.
            overwrite: Whether a file that is there may be replaced.
            others: Keras' further arguments, at its defaults.

        Raises:
            NotSupportedError: If the name ends otherwise, or Keras has no such schedule.
            UsageError: If the file may not be replaced, there is no such folder, or the shape of the images is not
                known.
            CnnlabError: If the disk refuses.
        """
        refuse_unless_neutral("save", {"zipped": (True, None), "include_optimizer": (True,)}, others)
        write_model(
            self._built(),
            self._compiled,
            filepath,
            overwrite=overwrite,
            functional=self._functional,
            class_names=self.class_names,
        )

    def export(
        self,
        filepath: str | Path,
        format: str = "tf_saved_model",  # noqa: A002 - Keras' name, and Keras' default
        verbose: bool | None = None,
        **others: Any,  # noqa: ANN401 - Keras' arguments
    ) -> None:
        """Write the trained model as an ONNX file, whole or not at all, for whatever runs ONNX.

        Input and output are called "input" and "output" and are those of `predict`, for any number of images. On the
        command line ``cnnlab export`` also runs the file in ONNX Runtime and compares.

        Args:
            filepath: A name that ends in ``.onnx``; a file that is there is replaced, as Keras does.
            format: "onnx", the only one of Keras' that cnnlab writes.
            verbose: Accepted for Keras' sake; nothing is printed.
            others: Keras' further arguments, at its defaults.

        Raises:
            NotSupportedError: If it is another format, or the name ends otherwise.
            UsageError: If there is no such folder, or the shape of the images is not known.
            CnnlabError: If the disk refuses.
        """
        del verbose
        write_export(self._built(), filepath, format, others, self.class_names)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Name the classes in the order of the outputs; `save` and `export` keep them, `cnnlab predict` says them."""
        return self._class_names

    @class_names.setter
    def class_names(self, names: Sequence[str] | None) -> None:
        self._class_names = checked_class_names(names)

    @classmethod
    def from_stored(cls, stored: StoredModel) -> Self:
        """Make a model of what stands in a file."""
        model = cls.from_network(stored.network, seed=stored.seed)
        model.take(stored)
        return model

    def take(self, stored: StoredModel) -> None:
        """Take the weights, the way of training and the optimizer's memory of a file of the same network."""
        self.set_weights(stored.weights)
        engine = self._built()
        engine.epochs_trained = stored.epochs_trained
        self.class_names = stored.class_names
        if stored.compiled is not None:
            self._compiled = stored.compiled
            engine.compile(stored.compiled)
            stored.give_memory(engine)

    def to_keras(self) -> Any:  # noqa: ANN401 - Keras has no types
        """Return the same model in Keras itself, with its weights, compiled alike with the optimizer's memory.

        Returns:
            A model of Keras on the backend that Keras runs on; it shares nothing with this model.

        Raises:
            NetworkError: If the shape of the images is not known.
            NotSupportedError: If Keras is not installed, or has no such schedule.
        """
        return keras_model_of(self._built(), self._compiled, functional=self._functional)

    def get_config(self) -> dict[str, Any]:
        """Return the description as Keras' ``Functional.get_config()`` does; Keras reads it."""
        return model_config(self.network)

    def to_json(self, **arguments: Any) -> str:  # noqa: ANN401 - those of json.dumps
        """Return the description as Keras' ``to_json()`` does; ``keras.models.model_from_json`` reads it.

        Args:
            arguments: For `json.dumps`.
        """
        return json.dumps(to_keras_config(self.network, functional=self._functional), **arguments)

    def _repr_html_(self) -> str | None:
        """Show the summary in a notebook's cell."""
        from cnnlab.report.notebook.summary import network_html  # noqa: PLC0415 - only when shown

        return network_html(summarize(self.network)) if self._shape_is_known else None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"
