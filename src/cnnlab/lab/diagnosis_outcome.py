"""What `Study.diagnose` gives back: it shows itself in a terminal and in a notebook."""

from dataclasses import dataclass

from cnnlab.analysis.diagnosis import DiagnosisFinding, Measured


@dataclass(frozen=True, eq=False, repr=False)
class DiagnosisOutcome:
    """A diagnosis that has run.

    Attributes:
        found: All of it, as plain data.
    """

    found: DiagnosisFinding

    @property
    def causes(self) -> tuple[Measured, ...]:
        """List the changes whose gain is beyond doubt, in the order of the ranking."""
        return self.found.causes

    def __str__(self) -> str:
        """Show the sentences, the gains and what was seen."""
        from cnnlab.report.diagnosis_text import diagnosis_text  # noqa: PLC0415 - only when shown

        return diagnosis_text(self.found)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Show the same in a notebook."""
        from cnnlab.report.notebook.diagnosis import diagnosis_html  # noqa: PLC0415 - only when shown

        return diagnosis_html(self.found)
