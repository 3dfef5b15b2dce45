"""Options that several verbs share: one name, one meaning, one line of help."""

from pathlib import Path
from typing import Annotated, Final

import typer

RUNS: Final = Path("runs")

Out = Annotated[Path, typer.Option("--out", help="The folder that holds the runs.", metavar="DIR")]
Offline = Annotated[bool, typer.Option("--offline", help="Never use the network for data.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, all else on stderr.")]
Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, help="How many to train with; else one for each core. Keras decides itself."),
]
Backend = Annotated[
    str | None,
    typer.Option(
        "--backend", help="Who trains: compiled, numpy, keras; else compiled where it runs.", show_default=False
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, help="How many runs at once, each in a process; else as is quickest.", show_default=False
    ),
]
On = Annotated[
    str | None,
    typer.Option(
        "--on", help="A cluster: dask, dask://HOST:PORT, ray, ray://HOST:PORT.", metavar="AT", show_default=False
    ),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin anew, also where the same study is there.")]
