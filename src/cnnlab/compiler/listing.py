"""A program as text, on each level of its way to machine code, whole or one function of it."""

import re
from typing import Final, Literal

from cnnlab.compiler.ir import print_function
from cnnlab.compiler.program import Program
from cnnlab.errors import UsageError, did_you_mean, explain

Level = Literal["ir", "llvm", "asm"]
LEVELS: Final[tuple[Level, ...]] = ("ir", "llvm", "asm")


def listing(program: Program, level: Level, function: str | None = None) -> str:
    """Write a program.

    Args:
        program: What to write.
        level: "ir": the loop and vector language; "llvm": LLVM's text; "asm": the target's assembly.
        function: Only this one; None for all.

    Returns:
        The text, without a final line break.

    Raises:
        UsageError: If there is no such function; the message proposes the nearest.
    """
    names = [each.name for each in program.module.functions]
    if function is not None and function not in names:
        fix = did_you_mean(function, names)
        raise UsageError(
            explain(expected="a function of the program", got=repr(function), where=program.plan.network.name, fix=fix)
        )
    if level == "ir":
        return (program.ir() if function is None else print_function(program.module.find(function))).rstrip()
    text = program.llvm() if level == "llvm" else program.assembly()
    if function is None:
        return text.rstrip()
    return _of_llvm(text, function) if level == "llvm" else _of_assembly(text, function, names)


def _of_llvm(text: str, name: str) -> str:
    """Cut one function out of LLVM's text."""
    found = re.search(rf"^define [^\n]*@{re.escape(name)}\(.*?^\}}$", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found.group()


def _of_assembly(text: str, name: str, names: list[str]) -> str:
    """Cut one function out of assembly: from its label to what only closes it, or to the next one's."""
    labels = {f"{prefix}{other}:" for other in names for prefix in ("", "_")}
    lines: list[str] = []
    for line in text.splitlines():
        word = line.partition(" ")[0].rstrip()
        if lines and (word in labels or line.startswith(".Lfunc_end")):
            break
        if lines or word in {f"{name}:", f"_{name}:"}:
            lines.append(line)
    while lines and re.match(r"\s*(\.p2align|\.globl|\.type|\.def|\.section|$)", lines[-1]):
        lines.pop()
    return "\n".join(lines)
