"""Weight regularizers: what they add to the loss, and the gradients of it, added to those of the batch.

    by one thread:            penalty = 0; for each array: penalty += l1 * sum(abs(w)) + l2 * sum(w * w)
    split over the threads:   g = fma(w, 2 * l2, g); g += w >= 0 ? l1 : -l1

Sums are taken in float64, 16 numbers at a time from the array's first to its last, so that no number of threads changes
them. The numbers behind an array's end are 0 and stay so: they have no penalty, and are given no slope.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.compiler.frame import LANES, Frame, Shared
from cnnlab.compiler.ir import F64, PTR, Value
from cnnlab.compiler.kernel import Kernel
from cnnlab.compiler.lowering.lanes import sum_of_one


@dataclass(frozen=True)
class Penalized:
    """An array with a regularizer.

    Attributes:
        first: Where it begins among the parameters, in vectors.
        size: How many numbers it has.
        by_magnitude: Keras' l1.
        by_square: Keras' l2.
    """

    first: int
    size: int
    by_magnitude: float
    by_square: float

    @property
    def whole(self) -> int:
        """Return where its last vector begins if that is not full, else where it ends, in vectors."""
        return self.first + self.size // LANES

    @property
    def after(self) -> int:
        """Return where it ends, in vectors."""
        return self.first - (-self.size // LANES)


def total(k: Kernel, arrays: Sequence[Penalized]) -> Value:
    """Write what all regularizers add to the loss; return it, an f64."""
    parameters = k.common(Shared.PARAMETERS, PTR)
    penalty: Value = k.const(F64, 0.0)
    for array in arrays:
        wide = F64.times(LANES)
        begun = [k.const(wide, 0.0), k.const(wide, 0.0)]
        with k.loop(array.first, array.after, carry=begun, label="16 weights") as turn:
            magnitudes, squares = turn.values
            weight = k.convert("fpext", k.load(k.vector, k.offset(parameters, turn.at, k.vector.bytes)), wide)
            turn.hand_on([k.add(magnitudes, k.abs(weight)), k.fma(weight, weight, squares)])
        for sums, factor in zip(turn.results, (array.by_magnitude, array.by_square), strict=True):
            if factor:
                penalty = k.add(penalty, k.mul(sum_of_one(k, sums), factor))
    return penalty


def add_gradients(k: Kernel, arrays: Sequence[Penalized]) -> None:
    """Write the share of the penalties' gradients: they are added to those of the batch."""
    low, high = k.own(Frame.LO), k.own(Frame.HI)
    for array in arrays:
        with k.loop(k.larger(low, array.first), k.smaller(high, array.whole), label="16 weights") as turn:
            _add_gradient(k, array, turn.at, None)
        rest = array.size % LANES
        if rest:
            with k.loop(k.larger(low, array.whole), k.smaller(high, array.after), label="the rest") as turn:
                _add_gradient(k, array, turn.at, k.compare("slt", k.lane_numbers(), rest))


def _add_gradient(k: Kernel, array: Penalized, vector: Value, own: Value | None) -> None:
    """Write it for 16 weights, of which these are the array's own; None for all."""
    gradient_at = k.offset(k.common(Shared.GRADIENTS, PTR), vector, k.vector.bytes)
    weight = k.load(k.vector, k.offset(k.common(Shared.PARAMETERS, PTR), vector, k.vector.bytes))
    gradient = k.load(k.vector, gradient_at)
    if array.by_square:
        gradient = k.fma(weight, 2 * array.by_square, gradient)
    if array.by_magnitude:
        slope = k.select(k.compare("oge", weight, 0.0), array.by_magnitude, k.const(k.vector, -array.by_magnitude))
        gradient = k.add(gradient, slope if own is None else k.select(own, slope, 0.0))
    k.store(gradient, gradient_at)
