"""What the learning curves say, in sentences and as a table."""

from typing import Literal

from cnnlab.report.drawing.courses import Course, Point
from cnnlab.report.figure import Numbers
from cnnlab.report.words import metric, plural

Pair = tuple[Course, Course]
"""The validation's course and the training's."""


def caption(value: Literal["loss", "accuracy"], pair: Pair, epochs: int) -> str:
    """Say where the validation is best and where it ends, and what the lines are; no more than the numbers say."""
    validation, training = pair
    if not (validation.points or training.points):
        return f"There is no {value} to draw: {'none is finite' if epochs else 'no epoch was finished'}."
    found = _validation(value, pair) if validation.points else _training(value, training)
    parts = [found, _drawn(pair), *_missing(pair, epochs)]
    if _training_is_worse(pair):
        parts.append("Training values are taken during an epoch, with any dropout at work.")
    return " ".join(parts)


def _validation(value: str, pair: Pair) -> str:
    """Find the best epoch by the validation and hold the last one against it."""
    validation, training = pair
    best, last = validation.best, validation.points[-1]
    whose = _whose("validation", value, validation)
    if len(validation.alike) == 1:
        return f"{whose} is {metric(best.mean)} after epoch {best.epoch}, the only one to compare."
    extreme = "lowest" if value == "loss" else "highest"
    if best.epoch == last.epoch:
        return f"{whose} is {extreme} at the last epoch, {best.epoch} ({metric(best.mean)})."
    told = f"{whose} is {extreme} at epoch {best.epoch} ({metric(best.mean)})"
    if metric(last.mean) == metric(best.mean):
        return f"{told} and, to as many digits, the same at the last, {last.epoch}."
    return f"{told} and {metric(last.mean)} at the last, {last.epoch}{_meanwhile(value, training, best, last)}."


def _whose(part: str, value: str, one: Course) -> str:
    """Begin a sentence: with which epochs and seeds are meant, where these are not all."""
    mean = f"mean {part} {value}" if len(one.points[-1].seeds) > 1 else f"{part} {value}"
    if len(one.alike) == len(one.points):
        return mean.capitalize()
    return f"Among the {plural(len(one.alike), 'epoch')} with the same seeds as the last, {mean}"


def _meanwhile(value: str, training: Course, best: Point, last: Point) -> str:
    """Say that the training went on getting better after the validation's best epoch, where it did."""
    then, now = training.at(best.epoch), training.at(last.epoch)
    if then is None or now is None or then.seeds != now.seeds or metric(then.mean) == metric(now.mean):
        return ""
    falls = now.mean < then.mean
    if falls != (value == "loss"):
        return ""
    return f", while training {value} {'falls' if falls else 'rises'} from {metric(then.mean)} to {metric(now.mean)}"


def _training(value: str, training: Course) -> str:
    """Say where a training without validation begins and ends."""
    first, last = training.alike[0], training.alike[-1]
    whose = _whose("training", value, training)
    if first.epoch == last.epoch:
        return f"{whose} is {metric(first.mean)} after epoch {first.epoch}; there is no validation."
    return (
        f"{whose} goes from {metric(first.mean)} after epoch {first.epoch} to {metric(last.mean)} after epoch "
        f"{last.epoch}; there is no validation."
    )


def _drawn(pair: Pair) -> str:
    """Say what a line and a band are."""
    seeds = pair[0].seeds
    if seeds == 1:
        return "The lines are those of one seed."
    return f"A line is the mean over {seeds} seeds, a band goes from the lowest to the highest of them."


def _missing(pair: Pair, epochs: int) -> list[str]:
    """Say in how many epochs a line is not the mean over all seeds: some ended earlier, or have no finite value."""
    seeds = pair[0].seeds
    drawn = [{point.epoch for point in one.points if len(point.seeds) == seeds} for one in pair if one.points]
    short = sum(any(epoch not in some for some in drawn) for epoch in range(1, epochs + 1))
    if not short:
        return []
    if seeds == 1:
        return [f"In {plural(short, 'epoch')} a value is not finite and left out."]
    return [f"In {plural(short, 'epoch')} fewer seeds count: some ended earlier or have no finite value there."]


def _training_is_worse(pair: Pair) -> bool:
    """Tell whether the last training values look worse than the validation's, which surprises many."""
    validation, training = pair
    if not (validation.points and training.points):
        return False
    ours, theirs = validation.points[-1].mean, training.points[-1].mean
    return ours > theirs if validation.metric == "val_accuracy" else ours < theirs


def description(pair: Pair, epochs: int) -> str:
    """Describe the curves in words, for those who do not see them."""
    names = ("Validation", "Training")
    told = [f"{name}: {_ends(one)}." for name, one in zip(names, pair, strict=True) if one.points]
    return " ".join(told) or ("No value is finite." if epochs else "No epoch was finished.")


def _ends(one: Course) -> str:
    first, last = one.points[0], one.points[-1]
    if first.epoch == last.epoch:
        return f"{metric(first.mean)} after epoch {first.epoch}"
    return f"{metric(first.mean)} after epoch {first.epoch}, {metric(last.mean)} after epoch {last.epoch}"


def numbers(pair: Pair) -> Numbers:
    """Lay the points out as a table: a row for each epoch; a dash where no seed has a finite value."""
    several = pair[0].seeds > 1
    shown = [(name, one) for name, one in zip(("validation", "training"), pair, strict=True) if one.points]
    kinds = ("mean", "lowest", "highest", "seeds") if several else ("",)
    heads = ("epoch", *(f"{name}{', ' * several}{kind}" for name, _ in shown for kind in kinds))
    points = [{point.epoch: point for point in one.points} for _, one in shown]
    epochs = sorted({epoch for some in points for epoch in some})
    rows = [
        (str(epoch), *(cell for some in points for cell in _cells(some.get(epoch), several=several)))
        for epoch in epochs
    ]
    return Numbers(heads, tuple(rows))


def _cells(point: Point | None, *, several: bool) -> tuple[str, ...]:
    if point is None:
        return ("-",) * (4 if several else 1)
    if not several:
        return (metric(point.mean),)
    return metric(point.mean), metric(point.low), metric(point.high), str(len(point.seeds))
