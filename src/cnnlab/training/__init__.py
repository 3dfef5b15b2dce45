"""One training run: the checks before it, the loop, its events."""

from cnnlab.training.images import scaling_layer
from cnnlab.training.loop import Fit, fit
from cnnlab.training.names import loss_named, optimizer_named, schedule_named
from cnnlab.training.preflight import Prepared, prepare

__all__ = ["Fit", "Prepared", "fit", "loss_named", "optimizer_named", "prepare", "scaling_layer", "schedule_named"]
