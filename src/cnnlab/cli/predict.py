"""``cnnlab predict``: what a trained network says of picture files."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnlab.cli import export, naming, options

if TYPE_CHECKING:  # start-up time
    from cnnlab.records.said import Refused, Said


def predict(
    model: Annotated[str, typer.Argument(metavar="MODEL", help=export.MODEL_HELP)],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="PNG or JPEG files, or folders of them.")],
    *,
    as_drawing: Annotated[
        bool, typer.Option("--as-drawing", help="Drawn or photographed digits: prepare them as MNIST's were.")
    ] = False,
    invert: Annotated[bool, typer.Option("--invert", help="Let bright and dark change places.")] = False,
    divide_by: Annotated[
        float | None,
        typer.Option("--divide-by", help="What pixels are divided by; else as in training: 255.", show_default=False),
    ] = None,
    seed: export.Seed = None,
    network: export.Network = None,
    out: options.Out = options.RUNS,
    as_json: options.AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, all probabilities of each picture.")] = False,
) -> None:
    """Say which class a trained network sees in pictures.

    A picture is brought into the form that the network takes: grey or colours, height and width; what was done is said
    on stderr. Files that are no pictures are named there; the others are answered all the same, and the exit code is 2.

    \b
    Examples:
      cnnlab predict architecture-1 photo.jpg --as-drawing
      cnnlab predict digits.keras scans/ --csv
      cnnlab predict k3q seven.png --json | jq .predictions[0].probabilities
    """  # noqa: D301 - click wants the character itself, not two
    from cnnlab.data.seen import Wanted, picture_files  # noqa: PLC0415 - start-up time, as everything below
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415
    from cnnlab.lab.predicting import notes_of, predict_files  # noqa: PLC0415
    from cnnlab.lab.trained import find  # noqa: PLC0415
    from cnnlab.records.said import Refused, Said  # noqa: PLC0415

    if as_json and as_csv:
        raise UsageError(explain(expected="--json or --csv", got="both", where="predict"))
    if as_drawing and invert:
        fix = "A drawing's paper is found by itself."
        raise UsageError(explain(expected="--as-drawing or --invert", got="both", where="predict", fix=fix))
    if divide_by is not None and not 0 < divide_by < float("inf"):
        raise UsageError(explain(expected="a number above 0", got=f"{divide_by:g}", where="--divide-by"))
    described = naming.one_network(network, "predict --network") if network is not None else None
    trained = find(model, out, where="predict", seed=seed, network=described)
    files = list(picture_files(images))
    if not files:
        raise UsageError(explain(expected="PNG or JPEG files", got="none", where=", ".join(map(str, images))))
    wanted = Wanted(trained.network.input_shape, as_drawing, invert)
    found = list(predict_files(trained, files, wanted, divide_by))
    said = [one for one in found if isinstance(one, Said)]
    refused = [one for one in found if isinstance(one, Refused)]
    _show(trained.told, said, refused, as_json=as_json, as_csv=as_csv)
    for note in (*trained.notes, *notes_of(said, wanted)):
        _note(note)
    _end(refused, len(files))


def _show(model: str, said: "list[Said]", refused: "list[Refused]", *, as_json: bool, as_csv: bool) -> None:
    from cnnlab.report import predictions  # noqa: PLC0415 - start-up time

    if as_json:
        import json  # noqa: PLC0415 - start-up time

        document = {
            "model": model,
            "predictions": [predictions.prediction_as_dict(one) for one in said],
            "refused": [predictions.refusal_as_dict(one) for one in refused],
        }
        typer.echo(json.dumps(document, indent=2))
    elif as_csv:
        typer.echo(predictions.predictions_csv(said), nl=False)
    elif said:
        width = shutil.get_terminal_size().columns
        typer.echo(predictions.predictions_text(said, width, unicode=_unicode()))


def _note(text: str) -> None:
    from textwrap import fill  # noqa: PLC0415 - start-up time

    from cnnlab.report.words import printable  # noqa: PLC0415

    typer.echo(fill(f"Note: {printable(text)}", 80, break_on_hyphens=False), err=True)


def _end(refused: "list[Refused]", files: int) -> None:
    """Name the files that could not be used, and leave with the code for data that cannot be.

    Raises:
        DataError: If there are any.
    """
    from cnnlab.errors import DataError, explain  # noqa: PLC0415 - start-up time
    from cnnlab.report.words import plural, printable  # noqa: PLC0415

    for one in refused:
        typer.echo(printable(one.why), err=True)
    if refused:
        got = f"{plural(len(refused), 'file')} that cannot be used"
        raise DataError(explain(expected=f"{plural(files, 'picture')}", got=got, where="predict"))


def _unicode() -> bool:
    """Tell whether the output's encoding has letters beyond ASCII."""
    return (sys.stdout.encoding or "ascii").lower().replace("-", "").startswith("utf")
