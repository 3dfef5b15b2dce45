"""``cnnlab summary``: a network's layers, shapes and parameters, what it costs and what it sees."""

import json
import shutil
import sys
from typing import Annotated

import typer

from cnnlab.cli import naming


def summary(
    name: Annotated[
        str,
        typer.Argument(metavar=naming.METAVAR, help=naming.HELP),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show a network: layers, shapes, parameters, multiply-adds, receptive field.

    \b
    Examples:
      cnnlab summary architecture-1
      cnnlab summary architecture-1 --json | jq .total_params
      cnnlab summary model.json
      cnnlab summary study.toml
    """  # noqa: D301 - click wants the character itself, not two
    from cnnlab.arch import summarize  # noqa: PLC0415 - start-up time
    from cnnlab.report.summary import summary_text  # noqa: PLC0415 - start-up time

    summaries = [summarize(network) for network in naming.networks(name, "summary")]
    if as_json:
        rows = [each.as_dict() for each in summaries]
        typer.echo(json.dumps(rows[0] if len(rows) == 1 else rows, indent=2))
        return
    width = shutil.get_terminal_size().columns
    typer.echo("\n\n".join(summary_text(each, width, unicode=_draws_lines()) for each in summaries))


def _draws_lines() -> bool:
    """Tell whether the output's encoding has the signs that tables are drawn with."""
    try:
        "┏━┡╇".encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
