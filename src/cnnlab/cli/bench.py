"""``cnnlab bench``: where the time of training goes."""

import json
import shutil
from typing import Annotated

import typer

from cnnlab.cli import naming

app = typer.Typer(
    name="bench",
    help="Measure where the time of training goes.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


@app.callback()
def _verbs() -> None:
    """Keep the word after the verb, although there is only one."""


@app.command()
def layers(
    name: Annotated[str, typer.Argument(metavar=naming.METAVAR, help=naming.HELP)],
    *,
    batch: Annotated[int | None, typer.Option(min=1, help="Images in a step; else the recipe's.")] = None,
    threads: Annotated[int, typer.Option(min=1, help="How many to train with.")] = 1,
    architecture: Annotated[
        str | None, typer.Option(help="Of a study file only this one.", metavar="NAME", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Time every part of a training step, beside what the processor's multiply-adds would allow.

    Each part is timed alone, on the numbers of a real step of MNIST (made-up images where it is not at hand or does not
    fit), all tiles of the batch in turn, the best of twenty runs. Do nothing else on the machine meanwhile.

    \b
    Examples:
      cnnlab bench layers architecture-1
      cnnlab bench layers architecture-3 --batch 512 --threads 2
    """  # noqa: D301 - click wants the character itself, not two
    from cnnlab.cli.bench_text import roofline_text  # noqa: PLC0415 - start-up time
    from cnnlab.lab.roofline import Roofline, roofline  # noqa: PLC0415

    found = naming.architectures(name, "bench layers")
    chosen = naming.chosen(found, architecture, "bench layers")
    lines: list[Roofline] = []
    for one in chosen:
        typer.echo(f"Timing the parts of {one.name}, some seconds ...", err=True)
        lines.append(roofline(one, batch, threads))
    if as_json:
        data = [line.as_dict() for line in lines]
        typer.echo(json.dumps(data[0] if len(data) == 1 else data, indent=2))
        return
    width = shutil.get_terminal_size().columns
    words = [
        name if one.name == name or len(found) == 1 else f"{name} --architecture {naming.as_word(one.name)}"
        for one in chosen
    ]
    texts = (roofline_text(line, word, width) for line, word in zip(lines, words, strict=True))
    typer.echo("\n\n\n".join(texts))
