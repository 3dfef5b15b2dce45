"""What a layer's arguments say of its weights besides how they begin: regularizers and constraints."""

from typing import Any, Final

from cnnlab.arch import constraints, regularizers
from cnnlab.arch.arguments import argument_names, set_field
from cnnlab.arch.constraints import Constraint
from cnnlab.arch.regularizers import Regularizer
from cnnlab.errors import NetworkError, NotSupportedError

RULES: Final = {"_regularizer": regularizers.get, "_constraint": constraints.get}


def read_rules(layer: Any) -> None:  # noqa: ANN401 - a layer; layers are made of this
    """Bring what a layer was given for its weights into one spelling.

    Raises:
        NetworkError: If it names nothing that there is; the message begins with the argument.
        NotSupportedError: If Keras has it and cnnlab does not.
    """
    for name in argument_names(type(layer)):
        for end, read in RULES.items():
            given = getattr(layer, name) if name.endswith(end) else None
            if given is not None:
                try:
                    set_field(layer, **{name: read(given)})
                except (NetworkError, NotSupportedError) as error:
                    raise type(error)(f"{name}: {error}") from None


def rules_of(layer: Any, weight: str) -> tuple[Regularizer | None, Constraint | None]:  # noqa: ANN401
    """Return what a layer's arguments say of one of its weights, by the word that they begin with: "kernel"."""
    return getattr(layer, f"{weight}_regularizer"), getattr(layer, f"{weight}_constraint")


def is_rule(argument: str) -> bool:
    """Tell whether an argument of a layer is a regularizer or a constraint."""
    return argument.endswith(tuple(RULES))
