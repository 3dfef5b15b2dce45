"""The optimizers' rules, as Keras 3.15 has them, over all trained weights at once: one pass, 16 weights at a time.

What changes from step to step (the learning rate, Adam's corrections) comes as `Scalar`s from outside, computed by
running products; `cnnlab.backends.reference.optimizers` has the same rules in NumPy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cnnlab.compiler.frame import Frame, Scalar, Shared
from cnnlab.compiler.ir import F64, I64, PTR, Value
from cnnlab.compiler.kernel import Kernel
from cnnlab.compiler.lowering.lanes import sum_of_one
from cnnlab.compiler.lowering.mathematics import flushed, one_nan
from cnnlab.errors import NotSupportedError, explain
from cnnlab.records import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Nadam, Optimizer, RMSprop

_NADAM: Final = (Scalar.SHARE_OF_GRADIENT, Scalar.SPREAD)


@dataclass(frozen=True)
class Trained:
    """One trained array: its place among the parameters, in vectors."""

    name: str
    first: int
    after: int


@dataclass
class _Turn:
    """Sixteen weights on their way: what the rules read and change."""

    k: Kernel
    optimizer: Any
    weight: Value
    gradient: Value
    slots: dict[str, Value]
    scalars: dict[Scalar, Value]

    @property
    def rate(self) -> Value:
        """Return the learning rate."""
        return self.scalars[Scalar.RATE]

    @property
    def size(self) -> Value:
        """Return the size of a step, with the corrections of Adam and Adamax in it."""
        return self.scalars[Scalar.SIZE_OF_STEP]


def slot_names(optimizer: Optimizer) -> list[str]:
    """Name what an optimizer remembers of each weight.

    Raises:
        NotSupportedError: If there is no rule for it.
    """
    if type(optimizer) not in _RULES:
        known = ", ".join(kind.__name__ for kind in _RULES)
        raise NotSupportedError(
            explain(expected=f"one of {known}", got=type(optimizer).__name__, where="the compiled backend's optimizer")
        )
    names = list(_RULES[type(optimizer)].slots(optimizer))
    if optimizer.use_ema:
        names.append("average")
    if optimizer.gradient_accumulation_steps:
        names.append("gradient_accumulator")
    return names


class Update:
    """Writes the functions that turn gradients into new weights.

    Args:
        optimizer: Whose rule.
        trained: All trained arrays.
        stride: Vectors from one slot's numbers to the next one's.
    """

    def __init__(self, optimizer: Optimizer, trained: Sequence[Trained], stride: int) -> None:
        self.optimizer = optimizer
        self.names = slot_names(optimizer)
        self.trained = trained
        self.stride = stride
        self.accumulates = optimizer.gradient_accumulation_steps is not None
        self._read = (Scalar.RATE, Scalar.SIZE_OF_STEP, *(_NADAM if isinstance(optimizer, Nadam) else ()))
        self.needs_norms = optimizer.clipnorm is not None or optimizer.global_clipnorm is not None

    def collect(self, k: Kernel) -> None:
        """Write the share of accumulating gradients: the mean takes their place when the time has come."""
        steps = self.optimizer.gradient_accumulation_steps or 1
        apply = k.compare("ogt", self._scalar(k, Scalar.APPLY), 0.0)
        with k.loop(k.own(Frame.LO), k.own(Frame.HI), label="16 weights") as turn:
            gradient_at = self._place(k, Shared.GRADIENTS, turn.at)
            remembered_at = self._slot(k, "gradient_accumulator", turn.at)
            total = k.add(k.load(k.vector, remembered_at), k.load(k.vector, gradient_at))
            k.store(k.div(total, float(steps)), gradient_at)
            k.store(k.select(apply, k.zeros(), one_nan(k, total)), remembered_at)

    def norms(self, k: Kernel) -> None:
        """Write the squared norm of each array that is this thread's: every so many-th."""
        threads, thread = k.common(Shared.THREADS), k.own(Frame.THREAD)
        gradients, norms = k.common(Shared.GRADIENTS, PTR), k.common(Shared.NORMS, PTR)
        for number, array in enumerate(self.trained):
            mine = k.sub(k.const(I64, number), k.mul(k.div(k.const(I64, number), threads), threads))
            with k.when(k.compare("eq", mine, thread)):
                begun = [k.const(F64.times(16), 0.0)]
                with k.loop(array.first, array.after, carry=begun, label="16 weights") as turn:
                    value = k.load(k.vector, k.offset(gradients, turn.at, k.vector.bytes))
                    wide = k.convert("fpext", value, F64.times(16))
                    turn.hand_on([k.fma(wide, wide, turn.values[0])])
                k.store(sum_of_one(k, turn.results[0]), norms, 8 * number)

    def update(self, k: Kernel) -> None:
        """Write the share of new weights."""
        low, high = k.own(Frame.LO), k.own(Frame.HI)
        scalars = {which: k.splat(k.number(self._scalar(k, which)), 16) for which in self._read}
        with k.when(k.compare("ogt", self._scalar(k, Scalar.APPLY), 0.0)):
            if self.optimizer.clipnorm is None:
                factor = self._global_factor(k)
                self._range(k, low, high, scalars, factor)
            else:
                for number, array in enumerate(self.trained):
                    first, after = k.larger(low, array.first), k.smaller(high, array.after)
                    self._range(k, first, after, scalars, self._own_factor(k, number))
        if self.optimizer.use_ema:
            self._average(k, low, high)

    def _range(self, k: Kernel, low: Value, high: Value, scalars: dict[Scalar, Value], factor: Value | None) -> None:
        optimizer = self.optimizer
        rule = _RULES[type(optimizer)]
        own = [name for name in self.names if name not in {"average", "gradient_accumulator"}]
        with k.loop(low, high, label="16 weights") as turn:
            weight_at = self._place(k, Shared.PARAMETERS, turn.at)
            gradient = k.load(k.vector, self._place(k, Shared.GRADIENTS, turn.at))
            places = {name: self._slot(k, name, turn.at) for name in own}
            weight = k.load(k.vector, weight_at)
            slots = {name: k.load(k.vector, place) for name, place in places.items()}
            if factor is not None:
                gradient = k.mul(gradient, factor)
            if optimizer.clipvalue:
                limit = float(optimizer.clipvalue)
                gradient = k.select(k.compare("olt", gradient, -limit), -limit, gradient)
                gradient = k.select(k.compare("ogt", gradient, limit), limit, gradient)
            if optimizer.weight_decay is not None:
                weight = k.sub(weight, k.mul(k.mul(weight, float(optimizer.weight_decay)), scalars[Scalar.RATE]))
            moved = _Turn(k, optimizer, weight, gradient, slots, scalars)
            rule.update(moved)
            k.store(one_nan(k, moved.weight), weight_at)
            for name, place in places.items():
                k.store(one_nan(k, flushed(k, moved.slots[name])), place)

    def _global_factor(self, k: Kernel) -> Value | None:
        if self.optimizer.global_clipnorm is None:
            return None
        norms = k.common(Shared.NORMS, PTR)
        total: Value = k.const(F64, 0.0)
        for number in range(len(self.trained)):
            total = k.add(total, k.load(F64, norms, 8 * number))
        norm, limit = k.sqrt(total), float(self.optimizer.global_clipnorm)
        factor = k.div(k.const(F64, limit), k.select(k.compare("ogt", norm, limit), norm, limit))
        finite = k.compare("olt", norm, float("inf"))
        return k.splat(k.number(k.select(finite, factor, float("nan"))), 16)

    def _own_factor(self, k: Kernel, number: int) -> Value:
        limit = float(self.optimizer.clipnorm or 0)
        norm = k.sqrt(k.load(F64, k.common(Shared.NORMS, PTR), 8 * number))
        factor = k.div(k.const(F64, limit), k.select(k.compare("ogt", norm, limit), norm, limit))
        return k.splat(k.number(factor), 16)

    def _average(self, k: Kernel, low: Value, high: Value) -> None:
        """Move the weights' averages, and let them take the weights' place when the time has come."""
        momentum = k.splat(k.number(self._scalar(k, Scalar.AVERAGE_MOMENTUM)), 16)
        overwrite = k.compare("ogt", self._scalar(k, Scalar.OVERWRITE), 0.0)
        with k.loop(low, high, label="16 weights") as turn:
            weight_at, average_at = self._place(k, Shared.PARAMETERS, turn.at), self._slot(k, "average", turn.at)
            weight, average = k.load(k.vector, weight_at), k.load(k.vector, average_at)
            rest = k.sub(k.const(k.vector, 1.0), momentum)
            average = one_nan(k, k.fma(average, momentum, k.mul(weight, rest)))
            k.store(average, average_at)
            k.store(k.select(overwrite, average, weight), weight_at)

    def _scalar(self, k: Kernel, which: Scalar) -> Value:
        step = k.offset(k.common(Shared.SCALARS, PTR), k.own(Frame.STEP), 8 * Scalar.SIZE)
        return k.load(F64, step, 8 * which)

    def _place(self, k: Kernel, base: Shared, vector: Value) -> Value:
        return k.offset(k.common(base, PTR), vector, k.vector.bytes)

    def _slot(self, k: Kernel, name: str, vector: Value) -> Value:
        first = k.offset(k.common(Shared.SLOTS, PTR), self.names.index(name) * self.stride * k.vector.bytes)
        return k.offset(first, vector, k.vector.bytes)


@dataclass(frozen=True)
class _Rule:
    """How one kind of optimizer moves weights: the names of its slots, and the update of a turn in place."""

    slots: Callable[[Any], Sequence[str]]
    update: Callable[[_Turn], None]


def _adam(t: _Turn) -> None:
    k, optimizer = t.k, t.optimizer
    mean, square = t.slots["momentum"], t.slots["velocity"]
    mean = k.fma(k.sub(t.gradient, mean), 1 - optimizer.beta_1, mean)
    square = k.fma(k.sub(k.mul(t.gradient, t.gradient), square), 1 - optimizer.beta_2, square)
    t.slots |= {"momentum": mean, "velocity": square}
    if optimizer.amsgrad:
        square = k.larger(square, t.slots["velocity_hat"])
        t.slots["velocity_hat"] = square
    step = k.div(k.mul(mean, t.size), k.add(k.sqrt(square), optimizer.epsilon))
    t.weight = k.sub(t.weight, step)


def _adamax(t: _Turn) -> None:
    k, optimizer = t.k, t.optimizer
    mean = k.fma(k.sub(t.gradient, t.slots["momentum"]), 1 - optimizer.beta_1, t.slots["momentum"])
    largest = k.larger(k.mul(t.slots["norm"], optimizer.beta_2), k.abs(t.gradient))
    t.slots |= {"momentum": mean, "norm": largest}
    t.weight = k.sub(t.weight, k.div(k.mul(mean, t.size), k.add(largest, optimizer.epsilon)))


def _nadam(t: _Turn) -> None:
    k, optimizer = t.k, t.optimizer
    mean, square = t.slots["momentum"], t.slots["velocity"]
    mean = k.fma(k.sub(t.gradient, mean), 1 - optimizer.beta_1, mean)
    square = k.fma(k.sub(k.mul(t.gradient, t.gradient), square), 1 - optimizer.beta_2, square)
    t.slots |= {"momentum": mean, "velocity": square}
    move = k.fma(mean, t.size, k.mul(t.gradient, t.scalars[Scalar.SHARE_OF_GRADIENT]))
    spread = k.sqrt(k.mul(square, t.scalars[Scalar.SPREAD]))
    t.weight = k.sub(t.weight, k.div(move, k.add(spread, optimizer.epsilon)))


def _adagrad(t: _Turn) -> None:
    k = t.k
    squares = k.fma(t.gradient, t.gradient, t.slots["accumulator"])
    t.slots["accumulator"] = squares
    step = k.div(k.mul(t.gradient, t.rate), k.sqrt(k.add(squares, t.optimizer.epsilon)))
    t.weight = k.sub(t.weight, step)


def _sgd(t: _Turn) -> None:
    k, optimizer = t.k, t.optimizer
    if not optimizer.momentum:
        t.weight = k.fma(k.neg(t.gradient), t.rate, t.weight)
        return
    step = k.mul(t.gradient, t.rate)
    velocity = k.sub(k.mul(t.slots["momentum"], optimizer.momentum), step)
    t.slots["momentum"] = velocity
    if optimizer.nesterov:
        velocity = k.sub(k.mul(velocity, optimizer.momentum), step)
    t.weight = k.add(t.weight, velocity)


def _rmsprop(t: _Turn) -> None:
    k, optimizer = t.k, t.optimizer
    square = _blend(t, t.slots["velocity"], k.mul(t.gradient, t.gradient))
    t.slots["velocity"] = spread = square
    if optimizer.centered:
        mean = _blend(t, t.slots["average_gradient"], t.gradient)
        t.slots["average_gradient"] = mean
        spread = k.sub(square, k.mul(mean, mean))
    step = k.div(k.mul(t.gradient, t.rate), k.sqrt(k.add(spread, optimizer.epsilon)))
    if optimizer.momentum > 0:
        step = k.add(k.mul(t.slots["momentum"], optimizer.momentum), step)
        t.slots["momentum"] = step
    t.weight = k.sub(t.weight, step)


def _adadelta(t: _Turn) -> None:
    k, epsilon = t.k, t.optimizer.epsilon
    squares = _blend(t, t.slots["accumulated_grad"], k.mul(t.gradient, t.gradient))
    moves = t.slots["accumulated_delta_var"]
    above = k.mul(k.sqrt(k.add(moves, epsilon)), t.gradient)
    move = k.div(above, k.sqrt(k.add(squares, epsilon)))
    t.slots |= {"accumulated_grad": squares, "accumulated_delta_var": _blend(t, moves, k.mul(move, move))}
    t.weight = k.fma(k.neg(move), t.rate, t.weight)


def _blend(t: _Turn, average: Value, value: Value) -> Value:
    """Move an average: the share rho of it stays."""
    k, rho = t.k, t.optimizer.rho
    return k.add(k.mul(average, rho), k.mul(value, 1 - rho))


def _adam_slots(optimizer: Adam) -> list[str]:
    return ["momentum", "velocity", *(["velocity_hat"] if optimizer.amsgrad else [])]


_RULES: Final[dict[type[Optimizer], _Rule]] = {
    Adam: _Rule(_adam_slots, _adam),
    AdamW: _Rule(_adam_slots, _adam),
    Nadam: _Rule(lambda _: ["momentum", "velocity"], _nadam),
    Adamax: _Rule(lambda _: ["momentum", "norm"], _adamax),
    Adagrad: _Rule(lambda _: ["accumulator"], _adagrad),
    SGD: _Rule(lambda o: ["momentum"] if o.momentum else [], _sgd),
    RMSprop: _Rule(
        lambda o: [
            "velocity",
            *(["momentum"] if o.momentum > 0 else []),
            *(["average_gradient"] if o.centered else []),
        ],
        _rmsprop,
    ),
    Adadelta: _Rule(lambda _: ["accumulated_grad", "accumulated_delta_var"], _adadelta),
}
