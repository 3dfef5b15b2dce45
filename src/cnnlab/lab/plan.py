"""A study as it will run: everything decided, nothing trained."""

from dataclasses import dataclass, replace
from pathlib import Path

from cnnlab.arch import zoo
from cnnlab.backends import backend_names
from cnnlab.data.own.reading import OwnData
from cnnlab.errors import NetworkError, UsageError, did_you_mean, explain
from cnnlab.experiments import Architecture
from cnnlab.randomness import check_seed
from cnnlab.records import Recipe

NOTEBOOK = ("architecture-1", "architecture-2", "architecture-3")

SEEDS = (0, 1, 2)
"""What a study is run with unless it says otherwise: one run says nothing of the next."""

MOST_SEEDS = 10_000
"""More runs of one architecture than anyone will wait for; a slip of the keyboard asks for more."""

_SLIPS = (
    (
        "The notebook's cell for architecture 2 adds its dropout and batch normalization to model1, behind that "
        "network's softmax. Architecture 2 as trained has none; architecture-2-as-intended in the zoo has them."
    ),
    (
        "The notebook validates on the test set: choosing between its networks by that number is choosing on the test "
        "set. This study does the same, so that its numbers can be held against the notebook's."
    ),
    (
        "The notebook gives its three networks different numbers of epochs and different batch sizes, and trains each "
        "of them just once."
    ),
    "The notebook's 17 to 100 seconds an epoch come from run_functions_eagerly(True), not from the networks.",
)


@dataclass(frozen=True)
class StudyPlan:
    """Named architectures with a recipe each, one data set, some seeds.

    Attributes:
        name: What the run's folder is called after.
        architectures: In the order of the table.
        data: The data set's name.
        data_path: Where the user has it; None for the usual sources.
        limit: Train on this many images, the first ones that are not held out; None for all.
        seeds: One run of each architecture for each.
        notes: What a reader should know of where the study comes from, a sentence each.
        hold_out: Validate each epoch with this many training images, the last ones, and look at the test images once,
            at the end; None to validate with the test images, as the notebook does.
        spare_test: Whether the images held out are the test as well, so that nothing ever looks at the data set's own
            test images.
        own: How the user's own data at the path are read; None for a data set that cnnlab knows by its name.
        backend: Who trains, where the caller does not say; None for the compiled one where it runs.
    """

    name: str
    architectures: tuple[Architecture, ...]
    data: str = "mnist"
    data_path: Path | None = None
    limit: int | None = None
    seeds: tuple[int, ...] = SEEDS
    notes: tuple[str, ...] = ()
    hold_out: int | None = None
    spare_test: bool = False
    own: OwnData | None = None
    backend: str | None = None

    def __post_init__(self) -> None:
        """Check that no name stands for two architectures, that there are images to test on and somebody to train.

        Raises:
            UsageError: If one does, if the test images are spared and none are held out, or if nobody knows the
                backend.
        """
        if self.backend is not None and self.backend not in backend_names():
            fix = did_you_mean(self.backend, backend_names())
            raise UsageError(
                explain(expected="the name of a backend", got=repr(self.backend), where="backend", fix=fix)
            )
        if self.spare_test and self.hold_out is None:
            got, fix = "none", 'Write hold_out = 10_000 beside test = "held-out".'
            raise UsageError(explain(expected="images held out, to test on", got=got, where="data", fix=fix))
        names = [one.name for one in self.architectures]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise UsageError(explain(expected="a name of its own for each architecture", got=f"{twice!r} twice"))

    def only(self, names: list[str]) -> "StudyPlan":
        """Keep some architectures, in the order asked for; networks of the zoo that the study lacks are added.

        Raises:
            UsageError: If the study has none of that name, nor has the zoo.
        """
        own = {one.name: one for one in self.architectures}
        return replace(self, architectures=tuple(own[name] if name in own else _known(name, own) for name in names))

    def with_recipes(self, *, epochs: int | None = None, batch_size: int | None = None) -> "StudyPlan":
        """Set the epochs or the batch size of every architecture."""

        def changed(recipe: Recipe) -> Recipe:
            return replace(recipe, epochs=epochs or recipe.epochs, batch_size=batch_size or recipe.batch_size)

        return replace(
            self,
            architectures=tuple(replace(one, recipe=changed(one.recipe)) for one in self.architectures),
        )

    def changed(
        self, *, limit: int | None = None, hold_out: int | None = None, seeds: list[int] | None = None
    ) -> "StudyPlan":
        """Set the number of training images, of those held out, or the seeds; None leaves them.

        Raises:
            UsageError: If there is no seed, one is out of range, or one stands twice.
        """
        chosen = self.seeds if seeds is None else checked_seeds(seeds, "--seed-list")
        return replace(
            self,
            limit=self.limit if limit is None else limit,
            hold_out=self.hold_out if hold_out is None else hold_out,
            seeds=chosen,
        )


def notebook_plan() -> StudyPlan:
    """Return the study of the notebook: its three architectures, each by its own recipe, on MNIST."""
    return StudyPlan("notebook", tuple(from_zoo(name) for name in NOTEBOOK), notes=_SLIPS)


def from_zoo(name: str) -> Architecture:
    """Return a network of the zoo as a competitor, with its recipe and its published values."""
    entry = zoo.entry(name)
    return Architecture(entry.name, entry.network(), entry.recipe, entry.published)


def checked_seeds(seeds: list[int], where: str) -> tuple[int, ...]:
    """Return seeds, each once, or refuse them.

    Raises:
        UsageError: If there is none, one is out of range, or one stands twice.
    """
    if not 0 < len(seeds) <= MOST_SEEDS:
        got = f"{len(seeds):,}" if seeds else "none"
        raise UsageError(
            explain(
                expected="at least one seed" if not seeds else f"at most {MOST_SEEDS:,} seeds", got=got, where=where
            )
        )
    checked = tuple(check_seed(seed, where) for seed in seeds)
    if len(set(checked)) < len(checked):
        raise UsageError(explain(expected="each seed once", got=", ".join(map(str, checked)), where=where))
    return checked


def _known(name: str, own: dict[str, Architecture]) -> Architecture:
    """Find a name among the study's architectures and the zoo's."""
    try:
        found = from_zoo(name)
    except NetworkError:
        fix = did_you_mean(name, dict.fromkeys([*own, *zoo.names()]))
        raise UsageError(
            explain(expected="the name of an architecture", got=repr(name), where="--architectures", fix=fix)
        ) from None
    return own.get(found.name, found)


def read_seeds(value: object) -> tuple[int, ...]:
    """Read a number of seeds, counted from 0, or the seeds themselves.

    Raises:
        UsageError: If it is neither.
    """
    if isinstance(value, list | tuple | range):
        return checked_seeds(list(value), "seeds")
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_SEEDS:
        fix = "seeds = 3 is seeds 0, 1, 2; seeds = [7, 8] names them."
        raise UsageError(
            explain(expected="a number of seeds or a list of them", got=repr(value), where="seeds", fix=fix)
        )
    return tuple(range(value))
