"""Where augmentation layers may stand in a network that is trained."""

from cnnlab.arch.layers import RandomMap
from cnnlab.arch.network import Network
from cnnlab.errors import NotSupportedError, explain


def refuse_behind_weights(network: Network) -> None:
    """Refuse to train what would need the gradient by the input of an augmentation layer.

    Raises:
        NotSupportedError: If one stands behind a layer that is trained.
    """
    trained: set[int] = set()
    for node in network.nodes[1:]:
        behind = any(source in trained for source in node.inputs)
        if behind and isinstance(node.layer, RandomMap):
            raise NotSupportedError(
                explain(
                    expected="augmentation layers before the first layer with weights",
                    got=f"{node.name} behind one",
                    where=network.name,
                    fix=f"Put {type(node.layer).__name__} at the front of the network.",
                )
            )
        if behind or any(parameter.trainable for parameter in node.parameters):
            trained.add(node.index)
