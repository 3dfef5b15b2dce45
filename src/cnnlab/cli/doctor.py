"""``cnnlab doctor``: what to add to a report of trouble."""

import json
import shutil
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cnnlab.lab.machine import MachineReport

# Less than this share of so many single peaks: the cores were not free, or lower their clock together.
_ALONE = 0.6


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say what of this machine matters, and check that code compiled here is right.

    Put the output into a report of trouble. Exit code 1 says that the self-check failed.

    \b
    Example:
      cnnlab doctor
    """  # noqa: D301 - click wants the character itself, not two
    from cnnlab.lab.machine import examine  # noqa: PLC0415 - start-up time

    found = examine()
    if as_json:
        typer.echo(json.dumps(found.as_dict(), indent=2))
    else:
        typer.echo(machine_text(found, shutil.get_terminal_size().columns))
    if not found.ok:
        raise typer.Exit(1)


def machine_text(found: "MachineReport", width: int = 80) -> str:
    """Write a line for each thing.

    Args:
        found: As gathered.
        width: Of the terminal.
    """
    from cnnlab.report.columns import Column, columns_text  # noqa: PLC0415 - start-up time

    rows = [
        ["cnnlab", _joined(found.cnnlab, found.commit and f"commit {found.commit}")],
        ["Python", found.python],
        ["system", found.platform],
        ["processor", _joined(found.processor.name, found.processor.llvm_name)],
        ["instructions", _instructions(found)],
        ["threads", f"{found.threads}, one for each core this process may use, of {found.cores}"],
        ["numpy", found.versions["numpy"]],
        ["llvmlite", f"{found.versions['llvmlite']}, LLVM {found.versions['llvm']}"],
        ["compiled backend", "runs here" if not found.why_not_compiled else f"NO: {found.why_not_compiled}"],
        ["object cache", _cache(found)],
        ["MNIST", found.mnist],
        ["environment", _environment(found)],
        ["peak", _peak(found)],
        ["self-check", f"{found.self_check.state}: {found.self_check.told}"],
    ]
    return columns_text([Column(""), Column("")], rows, width)


def _joined(*words: str | None) -> str:
    return ", ".join(word for word in words if word)


def _instructions(found: "MachineReport") -> str:
    features = " ".join(found.processor.features) or "none of those we use"
    return f"{found.processor.isa or 'none'} chosen, of {features}"


def _cache(found: "MachineReport") -> str:
    from cnnlab.report.words import format_bytes, plural  # noqa: PLC0415 - start-up time

    cache = found.object_cache
    state = "writable" if cache.writable else "NOT writable: each program is compiled anew"
    return f"{cache.folder}, {state}, {plural(cache.objects, 'object')}, {format_bytes(cache.bytes)}"


def _environment(found: "MachineReport") -> str:
    set_ones = " ".join(f"{name}={value}" for name, value in found.environment.items())
    return set_ones or "nothing set that changes things"


def _peak(found: "MachineReport") -> str:
    one, every = found.self_check.peak_one, found.self_check.peak_all
    if one is None or every is None:
        return "not measured"
    if found.threads == 1:
        return f"{one:.0f} GFLOP/s"
    busy = " (cores shared or slowed)" if every < _ALONE * one * found.threads else ""
    return f"{one:.0f} GFLOP/s on 1 thread, {every:.0f} on {found.threads}{busy}"
