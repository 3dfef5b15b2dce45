"""Who answers in a page's drawing pad: the networks of a study with the weights of as many seeds as have room."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.errors import CnnlabError
from cnnlab.experiments.prepare import divisor_for
from cnnlab.lab.answers import class_numbers
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.records import RunResult, Split
from cnnlab.report.pad.contract import PadContents, PadNetwork
from cnnlab.report.words import listing

MOST_BYTES: Final = 1_600_000
"""Of weights in all: written into a page they take a third more, and a page should stay below 3 MB."""

EXAMPLES: Final = 40
"""Test images to pick in place of a drawing."""

_Weights = tuple[npt.NDArray[Any], ...]


def pad_contents(study: StudyOutcome, split: Split) -> tuple[PadContents | None, tuple[str, ...]]:
    """Choose who answers.

    The first finished seed of each architecture comes before the second of any, so that no architecture is left out
    for the seeds of another one.

    Args:
        study: Its runs, networks and folder.
        split: Its data set.

    Returns:
        What the pad shows, None where nobody can answer; and who is left out and why, a sentence each.
    """
    test = split.test.images
    grey = test.reshape(test.shape[:3]) if test.ndim == 4 and test.shape[3] == 1 else test  # noqa: PLR2004 - n, h, w, c
    if grey.ndim != 3 or grey.dtype != np.uint8:  # noqa: PLR2004 - n, h, w
        return None, ("There is no drawing pad: it draws grey images of bytes, and those of this study are others.",)
    fitting = {name: one for name, one in study.networks.items() if _takes(one, grey.shape[1:])}
    others = [name for name in study.networks if name not in fitting]
    alone = [name for name in fitting if _is_read_one_by_one(study, name)]
    kept, left = _chosen(study, {name: one for name, one in fitting.items() if name not in alone})
    left += _told("it reads outputs as shares of all classes, and their loss reads each by itself", alone)
    if others:
        left.append(f"Not in the drawing pad, since they take other images than it draws: {listing(others)}.")
    networks = tuple(_pad_network(study, split, name, some) for name, some in kept.items())
    if not networks:
        return None, tuple(left)
    examples = _examples(class_numbers(split.test.labels), len(split.class_names))
    labels = class_numbers(split.test.labels)[examples]
    return PadContents(networks, split.class_names, np.asarray(grey[examples]), labels), tuple(left)


def _takes(network: Network, size: Sequence[int]) -> bool:
    """Tell whether a network takes a grey image of a size."""
    shape = tuple(network.shown(network.input_shape))
    one, *rest = size
    return shape in {(one, *rest), (one, *rest, 1), (1, one, *rest)} and len(network.output_shape) == 1


def _is_read_one_by_one(study: StudyOutcome, name: str) -> bool:
    """Tell whether a network's outputs are no shares of all classes to the loss that it was trained by."""
    ends = getattr(study.networks[name].nodes[-1].layer, "activation", None)
    return ends != "softmax" and any(run.recipe.loss.separate for run in study.runs if run.key.architecture == name)


def _chosen(study: StudyOutcome, networks: dict[str, Network]) -> tuple[dict[str, dict[int, _Weights]], list[str]]:
    """Read the weights that have room, seed by seed; say whose have none and whose are not there."""
    room, kept = MOST_BYTES, {name: dict[int, _Weights]() for name in networks}
    lost: dict[str, None] = {}
    for run in _in_turns(study.runs, networks):
        name = run.key.architecture
        size = 4 * networks[name].total_params
        if size > room:
            continue
        try:
            weights = study.weights(name, run.key.seed)
        except CnnlabError:
            lost[name] = None
            continue
        kept[name][run.key.seed] = tuple(np.asarray(one, np.float32) for one in weights)
        room -= size
    finished = {run.key.architecture for run in study.runs if run.status == "finished"}
    absent = [name for name in networks if not kept[name]]
    left = [
        *_told("their weights are not in the study's folder", [name for name in absent if name in lost]),
        *_told("they have no finished run", [name for name in absent if name not in finished]),
        *_told(
            "their weights are too many for a page",
            [name for name in absent if name in finished and name not in lost],
        ),
    ]
    return {name: some for name, some in kept.items() if some}, left


def _told(why: str, names: Sequence[str]) -> list[str]:
    return [f"Not in the drawing pad, since {why}: {listing(names)}."] if names else []


def _in_turns(runs: Sequence[RunResult], networks: dict[str, Network]) -> list[RunResult]:
    """Order finished runs so that each architecture's first comes before any second."""
    places: dict[str, int] = {}
    turns = []
    for run in runs:
        if run.status == "finished" and run.key.architecture in networks:
            places[run.key.architecture] = place = places.get(run.key.architecture, -1) + 1
            turns.append((place, run))
    return [run for _, run in sorted(turns, key=lambda turn: turn[0])]


def _pad_network(study: StudyOutcome, split: Split, name: str, weights: dict[int, _Weights]) -> PadNetwork:
    network = study.networks[name]
    divisor = divisor_for(network, split.train)
    return PadNetwork(
        name=name,
        network=network,
        seeds=tuple(weights),
        weights=tuple(weights.values()),
        divisor=1.0 if divisor is None else float(divisor),
        channels_first=network.data_format == "channels_first",
    )


def _examples(labels: npt.NDArray[Any], classes: int) -> npt.NDArray[np.intp]:
    """Choose test images, the first of each class, then the second, and so on."""
    places = [np.flatnonzero(labels == one) for one in range(classes)]
    turns = [(turn, place[turn]) for place in places for turn in range(min(len(place), EXAMPLES))]
    turns.sort(key=lambda turn: turn[0])
    return np.array([place for _, place in turns[:EXAMPLES]], np.intp)
