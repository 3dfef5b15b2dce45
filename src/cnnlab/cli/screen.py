"""What `cnnlab run` shows: results on stdout, progress on stderr."""

import json
import sys
from pathlib import Path
from textwrap import fill
from types import TracebackType
from typing import Any, Self, TextIO

from cnnlab.arch.summary import summarize
from cnnlab.cli.bars import FetchBar
from cnnlab.cli.curves import Curves, write_curves
from cnnlab.cli.region import Region
from cnnlab.lab.conduct import Opening
from cnnlab.lab.course import Course
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.report_contents import SAMPLE
from cnnlab.records import EpochDone, Event, Notice, RunFinished, RunKey, RunResult, RunStarted
from cnnlab.report.summary import summary_text
from cnnlab.report.terminal import data_line, epoch_line, observation_table, observations_text, sample_image
from cnnlab.report.words import format_seconds, metric, plural, recipe_text, threads_text, validation_line
from cnnlab.store import result_as_dict

_WIDTH = 80


class Screen:
    """Shows a study while it runs; a context manager, so that no half-drawn region is left behind.

    On a terminal a region at the bottom shows what is known and how long it will take, and what has come to its end
    scrolls above it. Elsewhere there are plain lines, and the table after each round of seeds.
    """

    def __init__(
        self,
        plan: StudyPlan,
        *,
        json: bool,
        quiet: bool = False,
        again: str = "cnnlab run",
        curves: Curves | None = None,
    ) -> None:
        """Prepare to show a plan.

        Args:
            plan: What will run.
            json: Whether stdout is kept for the result as JSON.
            quiet: Whether not even JSON is printed.
            again: The command that goes on with the study after an interruption.
            curves: Which curves stand beneath the table; None for the loss at a terminal and none elsewhere.
        """
        self._plan = plan
        self._json = json
        self._quiet = quiet
        self._again = again
        self._curves = curves
        self._words: TextIO = sys.stderr if json else sys.stdout
        self._unicode = takes_unicode(self._words)
        self._architectures = {one.name: one for one in plan.architectures}
        self._shown: set[str] = set()
        self._folder: Path | None = None
        self._fetch_bar = FetchBar(sys.stderr)
        self._region = Region(sys.stderr)
        self._course: Course | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take everything off the screen that does not stay."""
        self._fetch_bar.close()
        self._region.close()

    def notice(self, text: str) -> None:
        """Say something that is worth knowing, on stderr."""
        self._tell(fill(f"Note: {text}", _WIDTH, break_on_hyphens=False))

    def fetched(self, name: str, done: int, total: int | None) -> None:
        """Show how far a download is."""
        self._fetch_bar.show(name, done, total)

    def stopping(self) -> bool:
        """Answer the first Ctrl-C, once, and agree to it."""
        if self._course is not None and not self._course.stopping:
            self._course.stopping = True
            self.notice("stopping after this step and keeping what is there; Ctrl-C again stops at once.")
        return True

    def cut_off(self) -> None:
        """Answer a second Ctrl-C: what the folder holds by now is all there is."""
        self._region.close()
        where = f"; kept in {self._folder}" if self._folder is not None else ""
        write_line(f"cnnlab: stopped at once{where}", sys.stderr)
        if self._folder is not None:
            write_line(f"This goes on where it stopped: {self._again}", sys.stderr)

    def opened(self, opening: Opening) -> None:
        """Show the data set and a sample of it, and what is there from before."""
        self._fetch_bar.close()
        self._architectures = {one.name: one for one in opening.plan.architectures}
        self._folder = opening.folder
        self._course = Course(opening)
        runs = plural(opening.planned, "run")
        if not opening.missing:
            which = "The only run" if opening.planned == 1 else f"All {runs}"
            verb = "is" if opening.planned == 1 else "are"
            self._say(f"{which} of this study {verb} there; --fresh trains {'it' if verb == 'is' else 'them'} again.")
            return
        self._data(opening)
        if opening.found:
            self._say(f"\n{opening.found} of {runs} {'is' if opening.found == 1 else 'are'} there from before.")
        self._region.draw(self._course, now=True)

    def _data(self, opening: Opening) -> None:
        whole, used, origin = opening.whole, opening.split, opening.origin
        self._say(fill(data_line(whole, len(used.train), len(used.test)), _WIDTH))
        if used.validation is not None:
            self._say(fill(f"{validation_line(len(used.validation))}; the test comes last, once", _WIDTH))
        self._say(f"Prepared: {'; or '.join(opening.prepared)}")
        each = " each" if opening.workers > 1 else ""
        by = f"by the {origin.backend_name} backend"
        threads = threads_text(origin.threads, origin.backend)
        self._say(fill(f"Trained {opening.about}, {threads}{each}, {by}", _WIDTH))
        index = min(SAMPLE, len(whole.train) - 1)
        label = whole.class_names[int(whole.train.labels[index])]
        self._say(f"\nTraining image {index}, labelled {label!r}:\n")
        self._say(sample_image(whole.train.images[index], unicode=self._unicode))

    def event(self, event: Event) -> None:
        """Show one event of the training."""
        course = self._course
        if course is None:
            return
        course.follow(event)
        match event:
            case RunStarted():
                self._started(course, event)
            case EpochDone(key, row, _):
                start = course.training[key].start
                run = _name(key) if course.workers > 1 else ""
                # The blank line is the epochs' own: where they go elsewhere, it is not left behind.
                blank = "\n" if course.workers == 1 and row.epoch == start.done + 1 else ""
                self._tell(blank + epoch_line(row, start.epochs, start.steps, run))
            case RunFinished(result):
                self._finished(course, result)
            case Notice(text):
                self.notice(text)
            case _:
                self._region.draw(course)

    def closed(self, outcome: StudyOutcome) -> None:
        """Show the table, the curves, the observations and where everything is kept."""
        if self._json and not self._quiet:
            print(json.dumps(document(outcome), indent=2))
        elif outcome.runs and not self._json:
            table = observation_table(outcome.result, comparison=outcome.comparison, unicode=self._unicode)
            self._say(f"\n{table}")
            write_curves(outcome.result, self._curves, self._words)
            self._say(f"\nObservations\n\n{observations_text(outcome.observations, unicode=self._unicode)}")
        self._say(f"\n{'Stopped; kept' if outcome.interrupted else 'Kept'} in {outcome.folder}")
        self._say(f"The page: {outcome.page}")
        if outcome.interrupted:
            self._say(f"This goes on where it stopped: {self._again}")

    def _started(self, course: Course, event: RunStarted) -> None:
        """Announce a run; its network and recipe are shown the first time."""
        one = self._architectures[event.key.architecture]
        several = course.planned > len(self._architectures)
        name = _name(event.key) if several else one.name
        first = one.name not in self._shown
        if first or course.workers == 1:
            self._say(f"\n{name} ({course.number(event.key)} of {course.planned})")
        if first:
            self._shown.add(one.name)
            self._say(f"\n{summary_text(summarize(one.network), unicode=self._unicode)}")
            after = "\n" if course.workers > 1 else ""
            self._say(f"\n{fill(recipe_text(one.recipe, event.images), _WIDTH)}{after}")

    def _finished(self, course: Course, result: RunResult) -> None:
        """Say what came out of a run, in the notebook's words; then the table, where a round of seeds is at its end."""
        name = f"{_name(result.key)}: " if course.workers > 1 else ""
        first, *more = _outcome(result)
        first = f"{name}{first}" if name else f"\n{first[:1].upper()}{first[1:]}"
        self._say(
            "\n".join(fill(line, _WIDTH, break_on_hyphens=False, replace_whitespace=False) for line in (first, *more))
        )
        if not self._region.there and course.round_ended(result.key.seed):
            table = course.table(_WIDTH, unicode=takes_unicode(sys.stderr))
            after = "\n" if course.workers > 1 else ""
            self._tell(f"\nAfter {course.done} of {plural(course.planned, 'run')}:\n\n{table}{after}")

    def _say(self, text: str) -> None:
        with self._region.aside(self._course):
            write_line(text, self._words)

    def _tell(self, text: str) -> None:
        with self._region.aside(self._course):
            write_line(text, sys.stderr)


def document(outcome: StudyOutcome) -> dict[str, Any]:
    """Put an outcome into JSON's types."""
    found = {**result_as_dict(outcome.result), "folder": str(outcome.folder)}
    if outcome.split is not None:
        found["class_names"] = list(outcome.split.class_names)
    return {**found, "observations": [observation.text for observation in outcome.observations]}


def _name(key: RunKey) -> str:
    return f"{key.architecture}, seed {key.seed}"


def _outcome(result: RunResult) -> tuple[str, ...]:
    """Say in a line or two what came out of a run."""
    if result.status == "failed":
        return (f"failed: {result.ended or 'the loss is not finite.'}",)
    done = len(result.history)
    if result.test_loss is None or result.test_accuracy is None:
        return (f"stopped after epoch {done}; the test comes at the end." if done else "no epoch was finished.",)
    stopped = f" after epoch {done}" if result.status == "interrupted" or result.ended else ""
    numbers = f"test loss{stopped}: {metric(result.test_loss)}   test accuracy: {metric(result.test_accuracy)}"
    ended = (f"Ended early: {result.ended}",) if result.ended else ()
    return (f"{numbers}   ({format_seconds(result.seconds)})", *ended)


def write_line(text: str, stream: TextIO) -> None:
    """Print text at once; what a stream's encoding lacks is shown by its number rather than ending the study."""
    encoding = stream.encoding or "ascii"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)


def takes_unicode(stream: TextIO) -> bool:
    """Tell whether a stream can show block characters."""
    try:
        "▀░".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
