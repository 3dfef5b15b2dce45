"""GaussianNoise: in training each value gets the normal number of its image and place, from its Threefry word.

All of it is in float64, whatever the network's numbers are, step by step as `cnnlab.arch.normal` does it in NumPy: each
step is rounded once, and the noise is the same bits there and here.
"""

from collections.abc import Sequence
from typing import Final

from cnnlab.arch import normal
from cnnlab.arch.layer import Shape
from cnnlab.arch.layers import GaussianNoise
from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.frame import LANES
from cnnlab.compiler.ir import F64, I32, I64, Builder, Value
from cnnlab.compiler.kernel import Cell, Kernel
from cnnlab.compiler.lowering.dropout import each_pair_of_words, over_drawn
from cnnlab.compiler.lowering.elementwise import each_gradient
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Step

_DOUBLES: Final = F64.times(LANES)
_LONGS: Final = I64.times(LANES)
_MANTISSA_BITS: Final = 52
_BIAS_OF_HALVES: Final = 1022  # as frexp has it: mantissas from 1/2 to below 1


class NoiseLowering(Lowering):
    """See the module."""

    def does_nothing(self, layer: GaussianNoise, shape: Shape, training: bool) -> bool:
        """Say whether nothing is added: in evaluation, or without a deviation."""
        del shape
        return not training or layer.stddev == 0

    def add_buffers(self, step: Step) -> None:
        """Add room for the noise, in the order of the words, channels fastest."""
        channels, height, width = step.source.shape
        pairs = -(-channels * height * width // 2)
        step.extra["noise"] = Buffer(f"{step.name} noise", (2 * pairs, 1, 1), step.out.element)

    def forward(self, step: Step) -> Pieces:
        """Draw the noise and add it."""
        noise, layer = step.extra["noise"], step.layer
        assert isinstance(layer, GaussianNoise), "listed for it alone"

        def draw(k: Kernel) -> None:
            for word, place in each_pair_of_words(k, step, noise):
                deviate = k.mul(_quantile(k, word), layer.stddev)
                k.write(k.convert("fptrunc", deviate, k.vector), place)

        def add(k: Kernel) -> None:
            def body(cells: list[Cell]) -> None:
                k.write(k.add(k.read(cells[1]), k.read(cells[2])), cells[0])

            over_drawn(k, step.source.shape, [step.out, step.source], noise, body)

        return [
            Piece(f"{step.name}_noise", "normal numbers", "tile", [noise], draw, "forward"),
            Piece(f"{step.name}_forward", "add the noise", "tile", [noise, step.source, step.out], add, "forward"),
        ]

    def backward(self, step: Step) -> Pieces:
        """Pass the gradient on."""
        sink = step.by_source
        if sink is None:
            return []

        def emit(k: Kernel) -> None:
            each_gradient(k, sink, [step.incoming], lambda values: values[0])

        touches = [step.incoming, *sink.buffers]
        return [Piece(f"{step.name}_input", "pass on", "tile", touches, emit, "input gradient")]


def _quantile(b: Builder, word: Value) -> Value:
    """Return `normal.normal_quantile` of (word + 1/2) / 2**32; never of the far tail, for sqrt(33 ln 2) is below 5."""
    probability = b.mul(b.add(b.convert("uitofp", word, _DOUBLES), 0.5), 2.0**-32)
    centred = b.sub(probability, 0.5)
    width = normal.MIDDLE_HALF_WIDTH
    middle = b.mul(centred, _ratio(b, normal.MIDDLE, b.sub(b.const(_DOUBLES, width * width), b.mul(centred, centred))))
    beyond = b.smaller(probability, b.sub(b.const(_DOUBLES, 1.0), probability))
    distance = b.sqrt(b.neg(_logarithm(b, beyond)))
    size = _ratio(b, normal.TAIL, b.sub(distance, 1.6))
    outer = b.select(b.compare("olt", probability, 0.5), b.neg(size), size)
    return b.select(b.compare("ole", b.abs(centred), width), middle, outer)


def _logarithm(b: Builder, x: Value) -> Value:
    """Return `normal.logarithm` of a normal number."""
    word = b.convert("bitcast", x, _LONGS)
    exponent = b.convert("trunc", b.bits("lshr", word, _MANTISSA_BITS), I32.times(LANES))
    halves = b.bits("or", b.bits("and", word, (1 << _MANTISSA_BITS) - 1), _BIAS_OF_HALVES << _MANTISSA_BITS)
    mantissa = b.convert("bitcast", halves, _DOUBLES)
    small = b.compare("olt", mantissa, normal.SQRT_HALF)
    mantissa = b.select(small, b.mul(mantissa, 2.0), mantissa)
    power = b.convert("sitofp", b.sub(exponent, _BIAS_OF_HALVES), _DOUBLES)
    power = b.select(small, b.sub(power, 1.0), power)
    ratio = b.div(b.sub(mantissa, 1.0), b.add(mantissa, 1.0))
    series = _polynomial(b, normal.LOG_SERIES, b.mul(ratio, ratio))
    return b.add(b.mul(power, normal.LN2), b.mul(ratio, series))


def _ratio(b: Builder, coefficients: tuple[Sequence[float], Sequence[float]], at: Value) -> Value:
    return b.div(_polynomial(b, coefficients[0], at), _polynomial(b, coefficients[1], at))


def _polynomial(b: Builder, coefficients: Sequence[float], at: Value) -> Value:
    """Evaluate by Horner's rule, each product and each sum rounded: fused they would be other bits than NumPy's."""
    total: Value = b.const(at.type, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = b.add(b.mul(total, at), coefficient)
    return total
