"""Which seed a new model gets."""

from dataclasses import dataclass

from cnnlab.randomness import MAX_SEED, check_seed


@dataclass
class _Next:
    """The seed of the next model."""

    seed: int = 0


_NEXT = _Next()


def set_random_seed(seed: int) -> None:
    """Give the next model this seed, the one after it the next number, and so on.

    Without a call the first model of a process has seed 0, so a notebook that is run again from its top gives the same
    numbers; Keras starts anew at random. Two models of one process differ.

    Args:
        seed: From 0 to 4294967295.

    Raises:
        UsageError: If it is none.
    """
    _NEXT.seed = check_seed(seed, "set_random_seed")


def draw_seed() -> int:
    """Take the next model's seed."""
    seed = _NEXT.seed
    _NEXT.seed = (seed + 1) % (MAX_SEED + 1)
    return seed
