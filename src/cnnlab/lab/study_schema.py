"""What may stand in a study file, as pydantic models; unknown keys are refused."""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cnnlab.records.published import MOST_DECIMALS


def checked_name(name: str) -> str:
    """Refuse a name that nobody could see or that would write over a terminal's lines."""
    if not name.strip() or not name.isprintable():
        msg = "a name of visible characters"
        raise ValueError(msg)
    return name


MOST: Final = 1_000_000_000
Whole = Annotated[int, Field(ge=1, le=MOST, strict=True)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Decimals = Annotated[int, Field(ge=0, le=MOST_DECIMALS, strict=True)]
Name = Annotated[str, AfterValidator(checked_name)]
NamedWithArguments = str | dict[str, Any]


class Section(BaseModel):
    """A table of a study file."""

    model_config = ConfigDict(extra="forbid")


class DataSection(Section):
    """``[data]``: which data set, where, how it is read, how much of it, how much of that for validation."""

    name: Name | None = None
    path: str | None = None
    limit: Whole | None = None
    hold_out: Whole | None = None
    test: Literal["held-out"] | None = None
    # Of the user's own data.
    kind: Literal["folder", "zip", "csv", "npz", "idx", "prepared"] | None = None
    resize: list[Whole] | None = None
    test_share: Annotated[float, Field(gt=0, lt=1)] | None = None
    split_seed: Annotated[int, Field(ge=0, strict=True)] | None = None
    label: str | None = None
    shape: list[Whole] | None = None
    sums: dict[str, str] | None = None
    class_names: list[str] | None = None


class RecipeSection(Section):
    """``[recipe]``: what all architectures are trained by where they do not say otherwise."""

    batch_size: Whole | None = None
    epochs: Whole | None = None
    optimizer: NamedWithArguments | None = None
    loss: NamedWithArguments | None = None
    shuffle: bool | None = None
    callbacks: list[Any] | None = None  # each a name or a table, as optimizer is
    class_weight: Any = None  # a table or a word; two kinds at once would give messages about pydantic's own words


class CurvesSection(Section):
    """``published.curves``: the values of each epoch that somebody reported."""

    loss: list[Finite] = Field(default_factory=list)
    accuracy: list[Share] = Field(default_factory=list)
    val_loss: list[Finite] = Field(default_factory=list)
    val_accuracy: list[Share] = Field(default_factory=list)
    decimals: Decimals | None = None


class PublishedSection(Section):
    """``published``: what somebody reported for an architecture, of one run."""

    test_loss: Finite
    test_accuracy: Share
    decimals: Decimals | None = None
    epochs: Whole | None = None
    seconds_per_epoch: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    source: str = ""
    curves: CurvesSection | None = None


class ArchitectureSection(RecipeSection):
    """``[[architecture]]``: one competitor, from the zoo or layer by layer."""

    name: Name | None = None
    zoo: str | None = None
    input_shape: list[Whole] | None = None
    data_format: Literal["channels_last", "channels_first"] = "channels_last"
    layers: list[dict[str, Any]] | None = None
    published: PublishedSection | None = None


class StudySection(Section):
    """The whole file."""

    name: Name
    notes: list[str] = Field(default_factory=list)
    backend: str | None = None
    seeds: Any = 3  # a count or a list; two kinds at once would give messages about pydantic's own words
    data: DataSection = Field(default_factory=DataSection)
    recipe: RecipeSection = Field(default_factory=RecipeSection)
    architecture: list[ArchitectureSection] = Field(min_length=1)
