"""From where a number is a sign and from where a clear one: all that can be tuned, in one place, with its reason."""

from dataclasses import dataclass
from math import isnan, log
from typing import Final

MILD: Final = 0.2
STRONG: Final = 0.9


@dataclass(frozen=True)
class Band:
    """How strong a sign a number is.

    Attributes:
        mild: Where it begins to be one; a number on the far side of it is none.
        strong: Where it is a clear one; it may lie above or below.
        by_ratio: Whether the way between both is measured in factors and not in differences.
    """

    mild: float
    strong: float
    by_ratio: bool = False

    def weight(self, value: float) -> float:
        """Return 0 for no sign, else from `MILD` to `STRONG`.

        Example:
            >>> Band(0.2, 0.8).weight(0.1), Band(0.2, 0.8).weight(0.9), Band(1e-2, 1e-4, by_ratio=True).weight(1e-3)
            (0.0, 0.9, 0.55)
        """
        if isnan(value):
            return 0.0
        way = self._way(value)
        if way < 0:
            return 0.0
        return round(MILD + (STRONG - MILD) * min(way, 1.0), 4)

    def _way(self, value: float) -> float:
        """Say how far a number is on the way from mild (0) to strong (1)."""
        if not self.by_ratio:
            return (value - self.mild) / (self.strong - self.mild)
        if value <= 0:
            return 1.0 if self.strong < self.mild else -1.0
        return (log(value) - log(self.mild)) / (log(self.strong) - log(self.mild))


@dataclass(frozen=True)
class Thresholds:
    """What each sign is judged by.

    The defaults are set so that the zoo's networks, trained on 2,000 images of MNIST for a few epochs, show nothing
    above 0.3 that is not known of them.

    Attributes:
        dead: Share of a layer's relu units that are dead. A healthy dense layer of 100 has up to a quarter.
        saturated: Share of a layer's outputs near an end of tanh or sigmoid. A healthy LeNet-5 has up to a fifth.
        vanishing: Gradient of the first kernel over that of the last. Healthy networks lie between 0.5 and 10; each
            sigmoid multiplies by at most a quarter.
        exploding: The same ratio, from above.
        start_loss: Loss of the first weights over that of guessing: weights drawn too large.
        updates_small: What a step moves a kernel by, over the kernel. About 1e-3 is the usual rule of thumb; below 1e-4
            a kernel needs ten thousand steps to become another one.
        updates_large: The same, from above: at 0.1 ten steps forget what a kernel was.
        first_epoch: Mean loss of the first epoch over that of guessing (or that of the first weights, if higher).
        jumps: By how much the training loss rose between epochs, all rises together, over the loss of guessing. Rises
            below ``jump_share`` of the loss before or ``jump_least`` of that of guessing do not count.
        jump_share: See ``jumps``; the last epochs of a good training differ by some per cent.
        jump_least: See ``jumps``; the loss of a finished training may double and still be next to nothing.
        steady: Share of the loss's whole fall that came in the second half of the epochs: half for a straight line,
            a tenth for a training that has nearly ended. Asked where there are at least ``steady_epochs``, the loss
            fell in each of them, and ``steady_left`` of the loss of guessing is still there.
        steady_epochs: See ``steady``; over fewer a line and a curve look alike.
        steady_left: See ``steady``; below, most has been learnt at whatever rate.
        steady_fall: See ``steady``; the whole fall over the loss of guessing, below which nothing has been learnt yet.
        plateau: See ``steady``; a higher share is a loss that stood still and then fell, of which a low rate is but
            one cause: it counts half.
        usual_step: What a step of a sound training moves a kernel by, over the kernel; Adam at its default rate lies
            between 0.002 and 0.02 in the zoo's networks.
        gap: Accuracy on training images less that on held-out images. 2,000 training images leave 3 to 6 points in a
            sound network.
        gap_errors: A gap of less than so many of its standard errors is chance.
        rise: Last validation loss over the lowest one of the run.
        learnt: Accuracy on training images, 0 being that of guessing and 1 that without a mistake: below the first
            number a network underfits.
        statistics: Loss in evaluation mode over that in training mode, the same weights and images. Dropout makes it
            smaller than 1; above 1 only the moving averages do it.
        statistics_least: The same as a difference; below it the ratio of two small losses says little.
        shifted: Distance of a moving mean, in standard deviations, from which its layer is named.
        stretched: Factor between the standard deviations, likewise.
        never: Share of the seeds that never name a class.
        never_else: A seed counts there if so much is right of the images whose class it does name; else it has hardly
            learnt, and no single class is the trouble.
        doubtful: Share of the training images that all seeds call the same wrong class and give their label less than
            ``doubtful_probability``. Clean MNIST has below 0.02 of them after a few epochs.
        doubtful_test: The same of held-out images, which need two seeds. Images that are merely hard look alike, so
            that a network with an error of 10 % has 1 or 2 % of them; the weight is divided by 3.
        doubtful_probability: See ``doubtful``. A fifth of wrong labels spread over ten classes gives each 0.02, over
            four 0.07.
        doubtful_learnt: Accuracy on these images from which a network is believed against their labels; one that has
            learnt little contradicts them too, and means nothing by it.
        reversed_gap: Accuracy on held-out images less that on training images: a network that does better on what it
            has not seen was taught wrong labels.
        collapsed_margin: A seed has collapsed if its test accuracy is at most so much above the share of the most
            frequent class, where the number of held-out images is unknown; else two standard errors.
    """

    dead: Band = Band(0.25, 0.9)
    saturated: Band = Band(0.35, 0.9)
    vanishing: Band = Band(0.03, 1e-4, by_ratio=True)
    exploding: Band = Band(50.0, 1e4, by_ratio=True)
    start_loss: Band = Band(2.0, 20.0, by_ratio=True)
    updates_small: Band = Band(1e-4, 1e-6, by_ratio=True)
    updates_large: Band = Band(0.1, 1.0, by_ratio=True)
    first_epoch: Band = Band(1.15, 3.0, by_ratio=True)
    jumps: Band = Band(0.05, 0.5, by_ratio=True)
    jump_share: float = 0.05
    jump_least: float = 0.02
    steady: Band = Band(0.3, 0.5)
    steady_epochs: int = 4
    steady_left: float = 0.4
    steady_fall: float = 0.02
    plateau: float = 0.65
    usual_step: float = 5e-3
    gap: Band = Band(0.05, 0.25)
    gap_errors: float = 2.0
    rise: Band = Band(1.2, 3.0, by_ratio=True)
    learnt: Band = Band(0.85, 0.4)
    statistics: Band = Band(1.3, 4.0, by_ratio=True)
    statistics_least: float = 0.1
    shifted: float = 0.5
    stretched: float = 1.5
    never: Band = Band(0.5, 1.0)
    never_else: float = 0.5
    doubtful: Band = Band(0.04, 0.15)
    doubtful_test: Band = Band(0.02, 0.2)
    doubtful_probability: float = 0.1
    doubtful_learnt: float = 0.6
    reversed_gap: Band = Band(0.04, 0.15)
    collapsed_margin: float = 0.02
