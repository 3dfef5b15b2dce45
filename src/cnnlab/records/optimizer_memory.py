"""What an optimizer keeps of each weight, in the order in which Keras makes it."""

from collections.abc import Sequence
from typing import Final

from cnnlab.records.optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, Nadam, Optimizer, RMSprop

_OTHERS: Final[dict[type[Optimizer], tuple[str, ...]]] = {
    Adadelta: ("accumulated_grad", "accumulated_delta_var"),
    Adagrad: ("accumulator",),
    Adamax: ("momentum", "norm"),
    Nadam: ("momentum", "velocity"),
}


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
    if isinstance(optimizer, SGD):
        return [("momentum",)] if optimizer.momentum else []
    return [_OTHERS[type(optimizer)]]
