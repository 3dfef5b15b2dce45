"""Options of verbs that work on the user's own data: where they are, and how they are read."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:  # start-up time
    from cnnlab.lab.plan import StudyPlan

Where = Annotated[
    str | None,
    typer.Option(
        "--data",
        help="Your own images: a folder with a folder for each class, a .zip of one, a .csv, an .npz, IDX files; or "
        "the name of a known data set.",
        metavar="PATH",
        show_default=False,
    ),
]
Resize = Annotated[
    str | None,
    typer.Option("--resize", help="Bring your images to this size: 32x32.", metavar="HxW", show_default=False),
]
TestShare = Annotated[
    float | None,
    typer.Option(
        "--test-share",
        help="The share of each class to test with, where your data give no test; else 0.2.",
        metavar="SHARE",
        show_default=False,
    ),
]
SplitSeed = Annotated[
    int | None,
    typer.Option("--split-seed", help="Draws which images these are; else 0.", metavar="N", show_default=False),
]
Label = Annotated[
    str | None,
    typer.Option(
        "--label",
        help="The column of a .csv with the labels; else label, class, ...",
        metavar="NAME",
        show_default=False,
    ),
]
Shape = Annotated[
    str | None,
    typer.Option(
        "--shape",
        help="What a flat row of pixels is: 28x28, 32x32x3; else a grey square.",
        metavar="HxW[x3]",
        show_default=False,
    ),
]


@dataclass(frozen=True)
class HowRead:
    """What the command line says of how data are read; None leaves a default."""

    resize: str | None = None
    test_share: float | None = None
    split_seed: int | None = None
    label: str | None = None
    shape: str | None = None

    def told(self) -> dict[str, Any]:
        """Return what is told, as `Reading` takes it.

        Raises:
            UsageError: If a size is none.
        """
        from cnnlab.data.own import read_shape  # noqa: PLC0415 - start-up time

        given = {
            "resize": read_shape(self.resize, "--resize") if self.resize is not None else None,
            "test_share": self.test_share,
            "split_seed": self.split_seed,
            "label": self.label,
            "shape": read_shape(self.shape, "--shape") if self.shape is not None else None,
        }
        return {name: value for name, value in given.items() if value is not None}


def on_data(plan: "StudyPlan", where: str | None, how: HowRead) -> "StudyPlan":
    """Return a plan on the data that the command line names; as it is where it names none.

    Raises:
        UsageError: If it says how to read data and names none.
    """
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415 - start-up time
    from cnnlab.lab.own_data import with_data  # noqa: PLC0415

    told = how.told()
    if where is not None:
        return with_data(plan, where, **told)
    if told and plan.own is None:
        got = ", ".join(f"--{name.replace('_', '-')}" for name in told) + " alone"
        raise UsageError(explain(expected="--data PATH beside it", got=got))
    return with_data(plan, str(plan.data_path), **told) if told else plan
