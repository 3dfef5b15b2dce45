"""What someone who reads a report of trouble wants to know of the machine, gathered in a second or two."""

import importlib.metadata
import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from cnnlab import data
from cnnlab.backends import why_not_compiled
from cnnlab.backends.threads import available_threads
from cnnlab.compiler import object_cache
from cnnlab.data.folders import for_people
from cnnlab.errors import CnnlabError
from cnnlab.experiments.provenance import commit, cpu_name
from cnnlab.version import __version__

# Variables of others that change what we compute or how fast; all that begin with ours count as well.
VARIABLES: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NPY_DISABLE_CPU_FEATURES",
    "KERAS_HOME",
    "XDG_CACHE_HOME",
)
OWN_VARIABLES: Final = "CNNLAB_"
# Features of processors that decide what code is made.
_FEATURES: Final = ("avx", "avx2", "fma", "avx512f", "avx512bw", "avx512vl", "avx512dq", "neon")
_MODULE: Final = "cnnlab.lab.self_check"
_PATIENCE: Final = 60
_LAST_WORDS: Final = 300


@dataclass(frozen=True)
class Processor:
    """The processor, as the system and as LLVM name it; the second half is empty without llvmlite."""

    name: str
    llvm_name: str
    features: tuple[str, ...]
    isa: str


@dataclass(frozen=True)
class Cache:
    """A folder of compiled programs."""

    folder: str
    writable: bool
    objects: int
    bytes: int


@dataclass(frozen=True)
class Checked:
    """What the process that checks itself has told.

    Attributes:
        state: "ok", "FAILED", or "not run" where the compiled backend does not run.
        told: What came out, or how it ended.
        peak_one: GFLOP/s of one thread; None where it was not measured.
        peak_all: Of all threads.
    """

    state: str
    told: str
    peak_one: float | None = None
    peak_all: float | None = None


@dataclass(frozen=True)
class MachineReport:
    """The whole report."""

    cnnlab: str
    commit: str | None
    python: str
    platform: str
    processor: Processor
    cores: int
    threads: int
    versions: Mapping[str, str]
    why_not_compiled: str
    object_cache: Cache
    mnist: str
    self_check: Checked
    environment: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Say whether nothing has failed; a machine that only has NumPy is in order."""
        return self.self_check.state != "FAILED"

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {**asdict(self), "ok": self.ok}


def examine() -> MachineReport:
    """Look at everything; the self-check runs meanwhile, in a process of its own."""
    reason = _why_not_compiled()
    checking = None if reason else _begin_check()
    return MachineReport(
        cnnlab=__version__,
        commit=commit(),
        python=f"{platform.python_version()} ({platform.python_implementation()})",
        platform=platform.platform(),
        processor=_processor(),
        cores=os.cpu_count() or 1,
        threads=available_threads(),
        versions=_versions(),
        why_not_compiled=reason,
        object_cache=_cache(),
        mnist=_mnist(),
        self_check=Checked("not run", "the compiled backend does not run here") if checking is None else _end(checking),
        environment=_environment(),
    )


def _why_not_compiled() -> str:
    """Say why the compiled backend does not run; a wrong word in the environment is such a reason here."""
    try:
        return why_not_compiled()
    except CnnlabError as error:
        return str(error)


def _begin_check() -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - no word of it comes from outside
        [sys.executable, "-m", _MODULE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _end(process: "subprocess.Popen[str]") -> Checked:
    """Wait for the check and read what it has told."""
    try:
        told, complaint = process.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        told, complaint = process.communicate()
        complaint = f"no answer within {_PATIENCE} s"
    return read_check(told, complaint, process.returncode)


def read_check(told: str, complaint: str, code: int) -> Checked:
    """Read what the process of the self-check has written, however it ended.

    Args:
        told: Its lines of JSON; there may be fewer than it wanted to write.
        complaint: Its standard error.
        code: Its exit code; negative for a signal.
    """
    found: dict[str, Any] = {}
    for line in told.splitlines():
        found |= json.loads(line)
    check, peak = found.get("check"), found.get("peak", {})
    if code or check is None:
        return Checked("FAILED", _how_it_ended(complaint, code), peak.get("one"), peak.get("all"))
    bits = f"the same bits on 1 and {check['threads']} threads"
    if not check["same_bits"]:
        bits = f"other bits on {check['threads']} threads than on 1"
    words = f"probabilities within {check['difference']:.0e} of NumPy's, {bits}"
    return Checked("ok" if check["ok"] else "FAILED", words, peak.get("one"), peak.get("all"))


def _how_it_ended(complaint: str, code: int) -> str:
    if code < 0:
        try:
            return f"ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"ended by signal {-code}"
    words = complaint.strip().splitlines()
    return f"ended with code {code}: {words[-1][:_LAST_WORDS]}" if words else f"ended with code {code}"


def _processor() -> Processor:
    name = cpu_name()
    try:
        from llvmlite import binding as llvm  # noqa: PLC0415 - may be missing

        from cnnlab.compiler.target import host_target  # noqa: PLC0415 - likewise

        has = llvm.get_host_cpu_features()
        features = tuple(feature for feature in _FEATURES if has.get(feature))
        llvm_name = llvm.get_host_cpu_name()
    except ImportError:
        return Processor(name, "", (), "")
    try:
        return Processor(name, llvm_name, features, host_target().isa)
    except CnnlabError:
        return Processor(name, llvm_name, features, "")


def _versions() -> dict[str, str]:
    found = {}
    for package in ("numpy", "llvmlite"):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    try:
        from llvmlite import binding as llvm  # noqa: PLC0415 - may be missing

        found["llvm"] = ".".join(str(number) for number in llvm.llvm_version_info)
    except ImportError:
        found["llvm"] = "not installed"
    return found


def _cache() -> Cache:
    folder = object_cache.folder()
    sizes = [path.stat().st_size for path in folder.glob("*.o")] if folder.is_dir() else []
    return Cache(for_people(folder), _can_write(folder), len(sizes), sum(sizes))


def _can_write(folder: Path) -> bool:
    """Say whether files can be made in a folder, which itself may have to be made first."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), None)
    return there is not None and there.is_dir() and os.access(there, os.W_OK)


def _mnist() -> str:
    if not data.stored("mnist"):
        return "not in the cache"
    bad = [f"{part.name} {part.state}" for part in data.verify("mnist") if part.state != "ok"]
    return f"in the cache, {', '.join(bad)}" if bad else "in the cache, all sums right"


def _environment() -> dict[str, str]:
    names = [name for name in os.environ if name.startswith(OWN_VARIABLES) or name in VARIABLES]
    return {name: os.environ[name] for name in sorted(names)}
