"""Weight constraints: trained arrays as Keras' constraints want them, after the optimizer's update.

A norm is taken over some axes of an array; the others say which vector a number belongs to. An array is read as its
axes lie in memory, neighbours of one kind taken together: (y, x, c, f) with norms over y, x, c is (summed y * x * c,
kept f). What lies innermost decides how the 16 lanes are used:

    kept innermost:    16 vectors side by side;      norms = sqrt(sum over the summed axes of w * w), lane by lane
    summed innermost:  16 numbers of one vector;     norm = sqrt(sum of all lanes), by the tree of all sums of lanes
    then               w = w * (wanted(norm) / (1e-7 + norm))

Sums are taken in float64 and from the first number to the last. Vectors are split over the threads, each is one
thread's alone, and nothing is stored to a number that is another's: a rest of fewer than 16 is stored one by one.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby
from math import prod

from cnnlab.arch.constraints import EPSILON, Constraint, NonNeg, NormConstraint
from cnnlab.arch.layer import Shape
from cnnlab.compiler.frame import LANES, Shared
from cnnlab.compiler.ir import F64, PTR, Value
from cnnlab.compiler.kernel import Kernel
from cnnlab.compiler.lowering.lanes import sum_of_one
from cnnlab.compiler.lowering.mathematics import one_nan
from cnnlab.compiler.shares import bounds

_WIDE = F64.times(LANES)


@dataclass(frozen=True)
class Constrained:
    """An array with a constraint: where it begins among the parameters, in numbers, and its shape."""

    name: str
    first: int
    shape: Shape
    constraint: Constraint


@dataclass(frozen=True)
class Axis:
    """Neighbouring axes of an array of which a norm is taken over all, or over none.

    Attributes:
        size: How many places.
        stride: Numbers from one to the next.
        summed: Whether norms are taken over them.
    """

    size: int
    stride: int
    summed: bool


def axes_of(shape: Shape, summed: Sequence[int]) -> list[Axis]:
    """Take an array's neighbouring axes of one kind together.

    Args:
        shape: Of the array.
        summed: The axes that a norm is taken over.

    Returns:
        Outermost first; summed and kept ones take turns. Axes of size 1 say nothing and are left out.
    """
    sizes = [(size, axis in summed) for axis, size in enumerate(shape) if size > 1]
    joined = [(prod(size for size, _ in group), kind) for kind, group in groupby(sizes, key=lambda one: one[1])]
    return [
        Axis(size, prod(inner for inner, _ in joined[place + 1 :]), kind) for place, (size, kind) in enumerate(joined)
    ]


def constrain(k: Kernel, arrays: Sequence[Constrained]) -> None:
    """Write the share of constraining all arrays."""
    for array in arrays:
        if isinstance(array.constraint, NonNeg):
            _not_negative(k, array)
        else:
            assert isinstance(array.constraint, NormConstraint), "there is no other kind"
            _Norms(k, array, array.constraint).write()


def _not_negative(k: Kernel, array: Constrained) -> None:
    first = k.offset(k.common(Shared.PARAMETERS, PTR), array.first, k.element.bytes)
    with k.loop(*bounds(k, -(-prod(array.shape) // LANES)), label="16 weights") as turn:
        place = k.offset(first, turn.at, k.vector.bytes)
        weight = k.load(k.vector, place)
        k.store(one_nan(k, k.select(k.compare("olt", weight, 0.0), 0.0, weight)), place)


class _Norms:
    """Writes what a norm constraint does to one array.

    Args:
        k: Where to.
        array: Which.
        constraint: Its constraint.
    """

    def __init__(self, k: Kernel, array: Constrained, constraint: NormConstraint) -> None:
        self.k = k
        self.bounds = constraint.bounds
        axes = axes_of(array.shape, constraint.summed(array.shape)) or [Axis(1, 1, summed=True)]
        self.first = k.offset(k.common(Shared.PARAMETERS, PTR), array.first, k.element.bytes)
        self.inner = axes[-1]
        self.kept = [axis for axis in axes[:-1] if not axis.summed]
        self.summed = [axis for axis in axes[:-1] if axis.summed]
        self.whole, self.rest = divmod(self.inner.size, LANES)

    def write(self) -> None:
        """Write a loop over this thread's vectors, or groups of 16 of them."""
        k, outer = self.k, prod(axis.size for axis in self.kept)
        if self.inner.summed:
            with k.loop(*bounds(k, outer), label="vector") as turn:
                self._along_lanes(self._at_kept(turn.at))
            return
        if self.whole:
            with k.loop(*bounds(k, outer * self.whole), label="16 vectors") as turn:
                row = k.div(turn.at, self.whole)
                group = k.sub(turn.at, k.mul(row, self.whole))
                self._side_by_side(k.offset(self._at_kept(row), group, k.vector.bytes), LANES)
        if self.rest:
            with k.loop(*bounds(k, outer), label="fewer than 16 vectors") as turn:
                rest = k.offset(self._at_kept(turn.at), self.whole * k.vector.bytes)
                self._side_by_side(rest, self.rest)

    def _at_kept(self, index: Value) -> Value:
        """Return a pointer to the first number at a place of the outer kept axes, which are counted as one."""
        k, pointer = self.k, self.first
        for axis in reversed(self.kept):
            before = k.div(index, axis.size)
            place = k.sub(index, k.mul(before, axis.size))
            pointer, index = k.offset(pointer, place, axis.stride * k.element.bytes), before
        return pointer

    def _side_by_side(self, start: Value, count: int) -> None:
        """Write for up to 16 vectors, one in each lane."""
        k = self.k

        def more(place: Value, sums: Value) -> Value:
            weight = k.convert("fpext", k.load(k.vector, place), _WIDE)
            return k.fma(weight, weight, sums)

        factor = self._factor(self._summed(start, self.summed, k.const(_WIDE, 0.0), more))
        with self._everywhere(start) as place:
            self._scale(place, factor, count)

    def _along_lanes(self, start: Value) -> None:
        """Write for one vector whose numbers follow each other."""
        k, whole, rest = self.k, self.whole, self.rest
        tail = whole * k.vector.bytes

        def more(place: Value, sums: Value) -> Value:
            with k.loop(0, whole, carry=[sums], label="16 weights") as turn:
                weight = k.convert("fpext", k.load(k.vector, k.offset(place, turn.at, k.vector.bytes)), _WIDE)
                turn.hand_on([k.fma(weight, weight, turn.values[0])])
            sums = turn.results[0]
            if rest:
                own = k.compare("slt", k.lane_numbers(), rest)
                weight = k.convert("fpext", k.select(own, k.load(k.vector, place, tail), k.zeros()), _WIDE)
                sums = k.fma(weight, weight, sums)
            return sums

        squares = self._summed(start, self.summed, k.const(_WIDE, 0.0), more)
        factor = self._factor(k.splat(sum_of_one(k, squares), LANES))
        with self._everywhere(start) as place:
            with k.loop(0, whole, label="16 weights") as turn:
                self._scale(k.offset(place, turn.at, k.vector.bytes), factor, LANES)
            if rest:
                self._scale(k.offset(place, tail), factor, rest)

    def _summed(self, place: Value, axes: Sequence[Axis], sums: Value, more: Callable[[Value, Value], Value]) -> Value:
        """Write loops over the outer summed axes that hand sums on; return what they end as."""
        if not axes:
            return more(place, sums)
        with self.k.loop(0, axes[0].size, carry=[sums], label="place") as turn:
            inner = self.k.offset(place, turn.at, axes[0].stride * self.k.element.bytes)
            turn.hand_on([self._summed(inner, axes[1:], turn.values[0], more)])
        return turn.results[0]

    @contextmanager
    def _everywhere(self, place: Value) -> Iterator[Value]:
        """Write loops over the outer summed axes; inside, the pointer is at the place."""
        with ExitStack() as loops:
            for axis in self.summed:
                turn = loops.enter_context(self.k.loop(0, axis.size, label="place"))
                place = self.k.offset(place, turn.at, axis.stride * self.k.element.bytes)
            yield place

    def _factor(self, squares: Value) -> Value:
        """Return what the numbers of vectors with these sums of squares are multiplied by."""
        k, (least, most, rate) = self.k, self.bounds
        norm = k.sqrt(squares)
        wanted = k.select(k.compare("olt", norm, least), least, norm)
        wanted = k.select(k.compare("ogt", wanted, most), most, wanted)
        if rate != 1:
            wanted = k.add(k.mul(wanted, rate), k.mul(norm, 1 - rate))
        return k.convert("fptrunc", k.div(wanted, k.add(norm, EPSILON)), k.vector)

    def _scale(self, place: Value, factor: Value, count: int) -> None:
        """Multiply the first numbers at a place, and store no more than them."""
        k = self.k
        scaled = one_nan(k, k.mul(k.load(k.vector, place), factor))
        if count == LANES:
            k.store(scaled, place)
            return
        for lane in range(count):
            k.store(k.extract(scaled, lane), place, lane * k.element.bytes)
