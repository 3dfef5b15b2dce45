"""``Model.export``: a trained model as a file for other programs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from cnnlab.errors import NotSupportedError, explain
from cnnlab.formats.keras_file import local
from cnnlab.formats.onnx import onnx_model, write_onnx
from cnnlab.formats.onnx.messages import OPSET
from cnnlab.keras.engine import Engine
from cnnlab.keras.refusals import refuse_unless_neutral

_FORMAT: Final = "onnx"
_NEUTRAL: Final = {"input_signature": (None,), "opset_version": (OPSET, None)}


def export(
    engine: Engine,
    filepath: str | Path,
    format: str,  # noqa: A002 - Keras' name
    others: Mapping[str, Any],
    class_names: Sequence[str],
) -> None:
    """Write a model as an ONNX file; see `Sequential.export`."""
    if format != _FORMAT:
        fix = "Write model.export('model.onnx', format='onnx')."
        raise NotSupportedError(
            explain(
                expected="format='onnx', the only one that cnnlab writes", got=repr(format), where="export", fix=fix
            )
        )
    refuse_unless_neutral("export", _NEUTRAL, others, ("filepath", "format", "verbose"))
    write_onnx(local(filepath), onnx_model(engine.network, engine.get_weights(), class_names=class_names))
