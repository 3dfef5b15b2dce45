"""A study run and shown: what `cnnlab run` and `cnnlab runs resume` share, and how both end."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from cnnlab.cli.curves import Curves
from cnnlab.cli.screen import Screen
from cnnlab.errors import CnnlabError, explain
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.interrupt import stop_on_interrupt
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.own_data import load_data
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.stored_studies import StudyPart
from cnnlab.records import RunKey
from cnnlab.report.words import listing, plural


def show(
    plan: StudyPlan,
    means: Means,
    *,
    out: Path,
    offline: bool,
    as_json: bool,
    part: StudyPart | None = None,
    only: frozenset[RunKey] | None = None,
    quiet: bool = False,
    curves: Curves | None = None,
) -> StudyOutcome:
    """Load the data of a study, train what is missing, and show it all.

    Args:
        plan: What to run.
        means: By what.
        out: The folder that holds the runs.
        offline: Never use the network for data.
        as_json: Keep stdout for JSON.
        part: Only these runs of a study that is there.
        only: Only these runs of the plan; None for all.
        quiet: Print no JSON either; whoever calls gathers it.
        curves: Which curves stand beneath the table; None for the loss at a terminal and none elsewhere.

    Raises:
        Exit: With 130, at a second Ctrl-C.
    """
    screen = Screen(plan, json=as_json, quiet=quiet, again=same_command(), curves=curves)
    try:
        with screen:
            plan, split = load_data(plan, offline=offline, notify=screen.notice, progress=screen.fetched)
        with screen, stop_on_interrupt() as wanted:

            def stop() -> bool:
                return wanted() and screen.stopping()

            outcome = conduct(
                plan, split, means, out=out, part=part, only=only, opened=screen.opened, sink=screen.event, stop=stop
            )
    except KeyboardInterrupt:
        screen.cut_off()
        raise typer.Exit(130) from None
    screen.closed(outcome)
    return outcome


def same_command() -> str:
    """Return the command of this process that goes on with its study: what it was called with, but never anew."""
    return shlex.join(["cnnlab", *(word for word in sys.argv[1:] if word != "--fresh")])


def end(outcomes: Sequence[StudyOutcome]) -> None:
    """End a verb with the exit code that its studies ask for.

    Raises:
        Exit: With 130, if one was interrupted.
        CnnlabError: If a run failed; the message names those that did.
    """
    if any(outcome.interrupted for outcome in outcomes):
        raise typer.Exit(130)
    failed = [
        f"{run.key.architecture} with seed {run.key.seed}"
        for outcome in outcomes
        for run in outcome.runs
        if run.status == "failed"
    ]
    if failed:
        names = f"{plural(len(failed), 'run')} that failed: {listing(failed)}"
        fix = "The observations say where; a smaller learning rate or clipnorm=1.0 may help."
        raise CnnlabError(explain(expected="a finite loss in every run", got=names, fix=fix))
