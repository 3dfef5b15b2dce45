"""A diagnosis with numbers of every kind, as a retraining of architecture 3 may give it."""

from cnnlab.analysis import Interval
from cnnlab.analysis.diagnosis import (
    Candidate,
    Change,
    Conditions,
    DiagnosisFinding,
    Gain,
    Joint,
    Measured,
    Ranked,
    RemoveLayer,
    SetArgument,
    Suspect,
)


def gained(points: float, low: float, high: float, seeds: int = 6) -> Gain:
    return Gain(points, Interval(low, high), Interval(low / 2, high * 1.5), seeds, 2 * seeds)


def candidate(name: str, change: Change, text: str) -> Candidate:
    layers = tuple(edit.layer for edit in change.edits if isinstance(edit, RemoveLayer | SetArgument))
    return Candidate(change, (Suspect(name, layers, text, (), "description", (change,), 0.8),))


DROPOUT = candidate(
    "dropout-leaves-nothing",
    Change("without dropout_3", (RemoveLayer("dropout_3"),)),
    "In training dropout_2 and dropout_3 keep each of 5 numbers with a chance of 25 %: with a chance of 24 % nothing "
    "of an image is left.",
)
CHANNELS = candidate(
    "bottleneck",
    Change("filters 10 in conv2d_2", (SetArgument("conv2d_2", "filters", 10),)),
    "All that is known of an image passes 5 numbers from conv2d_2 to dropout_3; 10 classes are to be told apart.",
)
STRIDES = candidate(
    "shrinking-layer",
    Change("strides 1 in conv2d_1", (SetArgument("conv2d_1", "strides", 1),)),
    "conv2d_1 has strides 2 x 2.",
)
CONDITIONS = Conditions(12_000, (0, 1, 2), 50_000, tuple(range(3, 15)), 10_000, 15)
BOTH = Change("without dropout_3 and filters 10 in conv2d_2", (*DROPOUT.change.edits, *CHANNELS.change.edits))


def diagnosis(*measured: Measured, joint: Joint | None = None, ranked: tuple[Ranked, ...] = ()) -> DiagnosisFinding:
    """Put a diagnosis together; what was measured was ranked before."""
    order = tuple(Ranked(one.candidate, one.ranking) for one in measured) + ranked
    suspects = tuple(one.candidate.suspects[0] for one in order)
    accuracies = (0.3625, 0.2411, 0.4310, 0.3355) if measured else ()
    return DiagnosisFinding("architecture-3", accuracies, suspects, order, measured, joint, CONDITIONS)


FOUND = diagnosis(
    Measured(DROPOUT, gained(17.8, 2, 33, 3), gained(27.3, 18.4, 36.2)),
    Measured(CHANNELS, gained(8.8, -9, 27, 3), gained(14.5, -0.2, 29.2)),
    joint=Joint((DROPOUT, CHANNELS), BOTH, gained(38.9, 30.1, 47.7)),
    ranked=(Ranked(STRIDES, gained(-1.2, -17, 14.6, 3)),),
)
UNEXPLAINED = diagnosis(Measured(CHANNELS, gained(0.4, -0.3, 1.1, 3), gained(0.1, -0.2, 0.4)))
HOPELESS = diagnosis(ranked=(Ranked(STRIDES, gained(-1.2, -2.7, 0.3, 3)),))
QUIET = DiagnosisFinding("lenet-5", (), (), (), (), None, CONDITIONS)
EVERY = {"found": FOUND, "unexplained": UNEXPLAINED, "hopeless": HOPELESS, "quiet": QUIET}
