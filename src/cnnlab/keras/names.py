"""Automatic names of models: sequential, sequential_1, ..."""

from collections import Counter

_GIVEN: Counter[str] = Counter()


def automatic_name(stem: str) -> str:
    """Return Keras' automatic name of the next model."""
    count = _GIVEN[stem]
    _GIVEN[stem] += 1
    return f"{stem}_{count}" if count else stem


def clear_session(free_memory: bool = True) -> None:
    """Begin again with the automatic names of models, as Keras does; seeds go on.

    Args:
        free_memory: Accepted for Keras' sake: a model's memory is free when nothing refers to it.
    """
    del free_memory
    _GIVEN.clear()
