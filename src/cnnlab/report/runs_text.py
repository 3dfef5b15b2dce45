"""Stored runs in a terminal: a list of them, and one with all that is known of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from cnnlab.records import EpochRow, RunSummary, StoredCheckpoint, StoredRun, class_weights
from cnnlab.report.columns import Column, columns_text
from cnnlab.report.words import (
    class_weight_text,
    cut,
    format_bytes,
    format_seconds,
    image_counts,
    metric,
    plural,
    printable,
)

NONE: Final = "-"
_LEAST_NAME: Final = 8
# A name stands before its settings; a callback's arguments are its settings.
_WEIGHTS: Final = "class_weight"
_SAID: Final = ("name", "arguments")
_NAME: Final = 1
_LOSS: Final = 5
_COLUMNS: Final = (
    Column("id"),
    Column("architecture"),
    Column("seed", right=True),
    Column("status"),
    Column("epochs", right=True),
    Column("loss", right=True),
    Column("accuracy", right=True),
    Column("time", right=True),
    Column("began"),
)


def runs_text(runs: Sequence[RunSummary], width: int = 80, *, unicode: bool = True, this_year: int = 0) -> str:
    """Lay out a list of runs, a line for each.

    Args:
        runs: In the order in which they are shown.
        width: Columns of the terminal. The loss is left out where it has no room, then a long name is cut.
        unicode: Whether names may have characters beyond ASCII.
        this_year: The year that need not be said.

    Returns:
        Lines of at most ``width`` columns, from 72 columns on, without a final line break.
    """
    rows = [_cells(run, unicode=unicode, this_year=this_year) for run in runs]
    columns = list(_COLUMNS)
    gap = 2
    if _needed(columns, rows, gap) > width:
        columns.pop(_LOSS)
        rows = [row[:_LOSS] + row[_LOSS + 1 :] for row in rows]
    if _needed(columns, rows, gap) > width:
        gap = 1
    room = width - _needed(columns, rows, gap) + _widest(columns, rows, _NAME)
    shown = [[*row[:_NAME], cut(row[_NAME], max(room, _LEAST_NAME)), *row[_NAME + 1 :]] for row in rows]
    if room < len(columns[_NAME].heading):
        columns[_NAME] = Column("network")
    return columns_text(columns, shown, max(width, _needed(columns, shown, gap)), gap=gap)


def _cells(run: RunSummary, *, unicode: bool, this_year: int) -> list[str]:
    return [
        run.id,
        printable(run.architecture, unicode=unicode),
        str(run.seed),
        run.status,
        f"{run.epochs}/{run.epochs_planned}",
        _or(run.test_loss, metric),
        _or(run.test_accuracy, metric),
        _or(run.seconds, format_seconds),
        NONE if run.began is None else short_moment(run.began, this_year),
    ]


def _or(value: float | None, write: Any) -> str:  # noqa: ANN401 - a function of a number
    return NONE if value is None else str(write(value))


def _widest(columns: Sequence[Column], rows: Sequence[Sequence[str]], index: int) -> int:
    return max([len(columns[index].heading), *(len(row[index]) for row in rows)])


def _needed(columns: Sequence[Column], rows: Sequence[Sequence[str]], gap: int) -> int:
    return sum(_widest(columns, rows, index) for index in range(len(columns))) + gap * (len(columns) - 1)


def short_moment(moment: str, this_year: int = 0) -> str:
    """Write a moment in local time: month, day and clock, of another year the date alone.

    Args:
        moment: ISO 8601.
        this_year: The year that need not be said.
    """
    local = datetime.fromisoformat(moment).astimezone()
    return local.strftime("%m-%d %H:%M" if local.year == this_year else "%Y-%m-%d")


def run_text(
    run: StoredRun,
    history: Sequence[EpochRow],
    checkpoints: Sequence[StoredCheckpoint],
    files: Sequence[tuple[str, int]],
    width: int = 80,
    *,
    unicode: bool = True,
) -> str:
    """Show a run: what it is, what came out, its epochs, how it was trained, where, and its files.

    Args:
        run: As the store has it.
        history: Its epochs.
        checkpoints: The newest first.
        files: Names and sizes.
        width: Columns of the terminal.
        unicode: Whether names may have characters beyond ASCII.
    """
    titled = (
        ("epochs", _history(history)),
        ("recipe", _pairs(_recipe(run.recipe), width)),
        ("provenance", _pairs(_provenance(run), width)),
        ("files", _files(run, checkpoints, files)),
    )
    parts = [_pairs(_facts(run), width), *(f"{title}\n{text}" for title, text in titled if text)]
    return "\n\n".join(printable_lines(part, unicode=unicode) for part in parts)


def printable_lines(text: str, *, unicode: bool) -> str:
    """Clean each line of a text."""
    return "\n".join(printable(line, unicode=unicode) for line in text.split("\n"))


def _facts(run: StoredRun) -> list[list[str]]:
    summary = run.summary
    rows = [
        ["run", run.id],
        ["study", summary.study],
        ["architecture", summary.architecture],
        ["seed", str(summary.seed)],
        ["status", run.status],
        ["ended early", run.reason or ""],
        ["error", run.error or ""],
        ["epochs", f"{summary.epochs} of {summary.epochs_planned}"],
        ["parameters", f"{run.total_params:,}, trained {run.trainable_params:,}"],
        ["test loss", _or(summary.test_loss, metric)],
        ["test accuracy", "no test" if run.no_test else _or(summary.test_accuracy, metric)],
        ["best epoch", _best(run)],
        ["time", _or(summary.seconds, format_seconds)],
        ["began", summary.began or NONE],
        ["ended", summary.ended or NONE],
        ["attempts", str(run.attempts)],
        ["goes on", "to the bit" if run.resumes_exactly else "not to the bit"],
        ["weights sha256", summary.weights_sha256 or NONE],
    ]
    return [row for row in rows if row[1]]


def _best(run: StoredRun) -> str:
    if run.best_epoch is None or run.best_val_loss is None or run.best_val_accuracy is None:
        return ""
    return f"{run.best_epoch}: val_loss {metric(run.best_val_loss)}, val_accuracy {metric(run.best_val_accuracy)}"


def _history(history: Sequence[EpochRow]) -> str:
    if not history:
        return ""
    names = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds", "learning_rate")
    rows = [
        [
            str(row.epoch),
            *(_or(getattr(row, name), metric) for name in names[1:5]),
            format_seconds(row.seconds),
            _or(row.learning_rate, "{:.4g}".format),
        ]
        for row in history
    ]
    return columns_text([Column(name.replace("seconds", "time"), right=True) for name in names], rows)


def _recipe(recipe: Mapping[str, Any]) -> list[list[str]]:
    """Write a recipe's parts, settings that are not in use left out."""
    used = {name: value for name, value in recipe.items() if value not in ([], None)}
    # Names of classes are no arguments: one may be called "name".
    weights = class_weights(used.pop(_WEIGHTS, None))
    rows = [[name, _setting(value)] for name, value in used.items()]
    return rows if weights is None else [*rows, [_WEIGHTS, class_weight_text(weights)]]


def _setting(value: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        flat = {**value, **(value.get("arguments") or {})}
        used = {name: each for name, each in flat.items() if name not in _SAID and each not in (None, False)}
        if "use_ema" not in used:
            used.pop("ema_momentum", None)
        return ", ".join([str(value.get("name", "")), *(f"{name}={each}" for name, each in used.items())])
    if isinstance(value, list):
        return "; ".join(map(_setting, value))
    return str(value)


def _provenance(run: StoredRun) -> list[list[str]]:
    left_out = {"data_sums", "data_name", "train_images", "test_images", "validation_images"}
    told = {name: value for name, value in run.provenance.items() if name not in left_out and value is not None}
    if str(told.get("backend")).partition(" ")[0] == "keras":
        told.pop("threads", None)  # it takes as many as it likes
    rows = [[name, str(value)] for name, value in told.items()]
    rows.append(["data", f"{run.data_name}: {image_counts(run.train_images, run.test_images)}"])
    if run.validation_images is not None:
        rows.append(["validation", plural(run.validation_images, "held-out training image")])
    return [*rows, *([name, f"sha256 {value[:16]}..."] for name, value in run.data_sums.items())]


def _files(run: StoredRun, checkpoints: Sequence[StoredCheckpoint], files: Sequence[tuple[str, int]]) -> str:
    notes = {one.file: f"after {plural(one.epoch, 'epoch')}{', the best' * one.best}" for one in checkpoints}
    there = {name for name, _ in files}
    rows = [
        [format_bytes(size), name.removeprefix(f"{run.summary.folder}/"), notes.get(name, "")] for name, size in files
    ]
    rows += [
        ["missing", name.removeprefix(f"{run.summary.folder}/"), note]
        for name, note in notes.items()
        if name not in there
    ]
    lines = [run.summary.folder]
    if rows:
        lines.append(columns_text([Column("", right=True), Column(""), Column("")], rows, 200))
    return "\n".join(lines)


def _pairs(rows: Sequence[Sequence[str]], width: int) -> str:
    return columns_text([Column(""), Column("")], rows, width)
