"""``model.optimizer``: the description that was compiled, with the learning rate of this moment."""

from collections.abc import Callable
from typing import Any, Final

from cnnlab.backends import Model
from cnnlab.records import Optimizer

_OWN: Final = ("_description", "_loaded", "learning_rate", "lr")


class TrainedOptimizer:
    """A compiled model's optimizer: its arguments can be read, and its learning rate set, as in Keras.

    Args:
        description: What was compiled.
        loaded: Returns the model that trains.

    Example:
        >>> from cnnlab.keras import Sequential, layers
        >>> model = Sequential([layers.Input((4,)), layers.Dense(2, activation="softmax")])
        >>> model.compile("sgd", "categorical_crossentropy")
        >>> model.optimizer.learning_rate = 0.5
        >>> model.optimizer.learning_rate, model.optimizer.momentum
        (0.5, 0.0)
    """

    def __init__(self, description: Optimizer, loaded: Callable[[], Model]) -> None:
        self._description = description
        self._loaded = loaded

    @property
    def learning_rate(self) -> float:
        """Return the rate of the next update; a rate that is set holds until it is set again."""
        return self._loaded().learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._loaded().learning_rate = float(rate)

    lr = learning_rate

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the description has
        return getattr(self._description, name)

    def __setattr__(self, name: str, value: object) -> None:
        """Set the learning rate; all else was fixed by ``compile``."""
        if name not in _OWN:
            raise AttributeError(f"{type(self._description).__name__}.{name} is fixed by compile().")
        super().__setattr__(name, value)

    def __eq__(self, other: object) -> bool:
        return bool(self._description == (other._description if isinstance(other, TrainedOptimizer) else other))

    def __hash__(self) -> int:
        return hash(self._description)

    def __repr__(self) -> str:
        return repr(self._description)
