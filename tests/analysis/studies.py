"""Studies to test with: the notebook's own printed numbers, and any that hypothesis can think of."""

from collections.abc import Sequence

from hypothesis import strategies as st

from cnnlab.records import EpochRow, Provenance, Recipe, RunKey, RunResult, RunStatus, StudyResult, notebook

HISTORY = {
    name: [list(row) for row in zip(*run.curves.lists.values(), strict=True)]
    for name, run in notebook().runs.items()
    if run.curves
}
PARAMETERS = {"architecture-1": (69_135, 69_095), "architecture-2": (10_075, 10_075), "architecture-3": (2_615, 2_595)}
BATCH_SIZES = {"architecture-1": 128, "architecture-2": 200, "architecture-3": 200}
SECONDS = {"architecture-1": 28.1, "architecture-2": 4.62, "architecture-3": 1.28}
PUBLISHED = {"architecture-1": (0.0281, 0.9903), "architecture-2": (0.0717, 0.9751), "architecture-3": (1.6352, 0.3115)}


def provenance(train_images: int = 60_000, test_images: int = 10_000) -> Provenance:
    """Make up where a study came from."""
    return Provenance(
        cnnlab_version="0.1.0",
        commit="0123456789abcdef0123456789abcdef01234567",
        python="3.11.7",
        numpy="2.4.6",
        platform="Linux-6.1-x86_64",
        cpu="A CPU <with> & signs",
        threads=2,
        backend="numpy",
        same_bits=False,
        data_name="mnist",
        data_source="cache",
        data_sums={"train-images-idx3-ubyte": "ba89" * 16, "t10k-images-idx3-ubyte": "0fa7" * 16},
        train_images=train_images,
        test_images=test_images,
        started="2024-05-01T12:00:00+00:00",
    )


def history(rows: Sequence[Sequence[float | None]], seconds: float = 1.0) -> tuple[EpochRow, ...]:
    """Make epoch rows of (loss, accuracy, val_loss, val_accuracy)."""
    return tuple(EpochRow(epoch, *row, seconds) for epoch, row in enumerate(rows, start=1))


def run(
    architecture: str,
    rows: Sequence[Sequence[float | None]],
    *,
    seed: int = 0,
    epochs: int | None = None,
    batch_size: int = 200,
    test: tuple[float | None, float | None] | None = None,
    params: tuple[int, int] = (1000, 990),
    seconds: float = 1.0,
) -> RunResult:
    """Make a run, interrupted where ``epochs`` are more than the rows; the last validation is its test by default."""
    epochs = len(rows) if epochs is None else epochs
    status: RunStatus = "finished" if epochs == len(rows) else "interrupted"
    loss, accuracy = test or (rows[-1][2:] if rows else (None, None))
    return RunResult(
        key=RunKey(architecture, seed),
        status=status,
        recipe=Recipe(batch_size=batch_size, epochs=epochs),
        total_params=params[0],
        trainable_params=params[1],
        history=history(rows, seconds),
        test_loss=loss,
        test_accuracy=accuracy,
        seconds=seconds * len(rows),
    )


def study(
    *runs: RunResult,
    name: str = "study",
    architectures: tuple[str, ...] | None = None,
    published: dict[str, tuple[float, float]] | None = None,
    train_images: int = 60_000,
    test_images: int = 10_000,
) -> StudyResult:
    """Make a study of some runs."""
    names = tuple(dict.fromkeys(run.key.architecture for run in runs))
    return StudyResult(
        name=name,
        runs=runs,
        provenance=provenance(train_images, test_images),
        architectures=names if architectures is None else architectures,
        published=published or {},
    )


def notebook_run(architecture: str, *, seed: int = 0, epochs: int | None = None) -> RunResult:
    """Repeat a run of the notebook from its printed numbers, all of its epochs or the first ones."""
    rows = HISTORY[architecture]
    return run(
        architecture,
        rows[:epochs],
        seed=seed,
        epochs=len(rows),
        batch_size=BATCH_SIZES[architecture],
        params=PARAMETERS[architecture],
        seconds=SECONDS[architecture],
    )


def notebook_study() -> StudyResult:
    """Repeat the notebook's study from its printed numbers."""
    runs = [notebook_run(architecture) for architecture in HISTORY]
    return study(*runs, name="cnn-on-mnist", published=PUBLISHED)


losses = st.floats(0, 1e9) | st.sampled_from([float("nan"), float("inf"), 0.0, 2.302585])
shares = st.integers(0, 10_000).map(lambda count: count / 10_000)
rows = st.tuples(losses, shares, losses, shares) | st.tuples(losses, shares, st.none(), st.none())
names = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=60) | st.sampled_from(
    list(HISTORY)
)
params = st.integers(0, 10**9).map(lambda total: (total, total))
seconds = st.floats(0, 1e6)


@st.composite
def runs(draw: st.DrawFn, architecture: str, seed: int) -> RunResult:
    """Draw a run, finished or interrupted, of one to many epochs or none."""
    epochs = draw(st.integers(0, 4))
    done = draw(st.lists(rows, min_size=epochs, max_size=epochs))
    test = draw(st.tuples(losses, shares)) if done else (None, None)
    more = draw(st.sampled_from([0, 0, 0, 1, 30])) if done else 5
    return run(
        architecture, done, seed=seed, epochs=epochs + more, test=test, params=draw(params), seconds=draw(seconds)
    )


@st.composite
def studies(draw: st.DrawFn, named: st.SearchStrategy[str] = names) -> StudyResult:
    """Draw a study of up to four architectures and three seeds, some perhaps not trained."""
    architectures = draw(st.lists(named, max_size=4, unique=True))
    seeds = draw(st.integers(0, 3))
    drawn = [draw(runs(architecture, seed)) for architecture in architectures for seed in range(seeds)]
    kept = drawn[: draw(st.integers(0, len(drawn)))]
    published = {name: draw(st.tuples(st.floats(0, 100), shares)) for name in architectures if draw(st.booleans())}
    return study(
        *kept,
        architectures=tuple(architectures),
        published=published,
        test_images=draw(st.integers(1, 10_000)),
    )
