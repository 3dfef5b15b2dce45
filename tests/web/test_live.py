"""Real processes: trainings outlive their server, streams outlive it too, and nothing comes twice."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from servers import Server, Told, until
from visits import NAMES, Visitor

from cnnlab.lab import background
from cnnlab.lab.study_file import load_plan
from cnnlab.store import RunFilter, open_store
from cnnlab.store.processes import alive, as_text, from_text, mark_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="no signals that end a process on this system"),
]

ASKED: dict[str, Any] = {"architectures": ["architecture-2"], "seeds": 2, "epochs": 90, "limit": 1500, "name": "live"}
EPOCHS = 180


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


def stored(folder: Path) -> list[tuple[str, int]]:
    with open_store(folder) as store:
        return [(run.id, row.epoch) for run in store.runs() for row in store.epochs(run.id)]


def epochs(events: list[Told]) -> list[tuple[str, int]]:
    return [(one.data["run"], one.data["epoch"]) for one in events if one.kind == "epoch"]


def test_a_server_killed_amid_a_training_loses_no_epoch_and_repeats_none(folder: Path) -> None:
    seen: list[Told] = []
    with Server(folder) as server:
        answer = server.post("/api/studies", ASKED)
        assert answer.status_code == 201
        study = answer.json()["id"]
        mark = from_text(next(folder.glob("live-*/process")).read_text())
        assert mark is not None
        for kills in range(3):
            last = max((one.id for one in seen if one.id is not None), default=0)
            with server.events(study, last=last if kills else None) as stream:
                for one in stream:
                    seen.append(one)
                    if len(epochs(seen)) >= 8 * (kills + 1):
                        break
            server.kill()
            assert alive(mark), "the training went with its server"
            server.begin()
        assert server.get(f"/api/studies/{study}")["status"] == "training"
        last = max(one.id for one in seen if one.id is not None)
        with server.events(study, last=last) as stream:
            for one in stream:
                seen.append(one)
                if one.kind == "study" and one.data["status"] == "finished":
                    break
        numbers = [one.id for one in seen if one.id is not None]
        assert numbers == sorted(set(numbers))
        assert sorted(epochs(seen)) == sorted(stored(folder))
        assert len(epochs(seen)) == EPOCHS
        whole = server.get(f"/api/studies/{study}")
        assert whole["last_event"] == numbers[-1]
        assert whole["report"]
        assert not alive(mark)


def test_a_study_is_stopped_and_gone_on_with_also_by_another_server(folder: Path) -> None:
    with Server(folder) as server:
        study = server.post("/api/studies", ASKED).json()["id"]
        assert server.post("/api/studies", ASKED).status_code == 409
        assert server.post(f"/api/studies/{study}/resume", {}).status_code == 409
        until(lambda: len(stored(folder)) > 5)
        server.kill()
        server.begin()
        assert server.post(f"/api/studies/{study}/stop", {}).status_code == 202
        until(lambda: server.get(f"/api/studies/{study}")["status"] == "stopped")
        answer = server.post(f"/api/studies/{study}/stop", {})
        assert (answer.status_code, answer.json()["error"]["got"]) == (409, "one that nobody trains")
        before = server.get(f"/api/studies/{study}")
        assert 5 < sum(len(run["history"]) for run in before["runs"]) < EPOCHS
        with server.events(study, before["last_event"]) as stream:
            assert server.post(f"/api/studies/{study}/resume", {}).status_code == 202
            events = []
            for one in stream:
                events.append(one)
                if one.kind == "study" and one.data["status"] == "finished":
                    break
        history = {(run["id"], row["epoch"]) for run in before["runs"] for row in run["history"]}
        for one in events:
            if one.kind == "cut":
                history = {(run, epoch) for run, epoch in history if (run, epoch) <= (run, one.data["epoch"])}
            elif one.kind == "epoch":
                assert (one.data["run"], one.data["epoch"]) not in history
                history.add((one.data["run"], one.data["epoch"]))
        assert history == set(stored(folder))
        assert len(history) == EPOCHS
        assert server.post(f"/api/studies/{study}/resume", {}).status_code == 409
        assert server.post("/api/studies", ASKED).json()["id"] == study  # all of it is there
        assert server.get(f"/api/studies/{study}")["status"] == "finished"


def test_a_training_that_is_killed_reads_as_stopped_and_the_stream_says_so(folder: Path) -> None:
    with Server(folder) as server:
        study = server.post("/api/studies", ASKED).json()["id"]
        with server.events(study) as stream:
            for one in stream:
                if one.kind == "epoch":
                    mark = from_text(next(folder.glob("live-*/process")).read_text())
                    assert mark is not None
                    if alive(mark):
                        os.kill(mark.pid, signal.SIGKILL)
                if one.kind == "study" and one.data["status"] == "stopped":
                    break
        whole = server.get(f"/api/studies/{study}")
        assert (whole["status"], whole["time_left"]) == ("stopped", None)
        assert {run["status"] for run in whole["runs"]} == {"interrupted", "planned"}


def test_ctrl_c_ends_a_server_with_open_streams_and_leaves_the_training(folder: Path) -> None:
    with Server(folder) as server:
        study = server.post("/api/studies", ASKED).json()["id"]
        mark = from_text(next(folder.glob("live-*/process")).read_text())
        assert mark is not None
        with server.events(study) as stream:
            next(stream)
            assert server.kill(signal.SIGINT) == 0
        assert alive(mark)
        assert "Traceback" not in (folder.parent / "server.txt").read_text()
        server.begin()
        assert server.post(f"/api/studies/{study}/stop", {}).status_code == 202
        until(lambda: not alive(mark))


def test_many_streams_get_every_event_once_while_some_break_off(folder: Path) -> None:
    found: dict[int, list[Told]] = {}
    with Server(folder) as server:
        study = server.post("/api/studies", ASKED | {"epochs": 20}).json()["id"]

        def watch(name: int) -> None:
            mine = found[name] = []
            done = False
            while not done:
                last = max((one.id for one in mine if one.id is not None), default=0)
                with server.events(study, last=last) as stream:
                    for one in stream:
                        mine.append(one)
                        done = one.kind == "study" and one.data["status"] == "finished"
                        if done or (name % 2 and len(mine) % 10 == 0):
                            break

        threads = [threading.Thread(target=watch, args=(name,)) for name in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        wanted = sorted(stored(folder))
        for mine in found.values():
            assert sorted(epochs(mine)) == wanted


# In this process: what is asked for, what fails.


def test_what_the_page_asks_for_is_the_study_that_runs(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[Path, list[str]]] = []
    monkeypatch.setattr(background, "_spawn", lambda folder, words: begun.append((folder, words)))
    asked = ASKED | {"architectures": list(NAMES), "optimizer": "sgd", "learning_rate": 0.5, "batch_size": 7}
    study = visitor.post("/api/studies", asked).json()["id"]
    ((folder, words),) = begun
    assert words == ["run", str(folder / "study.toml"), "--out", str(visitor.store.parent), "--offline"]
    plan = load_plan(folder / "study.toml")
    assert (plan.name, plan.limit, plan.seeds) == ("live", 1500, (0, 1))
    for one in plan.architectures:
        recipe = one.recipe
        assert (recipe.epochs, recipe.batch_size, type(recipe.optimizer).__name__) == (90, 7, "SGD")
        assert recipe.optimizer.learning_rate == 0.5
    assert [run.status for run in visitor.store.runs(RunFilter(study_id=study))] == ["planned"] * 4
    assert visitor.post(f"/api/studies/{study}/resume", {}).status_code == 202
    assert begun[1][1][:2] == ["runs", "resume"]
    assert len(begun[1][1]) == 2 + 4 + 3


def test_a_network_of_the_store_is_trained_again_as_it_is_described_there(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_spawn", lambda *_: None)
    first = visitor.post("/api/studies", {"architectures": ["architecture-2"], "limit": 200}).json()["id"]
    with visitor.store.database.writing() as connection:
        words = "replace(definition, 'name = \"architecture-2\"', 'name = \"mine\"')"
        connection.execute(f"UPDATE study SET definition = {words} WHERE id = ?", (first,))
    study = visitor.post("/api/studies", {"architectures": ["mine"], "epochs": 3, "limit": 200}).json()["id"]
    assert {run.architecture for run in visitor.store.runs(RunFilter(study_id=study))} == {"mine"}
    assert {run.epochs_planned for run in visitor.store.runs(RunFilter(study_id=study))} == {3}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"architectures": ["architecture-9"]}, "Did you mean 'architecture-"),
        ({"architectures": []}, "names of 1 to 50 architectures"),
        ({"architectures": "lenet-5"}, "names of 1 to 50 architectures"),
        ({"architectures": [["lenet-5"]]}, "the name of an architecture"),
        ({"architectures": ["lenet-5"] * 2}, "a name of its own for each architecture"),
        ({"architectures": ["../../etc/passwd"]}, "the name of an architecture"),
        ({"architectures": None}, "names of 1 to 50 architectures"),
        ({"seeds": 0}, "a number of seeds"),
        ({"seeds": 10_001}, "a number of seeds"),
        ({"seeds": 10**30}, "at most 1,000,000"),
        ({"seeds": True}, "a number of seeds"),
        ({"epochs": 0}, "greater than or equal to 1"),
        ({"epochs": 1.5}, "integer"),
        ({"epochs": "3"}, "integer"),
        ({"epochs": 10**30}, "at most 1,000,000"),
        ({"batch_size": -1}, "greater than or equal to 1"),
        ({"limit": 60_001}, "a limit from 1 to 60,000 images"),
        ({"optimizer": "adamm"}, "Did you mean"),
        ({"optimizer": {"name": "adam"}}, "the name of an optimizer"),
        ({"learning_rate": "fast"}, "a number"),
        ({"learning_rate": -1}, "learning_rate"),
        ({"name": "\x1b[2J"}, "visible characters"),
        ({"name": "a" * 101}, "visible characters"),
        ({"name": "\ud800"}, "visible characters"),
        ({"name": 5}, "visible characters"),
        ({"out": "/tmp"}, "a key it knows"),
        ({"seeds": {"a": [[[]]]}}, "a number of seeds"),
    ],
)
def test_a_study_that_cannot_be_is_refused_in_our_words_and_leaves_nothing(
    visitor: Visitor, change: dict[str, Any], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_spawn", lambda *_: pytest.fail("it began"))
    folders = sorted(path.name for path in visitor.store.parent.iterdir())
    answer = visitor.post("/api/studies", ASKED | change)
    assert answer.status_code == 422, answer.text
    assert told in " ".join(answer.json()["error"].values())
    assert len(visitor.store.studies()) == 1
    assert sorted(path.name for path in visitor.store.parent.iterdir()) == folders


def test_a_name_that_is_a_script_is_a_name(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_spawn", lambda *_: None)
    name = "<script>alert(1)</script>../.."
    study = visitor.post("/api/studies", ASKED | {"name": name}).json()["id"]
    whole = visitor.get(f"/api/studies/{study}")
    assert whole.headers["content-type"] == "application/json"
    assert whole.json()["name"] == name
    assert whole.json()["folder"].startswith("script-alert-1-script")
    assert "/" not in whole.json()["folder"]


def test_a_process_that_fails_at_once_is_told_with_its_last_words(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawn = background._spawn
    monkeypatch.setattr(background, "_spawn", lambda folder, words: spawn(folder, ["run", "gone.toml", *words[2:]]))
    study = visitor.post("/api/studies", ASKED).json()["id"]

    def whole() -> Any:  # noqa: ANN401 - JSON
        return visitor.get(f"/api/studies/{study}").json()

    until(lambda: whole()["status"] != "training")
    assert whole()["status"] == "failed"
    assert whole()["log"][-1].startswith("cnnlab: gone.toml: expected a study file, got no such file.")


@pytest.mark.parametrize(
    ("ended", "asked", "status"),
    [
        ("finished", False, "writing"),
        ("interrupted", True, "writing"),
        ("interrupted", False, "training"),
    ],
)
def test_a_process_that_has_no_run_left_to_train_writes_the_report_and_is_not_stopped(
    visitor: Visitor, ended: str, asked: bool, status: str
) -> None:
    if ended == "interrupted":
        with visitor.store.database.writing() as connection:
            connection.execute("UPDATE run SET status = 'interrupted', weights_sha256 = NULL")
    folder = visitor.store.parent / visitor.store.studies()[0].folder
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stderr=subprocess.DEVNULL) as process:
        mark = as_text(mark_of(process.pid))
        (folder / "process").write_text(mark)
        if asked:
            (folder / "process-stopping").write_text(mark)
        found = visitor.get("/api/studies/1").json()
        # Stopped last: a process that is gone would let the study be gone on with.
        resume, stop = (visitor.post(f"/api/studies/1/{verb}", {}) for verb in ("resume", "stop"))
        lives = process.poll() is None
        process.kill()
    assert (found["status"], found["time_left"] is None) == (status, status == "writing")
    assert resume.status_code == 409
    if status == "writing":
        assert lives
        assert stop.status_code == 409
        told = {answer.json()["error"]["got"] for answer in (stop, resume)}
        assert told == {"one whose report is being written"}
    else:
        assert stop.status_code == 202


@pytest.mark.parametrize(
    ("log", "status"),
    [
        ("", "stopped"),
        ("Epoch 1\ncnnlab: interrupted.\n", "stopped"),
        ("cnnlab: stopped at once; kept in x\nThis goes on where it stopped: cnnlab run\n", "stopped"),
        ("Traceback (most recent call last):\n  File\nKeyboardInterrupt\n", "stopped"),
        ("Traceback (most recent call last):\n  File\nValueError: no\n", "failed"),
        ("much\ncnnlab: expected room on the disk.\n\n", "failed"),
        ("\xff\x00" * 50_000, "stopped"),
    ],
)
def test_the_last_words_of_a_process_say_how_it_ended(visitor: Visitor, log: str, status: str) -> None:
    with visitor.store.database.writing() as connection:
        connection.execute("UPDATE run SET status = 'interrupted', weights_sha256 = NULL")
    folder = visitor.store.parent / visitor.store.studies()[0].folder
    (folder / background.LOG).write_text(log, encoding="latin-1")
    found = visitor.get("/api/studies/1").json()
    assert (found["status"], bool(found["log"])) == (status, status == "failed")
