"""Write down what Keras on TensorFlow says of cross-entropy behind a softmax when logits lie far apart.

Keras finds the softmax's own logits there, so that no probability is clipped; on JAX, our oracle for all else, it
does not. TensorFlow is too large an oracle to install for these few numbers. To make them again:

    python -m venv /tmp/tensorflow && /tmp/tensorflow/bin/pip install tensorflow-cpu
    KERAS_BACKEND=tensorflow /tmp/tensorflow/bin/python tools/write_tensorflow_losses.py
"""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

import keras

GOLDEN = Path(__file__).parent.parent / "tests" / "backends" / "tensorflow_losses.json"
GAPS = (0.0, 1.0, 10.0, 17.0, 30.0, 100.0)
CLASSES = 3


def losses_of(gap: float, true_class: int, kind: str) -> dict[str, object]:
    """Return loss and gradient by the logits (gap, 0, 0), as a training step computes them."""
    logits = tf.Variable([[gap] + [0.0] * (CLASSES - 1)], dtype=tf.float32)
    softmax = keras.layers.Activation("softmax")
    categorical = kind == "categorical"
    loss = keras.losses.CategoricalCrossentropy() if categorical else keras.losses.SparseCategoricalCrossentropy()
    label = tf.one_hot([true_class], CLASSES) if categorical else tf.constant([true_class])

    @tf.function  # Keras trains in graphs, and looks for the softmax only there
    def step() -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            value = loss(label, softmax(logits))
        return value, tape.gradient(value, logits)

    value, gradient = step()
    return {
        "gap": gap,
        "true_class": true_class,
        "kind": kind,
        "loss": float(value),
        "gradient": np.asarray(gradient)[0].tolist(),
    }


def main() -> None:
    """Write the golden file."""
    cases = [
        losses_of(gap, true_class, kind)
        for kind in ("categorical", "sparse")
        for gap in GAPS
        for true_class in (0, CLASSES - 1)
    ]
    content = {
        "made_by": "KERAS_BACKEND=tensorflow python tools/write_tensorflow_losses.py",
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "cases": cases,
    }
    GOLDEN.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"{len(cases)} cases written to {GOLDEN}")


if __name__ == "__main__":
    main()
