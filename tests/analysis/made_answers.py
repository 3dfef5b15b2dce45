"""Answers as networks give them: some images are hard for all, some for one architecture, some for one seed."""

from collections.abc import Mapping, Sequence

import numpy as np
import studies
from hypothesis import strategies as st

from cnnlab.records import RunResult, StudyResult, Tested

CLASSES = 10


def answered(
    accuracies: Mapping[str, Sequence[float]], images: int = 10_000, *, collapsed: Mapping[str, int] | None = None
) -> tuple[Tested, ...]:
    """Make the answers of some architectures, each seed with just the accuracy that it is to have.

    Args:
        accuracies: Of each seed, by architecture.
        images: How many.
        collapsed: Of an architecture this seed always says the most frequent class, whatever its accuracy is.
    """
    random = np.random.default_rng(20)
    labels = random.integers(0, CLASSES, images)
    hard = random.normal(size=images)
    found = []
    for name, shares in accuracies.items():
        own = random.normal(size=images)
        scores = [2 * hard + own + random.normal(size=images) for _ in shares]
        rows = [_row(random, labels, score, share) for score, share in zip(scores, shares, strict=True)]
        if collapsed and name in collapsed:
            rows[collapsed[name]] = _constant(labels)
        classes, losses = (np.stack([row[part] for row in rows]) for part in (0, 1))
        found.append(Tested(name, tuple(range(len(shares))), labels, classes, losses))
    return tuple(found)


def _row(random: np.random.Generator, labels: np.ndarray, score: np.ndarray, share: float) -> tuple[np.ndarray, ...]:
    """Err where the score is lowest; be surer the higher it is."""
    wrong = np.argsort(score, kind="stable")[: len(labels) - round(share * len(labels))]
    classes = labels.copy()
    classes[wrong] = (labels[wrong] + random.integers(1, CLASSES, len(wrong))) % CLASSES
    losses = np.log1p(np.exp(-2 * share * (score - score[wrong].max(initial=score.min()))))
    return classes, losses.astype(np.float64)


def _constant(labels: np.ndarray) -> tuple[np.ndarray, ...]:
    common = np.bincount(labels).argmax()
    return np.full_like(labels, common), np.full(len(labels), np.log(CLASSES))


def runs_of(some: Sequence[Tested], like: str | None = None) -> list[RunResult]:
    """Make the runs that gave such answers, with a course of training like one of the notebook's networks."""
    random = np.random.default_rng(21)
    found = []
    for one in some:
        source = like or one.architecture
        for seed, accuracy, losses in zip(one.seeds, one.accuracies, one.losses, strict=True):
            rows = [
                tuple(round(float(value * random.normal(1, 0.004)), 4) for value in row)
                for row in studies.HISTORY[source]
            ]
            found.append(
                studies.run(
                    one.architecture,
                    rows,
                    seed=seed,
                    batch_size=studies.BATCH_SIZES[source],
                    test=(round(float(losses.mean()), 4), float(accuracy)),
                    params=studies.PARAMETERS[source],
                    seconds=studies.SECONDS[source],
                )
            )
    return found


def study_of(some: Sequence[Tested], like: str | None = None) -> StudyResult:
    """Make the study of such answers, with what the notebook published of its networks."""
    names = [one.architecture for one in some]
    published = {name: studies.PUBLISHED[name] for name in names if name in studies.PUBLISHED}
    return studies.study(*runs_of(some, like), name="cnn-on-mnist", published=published, test_images=some[0].images)


@st.composite
def answers(draw: st.DrawFn) -> tuple[Tested, ...]:
    """Draw answers of up to four architectures with up to four seeds each, near and far, with collapsed seeds."""
    names = draw(st.lists(st.sampled_from(["alpha", "beta", "architecture-1", "lenet-5"]), min_size=1, unique=True))
    shares = st.sampled_from([0.0, 0.1, 0.5, 0.9, 0.93, 0.95, 0.99, 1.0])
    accuracies = {name: draw(st.lists(shares, min_size=1, max_size=4)) for name in names}
    collapsed = {name: 0 for name in names if draw(st.booleans()) and draw(st.booleans())}
    return answered(accuracies, draw(st.sampled_from([20, 200, 1000])), collapsed=collapsed)
