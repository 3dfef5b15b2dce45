"""ONNX Runtime, the judge of what is written: an extra, imported when somebody asks for it."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.errors import CnnlabError, explain
from cnnlab.formats.onnx.building import INPUT, OUTPUT

Array = npt.NDArray[Any]

INSTALL: Final = "pip install 'cnnlab[onnx]'"
_FATAL_ONLY: Final = 4
"""What it logs to stderr: its errors come as exceptions as well."""
_AT_ONCE: Final = 256


def session(content: bytes) -> Callable[[Array], Array]:
    """Load a file's content into ONNX Runtime.

    Args:
        content: Of `onnx_model`: of ours, never of a stranger's.

    Returns:
        A function from images to outputs, with one thread; it raises what this does.

    Raises:
        CnnlabError: If ONNX Runtime is not installed, or refuses the file.
    """
    try:
        import onnxruntime  # noqa: PLC0415 - an extra, and start-up time
    except ImportError:
        raise CnnlabError(
            explain(expected="ONNX Runtime, which checks what is written", got="none", fix=f"Type: {INSTALL}")
        ) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL_ONLY
    try:
        loaded = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its own classes share no base but this
        raise _refused("loads", error) from error

    def run(images: Array) -> Array:
        try:
            return np.asarray(loaded.run([OUTPUT], {INPUT: images})[0])
        except Exception as error:  # likewise
            raise _refused("runs", error) from error

    return run


def _refused(what: str, error: Exception) -> CnnlabError:
    got = f"an error of ONNX Runtime's ({error})"
    return CnnlabError(explain(expected=f"a file that ONNX Runtime {what}", got=got))


def outputs(content: bytes, images: Array) -> Array:
    """Return what ONNX Runtime computes for images, some hundred at a time.

    Args:
        content: Of `onnx_model`.
        images: Shape (n, ...), as the file takes them.

    Raises:
        CnnlabError: As `session`.
    """
    run = session(content)
    return np.concatenate([run(images[start : start + _AT_ONCE]) for start in range(0, len(images), _AT_ONCE)])


def version() -> str:
    """Return ONNX Runtime's version; empty where it is not installed."""
    try:
        import onnxruntime  # noqa: PLC0415 - an extra, and start-up time
    except ImportError:
        return ""
    return str(onnxruntime.__version__)
