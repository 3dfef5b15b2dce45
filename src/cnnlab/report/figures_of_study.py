"""The figures of a page and its drawing pad, each from what the page is of: the one place that calls who draws them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnlab.analysis import outcomes
from cnnlab.report.contents import ReportContents
from cnnlab.report.figure import Figure
from cnnlab.report.pad.contract import PadParts


@dataclass(frozen=True)
class Figures:
    """What is drawn of a study; what is empty has no place in the page.

    Attributes:
        curves: Loss and accuracy over the epochs, seeds as bands, by architecture.
        costs: Accuracy against parameters, multiply-adds, latency.
        drawings: Each architecture layer by layer, by its name.
        confusions: Which class was taken for which, by architecture.
        hardest: The images that were most often got wrong.
        published: Published values of each epoch among ours, by architecture.
        pad: To draw on; None for a page without one.
    """

    curves: Mapping[str, tuple[Figure, ...]] = field(default_factory=dict)
    costs: tuple[Figure, ...] = ()
    drawings: Mapping[str, Figure] = field(default_factory=dict)
    confusions: Mapping[str, Figure] = field(default_factory=dict)
    hardest: tuple[Figure, ...] = ()
    published: Mapping[str, tuple[Figure, ...]] = field(default_factory=dict)
    pad: PadParts | None = None

    @property
    def all(self) -> tuple[Figure, ...]:
        """List all figures; their names differ."""
        curves, published = ((one for some in kind.values() for one in some) for kind in (self.curves, self.published))
        drawings, confusions = self.drawings.values(), self.confusions.values()
        return (*curves, *self.costs, *drawings, *confusions, *self.hardest, *published)


def figures_of_study(contents: ReportContents) -> Figures:
    """Draw a study.

    Args:
        contents: What the page is of.
    """
    from cnnlab.report.drawing.architecture import architecture_drawing  # noqa: PLC0415 - start-up time
    from cnnlab.report.drawing.confusion import confusion_matrix  # noqa: PLC0415 - likewise

    named = contents.class_names
    return Figures(
        curves=_curves(contents),
        costs=_costs(contents),
        drawings={
            name: architecture_drawing(f"layers-{place}", contents.networks[name])
            for place, name in enumerate(contents.result.architectures, start=1)
            if name in contents.networks
        },
        confusions={
            one.architecture: confusion_matrix(f"confusion-{place}", one.architecture, one.labels, one.classes, named)
            for place, one in enumerate(contents.answers, start=1)
        },
        hardest=_hardest(contents),
        published=_published(contents),
        pad=_pad(contents),
    )


def _curves(contents: ReportContents) -> dict[str, tuple[Figure, ...]]:
    from cnnlab.report.drawing.learning_curves import learning_curves  # noqa: PLC0415 - likewise

    found: dict[str, tuple[Figure, ...]] = {}
    for place, outcome in enumerate(outcomes(contents.result), start=1):
        # What failed counts in no mean; where nothing else is there, its curves show how.
        whole = [run for run in outcome.runs if run.status != "failed"] or outcome.failed
        histories = {run.key.seed: run.history for run in whole if run.history}
        if histories:
            found[outcome.architecture] = learning_curves(f"learning-{place}", outcome.architecture, histories)
    return found


def _costs(contents: ReportContents) -> tuple[Figure, ...]:
    from cnnlab.report.drawing.cost_front import cost_fronts  # noqa: PLC0415 - likewise

    if contents.comparison is None:
        return ()
    by_name = {one.architecture: one for one in contents.costs}
    costs = [by_name[one.architecture] for one in contents.comparison.standings if one.architecture in by_name]
    return cost_fronts("cost", contents.comparison, costs, contents.fronts) if len(costs) > 1 else ()


def _hardest(contents: ReportContents) -> tuple[Figure, ...]:
    from cnnlab.report.drawing.hardest import hardest_images  # noqa: PLC0415 - likewise

    if not contents.answers or contents.test_images is None:
        return ()
    answers = {one.architecture: one.classes for one in contents.answers}
    labels = contents.answers[0].labels
    return (hardest_images("hardest-images", contents.test_images, labels, answers, contents.class_names),)


def _published(contents: ReportContents) -> dict[str, tuple[Figure, ...]]:
    from cnnlab.report.drawing.published import published_curves  # noqa: PLC0415 - likewise

    curves = contents.reproduction.found.curves if contents.reproduction else ()
    return {
        name: published_curves(f"published-{place}", name, [one for one in curves if one.architecture == name])
        for place, name in enumerate(dict.fromkeys(one.architecture for one in curves), start=1)
    }


def _pad(contents: ReportContents) -> PadParts | None:
    from cnnlab.report.pad.parts import pad_parts  # noqa: PLC0415 - likewise

    return None if contents.pad is None else pad_parts(contents.pad)
