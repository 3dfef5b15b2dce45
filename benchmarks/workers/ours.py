"""Train with cnnlab as its users do, and tell how long it took."""

import json
import platform
from typing import Any

import numpy as np
from protocol import Report, load_arrays, read_task

import cnnlab
from cnnlab import keras


class Clock(keras.callbacks.History):
    """A history that reports each epoch as it ends."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep the epoch's numbers and tell them."""
        super().on_epoch_end(epoch, logs)
        self._report.epoch(self.history["val_accuracy"][-1])


def main() -> None:
    """Run one task."""
    task = read_task()
    arrays = load_arrays(task)
    report = Report(task)
    keras.utils.set_random_seed(task.seed)
    model = keras.models.model_from_json(json.dumps(task.network))
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    report.begin()
    model.fit(
        arrays.x_train,
        arrays.y_train,
        batch_size=task.batch_size,
        epochs=task.epochs,
        verbose=0,
        validation_data=(arrays.x_test, arrays.y_test),
        callbacks=[Clock(report)],
    )
    report.done({"cnnlab": cnnlab.__version__, "numpy": np.__version__, "python": platform.python_version()})


if __name__ == "__main__":
    main()
