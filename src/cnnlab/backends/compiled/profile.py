"""How long each part of a training step takes, each timed alone on the numbers of a real step."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Final

import numpy as np

from cnnlab.arch import Network
from cnnlab.backends.compiled.crew import run_together
from cnnlab.backends.compiled.memory import Frames, Slots
from cnnlab.backends.compiled.model import CompiledModel
from cnnlab.backends.interface import Array
from cnnlab.compiler import Program, Target, compile_program
from cnnlab.compiler.frame import Frame, Shared
from cnnlab.compiler.jit import Native
from cnnlab.compiler.parts import Part
from cnnlab.compiler.planning import make_plan
from cnnlab.records import Examples, Loss, Optimizer

# Of each part the best run counts: others may use the machine meanwhile. So many rounds over all parts, so many short
# runs of each part in a round.
_ROUNDS: Final = 5
_RUNS: Final = 4
_STEPS_AT_MOST: Final = 4096
# A run of whole steps is this much longer than one of a part: Python stands around it.
_STEPS_OF_A_RUN: Final = 5


@dataclass(frozen=True)
class PartTime:
    """A part of a step and its time.

    Attributes:
        part: What it is.
        seconds: In one step, all its tiles and turns together.
    """

    part: Part
    seconds: float


@dataclass(frozen=True)
class Profile:
    """A training step in parts.

    Attributes:
        batch: Images in the step.
        tiles: Of 16 images.
        threads: That had work.
        step_seconds: Of a whole step, measured among many others.
        had: Share of that time in which this process had its cores to itself, from 0 to 1.
        parts: In the order in which they are done.
    """

    batch: int
    tiles: int
    threads: int
    step_seconds: float
    had: float
    parts: tuple[PartTime, ...]


def profile(
    network: Network,
    weights: Sequence[Array],
    loss: Loss,
    optimizer: Optimizer,
    examples: Examples,
    *,
    batch: int,
    threads: int = 1,
    seconds: float = 0.002,
    target: Target | None = None,
) -> Profile:
    """Time a training step and each of its parts.

    Args:
        network: What is trained.
        weights: To begin with, in Keras' order.
        loss: What it is trained by.
        optimizer: Likewise.
        examples: At least a batch of them; real ones, since zeros are quicker than numbers.
        batch: Images in a step.
        threads: How many at most.
        seconds: One run of a part takes about this long; there are twenty of each.
        target: None for the processor at hand.

    Raises:
        NotSupportedError: If the compiler lacks a layer or the optimizer, or the processor an instruction.
    """
    program = Program(make_plan(network, loss, optimizer), target, timed=True)
    evaluation = compile_program(network, loss, target=target)
    model = CompiledModel(network, weights, loss=loss, training=program, evaluation=evaluation, seed=0, threads=threads)
    timing = _Timing(program, model, examples, batch, seconds)
    steps, parts = zip(*(timing.round() for _ in range(_ROUNDS)), strict=True)
    best = [min(times) for times in zip(*parts, strict=True)]
    step, had = min(steps)
    return Profile(batch, timing.tiles, timing.threads, step, had, _own_times(timing.parts, best))


def _own_times(parts: Sequence[Part], seconds: Sequence[float]) -> tuple[PartTime, ...]:
    """Take off what stands around a part where it is timed: entering its tiles, or the shares after a reduction."""
    by_name = {part.name: each for part, each in zip(parts, seconds, strict=True)}
    shares = sum(by_name[part.name] for part in parts if part.scope == "share")
    found = []
    for part, each in zip(parts, seconds, strict=True):
        around = by_name["enter_tile"] if part.scope == "tile" and part.name != "enter_tile" else 0.0
        around = shares if part.name == "reduce" else around
        found.append(PartTime(part, max(each - around, 0.0) * part.times))
    return tuple(found)


class _Timing:
    """Runs steps and their parts, again and again.

    Args:
        program: With timers.
        model: That it trains.
        examples: Trained on.
        batch: Images in a step.
        seconds: Of one run.
    """

    def __init__(self, program: Program, model: CompiledModel, examples: Examples, batch: int, seconds: float) -> None:
        self._program, self._model, self._examples, self._batch = program, model, examples, batch
        self._seconds = seconds
        order = np.random.default_rng(0).permutation(len(examples))
        whole = order[: max(len(order) // batch, 1) * batch]
        self._order = np.tile(whole, -(-_STEPS_AT_MOST * batch // len(whole)))
        self._weights, self._state = model.get_weights(), model.get_state()
        for _ in range(2):  # the first step of all has pages to touch, the second tells how long one takes
            model.train_batches(examples, self._order, batch, 0)
        memory = self._real_step()
        words = memory.shared.words
        self.threads, self.tiles = int(words[Shared.THREADS]), int(memory.own[0].words[Frame.TILES])
        others = {piece.name for kind, piece in program.plan.gathers.items() if kind != words[Shared.IMAGE_KIND]}
        others |= {piece.name for kind, piece in program.plan.labels.items() if kind != words[Shared.LABEL_KIND]}
        self.parts = [part for part in program.parts if part.name not in others]
        self._turns = [0] * len(self.parts)

    def round(self) -> tuple[tuple[float, float], list[float]]:
        """Train for a while, then run every part for a while.

        Returns:
            Seconds of a step and this process' share of them; seconds of each part, for all tiles of the batch.
        """
        step = min(self._step() for _ in range(_RUNS))
        return step, [self._run(number, part) for number, part in enumerate(self.parts)]

    def _step(self) -> tuple[float, float]:
        """Train for a while; return the seconds of one step, and the share of them that this process computed."""
        began, computed = perf_counter(), process_time()
        steps = len(self._model.train_batches(self._examples, self._order, self._batch, 0))
        took, computed = perf_counter() - began, process_time() - computed
        most = max(int(_STEPS_OF_A_RUN * self._seconds / (took / steps)), 1)
        self._order = self._order[: most * self._batch]
        return took / steps, min(computed / took / self.threads, 1.0)

    def _real_step(self) -> Frames:
        """Fill the memory with the numbers of a real step, always the same one."""
        self._model.set_weights(self._weights)
        self._model.set_state(self._state)
        self._model.train_step(self._examples, self._order[: self._batch], 0)
        return self._model.memory()

    def _run(self, number: int, part: Part) -> float:
        memory, native = self._real_step(), self._program.timer(part)
        frames = memory.own[: self.threads]
        if not self._turns[number]:
            for turns in (1, 10):
                self._turns[number] = max(int(self._seconds / _seconds_of(native, frames, turns) * turns), 1)
        turns = self._turns[number]
        return min(_seconds_of(native, frames, turns) for _ in range(_RUNS)) / turns


def _seconds_of(native: Native, frames: Sequence[Slots], turns: int) -> float:
    for frame in frames:
        frame.put(Frame.TURNS, turns)
    began = perf_counter()
    run_together(native, frames)
    return perf_counter() - began
