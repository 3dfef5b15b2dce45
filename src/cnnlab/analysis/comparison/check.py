"""What has to be so before answers are compared."""

from collections.abc import Sequence

import numpy as np

from cnnlab.errors import UsageError, explain
from cnnlab.records import Tested


def check(tested: Sequence[Tested]) -> None:
    """Refuse what cannot be compared.

    Args:
        tested: The answers of each architecture.

    Raises:
        UsageError: If there is no architecture, one twice, one without a seed, images or an answer to each image, or
            one that was tested on other images than the first.
    """
    if not tested:
        raise UsageError(explain(expected="the answers of 1 architecture or more", got="none", where="comparison"))
    names = [each.architecture for each in tested]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(explain(expected="each architecture once", got=f"{twice!r} twice", where="comparison"))
    for each in tested:
        _check_shapes(each)
        if not np.array_equal(each.labels, tested[0].labels):
            raise UsageError(
                explain(
                    expected=f"the {tested[0].images:,} images that {names[0]!r} was tested on, in their order",
                    got=f"{each.images:,} others" if each.images != tested[0].images else "other classes",
                    where=f"comparison, architecture {each.architecture!r}",
                    fix="Compare runs that were tested on the same images.",
                )
            )


def check_confidence(confidence: float) -> None:
    """Refuse what is no confidence.

    Raises:
        UsageError: If it is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise UsageError(explain(expected="a confidence between 0 and 1", got=repr(confidence), where="comparison"))


def _check_shapes(each: Tested) -> None:
    """Refuse tables that are empty or of another shape than seeds by images."""
    shape = (len(each.seeds), each.images)
    where = f"comparison, architecture {each.architecture!r}"
    if 0 in shape:
        raise UsageError(explain(expected="1 seed and 1 image or more", got=f"{shape[0]} and {shape[1]}", where=where))
    for name, table in (("answers", each.classes), ("losses", each.losses)):
        if table.shape != shape:
            got = f"shape {table.shape}"
            raise UsageError(explain(expected=f"{name} of {shape[0]} seeds by {shape[1]} images", got=got, where=where))
