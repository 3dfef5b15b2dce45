"""``cnnlab compile``: a network on each level of its way to machine code."""

import json
import shutil
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnlab.cli import naming

if TYPE_CHECKING:
    from cnnlab.compiler import Program, Target
    from cnnlab.experiments import Architecture


class Show(StrEnum):
    """What of a network."""

    LAYERS = "layers"
    PLAN = "plan"
    IR = "ir"
    LLVM = "llvm"
    ASM = "asm"


class Dtype(StrEnum):
    """What all numbers are."""

    FLOAT32 = "float32"
    FLOAT64 = "float64"


class Isa(StrEnum):
    """Vector instructions."""

    AVX2 = "avx2"
    AVX512 = "avx512"
    NEON = "neon"


def compile_network(
    name: Annotated[str, typer.Argument(metavar=naming.METAVAR, help=naming.HELP)],
    *,
    show: Annotated[Show, typer.Option(help="Which level.")] = Show.LAYERS,
    function: Annotated[
        str | None, typer.Option(help="Of ir, llvm or asm only this function.", metavar="NAME", show_default=False)
    ] = None,
    evaluation: Annotated[
        bool, typer.Option("--evaluation", help="The program that evaluates, not the one that trains.")
    ] = False,
    dtype: Annotated[Dtype, typer.Option(help="What all numbers are.")] = Dtype.FLOAT32,
    isa: Annotated[
        Isa | None,
        typer.Option(help="Vector instructions; neon is made for 64-bit ARM anywhere. Else this processor's best."),
    ] = None,
    architecture: Annotated[
        str | None, typer.Option(help="Of a study file only this one.", metavar="NAME", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print layers or plan as JSON.")] = False,
) -> None:
    """Show how a network becomes machine code: layers, plan, loop language, LLVM's text, assembly.

    Nothing is run and nothing is kept.

    \b
    Examples:
      cnnlab compile architecture-1
      cnnlab compile architecture-1 --show plan
      cnnlab compile architecture-2 --show ir --function layer1_conv2d_forward
      cnnlab compile architecture-2 --show asm --isa neon --evaluation
    """  # noqa: D301 - click wants the character itself, not two
    _check(show, function, as_json=as_json)
    chosen = naming.chosen(naming.architectures(name, "compile"), architecture, "compile")
    target = _target(isa)
    programs = [(one, _program(one, dtype, target, evaluation=evaluation)) for one in chosen]
    if show in {Show.LAYERS, Show.PLAN}:
        _tell(programs, show, as_json=as_json)
        return
    from cnnlab.compiler.listing import LEVELS, listing  # noqa: PLC0415 - start-up time

    level = next(each for each in LEVELS if each == str(show))
    typer.echo(listing(naming.only(programs, "compile", f"--show {show}"), level, function))


def _check(show: Show, function: str | None, *, as_json: bool) -> None:
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415 - start-up time

    is_text = show in {Show.IR, Show.LLVM, Show.ASM}
    if function is not None and not is_text:
        raise UsageError(explain(expected="--show ir, llvm or asm with --function", got=f"--show {show}"))
    if as_json and is_text:
        raise UsageError(explain(expected="--show layers or plan with --json", got=f"--show {show}"))


def _target(isa: Isa | None) -> "Target":
    """Return what code is made for: ARM's from any machine, Intel's from one that has it."""
    from cnnlab.compiler.target import aarch64_linux, host_target  # noqa: PLC0415 - start-up time

    if isa is Isa.NEON:
        return aarch64_linux()
    return host_target(None if isa is None else str(isa))


def _program(one: "Architecture", dtype: Dtype, target: "Target", *, evaluation: bool) -> "Program":
    from cnnlab.compiler import compile_program  # noqa: PLC0415 - start-up time
    from cnnlab.compiler.ir import F32, F64  # noqa: PLC0415

    network, recipe = one.network, one.recipe
    element = F32 if dtype is Dtype.FLOAT32 else F64
    loss = recipe.loss if len(network.output_shape) == 1 else None
    return compile_program(network, loss, None if evaluation else recipe.optimizer, element=element, target=target)


def _tell(programs: "list[tuple[Architecture, Program]]", show: Show, *, as_json: bool) -> None:
    """Print layers or plans."""
    from cnnlab.cli.compile_text import layers_text, plan_text  # noqa: PLC0415 - start-up time
    from cnnlab.compiler.inspection import layer_views, plan_view  # noqa: PLC0415

    width = shutil.get_terminal_size().columns
    data: list[dict[str, Any]] = []
    for index, (one, program) in enumerate(programs):
        plan = plan_view(program, (16, one.recipe.batch_size, 512))
        layers = layer_views(program.plan)
        if as_json:
            data.append(_as_data(plan, layers if show is Show.LAYERS else None))
            continue
        text = layers_text(plan, layers, width) if show is Show.LAYERS else plan_text(plan, width)
        typer.echo(("\n\n" if index else "") + text)
    if as_json:
        typer.echo(json.dumps(data[0] if len(data) == 1 else data, indent=2))


def _as_data(plan: Any, layers: Any) -> dict[str, Any]:  # noqa: ANN401 - their modules load late
    """Return a plan as plain data, or its head with the layers."""
    whole = asdict(plan)
    if layers is None:
        return whole
    head = {key: whole[key] for key in ("network", "training", "element", "isa")}
    return {**head, "layers": [asdict(layer) for layer in layers]}
