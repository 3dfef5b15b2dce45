"""What each layer of a trained network did on a few hundred fixed images, as plain values."""

from dataclasses import dataclass
from typing import Literal

from cnnlab.records.runs import RunKey

Moment = Literal["start", "end"]


@dataclass(frozen=True)
class LayerProbe:
    """One layer at one moment.

    Attributes:
        layer: Its name.
        kind: Its class: "Conv2D".
        units: How many it has: channels of an image, features of a row.
        dead: Share of its units that gave exactly 0 at every place of every image; None where its activation is none
            that can die.
        saturated: Share of all its outputs within 1 % of an end of a bounded activation; None for one without ends.
        spread: Standard deviation of its outputs over images, places and units.
        gradient: Root mean square of the loss's gradient with respect to its kernel, in training mode and without what
            a regularizer adds; None without a kernel. Of a separable convolution both kernels count, here and in
            ``update``.
        update: Root mean square of the change that one training step makes to its kernel, over that of the kernel: a
            mean over a few steps.
        drift: For batch normalization: root mean square, over the channels, of the distance between the moving mean
            and the mean of the probe's images, in standard deviations of the latter; None for other layers.
        stretch: For batch normalization: the factor, at least 1, by which a channel's moving standard deviation and
            that of the probe's images differ, in whichever direction; the root mean square of its logarithm over the
            channels. None for other layers.
    """

    layer: str
    kind: str
    units: int
    dead: float | None
    saturated: float | None
    spread: float
    gradient: float | None
    update: float | None
    drift: float | None
    stretch: float | None = None


@dataclass(frozen=True)
class Probe:
    """A network at one moment of one run.

    Losses here are of the images alone; those of epochs contain what regularizers add.

    Attributes:
        key: Which run.
        moment: With its first or its last weights.
        images: How many it was shown.
        loss: Mean over them, in evaluation mode.
        accuracy: Share classified correctly, likewise.
        training_loss: Mean over them in training mode, its dropout on and its batch statistics their own.
        said: Share of the images for which each class was named.
        layers: In the network's order; the input left out.
        penalty: What regularizers add to a loss at these weights; 0 without any.
    """

    key: RunKey
    moment: Moment
    images: int
    loss: float
    accuracy: float
    training_loss: float
    said: tuple[float, ...]
    layers: tuple[LayerProbe, ...]
    penalty: float = 0.0
