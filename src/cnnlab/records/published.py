"""What somebody published of a network: final values, the values of each epoch, and what was left open."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Final

from cnnlab.errors import UsageError, explain

MOST_DECIMALS: Final = 15
"""More of them a number of 64 bits does not hold."""


def half_unit(decimals: int | None) -> float:
    """Return by how much rounding to so many decimals may have moved a value; 0 where it was not rounded.

    Example:
        >>> half_unit(4), half_unit(None)
        (5e-05, 0.0)
    """
    return 0.0 if decimals is None else float(f"5e-{decimals + 1}")


@dataclass(frozen=True)
class PublishedCurves:
    """The values of each epoch of one run, in Keras' words; a list that was not published is empty.

    Attributes:
        loss: In training, epoch by epoch.
        accuracy: In training, from 0 to 1.
        val_loss: On the validation images after each epoch.
        val_accuracy: Likewise, from 0 to 1.
        decimals: To how many decimals they were rounded; None for exact values.
    """

    loss: tuple[float, ...] = ()
    accuracy: tuple[float, ...] = ()
    val_loss: tuple[float, ...] = ()
    val_accuracy: tuple[float, ...] = ()
    decimals: int | None = None

    def __post_init__(self) -> None:
        """Check that all lists are of one length.

        Raises:
            UsageError: If they are not, or all are empty.
        """
        lengths = {name: len(values) for name, values in self.lists.items()}
        if len(set(lengths.values())) != 1:
            got = ", ".join(f"{name} of {length}" for name, length in lengths.items()) or "none"
            raise UsageError(explain(expected="lists with one value for each epoch", got=got, where="published epochs"))

    @property
    def lists(self) -> dict[str, tuple[float, ...]]:
        """Return the lists that were published, by name."""
        every = {name: getattr(self, name) for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
        return {name: values for name, values in every.items() if values}

    @property
    def epochs(self) -> int:
        """Count the epochs."""
        return max(map(len, self.lists.values()))


@dataclass(frozen=True)
class Published:
    """What somebody reported for a network, of one run.

    Attributes:
        test_loss: Cross-entropy on the test images.
        test_accuracy: Share classified correctly, from 0 to 1.
        decimals: To how many decimals both were rounded; None for exact values.
        epochs: After how many epochs; None where nobody said.
        seconds_per_epoch: As reported; None where nobody said.
        source: Who reported it.
        curves: The values of each epoch; None where there are none.
    """

    test_loss: float
    test_accuracy: float
    decimals: int | None = None
    epochs: int | None = None
    seconds_per_epoch: float | None = None
    source: str = ""
    curves: PublishedCurves | None = None

    @property
    def final(self) -> tuple[float, float]:
        """Return the test loss and the test accuracy."""
        return self.test_loss, self.test_accuracy


@dataclass(frozen=True)
class Assumption:
    """Something that a publication left open or said in two ways, and what was done for it.

    Attributes:
        topic: What it is about, a word or a few.
        there: What it says of that, and what not; sentences.
        here: What was done; sentences.
    """

    topic: str
    there: str
    here: str


@dataclass(frozen=True)
class Publication:
    """Published runs, with all that one needs to make them again.

    Attributes:
        title: What it is called in a sentence.
        source: As its runs name it.
        runs: By architecture.
        assumptions: What it left open.
        reading: How its numbers were printed and read, a sentence each.
    """

    title: str
    source: str
    runs: dict[str, Published]
    assumptions: tuple[Assumption, ...]
    reading: tuple[str, ...]


@cache
def notebook() -> Publication:
    """Return what the notebook printed of its three networks.

    Example:
        >>> notebook().runs["architecture-2"].curves.val_loss[-1]
        0.0717
    """
    told = json.loads(Path(__file__).with_name("notebook.json").read_text(encoding="utf-8"))
    return Publication(
        title=told["title"],
        source=told["source"],
        runs={name: from_table({**run, "source": told["source"]}) for name, run in told["architectures"].items()},
        assumptions=tuple(Assumption(**one) for one in told["assumptions"]),
        reading=tuple(told["reading"]),
    )


def as_table(record: Published | PublishedCurves) -> dict[str, Any]:
    """Write a record as a study file does: without what is not known.

    Example:
        >>> as_table(Published(0.5, 0.85, decimals=2))
        {'test_loss': 0.5, 'test_accuracy': 0.85, 'decimals': 2}
    """
    table: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if value in (None, "", ()):
            continue
        table[field.name] = (
            as_table(value)
            if isinstance(value, PublishedCurves)
            else list(value)
            if isinstance(value, tuple)
            else value
        )
    return table


def from_table(table: Mapping[str, Any]) -> Published:
    """Read what `as_table` wrote.

    Raises:
        UsageError: If the lists of the epochs are not of one length.
    """
    curves: Mapping[str, Any] | None = table.get("curves")
    if curves is None:
        return Published(**table)
    lists: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in curves.items()}
    return Published(**{**table, "curves": PublishedCurves(**lists)})
