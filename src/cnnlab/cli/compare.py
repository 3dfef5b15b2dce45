"""``cnnlab compare``: stored runs held against each other, with both sources of chance and all costs."""

import shutil
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from cnnlab.cli import options

if TYPE_CHECKING:  # start-up time
    from cnnlab.analysis.equal_cost import Unit
    from cnnlab.lab.answers import Epoch
    from cnnlab.lab.comparing import Question
    from cnnlab.report.comparison_sheet import ComparisonSheet


_NAMED: Final = ("last", "best")


class Spent(StrEnum):
    """What all runs shall have spent the same of."""

    EPOCHS = "epochs"
    UPDATES = "updates"
    SECONDS = "seconds"
    MADDS = "madds"


def compare(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORD...]",
            help="Studies (name or folder), architectures, ids of runs; the latest study if left out.",
            show_default=False,
        ),
    ] = None,
    *,
    out: options.Out = options.RUNS,
    epoch: Annotated[
        str, typer.Option(help="After which epoch: last, best (by validation), or a number.", metavar="last|best|N")
    ] = "last",
    equal: Annotated[
        Spent | None,
        typer.Option(
            help="Take each run where all have spent the same (madds: multiply-adds of training).", show_default=False
        ),
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            help="How much that is; else the least that any run spent in all.", metavar="N", show_default=False
        ),
    ] = None,
    latency: Annotated[bool, typer.Option("--latency/--no-latency", help="Time how long predicting takes.")] = True,
    offline: options.Offline = False,
    as_json: options.AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, a line for each architecture.")] = False,
) -> None:
    """Compare architectures by what their stored runs said of the same images.

    Each accuracy has an interval over both seeds and images; pairs are distinguishable or not; costs stand beside,
    with who is on the front of accuracy against each. The images are the test images; after an epoch at which runs had
    not looked at them they are those held out for validation.

    \b
    Examples:
      cnnlab compare
      cnnlab compare architecture-1 architecture-2 --equal seconds
      cnnlab compare notebook --epoch 5 --json | jq .pairs
    """  # noqa: D301 - click wants the character itself, not two
    from cnnlab.lab.comparing import compare_stored  # noqa: PLC0415 - start-up time

    question = _question(words or [], epoch, equal, budget, latency=latency)
    if as_json and as_csv:
        from cnnlab.errors import UsageError, explain  # noqa: PLC0415

        raise UsageError(explain(expected="--json or --csv", got="both", where="compare"))
    sheet = compare_stored(out, question, offline=offline, notify=lambda line: typer.echo(line, err=True))
    _show(sheet, as_json=as_json, as_csv=as_csv)


def _question(words: list[str], epoch: str, equal: Spent | None, budget: float | None, *, latency: bool) -> "Question":
    """Check the words and gather them.

    Raises:
        UsageError: If an option is not what it should be, or two do not go together.
    """
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415 - start-up time
    from cnnlab.lab.comparing import Question  # noqa: PLC0415

    if equal is not None and epoch != "last":
        fix = "The budget says after which epoch each run is taken."
        raise UsageError(explain(expected="--epoch or --equal", got="both", where="compare", fix=fix))
    if budget is not None and (equal is None or not 0 < budget < float("inf")):
        got = "no --equal" if equal is None else f"{budget:g}"
        fix = "Write --equal seconds --budget 30."
        raise UsageError(explain(expected="a positive number beside --equal", got=got, where="--budget", fix=fix))
    unit: Unit | None = None if equal is None else equal.value
    if epoch in _NAMED:
        return Question(tuple(words), cast("Epoch", epoch), unit, budget, latency)
    if not epoch.isascii() or not epoch.isdecimal() or int(epoch) < 1:
        raise UsageError(explain(expected="last, best or a number from 1", got=repr(epoch), where="--epoch"))
    return Question(tuple(words), int(epoch), unit, budget, latency)


def _show(sheet: "ComparisonSheet", *, as_json: bool, as_csv: bool) -> None:
    from cnnlab.report.comparison_data import comparison_as_dict, comparison_csv  # noqa: PLC0415 - start-up time
    from cnnlab.report.comparison_text import comparison_text  # noqa: PLC0415

    if as_json:
        import json  # noqa: PLC0415 - start-up time

        typer.echo(json.dumps(comparison_as_dict(sheet), indent=2, allow_nan=False))
    elif as_csv:
        typer.echo("".join(comparison_csv(sheet)), nl=False)
    else:
        typer.echo(comparison_text(sheet, shutil.get_terminal_size().columns, unicode=_unicode()))


def _unicode() -> bool:
    """Tell whether the output's encoding has letters beyond ASCII."""
    return (sys.stdout.encoding or "ascii").lower().replace("-", "").startswith("utf")
