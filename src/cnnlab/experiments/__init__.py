"""Many runs: networks x recipes x seeds."""

from cnnlab.experiments.prepare import preparation
from cnnlab.experiments.provenance import provenance
from cnnlab.experiments.runner import prepare_all, run_trials
from cnnlab.experiments.trials import Architecture, Trial, trials

__all__ = ["Architecture", "Trial", "preparation", "prepare_all", "provenance", "run_trials", "trials"]
