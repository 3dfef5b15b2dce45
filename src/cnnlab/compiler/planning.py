"""From a network to its plan: weights get places, nodes become steps, steps pieces of code, buffers their memory."""

from collections.abc import Sequence

from cnnlab.arch import Network
from cnnlab.arch.augmented import refuse_behind_weights
from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.ir import F32, Type
from cnnlab.compiler.phases import add_pieces
from cnnlab.compiler.placing import place_buffers, place_weights
from cnnlab.compiler.plan import Plan
from cnnlab.compiler.steps import add_gradients, make_steps
from cnnlab.records import Counted, Loss, Optimizer


def make_plan(
    network: Network,
    loss: Loss | None,
    optimizer: Optimizer | None,
    element: Type = F32,
    metrics: Sequence[Counted] = (),
) -> Plan:
    """Plan a network.

    Args:
        network: Its description.
        loss: None to predict only.
        optimizer: None to evaluate and predict.
        element: What all numbers are.
        metrics: What is counted beside the right answers.

    Raises:
        NotSupportedError: If the compiler lacks a layer or the optimizer, or if an augmentation layer that is trained
            with stands behind weights.
    """
    if optimizer is not None:
        refuse_behind_weights(network)
    plan = Plan(network, loss, optimizer, element, metrics=tuple(metrics))
    plan.left_out = _left_out(network, loss)
    place_weights(plan)
    make_steps(plan)
    if loss is not None or plan.left_out:
        plan.shares_of_classes = Buffer("probabilities", plan.outputs.shape, plan.element)
    if plan.training:
        add_gradients(plan)
    add_pieces(plan)
    place_buffers(plan)
    return plan


def _left_out(network: Network, loss: Loss | None) -> str | None:
    """Name the last activation, where it is only applied as outputs are written: the loss is taken from its logits.

    To predict a softmax is left out too.
    """
    last = getattr(network.nodes[-1].layer, "activation", None)
    needless = "softmax" if loss is None else None if loss.from_logits else loss.logits_of
    return last if last is not None and last == needless and len(network.output_shape) == 1 else None
