"""Where in Keras' files each array stands: weights by their layers' kinds, an optimizer's memory by number."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.arch.network import Weight, snake_case
from cnnlab.errors import UsageError, explain
from cnnlab.records import Adadelta, Adam, LearningRateSchedule, Optimizer, RMSprop

Array = npt.NDArray[Any]

_LAYERS: Final = "layers"
_OLD_LAYERS: Final = "_layer_checkpoint_dependencies"
"""What Keras of TensorFlow 2.13 called them."""
_OPTIMIZER: Final = "optimizer/vars"
_OF_NO_LAYER: Final = ("optimizer/", "metrics/", "compile_metrics/", "loss_tracker/")
_RANDOM: Final = "/seed_generator/"
"""Where Keras' dropout once kept the state of its random numbers; ours have none."""


def weight_paths(network: Network) -> dict[str, Weight]:
    """Say where each array of weights stands, in Keras' order: "layers/conv2d_1/vars/0".

    Layers are counted by their kinds, whatever their names are.
    """
    by_node: dict[int, list[Weight]] = {}
    for weight in network.weights:
        by_node.setdefault(weight.node.index, []).append(weight)
    counts: Counter[str] = Counter()
    found = {}
    for node in network.nodes[1:]:
        kind = snake_case(type(node.layer).__name__)
        place = f"{_LAYERS}/{kind}_{counts[kind]}" if counts[kind] else f"{_LAYERS}/{kind}"
        counts[kind] += 1
        found.update({f"{place}/vars/{index}": weight for index, weight in enumerate(by_node.get(node.index, ()))})
    return found


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


def memory_names(optimizer: Optimizer, trained: Sequence[str]) -> list[str]:
    """List the arrays of an optimizer in the order in which Keras makes them, behind step and learning rate.

    Args:
        optimizer: As it was compiled.
        trained: The names of the weights that it moves: "conv2d/kernel".

    Returns:
        Names as `Model.get_state` has them: "conv2d/kernel/momentum".
    """
    shared = [("average",)] if optimizer.use_ema else []
    shared += [("gradient_accumulator",)] if optimizer.gradient_accumulation_steps else []
    return [f"{name}/{slot}" for slots in [*shared, *_slots(optimizer)] for name in trained for slot in slots]


def _slots(optimizer: Optimizer) -> list[tuple[str, ...]]:
    """List what an optimizer keeps of each weight; what is made in one go stands side by side."""
    if isinstance(optimizer, Adam):
        return [("momentum", "velocity"), *([("velocity_hat",)] if optimizer.amsgrad else [])]
    if isinstance(optimizer, RMSprop):
        wished = (("velocity", True), ("momentum", optimizer.momentum > 0), ("average_gradient", optimizer.centered))
        return [(name,) for name, there in wished if there]
    if isinstance(optimizer, Adadelta):
        return [("accumulated_grad", "accumulated_delta_var")]
    return [("momentum",)] if getattr(optimizer, "momentum", 0) else []


def memory_arrays(optimizer: Optimizer, network: Network, state: Mapping[str, Array]) -> dict[str, Array]:
    """Give an optimizer's state the places that Keras reads it from.

    Args:
        optimizer: As it was compiled.
        network: That it trains.
        state: As `Model.get_state` returns it.
    """
    values = [np.asarray(state["step"], np.int32)]
    values += [np.asarray(state["learning_rate"], np.float32)] if _keeps_rate(optimizer) else []
    values += [state[name] for name in memory_names(optimizer, _trained(network.weights))]
    return {f"{_OPTIMIZER}/{index}": value for index, value in enumerate(values)}


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
    if len(there) <= len(names):
        return None
    names += memory_names(optimizer, _trained(network.weights))
    if len(there) != len(names):
        got = f"{len(there)}"
        raise UsageError(explain(expected=f"{len(names)} arrays of the optimizer", got=got, where=where))
    return {name: _fitting(there, index, like[name], f"{where}, {name}") for index, name in enumerate(names)}


def _keeps_rate(optimizer: Optimizer) -> bool:
    """Tell whether Keras keeps a learning rate as a number: with a schedule it does not, and decay= is one there."""
    rate = getattr(optimizer, "learning_rate", None)
    return not isinstance(rate, LearningRateSchedule) and not optimizer.decay


def _fitting(there: Mapping[str, Array], index: int, like: Array, where: str) -> Array:
    array = there.get(f"{_OPTIMIZER}/{index}")
    if array is None or array.shape != like.shape:
        got = "none" if array is None else f"shape {array.shape}"
        raise UsageError(explain(expected=f"the optimizer's memory of shape {like.shape}", got=got, where=where))
    return array.astype(like.dtype)


def _trained(weights: Iterable[Weight]) -> list[str]:
    return [weight.name for weight in weights if weight.parameter.trainable]
