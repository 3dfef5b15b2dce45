"""Keras' ``image_dataset_from_directory``: a folder of pictures as a data set that ``fit`` takes."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from cnnlab.data.own import OwnData, Reading, load_own
from cnnlab.data.own.reading import TEST_SHARE
from cnnlab.errors import NotSupportedError, UsageError, explain
from cnnlab.keras.flow import Flow
from cnnlab.keras.refusals import refuse_unless_neutral
from cnnlab.keras.utils.categories import to_categorical
from cnnlab.keras.words import say
from cnnlab.randomness import permutation
from cnnlab.records import Examples

Array = npt.NDArray[Any]
LabelMode = Literal["int", "categorical", "binary"]

_WHERE: Final = "image_dataset_from_directory"
_NEUTRAL: Final[dict[str, tuple[Any, ...]]] = {
    "labels": ("inferred",),
    "interpolation": ("bilinear",),
    "follow_links": (False,),
    "crop_to_aspect_ratio": (False,),
    "pad_to_aspect_ratio": (False,),
    "data_format": (None, "channels_last"),
    "format": ("tf", "grain"),
    "verbose": (True, False),
}
_LABEL_MODES: Final = ("int", "categorical", "binary", None)
_TWO: Final = 2
_COLOR_MODES: Final = {"grayscale": 1, "rgb": 3}
_SUBSETS: Final = ("training", "validation", "both")
_GREY: Final = np.array([0.2989, 0.5870, 0.1140], np.float32)  # Keras': the luminance of television, ITU-R BT.601


class ImageDataset(Flow):
    """Pictures with labels, in batches; `fit`, `evaluate` and ``validation_data=`` take it as it is.

    A loop over it is one epoch: images as float32 from 0 to 255, and labels. What speeds TensorFlow's data sets up
    (``cache``, ``prefetch``) and ``shuffle`` change nothing here: the images are at hand, and `fit` shuffles.

    Attributes:
        class_names: The folders' names, in the order of the class numbers.
    """

    def __init__(
        self,
        images: Array,
        labels: Array | None,
        class_names: Sequence[str],
        batch_size: int,
        *,
        shuffle: bool,
        seed: int,
    ) -> None:
        super().__init__(images, labels, (), batch_size, shuffle=shuffle, seed=seed)
        self.class_names = list(class_names)
        self._epochs_given = 0

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]  # one epoch, where a generator's flow has no end
        """Give the batches of one epoch."""
        order = permutation(self.seed, self._epochs_given, self.n) if self.shuffled else np.arange(self.n)
        self._epochs_given += 1
        for start in range(0, self.n, self.batch_size):
            rows = order[start : start + self.batch_size]
            images = self.images[rows].astype(np.float32)
            yield images if self.labels is None else (images, self.labels[rows])

    def map(self, function: Callable[..., Any], **others: object) -> "ImageDataset":
        """Return the data set with a function applied to each batch, computed at once and kept in memory.

        Args:
            function: Takes images and labels (images alone where there are no labels) and returns the same.
            others: TensorFlow's arguments of speed, which change nothing.
        """
        del others
        kept = [function(*self._batch(start)) for start in range(0, self.n, self.batch_size)]
        images = [one[0] if self.labels is not None else one for one in kept]
        labels = None if self.labels is None else np.concatenate([np.asarray(one[1]) for one in kept])
        whole = np.concatenate([np.asarray(one) for one in images])
        return ImageDataset(whole, labels, self.class_names, self.batch_size, shuffle=self.shuffled, seed=self.seed)

    def _batch(self, start: int) -> tuple[Array, ...]:
        rows = slice(start, start + self.batch_size)
        images = self.images[rows].astype(np.float32)
        return (images,) if self.labels is None else (images, self.labels[rows])

    def take(self, count: int) -> list[Any]:
        """Return the first batches of an epoch."""
        return [batch for batch, _ in zip(self, range(count), strict=False)]

    def cache(self, *_: object) -> "ImageDataset":
        """Return itself: the images are at hand."""
        return self

    prefetch = cache

    def shuffle(self, *_: object, **__: object) -> "ImageDataset":
        """Return itself: `fit` gives each epoch an order of its own."""
        return self

    def __repr__(self) -> str:
        """Say in a line what it is."""
        shape = " x ".join(map(str, self.images.shape[1:]))
        return f"<ImageDataset: {self.n:,} images of {shape}, {len(self.class_names)} classes>"


def image_dataset_from_directory(  # noqa: PLR0917 - Keras' order of arguments
    directory: str | Path,
    labels: object = "inferred",
    label_mode: LabelMode | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int = 32,
    image_size: tuple[int, int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    **others: Any,  # noqa: ANN401 - Keras' arguments
) -> ImageDataset | tuple[ImageDataset, ImageDataset]:
    """Read a folder that has a folder of pictures for each class.

    The pictures are read once and kept as bytes in the cache; from then on they are mapped from there.

    Args:
        directory: The folder.
        labels: "inferred", the only value: labels are the folders.
        label_mode: "int" for class numbers, "categorical" for one-hot rows, "binary" for a column of 0 and 1 (of
            two classes), None for no labels.
        class_names: The folders in the order that their numbers shall have; alphabetical if left out.
        color_mode: "rgb" or "grayscale".
        batch_size: Images for each update.
        image_size: (height, width) that every picture is brought to.
        shuffle: Whether each epoch has an order of its own.
        seed: Draws the images to validate with.
        validation_split: Their share. Unlike Keras' it is the same share of each class.
        subset: Beside it: "training", "validation" or "both".
        others: Keras' further arguments, at its defaults.

    Returns:
        A data set; with ``subset="both"`` those to train on and to validate with.

    Raises:
        CnnlabError: If the folder or a picture cannot be read, or an argument cannot be.
    """
    refuse_unless_neutral(_WHERE, _NEUTRAL, {"labels": labels, **others})
    _check(label_mode, color_mode, validation_split, subset)
    share = TEST_SHARE if validation_split is None else float(validation_split)
    reading = Reading(resize=(int(image_size[0]), int(image_size[1])), test_share=share, split_seed=seed or 0)
    split = load_own(Path(directory), OwnData(reading), notify=say).split
    order = _order(split.class_names, class_names)

    def made(parts: Sequence[Examples]) -> ImageDataset:
        images = _coloured(_joined([part.images for part in parts]), _COLOR_MODES[color_mode])
        numbers = order[_joined([part.labels for part in parts])]
        names = class_names or split.class_names
        said = _labels(numbers, label_mode, len(names))
        return ImageDataset(images, said, names, batch_size, shuffle=shuffle, seed=seed or 0)

    if validation_split is None:
        return made([split.train, split.test])
    halves = {"training": split.train, "validation": split.test}
    return (made([split.train]), made([split.test])) if subset == "both" else made([halves[str(subset)]])


def _check(label_mode: object, color_mode: object, validation_split: object, subset: object) -> None:
    if label_mode not in _LABEL_MODES:
        expected, got = "int, categorical, binary or None", repr(label_mode)
        raise NotSupportedError(explain(expected=expected, got=got, where=f"{_WHERE}, label_mode"))
    if color_mode not in _COLOR_MODES:
        fix = "Transparent pixels are put on white with color_mode='rgb'." if color_mode == "rgba" else ""
        raise NotSupportedError(
            explain(expected="rgb or grayscale", got=repr(color_mode), where=f"{_WHERE}, color_mode", fix=fix)
        )
    if (validation_split is None) != (subset is None) or (subset is not None and subset not in _SUBSETS):
        fix = "Write validation_split=0.2, subset='both', seed=0."
        got = f"validation_split={validation_split!r}, subset={subset!r}"
        raise UsageError(explain(expected="a share and which subset, or neither", got=got, where=_WHERE, fix=fix))


def _order(found: tuple[str, ...], wished: Sequence[str] | None) -> npt.NDArray[np.int64]:
    """Return the class number of each folder."""
    if wished is None:
        return np.arange(len(found))
    if sorted(wished) != sorted(found):
        got = ", ".join(map(repr, wished))
        expected = f"the folders {', '.join(map(repr, found))}"
        raise UsageError(explain(expected=expected, got=got, where=f"{_WHERE}, class_names"))
    return np.array([list(wished).index(name) for name in found])


def _joined(parts: Sequence[Array]) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _coloured(images: Array, channels: int) -> Array:
    """Bring images to one channel or three, as bytes."""
    images = images if images.ndim == 4 else np.asarray(images)[..., None]  # noqa: PLR2004 - images, height, width, channels
    if images.shape[-1] == channels:
        return images
    if channels == 1:
        grey: Array = np.rint(images.astype(np.float32) @ _GREY).astype(np.uint8)
        return grey[..., None]
    return np.repeat(images, channels, axis=-1)


def _labels(numbers: Array, mode: LabelMode | None, classes: int) -> Array | None:
    if mode is None:
        return None
    if mode == "binary":
        if classes != _TWO:
            fix = "Use label_mode='categorical' or 'int'."
            where = f"{_WHERE}, label_mode='binary'"
            raise UsageError(explain(expected="folders of two classes", got=str(classes), where=where, fix=fix))
        return numbers.astype(np.float32)[:, None]
    if mode == "categorical":
        return np.asarray(to_categorical(numbers, classes), np.float32)
    return np.asarray(numbers, np.int32)
