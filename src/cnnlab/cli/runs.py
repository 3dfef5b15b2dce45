"""``cnnlab runs``: the runs that are stored: list, show, remove, export, go on with them."""

import shutil
import sys
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnlab.cli import options

if TYPE_CHECKING:  # start-up time
    from cnnlab.store import RunFilter, Store

app = typer.Typer(
    name="runs",
    help="The runs that are stored: list, show, remove, export them, go on with them.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)

SHOWN = 50
_SOME = 500  # pieces of text written at once


class Status(StrEnum):
    """Where a run stands."""

    PLANNED = "planned"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    FINISHED = "finished"


Architecture = Annotated[str | None, typer.Option(help="Only of this one.", metavar="NAME", show_default=False)]
Study = Annotated[
    str | None, typer.Option(help="Only of studies of this name or folder.", metavar="NAME", show_default=False)
]
OfStatus = Annotated[Status | None, typer.Option("--status", help="Only those that stand so.", show_default=False)]
Seed = Annotated[int | None, typer.Option(min=0, help="Only with this one.", show_default=False)]
Since = Annotated[
    str | None, typer.Option(help="Only begun then or later: 2026-11-25.", metavar="DATE", show_default=False)
]
Ids = Annotated[list[str], typer.Argument(help="Ids, or beginnings that are unique.", metavar="ID...")]


@app.command("list")
def list_runs(
    *,
    out: options.Out = options.RUNS,
    architecture: Architecture = None,
    study: Study = None,
    status: OfStatus = None,
    seed: Seed = None,
    since: Since = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"At most this many, the newest; a table else has {SHOWN}.", show_default=False),
    ] = None,
    as_json: options.AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """List runs, the newest first.

    JSON and CSV have all of them, unless a limit is given.

    \b
    Examples:
      cnnlab runs list
      cnnlab runs list --architecture architecture-2 --status finished --json
      cnnlab runs list --since 2026-11-01 --csv
    """  # noqa: D301 - click wants the character itself, not two
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415 - start-up time
    from cnnlab.store import open_store  # noqa: PLC0415

    if as_json and as_csv:
        raise UsageError(explain(expected="--json or --csv", got="both", where="runs list"))
    chosen = _chosen(architecture, study, status, seed, since)
    with open_store(out, create=False) as store:
        store.check_known(chosen)
        if as_json or as_csv:
            _print_lines(store, chosen, limit, as_json=as_json)
        else:
            _print_table(store, chosen, limit or SHOWN)


@app.command()
def show(
    run: Annotated[str, typer.Argument(help="Its id, or a beginning that is unique.", metavar="ID")],
    *,
    out: options.Out = options.RUNS,
    as_json: options.AsJson = False,
) -> None:
    """Show a run: what came out, its epochs, recipe, provenance and files.

    \b
    Example:
      cnnlab runs show k3q --json | jq .history
    """  # noqa: D301 - click wants the character itself, not two
    from cnnlab.report.runs_text import run_text  # noqa: PLC0415 - start-up time
    from cnnlab.store import open_store  # noqa: PLC0415
    from cnnlab.store.export import files_of, run_as_dict  # noqa: PLC0415

    with open_store(out, create=False) as store:
        found = store.run(store.find(run))
        if as_json:
            import json  # noqa: PLC0415 - start-up time

            typer.echo(json.dumps(run_as_dict(store, found), indent=2, allow_nan=False))
            return
        history, checkpoints = store.epochs(found.id), store.checkpoints(found.id)
        files = files_of(store.parent, found.summary.folder)
        typer.echo(run_text(found, history, checkpoints, files, _width(), unicode=_unicode()))


@app.command()
def rm(
    runs: Ids,
    *,
    out: options.Out = options.RUNS,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove runs: what the store has of them, then their folders. A run in training is refused.

    The study's own page and files stay.

    \b
    Example:
      cnnlab runs rm k3q7xw2m ab2
    """  # noqa: D301 - click wants the character itself, not two
    from cnnlab.errors import CnnlabError  # noqa: PLC0415 - start-up time
    from cnnlab.report.words import plural  # noqa: PLC0415
    from cnnlab.store import RunFilter, open_store  # noqa: PLC0415

    with open_store(out, create=False) as store:
        ids = tuple(dict.fromkeys(store.find(word) for word in runs))
        if not yes:
            for line in store.runs(RunFilter(ids=ids)):
                typer.echo(f"{line.id}  {line.architecture}, seed {line.seed}, {line.status}: {line.folder}", err=True)
            if not _agreed(f"Remove {plural(len(ids), 'run')} and all files of theirs?"):
                typer.echo("Nothing removed.", err=True)
                return
        left = store.remove(ids)
        typer.echo(f"Removed {plural(len(ids), 'run')}.", err=True)
        if left:
            raise CnnlabError(" ".join(left))


@app.command()
def export(
    runs: Annotated[
        list[str] | None, typer.Argument(help="Only these; ids or beginnings.", metavar="[ID...]", show_default=False)
    ] = None,
    *,
    to: Annotated[Path, typer.Option("--to", help="Where to; the ending says how.", metavar="FILE.csv|.json|.npz")],
    out: options.Out = options.RUNS,
    architecture: Architecture = None,
    study: Study = None,
    status: OfStatus = None,
    seed: Seed = None,
    since: Since = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
) -> None:
    """Write runs into a file: CSV a line for each, JSON all of each, NPZ the predictions of one.

    \b
    Examples:
      cnnlab runs export --architecture architecture-1 --to runs.csv
      cnnlab runs export k3q --to predictions.npz
    """  # noqa: D301 - click wants the character itself, not two
    from dataclasses import replace  # noqa: PLC0415 - start-up time

    from cnnlab.errors import UsageError, explain  # noqa: PLC0415
    from cnnlab.report.words import plural  # noqa: PLC0415
    from cnnlab.store import open_store  # noqa: PLC0415
    from cnnlab.store.export import export as write  # noqa: PLC0415

    if to.exists() and not overwrite:
        fix = "Add --overwrite or choose another name."
        raise UsageError(explain(expected="a file that is not there yet", got=str(to), where="--to", fix=fix))
    chosen = _chosen(architecture, study, status, seed, since)
    with open_store(out, create=False) as store:
        store.check_known(chosen)
        if runs:
            chosen = replace(chosen, ids=tuple(dict.fromkeys(store.find(word) for word in runs)))
        count = write(store, chosen, to)
    typer.echo(f"Wrote {plural(count, 'run')} to {to}.", err=True)


@app.command()
def resume(
    runs: Annotated[
        list[str] | None, typer.Argument(help="Only these; ids or beginnings.", metavar="[ID...]", show_default=False)
    ] = None,
    *,
    out: options.Out = options.RUNS,
    workers: options.Workers = None,
    threads: options.Threads = None,
    offline: options.Offline = False,
    as_json: options.AsJson = False,
) -> None:
    """Go on with runs that were interrupted, and make those that were planned.

    Each goes on in its study as it was begun: the same data, recipe, seed and backend, to the bit. Without ids all
    studies of the folder are gone on with.

    \b
    Examples:
      cnnlab runs resume
      cnnlab runs resume k3q --threads 1
    """  # noqa: D301 - click wants the character itself, not two
    import json  # noqa: PLC0415 - start-up time, as everything below

    from cnnlab.cli.screen import document  # noqa: PLC0415
    from cnnlab.cli.shown import end, show  # noqa: PLC0415
    from cnnlab.errors import UsageError  # noqa: PLC0415
    from cnnlab.lab.conduct import Means  # noqa: PLC0415
    from cnnlab.lab.resume import resumable  # noqa: PLC0415

    found = resumable(out, runs or [])
    if found.left and not found.studies:
        raise UsageError(" ".join(found.left))
    for sentence in found.left:
        typer.echo(f"Note: {sentence}", err=True)
    if not found.studies:
        typer.echo("No run is interrupted or planned.", err=True)
    outcomes = []
    for study in found.studies:
        means = Means(threads=threads, backend=study.backend, workers=workers)
        outcomes.append(show(study.plan, means, out=out, offline=offline, as_json=as_json, part=study.part, quiet=True))
        if outcomes[-1].interrupted:
            break
    if as_json:
        typer.echo(json.dumps([document(outcome) for outcome in outcomes], indent=2))
    end(outcomes)


def _chosen(
    architecture: str | None, study: str | None, status: Status | None, seed: int | None, since: str | None
) -> "RunFilter":
    from cnnlab.store import RunFilter  # noqa: PLC0415 - start-up time
    from cnnlab.store.values import moment_text  # noqa: PLC0415

    return RunFilter(
        architecture=architecture,
        study=study,
        status=None if status is None else status.value,
        seed=seed,
        since=None if since is None else moment_text(_moment(since)),
    )


def _moment(word: str) -> datetime:
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415 - start-up time

    try:
        return datetime.fromisoformat(word)
    except ValueError:
        fix = "Write --since 2026-11-25 or --since 2026-11-25T14:30."
        raise UsageError(explain(expected="a date", got=repr(word), where="--since", fix=fix)) from None


def _print_lines(store: "Store", chosen: "RunFilter", limit: int | None, *, as_json: bool) -> None:
    """Write as rows are read, some hundred at once: the memory stays small, and so does the number of calls."""
    from cnnlab.store.export import csv_lines, json_lines, summary_as_dict  # noqa: PLC0415 - start-up time

    found = store.runs(chosen, limit)
    _write(json_lines(map(summary_as_dict, found)) if as_json else csv_lines(found))


def _write(texts: Iterable[str]) -> None:
    waiting: list[str] = []
    for text in texts:
        waiting.append(text)
        if len(waiting) >= _SOME:
            sys.stdout.write("".join(waiting))
            waiting.clear()
    sys.stdout.write("".join(waiting))


def _print_table(store: "Store", chosen: "RunFilter", limit: int) -> None:
    from cnnlab.report.runs_text import runs_text  # noqa: PLC0415 - start-up time

    found = list(store.runs(chosen, limit))
    if not found:
        typer.echo("No run fits." if store.count() else "No run is stored yet.", err=True)
        return
    this_year = datetime.now().astimezone().year
    typer.echo(runs_text(found, _width(), unicode=_unicode(), this_year=this_year))
    more = store.count(chosen) - len(found)
    if more > 0:
        typer.echo(f"{more:,} more; --limit N shows more of them, --json and --csv have all.", err=True)


def _agreed(question: str) -> bool:
    """Ask on stderr; where nobody can answer, say what to type."""
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415 - start-up time

    # Not typer.confirm: it writes a blank on stdout, where only data go.
    typer.echo(f"{question} [y/N]: ", err=True, nl=False)
    answer = sys.stdin.readline()
    if not answer:
        fix = "Add --yes where nobody can be asked."
        raise UsageError(explain(expected="an answer", got="none", where="runs rm", fix=fix))
    return answer.strip().lower() in {"y", "yes"}


def _width() -> int:
    return shutil.get_terminal_size().columns


def _unicode() -> bool:
    """Tell whether the output's encoding has letters beyond ASCII."""
    return (sys.stdout.encoding or "ascii").lower().replace("-", "").startswith("utf")
