"""What `cnnlab diagnose` shows while it trains: on stderr, what is known so far and how long it will take."""

import sys
from pathlib import Path
from textwrap import fill
from typing import Final

import typer

from cnnlab.analysis.diagnosis import DiagnosisFinding
from cnnlab.cli.bars import FetchBar
from cnnlab.cli.region import Region
from cnnlab.cli.shown import same_command
from cnnlab.errors import InterruptedRunError
from cnnlab.lab.conduct import Means, Opening
from cnnlab.lab.counterfactuals import Laboratory, Listening
from cnnlab.lab.course import Course
from cnnlab.lab.diagnosing import Effort, Progress, diagnose, judges
from cnnlab.lab.interrupt import stop_on_interrupt
from cnnlab.lab.own_data import load_data
from cnnlab.lab.plan import StudyPlan
from cnnlab.records import Event, Notice
from cnnlab.report.words import plural

_WIDTH: Final = 80
_STAGES: Final = {
    "looking": "1/3 Looking at the network and at its runs",
    "ranking": "2/3 Ranking",
    "measuring": "3/3 Measuring anew, with other seeds and all images:",
}
_BEST: Final = 3


class DiagnosisScreen:
    """Shows a diagnosis while it runs."""

    def __init__(self) -> None:
        """Prepare to show on stderr."""
        self._region = Region(sys.stderr)
        self._course: Course | None = None
        self._stopping = False

    def diagnose(
        self, plan: StudyPlan, means: Means, effort: Effort, *, hold_out: int | None, out: Path, offline: bool
    ) -> DiagnosisFinding:
        """Load the data, diagnose the plan's only architecture, and show how it goes.

        Raises:
            InterruptedRunError: If the user stopped it; the message says how to go on.
            Exit: With 130, at a second Ctrl-C.
        """
        bar = FetchBar(sys.stderr)
        try:
            plan, whole = load_data(plan, offline=offline, notify=self._notice, progress=bar.show)
        finally:
            bar.close()
        try:
            with stop_on_interrupt() as wanted:
                heard = Listening(self._opened, self._event, lambda: wanted() and self._stop())
                held = judges(whole) if hold_out is None else hold_out
                laboratory = Laboratory(whole, plan, held, means, out, heard)
                return diagnose(plan.architectures[0], laboratory, effort, self._told)
        except InterruptedRunError:
            self._region.close()
            raise InterruptedRunError(f"stopped; the runs so far are kept. This goes on: {same_command()}") from None
        except KeyboardInterrupt:
            self._region.close()
            self._tell(f"cnnlab: stopped at once. This goes on: {same_command()}")
            raise typer.Exit(130) from None
        finally:
            self._region.close()

    def _told(self, progress: Progress) -> None:
        """Say which step begins, and what the one before has given."""
        self._region.close()
        self._course = None
        if progress.stage == "ranking":
            seen = plural(len(progress.suspects), "suspect")
            self._tell(f"    {seen}, {plural(progress.changes, 'change')} to try")
        for one in progress.order[:_BEST]:
            self._tell(f"    {one.gain.points:+5.1f} points  {one.candidate.change.text}")
        changes = f" {plural(progress.changes, 'change')}" if progress.changes else ""
        if progress.changes or progress.stage == "looking":
            self._tell(f"{_STAGES[progress.stage]}{changes}")

    def _opened(self, opening: Opening) -> None:
        self._course = Course(opening)
        self._region.draw(self._course, now=True)

    def _event(self, event: Event) -> None:
        if self._course is None:
            return
        self._course.follow(event)
        if isinstance(event, Notice):
            self._notice(event.text)
        self._region.draw(self._course)

    def _stop(self) -> bool:
        """Answer the first Ctrl-C, once, and agree to it."""
        if not self._stopping:
            self._stopping = True
            if self._course is not None:
                self._course.stopping = True
            self._notice("stopping after this step and keeping what is there; Ctrl-C again stops at once.")
        return True

    def _notice(self, text: str) -> None:
        self._tell(fill(f"Note: {text}", _WIDTH, break_on_hyphens=False))

    def _tell(self, text: str) -> None:
        with self._region.aside(self._course):
            print(text, file=sys.stderr, flush=True)
