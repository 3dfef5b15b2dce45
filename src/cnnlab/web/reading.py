"""What is there: runs, studies, comparisons."""

import tomllib
from collections import Counter
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.lab.answers import Epoch
from cnnlab.lab.comparing import Question, compare_stored
from cnnlab.report.comparison_data import comparison_as_dict
from cnnlab.report.comparison_text import comparison_text
from cnnlab.store import RunFilter
from cnnlab.store.export import summary_as_dict
from cnnlab.store.values import ID_LENGTH
from cnnlab.web.answers import answer
from cnnlab.web.desk import Desk
from cnnlab.web.problems import MISSING, UNUSABLE, Problem
from cnnlab.web.study import has_report, study_document
from cnnlab.web.words import number, query_number, study_number

_STATUS: Final = ("planned", "running", "interrupted", "failed", "finished")
_SHOWN: Final = 200
_MOST: Final = 100_000
_COLUMNS: Final = 80
_COMPARED: Final = 1000


class Reading:
    """Answers to what only reads."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def runs(self, request: Request) -> Response:
        """Answer ``GET /api/runs``."""
        asked = request.query_params
        status = asked.get("status") or None
        if status is not None and status not in _STATUS:
            raise Problem(UNUSABLE, expected=f"one of {', '.join(_STATUS)}", got=repr(status[:50]), where="status")
        chosen = RunFilter(
            architecture=asked.get("architecture") or None,
            study=asked.get("study") or None,
            status=status,  # type: ignore[arg-type]  # looked at above
            seed=query_number(request, "seed", None, most=2**32 - 1),
        )
        limit = query_number(request, "limit", _SHOWN, least=1, most=_MOST)
        return answer(await self._desk.read(lambda: self._runs(chosen, limit)))

    def _runs(self, chosen: RunFilter, limit: int) -> dict[str, Any]:
        store = self._desk.store
        return {
            "runs": [summary_as_dict(run) for run in store.runs(chosen, limit)],
            "total": store.count(chosen),
            "architectures": list(store.architectures()),
            "studies": list(dict.fromkeys(study.name for study in store.studies())),
        }

    async def studies(self, request: Request) -> Response:
        """Answer ``GET /api/studies``."""
        del request
        return answer(await self._desk.read(self._studies))

    def _studies(self) -> dict[str, Any]:
        store = self._desk.store
        return {
            "studies": [
                {
                    "id": study.id,
                    "name": study.name,
                    "folder": study.folder,
                    "began": study.created,
                    "runs": store.count(RunFilter(study_id=study.id)),
                    "finished": store.count(RunFilter(study_id=study.id, status="finished")),
                    "running": store.count(RunFilter(study_id=study.id, status="running")),
                    "report": has_report(self._desk, study),
                }
                for study in store.studies()
            ]
        }

    async def study(self, request: Request) -> Response:
        """Answer ``GET /api/studies/ID``."""
        asked = study_number(request)
        try:
            return answer(await self._desk.work(lambda: study_document(self._desk, asked)))
        except LookupError:
            raise Problem(MISSING, expected="the number of a study", got=str(asked)) from None

    async def compare(self, request: Request) -> Response:
        """Answer ``GET /api/compare``."""
        ids = _ids(request.query_params.get("runs", ""))
        epoch = _epoch(request.query_params.get("epoch") or "last")
        return answer(await self._desk.work(lambda: self._compared(ids, epoch)))

    def _compared(self, ids: tuple[str, ...], epoch: Epoch) -> dict[str, Any]:
        store = self._desk.store
        there = {run.id for run in store.runs(RunFilter(ids=ids))}
        for one in ids:
            if one not in there:
                raise Problem(MISSING, expected="the id of a run", got=repr(one), where="runs")
        # No latency: a time that is taken while others train says nothing.
        question = Question(ids, epoch, latency=False)
        sheet = compare_stored(store.parent, question, offline=self._desk.offline)
        return {"text": comparison_text(sheet, _COLUMNS), "document": comparison_as_dict(sheet)}


def definition_tables(definition: str) -> dict[str, dict[str, Any]]:
    """Return what a study's definition says of its architectures, by their names."""
    return {str(one.get("name")): one for one in tomllib.loads(definition).get("architecture", [])}


def run_id(word: object, where: str) -> str:
    """Check that a word may be a run's id.

    Raises:
        Problem: If it cannot.
    """
    if not isinstance(word, str) or len(word) != ID_LENGTH or not word.isascii() or not word.isalnum():
        raise Problem(UNUSABLE, expected="the id of a run", got=repr(word)[:50], where=where)
    return word


def _ids(listed: str) -> tuple[str, ...]:
    words = [word for word in listed[: _COMPARED * (ID_LENGTH + 1)].split(",") if word]
    if not words:
        raise Problem(UNUSABLE, expected="ids of runs with commas between", got="none", where="runs")
    twice = [word for word, count in Counter(words).items() if count > 1]
    if twice:
        raise Problem(UNUSABLE, expected="each run once", got=repr(twice[0][:50]), where="runs")
    return tuple(run_id(word, "runs") for word in words)


def _epoch(word: str) -> Epoch:
    if word == "last":
        return "last"
    return "best" if word == "best" else number(word, "epoch", least=1)
