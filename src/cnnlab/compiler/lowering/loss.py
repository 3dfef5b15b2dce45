"""Loss of a tile, its gradient by the outputs, how many images are right; of cross-entropy Keras' two forms."""

from collections.abc import Callable
from functools import partial
from typing import Final

from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.frame import LANES, Frame, LabelKind, Shared
from cnnlab.compiler.ir import F64, I32, I64, PTR, Value
from cnnlab.compiler.kernel import Kernel, View
from cnnlab.compiler.lowering.activation import exponentials, largest_channel
from cnnlab.compiler.lowering.image_weights import fetch_weights, weights_of_tile
from cnnlab.compiler.lowering.lanes import sum_of_one
from cnnlab.compiler.lowering.mathematics import log, one_nan
from cnnlab.compiler.lowering.separate_losses import Separate, single_answer, write_separately
from cnnlab.compiler.lowering.step import Piece, Sink

_CLIP: Final = 1e-7  # Keras' epsilon()


def label_piece(name: str, targets: Buffer, kind: LabelKind) -> Piece:
    """Return the piece that writes a tile's labels as probabilities, and its classes into the frame."""

    def emit(k: Kernel) -> None:
        _classes(k, targets) if kind == LabelKind.CLASSES else _probabilities(k, targets)
        fetch_weights(k, _rows(k))

    about = "labels that are class numbers" if kind == LabelKind.CLASSES else "labels that are probabilities"
    return Piece(name, about, "tile", [targets], emit)


def _rows(k: Kernel) -> list[Value]:
    """Return the numbers of the tile's images in their data set."""
    return [k.convert("zext", k.load(I32, k.frame, 8 * Frame.ROWS + 4 * lane), I64) for lane in range(LANES)]


def _classes(k: Kernel, targets: Buffer) -> None:
    labels = k.common(Shared.LABELS, PTR)
    for lane, row in enumerate(_rows(k)):
        k.store(k.load(I32, k.offset(labels, row, I32.bytes)), k.frame, 8 * Frame.TRUTH + 4 * lane)
    truth = k.load(I32.times(LANES), k.frame, 8 * Frame.TRUTH)
    hot, cold = (k.splat(k.number(k.common(slot, F64)), LANES) for slot in (Shared.HOT, Shared.COLD))
    view, count = k.view(targets), targets.shape[0]
    with k.loop(0, count, label="class") as turn:
        number = k.convert("trunc", turn.at, I32) if count > 1 else k.const(I32, 1)  # a single output is class 1's
        hit = k.compare("eq", truth, k.splat(number, LANES))
        k.store(k.select(hit, hot, cold), k.offset(view.pointer, turn.at, view.channel))


def _probabilities(k: Kernel, targets: Buffer) -> None:
    labels, size, classes = k.common(Shared.LABELS, PTR), k.element.bytes, targets.shape[0]
    view = k.view(targets)
    for lane, row in enumerate(_rows(k)):
        source = k.offset(labels, row, classes * size)
        with k.loop(0, classes, label="class") as turn:
            value = k.load(k.element, k.offset(source, turn.at, size))
            k.store(value, k.offset(view.pointer, turn.at, view.channel), lane * size)
    k.store(_first_largest(k, view, classes), k.frame, 8 * Frame.TRUTH)


def _first_largest(k: Kernel, view: View, classes: int) -> Value:
    """Return for each image the first of its largest channels."""
    begun = [k.load(k.vector, view.pointer), k.const(I32.times(LANES), 0)]
    with k.loop(1, classes, carry=begun, label="class") as turn:
        best, which = turn.values
        value = k.load(k.vector, k.offset(view.pointer, turn.at, view.channel))
        larger = k.compare("ogt", value, best)
        number = k.splat(k.convert("trunc", turn.at, I32), LANES)
        turn.hand_on([k.select(larger, value, best), k.select(larger, number, which)])
    return turn.results[1]


def loss_piece(
    name: str,
    outputs: Buffer,
    targets: Buffer,
    shares: Buffer,
    *,
    from_logits: bool,
    sink: Sink | None,
    separate: Separate | None = None,
) -> Piece:
    """Return the piece that compares a tile's outputs with its labels.

    Args:
        name: Of the function.
        outputs: Of the network (its logits, where a softmax or sigmoid comes last).
        targets: Labels as probabilities.
        shares: Takes the outputs as probabilities.
        from_logits: Whether the outputs are logits.
        sink: Takes the gradient of the batch's mean loss; None in evaluation.
        separate: The form of a loss that looks at each output by itself; None for cross-entropy over the classes.
    """
    touches = [outputs, targets, shares, *(sink.buffers if sink else [])]
    if separate is not None:
        written = _separate(outputs, targets, shares, separate, sink)
        return Piece(name, separate.about, "tile", touches, written)

    def emit(k: Kernel) -> None:
        view, truth = k.view(outputs), k.view(targets)
        classes = outputs.shape[0]
        said = _first_largest(k, view, classes)
        write = _from_logits if from_logits else _from_probabilities
        losses = write(k, (view, truth, k.view(shares)), classes, sink)
        _report(k, losses, said, k.view(shares), classes)

    form = "logits" if from_logits else "probabilities"
    return Piece(name, f"cross-entropy from {form}", "tile", touches, emit)


def _separate(
    outputs: Buffer, targets: Buffer, shares: Buffer, form: Separate, sink: Sink | None
) -> Callable[[Kernel], None]:
    """Return what writes a loss of each output by itself."""
    count = outputs.shape[0]

    def gradient(k: Kernel, target: Value, output: Value) -> Value:
        return k.mul(form.gradient(k, target, output), 1 / count)

    def emit(k: Kernel) -> None:
        view, truth, told = k.view(outputs), k.view(targets), k.view(shares)
        losses = write_separately(k, form, (view, truth, told), count)
        if sink is not None:
            _hand_back(k, sink, count, truth, view, partial(gradient, k))
        said = single_answer(k, form, view) if count == 1 else _first_largest(k, view, count)
        _report(k, losses, said, told, count)

    return emit


def _from_logits(k: Kernel, views: tuple[View, View, View], classes: int, sink: Sink | None) -> Value:
    """Write through the logarithm of the softmax, exact for gaps of any size; return the losses."""
    outputs, targets, shares = views
    largest = largest_channel(k, outputs, classes)
    total = exponentials(k, outputs, shares, classes, largest)
    logarithm = log(k, total)
    with k.loop(0, classes, carry=[k.zeros(), k.zeros()], label="class") as turn:
        loss, mass = turn.values
        target, output, share = (
            k.load(k.vector, k.offset(v.pointer, turn.at, v.channel)) for v in (targets, outputs, shares)
        )
        apart = k.sub(logarithm, k.sub(output, largest))
        # 0 times an infinite loss is 0: a class that the label rules out costs nothing
        term = k.select(k.compare("oeq", target, 0.0), 0.0, k.mul(target, apart))
        k.store(k.div(share, total), k.offset(shares.pointer, turn.at, shares.channel))
        turn.hand_on([k.add(loss, term), k.add(mass, target)])
    loss, mass = turn.results
    if sink is not None:
        _hand_back(k, sink, classes, targets, shares, lambda target, share: k.sub(k.mul(share, mass), target))
    return loss


def _from_probabilities(k: Kernel, views: tuple[View, View, View], classes: int, sink: Sink | None) -> Value:
    """Write for outputs that are first normalised and clipped; return the losses."""
    outputs, targets, shares = views
    with k.loop(0, classes, carry=[k.zeros()], label="class") as turn:
        turn.hand_on([k.add(turn.values[0], k.load(k.vector, k.offset(outputs.pointer, turn.at, outputs.channel)))])
    total = turn.results[0]
    with k.loop(0, classes, carry=[k.zeros(), k.zeros()], label="class") as turn:
        loss, inner = turn.values
        target, output = (k.load(k.vector, k.offset(v.pointer, turn.at, v.channel)) for v in (targets, outputs))
        share = k.div(output, total)
        clipped = _clipped(k, share)
        k.store(clipped, k.offset(shares.pointer, turn.at, shares.channel))
        by_share = _by_share(k, target, share, clipped)
        turn.hand_on([k.sub(loss, k.mul(target, log(k, clipped))), k.fma(by_share, share, inner)])
    loss, inner = turn.results
    if sink is not None:

        def gradient(target: Value, output: Value) -> Value:
            share = k.div(output, total)
            by_share = _by_share(k, target, share, _clipped(k, share))
            return k.div(k.sub(by_share, inner), total)

        _hand_back(k, sink, classes, targets, outputs, gradient)
    return loss


def _clipped(k: Kernel, share: Value) -> Value:
    low = k.select(k.compare("olt", share, _CLIP), _CLIP, share)
    return k.select(k.compare("ogt", low, 1 - _CLIP), 1 - _CLIP, low)


def _by_share(k: Kernel, target: Value, share: Value, clipped: Value) -> Value:
    inside = k.compare("oeq", share, clipped)
    return k.select(inside, k.neg(k.div(target, clipped)), 0.0)


def _hand_back(
    k: Kernel, sink: Sink, classes: int, targets: View, beside: View, gradient: Callable[[Value, Value], Value]
) -> None:
    """Write the gradient of the mean over the batch; images that are not real have none."""
    scale, real = k.mul(weights_of_tile(k), k.own_number(Frame.SCALE)), k.real_lanes()
    to, out = k.view(sink.gradient), k.view(sink.out)
    with k.loop(0, classes, label="class") as turn:
        target, other = (k.load(k.vector, k.offset(v.pointer, turn.at, v.channel)) for v in (targets, beside))
        value = k.masked(real, k.mul(gradient(target, other), scale))
        seen = k.load(k.vector, k.offset(out.pointer, turn.at, out.channel)) if sink.derives else None
        k.store(sink.finish(k, value, seen), k.offset(to.pointer, turn.at, to.channel))


def _report(k: Kernel, losses: Value, said: Value, shares: View, classes: int) -> None:
    """Write the tile's loss and number of right answers; in evaluation also each image's answer."""
    real = k.real_lanes()
    truth = k.load(I32.times(LANES), k.frame, 8 * Frame.TRUTH)
    weighed = k.mul(losses, weights_of_tile(k))
    wide = k.convert("fpext", k.masked(real, weighed), F64.times(LANES))
    right = k.select(k.bits("and", real, k.compare("eq", said, truth)), k.const(F64.times(LANES), 1.0), 0.0)
    results = k.offset(k.common(Shared.TILE_RESULTS, PTR), k.own(Frame.TILE_INDEX), 16)
    k.store(one_nan(k, sum_of_one(k, wide)), results)
    k.store(k.convert("fptosi", sum_of_one(k, right), I64), results, 8)
    kept = k.common(Shared.CLASSES, PTR)
    with k.when(k.bit(k.common(Shared.CLASSES))):
        first = k.mul(k.own(Frame.TILE_INDEX), LANES)
        k.store(said, k.offset(kept, first, I32.bytes))
        probabilities = k.offset(k.common(Shared.PROBABILITIES, PTR), first, k.element.bytes)
        if classes == 1:  # its share is the true class's already
            k.store(one_nan(k, k.load(k.vector, shares.pointer)), probabilities)
            return
        with k.loop(0, classes, carry=[k.zeros()], label="class") as turn:
            hit = k.compare("eq", truth, k.splat(k.convert("trunc", turn.at, I32), LANES))
            share = k.load(k.vector, k.offset(shares.pointer, turn.at, shares.channel))
            turn.hand_on([k.select(hit, share, turn.values[0])])
        k.store(one_nan(k, turn.results[0]), probabilities)
