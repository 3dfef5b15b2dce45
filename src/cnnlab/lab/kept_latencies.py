"""Latencies of a study's networks, measured once and kept in its folder: a page made again shows the same ones."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from cnnlab.arch import Network
from cnnlab.errors import NotSupportedError
from cnnlab.files import write_text
from cnnlab.lab.latency import Latencies, Latency, latencies

FILE: Final = "latency.json"
MOST: Final = 12
"""Of more networks than these nobody waits for the measurement at the end of a study; `cnnlab compare` makes it."""


def kept_latencies(folder: Path, networks: Mapping[str, Network], *, measure: bool) -> tuple[Latencies | None, str]:
    """Read a study's latencies, or measure and keep them.

    Args:
        folder: The study's.
        networks: By the names of its architectures.
        measure: Whether to measure what is not kept.

    Returns:
        The latencies, or None; and a sentence of what there is to say of that, empty where there is nothing.
    """
    found = _read(folder / FILE, networks)
    if found is None and measure and 0 < len(networks) <= MOST:
        try:
            found = latencies(networks)
        except NotSupportedError as error:
            return None, f"Latency was not measured: {error}"
        write_text(folder / FILE, json.dumps(asdict(found), indent=2) + "\n")
    if found is None:
        return None, "Latency was not measured when the study ended; cnnlab compare measures it."
    return found, "" if found.steady else _unsteady(found)


def _unsteady(found: Latencies) -> str:
    return (
        f"The latencies were measured while the machine had other work: a median call took {found.swing:.1f} times as "
        "long as a quick one. Nobody is placed on a front by them."
    )


def _read(path: Path, networks: Mapping[str, Network]) -> Latencies | None:
    """Read what was kept, if it is of these networks."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        of = {str(name): Latency(**one) for name, one in told.pop("of").items()}
        return Latencies(of, **told) if set(of) == set(networks) else None
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return None
