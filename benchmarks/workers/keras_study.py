"""Train several networks after each other in Keras, as a script of a user does who compares them."""

import json
import sys
from typing import Any

from protocol import Arrays, load_arrays, task_from, tell

import keras


def main() -> None:
    """Read the tasks, train each, tell its accuracy."""
    tasks = [task_from(told) for told in json.load(sys.stdin)]
    for task in tasks:
        keras.utils.set_random_seed(task.seed)
        arrays = load_arrays(task)
        history = _train(task.network, arrays, task.batch_size, task.epochs, task.options)
        tell(event="network", network=task.network["config"]["name"], val_accuracy=history["val_accuracy"][-1])


def _train(
    network: dict[str, Any], arrays: Arrays, batch_size: int, epochs: int, options: dict[str, Any]
) -> dict[str, list[float]]:
    model = keras.models.model_from_json(json.dumps(network))
    model.compile(
        loss="categorical_crossentropy",
        optimizer="adam",
        metrics=["accuracy"],
        jit_compile=options["jit_compile"],
        steps_per_execution=options["steps_per_execution"],
    )
    history = model.fit(
        arrays.x_train,
        arrays.y_train,
        batch_size=batch_size,
        epochs=epochs,
        verbose=0,
        validation_data=(arrays.x_test, arrays.y_test),
        validation_batch_size=options["validation_batch_size"],
    )
    return dict(history.history)


if __name__ == "__main__":
    main()
