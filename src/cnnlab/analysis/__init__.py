"""What the results say: numbers in, findings out, nothing printed."""

from cnnlab.analysis.observations import Observation, observe
from cnnlab.analysis.outcomes import Outcome, outcomes
from cnnlab.analysis.proportions import Interval, difference, wilson

__all__ = ["Interval", "Observation", "Outcome", "difference", "observe", "outcomes", "wilson"]
