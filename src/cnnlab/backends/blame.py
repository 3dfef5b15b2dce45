"""What to say when a loss is not finite: the reference backend walks through the step once more and names the place."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.arena import Arena
from cnnlab.backends.reference.call import Call, Pass
from cnnlab.backends.reference.graph import Graph
from cnnlab.backends.reference.workers import Workers
from cnnlab.errors import NonFiniteLossError, explain
from cnnlab.records import Examples


def first_not_finite(
    network: Network, weights: Sequence[Array], examples: Examples, rows: npt.NDArray[np.integer], seed: int, epoch: int
) -> str:
    """Name the first thing in the order of computation that holds infinity or NaN.

    Returns:
        "the images", "the weights of conv2d_1", "the output of dense" or "the loss".
    """
    images = examples.batch(rows)
    if not np.isfinite(images).all():
        return "the images"
    by_node: list[dict[str, Array]] = [{} for _ in network.nodes]
    for weight, array in zip(network.weights, weights, strict=True):
        by_node[weight.node.index][weight.parameter.name] = array.copy()
        if not np.isfinite(array).all():
            return f"the weights of {weight.node.name}"
    batch = Pass(Workers(1), Arena(), training=True, rows=rows, seed=seed, epoch=epoch)
    graph, value = Graph(network), np.ascontiguousarray(images)
    with np.errstate(all="ignore"):
        values = [value]
        for node, operation in zip(graph.nodes[1:], graph.operations, strict=True):
            call = Call(node.layer, node, by_node[node.index], needs_input_gradient=False, batch=batch)
            value, _saved = operation.forward(call, *(values[source] for source in node.inputs))
            if not np.isfinite(value).all():
                return f"the output of {node.name}"
            values.append(value)
    return "the loss"


def loss_not_finite(
    network: Network,
    weights: Sequence[Array],
    examples: Examples,
    rows: npt.NDArray[np.integer],
    *,
    seed: int,
    epoch: int,
    step: int,
) -> NonFiniteLossError:
    """Return the error that ends a run.

    Args:
        network: What was trained.
        weights: Of before the step.
        examples: Trained on.
        rows: The step's batch.
        seed: The run's.
        epoch: Counted from 0.
        step: Counted from 1, over the whole run.
    """
    place = first_not_finite(network, weights, examples, rows, seed, epoch)
    return NonFiniteLossError(
        explain(
            expected="a finite loss",
            got=f"infinity or NaN, which first appeared in {place}",
            where=f"{network.name}, epoch {epoch + 1}, step {step} of the run",
            fix="The weights of before this step are kept. Try a smaller learning rate, or clipnorm=1.0.",
        )
    )
