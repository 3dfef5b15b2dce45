"""What cnnlab's own callbacks share: their arguments by name, and where they print."""

import sys
from typing import Any, ClassVar

from cnnlab.training.callbacks.base import Callback
from cnnlab.training.callbacks.checks import parameters_of


class OwnCallback(Callback):
    """A callback of cnnlab's; each argument of its constructor is also an attribute of the same name.

    Attributes:
        paths: Which of its arguments say where it writes.
    """

    paths: ClassVar[tuple[str, ...]] = ()

    def arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments that are not at their defaults, by Keras' names, as JSON can hold them."""
        given = {name: (getattr(self, name), one.default) for name, one in parameters_of(type(self)).items()}
        return {name: value for name, (value, default) in given.items() if value != default and not callable(value)}

    def _place(self, argument: str) -> str:
        """Name an argument for a message."""
        return f"{type(self).__name__}, {argument}"


def tell(text: str) -> None:
    """Print as Keras' callbacks do: on standard output, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
