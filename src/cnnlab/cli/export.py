"""``cnnlab export``: a trained network as a file for other programs, checked before it gets its name."""

from typing import TYPE_CHECKING, Annotated

import typer

from cnnlab.cli import naming, options

if TYPE_CHECKING:  # start-up time
    from cnnlab.lab.exporting import Exported

MODEL_HELP = "A .keras file; else a run: its id, its folder, an architecture that has runs."

Network = Annotated[
    str | None,
    typer.Option(
        "--network", help="Whose weights they are, where MODEL is .npz or .weights.h5.", metavar=naming.METAVAR
    ),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", min=0, help="Which run, where MODEL has several; else the lowest.", show_default=False),
]


def export(
    model: Annotated[str, typer.Argument(metavar="MODEL", help=MODEL_HELP)],
    *,
    to: Annotated[
        str, typer.Option("--to", help="Where to; the ending says how.", metavar="onnx|keras|npz|weights.h5|FILE")
    ],
    raw_pixels: Annotated[
        bool, typer.Option("--raw-pixels", help="ONNX: take pixels as bytes, 0 to 255, and divide inside.")
    ] = False,
    seed: Seed = None,
    network: Network = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
    out: options.Out = options.RUNS,
    offline: options.Offline = False,
    as_json: options.AsJson = False,
) -> None:
    """Write a trained network into a file for other programs.

    An ONNX file is run by ONNX Runtime on 100 images before it is written, other files are read back: what disagrees
    with the model is never written. The path is printed on stdout.

    \b
    Examples:
      cnnlab export architecture-1 --to onnx
      cnnlab export k3q --to digits.keras
      cnnlab export digits.keras --to digits.onnx --raw-pixels
      cnnlab export digits.weights.h5 --network lenet-5 --to onnx
    """  # noqa: D301 - click wants the character itself, not two
    from pathlib import Path  # noqa: PLC0415 - start-up time, as everything below

    from cnnlab.lab.exporting import FORMATS, check_free, exported_as_dict, target_of  # noqa: PLC0415
    from cnnlab.lab.exporting import export as write  # noqa: PLC0415
    from cnnlab.lab.trained import find  # noqa: PLC0415

    if to not in FORMATS:  # before anything is loaded
        check_free(target_of(to, Path(model).stem)[0], overwrite=overwrite)
    described = naming.one_network(network, "export --network") if network is not None else None
    trained = find(model, out, where="export", seed=seed, network=described, offline=offline, notify=_notify)
    for note in trained.notes:
        _notify(f"Note: {note}")
    target, kind = target_of(to, trained.name)
    exported = write(trained, target, kind, overwrite=overwrite, raw_pixels=raw_pixels, offline=offline)
    if as_json:
        import json  # noqa: PLC0415

        typer.echo(json.dumps(exported_as_dict(exported), indent=2))
    else:
        _show(exported)


def _show(exported: "Exported") -> None:
    """Say on stderr what was written and how it was checked; the path alone goes to stdout."""
    from textwrap import fill  # noqa: PLC0415 - start-up time

    from cnnlab.report.words import format_bytes  # noqa: PLC0415

    lines = [f"Exported {exported.model}: {format_bytes(exported.size)}."]
    lines += [f"Opset {exported.opset}; 'input' takes {exported.takes}."] if exported.takes else []
    if exported.format == "onnx":
        difference = f"largest difference {exported.worst:.1g} of the largest output"
        lines.append(f"Checked on {exported.images} by {exported.judge}: {difference}.")
    else:
        lines.append(f"Read back: the same weights, and the same outputs for {exported.images}.")
    for line in lines:
        _notify(fill(line, 80, break_on_hyphens=False))
    typer.echo(str(exported.path))


def _notify(line: str) -> None:
    typer.echo(line, err=True)
