"""Train a network in Keras on TensorFlow, in a process and an environment of its own, and print each batch's loss.

Run as a program: `python tensorflow_peer.py TASK`, where TASK is an .npz file: "network" is Keras' JSON, "weight0",
"weight1", ... the weights, and "images0", "labels0", "masks0_0", ... each batch with the mask of each dropout layer.
"""
# ruff: noqa: ANN401, T201 - Keras has no types; the output is read by whoever starts it

import json
import os
import sys
from typing import Any

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")

import numpy as np

import keras


class Masked(keras.layers.Layer):
    """Dropout that drops what it is told to drop.

    Args:
        rate: The share that is dropped.
        others: The other arguments of Keras' own.
    """

    def __init__(self, rate: float = 0.5, **others: Any) -> None:
        super().__init__(name=others.get("name"))
        self.rate = rate
        self.mask_of_step: Any = None

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Drop in training."""
        if not training or self.rate == 0:
            return inputs
        return keras.ops.where(self.mask_of_step, inputs / (1 - self.rate), 0)


def losses_of(task: Any) -> list[float]:
    """Train all batches by Adam as Keras has it; return their losses."""
    import tensorflow as tf

    keras.config.set_floatx(str(task["dtype"]))
    model = keras.models.model_from_json(str(task["network"]), custom_objects={"Dropout": Masked})
    model.set_weights([task[f"weight{index}"] for index in range(len(model.get_weights()))])
    masked = [layer for layer in model.layers if isinstance(layer, Masked)]
    loss, optimizer, losses = keras.losses.CategoricalCrossentropy(), keras.optimizers.Adam(), []
    # Keras casts plain numbers by way of float32: 0.9 would be 0.8999999762 in float64.
    optimizer.beta_1, optimizer.beta_2 = np.float64(optimizer.beta_1), np.float64(optimizer.beta_2)
    for number in range(int(task["batches"])):
        for place, layer in enumerate(masked):
            layer.mask_of_step = task[f"masks{number}_{place}"]
        with tf.GradientTape() as tape:
            outputs = model(task[f"images{number}"], training=True)
            value = loss(task[f"labels{number}"], outputs)
        optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        losses.append(float(value))
    return losses


if __name__ == "__main__":
    with np.load(sys.argv[1]) as given:
        print(json.dumps(losses_of(given)))
