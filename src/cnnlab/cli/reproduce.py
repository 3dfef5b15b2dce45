"""``cnnlab reproduce``: hold published numbers against several seeds of the same networks."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnlab.cli import options

if TYPE_CHECKING:  # start-up time
    from cnnlab.lab.conduct import Means
    from cnnlab.lab.outcome import StudyOutcome
    from cnnlab.lab.reproducing import ReproductionPlan
    from cnnlab.records import StudyResult

_NOT_MET = 3


def reproduce(
    study: Annotated[
        Path | None,
        typer.Argument(
            help="A study file that says what was published; the notebook if left out.",
            metavar="[STUDY.toml]",
            show_default=False,
        ),
    ] = None,
    *,
    seeds: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="How many runs of each, with seeds 0, 1, ...; else its own.")
    ] = None,
    seeds_of: Annotated[
        list[str] | None,
        typer.Option(help="How many of one: architecture-1=5; may stand several times.", metavar="NAME=N"),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Train on this many images: a trial, whose verdicts say little.")
    ] = None,
    no_run: Annotated[bool, typer.Option("--no-run", help="Train nothing: only what is there.")] = False,
    threads: options.Threads = None,
    backend: options.Backend = None,
    workers: options.Workers = None,
    fresh: options.Fresh = False,
    out: options.Out = options.RUNS,
    offline: options.Offline = False,
    as_json: options.AsJson = False,
) -> None:
    """Train what was published with several seeds, and say where the published numbers lie among ours.

    Without a study file it is the notebook: 3 seeds of architecture-1, 10 of architecture-2 and of architecture-3. Runs
    that `cnnlab run` has made of the same study are not made again. Exit code 0 says that all final numbers are
    reproduced, 3 that one is not or that it cannot be told.

    \b
    Examples:
      cnnlab reproduce
      cnnlab reproduce --seeds-of architecture-3=100 --json
      cnnlab reproduce study.toml --no-run
    """  # noqa: D301 - click wants the character itself, not two
    # Start-up time: everything below needs numpy, pydantic or rich.
    from cnnlab.cli.shown import end  # noqa: PLC0415
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415
    from cnnlab.lab.conduct import Means  # noqa: PLC0415
    from cnnlab.lab.plan import notebook_plan  # noqa: PLC0415
    from cnnlab.lab.reproducing import reproduction_plan  # noqa: PLC0415
    from cnnlab.lab.study_file import load_plan  # noqa: PLC0415

    if fresh and no_run:
        raise UsageError(explain(expected="--fresh or --no-run", got="both"))
    base = notebook_plan() if study is None else load_plan(study)
    plan = reproduction_plan(base.changed(limit=limit), seeds=seeds, seeds_of=_counts(seeds_of or []))
    means = Means(threads=threads, backend=backend, workers=workers, fresh=fresh)
    outcome, result, folder, whole = _runs(plan, means, out, offline=offline, no_run=no_run)
    reproduced = _told(plan, result, folder, whole, as_json=as_json, written=not no_run)
    if outcome is not None:
        end([outcome])
    if not reproduced:
        raise typer.Exit(_NOT_MET)


def _counts(words: list[str]) -> dict[str, int]:
    """Read NAME=N; several may stand in one word with commas between."""
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415 - start-up time

    counts: dict[str, int] = {}
    for word in (part for listed in words for part in listed.split(",")):
        name, _, number = word.rpartition("=")
        if not name or not number.isdecimal() or name in counts:
            got = f"{name!r} twice" if name in counts else repr(word)
            fix = "Write --seeds-of architecture-1=5."
            raise UsageError(explain(expected="NAME=N, each name once", got=got, where="--seeds-of", fix=fix))
        counts[name] = int(number)
    return counts


def _runs(
    plan: "ReproductionPlan", means: "Means", out: Path, *, offline: bool, no_run: bool
) -> tuple["StudyOutcome | None", "StudyResult", Path, int]:
    """Make the runs or find them; return them with the study's folder and the number of images that there are."""
    from cnnlab.cli.shown import show  # noqa: PLC0415 - start-up time
    from cnnlab.lab.own_data import load_data  # noqa: PLC0415
    from cnnlab.lab.reproducing import found_in_store, only_wanted  # noqa: PLC0415

    if not no_run:
        # Progress is no result: with JSON in mind the screen writes all of it on stderr, and no JSON of its own.
        outcome = show(plan.study, means, out=out, offline=offline, as_json=True, quiet=True, only=plan.keys)
        return outcome, only_wanted(plan, outcome.result), outcome.folder, outcome.whole_images
    _, whole = load_data(plan.study, offline=offline)
    result, folder = found_in_store(plan, whole, means, out)
    return None, result, folder, len(whole.train)


def _told(
    plan: "ReproductionPlan", result: "StudyResult", folder: Path, whole: int, *, as_json: bool, written: bool
) -> bool:
    """Print what was found, keep it beside the runs, and say whether all is reproduced."""
    import json  # noqa: PLC0415 - start-up time, as everything below

    from cnnlab.cli.screen import write_line  # noqa: PLC0415
    from cnnlab.lab.reproducing import held_against, write_reproduction  # noqa: PLC0415
    from cnnlab.report.reproduction_document import reproduction_document  # noqa: PLC0415
    from cnnlab.report.reproduction_text import reproduction_text  # noqa: PLC0415

    found = held_against(plan, result)
    document = reproduction_document(found, plan.publication, whole) | {"folder": str(folder)}
    if as_json:
        typer.echo(json.dumps(document, indent=2, allow_nan=False))
    else:
        write_line(reproduction_text(found, plan.publication, whole), sys.stdout)
    if written:
        for path in write_reproduction(folder, found, document):
            write_line(f"Kept: {path}", sys.stderr)
    return found.family.reproduced
