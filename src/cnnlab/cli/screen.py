"""What `cnnlab run` shows: results on stdout, progress on stderr."""

import json
import sys
from pathlib import Path
from textwrap import fill
from types import TracebackType
from typing import Self, TextIO

from cnnlab.arch.summary import summarize
from cnnlab.cli.bars import EpochBar, FetchBar
from cnnlab.lab.conduct import Opening
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.pages import SAMPLE
from cnnlab.lab.plan import StudyPlan
from cnnlab.records import BatchDone, EpochDone, Event, Notice, RunFinished, RunResult, RunStarted
from cnnlab.report.summary import summary_text
from cnnlab.report.terminal import data_line, epoch_line, observation_table, observations_text, sample_image
from cnnlab.report.words import plural, recipe_text
from cnnlab.store import result_as_dict

_WIDTH = 80


class Screen:
    """Shows a study while it runs; a context manager, so that no half-drawn bar is left behind."""

    def __init__(self, plan: StudyPlan, *, json: bool) -> None:
        """Prepare to show a plan.

        Args:
            plan: What will run.
            json: Whether stdout is kept for the result as JSON.
        """
        self._plan = plan
        self._json = json
        self._words: TextIO = sys.stderr if json else sys.stdout
        self._unicode = _takes_unicode(self._words)
        self._architectures = {one.name: one for one in plan.architectures}
        self._runs = len(plan.architectures) * len(plan.seeds)
        self._begun = 0
        self._told_stopping = False
        self._folder: Path | None = None
        self._fetch_bar = FetchBar(sys.stderr)
        self._bar = EpochBar(sys.stderr)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bars off the screen."""
        self._fetch_bar.close()
        self._bar.close()

    def notice(self, text: str) -> None:
        """Say something that is worth knowing, on stderr."""
        self._bar.close()
        write_line(f"Note: {text}", sys.stderr)

    def fetched(self, name: str, done: int, total: int | None) -> None:
        """Show how far a download is."""
        self._fetch_bar.show(name, done, total)

    def stopping(self) -> bool:
        """Answer the first Ctrl-C, once, and agree to it."""
        if not self._told_stopping:
            self._told_stopping = True
            self.notice("stopping after this step and keeping what is there; Ctrl-C again stops at once.")
        return True

    def cut_off(self) -> None:
        """Answer a second Ctrl-C: what the folder holds by now is all there is."""
        self._bar.close()
        where = f"; kept in {self._folder}" if self._folder is not None else ""
        write_line(f"cnnlab: stopped at once{where}", sys.stderr)

    def opened(self, opening: Opening) -> None:
        """Show the data set and a sample of it."""
        self._fetch_bar.close()
        self._folder = opening.folder
        whole, used = opening.whole, opening.split
        self._say(fill(data_line(whole, len(used.train), len(used.test)), _WIDTH))
        self._say(f"Prepared: {'; or '.join(opening.prepared)}")
        origin = opening.origin
        self._say(f"Trained by the {origin.backend} backend on {plural(origin.threads, 'thread')}")
        index = min(SAMPLE, len(whole.train) - 1)
        label = whole.class_names[int(whole.train.labels[index])]
        self._say(f"\nTraining image {index}, labelled {label!r}:\n")
        self._say(sample_image(whole.train.images[index], unicode=self._unicode))

    def event(self, event: Event) -> None:
        """Show one event of the training."""
        match event:
            case RunStarted():
                self._started(event)
            case BatchDone():
                self._bar.show(event)
            case EpochDone(_, row, _):
                self._bar.close()
                write_line(epoch_line(row, self._epochs, self._steps), sys.stderr)
            case RunFinished(result):
                self._bar.close()
                self._finished(result)
            case Notice(text):
                self.notice(text)

    def closed(self, outcome: StudyOutcome) -> None:
        """Show the table, the observations and where everything is kept."""
        if self._json:
            document = {**result_as_dict(outcome.result), "folder": str(outcome.folder)}
            document["observations"] = [observation.text for observation in outcome.observations]
            print(json.dumps(document, indent=2))
        elif outcome.runs:
            self._say(f"\n{observation_table(outcome.result, unicode=self._unicode)}")
            self._say(f"\nObservations\n\n{observations_text(outcome.observations, unicode=self._unicode)}")
        self._say(f"\n{'Stopped; kept' if outcome.interrupted else 'Kept'} in {outcome.folder}")
        self._say(f"The page: {outcome.page}")

    def _started(self, event: RunStarted) -> None:
        """Announce a run; its network is shown the first time."""
        self._epochs, self._steps = event.epochs, event.steps
        self._bar.begin(event.epochs, event.steps)
        one = self._architectures[event.key.architecture]
        self._begun += 1
        seed = f", seed {event.key.seed}" if len(self._plan.seeds) > 1 else ""
        self._say(f"\n{one.name}{seed} ({self._begun} of {self._runs})\n")
        if event.key.seed == self._plan.seeds[0]:
            self._say(summary_text(summarize(one.network), unicode=self._unicode))
            self._say("")
        self._say(f"{fill(recipe_text(one.recipe, event.images), _WIDTH)}\n")

    def _finished(self, result: RunResult) -> None:
        """Say what came out of a run, in the notebook's words."""
        if result.test_loss is None or result.test_accuracy is None:
            self._say("\nNo epoch was finished.")
            return
        stopped = f" after epoch {len(result.history)}" if result.status == "interrupted" else ""
        self._say(f"\nTest loss{stopped}: {result.test_loss:.4f}   test accuracy: {result.test_accuracy:.4f}")

    def _say(self, text: str) -> None:
        write_line(text, self._words)


def write_line(text: str, stream: TextIO) -> None:
    """Print text at once; what a stream's encoding lacks is shown by its number rather than ending the study."""
    encoding = stream.encoding or "ascii"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)


def _takes_unicode(stream: TextIO) -> bool:
    """Tell whether a stream can show block characters."""
    try:
        "▀░".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
