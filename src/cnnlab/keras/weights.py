"""Weights of classes, as Keras' ``class_weight`` gives them."""

from collections.abc import Mapping
from numbers import Integral, Real

from cnnlab.errors import UsageError, explain
from cnnlab.records import ClassWeights, class_weights


def read_class_weight(value: object, where: str, sample_weight: object = None) -> ClassWeights | None:
    """Read ``class_weight``: a dictionary by class numbers; a class that it leaves out weighs 1.

    Args:
        value: What was given; None for none.
        where: The place that messages name: "fit".
        sample_weight: What was given beside it.

    Raises:
        UsageError: If it is none, or weights of images were given as well, which Keras refuses too.
    """
    if value is None:
        return None
    place = f"{where}, class_weight"
    if sample_weight is not None:
        fix = "Multiply them yourself: sample_weight = weights * class_weights[y]."
        expected = "weights of classes or weights of images"
        raise UsageError(explain(expected=expected, got="both", where=place, fix=fix))
    if not isinstance(value, Mapping) or not all(map(_is_number, value)):
        fix = "Classes that shall count alike: dict(enumerate(len(y) / (classes * numpy.bincount(y))))."
        expected = "a dictionary of class numbers and weights"
        raise UsageError(explain(expected=expected, got=_short(value), where=place, fix=fix))
    return class_weights(value, place)


def _is_number(key: object) -> bool:
    return isinstance(key, Integral) or (isinstance(key, Real) and float(key).is_integer())


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"a {type(value).__name__}"  # noqa: PLR2004 - more would hide the message
