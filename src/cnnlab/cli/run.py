"""``cnnlab run``: train the networks of a study and compare them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnnlab.cli import options, own_data

if TYPE_CHECKING:  # start-up time
    from cnnlab.lab.plan import StudyPlan


def run(
    study: Annotated[
        list[str] | None,
        typer.Argument(
            help="A study file; the notebook's study if left out.", metavar="[STUDY.toml]", show_default=False
        ),
    ] = None,
    architectures: Annotated[
        list[str] | None,
        typer.Option(
            help="Only these, of the study or of the zoo: NAME, NAME,NAME or several after each other.",
            metavar="NAME...",
            show_default=False,
        ),
    ] = None,
    *,
    epochs: Annotated[int | None, typer.Option(min=1, help="For every architecture; else each its own.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="For every architecture; else each its own.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Train on this many images, the first ones.")] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="How many runs of each, with seeds 0, 1, ...; else 3.")
    ] = None,
    seed_list: Annotated[str | None, typer.Option(help="Which seeds: 7,8.", metavar="N,N", show_default=False)] = None,
    hold_out: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Validate with the last N training images, and test once, at the end; else validate on the test set.",
            metavar="N",
            show_default=False,
        ),
    ] = None,
    where: own_data.Where = None,
    resize: own_data.Resize = None,
    test_share: own_data.TestShare = None,
    split_seed: own_data.SplitSeed = None,
    label: own_data.Label = None,
    shape: own_data.Shape = None,
    threads: options.Threads = None,
    backend: options.Backend = None,
    workers: options.Workers = None,
    on: options.On = None,
    fresh: options.Fresh = False,
    out: options.Out = options.RUNS,
    curves: Annotated[
        Literal["loss", "accuracy", "none"] | None,
        typer.Option(help="Draw these beneath the table; else the loss, at a terminal only.", show_default=False),
    ] = None,
    offline: options.Offline = False,
    as_json: options.AsJson = False,
) -> None:
    """Train each architecture several times, compare them in a table, and write one page.

    Without a study file it is the notebook's study: three networks on MNIST. Runs that are there already are not made
    again, and one that was cut off goes on where it was: the same command, with more seeds or after a crash, adds what
    is missing.

    \b
    Examples:
      cnnlab run --architectures architecture-2 --epochs 2 --limit 10000
      cnnlab run --data pictures/ --resize 32x32
    """  # noqa: D301 - click wants the character itself, not two
    # Start-up time: everything below needs numpy, pydantic or rich.
    from cnnlab.cli.shown import end, show  # noqa: PLC0415
    from cnnlab.lab.conduct import Means  # noqa: PLC0415

    how = own_data.HowRead(resize, test_share, split_seed, label, shape)
    plan = _plan(study or [], architectures or [], where, how).with_recipes(epochs=epochs, batch_size=batch_size)
    plan = plan.changed(limit=limit, hold_out=hold_out, seeds=_seeds(seeds, seed_list))
    means = Means(threads=threads, backend=backend, workers=workers, on=on, fresh=fresh)
    outcome = show(plan, means, out=out, offline=offline, as_json=as_json, curves=curves)
    end([outcome])


def _plan(words: list[str], architectures: list[str], where: str | None, how: own_data.HowRead) -> "StudyPlan":
    """Return the plan that the words ask for; names after ``--architectures`` arrive among the arguments."""
    from dataclasses import replace  # noqa: PLC0415 - start-up time, as all below

    from cnnlab.errors import UsageError, explain  # noqa: PLC0415
    from cnnlab.lab.plan import notebook_plan  # noqa: PLC0415
    from cnnlab.lab.study_file import load_plan  # noqa: PLC0415

    files = [word for word in words if word.endswith(".toml") or Path(word).is_file()]
    names = [word for word in words if word not in files]
    if len(files) > 1 or (names and not architectures):
        got = files[1] if len(files) > 1 else repr(names[0])
        fix = f"For a network of the zoo write --architectures {names[0]}." if names else "Run them one by one."
        raise UsageError(explain(expected="one study file, its name ending in .toml", got=got, where="run", fix=fix))
    plan = own_data.on_data(load_plan(Path(files[0])) if files else notebook_plan(), where, how)
    if plan.own is not None and not files:  # what is said of the notebook's study is not said of this one
        plan = replace(plan, name=plan.data, notes=())
    wanted = [name for words in [*architectures, *names] for name in words.split(",")]
    return plan.only(wanted) if architectures else plan


def _seeds(count: int | None, listed: str | None) -> list[int] | None:
    """Return the seeds that were asked for; None leaves them to the study."""
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415 - start-up time

    if listed is None:
        return None if count is None else list(range(count))
    if count is not None:
        raise UsageError(explain(expected="--seeds or --seed-list", got="both"))
    try:
        return [int(word) for word in listed.split(",")]
    except ValueError:
        fix = "Write --seed-list 7,8."
        raise UsageError(
            explain(expected="whole numbers with commas between", got=repr(listed), where="--seed-list", fix=fix)
        ) from None
