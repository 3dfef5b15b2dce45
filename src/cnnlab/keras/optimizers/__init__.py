"""Keras' ``optimizers``: each returns an optimizer as plain data.

All of them also take ``weight_decay``, ``clipnorm``, ``clipvalue``, ``global_clipnorm``, ``use_ema``, ``ema_momentum``,
``ema_overwrite_frequency``, ``loss_scale_factor``, ``gradient_accumulation_steps`` and ``name``, as Keras' do, and the
old ``lr`` and ``decay``, with a word on what they mean today.
"""

from typing import Any

from cnnlab.keras.absent import absent_names
from cnnlab.keras.old_spellings import read_old_optimizer_arguments
from cnnlab.keras.optimizers import schedules
from cnnlab.records import LearningRateSchedule, Optimizer
from cnnlab.training import optimizer_named

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "get",
    "schedules",
]


def Adam(  # noqa: N802 - Keras' name
    learning_rate: float | LearningRateSchedule = 0.001,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float | None = 1e-7,
    amsgrad: bool = False,
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> Optimizer:
    """Return Adam (Kingma and Ba, 2014) with Keras' defaults.

    Args:
        learning_rate: Size of a step, or one of `schedules`.
        beta_1: Share of the old mean gradient that stays.
        beta_2: Share of the old mean squared gradient that stays.
        epsilon: Added to the root of the latter; None, as old Keras wrote, is the default.
        amsgrad: Whether to divide by the largest mean squared gradient so far.
        others: What all optimizers take.

    Raises:
        UsageError: If it has no such argument, or the value cannot be.

    Example:
        >>> Adam(0.002).learning_rate
        0.002
    """
    named = {"learning_rate": learning_rate, "beta_1": beta_1, "beta_2": beta_2, "epsilon": epsilon, "amsgrad": amsgrad}
    return _made("Adam", named, others)


def AdamW(  # noqa: N802 - Keras' name
    learning_rate: float | LearningRateSchedule = 0.001,
    weight_decay: float = 0.004,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float | None = 1e-7,
    amsgrad: bool = False,
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> Optimizer:
    """Return Adam with decoupled weight decay (Loshchilov and Hutter, 2017) with Keras' defaults.

    Args:
        learning_rate: Size of a step, or one of `schedules`.
        weight_decay: Before each update a weight is made smaller by this share of it, times the learning rate.
        beta_1: Share of the old mean gradient that stays.
        beta_2: Share of the old mean squared gradient that stays.
        epsilon: Added to the root of the latter; None, as old Keras wrote, is the default.
        amsgrad: Whether to divide by the largest mean squared gradient so far.
        others: What all optimizers take.

    Raises:
        UsageError: If it has no such argument, or the value cannot be.
    """
    named = {"learning_rate": learning_rate, "beta_1": beta_1, "beta_2": beta_2, "epsilon": epsilon, "amsgrad": amsgrad}
    return _made("AdamW", {**named, "weight_decay": weight_decay}, others)


def Nadam(  # noqa: N802 - Keras' name
    learning_rate: float | LearningRateSchedule = 0.001,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float | None = 1e-7,
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> Optimizer:
    """Return Adam with Nesterov's momentum (Dozat, 2016) with Keras' defaults.

    Args:
        learning_rate: Size of a step, or one of `schedules`.
        beta_1: Share of the old mean gradient that stays, once the momentum has grown.
        beta_2: Share of the old mean squared gradient that stays.
        epsilon: Added to the root of the latter; None, as old Keras wrote, is the default.
        others: What all optimizers take.

    Raises:
        UsageError: If it has no such argument, or the value cannot be.
    """
    named = {"learning_rate": learning_rate, "beta_1": beta_1, "beta_2": beta_2, "epsilon": epsilon}
    return _made("Nadam", named, others)


def Adamax(  # noqa: N802 - Keras' name
    learning_rate: float | LearningRateSchedule = 0.001,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float | None = 1e-7,
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> Optimizer:
    """Return Adamax (Kingma and Ba, 2014, section 7.1) with Keras' defaults.

    Args:
        learning_rate: Size of a step, or one of `schedules`.
        beta_1: Share of the old mean gradient that stays.
        beta_2: Share of the largest gradient so far that stays.
        epsilon: Added to the latter; None, as old Keras wrote, is the default.
        others: What all optimizers take.

    Raises:
        UsageError: If it has no such argument, or the value cannot be.
    """
    named = {"learning_rate": learning_rate, "beta_1": beta_1, "beta_2": beta_2, "epsilon": epsilon}
    return _made("Adamax", named, others)


def Adagrad(  # noqa: N802 - Keras' name
    learning_rate: float | LearningRateSchedule = 0.001,
    initial_accumulator_value: float = 0.1,
    epsilon: float | None = 1e-7,
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> Optimizer:
    """Return Adagrad (Duchi, Hazan and Singer, 2011) with Keras' defaults.

    Args:
        learning_rate: Size of a step, or one of `schedules`.
        initial_accumulator_value: Where the sums of squared gradients start.
        epsilon: Added to a sum before its root is taken; None, as old Keras wrote, is the default.
        others: What all optimizers take.

    Raises:
        UsageError: If it has no such argument, or the value cannot be.
    """
    start = initial_accumulator_value
    named = {"learning_rate": learning_rate, "initial_accumulator_value": start, "epsilon": epsilon}
    return _made("Adagrad", named, others)


def SGD(  # noqa: N802 - Keras' name
    learning_rate: float | LearningRateSchedule = 0.01,
    momentum: float = 0.0,
    nesterov: bool = False,
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> Optimizer:
    """Return gradient descent with Keras' defaults.

    Args:
        learning_rate: Size of a step, or one of `schedules`.
        momentum: Share of the last step that is made again.
        nesterov: Whether to look ahead by the momentum.
        others: What all optimizers take.

    Raises:
        UsageError: If it has no such argument, or the value cannot be.
    """
    return _made("SGD", {"learning_rate": learning_rate, "momentum": momentum, "nesterov": nesterov}, others)


def RMSprop(  # noqa: N802 - Keras' name
    learning_rate: float | LearningRateSchedule = 0.001,
    rho: float = 0.9,
    momentum: float = 0.0,
    epsilon: float | None = 1e-7,
    centered: bool = False,
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> Optimizer:
    """Return RMSprop with Keras' defaults.

    Args:
        learning_rate: Size of a step, or one of `schedules`.
        rho: Share of the old mean squared gradient that stays.
        momentum: Share of the last step that is made again.
        epsilon: Added to the mean before its root is taken; None, as old Keras wrote, is the default.
        centered: Whether to subtract the squared mean gradient.
        others: What all optimizers take.

    Raises:
        UsageError: If it has no such argument, or the value cannot be.
    """
    named = {"learning_rate": learning_rate, "rho": rho, "momentum": momentum, "epsilon": epsilon, "centered": centered}
    return _made("RMSprop", named, others)


def Adadelta(  # noqa: N802 - Keras' name
    learning_rate: float | LearningRateSchedule = 0.001,
    rho: float = 0.95,
    epsilon: float | None = 1e-7,
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> Optimizer:
    """Return Adadelta (Zeiler, 2012) with the defaults of Keras 3.

    Args:
        learning_rate: Size of a step, or one of `schedules`. It was 1.0 in old Keras, as in the paper, and is 0.001
            today: notebooks of that time train a thousand times slower unless they say ``learning_rate=1.0``.
        rho: Share of the old means that stays.
        epsilon: Added before a root is taken; None, as old Keras wrote, is the default.
        others: What all optimizers take.

    Raises:
        UsageError: If it has no such argument, or the value cannot be.
    """
    return _made("Adadelta", {"learning_rate": learning_rate, "rho": rho, "epsilon": epsilon}, others)


def get(identifier: object) -> Optimizer:
    """Return an optimizer by Keras' name, or the optimizer itself.

    Raises:
        NotSupportedError: If Keras has it and cnnlab does not.
        UsageError: If nobody has it.

    Example:
        >>> get("adam") == Adam()
        True
    """
    return optimizer_named(identifier)


def _made(name: str, named: dict[str, Any], others: dict[str, Any]) -> Optimizer:
    arguments = {**named, **read_old_optimizer_arguments(name, others)}
    arguments.pop("name", None)  # a label without a meaning
    if arguments.get("epsilon", 0) is None:
        del arguments["epsilon"]
    return optimizer_named(name, **arguments)


__getattr__ = absent_names(__name__, __all__)
