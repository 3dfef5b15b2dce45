"""Losses that look at each output by itself and take the mean over the outputs: three forms, each as data.

    for each output o with its label t:
        losses += loss(t, o)            the sum times 1 / outputs is the image's loss
        share   = share(o)              the probability of the output's class
        by o    = gradient(t, o)        times 1 / outputs

`loss.py` hands the gradient back and reports, as for the losses over all classes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cnnlab.compiler.frame import LANES, Frame
from cnnlab.compiler.ir import I32, Builder, Value
from cnnlab.compiler.kernel import Kernel, View
from cnnlab.compiler.lowering.mathematics import exp, log, log1p, sigmoid
from cnnlab.records import BinaryCrossentropy, Loss, MeanSquaredError

_CLIP: Final = 1e-7  # Keras' epsilon()
_HALF: Final = 0.5


@dataclass(frozen=True)
class Separate:
    """A loss of each output by itself.

    Attributes:
        about: What it is, for readers.
        loss: Of a label and an output.
        gradient: Likewise, by the output.
        share: What an output says of its class, as a probability.
        rest: What a single output says of the other class.
        middle: Above which a single output says class 1: 0 where outputs are logits.
    """

    about: str
    loss: Callable[[Builder, Value, Value], Value]
    gradient: Callable[[Builder, Value, Value], Value]
    share: Callable[[Builder, Value], Value]
    rest: Callable[[Builder, Value], Value]
    middle: float = _HALF


def separate_form(loss: Loss, *, from_logits: bool) -> Separate | None:
    """Return the form of a loss that looks at each output by itself; None for the others.

    Args:
        loss: The loss.
        from_logits: Whether it is computed from logits, because the network ends in them or a sigmoid was left out.
    """
    if isinstance(loss, MeanSquaredError):
        return Separate("mean squared error", _squared, _derive_squared, _cut, lambda b, x: _other(b, _cut(b, x)))
    if not isinstance(loss, BinaryCrossentropy):
        return None
    if not from_logits:
        about = "binary cross-entropy from probabilities"
        return Separate(about, _binary, _derive_binary, _cut, lambda b, x: _other(b, _cut(b, x)))
    return Separate(
        "binary cross-entropy from logits",
        _binary_of_logits,
        lambda b, target, x: b.sub(sigmoid(b, x), target),
        sigmoid,
        lambda b, x: sigmoid(b, b.neg(x)),  # exact where 1 - sigmoid(x) would be rounded to 0
        middle=0.0,
    )


def write_separately(k: Kernel, form: Separate, views: tuple[View, View, View], count: int) -> Value:
    """Write the losses of a tile, and what its outputs give their classes; return the losses.

    Args:
        k: Where to.
        form: The loss.
        views: Of outputs, labels and what the shares are written to: where there is a single output, the share of the
            true class, which need not be the output's.
        count: Of the outputs.
    """
    outputs, targets, shares = views
    with k.loop(0, count, carry=[k.zeros()], label="class") as turn:
        target, output = (k.load(k.vector, k.offset(v.pointer, turn.at, v.channel)) for v in (targets, outputs))
        share = form.share(k, output)
        if count == 1:
            truth = k.load(I32.times(LANES), k.frame, 8 * Frame.TRUTH)
            share = k.select(k.compare("eq", truth, 1), share, form.rest(k, output))
        k.store(share, k.offset(shares.pointer, turn.at, shares.channel))
        turn.hand_on([k.add(turn.values[0], form.loss(k, target, output))])
    return k.mul(turn.results[0], 1 / count)


def single_answer(k: Kernel, form: Separate, outputs: View) -> Value:
    """Return for each image the class that a single output says."""
    above = k.compare("ogt", k.load(k.vector, outputs.pointer), form.middle)
    return k.select(above, k.const(I32.times(LANES), 1), 0)


def _squared(b: Builder, target: Value, output: Value) -> Value:
    apart = b.sub(output, target)
    return b.mul(apart, apart)


def _derive_squared(b: Builder, target: Value, output: Value) -> Value:
    return b.mul(b.sub(output, target), 2.0)


def _binary_of_logits(b: Builder, target: Value, x: Value) -> Value:
    """Return max(x, 0) - x t + log(1 + exp(-abs(x))), exact for logits of any size."""
    rest = log1p(b, exp(b, b.neg(b.abs(x))))
    return b.add(b.sub(b.larger(0.0, x), b.mul(x, target)), rest)


def _binary(b: Builder, target: Value, output: Value) -> Value:
    clipped = _clipped(b, output)
    other = b.mul(_other(b, target), log(b, _other(b, clipped)))
    return b.neg(b.add(b.mul(target, log(b, clipped)), other))


def _derive_binary(b: Builder, target: Value, output: Value) -> Value:
    clipped = _clipped(b, output)
    by_output = b.sub(b.div(_other(b, target), _other(b, clipped)), b.div(target, clipped))
    return b.select(b.compare("oeq", output, clipped), by_output, 0.0)


def _clipped(b: Builder, output: Value) -> Value:
    return _between(b, output, _CLIP, 1 - _CLIP)


def _cut(b: Builder, output: Value) -> Value:
    return _between(b, output, 0.0, 1.0)


def _between(b: Builder, x: Value, low: float, high: float) -> Value:
    """Return a number cut to a range; NaN stays."""
    above = b.select(b.compare("olt", x, low), low, x)
    return b.select(b.compare("ogt", above, high), high, above)


def _other(b: Builder, share: Value) -> Value:
    return b.sub(b.const(share.type, 1.0), share)
