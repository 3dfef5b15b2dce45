"""Random networks with regularizers and constraints: those of `random_networks` and `random_branches`, given some.

All that is drawn here comes from a generator of its own, so that the networks underneath stay what they are.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from random_branches import branched_case_of_seed
from random_networks import Case, case_of_seed

from cnnlab.arch import Layer, Network, Shape, graph
from cnnlab.arch.arguments import argument_names
from cnnlab.arch.constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from cnnlab.arch.layer import Parameter
from cnnlab.arch.layers import DepthwiseConv2D, SeparableConv2D
from cnnlab.arch.regularizers import L1, L1L2, L2, Regularizer


def regularized_case_of_seed(seed: int, *, branched: bool = False) -> Case:
    """Return the case of that number, with a rule for about half of its arrays."""
    case = branched_case_of_seed(seed) if branched else case_of_seed(seed)
    return replace(case, network=with_rules(case.network, Random(f"rules of {seed}")))


def with_rules(network: Network, random: Random) -> Network:
    """Give the layers of a network regularizers and constraints."""
    steps = [(_with_rules(node.layer, node.parameters, random), node.inputs) for node in network.nodes[1:]]
    first: Any = network.nodes[0].layer
    return graph(network.name, first, steps, data_format=network.data_format)


def _with_rules(layer: Layer, parameters: Sequence[Parameter], random: Random) -> Layer:
    shapes = {_argument(layer, parameter.name): parameter.shape for parameter in parameters}
    drawn: dict[str, Any] = {}
    for name in argument_names(type(layer)):
        word, _, kind = name.rpartition("_")
        if word in shapes and kind == "regularizer" and random.random() < 0.5:
            drawn[name] = regularizer(random)
        if word in shapes and kind == "constraint" and random.random() < 0.5:
            drawn[name] = constraint(random, shapes[word])
    return replace(layer, **drawn) if drawn else layer


def _argument(layer: Layer, name: str) -> str:
    """Say by which word a layer's arguments call one of its arrays."""
    if isinstance(layer, SeparableConv2D):
        return name.removesuffix("_kernel")
    return "depthwise" if isinstance(layer, DepthwiseConv2D) and name == "kernel" else name


def regularizer(random: Random) -> Regularizer:
    """Draw a regularizer; its factors are exact in float32, in which Keras keeps that of L1."""
    one, other = (random.choice([1, 3, 5]) / 64 for _ in range(2))
    kinds: list[Regularizer] = [L1(one), L2(other), L1L2(one, other), L1L2(l2=one), L1L2()]
    return random.choice(kinds)


def constraint(random: Random, shape: Shape) -> Constraint:
    """Draw a constraint that fits a weight's shape; about half of its norms lie beyond a limit."""
    axes = [axis for axis in range(len(shape)) if random.random() < 0.6] or [0]
    named = random.choice([0, -1, [*axes], [axis - len(shape) for axis in axes]])
    limit = random.uniform(0.2, 1.5)
    kinds: list[Constraint] = [
        MaxNorm(limit, named),
        MaxNorm(limit, named),
        UnitNorm(named),
        MinMaxNorm(limit / 2, limit, random.choice([1.0, 0.3]), named),
        NonNeg(),
    ]
    return random.choice(kinds)
