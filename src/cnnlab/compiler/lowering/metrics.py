"""Metrics of a tile, each as two whole numbers: they add up to those of the batch in any order.

For each metric a loop over the classes, or over the one that is asked for, with a count in each lane. In LLVM's words,
the true positives of Precision::

    %said = fcmp ogt <16 x float> %output, %threshold
    %meant = fcmp une <16 x float> %label, zeroinitializer
    %both = and <16 x i1> %said, %meant
    %more = select <16 x i1> %both, <16 x i32> splat (i32 1), <16 x i32> zeroinitializer
    %true_positives = add <16 x i32> %before, %more
"""

from collections.abc import Callable, Sequence

from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.frame import LANES, Frame, LabelKind, Shared
from cnnlab.compiler.ir import I32, I64, PTR, Value
from cnnlab.compiler.kernel import Kernel
from cnnlab.compiler.lowering.activation import put_behind
from cnnlab.compiler.lowering.lanes import sum_of_one
from cnnlab.compiler.lowering.step import Piece
from cnnlab.records import BinaryAccuracy, Counted, Precision, Recall
from cnnlab.records.metrics import OfEntries, OfPositives

COUNTS_BYTES = 16
"""Of one metric: two i64."""

# Of one class: what the network said and what was meant, to the lanes where the first and the second count grow.
_Entry = Callable[[Kernel, Value, Value], tuple[Value, Value]]


def metrics_piece(metrics: Sequence[Counted], outputs: Buffer, left_out: str | None = None) -> Piece:
    """Return the piece that counts a tile, once its labels have been fetched.

    Args:
        metrics: In their order.
        outputs: What the graph ends in.
        left_out: The activation that belongs behind it: metrics see what the network gives.
    """
    given = Buffer("outputs as given", outputs.shape, outputs.element) if left_out else outputs
    marks = Buffer("labels as given", outputs.shape, outputs.element)
    entries = any(isinstance(metric, OfEntries) for metric in metrics)

    def emit(k: Kernel) -> None:
        if left_out:
            put_behind(k, left_out, outputs, given)
        if entries:
            _fetch_marks(k, marks)
        place = k.offset(k.common(Shared.TILE_COUNTS, PTR), k.own(Frame.TILE_INDEX), COUNTS_BYTES * len(metrics))
        for number, metric in enumerate(metrics):
            first, second = _counts(k, metric, given, marks)
            k.store(first, place, COUNTS_BYTES * number)
            k.store(second, place, COUNTS_BYTES * number + I64.bytes)

    touches = [outputs, *([given] if left_out else []), *([marks] if entries else [])]
    return Piece("metrics", "counts of the metrics", "tile", touches, emit)


def sum_counts(k: Kernel, metrics: Sequence[Counted]) -> None:
    """Write the sum over the tiles of a step, for one thread."""
    size = COUNTS_BYTES * len(metrics)
    numbers = range(0, size, I64.bytes)
    tiles = k.common(Shared.TILE_COUNTS, PTR)
    with k.loop(0, k.own(Frame.TILES), carry=[k.const(I64, 0)] * len(numbers), label="tile") as turn:
        place = k.offset(tiles, turn.at, size)
        turn.hand_on([k.add(turn.values[at // I64.bytes], k.load(I64, place, at)) for at in numbers])
    place = k.offset(k.common(Shared.COUNTS, PTR), k.own(Frame.STEP), size)
    for at, total in zip(numbers, turn.results, strict=True):
        k.store(total, place, at)


def _fetch_marks(k: Kernel, marks: Buffer) -> None:
    """Write the labels as the user gave them: those that the loss sees may be smoothed."""
    view, kind = k.view(marks), k.common(Shared.LABEL_KIND)
    with k.when(k.compare("eq", kind, int(LabelKind.CLASSES))):
        truth = k.load(I32.times(LANES), k.frame, 8 * Frame.TRUTH)
        one, count = k.const(k.vector, 1.0), marks.shape[0]
        with k.loop(0, count, label="class") as turn:
            number = k.convert("trunc", turn.at, I32) if count > 1 else k.const(I32, 1)  # a single output is class 1's
            hit = k.compare("eq", truth, k.splat(number, LANES))
            k.store(k.select(hit, one, 0.0), k.offset(view.pointer, turn.at, view.channel))
    with k.when(k.compare("eq", kind, int(LabelKind.PROBABILITIES))):
        given, size = k.common(Shared.MARKS, PTR), k.element.bytes
        for lane in range(LANES):
            row = k.convert("zext", k.load(I32, k.frame, 8 * Frame.ROWS + I32.bytes * lane), I64)
            source = k.offset(given, row, marks.shape[0] * size)
            with k.loop(0, marks.shape[0], label="class") as turn:
                value = k.load(k.element, k.offset(source, turn.at, size))
                k.store(value, k.offset(view.pointer, turn.at, view.channel), lane * size)


def _counts(k: Kernel, metric: Counted, outputs: Buffer, marks: Buffer) -> tuple[Value, Value]:
    """Write a metric's two counts of this tile."""
    classes = outputs.shape[0]
    match metric:
        case Precision() | Recall():
            only = metric.class_id
            return _over_entries(k, outputs, marks, _of_positives(metric), range(classes) if only is None else [only])
        case BinaryAccuracy():
            return _over_entries(k, outputs, marks, _of_right_entries(metric), range(classes))
    hits = _total(k, _ones(k, k.bits("and", k.real_lanes(), _in_top(k, outputs, metric.k))))
    return hits, k.sub(k.own(Frame.VALID), hits)


def _over_entries(
    k: Kernel, outputs: Buffer, marks: Buffer, entry: _Entry, classes: Sequence[int]
) -> tuple[Value, Value]:
    """Write the loop over the classes; images that are not real count nowhere."""
    said, meant, real = k.view(outputs), k.view(marks), k.real_lanes()
    zero = k.const(I32.times(LANES), 0)
    with k.loop(classes[0], classes[-1] + 1, carry=[zero, zero], label="class") as turn:
        output, label = (k.load(k.vector, k.offset(view.pointer, turn.at, view.channel)) for view in (said, meant))
        grown = (_ones(k, k.bits("and", real, bits)) for bits in entry(k, output, label))
        turn.hand_on([k.add(before, more) for before, more in zip(turn.values, grown, strict=True)])
    first, second = turn.results
    return _total(k, first), _total(k, second)


def _of_positives(metric: OfPositives) -> _Entry:
    """Count where both say yes, and where one does alone: the network for Precision, the label for Recall."""

    def entry(k: Kernel, output: Value, label: Value) -> tuple[Value, Value]:
        said, meant = k.compare("ogt", output, metric.threshold), k.compare("une", label, 0.0)
        both = k.bits("and", said, meant)
        return both, k.bits("xor", both, said if isinstance(metric, Precision) else meant)

    return entry


def _of_right_entries(metric: BinaryAccuracy) -> _Entry:
    """Count where the label is what the network says, 1 or 0, and where it is anything else."""

    def entry(k: Kernel, output: Value, label: Value) -> tuple[Value, Value]:
        answer = k.select(k.compare("ogt", output, metric.threshold), k.const(k.vector, 1.0), 0.0)
        return k.compare("oeq", answer, label), k.compare("une", answer, label)

    return entry


def _in_top(k: Kernel, outputs: Buffer, most: int) -> Value:
    """Write which images have fewer than so many outputs larger than that of their class; NaN is the smallest."""
    view, truth = k.view(outputs), k.load(I32.times(LANES), k.frame, 8 * Frame.TRUTH)
    with k.loop(0, outputs.shape[0], carry=[k.zeros()], label="class") as turn:
        hit = k.compare("eq", truth, k.splat(k.convert("trunc", turn.at, I32), LANES))
        value = k.load(k.vector, k.offset(view.pointer, turn.at, view.channel))
        turn.hand_on([k.select(hit, value, turn.values[0])])
    own = turn.results[0]
    own = k.select(k.compare("uno", own, own), float("-inf"), own)
    with k.loop(0, outputs.shape[0], carry=[k.const(I32.times(LANES), 0)], label="class") as turn:
        value = k.load(k.vector, k.offset(view.pointer, turn.at, view.channel))
        turn.hand_on([k.add(turn.values[0], _ones(k, k.compare("ogt", value, own)))])
    return k.compare("slt", turn.results[0], min(most, 2**31 - 1))


def _ones(k: Kernel, bits: Value) -> Value:
    """Return 1 in the lanes whose bit is set, and 0 in the others."""
    return k.select(bits, k.const(I32.times(LANES), 1), 0)


def _total(k: Kernel, lanes: Value) -> Value:
    return k.convert("zext", sum_of_one(k, lanes), I64)
