"""What goes into a drawing pad, and what comes out for a page to hold."""

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from cnnlab.arch.network import Network


@dataclass(frozen=True, eq=False)
class PadNetwork:
    """One architecture with the weights of some of its seeds.

    Attributes:
        name: Of the architecture.
        network: Its description.
        seeds: Which seeds.
        weights: Of each seed, in Keras' order, float32.
        divisor: What pixels were divided by before training; 255 as a rule.
        channels_first: Whether the network wants the channel axis first; a grey image is the same numbers either way.
    """

    name: str
    network: Network
    seeds: tuple[int, ...]
    weights: tuple[tuple[npt.NDArray[Any], ...], ...]
    divisor: float
    channels_first: bool = False


@dataclass(frozen=True, eq=False)
class PadContents:
    """All that a pad shows.

    Attributes:
        networks: Who answers.
        class_names: Of the outputs, in their order; hostile strings for all the pad knows.
        examples: Test images to pick in place of a drawing, shape (n, h, w), uint8; none where the images are not grey.
        example_labels: Their classes, shape (n,).
    """

    networks: tuple[PadNetwork, ...]
    class_names: tuple[str, ...]
    examples: npt.NDArray[Any]
    example_labels: npt.NDArray[Any]


@dataclass(frozen=True)
class PadParts:
    """What a page puts in: everything is ours and escaped where it came from outside.

    Attributes:
        html: The pad's elements, without a heading, script or style.
        data: JSON for a ``<script type="application/json" id="pad-data">``; holds no ``<``.
        script: Plain JavaScript for one ``<script>`` that needs nothing but those two; holds no ``</script``.
        css: Rules for the page's style sheet, on the variables of ``style.css``.
    """

    html: str
    data: str
    script: str
    css: str
