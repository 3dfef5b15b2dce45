"""``cnnlab diagnose``: find out why a network is no better, and prove it by retraining."""

import json
import shutil
from typing import Annotated

import typer

from cnnlab.cli import naming, options, own_data


def diagnose(
    name: Annotated[str, typer.Argument(metavar=naming.METAVAR, help=naming.HELP)],
    *,
    architecture: Annotated[
        str | None, typer.Option(help="Of a study file only this one.", metavar="NAME", show_default=False)
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Of every run; else the recipe's.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help="Of every run; else the recipe's.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Measure on this many training images; else on all not held out.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=2, help="Fresh seeds for each change that is measured anew.")] = 6,
    hold_out: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Training images to judge by; none is trained on them. Else 10,000, or a fifth where there are few.",
            metavar="N",
            show_default=False,
        ),
    ] = None,
    where: own_data.Where = None,
    resize: own_data.Resize = None,
    test_share: own_data.TestShare = None,
    split_seed: own_data.SplitSeed = None,
    label: own_data.Label = None,
    shape: own_data.Shape = None,
    threads: options.Threads = None,
    backend: options.Backend = None,
    workers: options.Workers = None,
    on: options.On = None,
    fresh: options.Fresh = False,
    out: options.Out = options.RUNS,
    offline: options.Offline = False,
    as_json: options.AsJson = False,
) -> None:
    """Say what costs a network accuracy, and how many points: seen in it, then shown by retraining without it.

    Three steps: what its description and its runs give away; each suspect removed by the smallest change, retrained on
    a part of the images, and ranked; the best changes measured anew with seeds that took no part in the ranking. The
    test set is not looked at. The runs are kept as studies of their own, and what is there is not trained again.

    \b
    Examples:
      cnnlab diagnose architecture-3
      cnnlab diagnose study.toml --architecture mine --json
    """  # noqa: D301 - click wants the character itself, not two
    # Start-up time: everything below needs numpy, pydantic or rich.
    from dataclasses import replace  # noqa: PLC0415

    from cnnlab.cli.diagnosis_screen import DiagnosisScreen  # noqa: PLC0415
    from cnnlab.lab.conduct import Means  # noqa: PLC0415
    from cnnlab.lab.diagnosing import Effort  # noqa: PLC0415
    from cnnlab.report.diagnosis_text import diagnosis_document, diagnosis_text  # noqa: PLC0415

    plan, base = naming.one_of_a_plan(name, architecture, "diagnose")
    plan = own_data.on_data(plan, where, own_data.HowRead(resize, test_share, split_seed, label, shape))
    plan = replace(plan, architectures=(base,)).with_recipes(epochs=epochs, batch_size=batch_size)
    means = Means(threads=threads, backend=backend or plan.backend, workers=workers, on=on, fresh=fresh)
    effort = Effort(images=limit, seeds=seeds, base_seeds=2 * seeds)
    screen = DiagnosisScreen()
    found = screen.diagnose(plan, means, effort, hold_out=hold_out, out=out, offline=offline)
    if as_json:
        typer.echo(json.dumps(diagnosis_document(found), indent=2))
    else:
        typer.echo(diagnosis_text(found, min(shutil.get_terminal_size().columns, 100)))
