import json
import signal
import sqlite3
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.initial import initial_weights
from cnnlab.arch.layers import Dense, Dropout, Flatten, Input
from cnnlab.backends import get_backend
from cnnlab.errors import DataError, NetworkError, UsageError
from cnnlab.experiments import Architecture
from cnnlab.experiments.prepare import prepared_for
from cnnlab.keras import Sequential, layers
from cnnlab.lab import Study, StudyPlan, load_plan, notebook_plan
from cnnlab.lab.conduct import conduct
from cnnlab.lab.interrupt import stop_on_interrupt
from cnnlab.lab.stored_studies import study_key
from cnnlab.lab.study_toml import plan_as_toml
from cnnlab.records import EpochDone, Event, Notice, Published, PublishedCurves, Recipe, RunKey, RunStarted
from cnnlab.store import open_store
from cnnlab.training import fit

NET = chain("net", [Input((12, 12, 1)), Flatten(), Dense(4, activation="softmax")])


def made_up(name: str = "two") -> Study:
    return Study(name, data_set="made-up")


def test_a_study_trains_descriptions_and_models_and_shows_itself(tmp_path: Path) -> None:
    model = Sequential(
        [layers.Input((12, 12, 1)), layers.Flatten(), layers.Dense(4, activation="softmax")], name="model"
    )
    study = (
        made_up().add(NET, epochs=2, optimizer="sgd").add(model, batch_size=16, loss="sparse_categorical_crossentropy")
    )
    outcome = study.run(seeds=[4, 5], out=tmp_path)
    assert [(run.key.architecture, run.key.seed) for run in outcome.runs] == [
        ("net", 4),
        ("model", 4),
        ("net", 5),
        ("model", 5),
    ]
    assert [len(run.history) for run in outcome.runs] == [2, 1, 2, 1]
    assert "net" in str(outcome)
    assert repr(outcome) == str(outcome)
    assert "95 % interval, n = 80" in outcome._repr_html_()
    assert f"<code>{outcome.page}</code>" in outcome._repr_html_()
    assert outcome.page.is_file()
    assert not outcome.interrupted
    assert load_plan(outcome.folder / "study.toml").seeds == (4, 5)


def test_the_same_study_twice_gives_the_same_numbers(tmp_path: Path) -> None:
    first, second = (made_up().add(NET, epochs=2).run(out=tmp_path / name) for name in ("one", "other"))
    assert [[row.loss for row in run.history] for run in first.runs] == [
        [row.loss for row in run.history] for run in second.runs
    ]
    for seed in (0, 1, 2):
        weights = zip(first.weights("net", seed), second.weights("net", seed), strict=True)
        assert all((a == b).all() for a, b in weights)
    assert len({run.weights_sha256 for run in first.runs}) == 3


def test_the_same_study_again_trains_only_what_it_lacks(tmp_path: Path) -> None:
    trained: list[tuple[str, int]] = []

    def note(event: Event) -> None:
        if isinstance(event, RunStarted):
            trained.append((event.key.architecture, event.key.seed))

    first = made_up().add(NET).run(seeds=1, out=tmp_path, sink=note)
    again = made_up().add(NET).run(seeds=1, out=tmp_path, sink=note)
    assert trained == [("net", 0)]
    assert again.folder == first.folder
    assert again.result.provenance == first.result.provenance
    more = made_up().add(NET).run(seeds=2, out=tmp_path, sink=note)
    assert trained == [("net", 0), ("net", 1)]
    assert [run.weights_sha256 for run in more.runs][:1] == [run.weights_sha256 for run in first.runs]
    other = made_up().add(NET, batch_size=33).run(seeds=1, out=tmp_path, sink=note)
    assert other.folder != first.folder
    fresh = made_up().add(NET).run(seeds=1, out=tmp_path, sink=note, fresh=True)
    assert fresh.folder not in {first.folder, other.folder}
    assert trained[2:] == [("net", 0), ("net", 0)]


def test_a_study_to_which_published_values_are_added_later_keeps_its_runs(tmp_path: Path) -> None:
    split = data.load("made-up")
    plan = StudyPlan("told", (Architecture("net", NET, Recipe()),), "made-up", seeds=(0,))
    told = replace(plan, architectures=(replace(plan.architectures[0], published=Published(0.5, 0.5)),))
    first = conduct(plan, split, out=tmp_path)
    again = conduct(told, split, out=tmp_path)
    assert again.folder == first.folder
    assert again.result.published == {"net": (0.5, 0.5)}


def test_a_study_of_an_older_version_in_whose_key_its_published_values_are_is_found(tmp_path: Path) -> None:
    split = data.load("made-up")
    told = Published(0.5, 0.75, decimals=4, curves=PublishedCurves(loss=(0.5,)))
    plan = StudyPlan("old", (Architecture("net", NET, Recipe(), told),), "made-up", seeds=(0,))
    first = conduct(plan, split, out=tmp_path)
    with open_store(tmp_path) as store:
        origin = first.result.provenance
        key = store.studies()[0].key
        assert key == study_key(plan, origin)
        # What version 0.1.0 wrote: only the two final values were in its plans, and they took part in the key.
        bare = replace(
            plan, architectures=(replace(plan.architectures[0], published=Published(0.5, 0.75)),), seeds=(0,)
        )
        facts = [plan_as_toml(bare), origin.data_sums, origin.train_images, origin.test_images, origin.backend]
        older = sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        assert older != key
    with sqlite3.connect(tmp_path / "cnnlab.sqlite") as database:
        database.execute("UPDATE study SET key = ?", (older,))
    database.close()
    assert conduct(plan, split, out=tmp_path).folder == first.folder


def test_only_some_runs_of_a_plan_may_be_made(tmp_path: Path) -> None:
    split = data.load("made-up")
    plan = StudyPlan(
        "some",
        (Architecture("a", NET.renamed("a"), Recipe()), Architecture("b", NET.renamed("b"), Recipe())),
        "made-up",
    )
    only = frozenset([RunKey("a", 0), RunKey("b", 0), RunKey("b", 2)])
    outcome = conduct(plan, split, out=tmp_path, only=only)
    assert {run.key for run in outcome.runs} == only
    assert not outcome.interrupted
    assert outcome.whole_images == len(split.train)
    with open_store(tmp_path) as store:
        assert {RunKey(run.architecture, run.seed) for run in store.runs()} == only


@pytest.mark.parametrize(
    ("study", "kind", "message"),
    [
        (lambda out: made_up().run(out=out), UsageError, r"expected at least one architecture, got none"),
        (lambda out: made_up().add(NET).add(NET).run(out=out), UsageError, r"a name of its own.*got 'net' twice"),
        (lambda out: made_up().add("lenet6").run(out=out), NetworkError, r"'lenet-5'"),
        (lambda out: made_up().add(NET).run(out=out, limit=999), DataError, r"limit from 1 to 320 images, got 999"),
        (lambda out: made_up().add(NET).run(out=out, limit=-5), DataError, r"limit from 1 to 320 images, got -5"),
        (
            lambda out: made_up().add(NET, epochs=0).run(out=out),
            UsageError,
            r"epochs: expected a whole number of at least",
        ),
        (lambda out: made_up().add(NET).run(1.5, out=out), UsageError, r"expected a number of seeds or a list of them"),
        (lambda out: made_up().add(5).run(out=out), UsageError, r"Study\.add: expected a name of the zoo.*got 5"),
        (lambda out: made_up().add(NET).run(out=out, seeds=[]), UsageError, r"at least one seed, got none"),
        (lambda out: made_up().add("lenet-5").run(out=out), DataError, r"images of shape \(n, 28, 28, 1\) for lenet-5"),
        (lambda out: Study(data_set="mnit").add(NET).run(out=out), UsageError, r"'mnit'. Did you mean 'mnist'"),
    ],
)
def test_a_study_that_cannot_be_is_refused_and_writes_nothing(tmp_path: Path, study, kind, message) -> None:  # noqa: ANN001
    with pytest.raises(kind, match=message):
        study(tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_failure_midway_keeps_what_has_been_trained(tmp_path: Path) -> None:
    def fail_in_the_second_run(event: Event) -> None:
        if isinstance(event, RunStarted) and event.key.seed == 1:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        made_up().add(NET).run(seeds=2, out=tmp_path, sink=fail_in_the_second_run)
    (folder,) = tmp_path.glob("two-*")
    kept = json.loads((folder / "results.json").read_text())["runs"]
    assert [(run["seed"], run["status"], run["epochs"]) for run in kept] == [(0, "finished", 1), (1, "interrupted", 0)]
    assert (folder / "report.html").is_file()


def test_every_epoch_is_on_the_disk_when_it_is_announced(tmp_path: Path) -> None:
    seen: list[int] = []

    def look(event: Event) -> None:
        if isinstance(event, EpochDone):
            with open_store(tmp_path, create=False) as store:
                (run,) = store.runs()
                assert store.predictions(run.id, event.row.epoch) is not None
                seen.append(len(store.epochs(run.id)))

    made_up().add(NET, epochs=3).run(seeds=1, out=tmp_path, sink=look)
    assert seen == [1, 2, 3]


def test_the_notebooks_study_has_its_recipes_and_published_values() -> None:
    recipes = [(one.recipe.batch_size, one.recipe.epochs, one.published.final) for one in notebook_plan().architectures]
    assert recipes == [
        (128, 12, (pytest.approx(0.0281, abs=5e-5), pytest.approx(0.9903))),
        (200, 10, (pytest.approx(0.0717, abs=5e-5), pytest.approx(0.9751))),
        (200, 15, (pytest.approx(1.6352, abs=5e-5), pytest.approx(0.3115))),
    ]


def test_a_plan_takes_names_of_its_own_and_of_the_zoo_in_the_order_asked_for() -> None:
    plan = notebook_plan().only(["Architecture 3", "lenet-5", "architecture-1"])
    assert [one.name for one in plan.architectures] == ["architecture-3", "lenet-5", "architecture-1"]


def test_the_first_ctrl_c_is_a_wish_and_the_second_an_order() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stop_on_interrupt() as stop:
        assert not stop()
        signal.raise_signal(signal.SIGINT)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_the_seed_decides_weights_shuffling_and_dropout_each_for_itself(tmp_path: Path) -> None:
    net = chain("net", [Input((12, 12, 1)), Flatten(), Dropout(0.5), Dense(4, activation="softmax")])
    outcome = made_up().add(net, epochs=2).run(seeds=[7], out=tmp_path)
    run = outcome.runs[0]
    data_of = prepared_for(net, run.recipe.loss, data.load("made-up"))

    def by_hand(weights: int, masks: int, order: int) -> bytes:
        backend = get_backend()
        initial = initial_weights(net, weights)
        model = backend.load(net, initial, loss=run.recipe.loss, optimizer=run.recipe.optimizer, seed=masks)
        return b"".join(weight.tobytes() for weight in fit(model, run.recipe, data_of.train, seed=order).weights)

    trained = b"".join(weight.tobytes() for weight in outcome.weights("net", 7))
    assert by_hand(7, 7, 7) == trained
    assert trained not in {by_hand(0, 7, 7), by_hand(7, 0, 7), by_hand(7, 7, 0)}


def test_a_plan_refuses_a_name_that_stands_twice() -> None:
    with pytest.raises(UsageError, match="a name of its own for each architecture, got 'architecture-1' twice"):
        notebook_plan().only(["architecture-1", "Architecture 1"])


def test_a_machine_that_cannot_run_compiled_code_trains_with_numpy_and_is_told_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("cnnlab.backends.choice", "cnnlab.lab.conduct"):
        monkeypatch.setattr(f"{place}.why_not_compiled", lambda: "no such instructions")
    told: list[Event] = []
    net = chain("net", [Input((12, 12, 1)), Flatten(), Dense(4, activation="softmax")])
    outcome = made_up().add(net, epochs=1).run(out=tmp_path, sink=told.append)
    assert Notice("the NumPy backend trains, slowly: no such instructions") in told
    assert outcome.result.provenance.backend == "numpy"


def test_the_backend_of_a_study_can_be_chosen(tmp_path: Path) -> None:
    net = chain("net", [Input((12, 12, 1)), Flatten(), Dense(4, activation="softmax")])
    assert made_up().add(net, epochs=1).run(backend="numpy", out=tmp_path).result.provenance.backend == "numpy"
