"""What a study gives back: it shows itself in a terminal, in a notebook and as a page."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy.typing as npt

from cnnlab.analysis.comparison import Comparison, compare
from cnnlab.analysis.observations import Observation, observe
from cnnlab.analysis.protocol import ProtocolFinding, data_facts, protocol
from cnnlab.arch import Network
from cnnlab.arch.measures import is_regularized
from cnnlab.records import RunKey, RunResult, Split, StudyResult, Tested
from cnnlab.store import RunFolder


@dataclass(frozen=True, eq=False, repr=False)
class StudyOutcome:
    """A study that has run, whole or as far as it came.

    Attributes:
        result: All its runs.
        networks: By the architectures' names.
        classes: How many the data set has.
        kept: The study's folder.
        interrupted: Whether the user stopped it.
        split: What of the data set it used; None leaves the data out of the check of its protocol.
        whole_images: How many training images the data set has, used or not.
        answers: What each run that counts said of each test image, a table for each architecture that kept it.
    """

    result: StudyResult
    networks: dict[str, Network]
    classes: int
    kept: RunFolder
    interrupted: bool
    split: Split | None = field(default=None, repr=False)
    whole_images: int = 0
    answers: tuple[Tested, ...] = field(default=(), repr=False)

    @property
    def runs(self) -> tuple[RunResult, ...]:
        """List the runs in the order in which they were trained."""
        return self.result.runs

    @cached_property
    def comparison(self) -> Comparison | None:
        """Compare the architectures by their answers; None where no answers are kept."""
        return compare(self.answers) if self.answers else None

    @cached_property
    def observations(self) -> tuple[Observation, ...]:
        """Say what follows from the numbers."""
        return observe(
            self.result,
            self.result.provenance.test_images,
            classes=self.classes,
            comparison=self.comparison,
            protocol=self.protocol,
            regularized=[name for name, network in self.networks.items() if is_regularized(network)],
        )

    @cached_property
    def protocol(self) -> tuple[ProtocolFinding, ...]:
        """Say what in the way the study was made keeps its numbers from meaning what they seem to."""
        return protocol(self.result, None if self.split is None else data_facts(self.split))

    @property
    def folder(self) -> Path:
        """Return where everything is kept."""
        return self.kept.path

    def weights(self, architecture: str, seed: int) -> tuple[npt.NDArray[Any], ...]:
        """Read the final weights of a run, in Keras' order.

        Raises:
            CnnlabError: If they are not there or damaged.
        """
        return self.kept.read_weights(RunKey(architecture, seed))

    @property
    def page(self) -> Path:
        """Return where the page is."""
        return self.folder / "report.html"

    def __str__(self) -> str:
        """Show the table and the observations."""
        from cnnlab.report.terminal import observation_table, observations_text  # noqa: PLC0415 - only when shown

        table = observation_table(self.result, comparison=self.comparison)
        return f"{table}\n\n{observations_text(self.observations)}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Show the table, the observations and where the page is in a notebook."""
        from cnnlab.report.notebook.outcome import outcome_html  # noqa: PLC0415 - only when shown

        return outcome_html(
            self.result, self.comparison, self.observations, str(self.page), interrupted=self.interrupted
        )
