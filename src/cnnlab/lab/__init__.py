"""Studies: the loops that join the stages."""

from cnnlab.lab.diagnosis_outcome import DiagnosisOutcome
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.plan import StudyPlan, notebook_plan
from cnnlab.lab.study import Study
from cnnlab.lab.study_file import load_plan

__all__ = ["DiagnosisOutcome", "Study", "StudyOutcome", "StudyPlan", "load_plan", "notebook_plan"]
