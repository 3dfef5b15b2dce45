"""How large a network may be: far beyond what is trained here, far below what would end the machine."""

from math import prod
from typing import TYPE_CHECKING, Final

from cnnlab.errors import NetworkError, explain

if TYPE_CHECKING:
    from cnnlab.arch.network import Network  # it calls this file

MOST_WEIGHTS: Final = 1 << 28
"""Numbers in all weights together: 1 GiB of them; VGG-16 has half as many."""
MOST_VALUES: Final = 1 << 28
"""Numbers that a layer gives for one image."""


def check_size(network: "Network") -> None:
    """Refuse a network that no memory holds, before anybody takes any for it.

    Args:
        network: Whole, with its shapes.

    Raises:
        NetworkError: If its weights, or what one layer gives for an image, are too many numbers; the message names
            the layer.
    """
    total = 0
    for node in network.nodes:
        total += sum(parameter.size for parameter in node.parameters)
        for count, what in ((total, "weights"), (prod(node.output_shape), "values for an image")):
            most = MOST_WEIGHTS if what == "weights" else MOST_VALUES
            if count > most:
                place = f"{network.name}, layer {node.index} {node.name!r}"
                raise NetworkError(explain(expected=f"at most {most:,} {what}", got=f"{count:,}", where=place))
