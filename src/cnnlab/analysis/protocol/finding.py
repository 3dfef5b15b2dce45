"""What the protocol check finds, as plain data."""

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["error", "warning", "note"]
"""An error makes a number other than what it is called; a warning leaves room for that; a note is worth knowing."""

ORDER: Final[tuple[Severity, ...]] = ("error", "warning", "note")


@dataclass(frozen=True)
class ProtocolFinding:
    """Something that keeps the numbers of a study from meaning what they seem to.

    Attributes:
        kind: What sort it is: "validation-is-test", "one-seed", "test-in-training".
        severity: How grave it is.
        subject: The architecture that it is about, "study" or "data".
        text: Plain ASCII sentences, but for names.
        evidence: The numbers of the text by name, for whoever traces it.
        fact: What is the case, the text's first sentence; what follows from it stands in the text alone. Empty where
            the text is no longer than that.
    """

    kind: str
    severity: Severity
    subject: str
    text: str
    evidence: tuple[tuple[str, float], ...] = ()
    fact: str = ""

    @property
    def short(self) -> str:
        """Return what is the case, without what follows from it."""
        return self.fact or self.text
