"""The reference backend: plain NumPy, short and obvious, what everything fast is held against."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.arch.augmented import refuse_behind_weights
from cnnlab.backends.checks import check_load
from cnnlab.backends.interface import Array
from cnnlab.backends.metric_checks import check_metrics
from cnnlab.backends.reference.model import ReferenceModel
from cnnlab.backends.reference.workers import Workers
from cnnlab.backends.threads import available_threads
from cnnlab.errors import UsageError, explain
from cnnlab.randomness import check_seed
from cnnlab.records import Counted, Loss, Optimizer

_DTYPES: Final = (np.dtype(np.float32), np.dtype(np.float64))


class ReferenceBackend:
    """Execute networks with NumPy.

    Args:
        dtype: float32 as Keras does, or float64 for checking.

    Raises:
        UsageError: If the dtype is another one.

    Example:
        >>> from cnnlab.arch import chain
        >>> from cnnlab.arch.layers import Dense
        >>> net = chain("tiny", [Dense(2, input_shape=(3,))])
        >>> model = ReferenceBackend().load(net, [np.ones((3, 2)), np.zeros(2)])
        >>> model.predict(np.ones((1, 3)), batch_size=1)
        array([[3., 3.]], dtype=float32)
    """

    name = about = "numpy"
    same_bits = False

    def __init__(self, dtype: npt.DTypeLike = np.float32) -> None:
        self.dtype = np.dtype(dtype)
        if self.dtype not in _DTYPES:
            raise UsageError(explain(expected="dtype float32 or float64", got=str(self.dtype), where="numpy backend"))

    def load(
        self,
        network: Network,
        weights: Sequence[Array],
        *,
        loss: Loss | None = None,
        optimizer: Optimizer | None = None,
        seed: int = 0,
        threads: int | None = None,
        metrics: Sequence[Counted] = (),
    ) -> ReferenceModel:
        """Load a network; see `Backend.load`.

        Raises:
            NetworkError: If there is a loss and the network does not end in one number for each class.
            NotSupportedError: If an augmentation layer that is trained with stands behind weights.
            UsageError: If the weights or a metric do not fit, or seed or threads cannot be.
        """
        check_load(network, loss, threads)
        check_metrics(network, loss, metrics)
        if optimizer is not None:
            refuse_behind_weights(network)
        return ReferenceModel(
            network,
            weights,
            loss=loss,
            optimizer=optimizer,
            seed=check_seed(seed),
            workers=Workers(threads or available_threads()),
            dtype=self.dtype,
            metrics=metrics,
        )
