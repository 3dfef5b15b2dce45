"""What in the way compared runs were made keeps their numbers from meaning what they seem to."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from cnnlab.analysis.protocol import DataFacts, Picked, ProtocolFinding, protocol
from cnnlab.lab.comparison_images import validated_on_test
from cnnlab.lab.contestants import Choice
from cnnlab.lab.recipe_tables import stored_recipe
from cnnlab.records import Provenance, RunKey, RunResult, StoredRun, StudyResult
from cnnlab.store import Store


def comparison_protocol(
    store: Store, choice: Choice, facts: Sequence[DataFacts], *, picked_epoch: bool
) -> tuple[ProtocolFinding, ...]:
    """Check the protocol of compared runs as that of a study is checked.

    Args:
        store: That has the runs.
        choice: Who is compared.
        facts: What their data are made of, as far as that is known.
        picked_epoch: Whether each run is taken after its best epoch.

    Returns:
        The gravest first.
    """
    held_out = {one.name for one in choice.contestants if one.runs[0].validation_images is not None}
    picked: tuple[Picked, ...] = ("epoch",) if picked_epoch else ()
    return protocol(_as_study(store, choice), facts, picked=picked, held_out=held_out)


def _as_study(store: Store, choice: Choice) -> StudyResult:
    first = choice.runs[0]
    known: dict[str, Any] = {field.name: first.provenance.get(field.name) for field in fields(Provenance)}
    return StudyResult(
        name="comparison",
        runs=tuple(_results(store, choice)),
        provenance=Provenance(**(known | {"test_images": first.test_images})),
        architectures=tuple(one.name for one in choice.contestants),
        validated_on_test=validated_on_test(choice),
    )


def _results(store: Store, choice: Choice) -> Iterator[RunResult]:
    for one in choice.contestants:
        for run in one.runs:
            yield _result(store, one.name, run)


def _result(store: Store, name: str, run: StoredRun) -> RunResult:
    return RunResult(
        key=RunKey(name, run.summary.seed),
        status="finished",
        recipe=stored_recipe(run.recipe),
        total_params=run.total_params,
        trainable_params=run.trainable_params,
        history=store.epochs(run.id),
        test_loss=run.summary.test_loss,
        test_accuracy=run.summary.test_accuracy,
        seconds=run.summary.seconds or 0.0,
    )
