"""Who is compared: words of the command line to stored runs, gathered by architecture and by how it was trained."""

import contextlib
import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from cnnlab.arch import zoo
from cnnlab.errors import NetworkError, UsageError, did_you_mean, explain
from cnnlab.lab.kept_diagnoses import is_of_a_diagnosis
from cnnlab.lab.tested_on import check_same_test
from cnnlab.records import RunSummary, StoredRun, StoredStudy
from cnnlab.report.words import listing, plural
from cnnlab.store import RunFilter, Store


@dataclass(frozen=True)
class Contestant:
    """An architecture as it was trained in one way.

    Attributes:
        name: In the comparison: the architecture's, with its study's where it was trained in several ways.
        architecture: Its own name.
        studies: That its runs are of; several where they trained it alike.
        runs: Finished ones, their seeds rising.
    """

    name: str
    architecture: str
    studies: tuple[StoredStudy, ...]
    runs: tuple[StoredRun, ...]


@dataclass(frozen=True)
class Choice:
    """Who is compared.

    Attributes:
        contestants: In the order in which they were named.
        notes: What a reader should know of the choice, a sentence each.
    """

    contestants: tuple[Contestant, ...]
    notes: tuple[str, ...]

    @property
    def runs(self) -> tuple[StoredRun, ...]:
        """List all runs."""
        return tuple(run for one in self.contestants for run in one.runs)


_Member = tuple[StoredStudy, StoredRun]


@dataclass(frozen=True)
class _Words:
    """What the words mean."""

    studies: tuple[StoredStudy, ...]
    architectures: tuple[str, ...]
    ids: tuple[str, ...]
    notes: tuple[str, ...]


def choose(store: Store, words: Sequence[str], where: str = "compare") -> Choice:
    """Find the runs that some words mean.

    A word is a study's folder, a study's name (the newest of that name), the name of an architecture that has runs,
    or the id of a run or its beginning; the first of these that fits. Studies and architectures narrow each other; an
    architecture without a study is taken from the newest study that has finished it. No word means the newest study.
    Studies that a diagnosis made come last: their runs never looked at the test images.

    Only finished runs count: the others are told of in a note.

    Args:
        store: That has them.
        words: As typed.
        where: Whose messages they are.

    Raises:
        UsageError: If a word means nothing, if nothing is finished, or if a run that is named by its id is not.
        DataError: If the runs were not all tested on the same images.
    """
    meant = _meanings(store, words, where)
    gathered, asked = _gathered(store, meant), set(meant.ids)
    unfinished = [run for _, run in gathered if run.status != "finished"]
    for run in unfinished:
        if run.id in asked:
            fix = f"cnnlab runs show {run.id} says more."
            raise UsageError(explain(expected="a finished run", got=run.status, where=f"run {run.id}", fix=fix))
    whole = [(study, store.run(run.id)) for study, run in gathered if run.status == "finished"]
    if not whole:
        where = listing([study.folder for study in dict.fromkeys(study for study, _ in gathered)]) or str(store.parent)
        fix = "cnnlab runs list shows how they stand; cnnlab runs resume goes on with them."
        raise UsageError(explain(expected="at least one finished run", got="none", where=where, fix=fix))
    check_same_test(whole)
    notes = [*meant.notes, *_left_out(unfinished)]
    contestants = tuple(_contestants(whole, notes))
    return Choice(contestants, tuple(notes))


# Words.


def _meanings(store: Store, words: Sequence[str], where: str) -> _Words:
    known = store.studies()
    if not known:
        fix = "Train something first: cnnlab run."
        raise UsageError(explain(expected="a study", got="none", where=str(store.parent), fix=fix))
    if not words:
        return _Words((min(known, key=is_of_a_diagnosis),), (), (), ())
    studies: dict[StoredStudy, None] = {}
    architectures: dict[str, None] = {}
    ids: dict[str, None] = {}
    notes = []
    for word in words:
        # a folder as the shell completes it
        last = word.rstrip("/").rpartition("/")[2]
        found = [one for one in known if one.folder == last] or [one for one in known if one.name == word]
        if found:
            studies[found[0]] = None
            if len(found) > 1:
                notes.append(f"{len(found)} studies are called {word}; the newest is compared, {found[0].folder}.")
        elif (name := _architecture(store, word)) is not None:
            architectures[name] = None
        else:
            ids[_run(store, word, known, where)] = None
    return _Words(tuple(studies), tuple(architectures), tuple(ids), tuple(notes))


def _architecture(store: Store, word: str) -> str | None:
    """Read a word as an architecture that has runs, also by another spelling that the zoo knows."""
    spellings = [word]
    with contextlib.suppress(NetworkError):
        spellings.append(zoo.entry(word).name)
    found = next((name for name in spellings if store.count(RunFilter(architecture=name))), None)
    if found is None and len(spellings) > 1:
        fix = f"Train it: cnnlab run --architectures {spellings[1]} --out {store.parent}"
        raise UsageError(explain(expected=f"a stored run of {spellings[1]}", got="none", fix=fix))
    return found


def _run(store: Store, word: str, studies: Sequence[StoredStudy], where: str) -> str:
    try:
        return store.find(word)
    except UsageError:
        if word and any(run.id.startswith(word) for run in store.runs()):
            raise  # several share it
        names = {one.name for one in studies} | {one.folder for one in studies}
        names |= {name for study in studies for name in _order(study)}
        wanted = "a study, an architecture that has runs, or the id of a run"
        near = did_you_mean(word, sorted(names))
        fix = near if near.startswith("Did") else "cnnlab runs list shows what there is."
        raise UsageError(explain(expected=wanted, got=repr(word), where=where, fix=fix)) from None


# Runs.


def _gathered(store: Store, meant: _Words) -> list[tuple[StoredStudy, RunSummary]]:
    """List the runs that are meant, study by study, architectures in the order of the words or of the study."""
    found: dict[str, tuple[StoredStudy, RunSummary]] = {}
    by_id = {one.id: one for one in store.studies()}

    def add(study: StoredStudy, architecture: str | None) -> int:
        runs = list(store.runs(RunFilter(study_id=study.id, architecture=architecture)))
        order = _order(study)
        places = {name: place for place, name in enumerate(order)}
        runs.sort(key=lambda run: (places.get(run.architecture, len(places)), run.architecture, run.seed))
        found.update({run.id: (study, run) for run in runs})
        return len(runs)

    for name in meant.architectures or ((None,) if meant.studies else ()):
        here = meant.studies or (_newest(store, by_id, str(name)),)
        if not sum(add(study, name) for study in here):
            where = listing([study.folder for study in here])
            raise UsageError(explain(expected=f"runs of {name}", got="none", where=where))
    for identifier in meant.ids:
        run = store.run(identifier)
        found.setdefault(identifier, (by_id[run.study_id], run.summary))
    return list(found.values())


def _newest(store: Store, studies: dict[int, StoredStudy], architecture: str) -> StoredStudy:
    """Find the study of the newest run of an architecture, a finished one if there is any, those of diagnoses last."""
    for chosen in (RunFilter(architecture=architecture, status="finished"), RunFilter(architecture=architecture)):
        found = (studies[store.run(run.id).study_id] for run in store.runs(chosen))
        first = next(found, None)
        if first is not None:
            return next((study for study in chain((first,), found) if not is_of_a_diagnosis(study)), first)
    raise UsageError(explain(expected=f"a run of {architecture}", got="none"))


def _order(study: StoredStudy) -> list[str]:
    """List a study's architectures as it names them."""
    return [str(one.get("name")) for one in tomllib.loads(study.definition).get("architecture", [])]


def _left_out(runs: Sequence[RunSummary]) -> list[str]:
    """Say which runs do not count, and why."""
    failed = [run for run in runs if run.status == "failed"]
    others = [run for run in runs if run.status != "failed"]
    return [
        *_those(failed, "loss was not finite, which is a result of its own and counts in no mean"),
        *_those(others, "training is not finished"),
    ]


def _those(runs: Sequence[RunSummary], why: str) -> list[str]:
    counts = Counter(run.architecture for run in runs)
    told = listing([f"{name} ({plural(count, 'run')})" for name, count in counts.items()])
    return [f"Left out, since their {why}: {told}."] if runs else []


# Contestants.


def _contestants(runs: Sequence[_Member], notes: list[str]) -> Iterable[Contestant]:
    """Gather runs by architecture and by all that decides what comes out but the seed."""
    groups: dict[tuple[str, str], list[_Member]] = {}
    prints: dict[tuple[int, str], str] = {}
    for study, run in runs:
        architecture = run.summary.architecture
        # one study trains an architecture in one way, its key says so: what one run says holds for all seeds
        way = prints.setdefault((study.id, architecture), _fingerprint(run))
        groups.setdefault((architecture, way), []).append((study, run))
    names = _names(groups, notes)
    for (architecture, fingerprint), members in groups.items():
        name = names[architecture, fingerprint]
        by_seed: dict[int, StoredRun] = {}
        # studies rise in number: of two runs with one seed the newer stays
        for _, run in sorted(members, key=lambda member: member[0].id):
            by_seed[run.summary.seed] = run
        if len(by_seed) < len(members):
            twice = plural(len(members) - len(by_seed), "run")
            notes.append(f"{name}: {twice} with a seed that another study has as well; the newer one counts.")
        studies = tuple(dict.fromkeys(study for study, _ in members))
        yield Contestant(name, architecture, studies, tuple(by_seed[seed] for seed in sorted(by_seed)))


def _facts(run: StoredRun) -> dict[str, Any]:
    """Name all that decides what comes out of a run but its seed."""
    return {
        **run.recipe,
        "network": run.network,
        "data": run.data_sums,
        "training images": run.train_images,
        "held-out images": run.validation_images,
        "backend": run.provenance.get("backend"),
    }


def _fingerprint(run: StoredRun) -> str:
    return json.dumps(_facts(run), sort_keys=True)


def _names(groups: Mapping[tuple[str, str], Sequence[_Member]], notes: list[str]) -> dict[tuple[str, str], str]:
    """Name each architecture, with its study where it was trained in several ways; then say in what they differ."""
    ways: dict[str, list[tuple[str, str]]] = {}
    for key in groups:
        ways.setdefault(key[0], []).append(key)
    several = [keys for keys in ways.values() if len(keys) > 1]
    titles = _titles([groups[key][0][0] for keys in several for key in keys], notes)
    names = {key: key[0] for key in groups}
    differences: dict[tuple[int, str], list[str]] = {}
    for keys in several:
        names |= {key: f"{key[0]} ({titles[groups[key][0][0]]})" for key in keys}
        facts = [_facts(groups[key][0][1]) for key in keys]
        known = dict.fromkeys(name for one in facts for name in one)  # class weights stand only where there are some
        unlike = [name for name in known if any(one.get(name) != facts[0].get(name) for one in facts)]
        differences.setdefault((len(keys), listing(unlike)), []).append(keys[0][0])
    for (count, unlike_in), trained in differences.items():
        were = "were each" if len(trained) > 1 else "was"
        notes.append(f"{listing(trained)} {were} trained in {count} ways, which differ in {unlike_in}.")
    return names


def _titles(studies: Iterable[StoredStudy], notes: list[str]) -> dict[StoredStudy, str]:
    """Call studies by their names; those that share one are numbered, and a note says which is which."""
    found: dict[StoredStudy, str] = {}
    by_name: dict[str, list[StoredStudy]] = {}
    for study in sorted(dict.fromkeys(studies), key=lambda study: study.id):
        by_name.setdefault(study.name, []).append(study)
    for name, alike in by_name.items():
        if len(alike) == 1:
            found[alike[0]] = name
            continue
        found |= {study: f"{name} {number}" for number, study in enumerate(alike, start=1)}
        notes.append(f"{listing([f'{found[study]} is {study.folder}' for study in alike])}.")
    return found
