"""`Study`: the face of a study in Python."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab.arch import Network
from cnnlab.errors import UsageError, explain
from cnnlab.experiments import Architecture
from cnnlab.keras import Model
from cnnlab.keras.datasets.own import OwnDataSet
from cnnlab.keras.display import live_display
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.counterfactuals import Laboratory, Listening
from cnnlab.lab.diagnosing import Effort, diagnose, judges
from cnnlab.lab.diagnosis_outcome import DiagnosisOutcome
from cnnlab.lab.interrupt import stop_on_interrupt
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.own_data import load_data
from cnnlab.lab.plan import StudyPlan, from_zoo, read_seeds
from cnnlab.records import Recipe, Sink, class_weights
from cnnlab.training import loss_named, optimizer_named

if TYPE_CHECKING:  # start-up time
    from cnnlab.report.notebook.plan import PlanView


class Study:
    """Named architectures, one data set, a recipe each, some seeds.

    Example:
        >>> study = Study("two", data_set="made-up").add("architecture-2", epochs=1).add("architecture-3", epochs=1)
        >>> study.plan.seeds
        (0, 1, 2)
    """

    def __init__(
        self, name: str = "study", *, data_set: str | OwnDataSet = "mnist", path: str | Path | None = None
    ) -> None:
        """Begin a study.

        Args:
            name: What its folder is called after.
            data_set: Its name; or images of your own, as `cnnlab.datasets.from_arrays` and `from_path` give them. To
                those, networks of the zoo are brought as `cnnlab run --data` does.
            path: Where the data of that name are; None for the usual sources.

        Raises:
            UsageError: If a path is given beside images of your own.
        """
        if isinstance(data_set, str):
            self.plan = StudyPlan(name, (), data_set, Path(path) if path else None)
            return
        if path is not None:
            raise UsageError(explain(expected="no path beside a data set of your own", got=str(path), where="Study"))
        self.plan = StudyPlan(name, (), data_set.name, data_set.path, own=data_set.own)

    def add(
        self,
        architecture: str | Network | Model,
        *,
        name: str | None = None,
        batch_size: int | None = None,
        epochs: int | None = None,
        optimizer: Any = None,  # noqa: ANN401 - a name or an optimizer
        loss: Any = None,  # noqa: ANN401 - a name or a loss
        class_weight: str | Mapping[Any, float] | None = None,
    ) -> "Study":
        """Add an architecture.

        Args:
            architecture: A name of the zoo, a description or a model; of a model only the description is used.
            name: What it is called here; its own name if left out.
            batch_size: Images for each update; the zoo's or 32 if left out.
            epochs: Passes over the data; the zoo's or 1 if left out.
            optimizer: A name or an optimizer; Adam if left out.
            loss: A name or a loss; categorical cross-entropy if left out.
            class_weight: What the loss of a training image is multiplied by, by the name or the number of its class;
                "balanced" for classes that count alike however many images each has; all weigh 1 if left out.

        Returns:
            The study itself, so that calls can be chained.

        Raises:
            UsageError: If the name is taken, or a weight cannot be.
        """
        base = _base(architecture)
        recipe = Recipe(
            batch_size=base.recipe.batch_size if batch_size is None else batch_size,
            epochs=base.recipe.epochs if epochs is None else epochs,
            optimizer=base.recipe.optimizer if optimizer is None else optimizer_named(optimizer),
            loss=base.recipe.loss if loss is None else loss_named(loss),
            class_weight=class_weights(class_weight),
        )
        called = name or base.name
        added = replace(base, name=called, network=base.network.renamed(called), recipe=recipe)
        self.plan = replace(self.plan, architectures=(*self.plan.architectures, added))
        return self

    def run(
        self,
        seeds: int | Sequence[int] = 3,
        *,
        workers: int | None = None,
        limit: int | None = None,
        hold_out: int | None = None,
        threads: int | None = None,
        backend: str | None = None,
        on: str | None = None,
        out: str | Path = "runs",
        fresh: bool = False,
        live: bool = True,
        sink: Sink = lambda _: None,
    ) -> StudyOutcome:
        """Train everything that is not there yet: a study that was run before only gets the seeds that it lacks.

        Args:
            seeds: How many, counted from 0, or which.
            workers: How many runs at once, each in a process of its own; None for what is quickest here.
            limit: Train on this many images; None for all.
            hold_out: Validate with this many training images, the last ones, and look at the test images once, at the
                end; None to validate with the test images.
            threads: How many to train with; None for one for each core.
            backend: "compiled", "numpy" or "keras"; None for the compiled one where it runs.
            on: A cluster: "dask", "dask://HOST:PORT", "ray", "ray://HOST:PORT"; None for this machine.
            out: The folder that holds the runs.
            fresh: Whether to begin anew where the same study is there already.
            live: Whether a notebook shows how it goes while it trains; elsewhere nothing is shown.
            sink: Told of everything that happens in training.

        Returns:
            What came out; it prints as a table with observations.

        Raises:
            UsageError: If the study is empty, or the data do not fit an architecture.
            DataUnavailableError: If the data set is available from none of its sources.
        """
        if not self.plan.architectures:
            raise UsageError(explain(expected="at least one architecture", got="none", fix="Use study.add(...)."))
        chosen = read_seeds(seeds)
        plan = replace(self.plan, seeds=chosen, limit=limit, hold_out=hold_out)
        plan, split = load_data(plan)
        with stop_on_interrupt() as stop:
            means = Means(threads=threads, backend=backend, workers=workers, on=on, fresh=fresh)
            run = partial(conduct, plan, split, means, out=Path(out), stop=stop)
            display = live_display() if live else None
            if display is None:
                return run(sink=sink)
            from cnnlab.lab.live import followed  # noqa: PLC0415 - start-up time

            return followed(display, sink, run)

    def diagnose(
        self,
        architecture: str | None = None,
        *,
        seeds: int = 6,
        limit: int | None = None,
        hold_out: int | None = None,
        workers: int | None = None,
        threads: int | None = None,
        backend: str | None = None,
        on: str | None = None,
        out: str | Path = "runs",
        fresh: bool = False,
        sink: Sink = lambda _: None,
    ) -> DiagnosisOutcome:
        """Find what costs an architecture accuracy, by training it again without each suspect.

        Args:
            architecture: One of the study's; None for its only one.
            seeds: How many fresh ones each change is measured with; the network as it is with twice as many.
            limit: Measure on this many training images; None for all that are not held out.
            hold_out: So many training images, the last, are what the networks are judged by; None for 10,000, or a
                fifth where there are few.
            workers: How many runs at once, each in a process of its own; None for what is quickest here.
            threads: How many to train with; None for one for each core.
            backend: "compiled", "numpy" or "keras"; None for the compiled one where it runs.
            on: A cluster: "dask", "dask://HOST:PORT", "ray", "ray://HOST:PORT"; None for this machine.
            out: The folder that holds the runs.
            fresh: Whether to train again what is there.
            sink: Told of everything.

        Returns:
            The causes with their gains in points, and all else that was seen and tried; it prints as a table.

        Raises:
            UsageError: If the study has no such architecture, or several and none is named.
            InterruptedRunError: If Ctrl-C stopped it; the same call goes on.
            DataUnavailableError: If the data set is available from none of its sources.
        """
        plan, split = load_data(replace(self.plan, architectures=(self._one(architecture),)))
        means = Means(threads=threads, backend=backend or self.plan.backend, workers=workers, on=on, fresh=fresh)
        with stop_on_interrupt() as stop:
            laboratory = Laboratory(
                split, plan, hold_out or judges(split), means, Path(out), Listening(sink=sink, stop=stop)
            )
            found = diagnose(plan.architectures[0], laboratory, Effort(images=limit, seeds=seeds, base_seeds=2 * seeds))
        return DiagnosisOutcome(found)

    def __repr__(self) -> str:
        """Say in a line what is studied."""
        from cnnlab.report.notebook.plan import plan_text  # noqa: PLC0415 - only when shown

        return f"<Study {plan_text(self._view())}>"

    def _repr_html_(self) -> str:
        """Show in a notebook who would be trained on what, how and how often."""
        from cnnlab.report.notebook.plan import plan_html  # noqa: PLC0415 - only when shown

        return plan_html(self._view())

    def _view(self) -> "PlanView":
        from cnnlab.report.notebook.plan import Planned, PlanView  # noqa: PLC0415 - only when shown

        planned = tuple(Planned(one.name, one.network, one.recipe) for one in self.plan.architectures)
        return PlanView(self.plan.name, self.plan.data, self.plan.seeds, planned)

    def _one(self, name: str | None) -> Architecture:
        """Find one of the study's architectures."""
        there = {one.name: one for one in self.plan.architectures}
        if name is None and len(there) == 1:
            return next(iter(there.values()))
        if name not in there:
            got = "none" if name is None else repr(name)
            raise UsageError(explain(expected=f"one of {', '.join(there) or 'no architecture'}", got=got))
        return there[name]


def _base(architecture: str | Network | Model) -> Architecture:
    """Return an architecture with its default recipe."""
    if isinstance(architecture, str):
        return from_zoo(architecture)
    if not isinstance(architecture, Network | Model):
        known = "a name of the zoo, a Network or a model"
        raise UsageError(explain(expected=known, got=repr(architecture), where="Study.add"))
    network = architecture if isinstance(architecture, Network) else architecture.network
    return Architecture(network.name, network, Recipe())
