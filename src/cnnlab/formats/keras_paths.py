"""Where in Keras' files each array stands: weights by their layers' kinds, an optimizer's memory by number."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.arch.network import Weight, snake_case
from cnnlab.arch.ordering import nodes_in_keras_order
from cnnlab.errors import UsageError, explain
from cnnlab.records import LearningRateSchedule, Nadam, Optimizer, memory_names
from cnnlab.records.nadam import momenta_until

Array = npt.NDArray[Any]

_LAYERS: Final = "layers"
_OLD_LAYERS: Final = "_layer_checkpoint_dependencies"
"""What Keras of TensorFlow 2.13 called them."""
_OPTIMIZER: Final = "optimizer/vars"
_OF_NO_LAYER: Final = ("optimizer/", "metrics/", "compile_metrics/", "loss_tracker/")
_RANDOM: Final = "/seed_generator/"
"""Where Keras' dropout once kept the state of its random numbers; ours have none."""


def weight_paths(network: Network) -> dict[str, Weight]:
    """Say where each array of weights stands, in the network's order: "layers/conv2d_1/vars/0".

    Layers are counted by their kinds, whatever their names are, in the order that Keras brings branches into.
    """
    by_node: dict[int, list[Weight]] = {}
    for weight in network.weights:
        by_node.setdefault(weight.node.index, []).append(weight)
    counts: Counter[str] = Counter()
    found = {}
    for node in nodes_in_keras_order(network)[1:]:
        kind = snake_case(type(node.layer).__name__)
        own = by_node.get(node.index, ())
        found.update({variable_path(kind, counts[kind], index): weight for index, weight in enumerate(own)})
        counts[kind] += 1
    return dict(sorted(found.items(), key=lambda item: item[1].index))


def variable_path(kind: str, number: int, index: int) -> str:
    """Say where an array of a layer stands.

    Args:
        kind: Of layer, in small letters: "conv2d".
        number: Of the layer among those of its kind, from 0.
        index: Of the array in the layer.
    """
    place = f"{_LAYERS}/{kind}_{number}" if number else f"{_LAYERS}/{kind}"
    return f"{place}/vars/{index}"


def optimizer_path(index: int) -> str:
    """Say where an array of the optimizer's memory stands."""
    return f"{_OPTIMIZER}/{index}"


def weights_in(network: Network, arrays: Mapping[str, Array], where: str) -> list[npt.NDArray[np.float32]]:
    """Pick a network's weights from the arrays of a file.

    Returns:
        Them in Keras' order.

    Raises:
        UsageError: If one is missing, has another shape or holds no numbers of 32 bits, or the file has more layers
            with weights.
    """
    stored = {_today(path): array for path, array in arrays.items()}
    wanted = weight_paths(network)
    found = []
    for path, weight in wanted.items():
        if path not in stored:
            got = f"none at {path}"
            raise UsageError(explain(expected=f"the weight {weight.name}", got=got, where=where))
        array = stored[path]
        if array.shape != weight.parameter.shape or array.dtype.kind != "f":
            got = f"{array.dtype} of shape {array.shape}"
            expected = f"floats of shape {weight.parameter.shape}"
            raise UsageError(explain(expected=expected, got=got, where=f"{where}, {weight.name}"))
        found.append(array.astype(np.float32))
    others = [path for path in stored if path not in wanted and not path.startswith(_OF_NO_LAYER)]
    strange = next((path for path in others if _RANDOM not in path), None)
    if strange is not None:
        fix = "It is a file of another network."
        raise UsageError(explain(expected="only weights of this network", got=strange, where=where, fix=fix))
    return found


def _today(path: str) -> str:
    return path.replace(_OLD_LAYERS, _LAYERS, 1) if path.startswith(_OLD_LAYERS) else path


# The optimizer's memory.


def memory_arrays(optimizer: Optimizer, network: Network, state: Mapping[str, Array]) -> dict[str, Array]:
    """Give an optimizer's state the places that Keras reads it from.

    Args:
        optimizer: As it was compiled.
        network: That it trains.
        state: As `Model.get_state` returns it.
    """
    values = [np.asarray(state["step"], np.int32)]
    values += [np.asarray(state["learning_rate"], np.float32)] if _keeps_rate(optimizer) else []
    values += [state[name] for name in memory_names(optimizer, _trained(network))]
    values += (
        [np.asarray(momenta_until(optimizer, int(state["step"])), np.float32)] if isinstance(optimizer, Nadam) else []
    )
    return {optimizer_path(index): value for index, value in enumerate(values)}


def memory_in(
    optimizer: Optimizer, network: Network, arrays: Mapping[str, Array], like: Mapping[str, Array], where: str
) -> dict[str, Array] | None:
    """Pick an optimizer's state from the arrays of a file.

    Args:
        optimizer: As it was compiled.
        network: That it trains.
        arrays: Of the file.
        like: A state as `Model.get_state` returns it: its names, shapes and kinds of numbers.
        where: What messages call the file.

    Returns:
        The state; None where the file has none, as Keras writes it of a model that was never trained.

    Raises:
        UsageError: If it is that of another optimizer.
    """
    there = {path: array for path, array in arrays.items() if path.startswith(f"{_OPTIMIZER}/")}
    names = ["step", *(["learning_rate"] if _keeps_rate(optimizer) else [])]
    slots = memory_names(optimizer, _trained(network))
    if not there or (slots and len(there) <= len(names)):
        return None
    names += slots
    count = len(names) + isinstance(optimizer, Nadam)  # its last is a function of the step
    if len(there) != count:
        got = f"{len(there)}"
        raise UsageError(explain(expected=f"{count} arrays of the optimizer", got=got, where=where))
    return {name: _fitting(there, index, like[name], f"{where}, {name}") for index, name in enumerate(names)}


def _keeps_rate(optimizer: Optimizer) -> bool:
    """Tell whether Keras keeps a learning rate as a number: with a schedule it does not, and decay= is one there."""
    rate = getattr(optimizer, "learning_rate", None)
    return not isinstance(rate, LearningRateSchedule) and not optimizer.decay


def _fitting(there: Mapping[str, Array], index: int, like: Array, where: str) -> Array:
    array = there.get(optimizer_path(index))
    if array is None or array.shape != like.shape:
        got = "none" if array is None else f"shape {array.shape}"
        raise UsageError(explain(expected=f"the optimizer's memory of shape {like.shape}", got=got, where=where))
    return array.astype(like.dtype)


def _trained(network: Network) -> list[str]:
    nodes = nodes_in_keras_order(network)
    weights = (Weight(0, node, parameter) for node in nodes for parameter in node.parameters)
    return [weight.name for weight in weights if weight.parameter.trainable]
