"""The pad says what the networks say, and a stranger's picture harms nobody."""

import base64
import io
import struct
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from visits import NAMES, Visitor, text

from cnnlab import data
from cnnlab.backends import ReferenceBackend
from cnnlab.data.drawing import prepare_drawing
from cnnlab.lab.asking import Loader
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.plan import StudyPlan, from_zoo
from cnnlab.store import RunFilter
from cnnlab.web.pictures import PAD, drawing


def stroke() -> np.ndarray:
    pixels = np.zeros((PAD, PAD), np.uint8)
    pixels[40:240, 130:150] = 255
    return pixels


def unpacked(words: str, *shape: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(words), np.uint8).reshape(shape)


def test_test_images_are_those_of_mnist(visitor: Visitor) -> None:
    test = data.load("mnist", offline=True).test
    found = visitor.get("/api/test-images?count=3&from=7").json()
    assert [one["index"] for one in found["images"]] == [7, 8, 9]
    assert (found["height"], found["width"], found["class_names"]) == (28, 28, [str(n) for n in range(10)])
    for one in found["images"]:
        assert one["label"] == test.labels[one["index"]]
        assert (unpacked(one["pixels"], 28, 28) == test.images[one["index"]]).all()
    assert visitor.get("/api/test-images?from=9999").json()["images"][0]["index"] == 9999
    assert visitor.get("/api/test-images?from=10000").json()["images"] == []
    assert visitor.get("/api/test-images?count=201").status_code == 422


def test_every_finished_network_answers_as_the_reference_does(visitor: Visitor) -> None:
    image = data.load("mnist", offline=True).test.images[3]
    found = visitor.post("/api/pad", {"image": 3}).json()
    assert (unpacked(found["seen"], 28, 28) == image).all()
    assert [one["architecture"] for one in found["answers"]] == list(NAMES)
    for one in found["answers"]:
        assert [seed["seed"] for seed in one["seeds"]] == [0, 1]
        table = np.array([seed["probabilities"] for seed in one["seeds"]])
        np.testing.assert_allclose([one["mean"], one["low"], one["high"]], [table.mean(0), table.min(0), table.max(0)])
        for seed in one["seeds"]:
            (run,) = visitor.store.runs(RunFilter(ids=(seed["run"],)))
            loaded = Loader().load(visitor.store, run)
            plain = ReferenceBackend().load(loaded.network, loaded.weights)
            wanted = plain.predict(image[None, ..., None].astype(np.float32) / 255, 1)[0]
            np.testing.assert_allclose(seed["probabilities"], wanted, atol=1e-5)
            assert sum(seed["probabilities"]) == pytest.approx(1, abs=1e-6)


def test_a_drawing_is_prepared_as_mnist_was(visitor: Visitor) -> None:
    found = visitor.post("/api/pad", {"pixels": text(stroke().tobytes())}).json()
    assert (unpacked(found["seen"], 28, 28) == prepare_drawing(stroke())).all()
    assert not found["empty"]
    assert visitor.post("/api/pad", {"pixels": text(bytes(PAD * PAD))}).json()["empty"]


def test_the_layers_of_a_run_are_what_the_reference_computes(visitor: Visitor) -> None:
    (run,) = visitor.store.runs(RunFilter(architecture=NAMES[0], seed=0))
    found = visitor.post("/api/pad/layers", {"image": 5, "run": run.id}).json()["layers"]
    loaded = Loader().load(visitor.store, run)
    image = data.load("mnist", offline=True).test.images[5][None, ..., None].astype(np.float32) / 255
    outputs = ReferenceBackend().load(loaded.network, loaded.weights).outputs(image)[1:]
    assert [one["name"] for one in found] == [node.name for node in loaded.network.nodes[1:]]
    for one, wanted in zip(found, outputs, strict=True):
        assert one["shape"] == list(wanted.shape[1:])
        planes = np.moveaxis(wanted[0], -1, 0) if wanted[0].ndim == 3 else wanted[0]
        maps = unpacked(one["maps"], *planes.shape).astype(float)
        back = one["low"] + maps / 255 * (one["high"] - one["low"])
        assert abs(back - planes).max() <= (one["high"] - one["low"]) / 255


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"image": 1, "pixels": ""}, 422),
        ({"image": 10_000}, 422),
        ({"image": -1}, 422),
        ({"image": True}, 422),
        ({"image": 1.0}, 422),
        ({"image": "1"}, 422),
        ({"pixels": 5}, 422),
        ({"pixels": "AAAA"}, 422),
        ({"pixels": "\u00e9" * 100}, 422),
        ({"pixels": "!" * 104_536}, 422),
        ({"image": 1, "study": 99}, 404),
        ({"image": 1, "study": "1"}, 422),
        ({"image": 1, "study": 10**30}, 404),
    ],
)
def test_what_cannot_be_asked_is_told(visitor: Visitor, body: Any, status: int) -> None:  # noqa: ANN401
    for path in ("/api/pad", "/api/pad/layers"):
        given = body if path == "/api/pad" else body | {"run": next(visitor.store.runs()).id}
        if path == "/api/pad" or "study" not in body:
            answer = visitor.post(path, given)
            assert (answer.status_code, bool(answer.json()["error"]["expected"])) == (status, True)


@pytest.mark.parametrize(
    ("run", "status"), [("aaaaaaaa", 404), ("../../..", 422), ("<script>", 422), (None, 422), (["a"], 422)]
)
def test_layers_are_of_a_run_that_is_there(visitor: Visitor, run: object, status: int) -> None:
    assert visitor.post("/api/pad/layers", {"image": 1, "run": run}).status_code == status


def test_only_finished_runs_are_asked_and_none_is_an_answer(visitor: Visitor) -> None:
    with visitor.store.database.writing() as connection:
        connection.execute("UPDATE run SET status = 'failed', weights_sha256 = NULL WHERE seed = 1")
    found = visitor.post("/api/pad", {"image": 3}).json()
    assert [[seed["seed"] for seed in one["seeds"]] for one in found["answers"]] == [[0], [0]]
    (run, _) = visitor.store.runs(RunFilter(seed=1))
    assert visitor.post("/api/pad/layers", {"image": 1, "run": run.id}).status_code == 422
    with visitor.store.database.writing() as connection:
        connection.execute("UPDATE run SET status = 'failed', weights_sha256 = NULL")
    assert visitor.post("/api/pad", {"image": 3}).json()["answers"] == []


def test_the_study_is_asked_and_not_the_newer_ones_that_diagnosed_its_networks(visitor: Visitor) -> None:
    kept = visitor.store.parent
    plan = StudyPlan("ranking-for-architecture-3", (from_zoo(NAMES[1]),), limit=300, seeds=(0,))
    spared = replace(plan.with_recipes(epochs=1), hold_out=100, spare_test=True)
    conduct(spared, data.load("mnist", offline=True), Means(threads=1, workers=1), out=kept)
    newest, older = visitor.store.studies()
    assert newest.name == "ranking-for-architecture-3"
    answers = visitor.post("/api/pad", {"image": 3}).json()["answers"]
    assert {one["study"] for one in answers} == {older.id}
    answers = visitor.post("/api/pad", {"image": 3, "study": newest.id}).json()["answers"]
    assert {one["study"] for one in answers} == {newest.id}


def test_weights_that_are_gone_are_told(visitor: Visitor) -> None:
    (run,) = visitor.store.runs(RunFilter(architecture=NAMES[0], seed=0))
    (visitor.store.parent / run.folder / "weights.npz").unlink()
    answer = visitor.post("/api/pad", {"image": 3})
    assert (answer.status_code, answer.json()["error"]["expected"]) == (500, "the weights of a run")


# Pictures.


def picture(form: str = "PNG", mode: str = "L", size: tuple[int, int] = (200, 100), ink: int = 0) -> bytes:
    made = Image.new(mode, size, 255 - ink if mode == "L" else "white")
    made.paste(ink if mode == "L" else "black", (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    buffer = io.BytesIO()
    made.save(buffer, form)
    return buffer.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bomb(width: int, height: int, rows: int = 0) -> bytes:
    """Write a PNG that says it is huge; its pixels, as far as there are any, are packed into nearly nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    content = zlib.compress(bytes((width + 1) * rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


@pytest.mark.parametrize("ink", [0, 255])
@pytest.mark.parametrize(("form", "kind"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_dark_ink_on_paper_and_chalk_on_a_board_are_the_same_drawing(form: str, kind: str, ink: int) -> None:
    found = drawing(picture(form, ink=ink), kind)
    assert (found.shape, found.dtype) == ((PAD, PAD), np.uint8)
    rows, columns = np.argwhere(found > 128).min(axis=0), np.argwhere(found > 128).max(axis=0)
    # 240 x 120 in the middle of 280 x 280, the ink in the second quarter of both.
    assert abs(np.array([*rows, *columns]) - [110, 80, 139, 139]).max() <= 45
    assert found[:60].max() == 0


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_every_kind_of_png_is_read(visitor: Visitor, mode: str) -> None:
    made = Image.new("L", (50, 50), 255)
    made.paste(0, (20, 20, 30, 30))
    if mode == "I;16":
        made = Image.fromarray(np.asarray(made).astype(np.uint16) * 257)
    elif mode != "L":
        made = made.convert(mode)
    buffer = io.BytesIO()
    made.save(buffer, "PNG")
    answer = visitor.post("/api/upload", buffer.getvalue(), content_type="image/ PNG")
    found = unpacked(answer.json()["pixels"], PAD, PAD)
    assert found[138:142, 138:142].min() > 200
    assert found[120:124, 120:124].max() < 60


@pytest.mark.parametrize(
    "content",
    [
        bomb(50_000, 50_000),
        bomb(50_000, 50_000, 50),
        bomb(5_001, 5_000),
        bomb(12_001, 2),
        bomb(2**31 - 1, 2**31 - 1),
        bomb(13_000, 7_000),
    ],
)
def test_a_picture_that_says_it_is_huge_is_refused_before_it_is_decoded(
    visitor: Visitor, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decoded(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    answer = visitor.post("/api/upload", content, content_type="image/png")
    assert answer.status_code == 422
    assert answer.json()["error"]["expected"] == "a picture of 25,000,000 pixels at most, no side over 12,000"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "image/png"),
        (b"no picture", "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"),
        (b"GIF89a" + bytes(100), "image/png"),
        (picture()[:60], "image/png"),
        (picture()[:-30], "image/png"),
        (picture("JPEG")[:-200], "image/jpeg"),
        (picture("JPEG"), "image/png"),
        (picture("PNG"), "image/jpeg"),
        (picture("GIF"), "image/png"),
        (picture("TIFF"), "image/jpeg"),
        (bomb(100, 100), "image/png"),
        (bomb(0, 5), "image/png"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\x00" * 5), "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "image/jpeg"),
    ],
)
def test_what_is_no_whole_picture_is_refused_and_the_server_goes_on(
    visitor: Visitor, content: bytes, kind: str
) -> None:
    answer = visitor.post("/api/upload", content, content_type=kind)
    assert (answer.status_code, answer.json()["error"]["where"]) == (422, "upload")
    assert "object at" not in answer.text
    assert visitor.post("/api/upload", picture(), content_type="image/png").status_code == 200


def test_any_damage_to_a_picture_is_survived(visitor: Visitor) -> None:
    chance = np.random.default_rng(1)
    for form, kind in (("PNG", "image/png"), ("JPEG", "image/jpeg")):
        whole = np.frombuffer(picture(form), np.uint8)
        for _ in range(40):
            broken = whole.copy()
            broken[chance.integers(0, len(whole), 4)] = chance.integers(0, 256, 4)
            assert visitor.post("/api/upload", broken.tobytes(), content_type=kind).status_code in {200, 422}


def test_an_empty_sheet_is_an_empty_drawing() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (30, 30), "white").save(buffer, "PNG")
    assert drawing(buffer.getvalue(), "image/png").max() == 0
