"""``cnnlab report``: make the page of a study again, from the store alone."""

import sys
from pathlib import Path
from textwrap import fill
from typing import Annotated

import typer

from cnnlab.cli import options

_WIDTH = 80


def report(
    study: Annotated[
        str | None,
        typer.Argument(
            help="The study's folder or name; the newest study if left out.",
            metavar="[STUDY]",
            show_default=False,
        ),
    ] = None,
    *,
    to: Annotated[
        Path | None,
        typer.Option(help="Where the page goes; else report.html in the study's folder.", metavar="FILE"),
    ] = None,
    pad: Annotated[bool, typer.Option("--pad/--no-pad", help="A place to draw a digit, with the weights.")] = True,
    out: options.Out = options.RUNS,
) -> None:
    """Make the page of a study again: one file that opens offline. Nothing is trained or downloaded.

    The page shows what is known now, also what `cnnlab diagnose` has found since the study ended. Its path is printed
    on stdout, what is missing in it on stderr.

    \b
    Examples:
      cnnlab report
      cnnlab report notebook --to page.html --no-pad
      cnnlab report runs/notebook-20261125-214207
    """  # noqa: D301 - click wants the character itself, not two
    # Start-up time: this needs numpy, pydantic and jinja2.
    from cnnlab.lab.stored_reports import write_report  # noqa: PLC0415

    path, missing = write_report(out, study, to=to, pad=pad)
    for text in missing:
        print(fill(f"Note: {text}", _WIDTH, break_on_hyphens=False), file=sys.stderr)
    typer.echo(str(path))
