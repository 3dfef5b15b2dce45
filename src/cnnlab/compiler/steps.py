"""The steps of a plan: what is computed at all and what is fused, and the way of the gradients back through them."""

from collections import Counter
from math import prod

from cnnlab.arch import Network, Node
from cnnlab.arch.layer import Shape
from cnnlab.arch.layers import Activation, BatchNormalization, RandomMap, SeparableConv2D, Softmax
from cnnlab.compiler.buffers import Buffer, padded
from cnnlab.compiler.lowering import lowering_of
from cnnlab.compiler.lowering.activations import BY_OUTPUT
from cnnlab.compiler.lowering.step import Sink, Step
from cnnlab.compiler.plan import Place, Plan
from cnnlab.compiler.separable import depthwise_step, name_in_step


def channels_first(shape: Shape) -> tuple[int, int, int]:
    """Return (channels, height, width) of (h, w, c) or (features,)."""
    if len(shape) == 1:
        return (shape[0], 1, 1)
    if len(shape) == 3:  # noqa: PLR2004 - height, width, channels
        return (shape[2], shape[0], shape[1])
    return (shape[-1], 1, prod(shape[:-1]))


def make_steps(plan: Plan) -> None:
    """Turn nodes into steps: what does nothing is left out, an activation that looks at its input gets its own step."""
    network, training = plan.network, plan.training
    values: dict[int, Buffer] = {}
    plan.input = values[0] = Buffer("images", channels_first(network.input_shape), plan.element)
    for node in _live(network):
        layer, (source, *others) = node.layer, [values[index] for index in node.inputs]
        if isinstance(layer, SeparableConv2D):
            plan.steps.append(depthwise_step(node, layer, source, training))
            _weights_of(plan, plan.steps[-1])
            source, layer = plan.steps[-1].out, layer.pointwise
        lowering = lowering_of(layer)
        if lowering.does_nothing(layer, node.input_shape, training):
            values[node.index] = source
            continue
        name = f"layer{node.index}_{type(layer).__name__.lower()}"
        activation = str(getattr(layer, "activation", None) or "linear") if lowering.has_activation else "linear"
        if plan.left_out and node is network.nodes[-1] and activation == plan.left_out:
            activation = "linear"
        if isinstance(layer, Activation | Softmax) and plan.left_out and node is network.nodes[-1]:
            values[node.index] = source
            continue
        fused = activation if activation in BY_OUTPUT else "linear"
        out = Buffer(name, channels_first(node.output_shape), plan.element)
        step = Step(name, node, layer, fused, source, out, training, others=others)
        plan.steps.append(step)
        if fused != activation:
            after = Activation(activation)
            made = Buffer(f"{name}_{activation}", out.shape, plan.element)
            plan.steps.append(Step(f"{name}_{activation}", node, after, "linear", out, made, training))
            out = made
        values[node.index] = out
        _weights_of(plan, step)
        if layer.draws:
            step.key = len(plan.drawing)
            plan.drawing.append(node)
        if isinstance(layer, RandomMap):
            step.key = len(plan.augmentations)
            plan.augmentations.append(node)
    plan.outputs = values[network.nodes[-1].index]
    _widen_for_readers(plan)


def _live(network: Network) -> list[Node]:
    """List the nodes that the output depends on, the input left out."""
    needed = {network.nodes[-1].index}
    for node in reversed(network.nodes):
        needed.update(node.inputs if node.index in needed else ())
    return [node for node in network.nodes[1:] if node.index in needed]


def _weights_of(plan: Plan, step: Step) -> None:
    """Tell a step where its weights are, and give it room for the partial sums of their gradients."""
    for weight, place in zip(plan.network.weights, plan.places, strict=True):
        name = name_in_step(step, weight.parameter.name)
        if weight.node is not step.node or name is None:
            continue
        step.weights[name] = place.first
        if plan.training and place.trainable and place.summed and not isinstance(step.layer, BatchNormalization):
            step.rows[name] = Buffer(f"{step.name} {name} sums", (padded(place.size), 1, 1), plan.element)


def _widen_for_readers(plan: Plan) -> None:
    """Give each buffer the halo that its reader needs."""
    for step in plan.steps:
        halo = lowering_of(step.layer).source_halo(step.layer, _as_image_of(step.source))
        step.source.halo = step.source.halo.joined(halo)


def _as_image_of(buffer: Buffer) -> Shape:
    channels, height, width = buffer.shape
    return (height, width, channels)


def add_gradients(plan: Plan) -> None:
    """Give each step that training reaches the gradient by its output, and the way on to its inputs'."""
    reached: dict[Buffer, Step] = {}
    for step in plan.steps:
        if any(place.trainable for place in _places_of(plan, step)) or any(one in reached for one in step.sources):
            reached[step.out] = step
            step.gradient = Buffer(f"{step.name} gradient", step.out.shape, plan.element)
    takers = Counter(source for step in plan.steps for source in step.sources)
    for step in plan.steps:
        sinks = [_sink(step, reached[one], takers[one]) if one in reached else None for one in step.sources]
        step.by_source, *step.by_others = sinks
        if step.by_source is not None:
            halo = lowering_of(step.layer).gradient_halo(step.layer, _as_image_of(step.source))
            step.incoming.halo = step.incoming.halo.joined(halo)


def _sink(taker: Step, before: Step, takers: int) -> Sink:
    """Return where a step hands a gradient back: to the only taker's producer at once, else to a buffer of its own."""
    if takers == 1:
        return Sink(before.incoming, before.out, before.activation)
    part = Buffer(f"{before.name} gradient by {taker.name}", before.out.shape, before.out.element)
    before.parts.append(part)
    return Sink(part, before.out, "linear")


def _places_of(plan: Plan, step: Step) -> list[Place]:
    return [place for place in plan.places if place.first in step.weights.values()]
