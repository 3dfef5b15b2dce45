"""What is called at set moments of a training."""

from cnnlab.training.callbacks.base import Callback
from cnnlab.training.callbacks.csv_logger import CSVLogger
from cnnlab.training.callbacks.early_stopping import EarlyStopping
from cnnlab.training.callbacks.lambda_callback import LambdaCallback
from cnnlab.training.callbacks.learning_rate_scheduler import LearningRateScheduler
from cnnlab.training.callbacks.model_checkpoint import ModelCheckpoint
from cnnlab.training.callbacks.names import (
    callback_named,
    callback_of,
    callback_recipe,
    checked_callback,
    resumes_exactly,
    written_paths,
)
from cnnlab.training.callbacks.places import why_not_inside
from cnnlab.training.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from cnnlab.training.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
    "callback_named",
    "callback_of",
    "callback_recipe",
    "checked_callback",
    "resumes_exactly",
    "why_not_inside",
    "written_paths",
]
