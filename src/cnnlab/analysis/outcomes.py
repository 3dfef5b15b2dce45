"""All runs of one architecture, taken together."""

from dataclasses import dataclass
from statistics import mean

from cnnlab.analysis.proportions import Interval, wilson
from cnnlab.records import RunResult, StudyResult


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a study found of one architecture.

    Attributes:
        architecture: Its name.
        runs: All of its runs, in the order in which they were trained; none where the study ended before.
    """

    architecture: str
    runs: tuple[RunResult, ...]

    @property
    def counted(self) -> tuple[RunResult, ...]:
        """Return the runs that its numbers are of: the finished ones, else the interrupted ones, never failed ones."""
        return self._with("finished") or self._with("interrupted")

    @property
    def failed(self) -> tuple[RunResult, ...]:
        """Return the runs whose loss stopped being a number; they count in no mean."""
        return self._with("failed")

    def _with(self, status: str) -> tuple[RunResult, ...]:
        return tuple(run for run in self.runs if run.status == status)

    @property
    def accuracies(self) -> tuple[float, ...]:
        """Return the test accuracy of each counted run that has one, from 0 to 1."""
        return tuple(run.test_accuracy for run in self.counted if run.test_accuracy is not None)

    @property
    def losses(self) -> tuple[float, ...]:
        """Return the test loss of each counted run that has one."""
        return tuple(run.test_loss for run in self.counted if run.test_loss is not None)

    @property
    def accuracy(self) -> float | None:
        """Return the mean test accuracy over the counted runs."""
        return mean(self.accuracies) if self.accuracies else None

    @property
    def loss(self) -> float | None:
        """Return the mean test loss over the counted runs."""
        return mean(self.losses) if self.losses else None

    @property
    def seconds(self) -> float | None:
        """Return the mean time of a counted run."""
        return mean(run.seconds for run in self.counted) if self.counted else None

    def interval(self, test_images: int) -> Interval | None:
        """Return the 95 % interval of the mean accuracy over the test images.

        A mean over seeds, all tested on the same images, varies less with the choice of those images than one run
        does, so that the interval of a single share is wide enough for it.
        """
        accuracy = self.accuracy
        return None if accuracy is None or test_images < 1 else wilson(accuracy, test_images)


def outcomes(result: StudyResult) -> tuple[Outcome, ...]:
    """Group the runs of a study by architecture.

    Args:
        result: The study, finished or not.

    Returns:
        One for each architecture, in the study's order, those without a run included.
    """
    names = dict.fromkeys((*result.architectures, *(run.key.architecture for run in result.runs)))
    return tuple(Outcome(name, tuple(run for run in result.runs if run.key.architecture == name)) for name in names)
