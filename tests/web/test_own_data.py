"""A study of a user's own images on the live page: with its names, and with a clear word when the images are gone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from client import Client
from PIL import Image
from visits import HOST, PORT, Visitor, text

from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Flatten
from cnnlab.data.own import OwnData
from cnnlab.experiments import Architecture
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.own_data import load_data
from cnnlab.lab.plan import StudyPlan
from cnnlab.records import Recipe
from cnnlab.store import open_store
from cnnlab.web.app import application
from cnnlab.web.guard import Door
from cnnlab.web.serving import hosts_of

NAMES = ("<script>alert(1)<", "gr\xfcn", "plain")


@pytest.fixture
def own_visitor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """Return somebody who looks at a small study of pictures of 28 x 28."""
    monkeypatch.setenv("CNNLAB_CACHE_DIR", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for name in NAMES:
        (tmp_path / "mine" / name).mkdir(parents=True)
        for index in range(20):
            Image.fromarray(rng.integers(0, 256, (28, 28), np.uint8)).save(tmp_path / "mine" / name / f"{index}.png")
    layers = [Flatten(input_shape=(28, 28, 1)), Dense(3, activation="softmax")]
    flat = Architecture("flat", chain("flat", layers), Recipe())
    asked = StudyPlan("mine", (flat,), "mine", tmp_path / "mine", seeds=(0,), own=OwnData())
    plan, split = load_data(asked, notify=lambda _: None)
    conduct(plan, split, Means(threads=1, workers=1, backend="numpy"), out=tmp_path / "runs", page=False)
    with open_store(tmp_path / "runs") as store:
        door = Door(hosts_of("127.0.0.1", PORT), PORT)
        with Client(application(store, door, offline=True), f"http://{HOST}") as client:
            visitor = Visitor(client, door, store)
            visitor.get(f"/?token={door.token}")
            yield visitor


def test_the_pad_answers_by_the_users_names_and_a_moved_folder_is_told_of(own_visitor: Visitor, tmp_path: Path) -> None:
    drawing = text(bytes(280 * 280))
    (told,) = own_visitor.post("/api/pad", {"pixels": drawing}).json()["answers"]
    assert told["class_names"] == list(NAMES)
    assert not _absent(own_visitor)

    (tmp_path / "mine").rename(tmp_path / "moved")
    shutil.rmtree(tmp_path / "cache")
    assert not _absent(own_visitor), "what is loaded stays"
    with open_store(tmp_path / "runs") as store:  # a server that is begun now
        door = Door(hosts_of("127.0.0.1", PORT), PORT)
        with Client(application(store, door, offline=True), f"http://{HOST}") as client:
            later = Visitor(client, door, store)
            later.get(f"/?token={door.token}")
            (word,) = _absent(later)
            assert f"{tmp_path / 'mine'}: expected a folder or a file with images, got nothing there" in word
            (told,) = later.post("/api/pad", {"pixels": drawing}).json()["answers"]
            assert told["class_names"] == list(NAMES)


def _absent(visitor: Visitor) -> list[str]:
    study = visitor.get("/api/studies/1").json()
    return [one for one in study["observations"] if "the data are not at hand" in one]
