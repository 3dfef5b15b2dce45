"""Studies: the loops that join the stages."""

from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.plan import StudyPlan, notebook_plan
from cnnlab.lab.study import Study
from cnnlab.lab.study_file import load_plan

__all__ = ["Study", "StudyOutcome", "StudyPlan", "load_plan", "notebook_plan"]
