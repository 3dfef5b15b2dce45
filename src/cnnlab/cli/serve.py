"""``cnnlab serve``: the runs of a folder as a live page in the browser."""

from typing import Annotated

import typer

from cnnlab.cli import options

PORT = 8642


def serve(
    *,
    out: options.Out = options.RUNS,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="To listen at; 0 for any that is free.")] = PORT,
    host: Annotated[
        str, typer.Option(help="To listen at. Anything but this machine is open to others.", metavar="ADDRESS")
    ] = "127.0.0.1",
    offline: options.Offline = False,
) -> None:
    """Show the runs of a folder in the browser, live, until Ctrl-C.

    Studies can be begun, stopped and gone on with there, and networks asked about a drawing. A training that was begun
    from the page is a process of its own: it goes on when the server ends, and is found again by the next one.

    The address that is printed opens the page; nobody gets in without it.

    \b
    Examples:
      cnnlab serve
      cnnlab serve --out runs --port 0
    """  # noqa: D301 - click wants the character itself, not two
    from cnnlab.web.serving import serve as serve_until_interrupted  # noqa: PLC0415 - start-up time

    def ready(address: str) -> None:
        typer.echo(address)
        typer.echo(f"Shows the runs in {out}. Ctrl-C ends it; trainings go on.", err=True)

    serve_until_interrupted(
        out,
        host=host,
        port=port,
        offline=offline,
        ready=ready,
        warn=lambda text: typer.echo(f"WARNING: {text}", err=True),
    )
