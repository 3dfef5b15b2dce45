"""Many runs: networks x recipes x seeds."""

from cnnlab.experiments.engine import Engine, InProcess
from cnnlab.experiments.prepare import preparation, prepare_all
from cnnlab.experiments.provenance import provenance
from cnnlab.experiments.task import Done, Task, run_task
from cnnlab.experiments.trials import Architecture, Trial, trials

__all__ = [
    "Architecture",
    "Done",
    "Engine",
    "InProcess",
    "Task",
    "Trial",
    "preparation",
    "prepare_all",
    "provenance",
    "run_task",
    "trials",
]
