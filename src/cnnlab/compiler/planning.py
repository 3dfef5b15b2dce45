"""From a network to its plan: weights get places, nodes become steps, steps pieces of code, buffers their memory."""

from cnnlab.arch import Network
from cnnlab.arch.augmented import refuse_behind_weights
from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.ir import F32, Type
from cnnlab.compiler.phases import add_pieces
from cnnlab.compiler.placing import place_buffers, place_weights
from cnnlab.compiler.plan import Plan
from cnnlab.compiler.steps import add_gradients, make_steps
from cnnlab.records import Loss, Optimizer


def make_plan(network: Network, loss: Loss | None, optimizer: Optimizer | None, element: Type = F32) -> Plan:
    """Plan a network.

    Args:
        network: Its description.
        loss: None to predict only.
        optimizer: None to evaluate and predict.
        element: What all numbers are.

    Raises:
        NotSupportedError: If the compiler lacks a layer or the optimizer, or if an augmentation layer that is trained
            with stands behind weights.
    """
    if optimizer is not None:
        refuse_behind_weights(network)
    plan = Plan(network, loss, optimizer, element)
    plan.softmax_after = _ends_in_softmax(network) and not (loss is not None and loss.from_logits)
    place_weights(plan)
    make_steps(plan)
    if loss is not None or plan.softmax_after:
        plan.shares_of_classes = Buffer("probabilities", plan.outputs.shape, plan.element)
    if plan.training:
        add_gradients(plan)
    add_pieces(plan)
    place_buffers(plan)
    return plan


def _ends_in_softmax(network: Network) -> bool:
    return getattr(network.nodes[-1].layer, "activation", None) == "softmax" and len(network.output_shape) == 1
