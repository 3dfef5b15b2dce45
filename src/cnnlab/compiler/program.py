"""From a plan to a program: all its functions in one module, and the machine code of it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from cnnlab.arch import Network
from cnnlab.compiler import jit
from cnnlab.compiler.driver import Driver
from cnnlab.compiler.ir import F32, Module, Type, print_module, verify
from cnnlab.compiler.kernel import Kernel
from cnnlab.compiler.llvm import llvm_text
from cnnlab.compiler.lowering.step import Piece
from cnnlab.compiler.parts import Part
from cnnlab.compiler.plan import Plan
from cnnlab.compiler.planning import make_plan
from cnnlab.compiler.target import Target, host_target
from cnnlab.records import Counted, Loss, Optimizer


class Program:
    """A plan with its code, made when it is asked for.

    Args:
        plan: What it computes.
        target: What for; None for the processor at hand.
        timed: Whether each part of a training step gets a function that does it alone, many times.
    """

    def __init__(self, plan: Plan, target: Target | None = None, *, timed: bool = False) -> None:
        self.plan = plan
        self.target = target or host_target()
        self.timed = timed

    @property
    def entry(self) -> str:
        """Name the function to call."""
        return "train" if self.plan.training else "evaluate"

    @cached_property
    def pieces(self) -> list[Piece]:
        """List all pieces of code, in the order in which they run."""
        plan = self.plan
        inside = [piece for phase in plan.phases for piece in (*phase.by_thread, *phase.by_tile)]
        return [*plan.gathers.values(), *plan.labels.values(), *inside, *plan.shares]

    @cached_property
    def module(self) -> Module:
        """Write and verify the program in the loop and vector language."""
        module = Module(self.plan.network.name)
        for piece in self.pieces:
            k = Kernel(piece.name, self.plan.element, self.target, piece.about)
            piece.emit(k)
            module.functions.append(k.function)
        driver = Driver(self.plan, self.target)
        module.functions += driver.functions()
        if self.timed:
            module.functions += driver.timers()
        verify(module)
        return module

    def ir(self) -> str:
        """Write the program in the loop and vector language."""
        return print_module(self.module)

    def llvm(self) -> str:
        """Write the program in LLVM's text."""
        return llvm_text(self.module, self.target)

    def assembly(self) -> str:
        """Write the program in the target's assembly."""
        return jit.emit_assembly(self.llvm(), self.target)

    def object(self) -> bytes:
        """Compile the program to an object file."""
        return jit.emit_object(self.llvm(), self.target)

    @property
    def key(self) -> str:
        """Name all that the program depends on besides the compiler and the target.

        The learning rate is handed over at each step: one program serves any rate and any schedule.
        """
        plan = self.plan
        optimizer: Any = plan.optimizer
        if optimizer is not None:
            optimizer = replace(optimizer, learning_rate=0.0, decay=0.0)
        nodes = [(node.layer, node.inputs, node.output_shape) for node in plan.network.nodes]
        counted = [replace(metric, name="any") for metric in plan.metrics]
        return repr((nodes, plan.loss, optimizer, plan.element, self.timed, *counted))

    @cached_property
    def library(self) -> jit.Library:
        """Load the machine code, out of the cache where it is there."""
        return jit.load(self.llvm, self.key, self.target)

    @property
    def parts(self) -> list[Part]:
        """List what a training step consists of, in the order in which it is done."""
        return Driver(self.plan, self.target).parts()

    @cached_property
    def _exported(self) -> dict[str, jit.Native]:
        timers = [part.timer for part in self.parts] if self.timed else []
        return self.library.functions([self.entry, *timers])

    @property
    def run(self) -> jit.Native:
        """Return the entry as a function of the address of a thread's frame."""
        return self._exported[self.entry]

    def timer(self, part: Part) -> jit.Native:
        """Return what does one part of a step, as often as the frame's TURNS say."""
        return self._exported[part.timer]


def compile_program(
    network: Network,
    loss: Loss | None = None,
    optimizer: Optimizer | None = None,
    *,
    element: Type = F32,
    target: Target | None = None,
    metrics: Sequence[Counted] = (),
) -> Program:
    """Plan a network and return its program.

    Args:
        network: Its description.
        loss: None to predict only.
        optimizer: None to evaluate and predict.
        element: float32, or float64 for checking.
        target: None for the processor at hand.
        metrics: What is counted beside the right answers.

    Raises:
        NotSupportedError: If the compiler lacks a layer or the optimizer, or the processor an instruction.
    """
    return Program(make_plan(network, loss, optimizer, element, metrics), target)
