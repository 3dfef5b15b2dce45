"""Random networks of every kind under one sequence of numbers: chains, branches, rules for weights, further losses."""

from dataclasses import replace
from random import Random
from typing import Final

import numpy as np
import random_networks
from random_branches import branched_case_of_seed
from random_networks import LATER, Case, case_numbers, case_of_seed
from regularized_networks import regularized_case_of_seed

from cnnlab.arch import Layer, chain
from cnnlab.arch.layers import Dense
from cnnlab.records import BinaryCrossentropy, Loss, MeanSquaredError

BRANCHED: Final = 200_000
RULED: Final = 300_000
SEPARATE: Final = 400_000
_KINDS: Final = {"with branches": BRANCHED, "with regularizers and constraints": RULED, "with further losses": SEPARATE}


def any_case_numbers(count: int) -> list[int]:
    """List the numbers of so many cases: a sixth of each kind of its own, the others chains as in `case_numbers`."""
    each = count // 6
    starts = _KINDS.values()
    return [*case_numbers(count - each * len(starts)), *(start + one for start in starts for one in range(each))]


def kinds_told(numbers: list[int]) -> str:
    """Say how many of these networks are of each kind."""
    counts = {name: sum(start <= number < start + LATER for number in numbers) for name, start in _KINDS.items()}
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def any_case_of_seed(seed: int) -> Case:
    """Return the case of a number."""
    kind, number = divmod(seed, LATER)
    match kind * LATER:
        case 200_000:
            return branched_case_of_seed(number)
        case 300_000:
            return regularized_case_of_seed(number // 2 + (0 if number % 2 else LATER), branched=number % 2 == 1)
        case 400_000:
            return separate_case_of_seed(number)
    return case_of_seed(seed)


def separate_case_of_seed(seed: int) -> Case:
    """Return a case whose loss looks at each output by itself, of several outputs or of one."""
    random, numbers = Random(f"separate {seed}"), np.random.default_rng(seed)
    case = case_of_seed(LATER + seed)
    if random.random() < 0.5:
        layers: list[Layer] = [node.layer for node in case.network.nodes[1:]]
        last = Dense(1, activation=random.choice([None, "sigmoid", "sigmoid"]))
        network = chain("single", [*layers, last], input_shape=case.network.input_shape)
        weights = random_networks._weights(network, numbers)
        case = replace(case, network=network, weights=weights)
    loss = _loss(random, getattr(case.network.nodes[-1].layer, "activation", None) in {None, "linear"})
    outputs, count = case.network.output_shape[0], len(case.examples)
    labels: np.ndarray = numbers.integers(0, max(outputs, 2), count)
    if outputs > 1:
        labels = np.eye(outputs)[labels]
    return replace(case, loss=loss, examples=replace(case.examples, labels=labels))


def _loss(random: Random, linear: bool) -> Loss:
    if random.random() < 0.4:
        return MeanSquaredError()
    return BinaryCrossentropy(from_logits=linear, label_smoothing=random.choice([0.0, 0.1, 0.3]))
