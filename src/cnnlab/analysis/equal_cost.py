"""The same budget for every run: after which epoch each has spent as much as the others could."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, Literal

from cnnlab.errors import UsageError, explain

Unit = Literal["epochs", "updates", "seconds", "madds"]
"""What is spent: passes over the data, updates of the weights, seconds with validation, multiply-adds of training."""

TRAINING_FACTOR: Final = 3
"""Multiply-adds of training an image over those of its forward pass.

The gradient by a layer's kernel takes as many as the layer itself, and so does the gradient by its input. The first
layer needs no gradient by its input and optimizers and batch normalization cost something too: neither is counted.
"""

# Sums of seconds are rounded: a run whose own total is the budget must not lose its last epoch by the last bit.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class Spending:
    """What one run had spent after each of its epochs.

    Attributes:
        architecture: Its name in the comparison.
        seed: Of the run.
        totals: After epoch 1, 2, ..., rising, in the unit of the comparison.
    """

    architecture: str
    seed: int
    totals: tuple[float, ...]


@dataclass(frozen=True)
class Taken:
    """A run at the last whole epoch within a budget.

    Attributes:
        architecture: Its name in the comparison.
        seed: Of the run.
        epoch: After which it is taken, from 1.
        epochs: How many it was trained.
        spent: By then.
    """

    architecture: str
    seed: int
    epoch: int
    epochs: int
    spent: float


@dataclass(frozen=True)
class Budget:
    """The same budget for every run, and what each makes of it.

    Attributes:
        unit: What is spent.
        amount: How much of it each run may spend.
        given: Whether the user named it; else it is what the run that spent least spent in all.
        taken: In the order of the runs that were given.
    """

    unit: Unit
    amount: float
    given: bool
    taken: tuple[Taken, ...]


def updates_of_epoch(images: int, batch_size: int) -> int:
    """Count the updates of an epoch; the last batch may be smaller.

    Example:
        >>> updates_of_epoch(60_000, 128)
        469
    """
    return -(-images // batch_size)


def training_multiply_adds(forward: int, images: int) -> int:
    """Count the multiply-adds of training one epoch: three times those of the forward pass of each image.

    Args:
        forward: Of one image, as `arch.measures.multiply_adds` counts them.
        images: Of the epoch.
    """
    return TRAINING_FACTOR * forward * images


def equal_cost(spendings: Sequence[Spending], unit: Unit, amount: float | None = None) -> Budget:
    """Take each run at the last whole epoch that a budget allows.

    Args:
        spendings: Of all runs that are compared.
        unit: What is spent.
        amount: The budget; None for the smallest total of any run, so that each can spend it.

    Returns:
        The budget and an epoch for each run. A run that had spent less than a named budget at its end is taken at
        its end: it is for whoever shows it to say so.

    Raises:
        UsageError: If there is no run, or the first epoch of one costs more than the budget.

    Example:
        >>> runs = [Spending("small", 0, (1.0, 2.0, 3.0)), Spending("large", 0, (2.5, 5.0))]
        >>> [(one.architecture, one.epoch, one.spent) for one in equal_cost(runs, "seconds").taken]
        [('small', 3, 3.0), ('large', 1, 2.5)]
    """
    ran = [one for one in spendings if one.totals]
    if len(ran) < len(spendings) or not ran:
        raise UsageError(explain(expected="runs with at least one epoch", got="one without", where=f"--equal {unit}"))
    allowed = min(one.totals[-1] for one in ran) if amount is None else amount
    _check_enough(ran, unit, allowed)
    return Budget(unit, allowed, amount is not None, tuple(_taken(one, allowed) for one in ran))


def _taken(one: Spending, allowed: float) -> Taken:
    within = [epoch for epoch, total in enumerate(one.totals, start=1) if total <= allowed * (1 + _ROUNDING)]
    last = max(within, default=1)
    return Taken(one.architecture, one.seed, last, len(one.totals), one.totals[last - 1])


def _check_enough(spendings: Sequence[Spending], unit: Unit, allowed: float) -> None:
    """Refuse a budget that does not pay for an epoch of each run, and name the least that does."""
    dearest = max(spendings, key=lambda one: one.totals[0])
    if dearest.totals[0] > allowed * (1 + _ROUNDING):
        amount, price = amount_text(allowed, unit), amount_text(dearest.totals[0], unit)
        whom = f"{dearest.architecture} (seed {dearest.seed})"
        # rounded up: what is proposed must be enough
        least = ceil(dearest.totals[0] * 100) / 100
        raise UsageError(
            explain(
                expected="a budget for at least one epoch of each run",
                got=f"{amount} {unit}, and the first epoch of {whom} costs {price}",
                where=f"--equal {unit}",
                fix=f"The least that is enough: --budget {least:.15g}. Or leave that architecture out.",
            )
        )


def amount_text(value: float, unit: Unit) -> str:
    """Write an amount: whole but for a few seconds.

    Example:
        >>> amount_text(1_617_300_000, "madds"), amount_text(12.3456, "seconds")
        ('1,617,300,000', '12.3')
    """
    few = unit == "seconds" and value < 100  # noqa: PLR2004 - three digits
    return f"{value:,.3g}" if few else f"{value:,.0f}"
