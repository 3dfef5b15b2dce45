"""Keras' ``metrics``: each returns a metric as plain data; names in small letters are metrics with their defaults."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from cnnlab.errors import NotSupportedError, UsageError, did_you_mean, explain
from cnnlab.keras.absent import absent_names, keras_names
from cnnlab.keras.names import automatic_name
from cnnlab.keras.refusals import refuse_unless_neutral
from cnnlab.records import BinaryAccuracy as BinaryRecord
from cnnlab.records import CategoricalAccuracy as CategoricalRecord
from cnnlab.records import Metric
from cnnlab.records import Precision as PrecisionRecord
from cnnlab.records import Recall as RecallRecord
from cnnlab.records import SparseCategoricalAccuracy as SparseCategoricalRecord
from cnnlab.records import SparseTopKCategoricalAccuracy as SparseTopKRecord
from cnnlab.records import TopKCategoricalAccuracy as TopKRecord
from cnnlab.records.metrics import METRICS

__all__ = [
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "Metric",
    "Precision",
    "Recall",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "binary_accuracy",
    "categorical_accuracy",
    "get",
    "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]

_NEUTRAL: Final[dict[str, tuple[Any, ...]]] = {"dtype": (None, "float32")}
_NEUTRAL_SPARSE: Final = {**_NEUTRAL, "from_sorted_ids": (False,)}
_NEUTRAL_OF_THRESHOLDS: Final = {**_NEUTRAL, "top_k": (None,)}
_OF_THRESHOLDS: Final = ("thresholds", "class_id", "name")
_OLD_ALIASES: Final = ("bce", "mse", "mae", "mape", "msle")

# As in ``metrics=[keras.metrics.categorical_accuracy]``.
binary_accuracy: Final = BinaryRecord()
categorical_accuracy: Final = CategoricalRecord()
sparse_categorical_accuracy: Final = SparseCategoricalRecord()
sparse_top_k_categorical_accuracy: Final = SparseTopKRecord()
top_k_categorical_accuracy: Final = TopKRecord()


def CategoricalAccuracy(name: str = "categorical_accuracy", **others: Any) -> Metric:  # noqa: ANN401, N802 - Keras' name and arguments
    """Return the accuracy for one-hot labels, under a name of your own.

    Args:
        name: Its key in the history.
        others: ``dtype`` at Keras' default.
    """
    refuse_unless_neutral("CategoricalAccuracy", _NEUTRAL, others)
    return CategoricalRecord(name=name)


def SparseCategoricalAccuracy(name: str = "sparse_categorical_accuracy", **others: Any) -> Metric:  # noqa: ANN401, N802 - as above
    """Return the accuracy for class numbers, under a name of your own.

    Args:
        name: Its key in the history.
        others: ``dtype`` at Keras' default.
    """
    refuse_unless_neutral("SparseCategoricalAccuracy", _NEUTRAL, others)
    return SparseCategoricalRecord(name=name)


def TopKCategoricalAccuracy(k: int = 5, name: str = "top_k_categorical_accuracy", **others: Any) -> Metric:  # noqa: ANN401, N802 - as above
    """Return how often the class is among the k likeliest, for one-hot labels; a tie with the k-th is among them.

    Args:
        k: At least 1.
        name: Its key in the history.
        others: ``dtype`` at Keras' default.

    Raises:
        NotSupportedError: If another argument is not at its default.
        UsageError: If k cannot be.

    Example:
        >>> TopKCategoricalAccuracy(k=3)
        TopKCategoricalAccuracy(name='top_k_categorical_accuracy', k=3)
    """
    refuse_unless_neutral("TopKCategoricalAccuracy", _NEUTRAL, others, ("k", "name"))
    return TopKRecord(k=k, name=name)


def SparseTopKCategoricalAccuracy(  # noqa: N802 - Keras' name
    k: int = 5,
    name: str = "sparse_top_k_categorical_accuracy",
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> Metric:
    """Return how often the class is among the k likeliest, for class numbers.

    Args:
        k: At least 1.
        name: Its key in the history.
        others: ``dtype`` and ``from_sorted_ids`` at Keras' defaults.

    Raises:
        NotSupportedError: If another argument is not at its default.
        UsageError: If k cannot be.
    """
    refuse_unless_neutral("SparseTopKCategoricalAccuracy", _NEUTRAL_SPARSE, others, ("k", "name"))
    return SparseTopKRecord(k=k, name=name)


def Precision(  # noqa: N802 - Keras' name
    thresholds: float | Sequence[float] | None = None,
    top_k: None = None,
    class_id: int | None = None,
    name: str | None = None,
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> Metric:
    """Return the share of right answers among all outputs above a threshold, for one-hot labels.

    Args:
        thresholds: From 0 to 1; None is 0.5. A list of a single one counts as that one.
        top_k: None.
        class_id: Whose outputs are looked at; None for those of all classes.
        name: Its key in the history; None is Keras' next: precision, precision_1, ...
        others: ``dtype`` at Keras' default.

    Raises:
        NotSupportedError: If there are several thresholds, or another argument is not at its default.
        UsageError: If a threshold or a class cannot be.

    Example:
        >>> Precision(thresholds=0.7, class_id=2, name="of_cats")
        Precision(name='of_cats', thresholds=0.7, class_id=2)
    """
    return _of_positives(PrecisionRecord, thresholds, class_id, name, {"top_k": top_k, **others})


def Recall(  # noqa: N802 - Keras' name
    thresholds: float | Sequence[float] | None = None,
    top_k: None = None,
    class_id: int | None = None,
    name: str | None = None,
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> Metric:
    """Return the share of the labels' classes whose output is above a threshold, for one-hot labels.

    Args:
        thresholds: From 0 to 1; None is 0.5. A list of a single one counts as that one.
        top_k: None.
        class_id: Whose outputs are looked at; None for those of all classes.
        name: Its key in the history; None is Keras' next: recall, recall_1, ...
        others: ``dtype`` at Keras' default.

    Raises:
        NotSupportedError: If there are several thresholds, or another argument is not at its default.
        UsageError: If a threshold or a class cannot be.
    """
    return _of_positives(RecallRecord, thresholds, class_id, name, {"top_k": top_k, **others})


def BinaryAccuracy(  # noqa: N802 - Keras' name
    name: str = "binary_accuracy",
    dtype: object = None,
    threshold: float = 0.5,
    **others: Any,  # noqa: ANN401 - whatever was written
) -> Metric:
    """Return the share of outputs that are on their label's side of a threshold, for one-hot labels.

    Args:
        name: Its key in the history.
        dtype: At Keras' default.
        threshold: Any number.
        others: None; each is refused by name.

    Raises:
        NotSupportedError: If the dtype is not Keras' default.
        UsageError: If the threshold is no number, or there is no such argument.
    """
    refuse_unless_neutral("BinaryAccuracy", _NEUTRAL, {"dtype": dtype, **others}, ("name", "threshold"))
    return BinaryRecord(threshold=threshold, name=name)


def get(identifier: object) -> Metric:
    """Return a metric by Keras' name in either spelling, which it is then called by, or the metric itself.

    Raises:
        NotSupportedError: If Keras has it and cnnlab does not, or it is one of the user's own.
        UsageError: If nobody has it.

    Example:
        >>> get("top_k_categorical_accuracy").k, get("Recall").name
        (5, 'Recall')
    """
    if isinstance(identifier, Metric):
        return identifier
    for made in _MADE:
        if identifier is made:  # as ``metrics=[Recall]``
            return made()
    kinds = {word: kind for kind in METRICS.values() for word in (kind.__name__, kind().name)}
    if isinstance(identifier, str) and identifier in kinds:
        return replace(kinds[identifier](), name=identifier)
    raise _unknown(identifier, ["accuracy", *kinds])


def _unknown(identifier: object, known: list[str]) -> UsageError:
    """Say that there is no such metric here, and whether Keras has it."""
    here = ", ".join(["'accuracy'", *METRICS])
    of_keras = type(identifier).__module__.partition(".")[0] in {"keras", "tensorflow", "tf_keras"}
    if of_keras:
        got = f"{type(identifier).__module__}.{type(identifier).__name__}"
        fix = "Import it from cnnlab.keras.metrics." if type(identifier).__name__ in METRICS else ""
        return NotSupportedError(explain(expected=f"one of {here}", got=got, where="metrics", fix=fix))
    if callable(identifier):
        got = f"{getattr(identifier, '__name__', type(identifier).__name__)}, one of your own"
        return NotSupportedError(explain(expected=f"one of {here}", got=got, where="metrics"))
    word = str(identifier)
    names = {name.lower().replace("_", "") for name in keras_names()["metrics"]}.union(_OLD_ALIASES)
    if word.lower().replace("_", "") in names:
        return NotSupportedError(explain(expected=f"one of {here}", got=repr(identifier), where="metrics"))
    fix = did_you_mean(word, known)
    return UsageError(explain(expected=f"one of {here}", got=repr(identifier), where="metrics", fix=fix))


def _of_positives(
    kind: type[PrecisionRecord] | type[RecallRecord],
    thresholds: float | Sequence[float] | None,
    class_id: int | None,
    name: str | None,
    others: dict[str, Any],
) -> Metric:
    """Make a metric that looks at outputs above a threshold."""
    word = kind.__name__
    refuse_unless_neutral(word, _NEUTRAL_OF_THRESHOLDS, others, _OF_THRESHOLDS)
    threshold = _single(thresholds, word)
    return kind(thresholds=threshold, class_id=class_id, name=automatic_name(word.lower()) if name is None else name)


def _single(thresholds: object, where: str) -> Any:  # noqa: ANN401 - the record checks it
    """Take the only threshold out of a list; several would give a number for each."""
    if not isinstance(thresholds, list | tuple):
        return thresholds
    if len(thresholds) != 1:
        fix = f"Write a {where} for each."
        raise NotSupportedError(
            explain(expected="a single threshold", got=repr(thresholds), where=f"{where}, thresholds", fix=fix)
        )
    return thresholds[0]


_MADE: Final = (
    BinaryAccuracy,
    CategoricalAccuracy,
    Precision,
    Recall,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)

__getattr__ = absent_names(__name__, __all__)
