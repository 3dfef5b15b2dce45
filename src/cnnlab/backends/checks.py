"""What every backend checks before it loads a network."""

from cnnlab.arch import Network
from cnnlab.errors import NetworkError, UsageError, explain
from cnnlab.records import Loss


def check_load(network: Network, loss: Loss | None, threads: int | None) -> None:
    """Refuse what cannot be.

    Raises:
        NetworkError: If there is a loss and the network does not end in one number for each class.
        UsageError: If the number of threads is below 1.
    """
    if loss is not None and len(network.output_shape) != 1:
        raise NetworkError(
            explain(
                expected="an output of shape (classes,) for a loss",
                got=f"shape {network.output_shape}",
                where=network.name,
                fix="End with Flatten or a global pooling and Dense.",
            )
        )
    if threads is not None and threads < 1:
        raise UsageError(explain(expected="at least 1 thread", got=str(threads), where="threads"))
