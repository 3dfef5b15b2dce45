"""The check before every training: does this data fit this network and this loss?

Most of what it refuses, Keras trains on in silence. Each finding is a refusal with its fix, or a notice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cnnlab.arch import Network
from cnnlab.arch.augmented import refuse_behind_weights
from cnnlab.arch.measures import class_count
from cnnlab.errors import NetworkError, explain
from cnnlab.records import ClassWeights, Examples, Loss
from cnnlab.training.image_weights import fitted_weights, weighed_by_class
from cnnlab.training.images import fitted_images
from cnnlab.training.labels import fitted_labels

_ALWAYS_ONE: Final = (
    "a softmax over a single output is 1 for every image, so that nothing can be learnt; write activation='sigmoid'."
)


@dataclass(frozen=True, eq=False)
class Prepared:
    """Data that a network can be trained on.

    Attributes:
        train: Images (n, h, w, c) or (n, features), channels last, and checked labels.
        validation: Likewise; None without validation.
        notices: What the user should know of the data, a sentence each.
        test: Likewise, looked at once, at the end; None where the validation images are also those of the test.
    """

    train: Examples
    validation: Examples | None
    notices: tuple[str, ...]
    test: Examples | None = None


def prepare(
    network: Network,
    loss: Loss,
    train: Examples,
    validation: Examples | None = None,
    test: Examples | None = None,
    *,
    class_weight: ClassWeights | None = None,
    class_names: Sequence[str] = (),
) -> Prepared:
    """Check data against a network and a loss, and bring it into the form that backends take.

    Args:
        network: What shall be trained.
        loss: What it shall be trained by.
        train: As the user gave it.
        validation: Likewise; None without validation.
        test: Likewise; None without one beside the validation.
        class_weight: By which the training images become weighted ones; validation and test stay as they are, as in
            Keras.
        class_names: By which the weights may name classes, in the order of the class numbers.

    Raises:
        DataError: If training on this data could not mean anything; the message says how to mend it.
        NetworkError: If the network's output is no list of classes.
        NotSupportedError: If an augmentation layer stands behind weights.
        UsageError: If the class weights do not fit these classes.
    """
    classes = _classes(network)
    refuse_behind_weights(network)
    notices: list[str] = [_ALWAYS_ONE] if classes == 1 and _ends_in_softmax(network) else []
    parts = {"training": train, "validation": validation, "test": test}
    checked = {
        part: _part(network, loss, examples, part, classes, notices)
        for part, examples in parts.items()
        if examples is not None
    }
    if class_weight is not None:
        checked["training"], said = weighed_by_class(
            checked["training"], class_weight, class_count(network), class_names
        )
        notices.extend(said)
    return Prepared(checked["training"], checked.get("validation"), tuple(notices), checked.get("test"))


def _ends_in_softmax(network: Network) -> bool:
    return getattr(network.nodes[-1].layer, "activation", None) == "softmax"


def _part(network: Network, loss: Loss, examples: Examples, part: str, classes: int, notices: list[str]) -> Examples:
    """Check one part; what is worth a notice is added to the list."""
    images, said = fitted_images(network, examples, part)
    notices.extend(said)
    labels, said = fitted_labels(loss, examples.labels, len(images), classes, part)
    notices.extend(said)
    weights = None if examples.weights is None else fitted_weights(examples.weights, len(images), part)
    return replace(examples, images=images, labels=labels, weights=weights)


def _classes(network: Network) -> int:
    """Return the number of classes that the network tells apart."""
    shape = network.output_shape
    if len(shape) != 1:
        raise NetworkError(
            explain(
                expected="an output of one number for each class",
                got=f"shape {network.shown(shape)}",
                where=network.name,
                fix="Put Flatten() or GlobalAveragePooling2D() before the last Dense.",
            )
        )
    return shape[0]
