"""Keras' ``optimizers.schedules``: each returns a learning-rate schedule as plain data, for ``learning_rate=``.

Steps are batches, counted from 0 over all epochs; ``len(x_train) / batch_size`` of them, rounded up, are an epoch.
"""

from collections.abc import Sequence

from cnnlab import records
from cnnlab.keras.absent import absent_names
from cnnlab.records import LearningRateSchedule

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "OneCycle",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
]


def CosineDecay(  # noqa: N802 - Keras' name
    initial_learning_rate: float,
    decay_steps: float,
    alpha: float = 0.0,
    name: str = "CosineDecay",
    warmup_target: float | None = None,
    warmup_steps: float = 0,
) -> LearningRateSchedule:
    """Return half a cosine down, after a straight line up where there is a ``warmup_target``.

    Args:
        initial_learning_rate: Of step 0.
        decay_steps: Steps of the fall, those of the warm-up not counted.
        alpha: Where the fall ends, as a share of where it begins.
        name: A label without a meaning.
        warmup_target: Where the warm-up ends and the fall begins.
        warmup_steps: Steps of the warm-up.

    Raises:
        UsageError: If a value cannot be, or ``warmup_steps`` have no ``warmup_target``.

    Example:
        >>> CosineDecay(0.01, 5000)
        CosineDecay(initial_learning_rate=0.01, decay_steps=5000, alpha=0.0, warmup_target=None, warmup_steps=0)
    """
    del name
    return records.CosineDecay(initial_learning_rate, decay_steps, alpha, warmup_target, warmup_steps)


def CosineDecayRestarts(  # noqa: N802 - Keras' name
    initial_learning_rate: float,
    first_decay_steps: float,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
    name: str = "SGDRDecay",
) -> LearningRateSchedule:
    """Return half a cosine down, again and again.

    Args:
        initial_learning_rate: Of step 0.
        first_decay_steps: Steps of the first fall.
        t_mul: How many times longer each next fall is, at least 1.
        m_mul: How many times higher each next fall begins.
        alpha: The lowest rate, as a share of ``initial_learning_rate``.
        name: A label without a meaning.

    Raises:
        UsageError: If a value cannot be.
    """
    del name
    return records.CosineDecayRestarts(initial_learning_rate, first_decay_steps, t_mul, m_mul, alpha)


def ExponentialDecay(  # noqa: N802 - Keras' name
    initial_learning_rate: float,
    decay_steps: float,
    decay_rate: float,
    staircase: bool = False,
    name: str = "ExponentialDecay",
) -> LearningRateSchedule:
    """Return initial_learning_rate * decay_rate ** (step / decay_steps).

    Args:
        initial_learning_rate: Of step 0.
        decay_steps: Steps for one factor of ``decay_rate``.
        decay_rate: The factor.
        staircase: Whether step / decay_steps is rounded down.
        name: A label without a meaning.

    Raises:
        UsageError: If a value cannot be.
    """
    del name
    return records.ExponentialDecay(initial_learning_rate, decay_steps, decay_rate, staircase)


def InverseTimeDecay(  # noqa: N802 - Keras' name
    initial_learning_rate: float,
    decay_steps: float,
    decay_rate: float,
    staircase: bool = False,
    name: str = "InverseTimeDecay",
) -> LearningRateSchedule:
    """Return initial_learning_rate / (1 + decay_rate * step / decay_steps).

    Args:
        initial_learning_rate: Of step 0.
        decay_steps: Steps in which the divisor grows by ``decay_rate``.
        decay_rate: How fast it grows.
        staircase: Whether step / decay_steps is rounded down.
        name: A label without a meaning.

    Raises:
        UsageError: If a value cannot be.
    """
    del name
    return records.InverseTimeDecay(initial_learning_rate, decay_steps, decay_rate, staircase)


def OneCycle(  # noqa: N802 - spelt as its neighbours
    max_learning_rate: float,
    total_steps: float,
    rise_share: float = 0.3,
    start_divisor: float = 25.0,
    final_divisor: float = 10_000.0,
    name: str = "OneCycle",
) -> LearningRateSchedule:
    """Return one rise and one fall over a whole training (Smith and Topin, 2018); Keras has no such schedule.

    Args:
        max_learning_rate: Where the rise ends.
        total_steps: Steps of the training: epochs times steps of an epoch.
        rise_share: Share of the steps that the rise takes.
        start_divisor: Step 0 has max_learning_rate / start_divisor.
        final_divisor: The last step has that of step 0 / final_divisor.
        name: A label without a meaning.

    Raises:
        UsageError: If a value cannot be.
    """
    del name
    return records.OneCycle(max_learning_rate, total_steps, rise_share, start_divisor, final_divisor)


def PiecewiseConstantDecay(  # noqa: N802 - Keras' name
    boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
) -> LearningRateSchedule:
    """Return one rate up to and including a step, then another.

    Args:
        boundaries: The last step of each rate but the last one, rising.
        values: The rates, one more than boundaries.
        name: A label without a meaning.

    Raises:
        UsageError: If a value cannot be, or there are not as many as needed.
    """
    del name
    return records.PiecewiseConstantDecay(boundaries, values)  # type: ignore[arg-type]  # it makes tuples of lists


def PolynomialDecay(  # noqa: N802 - Keras' name
    initial_learning_rate: float,
    decay_steps: float,
    end_learning_rate: float = 0.0001,
    power: float = 1.0,
    cycle: bool = False,
    name: str = "PolynomialDecay",
) -> LearningRateSchedule:
    """Return (initial_learning_rate - end_learning_rate) * (1 - step / decay_steps) ** power + end_learning_rate.

    Args:
        initial_learning_rate: Of step 0.
        decay_steps: Steps of the fall.
        end_learning_rate: From then on.
        power: 1 for a straight line.
        cycle: Whether the fall starts anew over twice, three times ... as many steps.
        name: A label without a meaning.

    Raises:
        UsageError: If a value cannot be.
    """
    del name
    return records.PolynomialDecay(initial_learning_rate, decay_steps, end_learning_rate, power, cycle)


__getattr__ = absent_names(__name__, __all__)
