"""MNIST: 70,000 handwritten digits of 28 x 28 pixels, in Keras' shape.

Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition",
Proceedings of the IEEE 86 (1998).
"""

from pathlib import Path
from typing import Final

import numpy as np

from cnnlab.data.download import Progress, no_progress
from cnnlab.data.folders import cache_root
from cnnlab.data.idx import Bytes
from cnnlab.data.known import MNIST, KnownFiles
from cnnlab.data.request import Notify, Request, log_notice
from cnnlab.data.search import obtain
from cnnlab.records import Examples, Split

CLASS_NAMES: Final = tuple("0123456789")


def load(
    known: KnownFiles = MNIST,
    class_names: tuple[str, ...] = CLASS_NAMES,
    *,
    path: str | Path | None = None,
    offline: bool = False,
    notify: Notify | None = None,
    progress: Progress | None = None,
) -> Split:
    """Load MNIST, or a data set of the same four parts, from the first source that has it; see `cnnlab.data.load`."""
    found = obtain(
        Request(
            known,
            cache_root() / known.name,
            path=Path(path) if path is not None else None,
            offline=offline,
            notify=notify or log_notice,
            progress=progress or no_progress,
        )
    )
    x_train, y_train, x_test, y_test = (found.parts[part.name] for part in known.parts)
    return Split(
        name=known.name,
        train=Examples(x_train, y_train),
        test=Examples(x_test, y_test),
        class_names=class_names,
        source=found.source,
        sums={part.name: part.sha256 for part in known.with_sums_of(found.parts).parts},
    )


def load_data(path: str | Path | None = None) -> tuple[tuple[Bytes, Bytes], tuple[Bytes, Bytes]]:
    """Load MNIST as ``keras.datasets.mnist.load_data`` does.

    Args:
        path: Where the files lie on this machine; as in :func:`cnnlab.data.load`.

    Returns:
        (x_train, y_train), (x_test, y_test): uint8 arrays of shapes (60000, 28, 28), (60000,), (10000, 28, 28) and
        (10000,), which are the caller's own to write to.

    Raises:
        DataUnavailableError: If no source has it.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> x_train.shape, x_train.dtype, y_test[:3].tolist()
        ((60000, 28, 28), dtype('uint8'), [7, 2, 1])
    """
    split = load(path=path)
    train, test = split.train, split.test
    return (np.array(train.images), np.array(train.labels)), (np.array(test.images), np.array(test.labels))
