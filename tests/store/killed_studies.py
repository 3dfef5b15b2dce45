"""Small studies to be killed: between them they have all that a run remembers from step to step."""

from typing import Final

_HEAD: Final = """
name = "{name}"
seeds = {seeds}
[data]
name = "made-up"
"""

# Dropout, batch normalization, moments, a schedule by the step; portions of a twentieth of a second.
_SCHEDULED: Final = """
[[architecture]]
name = "scheduled"
input_shape = [12, 12, 1]
batch_size = 16
epochs = 6
layers = [
    { layer = "Conv2D", filters = 6, kernel_size = 3, activation = "relu" },
    { layer = "BatchNormalization" },
    { layer = "MaxPooling2D" },
    { layer = "Dropout", rate = 0.3 },
    { layer = "Flatten" },
    { layer = "Dense", units = 16, activation = "relu" },
    { layer = "Dropout", rate = 0.2 },
    { layer = "Dense", units = 4, activation = "softmax" },
]
[architecture.optimizer]
name = "adam"
learning_rate = { name = "CosineDecay", initial_learning_rate = 0.01, decay_steps = 110 }
"""

# Callbacks that remember weights, best values, learning rates and the bytes of a file. With images held out, the test
# comes after everything.
_PLATEAU: Final = """
[[architecture]]
name = "plateau"
input_shape = [12, 12, 1]
batch_size = 16
epochs = 12
layers = [
    { layer = "Conv2D", filters = 3, kernel_size = 3, activation = "relu" },
    { layer = "Flatten" },
    { layer = "BatchNormalization" },
    { layer = "Dense", units = 4, activation = "softmax" },
]
optimizer = { name = "sgd", learning_rate = 0.3, momentum = 0.9, nesterov = true }
callbacks = [
    { name = "ReduceLROnPlateau", factor = 0.3, patience = 1, cooldown = 1 },
    { name = "EarlyStopping", patience = 3, restore_best_weights = true },
    { name = "CSVLogger", filename = "log-{architecture}-{seed}.csv" },
]
"""

# A callback that hears batches brings a run back to Python at each step: checkpoints fall between any two.
_STEP_BY_STEP: Final = """
[[architecture]]
name = "step-by-step"
input_shape = [12, 12, 1]
batch_size = 64
epochs = 4
layers = [
    { layer = "Flatten" },
    { layer = "Dense", units = 8, activation = "tanh" },
    { layer = "Dropout", rate = 0.5 },
    { layer = "Dense", units = 4, activation = "softmax" },
]
optimizer = { name = "adam", learning_rate = 0.01, use_ema = true, ema_overwrite_frequency = 7 }
callbacks = [
    { name = "ModelCheckpoint", filepath = "kept-{architecture}-{seed}-{epoch:02d}.npz", save_freq = 3 },
]
"""

# So small that it can be run as often as it makes calls.
_TINY: Final = """
[[architecture]]
name = "small"
input_shape = [12, 12, 1]
batch_size = 64
epochs = 2
layers = [
    { layer = "Conv2D", filters = 2, kernel_size = 3, activation = "relu" },
    { layer = "Dropout", rate = 0.3 },
    { layer = "Flatten" },
    { layer = "BatchNormalization" },
    { layer = "Dense", units = 4, activation = "softmax" },
]
callbacks = [{ name = "EarlyStopping", patience = 2, restore_best_weights = true }]
"""


def _study(name: str, seeds: int, *architectures: str) -> str:
    return _HEAD.format(name=name, seeds=seeds) + "".join(architectures)


STUDIES: Final = {
    "scheduled": _study("scheduled", 2, _SCHEDULED),
    "plateau": _study("plateau", 2, _PLATEAU),
    "held-out": _study("held-out", 2, _PLATEAU).replace('"made-up"', '"made-up"\nhold_out = 80'),
    "step-by-step": _study("step-by-step", 2, _STEP_BY_STEP),
    "mixed": _study("mixed", 2, _SCHEDULED, _PLATEAU, _STEP_BY_STEP),
    "tiny": _study("tiny", 1, _TINY),
}
SMALL: Final = ("scheduled", "plateau", "held-out", "step-by-step")
