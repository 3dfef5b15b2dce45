"""Models of Keras itself, where it is installed, and back: in the words of its files, but without a file.

What Keras says of a living model is what it would write into a ``.keras`` file, and it is read by the same code.
"""

import json
import warnings
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy.typing as npt

from cnnlab.arch.keras_config import from_keras_config
from cnnlab.arch.network import snake_case
from cnnlab.backends.keras import real_keras
from cnnlab.errors import NetworkError, NotSupportedError, UsageError, explain
from cnnlab.formats.keras_file import KerasFile
from cnnlab.formats.keras_paths import optimizer_path, variable_path
from cnnlab.keras.engine import Array, Compiled, Engine
from cnnlab.keras.stored import StoredModel, in_keras_words, understood

_WAY_OUT: Final = "No backend of cnnlab runs what cnnlab cannot describe, that of Keras neither: stay in Keras with it."


def stored_of_keras(keras_model: Any, *, with_compiled: bool) -> StoredModel:  # noqa: ANN401 - Keras has no types
    """Read a model of Keras' as if it came from a file; see `models.from_keras`."""
    keras = real_keras()
    if not isinstance(keras_model, keras.Model):
        got = f"{type(keras_model).__module__}.{type(keras_model).__name__}"
        raise UsageError(explain(expected="a model of Keras 3", got=got, where="from_keras"))
    where = f"from_keras, {keras_model.name}"
    if not keras_model.built:
        fix = "Call its build((None, 28, 28, 1)) first, with your images' shape."
        raise UsageError(explain(expected="a model that has weights", got="one not built yet", where=where, fix=fix))
    config = _config_of(keras_model, where)
    if not with_compiled:
        config.pop("compile_config", None)
    found = KerasFile(config, _arrays_of(keras_model, with_compiled=with_compiled), {}, where)
    try:
        network = from_keras_config(config)
    except (NetworkError, NotSupportedError) as error:
        raise type(error)(f"{where}: {error} {_WAY_OUT}") from None
    return understood(found, network, with_compiled=with_compiled)


def keras_model_of(
    engine: Engine,
    chosen: Compiled | None,
    *,
    functional: bool,
) -> Any:  # noqa: ANN401 - Keras has no types
    """Make a model of Keras' with a model's weights, compiled alike; see `Sequential.to_keras`."""
    keras = real_keras()
    config, arrays = in_keras_words(engine, chosen, functional=functional)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras' own affair
        model = keras.saving.deserialize_keras_object(config)
        for path, variable in _weights_by_path(model).items():
            variable.assign(arrays[path])
        if chosen is not None:
            _give_memory(model, arrays)
    return model


def _give_memory(model: Any, arrays: Mapping[str, Array]) -> None:  # noqa: ANN401
    """Give Keras' optimizer what ours remembers."""
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    variables = model.optimizer.variables
    memory = [arrays[optimizer_path(index)] for index in range(len(variables))]
    for variable, value in zip(variables, memory, strict=True):
        variable.assign(value)


def _config_of(model: Any, where: str) -> dict[str, Any]:  # noqa: ANN401
    """Let Keras write a model's configuration, with how it was compiled."""
    try:
        return dict(json.loads(model.to_json()))
    except (NotImplementedError, TypeError, ValueError) as error:  # what somebody wrote and Keras cannot write down
        got = f"one that Keras itself cannot write down ({str(error).strip().splitlines()[0]})"
        raise NotSupportedError(
            explain(expected="a model of Keras' own layers", got=got, where=where, fix=_WAY_OUT)
        ) from None


def _arrays_of(model: Any, *, with_compiled: bool) -> dict[str, npt.NDArray[Any]]:  # noqa: ANN401
    """Collect weights, and the optimizer's memory, by the paths that they would have in a file."""
    variables = _weights_by_path(model)
    if with_compiled and model.compiled:
        variables |= {optimizer_path(at): variable for at, variable in enumerate(model.optimizer.variables)}
    read = real_keras().ops.convert_to_numpy
    return {path: read(variable.value) for path, variable in variables.items()}


def _weights_by_path(model: Any) -> dict[str, Any]:  # noqa: ANN401
    """Find Keras' variables by the paths that they would have in a file, whatever order branches bring them into."""
    kinds: Counter[str] = Counter()
    found: dict[str, Any] = {}
    for layer in model.layers:
        kind = snake_case(type(layer).__name__)
        found |= {variable_path(kind, kinds[kind], at): variable for at, variable in enumerate(layer.weights)}
        kinds[kind] += 1
    return found
