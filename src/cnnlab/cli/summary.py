"""``cnnlab summary``: a network's layers, shapes and parameters, what it costs and what it sees."""

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cnnlab.arch import Network

_KERAS_CONFIG = ".json"
_STUDY_FILE = ".toml"


def summary(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE", help="A network of the zoo, Keras' model.to_json() in a .json, or a study file."
        ),
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

    summaries = [summarize(network) for network in _networks(name)]
    if as_json:
        rows = [each.as_dict() for each in summaries]
        typer.echo(json.dumps(rows[0] if len(rows) == 1 else rows, indent=2))
        return
    width = shutil.get_terminal_size().columns
    typer.echo("\n\n".join(summary_text(each, width, unicode=_draws_lines()) for each in summaries))


def _networks(name: str) -> "list[Network]":
    """Find the networks that a word on the command line means."""
    from cnnlab.arch import zoo  # noqa: PLC0415 - start-up time

    suffix = Path(name).suffix.lower()
    if not suffix:
        return [zoo.network(name)]
    path = _existing(name, suffix)
    if suffix == _KERAS_CONFIG:
        return [_from_keras_json(path)]
    from cnnlab.lab.study_file import load_networks  # noqa: PLC0415 - start-up time

    return list(load_networks(path).values())


def _existing(name: str, suffix: str) -> Path:
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415 - start-up time

    if suffix not in {_KERAS_CONFIG, _STUDY_FILE}:
        expected = f"a network of the zoo, or a file that ends in {_KERAS_CONFIG} or {_STUDY_FILE}"
        raise UsageError(explain(expected=expected, got=repr(name), where="summary"))
    path = Path(name)
    if not path.is_file():
        raise UsageError(explain(expected="a file", got=f"{name!r}, which is not there", where="summary"))
    return path


def _from_keras_json(path: Path) -> "Network":
    from cnnlab.arch import from_keras_config  # noqa: PLC0415 - start-up time
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415 - start-up time

    try:
        return from_keras_config(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise UsageError(explain(expected="JSON in UTF-8", got="other bytes", where=str(path))) from None
    except UsageError as error:
        raise type(error)(f"{path}: {error}") from None


def _draws_lines() -> bool:
    """Tell whether the output's encoding has the signs that tables are drawn with."""
    try:
        "┏━┡╇".encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
