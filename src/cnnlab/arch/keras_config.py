"""Keras' configuration of a network, out and in: what `model.to_json()` and `model.get_config()` of Keras hold.

Keras itself is not needed for it. What is written is what Keras 3 reads, without the arguments that only newer versions
of it know; what is read is the form of Keras 3 and those of Keras 2.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from cnnlab.arch.arguments import argument_names
from cnnlab.arch.constraints import CONSTRAINTS, Constraint
from cnnlab.arch.initializers import INITIALIZERS, Initializer
from cnnlab.arch.keras_functional import functional_config, read_functional
from cnnlab.arch.layer import Layer, Shape
from cnnlab.arch.layers import LAYERS, Input, SpatialDropout2D
from cnnlab.arch.network import DataFormat, Network, Node, chain
from cnnlab.arch.regularizers import REGULARIZERS, Regularizer
from cnnlab.arch.rules import is_rule
from cnnlab.errors import NetworkError, NotSupportedError, UsageError, did_you_mean, explain
from cnnlab.files import strict_json

Config = dict[str, Any]

_BATCH: Final = None  # Keras' sign for any number of images
_INPUT_NEUTRAL: Final = {"dtype": "float32", "sparse": False, "ragged": False, "optional": False}
# Newer than Keras 3.0 and empty in nearly every network: left out where they say nothing.
_WRITTEN_IF_SET: Final = ("input_axes", "output_axes")
_FUNCTIONAL_CLASS: Final = ("keras.src.models.functional", "Functional")  # by another name Keras does not find it
_FUNCTIONAL: Final = ("Functional", "Model")  # older versions of Keras wrote the second
_LONGEST_NAME: Final = 200
_KERAS_MODULES: Final = ("keras", "tensorflow", "tf_keras")
# What stands as an object among a layer's arguments.
_MODULES: Final[Mapping[type, str]] = {
    Initializer: "keras.initializers",
    Regularizer: "keras.regularizers",
    Constraint: "keras.constraints",
}
_OBJECTS: Final = frozenset({*INITIALIZERS, *REGULARIZERS, *CONSTRAINTS})


def to_keras_config(network: Network, *, functional: bool = False) -> Config:
    """Write a network as Keras' ``model.to_json()`` does.

    Args:
        network: Whose layers all lead to the output.
        functional: Whether a chain of layers is written as a Functional model too; one with branches always is.

    Returns:
        Plain data, ready for ``json.dumps``; ``keras.models.model_from_json`` reads it.

    Raises:
        NotSupportedError: If a layer leads nowhere.

    Example:
        >>> from cnnlab.arch import zoo
        >>> config = to_keras_config(zoo.network("lenet-5"))
        >>> config["class_name"], [layer["class_name"] for layer in config["config"]["layers"][:3]]
        ('Sequential', ['InputLayer', 'Conv2D', 'AveragePooling2D'])
    """
    if functional or not network.is_chain:
        return {**_keras_object(*_FUNCTIONAL_CLASS, model_config(network)), "registered_name": "Functional"}
    return _keras_object("keras", "Sequential", sequential_config(network), network.shown(network.input_shape))


def model_config(network: Network) -> Config:
    """Write a network as Keras' ``Functional.get_config()`` does: the inner part of :func:`to_keras_config`.

    Raises:
        NotSupportedError: If a layer leads nowhere.
    """
    return functional_config(network, lambda node: _node_object(network, node))


def is_functional(config: Mapping[str, Any]) -> bool:
    """Tell whether Keras' configuration is that of a Functional model."""
    return config.get("class_name") in _FUNCTIONAL or "input_layers" in config


def sequential_config(network: Network) -> Config:
    """Write a network as Keras' ``Sequential.get_config()`` does: the inner part of :func:`to_keras_config`.

    Raises:
        NotSupportedError: If the network has branches.
    """
    if not network.is_chain:
        raise NotSupportedError(
            explain(expected="a chain of layers, all that a Sequential can hold", got="branches", where=network.name)
        )
    return {
        "name": network.name,
        "trainable": True,
        "dtype": "float32",
        "layers": [_node_object(network, node) for node in network.nodes],
        "build_input_shape": _batch_shape(network, network.input_shape),
    }


def layer_config(layer: Layer, name: str | None = None) -> Config:
    """Write a layer's arguments as Keras' ``layer.get_config()`` does.

    Args:
        layer: Any but an `Input`.
        name: To be written; the layer's own if left out.
    """
    config: Config = {"name": name or layer.name, "trainable": True, "dtype": "float32"}
    if isinstance(layer, SpatialDropout2D):
        del config["trainable"]  # neither written nor read by Keras for this one
    for argument in argument_names(type(layer)):
        value = getattr(layer, argument)
        # A network without regularizers and constraints is written as before there were any: it is its identity.
        if argument not in {"name", "input_shape"} and not (is_rule(argument) and value is None):
            config[argument] = _plain(value)
    return config


def _node_object(network: Network, node: Node) -> Config:
    """Write a layer at its place; what has weights carries the shape it was built for."""
    if isinstance(node.layer, Input):
        first = {"batch_shape": _batch_shape(network, network.input_shape), "name": node.name}
        return _keras_object("keras.layers", "InputLayer", {**first, **_INPUT_NEUTRAL})
    config = layer_config(node.layer, node.name)
    if "data_format" in config:
        config["data_format"] = network.data_format
    built_for = network.shown(node.input_shape) if node.parameters else None
    return _keras_object("keras.layers", type(node.layer).__name__, config, built_for)


def _keras_object(module: str, class_name: str, config: Config, built_for: Shape | None = None) -> Config:
    written: Config = {"module": module, "class_name": class_name, "config": config, "registered_name": None}
    if built_for is not None:
        written["build_config"] = {"input_shape": [_BATCH, *built_for]}
    return written


def _batch_shape(network: Network, shape: Shape) -> list[int | None]:
    return [_BATCH, *network.shown(shape)]


def _plain(value: Any) -> Any:  # noqa: ANN401 - any argument's value
    """Turn an argument's value into what JSON has."""
    module = next((module for kind, module in _MODULES.items() if isinstance(value, kind)), None)
    if module is not None:
        arguments = {name: _plain(getattr(value, name)) for name in argument_names(type(value))}
        kept = {k: v for k, v in arguments.items() if v is not None or k not in _WRITTEN_IF_SET}
        return _keras_object(module, type(value).__name__, kept)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def from_keras_config(config: Mapping[str, Any] | str, *, name: str | None = None) -> Network:
    """Read a network from Keras' configuration of a Sequential or a Functional model.

    Args:
        config: What ``model.to_json()`` gave (text or parsed), or ``model.get_config()``, of Keras 2 or 3.
        name: For the network; the one in the configuration if left out.

    Raises:
        NetworkError: If a class or an argument is unknown, or the layers do not fit; the message names the place.
        NotSupportedError: If Keras has it and cnnlab does not.

    Example:
        >>> from cnnlab.arch import zoo
        >>> from_keras_config(to_keras_config(zoo.network("lenet-5"))).total_params
        61706
    """
    inner, functional = _inner_part(_parsed(config) if isinstance(config, str) else config)
    network_name = name or _name_of(inner, "functional" if functional else "sequential")
    _check_neutral(inner, {"trainable": True, "dtype": "float32"}, network_name)
    if functional:
        return read_functional(network_name, inner, read_layer, _format_of)
    entries = inner.get("layers")
    if not isinstance(entries, list) or not entries:
        raise NetworkError(explain(expected="a list of layers", got=repr(entries), where=network_name))
    layers = [read_layer(item, f"{network_name}, entry {place} of layers") for place, item in enumerate(entries)]
    return chain(network_name, layers, input_shape=_built_shape(inner), data_format=_format_of(layers))


def _name_of(inner: Config, without: str) -> str:
    """Return the network's name, which tables and files will show, or what one without a name is called."""
    name = inner.get("name") or without
    if not isinstance(name, str) or len(name) > _LONGEST_NAME or not name.isprintable():
        raise NetworkError(explain(expected="the name of the network, in visible characters", got=repr(name)))
    return name


def read_layer(item: object, where: str) -> Layer:
    """Read one layer from Keras' configuration of it.

    Args:
        item: ``{"class_name": ..., "config": {...}}``.
        where: The place that a message should name.

    Raises:
        NetworkError: If the class or an argument is unknown.
        NotSupportedError: If Keras has it and cnnlab does not.
    """
    if not isinstance(item, Mapping) or not isinstance(item.get("config"), Mapping):
        raise NetworkError(explain(expected="class_name and config of a layer", got=repr(item), where=where))
    class_name = str(item.get("class_name"))
    arguments = {key: _value(value) for key, value in item["config"].items()}
    name = arguments.get("name", "unnamed")
    place = f"{where}, {name!r}" if isinstance(name, str) else where
    _check_is_keras_own(item, class_name, place)
    if class_name == "InputLayer":
        return _read_input(arguments, place)
    if class_name not in LAYERS:
        raise NetworkError(
            explain(
                expected="a layer that cnnlab has",
                got=repr(class_name),
                where=place,
                fix=did_you_mean(class_name, LAYERS),
            )
        )
    try:
        return LAYERS[class_name](**arguments)
    except UsageError as error:
        raise type(error)(f"{place}: {error}") from None


def _check_is_keras_own(item: Mapping[str, Any], class_name: str, place: str) -> None:
    """Refuse a class of somebody else's that bears the name of one of Keras'."""
    module, registered = str(item.get("module") or "keras.layers"), str(item.get("registered_name") or class_name)
    if ">" in registered:
        raise NetworkError(explain(expected="a layer of Keras' own", got=registered, where=place))
    if module.split(".", maxsplit=1)[0] not in _KERAS_MODULES:
        raise NetworkError(explain(expected="a layer of Keras' own", got=f"{module}.{class_name}", where=place))


def _read_input(arguments: Config, place: str) -> Input:
    """Read Keras' InputLayer: its shape carries the number of images, which cnnlab leaves open."""
    arguments = dict(arguments)
    shape = arguments.pop("batch_shape", None) or arguments.pop("batch_input_shape", None)
    name = arguments.pop("name", None)
    _check_neutral(arguments, _INPUT_NEUTRAL, place)
    for argument in arguments:
        if argument not in _INPUT_NEUTRAL:
            raise NetworkError(explain(expected="an argument of InputLayer", got=f"{argument}=", where=place))
    if not isinstance(shape, list | tuple):
        raise NetworkError(explain(expected="batch_shape of the input", got=repr(shape), where=place))
    try:
        return Input(tuple(shape[1:]), name=name)
    except UsageError as error:
        raise type(error)(f"{place}: {error}") from None


def _parsed(text: str) -> Config:
    """Parse JSON."""
    try:
        return cast(Config, strict_json.parse(text))
    except ValueError as error:
        raise NetworkError(
            explain(expected="JSON as Keras' model.to_json() writes it", got=f"text that is none ({error})")
        ) from None


def _inner_part(config: object) -> tuple[Config, bool]:
    """Find the inner part: of a whole Keras object, of ``get_config()``, or the bare list of layers of Keras 2.0.

    Returns:
        It, and whether it is that of a Functional model.
    """
    if not isinstance(config, Mapping):
        raise NetworkError(explain(expected="Keras' configuration of a model", got=type(config).__name__))
    class_name = config.get("class_name", "Sequential")
    _check_is_keras_own(config, str(class_name), "model")
    if class_name not in ("Sequential", *_FUNCTIONAL):
        raise NotSupportedError(
            explain(
                expected="the class Sequential or Functional, the only models that cnnlab reads",
                got=repr(class_name),
                fix="Write the network as a Sequential, or as Model(inputs, outputs).",
            )
        )
    inner = config.get("config", config)
    if isinstance(inner, list):
        return {"layers": inner}, False
    if not isinstance(inner, Mapping):
        raise NetworkError(explain(expected="Keras' configuration of a model", got=type(inner).__name__))
    return dict(inner), is_functional(config) or is_functional(inner)


def _value(value: object) -> Any:  # noqa: ANN401 - any argument's value
    """Read what Keras wraps: a dtype policy is its name, a function its name."""
    if isinstance(value, Mapping):
        class_name, wrapped = str(value.get("class_name")), value.get("config")
        if class_name in {"DTypePolicy", "Policy"} and isinstance(wrapped, Mapping):
            return wrapped.get("name")
        if class_name == "function":
            return wrapped
        if class_name in _OBJECTS and isinstance(wrapped, Mapping):
            named = {"class_name": class_name, "config": {k: _value(v) for k, v in wrapped.items()}}
            own = ">" in str(value.get("registered_name"))  # somebody's own class of the same name, to be refused
            return {**named, "registered_name": value["registered_name"]} if own else named
    return value


def _check_neutral(config: Config, neutral: Mapping[str, object], where: str) -> None:
    """Refuse a known argument that has another value than the only one cnnlab has."""
    for name, only in neutral.items():
        value = _value(config.get(name, only))
        if value is not None and value != only:
            raise NotSupportedError(
                explain(expected=f"{name}={only!r}, the only value cnnlab has", got=repr(value), where=where)
            )


def _built_shape(inner: Config) -> Shape | None:
    """Return the input's shape that a built Sequential notes beside its layers."""
    shape = inner.get("build_input_shape")
    return tuple(shape[1:]) if isinstance(shape, list | tuple) else None


def _format_of(layers: list[Layer]) -> DataFormat:
    """Return the data format of the layers that name one."""
    named = (getattr(layer, "data_format", None) for layer in layers)
    return cast(DataFormat, next((value for value in named if value), "channels_last"))
