"""Where a result comes from: the machine, the versions, the data."""

import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from cnnlab.backends import Backend
from cnnlab.backends.threads import available_threads
from cnnlab.records import Provenance, Split
from cnnlab.version import __version__


def provenance(backend: Backend, split: Split, threads: int | None) -> Provenance:
    """Gather what one needs to make a result again, or to doubt it.

    Args:
        backend: Who trains.
        split: What is trained on.
        threads: As asked for; None for one for each core this process may use.
    """
    return Provenance(
        cnnlab_version=__version__,
        commit=commit(),
        python=platform.python_version(),
        numpy=np.__version__,
        platform=platform.platform(terse=True),
        cpu=cpu_name(),
        threads=threads or available_threads(),
        backend=backend.about,
        same_bits=backend.same_bits,
        data_name=split.name,
        data_source=split.source,
        data_sums=dict(split.sums),
        train_images=len(split.train),
        test_images=len(split.test),
        validation_images=None if split.validation is None else len(split.validation),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def cpu_name() -> str:
    """Name the processor as its maker does, where the system tells."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def commit() -> str | None:
    """Return the commit of the checkout that this package runs from; None for an installed wheel."""
    root = Path(__file__).parents[3]
    if not (root / ".git").exists() or not (root / "src" / "cnnlab").exists():
        return None
    try:
        told = subprocess.run(  # noqa: S603 - no word of it comes from outside
            ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip() or None
