"""The zoo as models: ``cnnlab.zoo.get("architecture-1")``."""

from cnnlab.arch import zoo
from cnnlab.keras import Sequential

__all__ = ["entry", "get", "names"]


def names() -> list[str]:
    """List the networks that cnnlab brings with it.

    Example:
        >>> names()[0]
        'architecture-1'
    """
    return zoo.names()


def get(name: str, *, seed: int | None = None) -> Sequential:
    """Return a fresh model, not compiled; `entry` says how its author trained it.

    Args:
        name: One of `names`.
        seed: As of `Sequential`.

    Raises:
        NetworkError: If the zoo has no such network; the message proposes the nearest.

    Example:
        >>> get("architecture-1").count_params()
        69135
    """
    return Sequential.from_network(zoo.network(name), seed=seed)


def entry(name: str) -> zoo.ZooEntry:
    """Return what is known of a network: how its author trained it, what its author reported, notes.

    Args:
        name: One of `names`.

    Raises:
        NetworkError: If the zoo has no such network; the message proposes the nearest.

    Example:
        >>> entry("architecture-1").recipe.batch_size
        128
    """
    return zoo.entry(name)
