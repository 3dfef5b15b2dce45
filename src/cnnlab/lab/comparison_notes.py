"""What a reader should know of the runs that are compared, a sentence each."""

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from cnnlab.analysis.equal_cost import Budget, Taken
from cnnlab.analysis.protocol import CONSEQUENCE
from cnnlab.lab.contestants import Choice, Contestant
from cnnlab.lab.latency import Latencies
from cnnlab.report.comparison_sheet import Moment
from cnnlab.report.words import listing, metric, threads_text


def unlike_clocks(choice: Choice) -> tuple[str, ...]:
    """Say that the times of training do not compare, where the runs were trained by different means."""
    means = dict.fromkeys(_by_what(run.provenance) for run in choice.runs)
    if len(means) == 1:
        return ()
    told = listing(list(means))
    return (f"Runs were trained by different means ({told}): their seconds are shown and not held against each other.",)


def _by_what(origin: Mapping[str, Any]) -> str:
    backend = str(origin.get("backend"))
    return f"{origin.get('cpu')} with {threads_text(origin.get('threads'), backend)}, {backend} backend"


def unlike_training(choice: Choice) -> tuple[str, ...]:
    """Say who was trained on how many images, where they are not as many for all."""
    groups: dict[tuple[int, int | None], list[str]] = {}
    for one in choice.contestants:
        groups.setdefault((one.runs[0].train_images, one.runs[0].validation_images), []).append(one.name)
    if len({trained for trained, _ in groups}) == 1:
        return ()
    told = "; ".join(f"{_images(*images)} for {listing(names)}" for images, names in groups.items())
    return (f"Unequal training images: {told}. {CONSEQUENCE}",)


def _images(trained: int, held_out: int | None) -> str:
    return f"{trained:,}" if held_out is None else f"{trained:,} ({held_out:,} more held out for validation)"


def unsteady_clock(timed: Latencies | None) -> tuple[str, ...]:
    """Say that other work was in the way while predicting was timed."""
    if timed is None or timed.steady:
        return ()
    longer = f"the median call took up to {timed.swing:.1f} times as long as a quick one"
    shown = "These times are shown and not held against each other."
    return (f"The machine was busy while predicting was timed: {longer}. {shown}",)


def moment_notes(choice: Choice, moment: Moment, budget: Budget | None) -> tuple[str, ...]:
    """Say what there is to know of the moment at which the runs are compared."""
    if budget is not None:
        return _of_budget(choice, budget)
    return _kept_weights(choice) if moment == "last" else ()


def _kept_weights(choice: Choice) -> tuple[str, ...]:
    """Say where the weights that were kept at the end are others than those after the last epoch, or may be."""
    notes = [_other_weights(one) for one in choice.contestants if one.runs[0].validation_images is None]
    by_whom: dict[str, list[str]] = {}
    for one in choice.contestants:
        if one.runs[0].validation_images is not None and (who := _changed_by(one)):
            by_whom.setdefault(who, []).append(one.name)
    kept = "the answers are those of the weights that were kept at the end, which"
    return (*filter(None, notes), *(f"{listing(names)}: {kept} {who}." for who, names in by_whom.items()))


def _other_weights(one: Contestant) -> str:
    """Say that the answers after the last epoch are not those of the weights that were kept."""
    moved = [
        run.summary.test_accuracy
        for run in one.runs
        if run.summary.test_accuracy is not None and run.summary.test_accuracy != run.last_val_accuracy
    ]
    if not moved:
        return ""
    return (
        f"{one.name}: the answers are those after the last epoch. The weights that were kept are others, "
        f"restored by a callback or averaged by the optimizer; their mean accuracy was {metric(mean(moved))}."
    )


def _changed_by(one: Contestant) -> str:
    """Say who may have put other weights in the place of the last epoch's, by the recipe; nothing for nobody."""
    recipe = one.runs[0].recipe
    if any(dict(each["arguments"]).get("restore_best_weights") for each in recipe.get("callbacks", [])):
        return "a callback put back from the best epoch of each run"
    return "the optimizer averaged" if recipe["optimizer"].get("use_ema") else ""


def _of_budget(choice: Choice, budget: Budget) -> tuple[str, ...]:
    """Say what an equal budget does not make equal: schedules that are cut short, runs that end below it."""
    taken = dict(zip((run.id for run in choice.runs), budget.taken, strict=True))

    def of(one: Contestant) -> list[Taken]:
        return [taken[run.id] for run in one.runs]

    cut = [
        one.name for one in choice.contestants if _scheduled(one) and any(each.epoch < each.epochs for each in of(one))
    ]
    short = [one.name for one in choice.contestants if any(_could_go_on(each, budget.amount) for each in of(one))]
    return (
        *_about(cut, "the learning-rate schedule was made for more epochs than these"),
        *_about(short, "the budget would have paid for more epochs than were trained"),
    )


def _scheduled(one: Contestant) -> bool:
    return isinstance(one.runs[0].recipe["optimizer"].get("learning_rate"), Mapping)


def _could_go_on(taken: Taken, amount: float) -> bool:
    """Tell whether a run was taken at its end though another epoch at its mean price would fit."""
    return taken.epoch == taken.epochs and taken.spent * (1 + 1 / taken.epoch) <= amount


def _about(names: Sequence[str], words: str) -> tuple[str, ...]:
    return (f"{listing(names)}: {words}.",) if names else ()
