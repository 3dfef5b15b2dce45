"""What may stand in a study file, as pydantic models; unknown keys are refused."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def checked_name(name: str) -> str:
    """Refuse a name that nobody could see or that would write over a terminal's lines."""
    if not name.strip() or not name.isprintable():
        msg = "a name of visible characters"
        raise ValueError(msg)
    return name


Whole = Annotated[int, Field(ge=1, strict=True)]
Name = Annotated[str, AfterValidator(checked_name)]
NamedWithArguments = str | dict[str, Any]


class Section(BaseModel):
    """A table of a study file."""

    model_config = ConfigDict(extra="forbid")


class DataSection(Section):
    """``[data]``: which data set, where, how much of it."""

    name: str = "mnist"
    path: str | None = None
    limit: Whole | None = None


class RecipeSection(Section):
    """``[recipe]``: what all architectures are trained by where they do not say otherwise."""

    batch_size: Whole | None = None
    epochs: Whole | None = None
    optimizer: NamedWithArguments | None = None
    loss: NamedWithArguments | None = None
    shuffle: bool | None = None
    callbacks: list[Any] | None = None  # each a name or a table, as optimizer is


class PublishedSection(Section):
    """``published``: what somebody reported for an architecture."""

    test_loss: Annotated[float, Field(allow_inf_nan=False)]
    test_accuracy: Annotated[float, Field(ge=0, le=1)]


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
    seeds: Any = 3  # a count or a list; two kinds at once would give messages about pydantic's own words
    data: DataSection = Field(default_factory=DataSection)
    recipe: RecipeSection = Field(default_factory=RecipeSection)
    architecture: list[ArchitectureSection] = Field(min_length=1)
