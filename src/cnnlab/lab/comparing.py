"""Compare stored runs: from words to all that a comparison shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from cnnlab import data
from cnnlab.analysis.comparison import compare
from cnnlab.analysis.equal_cost import Budget, Unit
from cnnlab.analysis.pareto import fronts
from cnnlab.arch import from_keras_config
from cnnlab.lab.answers import Epoch, answers, epoch_of
from cnnlab.lab.comparison_data import data_of
from cnnlab.lab.comparison_images import ImagesAsked, images_asked, images_at_hand, labels_asked, validated_on_test
from cnnlab.lab.comparison_notes import moment_notes, unlike_clocks, unlike_training, unsteady_clock
from cnnlab.lab.comparison_protocol import comparison_protocol
from cnnlab.lab.contestants import Choice, Contestant, choose
from cnnlab.lab.expenses import budget_of, costs_of, spent_seconds, timed_or_why_not
from cnnlab.records import RunSummary, Split, Tested
from cnnlab.report.comparison_sheet import ComparisonSheet, Member, Moment, Part, Timed
from cnnlab.store import Store, open_store


@dataclass(frozen=True)
class Question:
    """What is asked of the stored runs.

    Attributes:
        words: Who is compared; see `contestants.choose`.
        epoch: After which epoch; not asked where all shall have cost the same.
        equal: What all shall have spent the same of; None for no such condition.
        budget: How much of it; None for the smallest total.
        latency: Whether to measure how long predicting takes.
    """

    words: tuple[str, ...] = ()
    epoch: Epoch = "last"
    equal: Unit | None = None
    budget: float | None = None
    latency: bool = True


def compare_stored(
    out: Path,
    question: Question = Question(),
    *,
    offline: bool = False,
    notify: data.Notify | None = None,
    progress: data.Progress | None = None,
) -> ComparisonSheet:
    """Compare runs of a store by their answers to the same images: the test images wherever they were looked at.

    Args:
        out: The folder that holds the store.
        question: What is asked.
        offline: Never use the network for the images and their labels.
        notify: Gets lines for people while data are loaded.
        progress: Told of a download.

    Raises:
        UsageError: If a word means nothing, a run has no answers of the epoch that is asked for, or the runs were
            validated with different images and are not asked at their end.
        DataError: If the runs were not tested on the same images, or the data set at hand is another one.
        DataUnavailableError: If no source has the data set.
    """
    with open_store(out, create=False) as store:
        choice = choose(store, question.words)
        asked = images_asked(choice, _moment(question), _option(question))
        split = images_at_hand(asked, choice, store.parent, offline=offline, notify=notify, progress=progress)
        return _sheet(store, choice, question, asked, split)


def _sheet(store: Store, choice: Choice, question: Question, asked: ImagesAsked, split: Split) -> ComparisonSheet:
    """Join what the runs said with what they cost."""
    moment = _moment(question)
    spent = {run.id: spent_seconds(store, run) for run in choice.runs}
    networks = {one.name: from_keras_config(one.runs[0].network) for one in choice.contestants}
    budget = None if question.equal is None else budget_of(choice, question.equal, question.budget, spent, networks)
    epochs = _epochs(store, choice, question, budget)
    said = _answers(store, choice, labels_asked(asked, split), _moments(choice, epochs, moment), asked.part)
    comparison = compare(list(said.values()))
    timed, untimed = timed_or_why_not(networks) if question.latency else (None, ())
    costs = tuple(costs_of(store, one, networks[one.name], spent, epochs, timed) for one in choice.contestants)
    unlike, unsteady = unlike_clocks(choice), unsteady_clock(timed)
    unfit = {*(("seconds",) if unlike else ()), *(("latency", "latency_in_batch") if unsteady else ())}
    facts, not_at_hand = data_of(choice, split)
    notes = (*choice.notes, *asked.notes, *unlike_training(choice), *moment_notes(choice, moment, budget))
    return ComparisonSheet(
        data=choice.runs[0].data_name,
        comparison=comparison,
        members=tuple(_member(one, epochs) for one in choice.contestants),
        moment=moment,
        picked_on_test=moment == "best" and asked.part == "test",
        budget=budget,
        costs=costs,
        fronts={name: found for name, found in fronts(costs, comparison.pairs).items() if name not in unfit},
        timed=None if timed is None else Timed(timed.machine, timed.threads, timed.batch),
        notes=(*notes, *unlike, *untimed, *unsteady, *not_at_hand),
        part=asked.part,
        at_end=moment == "last" and not validated_on_test(choice),
        protocol=comparison_protocol(store, choice, facts, picked_epoch=moment == "best"),
    )


def _moment(question: Question) -> Moment:
    if question.equal is not None:
        return "equal"
    return "number" if isinstance(question.epoch, int) else question.epoch


def _option(question: Question) -> str:
    """Return the option that says when, as it is typed."""
    return f"--epoch {question.epoch}" if question.equal is None else f"--equal {question.equal}"


# What the runs said.


def _epochs(store: Store, choice: Choice, question: Question, budget: Budget | None) -> dict[str, int]:
    """Return for each run, by its id, after which epoch it is asked."""
    if budget is None:
        return {run.id: epoch_of(store, run.summary, question.epoch) for run in choice.runs}
    return {run.id: taken.epoch for run, taken in zip(choice.runs, budget.taken, strict=True)}


def _moments(choice: Choice, epochs: Mapping[str, int], moment: Moment) -> dict[str, int | None]:
    """Return after which epoch each run said what is compared; None for what its final weights said."""
    return {
        run.id: None if moment == "last" and run.validation_images is not None else epochs[run.id]
        for run in choice.runs
    }


def _answers(
    store: Store, choice: Choice, labels: npt.NDArray[Any], moments: Mapping[str, int | None], part: Part
) -> dict[str, Tested]:
    names = {run.id: one.name for one in choice.contestants for run in one.runs}

    def name_of(run: RunSummary) -> str:
        return names[run.id]

    return answers(store, [run.summary for run in choice.runs], labels, epoch=moments, part=part, name_of=name_of)


def _member(one: Contestant, epochs: Mapping[str, int]) -> Member:
    return Member(
        name=one.name,
        architecture=one.architecture,
        studies=tuple(study.folder for study in one.studies),
        runs=tuple(run.id for run in one.runs),
        epochs=tuple(epochs[run.id] for run in one.runs),
        trained=tuple(run.summary.epochs for run in one.runs),
        train_images=one.runs[0].train_images,
        validation_images=one.runs[0].validation_images,
    )
