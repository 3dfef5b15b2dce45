"""What a trained network says of picture files."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch.measures import class_count
from cnnlab.data.seen import Seen, Wanted, bright_border, check_wanted, see
from cnnlab.errors import DataError, UsageError, explain
from cnnlab.lab.asking import shares
from cnnlab.lab.trained import Trained
from cnnlab.records.said import Refused, Said
from cnnlab.report.words import plural

Array = npt.NDArray[Any]

_AT_ONCE: Final = 64
_LOOKED_AT: Final = 200
_KINDS: Final = 4
_LIKE_MNIST: Final = (28, 28)


def class_words(trained: Trained) -> tuple[str, ...]:
    """Name the classes: as the model has them, else by their numbers.

    Raises:
        UsageError: If the network's output is no row of classes.
    """
    shape = trained.network.output_shape
    if len(shape) != 1:
        got = f"an output of shape {shape}"
        raise UsageError(explain(expected="a network that tells classes apart", got=got, where=trained.told))
    return trained.class_names or tuple(str(number) for number in range(class_count(trained.network)))


def predict_files(
    trained: Trained, files: Iterable[Path], wanted: Wanted, divisor: float | None = None
) -> Iterator[Said | Refused]:
    """Ask a network about picture files, some of them at a time.

    Args:
        trained: The network.
        files: Any number; of each there is an answer, in their order.
        wanted: How pictures are brought into its form.
        divisor: What pixels are divided by; None for as it was trained.

    Yields:
        What it says, or why a file could not be used.

    Raises:
        DataError: If the network takes no pictures.
        UsageError: If its output is no row of classes.
    """
    check_wanted(wanted, trained.told)
    names, by = class_words(trained), divisor or trained.divisor
    dark = dark_paper(trained)
    waiting = iter(files)
    while some := list(islice(waiting, _AT_ONCE)):
        looked = [_looked(path, wanted) for path in some]
        answers = iter(_answers(trained, [one.pixels for one in looked if isinstance(one, Seen)], by))
        for path, one in zip(some, looked, strict=True):
            if isinstance(one, Seen):
                yield Said(str(path), names, next(answers), one.done, _inverted(one, wanted, dark=dark))
            else:
                yield Refused(str(path), one)


def _looked(path: Path, wanted: Wanted) -> Seen | str:
    """Return a picture, or why it is none."""
    try:
        return see(path, wanted)
    except DataError as error:
        return str(error)


def _answers(trained: Trained, pixels: list[npt.NDArray[np.uint8]], divisor: float) -> list[tuple[float, ...]]:
    """Return the probabilities of the classes for each image."""
    if not pixels:
        return []
    images = np.stack(pixels).astype(np.float32) / np.float32(divisor)
    if trained.network.data_format == "channels_first" and images.ndim == 4:  # noqa: PLR2004 - n, height, width, channels
        images = np.moveaxis(images, -1, 1)
    rows = trained.outputs(images).astype(np.float64)
    logits, separate = gives_logits(trained), trained.loss is not None and trained.loss.separate
    return [tuple(shares(row, logits=logits, separate=separate).tolist()) for row in rows]


def gives_logits(trained: Trained) -> bool:
    """Tell whether outputs are logits: as the loss says, else by the network's last activation."""
    if trained.loss is not None:
        return trained.loss.from_logits
    last = next((node.layer for node in reversed(trained.network.nodes) if hasattr(node.layer, "activation")), None)
    return getattr(last, "activation", "linear") not in {"softmax", "sigmoid"}


def dark_paper(trained: Trained) -> bool | None:
    """Tell whether the images that it was trained on stand on something dark, as MNIST's; None where nobody knows."""
    if trained.data is None:
        return True if trained.network.input_shape in {_LIKE_MNIST, (*_LIKE_MNIST, 1)} else None
    images = trained.data.test.images[:_LOOKED_AT]
    if images.dtype != np.uint8 or images.ndim < 3:  # noqa: PLR2004 - n, height, width
        return None
    shades = Counter(bright_border(np.asarray(image)) for image in images)
    if max(shades[True], shades[False]) < len(images) * 0.9:
        return None
    return shades[False] > shades[True]


def _inverted(seen: Seen, wanted: Wanted, *, dark: bool | None) -> bool:
    """Tell whether a picture looks like a negative of what the network was trained on."""
    return not wanted.drawing and dark is not None and seen.bright_border is dark


def notes_of(said: Iterable[Said], wanted: Wanted) -> list[str]:
    """Say what was done to pictures, and which look inverted, a sentence each."""
    all_said = list(said)
    counts = Counter(", ".join(one.done) for one in all_said if one.done)
    most = counts.most_common(_KINDS)
    notes = [f"{plural(count, 'picture')}: {done}." for done, count in most]
    if len(counts) > _KINDS:
        others = counts.total() - sum(count for _, count in most)
        notes.append(f"{plural(others, 'more picture')}: brought into the network's form likewise; --json says how.")
    inverted = [one.file for one in all_said if one.inverted]
    if inverted:
        which = inverted[0] if len(inverted) == 1 else f"{inverted[0]} and {len(inverted) - 1} more"
        digits = ", or --as-drawing for a digit on paper" if wanted.channels == 1 else ""
        verb = "looks" if len(inverted) == 1 else "look"
        notes.append(
            f"{which} {verb} inverted: bright where the images of the training are dark, or the other way round. "
            f"Add --invert{digits}."
        )
    return notes
