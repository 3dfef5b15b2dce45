"""The optimizers' rules, as Keras 3.15 has them.

What an optimizer remembers of a weight are its slots: arrays of the weight's shape, nearly all 0 at the start.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan, sqrt
from typing import Any, Final, Generic, TypeVar

import numpy as np

from cnnlab.backends.interface import Array
from cnnlab.backends.learning_rates import LearningRate
from cnnlab.errors import NotSupportedError, explain
from cnnlab.records import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Nadam, Optimizer, RMSprop
from cnnlab.records.nadam import NadamMomenta

Slots = dict[str, Array]
Kind = TypeVar("Kind", bound=Optimizer)


@dataclass(frozen=True)
class _Turn(Generic[Kind]):
    """One update: by which optimizer, the how many-th it is (from 1), and the learning rate that has come to hold."""

    optimizer: Kind
    number: int
    rate: float


@dataclass(frozen=True)
class _Rule:
    """How one kind of optimizer moves one weight.

    Attributes:
        slots: The names of what it remembers, given its arguments.
        update: Called with the turn, the weight, its gradient and its slots; changes the weight and the slots in place.
    """

    slots: Callable[[Any], Sequence[str]]
    update: Callable[["_Turn[Any]", Array, Array, Slots], None]


class Updater:
    """An optimizer at work on the trained weights of one network.

    Args:
        optimizer: Its description.
        weights: The trained weights by name; they are changed in place.

    Attributes:
        rate: The learning rate, which may be set between steps.
        step: Batches so far.
    """

    def __init__(self, optimizer: Optimizer, weights: Mapping[str, Array]) -> None:
        if type(optimizer) not in _RULES:
            known = ", ".join(kind.__name__ for kind in _RULES)
            raise NotSupportedError(
                explain(expected=f"one of {known}", got=type(optimizer).__name__, where="the numpy backend's optimizer")
            )
        self.optimizer = optimizer
        self.weights = weights
        self.rate = LearningRate(optimizer)
        self.step = 0
        self._rule = _RULES[type(optimizer)]
        names = [*self._rule.slots(optimizer)]
        if optimizer.use_ema:
            names.append("average")
        if optimizer.gradient_accumulation_steps:
            names.append("gradient_accumulator")
        self.slots = {
            key: {name: np.full_like(weight, optimizer.start_of(name)) for name in names}
            for key, weight in weights.items()
        }

    def apply(self, gradients: Mapping[str, Array]) -> None:
        """Take one batch's gradients: update the weights, or only remember them where they are accumulated."""
        optimizer = self.optimizer
        if optimizer.loss_scale_factor is not None:
            gradients = {key: gradient / optimizer.loss_scale_factor for key, gradient in gradients.items()}
        if not optimizer.gradient_accumulation_steps:
            self._update(gradients)
        elif (self.step + 1) % optimizer.gradient_accumulation_steps:
            for key, gradient in gradients.items():
                self.slots[key]["gradient_accumulator"] += gradient
        else:
            self._update(self._accumulated(gradients))
        if optimizer.use_ema:
            self._average()
        self.step += 1

    def finish(self) -> None:
        """Put the weights' moving averages in their place, where there are some."""
        if self.optimizer.use_ema and self.step:
            for key, weight in self.weights.items():
                weight[...] = self.slots[key]["average"]

    @property
    def _updates(self) -> int:
        """Count the updates before this step: Keras' ``iterations``."""
        return self.step // (self.optimizer.gradient_accumulation_steps or 1)

    def _accumulated(self, gradients: Mapping[str, Array]) -> dict[str, Array]:
        """Return the mean of the gradients remembered and these, and forget them."""
        means = {}
        for key, gradient in gradients.items():
            total = self.slots[key]["gradient_accumulator"]
            means[key] = (gradient + total) / (self.optimizer.gradient_accumulation_steps or 1)
            total[...] = 0
        return means

    def _update(self, gradients: Mapping[str, Array]) -> None:
        """Clip, decay, and move each weight by the optimizer's rule."""
        optimizer = self.optimizer
        clipped = _clip(optimizer, gradients)
        turn = _Turn(optimizer, self._updates + 1, self.rate.at(self.step))
        for key, weight in self.weights.items():
            if optimizer.weight_decay is not None:
                weight[...] -= weight * optimizer.weight_decay * turn.rate
            self._rule.update(turn, weight, clipped[key], self.slots[key])

    def _average(self) -> None:
        """Move the weights' averages, also in steps that only accumulate; the first update starts them anew."""
        momentum = self.optimizer.ema_momentum if self._updates else 0.0
        frequency = self.optimizer.ema_overwrite_frequency
        for key, weight in self.weights.items():
            average = self.slots[key]["average"]
            average[...] = average * momentum + weight * (1 - momentum)
            if frequency and (self._updates + 1) % frequency == 0:
                weight[...] = average


def _clip(optimizer: Optimizer, gradients: Mapping[str, Array]) -> Mapping[str, Array]:
    """Make gradients smaller as the optimizer asks."""
    if optimizer.clipnorm:
        limit = optimizer.clipnorm
        return {key: gradient * limit / max(_norm([gradient]), limit) for key, gradient in gradients.items()}
    if optimizer.global_clipnorm:
        norm = _norm(gradients.values())
        scale = optimizer.global_clipnorm / max(norm, optimizer.global_clipnorm) if isfinite(norm) else nan
        return {key: gradient * scale for key, gradient in gradients.items()}
    if optimizer.clipvalue:
        limit = optimizer.clipvalue
        return {key: gradient.clip(-limit, limit) for key, gradient in gradients.items()}
    return gradients


def _norm(arrays: Any) -> float:  # noqa: ANN401 - any iterable of arrays
    """Return the L2 norm of all arrays together."""
    return sqrt(sum(float((array * array).sum()) for array in arrays))


def _adam(turn: _Turn[Adam], weight: Array, gradient: Array, slots: Slots) -> None:
    mean, square = slots["momentum"], slots["velocity"]
    mean += (gradient - mean) * (1 - turn.optimizer.beta_1)
    square += (gradient * gradient - square) * (1 - turn.optimizer.beta_2)
    if turn.optimizer.amsgrad:
        square = np.maximum(slots["velocity_hat"], square, out=slots["velocity_hat"])
    size = turn.rate * sqrt(1 - turn.optimizer.beta_2**turn.number) / (1 - turn.optimizer.beta_1**turn.number)
    weight -= mean * size / (np.sqrt(square) + turn.optimizer.epsilon)


def _adamax(turn: _Turn[Adamax], weight: Array, gradient: Array, slots: Slots) -> None:
    mean, largest = slots["momentum"], slots["norm"]
    mean += (gradient - mean) * (1 - turn.optimizer.beta_1)
    np.maximum(largest * turn.optimizer.beta_2, np.abs(gradient), out=largest)
    weight -= mean * (turn.rate / (1 - turn.optimizer.beta_1**turn.number)) / (largest + turn.optimizer.epsilon)


def _nadam(turn: _Turn[Nadam], weight: Array, gradient: Array, slots: Slots) -> None:
    mean, square = slots["momentum"], slots["velocity"]
    mean += (gradient - mean) * (1 - turn.optimizer.beta_1)
    square += (gradient * gradient - square) * (1 - turn.optimizer.beta_2)
    factors = NadamMomenta(turn.optimizer).of(turn.number, turn.rate)
    move = mean * factors.momentum + gradient * factors.gradient
    weight -= move / (np.sqrt(square * factors.spread) + turn.optimizer.epsilon)


def _adagrad(turn: _Turn[Adagrad], weight: Array, gradient: Array, slots: Slots) -> None:
    squares = slots["accumulator"]
    squares += gradient * gradient
    weight -= gradient * turn.rate / np.sqrt(squares + turn.optimizer.epsilon)


def _sgd(turn: _Turn[SGD], weight: Array, gradient: Array, slots: Slots) -> None:
    if not turn.optimizer.momentum:
        weight -= gradient * turn.rate
        return
    velocity = slots["momentum"]
    velocity *= turn.optimizer.momentum
    velocity -= gradient * turn.rate
    if turn.optimizer.nesterov:
        weight += velocity * turn.optimizer.momentum - gradient * turn.rate
    else:
        weight += velocity


def _rmsprop(turn: _Turn[RMSprop], weight: Array, gradient: Array, slots: Slots) -> None:
    square = slots["velocity"]
    _blend(square, gradient * gradient, turn.optimizer.rho)
    spread = square
    if turn.optimizer.centered:
        mean = slots["average_gradient"]
        _blend(mean, gradient, turn.optimizer.rho)
        spread = square - mean * mean
    increment = gradient * turn.rate / np.sqrt(spread + turn.optimizer.epsilon)
    if turn.optimizer.momentum > 0:
        velocity = slots["momentum"]
        velocity *= turn.optimizer.momentum
        velocity += increment
        increment = velocity
    weight -= increment


def _adadelta(turn: _Turn[Adadelta], weight: Array, gradient: Array, slots: Slots) -> None:
    squares, moves = slots["accumulated_grad"], slots["accumulated_delta_var"]
    _blend(squares, gradient * gradient, turn.optimizer.rho)
    move = np.sqrt(moves + turn.optimizer.epsilon) * gradient / np.sqrt(squares + turn.optimizer.epsilon)
    _blend(moves, move * move, turn.optimizer.rho)
    weight -= move * turn.rate


def _blend(average: Array, value: Array, share: float) -> None:
    """Move an average in place: ``share`` of it stays."""
    average *= share
    average += value * (1 - share)


def _adam_slots(optimizer: Adam) -> list[str]:
    return ["momentum", "velocity", *(["velocity_hat"] if optimizer.amsgrad else [])]


def _sgd_slots(optimizer: SGD) -> list[str]:
    return ["momentum"] if optimizer.momentum else []


def _rmsprop_slots(optimizer: RMSprop) -> list[str]:
    momentum = ["momentum"] if optimizer.momentum > 0 else []
    return ["velocity", *momentum, *(["average_gradient"] if optimizer.centered else [])]


def _adadelta_slots(optimizer: Adadelta) -> list[str]:
    del optimizer
    return ["accumulated_grad", "accumulated_delta_var"]


_RULES: Final[dict[type[Optimizer], _Rule]] = {
    Adam: _Rule(_adam_slots, _adam),
    AdamW: _Rule(_adam_slots, _adam),
    Nadam: _Rule(lambda _: ["momentum", "velocity"], _nadam),
    Adamax: _Rule(lambda _: ["momentum", "norm"], _adamax),
    Adagrad: _Rule(lambda _: ["accumulator"], _adagrad),
    SGD: _Rule(_sgd_slots, _sgd),
    RMSprop: _Rule(_rmsprop_slots, _rmsprop),
    Adadelta: _Rule(_adadelta_slots, _adadelta),
}
