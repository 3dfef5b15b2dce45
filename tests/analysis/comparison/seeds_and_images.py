"""Made-up answers whose truth is known: seeds crossed with images, both by chance.

A probit model. Image i has a difficulty d, seed s a skill b, both from a normal distribution, and seed s is right on
image i with the probability Phi(centre + spread * b + HARDNESS * d); whether it then is right is a chance of both
together. Difficulties come in 256 levels of equal probability, so that truths are sums and drawing is fast.

Skills may also be "lopsided": 1 less an exponential number. Most seeds then are about as good as the best, and now and
then one is far worse. Nothing in the package was tuned on those.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from cnnlab.records import Tested

LEVELS = 256
HARDNESS = 1.5
CLASSES = 10
FAILURE = 0.1
DIFFICULTY = HARDNESS * ndtri((np.arange(LEVELS) + 0.5) / LEVELS)
Generator = np.random.Generator
Skills = Literal["normal", "lopsided"]


def _grid(skills: Skills) -> tuple[Any, Any]:
    """Return skills and how likely each is, close enough for sums."""
    if skills == "normal":
        skill = np.linspace(-8, 8, 801)
        chance = np.exp(-(skill**2) / 2)
        return skill, chance / chance.sum()
    edges = np.linspace(0, 40, 8001)
    # The middle of each cell by its mass, so that the mean is 1 exactly.
    chance = np.exp(-edges[:-1]) - np.exp(-edges[1:])
    middle = ((edges[:-1] + 1) * np.exp(-edges[:-1]) - (edges[1:] + 1) * np.exp(-edges[1:])) / chance
    return 1 - middle, chance / chance.sum()


GRIDS = {"normal": _grid("normal"), "lopsided": _grid("lopsided")}


@dataclass(frozen=True)
class Law:
    """What an architecture's seeds come from."""

    centre: float
    spread: float
    skills: Skills = "normal"

    @property
    def accuracy(self) -> float:
        """Return the true accuracy: over all seeds and all images."""
        if self.skills == "normal":
            return float(ndtr((self.centre + DIFFICULTY) / np.sqrt(1 + self.spread**2)).mean())
        return float(GRIDS[self.skills][1] @ self._of_skills())

    @property
    def deviation(self) -> float:
        """Return the true standard deviation of seeds on endlessly many images."""
        of_skills, chance = self._of_skills(), GRIDS[self.skills][1]
        return float(np.sqrt(chance @ (of_skills - chance @ of_skills) ** 2))

    def _of_skills(self) -> Any:  # noqa: ANN401 - an array
        """Return the true accuracy of a seed with each skill of the grid."""
        return ndtr(self.centre + self.spread * GRIDS[self.skills][0][:, None] + DIFFICULTY).mean(axis=1)


@cache
def law(accuracy: float, deviation: float, skills: Skills = "normal") -> Law:
    """Find the law with this true accuracy and this standard deviation of seeds."""

    def with_spread(spread: float) -> Law:
        reach = 60 * (1 + spread)
        centre = brentq(lambda centre: Law(centre, spread, skills).accuracy - accuracy, -reach, reach)
        return Law(float(centre), spread, skills)

    if deviation == 0:
        return with_spread(0.0)
    return with_spread(float(brentq(lambda s: with_spread(s).deviation - deviation, 1e-6, 200, xtol=1e-7)))


def levels(random: Generator, images: int, shared: Any = None) -> Any:  # noqa: ANN401 - uint8 arrays
    """Draw the difficulty of each image; the first half is that of ``shared``, as for another architecture."""
    drawn = random.integers(0, LEVELS, images, dtype=np.uint8)
    if shared is not None:
        drawn[: images // 2] = shared[: images // 2]
    return drawn


def probabilities(random: Generator, of: Law, seeds: int) -> Any:  # noqa: ANN401 - shape (seeds, levels)
    """Draw seeds, and say how likely each is right on an image of each level."""
    shape = (seeds, 1)
    skill = random.standard_normal(shape) if of.skills == "normal" else 1 - random.standard_exponential(shape)
    return ndtr(of.centre + of.spread * skill + DIFFICULTY)


def answers(random: Generator, right: Any, of_images: Any) -> Any:  # noqa: ANN401 - bools, shape (seeds, images)
    """Draw which answers are right."""
    bound = np.minimum(np.rint(right * 65536), 65535).astype(np.uint16)
    said = random.integers(0, 65536, (len(right), len(of_images)), dtype=np.uint16)
    return said < bound[:, of_images]


def as_tested(name: str, right: Any, failed: Any = None) -> Tested:  # noqa: ANN401 - bools, shapes (seeds, images), (seeds,)
    """Give the answers as a comparison takes them; a seed that failed names class 0 on every image."""
    seeds, images = right.shape
    labels = (np.arange(images) % CLASSES).astype(np.uint8)
    classes = np.where(right, labels, (labels + 1) % CLASSES).astype(np.uint8)
    if failed is not None:
        classes[failed] = 0
    # No loss is asked for, so that none is worth its time.
    return Tested(name, tuple(range(seeds)), labels, classes, np.broadcast_to(np.inf, right.shape))


def architectures(random: Generator, laws: list[Law], seeds: int, images: int) -> list[Any]:
    """Draw the answers of some architectures to the same images, half of which are as hard for one as for another."""
    first = levels(random, images)
    return [answers(random, probabilities(random, each, seeds), levels(random, images, first)) for each in laws]
