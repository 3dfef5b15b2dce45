"""For which processor code is made: what LLVM calls it, and what the schedule needs to know of it."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from cnnlab.errors import NotSupportedError, UsageError, did_you_mean, explain

InstructionSet = Literal["avx512", "avx2", "neon"]
ISA_VARIABLE: Final = "CNNLAB_ISA"


@dataclass(frozen=True)
class Target:
    """A processor.

    Attributes:
        isa: Its vector instructions.
        triple: LLVM's name of architecture and system.
        cpu: LLVM's name of the processor.
        features: LLVM's feature string.
        register_bytes: Size of one vector register.
        registers: How many there are.
    """

    isa: InstructionSet
    triple: str
    cpu: str
    features: str
    register_bytes: int
    registers: int

    @property
    def is_x86(self) -> bool:
        """Say whether it is of Intel's family."""
        return self.isa != "neon"


_SIZES: Final[dict[InstructionSet, tuple[int, int]]] = {"avx512": (64, 32), "avx2": (32, 16), "neon": (16, 32)}
_AVX512: Final = ("avx512f", "avx512bw", "avx512vl", "avx512dq")


def aarch64_linux() -> Target:
    """Return a plain 64-bit ARM on Linux, for code that is made here and run elsewhere."""
    return Target("neon", "aarch64-unknown-linux-gnu", "generic", "+neon,+fp-armv8", *_SIZES["neon"])


def host_target(isa: str | None = None) -> Target:
    """Return the processor that this process runs on.

    Args:
        isa: "avx2" or "avx512" to use no more than that; None for the environment variable CNNLAB_ISA or else the best.

    Raises:
        NotSupportedError: If the processor lacks fused multiply-add on vectors.
        UsageError: If ``isa`` is unknown, or the processor does not have it.
    """
    from llvmlite import binding as llvm  # noqa: PLC0415 - start-up time

    features = {name for name, has in llvm.get_host_cpu_features().items() if has}
    wanted = isa or os.environ.get(ISA_VARIABLE) or best_isa(platform.machine(), features)
    if wanted not in _SIZES:
        raise UsageError(
            explain(
                expected="the name of an instruction set",
                got=repr(wanted),
                where="" if isa else f"the variable {ISA_VARIABLE}",
                fix=did_you_mean(wanted, _SIZES),
            )
        )
    if not _has(wanted, features):
        raise UsageError(explain(expected=f"a processor with {wanted}", got=llvm.get_host_cpu_name()))
    cpu = llvm.get_host_cpu_name()
    flags: Mapping[str, bool] = llvm.get_host_cpu_features()
    chosen = {name: has and not (wanted == "avx2" and name.startswith("avx512")) for name, has in flags.items()}
    text = ",".join(("+" if has else "-") + name for name, has in sorted(chosen.items()))
    return Target(_isa(wanted), llvm.get_process_triple(), cpu, text, *_SIZES[_isa(wanted)])


def best_isa(machine: str, features: set[str]) -> InstructionSet:
    """Return the widest instructions of a processor that serve us.

    Raises:
        NotSupportedError: If there are none.
    """
    if machine.lower() in {"arm64", "aarch64"}:
        return "neon"
    for isa in ("avx512", "avx2"):
        if _has(isa, features):
            return _isa(isa)
    raise NotSupportedError(
        explain(
            expected="a processor with AVX2 and FMA (most since 2013), or a 64-bit ARM",
            got=f"{machine} without them",
            where="the compiled backend",
            fix="Type --backend numpy.",
        )
    )


def _has(isa: str, features: set[str]) -> bool:
    needed = {"avx512": {*_AVX512, "fma"}, "avx2": {"avx2", "fma"}, "neon": {"neon"}}[isa]
    return needed <= features


def _isa(name: str) -> InstructionSet:
    return next(isa for isa in _SIZES if isa == name)
