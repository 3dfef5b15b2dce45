"""What single answers say: a class that is never named, labels that every seed contradicts."""

from math import log

import numpy as np
import numpy.typing as npt

from cnnlab.analysis.diagnosis.signs import remedies
from cnnlab.analysis.diagnosis.signs.gap import gap_of
from cnnlab.analysis.diagnosis.signs.seen import Seen
from cnnlab.analysis.diagnosis.signs.telling import Telling, together
from cnnlab.analysis.diagnosis.suspects import Suspect
from cnnlab.analysis.observation import listing
from cnnlab.records import Tested

_FEW = 2  # seeds at least that must agree on a test image
_NAMED = 5  # images at most are named by their places
_ONE = "the only seed named another class"


def class_never_named(seen: Seen) -> Suspect | None:
    """Find classes that are among the test images and that seeds which learnt the others never name."""
    answers = seen.answers
    found = unnamed_classes(seen)
    if answers is None or not found:
        return None
    tell, most = Telling(), max(found.values())
    named = [tell.count(f"class never named ({place})", one) for place, one in enumerate(found, start=1)]
    images = int(np.isin(answers.labels, list(found)).sum())
    text = (
        f"{'Class' if len(named) == 1 else 'Classes'} {listing(named)}: never named by "
        f"{tell.count('silent seeds', most)} of {tell.seeds(len(answers.seeds))}, though "
        f"{tell.count('their images', images)} of {tell.count('images', answers.images)} unseen images show "
        f"{'it' if len(named) == 1 else 'them'}."
    )
    weight = seen.thresholds.never.weight(most / len(answers.seeds))
    return tell.suspect("class-never-named", text, weight=weight)


def unnamed_classes(seen: Seen) -> dict[int, int]:
    """Return the classes that are never named though test images show them, each with the number of such seeds."""
    answers = seen.answers
    if answers is None or not answers.images:
        return {}
    present = np.unique(answers.labels)
    silent = np.array([~(answers.classes == one).any(axis=1) for one in present])  # by class and seed
    silent &= np.array([_learnt_else(answers, row) for row in range(len(answers.seeds))]) >= seen.thresholds.never_else
    found = {int(one): int(row.sum()) for one, row in zip(present, silent, strict=True)}
    return {one: count for one, count in found.items() if seen.thresholds.never.weight(count / len(answers.seeds))}


def _learnt_else(answers: Tested, row: int) -> float:
    """Return how much a seed has right of the images whose class it does name."""
    named = np.isin(answers.labels, np.unique(answers.classes[row]))
    return float(answers.correct[row][named].mean()) if named.any() else 0.0


def doubtful_labels(seen: Seen) -> Suspect | None:
    """Find labels that all seeds contradict with confidence, and networks that do better on what they have not seen."""
    tell = Telling()
    signs = [_contradicted(seen, tell), _reversed(seen, tell), _hard(seen, tell)]
    weight = together(*(one for _, one in signs))
    if not weight:
        return None
    text = " ".join(text for text, one in signs if one)
    return tell.suspect("doubtful-labels", text, changes=[remedies.smoothing(seen.recipe)], weight=weight)


def contradicted(answers: Tested, probability: float) -> npt.NDArray[np.intp]:
    """Find the images that all seeds call the same wrong class, each giving their label less than a probability.

    Returns:
        Their places among the images, shape (found,). First stands the one whose label the seed that believes it most
        believes least; of equal ones the earlier.
    """
    same = (answers.classes == answers.classes[0]).all(axis=0) & (answers.classes[0] != answers.labels)
    places = np.flatnonzero(same & (answers.losses > -log(probability)).all(axis=0))
    return places[np.argsort(-answers.losses[:, places].min(axis=0), kind="stable")]


def _trusted(seen: Seen, answers: Tested) -> bool:
    """Tell whether networks know enough to be believed against a label."""
    return bool(answers.images) and float(answers.accuracies.mean()) >= seen.thresholds.doubtful_learnt


def _contradicted(seen: Seen, tell: Telling) -> tuple[str, float]:
    answers = seen.training_answers
    if answers is None or not _trusted(seen, answers):
        return "", 0.0
    places = contradicted(answers, seen.thresholds.doubtful_probability)
    weight = seen.thresholds.doubtful.weight(len(places) / answers.images)
    if not weight:
        return "", 0.0
    return f"{_text(seen, tell, answers, len(places), 'training')} {_places(tell, places)}", weight


def _places(tell: Telling, places: npt.NDArray[np.intp]) -> str:
    """Name the images whose labels are the most doubtful."""
    named = sorted(int(place) for place in places[:_NAMED])
    told = listing([tell.count(f"doubtful image ({number})", place) for number, place in enumerate(named, start=1)])
    counted = f"counted from {tell.count('counted from', 0)}"
    if len(places) == 1:
        return f"Its label looks wrong: that of image {told}, {counted}."
    most = "" if len(places) <= _NAMED else ", most of all"
    return f"Their labels look wrong{most or ':'} those of images {told}, {counted}."


def _hard(seen: Seen, tell: Telling) -> tuple[str, float]:
    answers = seen.answers
    if answers is None or not _trusted(seen, answers) or len(answers.seeds) < _FEW:
        return "", 0.0
    count = len(contradicted(answers, seen.thresholds.doubtful_probability))
    weight = seen.thresholds.doubtful_test.weight(count / answers.images) / 3
    return _text(seen, tell, answers, count, "test") if weight else "", weight


def _text(seen: Seen, tell: Telling, answers: Tested, count: int, part: str) -> str:
    probability = seen.thresholds.doubtful_probability
    seeds, shown = len(answers.seeds), "unseen" if part == "test" else part
    said = f"all {tell.count(f'seeds ({part})', seeds)} seeds named the same other class" if seeds > 1 else _ONE
    return (
        f"{tell.count(f'doubtful {part} images', count)} of {tell.count(f'{part} images', answers.images)} {shown} "
        f"images: {said} and gave the label less than {tell.share('probability', probability)}."
    )


def _reversed(seen: Seen, tell: Telling) -> tuple[str, float]:
    """Compare both accuracies, in evaluation mode alone: in training mode dropout explains the difference."""
    gap = gap_of(seen)
    if gap is None or gap.images is None or -gap.value <= seen.thresholds.gap_errors * gap.error:
        return "", 0.0
    weight = seen.thresholds.reversed_gap.weight(-gap.value)
    if not weight:
        return "", 0.0
    text = (
        f"Accuracy is higher on unseen images ({tell.number('test accuracy', gap.test)}) than on "
        f"{tell.count('images of training', gap.images)} training images "
        f"({tell.number('training accuracy', gap.training)}), by {tell.number('difference', -gap.value)} with a "
        f"standard error of {tell.number('error', gap.error)}."
    )
    return text, weight
