"""Pages with a drawing pad, for tests: nothing but the pad, under a policy that admits only what it was built with."""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from cnnlab.arch import Network
from cnnlab.report.pad.contract import PadContents, PadNetwork
from cnnlab.report.pad.parts import SCRIPTS, pad_parts, source

STYLE = (files("cnnlab.report") / "templates" / "style.css").read_text(encoding="utf-8")
DIGITS = tuple("0123456789")


def scripts() -> str:
    """Return the pad's scripts with their names left open to tests, and nothing begun."""
    return "\n".join(map(source, SCRIPTS))


def contents(
    networks: Sequence[PadNetwork],
    class_names: tuple[str, ...] = DIGITS,
    examples: np.ndarray | None = None,
    labels: np.ndarray | None = None,
) -> PadContents:
    """Fill a pad; without examples if none are given."""
    none = np.zeros((0, 28, 28), np.uint8)
    return PadContents(
        tuple(networks),
        class_names,
        none if examples is None else examples,
        np.zeros(0, int) if labels is None else labels,
    )


def pad_network(
    network: Network, *seeds: Sequence[np.ndarray], name: str = "one", divisor: float = 255.0
) -> PadNetwork:
    """Hand over a network with the weights of some seeds."""
    return PadNetwork(name, network, tuple(range(len(seeds))), tuple(tuple(weights) for weights in seeds), divisor)


def write_page(place: Path, inside: PadContents) -> Path:
    """Write a page that holds a pad, with a strict policy; return where it lies."""
    parts = pad_parts(inside)
    style = STYLE + parts.css
    policy = f"default-src 'none'; style-src {_sum(style)}; script-src {_sum(parts.script)}"
    place.write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pad</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{style}</style></head>'
        f"<body><main><h1>Try them</h1>{parts.html}</main>"
        f'<script type="application/json" id="pad-data">{parts.data}</script>'
        f"<script>{parts.script}</script></body></html>",
        encoding="utf-8",
    )
    return place


def _sum(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
