"""Run a plan from its data to its page."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import sleep

from cnnlab.backends import get_backend, why_not_compiled
from cnnlab.errors import DataError, explain
from cnnlab.experiments import Engine, preparation, prepare_all, provenance
from cnnlab.lab.book import StudyBook
from cnnlab.lab.checkpointing import checkpoint_seconds
from cnnlab.lab.engines import check_engine, chosen_engine
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.pages import write_page
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.report_contents import report_contents
from cnnlab.lab.stored_studies import StudyPart
from cnnlab.records import Notice, Provenance, RunFinished, RunKey, Sink, Split, StudyResult
from cnnlab.report.words import plural
from cnnlab.store import Store, open_store

_BETWEEN_LOOKS = 0.5


@dataclass(frozen=True)
class Opening:
    """What is known before the first training; whoever shows a study is told of it.

    Attributes:
        plan: What will run.
        whole: The data set as it was loaded.
        split: What of it is used: some held out, the rest cut to the plan's limit.
        prepared: What was done to the data before training, for each way in which the architectures want them.
        origin: Who trains where.
        folder: Where everything is kept.
        so_far: What was there before: runs that have ended, and those that go on now.
        found: How many of the planned runs had come to their end before.
        planned: How many runs there will be at the end.
        about: Who trains, in a few words.
        workers: How many runs are trained at once.
        missing: The runs that are to be made or to be gone on with, in their order.
    """

    plan: StudyPlan
    whole: Split
    split: Split
    prepared: tuple[str, ...]
    origin: Provenance
    folder: Path
    so_far: StudyResult
    found: int
    planned: int
    about: str
    workers: int
    missing: tuple[RunKey, ...]


def held_out(split: Split, count: int | None) -> Split:
    """Take the last ``count`` training images for validation; None leaves the test images to serve for both.

    Raises:
        DataError: If none would be left to train on.
    """
    if count is None:
        return split
    most = len(split.train) - 1
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= most:
        fix = "What is held out is taken from the end of the training images; some must be left to train on."
        expected = f"1 to {most:,} images to hold out" if most else "a data set of which images can be held out"
        raise DataError(explain(expected=expected, got=repr(count), where=split.name, fix=fix))
    rest = len(split.train) - count
    return replace(split, train=split.train.head(rest), validation=split.train.behind(rest))


def used_of(whole: Split, plan: StudyPlan) -> Split:
    """Take of a data set what a plan uses, each image for what the plan uses it for.

    Raises:
        DataError: If there are not so many images as it asks for.
    """
    parts = limited(held_out(whole, plan.hold_out), plan.limit)
    if plan.spare_test and parts.validation is not None:
        return replace(parts, test=parts.validation, validation=None)
    return parts


def limited(split: Split, limit: int | None) -> Split:
    """Keep the first ``limit`` training images; None keeps all.

    Raises:
        DataError: If there are not so many.
    """
    if limit is None:
        return split
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= len(split.train):
        expected = f"a limit from 1 to {len(split.train):,} images"
        held = "" if split.validation is None else f"{len(split.validation):,} others are held out for validation."
        raise DataError(explain(expected=expected, got=repr(limit), where=split.name, fix=held))
    return replace(split, train=split.train.head(limit))


@dataclass(frozen=True)
class Means:
    """By what a study is run; none of it changes a number.

    Attributes:
        threads: How many to train with; None for one for each core.
        backend: Who trains; None for the plan's, else the compiled one where it runs.
        workers: How many runs at once; None for what is quickest here.
        on: "dask" or "ray" with an address, for a cluster; None for this machine.
        fresh: Whether to begin anew where the same study is there already.
    """

    threads: int | None = None
    backend: str | None = None
    workers: int | None = None
    on: str | None = None
    fresh: bool = False


def conduct(
    plan: StudyPlan,
    whole: Split,
    means: Means = Means(),
    *,
    out: Path,
    part: StudyPart | None = None,
    only: frozenset[RunKey] | None = None,
    opened: Callable[[Opening], None] = lambda _: None,
    sink: Sink = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    page: bool = True,
) -> StudyOutcome:
    """Train everything a plan names that is not there yet, keep it as it happens, and write the page.

    Args:
        plan: What to run.
        whole: The plan's data set.
        means: By what.
        out: The folder that holds the runs.
        part: Only these runs of a study that is there already; the plan is that study's.
        only: Only these runs of the plan, where not every architecture gets every seed; None for all.
        opened: Called once, when the data have been checked and the folder is there.
        sink: Told of everything that happens in training.
        stop: Asked after every few steps; True ends the study, what is there is kept.
        page: Whether figures and a page are written.

    Raises:
        UsageError: If the data do not fit an architecture or the folder cannot be made; nothing is written then.
    """
    split = used_of(whole, plan)
    check_engine(split, means.workers, means.threads, means.on)
    chosen = means.backend or plan.backend
    backend = get_backend(chosen)
    prepared = prepare_all(plan.architectures, split)
    every = checkpoint_seconds()
    with open_store(out) as store:
        origin = provenance(backend, split, means.threads)
        book = StudyBook(store, plan, origin, fresh=means.fresh, checkpoint_every=every, part=part, only=only)
        engine, threads = chosen_engine(book.missing, split, prepared, means.workers, means.threads, means.on)
        book.origin = replace(book.origin, threads=threads or book.origin.threads)
        opened(_opening(plan, whole, split, book, engine))
        for notice in dict.fromkeys(notice for one in prepared.values() for notice in one.notices):
            sink(Notice(notice))
        if chosen is None and why_not_compiled():
            sink(Notice(f"the NumPy backend trains, slowly: {why_not_compiled()}"))
        if backend.name == "keras":
            sink(Notice(f"{backend.about} trains: the same seed gives other bits on another machine or version."))
        work = _Work(book, engine, backend.name, threads, sink, stop)
        try:
            work.through()
        except BaseException:
            # What has been trained gets its page; if that fails as well, the first error is the one to tell.
            with contextlib.suppress(Exception):
                _closed(store, plan, whole, split, book, page=page)
            raise
        return _closed(store, plan, whole, split, book, page=page)


def _opening(plan: StudyPlan, whole: Split, split: Split, book: StudyBook, engine: Engine) -> Opening:
    """Gather what is known before the first training."""
    ways = dict.fromkeys(preparation(one.network, one.recipe.loss, split) for one in plan.architectures)
    return Opening(
        plan,
        whole,
        split,
        tuple(ways),
        book.origin,
        book.folder.path,
        so_far=book.result(),
        found=book.found,
        planned=book.planned,
        about=engine.about,
        workers=engine.workers,
        missing=tuple(trial.key for trial in book.missing),
    )


@dataclass
class _Work:
    """The walk through the runs of a study."""

    book: StudyBook
    engine: Engine
    backend: str
    threads: int | None
    sink: Sink
    stop: Callable[[], bool]

    def through(self) -> None:
        """Make every run that is missing; wait for those that another process has in hand."""
        told = False
        while True:
            self._once()
            if self.stop() or not self.book.elsewhere:
                return
            if not told:
                told = True
                runs = plural(self.book.elsewhere, "run")
                self.sink(Notice(f"another cnnlab has {runs} of this study in hand; waiting for it."))
            sleep(_BETWEEN_LOOKS)

    def _once(self) -> None:
        """Walk through once; after an error the runs that others have in hand stop softly, and are kept."""
        errors: list[BaseException] = []
        keeping = self.book.keeping(self.sink)
        tasks = self.book.tasks(self.backend, self.threads, self.sink)
        walk = self.engine.run(tasks, keeping, lambda: bool(errors) or self.stop())
        # Whatever happens here, the workers are let go at once and not when the traceback is.
        with contextlib.closing(walk) as ended:
            for done in ended:
                try:
                    result = self.book.close(done)
                except Exception as error:  # noqa: BLE001 - raised below
                    # What made the run end is the one to tell, not what followed from it.
                    errors.append(done.error if isinstance(done.error, Exception) else error)
                    continue
                if done.error is not None:
                    errors.append(done.error)
                elif result is not None:
                    self.sink(RunFinished(result))
        if errors:
            raise errors[0]


def _closed(store: Store, plan: StudyPlan, whole: Split, split: Split, book: StudyBook, *, page: bool) -> StudyOutcome:
    """Write the results and the page of what has been trained."""
    result = book.result()
    outcome = StudyOutcome(
        result,
        {one.name: one.network for one in plan.architectures},
        len(split.class_names),
        book.folder,
        interrupted=not book.complete(),
        split=split,
        whole_images=len(whole.train),
        answers=book.answers(result, split),
    )
    book.write_down(result)
    if page:
        # Whoever stopped a study waits for no clock.
        write_page(report_contents(store, plan, outcome, measure=not outcome.interrupted), outcome.page)
    return outcome
