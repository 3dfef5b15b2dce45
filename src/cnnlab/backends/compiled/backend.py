"""The compiled backend: each network becomes machine code of its own."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.backends.checks import check_load
from cnnlab.backends.compiled.model import CompiledModel
from cnnlab.backends.interface import Array
from cnnlab.backends.metric_checks import check_metrics
from cnnlab.backends.threads import available_threads
from cnnlab.compiler import Target, compile_program
from cnnlab.compiler.ir import F32, F64
from cnnlab.errors import UsageError, explain
from cnnlab.randomness import check_seed
from cnnlab.records import Counted, Loss, Optimizer


class CompiledBackend:
    """Execute networks as machine code.

    Args:
        dtype: float32 as Keras does, or float64 for checking.
        target: What code is made for; None for the processor at hand.

    Raises:
        UsageError: If the dtype is another one.
    """

    name = about = "compiled"
    same_bits = True

    def __init__(self, dtype: npt.DTypeLike = np.float32, target: Target | None = None) -> None:
        kinds = {np.dtype(np.float32): F32, np.dtype(np.float64): F64}
        if np.dtype(dtype) not in kinds:
            raise UsageError(
                explain(expected="dtype float32 or float64", got=str(np.dtype(dtype)), where="compiled backend")
            )
        self._element = kinds[np.dtype(dtype)]
        self._target = target

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
    ) -> CompiledModel:
        """Load a network; see `Backend.load`.

        Raises:
            NetworkError: If there is a loss and the network does not end in one number for each class.
            NotSupportedError: If the compiler lacks a layer or the optimizer, or the processor an instruction.
            UsageError: If the weights or a metric do not fit, or seed or threads cannot be.
        """
        check_load(network, loss, threads)
        check_metrics(network, loss, metrics)
        training = None
        if optimizer is not None and loss is not None:
            training = compile_program(
                network, loss, optimizer, element=self._element, target=self._target, metrics=metrics
            )
        return CompiledModel(
            network,
            weights,
            loss=loss,
            training=training,
            evaluation=compile_program(network, loss, element=self._element, target=self._target, metrics=metrics),
            seed=check_seed(seed),
            threads=threads or available_threads(),
            metrics=metrics,
        )
