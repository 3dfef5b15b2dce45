"""The functions that call all others: training steps with their barriers, and evaluation."""

from collections.abc import Callable, Sequence
from typing import Final

from cnnlab.arch.layers import BatchNormalization
from cnnlab.compiler.frame import LANES, Frame, LabelKind, Shared, Sync
from cnnlab.compiler.ir import F64, I32, I64, PTR, Function, Value
from cnnlab.compiler.kernel import Kernel
from cnnlab.compiler.lowering import penalties
from cnnlab.compiler.lowering.activation import put_behind
from cnnlab.compiler.lowering.constraints import constrain
from cnnlab.compiler.lowering.mathematics import one_nan
from cnnlab.compiler.lowering.metrics import sum_counts
from cnnlab.compiler.lowering.normalization import move_averages
from cnnlab.compiler.lowering.optimizers import Update
from cnnlab.compiler.lowering.step import Piece
from cnnlab.compiler.parts import Part, parts_of, write_timer
from cnnlab.compiler.plan import Plan
from cnnlab.compiler.shares import over_tiles, share
from cnnlab.compiler.target import Target

# Reads of a barrier before a thread lets others run: some microseconds.
_SPINS: Final = 2000


class Driver:
    """Writes the functions of a program that are about tiles, threads and steps.

    Args:
        plan: Of the program.
        target: What for.
    """

    def __init__(self, plan: Plan, target: Target) -> None:
        self._plan = plan
        self._target = target
        self._update = (
            Update(plan.optimizer, plan.trained_arrays, plan.trained // LANES) if plan.optimizer is not None else None
        )

    def functions(self) -> list[Function]:
        """Write them all."""
        written = [self._enter_tile(), self._wait()]
        if self._update is None:
            return [*written, self._write_outputs(), *self._penalty(), self._evaluate()]
        written += [self._reduce(), self._sum_results(), self._new_weights(self._update), *self._weight_rules()]
        if self._update.accumulates:
            written.append(self._written("collect", "accumulate gradients", self._update.collect))
        if self._update.needs_norms:
            written.append(self._written("norms", "norms of the gradients", self._update.norms))
        if self._plan.metrics:
            written.append(self._written("sum_counts", "add up the tiles' counts", self._sum_counts))
        return [*written, self._train()]

    def _kernel(self, name: str, about: str, *, exported: bool = False) -> Kernel:
        return Kernel(name, self._plan.element, self._target, about, exported=exported)

    def _written(self, name: str, about: str, write: Callable[[Kernel], None]) -> Function:
        k = self._kernel(name, about)
        write(k)
        return k.function

    def _enter_tile(self) -> Function:
        k = self._kernel("enter_tile", "point the frame at the tile TILE_INDEX of the batch")
        index, plan = k.own(Frame.TILE_INDEX), self._plan
        for slot, base, stride in (
            (Frame.TILE, Shared.TILES, plan.tile_bytes),
            (Frame.PARTIAL, Shared.PARTIALS, plan.summed * plan.element.bytes),
            (Frame.STATISTICS, Shared.STATISTICS, plan.statistics_bytes),
        ):
            k.store(k.offset(k.common(base, PTR), index, stride), k.frame, 8 * slot)
        first, count = k.mul(index, LANES), k.own(Frame.COUNT)
        k.store(k.smaller(k.sub(count, first), LANES), k.frame, 8 * Frame.VALID)
        order = k.offset(k.common(Shared.ORDER, PTR), k.own(Frame.START), I32.bytes)
        for lane in range(LANES):
            # Beyond the batch its last image is taken again: what comes of it is finite where that of the image is.
            place = k.smaller(k.add(first, lane), k.sub(count, 1))
            k.store(k.load(I32, k.offset(order, place, I32.bytes)), k.frame, 8 * Frame.ROWS + I32.bytes * lane)
        return k.function

    def _wait(self) -> Function:
        k = self._kernel("wait", "wait until all threads have come here")
        sync, threads = k.common(Shared.SYNC, PTR), k.common(Shared.THREADS)
        generation = k.offset(sync, 8 * Sync.GENERATION)
        before = k.emit("atomic_load", generation)
        arrived = k.emit("atomic_add", k.offset(sync, 8 * Sync.ARRIVED), k.const(I64, 1))
        last = k.compare("eq", k.add(arrived, 1), threads)
        with k.when(last):
            k.emit("atomic_store", k.offset(sync, 8 * Sync.ARRIVED), k.const(I64, 0))
            k.emit("atomic_store", generation, k.add(before, 1))
        with k.when(k.bits("xor", last, 1)):
            k.emit("wait_while", generation, before, k.common(Shared.YIELD, PTR), extra=(_SPINS,))
        return k.function

    def _fetch(self, k: Kernel) -> None:
        """Write the calls that fetch a tile's images, whatever their kind."""
        kind = k.common(Shared.IMAGE_KIND)
        for which, piece in self._plan.gathers.items():
            with k.when(k.compare("eq", kind, int(which))):
                k.call(piece.name, k.frame)

    def _fetch_labels(self, k: Kernel) -> None:
        kind = k.common(Shared.LABEL_KIND)
        for which, piece in self._plan.labels.items():
            with k.when(k.compare("eq", kind, int(which))):
                k.call(piece.name, k.frame)

    def _reduce(self) -> Function:
        k = self._kernel("reduce", "add up the tiles' sums in their order, and take the gradients over the batch")
        plan, size = self._plan, self._plan.element.bytes
        share(k, plan.summed // LANES)
        partials, gradients = k.common(Shared.PARTIALS, PTR), k.common(Shared.GRADIENTS, PTR)
        tiles = k.own(Frame.TILES)
        with k.loop(k.own(Frame.LO), k.own(Frame.HI), label="16 weights") as turn:
            first = k.offset(partials, turn.at, k.vector.bytes)
            with k.loop(1, tiles, carry=[k.load(k.vector, first)], label="tile") as tile:
                more = k.load(k.vector, k.offset(first, tile.at, plan.summed * size))
                tile.hand_on([k.add(tile.values[0], more)])
            k.store(tile.results[0], k.offset(gradients, turn.at, k.vector.bytes))
        for piece in plan.shares:
            share(k, piece.shares)
            k.call(piece.name, k.frame)
        return k.function

    def _sum_results(self) -> Function:
        k = self._kernel("sum_results", "add up the tiles' losses; stop where the sum is not finite")
        tiles, results = k.common(Shared.TILE_RESULTS, PTR), k.common(Shared.RESULTS, PTR)
        begun = [k.const(F64, 0.0), k.const(I64, 0)]
        with k.loop(0, k.own(Frame.TILES), carry=begun, label="tile") as turn:
            place = k.offset(tiles, turn.at, 16)
            turn.hand_on([k.add(turn.values[0], k.load(F64, place)), k.add(turn.values[1], k.load(I64, place, 8))])
        loss, right = turn.results
        if self._plan.penalized:
            # Once for the batch: whoever reads the sum divides it by the number of images.
            count = k.convert("sitofp", k.own(Frame.COUNT), F64)
            loss = k.add(loss, k.mul(penalties.total(k, self._plan.penalized), count))
        place = k.offset(results, k.own(Frame.STEP), 16)
        k.store(loss, place)
        k.store(right, place, 8)
        finite = k.compare("olt", k.abs(loss), float("inf"))
        with k.when(k.bits("xor", finite, 1)):
            k.store(k.const(I64, 1), k.common(Shared.SYNC, PTR), 8 * Sync.STOP)
        return k.function

    def _sum_counts(self, k: Kernel) -> None:
        sum_counts(k, self._plan.metrics)

    def _new_weights(self, update: Update) -> Function:
        k = self._kernel("new_weights", "this thread's share of the optimizer's update")
        share(k, self._plan.trained // LANES)
        update.update(k)
        with k.when(k.compare("eq", k.own(Frame.THREAD), 0)):
            for step in self._plan.steps:
                if isinstance(step.layer, BatchNormalization):
                    move_averages(k, step)
        return k.function

    def _weight_rules(self) -> list[Function]:
        """Write the functions of regularizers and constraints, where the network has some."""
        plan, written = self._plan, []
        if plan.penalized:
            k = self._kernel("penalties", "this thread's share of adding the gradients of the weights' penalties")
            share(k, plan.trained // LANES)
            penalties.add_gradients(k, plan.penalized)
            written.append(k.function)
        if plan.constrained:
            about = "this thread's share of bringing weights to where they must be"
            written.append(self._written("constraints", about, lambda k: constrain(k, plan.constrained)))
        return written

    def _penalty(self) -> list[Function]:
        """Write what evaluation adds to the loss, where the network has regularizers."""
        if not self._has_penalty:
            return []
        k = self._kernel("penalty", "what the regularizers add to the loss of all images")
        k.store(one_nan(k, penalties.total(k, self._plan.penalized)), k.common(Shared.RESULTS, PTR))
        return [k.function]

    @property
    def _has_penalty(self) -> bool:
        return bool(self._plan.penalized) and self._plan.loss is not None

    def _train(self) -> Function:
        k = self._kernel("train", "STEPS training steps of BATCH images each, in ORDER", exported=True)
        mode = k.emit("float_mode", extra=("get",))
        k.emit("float_mode", extra=("set",))
        rows, batch, sync = k.common(Shared.ROWS), k.common(Shared.BATCH), k.common(Shared.SYNC, PTR)
        with k.loop(0, k.common(Shared.STEPS), label="step") as turn, k.when(self._goes_on(k, sync)):
            start = k.mul(turn.at, batch)
            count = k.smaller(k.sub(rows, start), batch)
            self._begin(k, turn.at, start, count)
            for number, phase in enumerate(self._plan.phases):
                self._phase(k, number, [piece.name for piece in phase.by_thread], phase.by_tile)
                k.call("wait", k.frame)
            k.call("reduce", k.frame)
            with k.when(k.compare("eq", k.own(Frame.THREAD), 0)):
                k.call("sum_results", k.frame)
                if self._plan.metrics:
                    k.call("sum_counts", k.frame)
            k.call("wait", k.frame)
            with k.when(self._goes_on(k, sync)):
                if self._plan.penalized:
                    k.call("penalties", k.frame)
                with k.when(k.bit(k.common(Shared.UPDATE))):
                    self._update_calls(k)
            k.call("wait", k.frame)
        k.emit("float_mode", mode, extra=("set",))
        return k.function

    def _goes_on(self, k: Kernel, sync: Value) -> Value:
        return k.compare("eq", k.load(I64, sync, 8 * Sync.STOP), 0)

    def _begin(self, k: Kernel, step: Value, start: Value, count: Value) -> None:
        tiles = k.div(k.add(count, LANES - 1), LANES)
        slots = ((Frame.STEP, step), (Frame.START, start), (Frame.COUNT, count), (Frame.TILES, tiles))
        for slot, value in slots:
            k.store(value, k.frame, 8 * slot)
        k.store(k.div(k.const(F64, 1.0), k.convert("sitofp", count, F64)), k.frame, 8 * Frame.SCALE)

    def _phase(self, k: Kernel, number: int, by_thread: Sequence[str], by_tile: Sequence[Piece]) -> None:
        for name in by_thread:
            k.call(name, k.frame)
        with over_tiles(k):
            if number == 0:
                self._fetch(k)
            for piece in by_tile:
                if piece.name == "loss":
                    self._fetch_labels(k)
                k.call(piece.name, k.frame)

    def _update_calls(self, k: Kernel) -> None:
        update = self._update
        assert update is not None
        if update.accumulates:
            share(k, self._plan.trained // LANES)
            k.call("collect", k.frame)
        if update.needs_norms:
            k.call("wait", k.frame)
            k.call("norms", k.frame)
            k.call("wait", k.frame)
        k.call("new_weights", k.frame)
        if self._plan.constrained:
            k.call("wait", k.frame)
            k.call("constraints", k.frame)

    def _evaluate(self) -> Function:
        k = self._kernel(
            "evaluate", "outputs, and losses where there are labels, of all images in ORDER", exported=True
        )
        mode = k.emit("float_mode", extra=("get",))
        k.emit("float_mode", extra=("set",))
        zero = k.const(I64, 0)
        self._begin(k, zero, zero, k.common(Shared.ROWS))
        phase = self._plan.phases[0]
        for piece in phase.by_thread:
            k.call(piece.name, k.frame)
        with over_tiles(k):
            self._fetch(k)
            for piece in phase.by_tile:
                if piece.name not in {"loss", "metrics"}:
                    k.call(piece.name, k.frame)
            if self._plan.labels:
                labelled = k.compare("ne", k.common(Shared.LABEL_KIND), int(LabelKind.NONE))
                with k.when(labelled):
                    self._fetch_labels(k)
                    k.call("loss", k.frame)
                    if self._plan.metrics:
                        k.call("metrics", k.frame)
            with k.when(k.bit(k.common(Shared.OUTPUTS))):
                k.call("write_outputs", k.frame)
        if self._has_penalty:
            labelled = k.compare("ne", k.common(Shared.LABEL_KIND), int(LabelKind.NONE))
            with k.when(k.compare("eq", k.own(Frame.THREAD), 0)), k.when(labelled):
                k.call("penalty", k.frame)
        k.emit("float_mode", mode, extra=("set",))
        return k.function

    def _write_outputs(self) -> Function:
        """Write the function that turns a tile's outputs into rows, one for each image."""
        k = self._kernel("write_outputs", "from 16 images side by side to a row for each")
        plan, size = self._plan, self._plan.element.bytes
        channels, height, width = plan.outputs.shape
        each = channels * height * width
        source = plan.outputs
        if plan.left_out:
            assert plan.shares_of_classes is not None
            put_behind(k, plan.left_out, plan.outputs, plan.shares_of_classes)
            source = plan.shares_of_classes
        view = k.view(source)
        outputs = k.offset(k.common(Shared.OUTPUTS, PTR), k.own(Frame.TILE_INDEX), LANES * each * size)
        with (
            k.loop(0, channels, label="channel") as channel,
            k.loop(0, height, label="row") as row,
            k.loop(0, width, label="column") as column,
        ):
            value = one_nan(k, k.load(k.vector, k.offset(view.at(k, channel.at, row.at), column.at, view.column)))
            number = k.add(k.mul(k.add(k.mul(row.at, width), column.at), channels), channel.at)
            place = k.offset(outputs, number, size)
            for lane in range(LANES):
                k.store(k.extract(value, lane), place, lane * each * size)
        return k.function

    # What a step consists of, and functions that do one thing of it many times.

    def parts(self) -> list[Part]:
        """List what a training step does, in its order; of the images' and labels' kinds all."""
        return parts_of(self._plan, self._update)

    def timers(self) -> list[Function]:
        """Write for each part a function that does it TURNS times, over all tiles where it is for tiles."""
        written = []
        for part in self.parts():
            k = self._kernel(part.timer, f"{part.name}, TURNS times", exported=True)
            write_timer(k, part)
            written.append(k.function)
        return written
