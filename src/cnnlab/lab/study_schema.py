"""What may stand in a study file, as pydantic models; unknown keys are refused."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Whole = Annotated[int, Field(ge=1, strict=True)]
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


class PublishedSection(Section):
    """``published``: what somebody reported for an architecture."""

    test_loss: float
    test_accuracy: float


class ArchitectureSection(RecipeSection):
    """``[[architecture]]``: one competitor, from the zoo or layer by layer."""

    name: str | None = None
    zoo: str | None = None
    input_shape: list[Whole] | None = None
    data_format: Literal["channels_last", "channels_first"] = "channels_last"
    layers: list[dict[str, Any]] | None = None
    published: PublishedSection | None = None


class StudySection(Section):
    """The whole file."""

    name: str
    seeds: Any = 1  # a count or a list; two kinds at once would give messages about pydantic's own words
    data: DataSection = Field(default_factory=DataSection)
    recipe: RecipeSection = Field(default_factory=RecipeSection)
    architecture: list[ArchitectureSection] = Field(min_length=1)
