"""A finished study of two networks of the notebook, small enough to train in seconds, and a client of its server."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from client import Client
from visits import HOST, NAMES, PORT, Visitor

from cnnlab import data
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.plan import StudyPlan, from_zoo
from cnnlab.store import open_store
from cnnlab.web.app import application
from cnnlab.web.guard import Door
from cnnlab.web.serving import hosts_of


def small_plan(name: str = "small", epochs: int = 2) -> StudyPlan:
    plan = StudyPlan(name, tuple(from_zoo(one) for one in NAMES), limit=300, seeds=(0, 1))
    return plan.with_recipes(epochs=epochs)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train once for all tests of a worker."""
    folder = tmp_path_factory.mktemp("trained") / "runs"
    conduct(small_plan(), data.load("mnist", offline=True), Means(threads=1, workers=1), out=folder)
    return folder


@pytest.fixture
def runs(trained: Path, tmp_path: Path) -> Path:
    """Return a copy of its folder that a test may change."""
    shutil.copytree(trained, tmp_path / "runs")
    return tmp_path / "runs"


@pytest.fixture
def stranger(runs: Path) -> Iterator[Visitor]:
    """Return somebody who knows the address and has no cookie."""
    with open_store(runs) as store:
        door = Door(hosts_of("127.0.0.1", PORT), PORT)
        app = application(store, door, offline=True)
        with Client(app, f"http://{HOST}") as client:
            yield Visitor(client, door, store)


@pytest.fixture
def visitor(stranger: Visitor) -> Visitor:
    """Return somebody who has come in."""
    answer = stranger.get(f"/?token={stranger.door.token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return stranger
