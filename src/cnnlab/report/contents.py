"""All that a page is of, as plain data: whoever has gathered it needs no store, no training and no network anymore."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from cnnlab.analysis.comparison import Comparison
from cnnlab.analysis.costs import Costs
from cnnlab.analysis.observation import Observation
from cnnlab.analysis.pareto import Fronts
from cnnlab.analysis.protocol import ProtocolFinding
from cnnlab.analysis.reproduction import Reproduction
from cnnlab.arch.network import Network
from cnnlab.records import Publication, StudyResult, Tested
from cnnlab.report.comparison_sheet import Timed
from cnnlab.report.kept_diagnosis import KeptDiagnosis
from cnnlab.report.pad.contract import PadContents


@dataclass(frozen=True, eq=False)
class Sample:
    """One training image.

    Attributes:
        image: Shape (h, w), (h, w, 1) or (h, w, 3), uint8.
        label: The name of its class.
    """

    image: npt.NDArray[Any]
    label: str


@dataclass(frozen=True)
class HeldAgainst:
    """Published numbers among the runs of a study.

    Attributes:
        found: What the analysis says of them.
        publication: Where they come from.
        whole_images: How many training images the data set has, used or not.
    """

    found: Reproduction
    publication: Publication
    whole_images: int


@dataclass(frozen=True)
class Command:
    """Something to type.

    Attributes:
        words: As a shell takes it.
        what: What it does.
    """

    words: str
    what: str


@dataclass(frozen=True, eq=False)
class ReportContents:
    """What a page shows. Each part but the result may be missing: then its section is, or says so.

    Attributes:
        result: The study, finished or not.
        networks: By the architecture's name.
        observations: All that the numbers say, in the order in which one reads it.
        comparison: Of what each run said of each test image; None where that is not known.
        protocol: What keeps the numbers from meaning what they seem to.
        costs: Of the architectures that have a run.
        fronts: Who is on the front of accuracy against each of them.
        timed: On what latencies were measured; None where they were not.
        answers: Of the runs that count, a table for each architecture, in the study's order.
        class_names: Of the outputs, in their order.
        test_images: Those that the answers are to, shape (n, h, w), (n, h, w, 1) or (n, h, w, 3), uint8; None where the
            data set was not at hand.
        sample: What the networks are shown.
        pad: Who answers to a drawing; None for a page without a pad.
        diagnoses: Of architectures of this study, each with the recipe that it has here.
        reproduction: Of published numbers.
        notes: What a reader should know of the study's design, a sentence each.
        commands: To make it again, and to ask more.
        definition: The study as a file that runs again; empty where it cannot be written.
        missing: What is not here and why, a sentence each.
    """

    result: StudyResult
    networks: Mapping[str, Network] = field(default_factory=dict)
    observations: tuple[Observation, ...] = ()
    comparison: Comparison | None = None
    protocol: tuple[ProtocolFinding, ...] = ()
    costs: tuple[Costs, ...] = ()
    fronts: Fronts = field(default_factory=dict)
    timed: Timed | None = None
    answers: tuple[Tested, ...] = ()
    class_names: tuple[str, ...] = ()
    test_images: npt.NDArray[Any] | None = None
    sample: Sample | None = None
    pad: PadContents | None = None
    diagnoses: tuple[KeptDiagnosis, ...] = ()
    reproduction: HeldAgainst | None = None
    notes: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
    definition: str = ""
    missing: tuple[str, ...] = ()
