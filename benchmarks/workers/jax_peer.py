"""Train with plain JAX, each step one compiled program, and tell how long it took.

A whole epoch as one program, with lax.scan, takes twice as long on a CPU: within a loop the convolutions are slower.
"""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from description import Described, read_network
from jax import Array
from jax_network import Forward, Weights, draw_weights, forward_pass
from protocol import Report, load_arrays, read_task

# Adam as Keras has it.
RATE: Final = 1e-3
BETAS: Final = (0.9, 0.999)
EPSILON: Final = 1e-7

Batch = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]


class State(NamedTuple):
    """What a step of training changes."""

    trained: Weights
    kept: Weights
    first: Weights
    second: Weights
    step: Array


Step = Callable[[State, Array, Batch, Array], tuple[State, Array]]
Check = Callable[[State, Array, Batch], Array]


@dataclass(frozen=True)
class Data:
    """The arrays as they are trained on: classes by number."""

    x_train: npt.NDArray[np.float32]
    y_train: npt.NDArray[np.int64]
    x_test: npt.NDArray[np.float32]
    y_test: npt.NDArray[np.int64]


def main() -> None:
    """Run one task."""
    task = read_task()
    jax.config.update("jax_default_prng_impl", task.options["random"])
    arrays = load_arrays(task)
    data = Data(arrays.x_train, arrays.y_train.argmax(axis=1), arrays.x_test, arrays.y_test.argmax(axis=1))
    layers = read_network(task.network)
    forward = forward_pass(layers)
    step = jax.jit(partial(_train_step, forward), donate_argnums=0)
    check = jax.jit(partial(_check_step, forward))
    report = Report(task)
    key, first = jax.random.split(jax.random.key(task.seed))
    state = _first_state(layers, first)
    orders = np.random.default_rng(task.seed)
    report.begin()
    for _ in range(task.epochs):
        state = _train_epoch(step, state, data, orders.permutation(len(data.x_train)), task.batch_size, key)
        report.epoch(_check_epoch(check, state, data, task.options["validation_batch_size"]))
        if report.enough:
            break
    report.done({"jax": jax.__version__, "numpy": np.__version__, "python": platform.python_version()})


def _first_state(layers: list[Described], key: Array) -> State:
    trained, kept = draw_weights(layers, key)
    first, second = (jax.tree.map(jnp.zeros_like, trained) for _ in range(2))
    return State(trained, kept, first, second, jnp.zeros((), jnp.int32))


def _train_epoch(step: Step, state: State, data: Data, order: npt.NDArray[np.int64], size: int, key: Array) -> State:
    """Train on all images in an order; loss and accuracy are summed up, as fit of Keras does."""
    sums = jnp.zeros(2)
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        state, sums = step(state, sums, (data.x_train[chosen], data.y_train[chosen]), key)
    jax.block_until_ready(sums)
    return state


def _check_epoch(check: Check, state: State, data: Data, size: int) -> float:
    """Return the accuracy on the test images; their loss is computed as well."""
    sums = jnp.zeros(2)
    for start in range(0, len(data.x_test), size):
        part = slice(start, start + size)
        sums = check(state, sums, (data.x_test[part], data.y_test[part]))
    return float(sums[1]) / len(data.x_test)


def _train_step(forward: Forward, state: State, sums: Array, batch: Batch, key: Array) -> tuple[State, Array]:
    def loss(trained: Weights) -> tuple[Array, tuple[Array, Weights]]:
        scores, kept = forward(trained, state.kept, batch[0], jax.random.fold_in(key, state.step))
        own = _sums(scores, batch[1])
        return own[0] / len(scores), (own, kept)

    gradients, (own, kept) = jax.grad(loss, has_aux=True)(state.trained)
    return _adam(state, gradients)._replace(kept=kept), sums + own


def _check_step(forward: Forward, state: State, sums: Array, batch: Batch) -> Array:
    return sums + _sums(forward(state.trained, state.kept, batch[0], None)[0], batch[1])


def _adam(state: State, gradients: Weights) -> State:
    """Take a step of Adam with the bias of its means corrected in the learning rate, as Keras does."""
    step = state.step + 1
    once, twice = (1 - beta**step for beta in BETAS)
    rate = RATE * jnp.sqrt(twice) / once
    first = jax.tree.map(lambda mean, slope: mean + (slope - mean) * (1 - BETAS[0]), state.first, gradients)
    second = jax.tree.map(lambda mean, slope: mean + (slope**2 - mean) * (1 - BETAS[1]), state.second, gradients)
    trained = jax.tree.map(
        lambda weight, mean, square: weight - rate * mean / (jnp.sqrt(square) + EPSILON), state.trained, first, second
    )
    return State(trained, state.kept, first, second, step)


def _sums(scores: Array, classes: Array) -> Array:
    """Return the sum of the cross-entropies and how many answers are right."""
    logs = jax.nn.log_softmax(scores)
    losses = -jnp.take_along_axis(logs, classes[:, None], axis=1)
    return jnp.stack([losses.sum(), (scores.argmax(axis=1) == classes).sum().astype(scores.dtype)])


if __name__ == "__main__":
    main()
