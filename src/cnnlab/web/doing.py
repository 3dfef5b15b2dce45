"""What changes something: studies begun, stopped, gone on with."""

from collections.abc import Mapping
from typing import Any, Final

import tomli_w
from starlette.requests import Request
from starlette.responses import Response

from cnnlab.arch import zoo
from cnnlab.errors import did_you_mean
from cnnlab.lab import background
from cnnlab.lab.callback_monitors import watching_what_is_there
from cnnlab.lab.callback_paths import kept_inside
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.study_file import plan_from_text
from cnnlab.records import StoredStudy
from cnnlab.store import Store
from cnnlab.web.answers import answer
from cnnlab.web.desk import Desk
from cnnlab.web.problems import MISSING, UNUSABLE, Problem
from cnnlab.web.reading import definition_tables
from cnnlab.web.words import body, study_number

_KEYS: Final = (
    "architectures",
    "seeds",
    "epochs",
    "batch_size",
    "optimizer",
    "learning_rate",
    "limit",
    "name",
)
_COUNTS: Final = ("seeds", "epochs", "batch_size", "limit")
_MOST: Final = 1_000_000
_MOST_NETWORKS: Final = 50
_LONGEST_NAME: Final = 100
_FILE: Final = "the study"


class Doing:
    """Answers to what changes something."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def begin(self, request: Request) -> Response:
        """Answer ``POST /api/studies``."""
        asked = await body(request, _KEYS)
        return answer({"id": await self._desk.work(lambda: self._begin(asked))}, 201)

    def _begin(self, asked: Mapping[str, Any]) -> int:
        store, offline = self._desk.store, self._desk.offline
        plan = plan_of(store, asked)
        with self._desk.beginning:
            begun = background.begin(store, plan, offline=offline)
            background.start(store, begun, offline=offline)
        return begun.study

    async def stop(self, request: Request) -> Response:
        """Answer ``POST /api/studies/ID/stop``."""
        return await self._told(request, background.stop)

    async def resume(self, request: Request) -> Response:
        """Answer ``POST /api/studies/ID/resume``."""

        def resume(store: Store, study: StoredStudy) -> None:
            with self._desk.beginning:
                background.resume(store, study, offline=self._desk.offline)

        return await self._told(request, resume)

    async def _told(self, request: Request, do: Any) -> Response:  # noqa: ANN401 - a function of store and study
        await body(request, ())
        asked, store = study_number(request), self._desk.store
        try:
            await self._desk.work(lambda: do(store, background.known(store, asked)))
        except LookupError:
            raise Problem(MISSING, expected="the number of a study", got=str(asked)) from None
        return answer({}, 202)


def plan_of(store: Store, asked: Mapping[str, Any]) -> StudyPlan:
    """Make a plan of what the page asks for, by way of a study file, so that both are checked alike.

    Args:
        store: May have architectures that the zoo has not.
        asked: The body of the request; a key that is null is one that is left out.

    Raises:
        Problem: If there is no architecture, or one that nobody knows.
        UsageError: If anything else of it cannot be.
    """
    given = {key: value for key, value in asked.items() if value is not None}
    _check_sizes(given)
    recipe: dict[str, Any] = {name: given[name] for name in ("epochs", "batch_size") if name in given}
    if "optimizer" in given or "learning_rate" in given:
        recipe["optimizer"] = _optimizer(given)
    limit = {"limit": given["limit"]} if "limit" in given else {}
    document = {
        "name": _name(given.get("name", "study")),
        "seeds": given.get("seeds", 3),
        "data": {"name": "mnist", **limit},
        "architecture": [{**table, **recipe} for table in _tables(store, given.get("architectures"))],
    }
    try:
        text = tomli_w.dumps(document)
    except (TypeError, ValueError, RecursionError) as error:
        raise Problem(UNUSABLE, expected="plain values", got=str(error)[:200], where=_FILE) from None
    return watching_what_is_there(kept_inside(plan_from_text(text, _FILE), _FILE), _FILE)


def _check_sizes(given: Mapping[str, Any]) -> None:
    """Refuse numbers that no column holds; whether they are numbers at all the study file says."""
    for key in _COUNTS:
        if isinstance(given.get(key), int) and given[key] > _MOST:
            raise Problem(UNUSABLE, expected=f"at most {_MOST:,}", got=str(given[key])[:30], where=key)


def _name(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_NAME or not value.isprintable():
        expected = f"a name of at most {_LONGEST_NAME} visible characters"
        raise Problem(UNUSABLE, expected=expected, got=repr(value)[:120], where="name")
    return value.strip() or "study"


def _optimizer(given: Mapping[str, Any]) -> dict[str, Any]:
    name, rate = given.get("optimizer", "adam"), given.get("learning_rate")
    if not isinstance(name, str):
        raise Problem(UNUSABLE, expected="the name of an optimizer", got=repr(name)[:50], where="optimizer")
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, int | float)):
        raise Problem(UNUSABLE, expected="a number", got=repr(rate)[:50], where="learning_rate")
    return {"name": name} if rate is None else {"name": name, "learning_rate": rate}


def _tables(store: Store, names: object) -> list[dict[str, Any]]:
    """Return what a study file says of some architectures: of the zoo by their name, of the store layer by layer."""
    expected = f"names of 1 to {_MOST_NETWORKS} architectures"
    if not isinstance(names, list) or not 1 <= len(names) <= _MOST_NETWORKS:
        got = f"{len(names)} of them" if isinstance(names, list) else repr(names)[:50]
        raise Problem(UNUSABLE, expected=expected, got=got, where="architectures")
    stored: dict[str, dict[str, Any]] = {}
    if any(name not in zoo.names() for name in names):
        for study in reversed(store.studies()):
            stored |= definition_tables(study.definition)
    tables = []
    for name in names:
        if not isinstance(name, str) or (name not in zoo.names() and name not in stored):
            fix = did_you_mean(str(name)[:100], [*zoo.names(), *stored])
            raise Problem(
                UNUSABLE, expected="the name of an architecture", got=repr(name)[:100], where="architectures", fix=fix
            )
        tables.append({"zoo": name} if name in zoo.names() else stored[name])
    return tables
