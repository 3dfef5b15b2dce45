"""What users hand over as ``x`` and ``y``, as arrays."""

from math import floor
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.errors import DataError, NotSupportedError, UsageError, explain
from cnnlab.keras.flow import Flow
from cnnlab.records import Examples

Array = npt.NDArray[Any]


def as_array(values: object, what: str) -> Array:
    """Read an array, or what turns into one: a list, a data frame, a tensor.

    Raises:
        NotSupportedError: If it hands out batches (a generator, a Dataset) or is several inputs.
        DataError: If nothing came, or it does not become an array of one shape.
    """
    if values is None:
        raise DataError(explain(expected="an array", got="None", where=what))
    if isinstance(values, dict) or not (isinstance(values, list | tuple) or hasattr(values, "__array__")):
        raise NotSupportedError(
            explain(
                expected="an array that holds all examples",
                got=f"a {type(values).__name__}",
                where=what,
                fix="Put the examples of a generator or a Dataset together: x = numpy.concatenate(list(batches)).",
            )
        )
    try:
        return np.asarray(values)
    except ValueError as error:
        raise DataError(
            explain(expected="examples of one shape", got=f"a list that has several ({error})", where=what)
        ) from None


def examples(x: object, y: object, where: str, weights: object = None) -> Examples:
    """Put images and labels together, with weights of the images where there are some."""
    weighed = None if weights is None else as_array(weights, f"{where}, sample_weight")
    return Examples(as_array(x, f"{where}, x"), as_array(y, f"{where}, y"), weights=weighed)


def validation_examples(validation_data: object) -> Examples | None:
    """Read ``validation_data=(x, y)``, or with weights of the images behind them.

    Raises:
        NotSupportedError: If it hands out batches.
        UsageError: If it is neither.
    """
    if validation_data is None:
        return None
    where = "fit, validation_data"
    if isinstance(validation_data, Flow):
        return examples(validation_data.images, validation_data.labels, where, validation_data.weights)
    if not isinstance(validation_data, list | tuple) or len(validation_data) not in {2, 3}:
        kind = f"a {type(validation_data).__name__}"
        got = f"{kind} of {len(validation_data)}" if isinstance(validation_data, list | tuple) else kind
        raise UsageError(explain(expected="(x, y) or (x, y, sample_weight)", got=got, where=where))
    images, labels, *weights = validation_data
    return examples(images, labels, where, weights[0] if weights else None)


def split_off(train: Examples, share: object) -> tuple[Examples, Examples | None]:
    """Take the last share of the examples for validation, before any shuffling, as Keras does.

    Args:
        train: All examples.
        share: ``validation_split``: from 0, for none, to below 1.

    Returns:
        Those to train on, and those to validate with.

    Raises:
        UsageError: If the share cannot be, or leaves nothing on one side.
    """
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share < 1:
        raise UsageError(explain(expected="a share from 0 to below 1", got=repr(share), where="fit, validation_split"))
    if not share:
        return train, None
    count = floor(len(train) * (1 - share))
    if count in {0, len(train)}:
        raise UsageError(
            explain(
                expected="at least one example to train on and one to validate with",
                got=f"{share} of {len(train)} examples",
                where="fit, validation_split",
            )
        )
    return train.head(count), train.behind(count)
