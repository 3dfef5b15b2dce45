"""What a description alone says, before anything is trained: one file for each family of rules."""

from cnnlab.analysis.diagnosis.description.rules import suspects_in_description
from cnnlab.analysis.diagnosis.description.thresholds import Thresholds

__all__ = ["Thresholds", "suspects_in_description"]
