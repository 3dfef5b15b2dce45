"""Why a network is no better: suspects from its description and its runs, and what retraining says of them."""

from cnnlab.analysis.diagnosis.changes import apply, fits
from cnnlab.analysis.diagnosis.description import suspects_in_description
from cnnlab.analysis.diagnosis.findings import (
    LEAST_GAIN,
    Candidate,
    Conditions,
    DiagnosisFinding,
    Joint,
    Judgement,
    Measured,
    Ranked,
)
from cnnlab.analysis.diagnosis.gains import Gain, gain
from cnnlab.analysis.diagnosis.ranking import candidates, finalists, ranked, together
from cnnlab.analysis.diagnosis.sentences import Sentence, diagnosis_sentences
from cnnlab.analysis.diagnosis.signs import suspects_in_runs
from cnnlab.analysis.diagnosis.suspects import (
    Change,
    Edit,
    InsertLayer,
    RemoveLayer,
    SetArgument,
    SetRecipe,
    Suspect,
)

__all__ = [
    "LEAST_GAIN",
    "Candidate",
    "Change",
    "Conditions",
    "DiagnosisFinding",
    "Edit",
    "Gain",
    "InsertLayer",
    "Joint",
    "Judgement",
    "Measured",
    "Ranked",
    "RemoveLayer",
    "Sentence",
    "SetArgument",
    "SetRecipe",
    "Suspect",
    "apply",
    "candidates",
    "diagnosis_sentences",
    "finalists",
    "fits",
    "gain",
    "ranked",
    "suspects_in_description",
    "suspects_in_runs",
    "together",
]
