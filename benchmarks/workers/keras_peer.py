"""Train with Keras on TensorFlow or on JAX, whichever KERAS_BACKEND names, and tell how long it took."""

import json
import platform
from typing import Any

import numpy as np
from protocol import Arrays, Report, Task, load_arrays, read_task

import keras


class Clock(keras.callbacks.Callback):
    """Reports each epoch as it ends, validation included."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Tell the epoch."""
        del epoch
        self._report.epoch((logs or {})["val_accuracy"])
        self.model.stop_training = self._report.enough


def main() -> None:
    """Run one task."""
    task = read_task()
    arrays = load_arrays(task)
    report = Report(task)
    keras.utils.set_random_seed(task.seed)
    model = keras.models.model_from_json(json.dumps(task.network))
    model.compile(
        loss="categorical_crossentropy",
        optimizer="adam",
        metrics=["accuracy"],
        jit_compile=task.options["jit_compile"],
        steps_per_execution=task.options["steps_per_execution"],
    )
    report.begin()
    model.fit(**_training(task, arrays), epochs=task.epochs, verbose=0, callbacks=[Clock(report)])
    report.done(_versions())


def _training(task: Task, arrays: Arrays) -> dict[str, Any]:
    """Return the arguments of fit that hold the data, in the form that an option asks for."""
    checked = task.options["validation_batch_size"] or task.batch_size
    if task.options["input"] == "numpy":
        return {
            "x": arrays.x_train,
            "y": arrays.y_train,
            "batch_size": task.batch_size,
            "validation_data": (arrays.x_test, arrays.y_test),
            "validation_batch_size": checked,
        }
    import tensorflow as tf  # noqa: PLC0415 - likewise

    train = tf.data.Dataset.from_tensor_slices((arrays.x_train, arrays.y_train)).cache()
    train = train.shuffle(len(arrays.x_train)).batch(task.batch_size).prefetch(tf.data.AUTOTUNE)
    test = tf.data.Dataset.from_tensor_slices((arrays.x_test, arrays.y_test)).batch(checked).cache()
    return {"x": train, "validation_data": test.prefetch(tf.data.AUTOTUNE)}


def _versions() -> dict[str, str]:
    versions = {"keras": keras.__version__, "numpy": np.__version__, "python": platform.python_version()}
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415 - likewise

        return {"tensorflow": tf.__version__, **versions}
    import jax  # noqa: PLC0415 - keras on TensorFlow does without

    return {"jax": jax.__version__, **versions}


if __name__ == "__main__":
    main()
