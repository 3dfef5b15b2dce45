"""Pickles of arrays, from files whose sum is known: even then nothing but what rebuilds a numpy array is admitted."""

import pickle
from typing import IO, Any, Final

import numpy as np

from cnnlab.data.failures import SourceError
from cnnlab.errors import explain

# The names as numpy 1 wrote them, and what stands behind them in the numpy that runs.
_ADMITTED: Final[dict[tuple[str, str], Any]] = {
    ("numpy.core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class _ArraysOnly(pickle.Unpickler):
    """Rebuilds numpy arrays, and refuses by name whatever else a pickle asks for."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - the base class says so
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise SourceError(
                explain(where="pickle", expected="numpy arrays and nothing else", got=f"a call of {module}.{name}")
            ) from None


def unpickle_arrays(file: IO[bytes]) -> Any:  # noqa: ANN401 - a pickle holds what it holds
    """Read a Python 2 pickle of numpy arrays; anything else in it is refused before it is touched.

    Raises:
        SourceError: If it asks for anything but arrays, or is cut or damaged.
    """
    try:
        return _ArraysOnly(file, encoding="latin1").load()
    except SourceError:
        raise
    except Exception as error:
        # A damaged pickle raises nearly anything, as the pickle module's own documentation says.
        raise SourceError(f"the pickle cannot be read: {type(error).__name__}: {error}") from error
