"""``cnnlab predict``: what it answers to picture files, what it says of them, and what it refuses."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from PIL import Image
from typer import Typer
from typer.testing import CliRunner

from cnnlab import data
from cnnlab.cli.export import export
from cnnlab.cli.predict import predict
from cnnlab.data.drawing import prepare_drawing
from cnnlab.data.seen import Wanted, see
from cnnlab.errors import CnnlabError, DataError, UsageError
from cnnlab.keras import Sequential, layers
from cnnlab.keras.models import load_model

app = Typer()
app.command()(predict)
exporting = Typer()
exporting.command()(export)

TEST = data.load("made-up").test
NAMES = data.load("made-up").class_names


def run(*words: object, columns: int = 80) -> Result:
    return CliRunner().invoke(app, [*map(str, words)], env={"COLUMNS": str(columns)})


def answered(*words: object) -> list[dict[str, object]]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return list(json.loads(result.stdout, parse_constant=pytest.fail)["predictions"])


def refused(*words: object) -> CnnlabError:
    result = run(*words)
    assert isinstance(result.exception, CnnlabError), result.output
    return result.exception


def picture(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first test images as files, in a folder with another inside."""
    folder = tmp_path_factory.mktemp("pictures")
    for index in range(6):
        picture(folder / ("more" if index > 3 else ".") / f"{index}.png", np.asarray(TEST.images[index]))
    return folder


@pytest.mark.parametrize("name", ["plain", "deep"])
def test_a_run_says_of_a_picture_what_it_said_of_the_same_test_image(
    name: str, trained_runs: Path, pictures: Path
) -> None:
    from cnnlab.store import RunFilter, open_store

    found = answered(name, pictures, "--out", trained_runs)
    with open_store(trained_runs, create=False) as store:
        run_id = next(run.id for run in store.runs(RunFilter(architecture=name)) if run.seed == 0)
        said = store.predictions(run_id)
    assert said is not None
    assert [Path(str(one["file"])).stem for one in found] == list("012345")
    assert [one["index"] for one in found] == said.classes[:6].tolist()
    for one, label, wanted in zip(found, TEST.labels, said.true_class_probability, strict=False):
        shares = list(one["probabilities"].values())  # type: ignore[attr-defined]
        assert sum(shares) == pytest.approx(1)
        assert shares[int(label)] == pytest.approx(float(wanted), abs=1e-5)
        assert one["class"] == NAMES[int(str(one["index"]))]
        assert one["prepared"] == []


def test_a_keras_file_answers_as_the_run_that_it_was_exported_from(
    trained_runs: Path, pictures: Path, tmp_path: Path
) -> None:
    target = tmp_path / "deep.keras"
    CliRunner().invoke(exporting, ["deep", "--to", str(target), "--out", str(trained_runs)])
    assert answered(target, pictures) == answered("deep", pictures, "--out", trained_runs)
    assert answered(target, pictures / "0.png")[0]["class"] in NAMES


def test_the_table_fits_80_columns_and_names_both_classes(trained_runs: Path, pictures: Path, tmp_path: Path) -> None:
    long = picture(tmp_path / f"{'a-very-long-name-of-a-file' * 4}.png", np.asarray(TEST.images[0]))
    result = run("plain", long, pictures, "--out", trained_runs)
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["file", "class", "probability", "second"]
    assert len(lines) == 8
    assert max(map(len, lines)) <= 80
    assert all(sum(name in line for name in NAMES) >= 1 for line in lines[1:])


def test_csv_has_the_probability_of_each_class(trained_runs: Path, pictures: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("plain", pictures, "--csv", "--out", trained_runs).stdout)))
    found = answered("plain", pictures, "--out", trained_runs)
    assert [row["class"] for row in rows] == [one["class"] for one in found]
    for row, one in zip(rows, found, strict=True):
        assert [float(row[f"p {name}"]) for name in NAMES] == list(one["probabilities"].values())  # type: ignore[attr-defined]


def test_a_larger_picture_in_colours_is_brought_into_the_networks_form_and_that_is_said(
    trained_runs: Path, tmp_path: Path
) -> None:
    large = np.repeat(np.asarray(TEST.images[1]).repeat(9, axis=0).repeat(10, axis=1)[..., None], 3, axis=2)
    large[0, 0] = (1, 0, 0)
    path = picture(tmp_path / "large.png", large)
    result = run("plain", path, "--out", trained_runs)
    assert "Note: 1 picture: colours made grey, 108 x 120 scaled to 12 x 12." in result.stderr
    exact = picture(tmp_path / "exact.png", np.asarray(TEST.images[1]))
    one, other = (answered("plain", each, "--out", trained_runs)[0]["class"] for each in (path, exact))
    assert one == other


def test_files_that_are_no_pictures_are_named_and_the_others_answered(
    trained_runs: Path, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes((pictures / "0.png").read_bytes()[:60])
    (tmp_path / "words.png").write_bytes(b"no picture")
    words = ("plain", tmp_path / "broken.png", pictures / "0.png", tmp_path / "words.png", "none.png")
    result = run(*words, "--json", "--out", trained_runs)
    found = json.loads(result.stdout)
    assert [Path(one["file"]).name for one in found["predictions"]] == ["0.png"]
    assert [Path(one["file"]).name for one in found["refused"]] == ["broken.png", "words.png", "none.png"]
    assert "words.png: expected a picture, got no PNG or JPEG." in result.stderr
    assert "none.png: expected a picture, got no such file." in result.stderr
    with pytest.raises(DataError, match=r"predict: expected 4 pictures, got 3 files that cannot be used\.") as caught:
        raise result.exception  # type: ignore[misc]
    assert caught.value.exit_code == 2


def test_a_negative_is_noticed_and_inverted_on_request(trained_runs: Path, pictures: Path, tmp_path: Path) -> None:
    path = picture(tmp_path / "negative.png", 255 - np.asarray(TEST.images[0]))
    result = run("plain", path, "--out", trained_runs)
    assert "looks inverted" in " ".join(result.stderr.split())
    again = run("plain", path, "--invert", "--out", trained_runs)
    assert "looks inverted" not in again.stderr
    one = answered("plain", path, "--invert", "--out", trained_runs)[0]
    assert one["probabilities"] == answered("plain", pictures / "0.png", "--out", trained_runs)[0]["probabilities"]
    assert "looks inverted" not in run("plain", pictures, "--out", trained_runs).stderr


@pytest.mark.parametrize("bright", [True, False])
def test_a_photographed_digit_is_prepared_as_mnist_was_whatever_its_paper_is(bright: bool, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    ink = np.zeros((300, 380))
    ink[60:220, 100:130] = ink[60:90, 100:200] = 1
    shade = np.linspace(170, 240, 380)[None]
    photo = shade * (1 - 0.8 * ink) + random.normal(0, 3, ink.shape)
    path = picture(tmp_path / "photo.png", (photo if bright else 255 - photo).clip(0, 255).astype(np.uint8))
    seen = see(path, Wanted((28, 28, 1), drawing=True))
    wanted = prepare_drawing((ink * 255).astype(np.uint8))
    assert np.abs(seen.pixels[..., 0].astype(int) - wanted).mean() < 6
    assert seen.done == ("prepared as MNIST's digits were",)


def test_colours_stay_colours_where_the_network_takes_them(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)
    path = picture(tmp_path / "colour.png", pixels)
    model = Sequential([layers.Input((6, 5, 3)), layers.Flatten(), layers.Dense(3)])
    model.class_names = ["red", "green", "blue"]
    model.save(tmp_path / "net.keras")
    logits = model.predict(pixels[None] / np.float32(255))[0].astype(np.float64)
    (one,) = answered(tmp_path / "net.keras", path)
    shares = np.exp(logits) / np.exp(logits).sum()
    assert one["probabilities"] == pytest.approx(dict(zip(model.class_names, shares, strict=True)), abs=1e-6)
    (undivided,) = answered(tmp_path / "net.keras", path, "--divide-by", 1)
    assert undivided["probabilities"] != one["probabilities"]


def test_a_network_that_rescales_by_itself_gets_pixels_as_they_are(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 5), np.uint8)
    path = picture(tmp_path / "grey.png", pixels)
    model = Sequential([layers.Input((6, 5, 1)), layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(2)])
    model.add(layers.Activation("softmax"))
    model.save(tmp_path / "net.keras")
    (one,) = answered(tmp_path / "net.keras", path)
    wanted = model.predict(pixels[None, ..., None].astype(np.float32))[0]
    assert list(one["probabilities"].values()) == pytest.approx(wanted.tolist(), abs=1e-6)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "message", "error"),
    [
        (("plain", "PICTURE", "--json", "--csv"), "predict: expected --json or --csv, got both.", UsageError),
        (("plain", "PICTURE", "--invert", "--as-drawing"), "predict: expected --as-drawing or --invert", UsageError),
        (("plain", "PICTURE", "--divide-by", "0"), "--divide-by: expected a number above 0, got 0.", UsageError),
        (("plain", "EMPTY"), "empty: expected PNG or JPEG files, got none.", UsageError),
        (("features.keras", "PICTURE"), "expected a network of images with 1 or 3 channels, got shape", DataError),
        (("image.keras", "PICTURE"), "expected a network that tells classes apart, got an output of shape", UsageError),
    ],
)
def test_what_cannot_be_asked_is_refused(
    words: tuple[str, ...], message: str, error: type[Exception], trained_runs: Path, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    Sequential([layers.Input((4,)), layers.Dense(2)]).save(tmp_path / "features.keras")
    Sequential([layers.Input((6, 6, 1)), layers.Conv2D(2, 3)]).save(tmp_path / "image.keras")
    places = {"PICTURE": pictures / "0.png", "EMPTY": tmp_path / "empty"}
    named = [tmp_path / word if word.endswith(".keras") else places.get(word, word) for word in words]
    with pytest.raises(error, match=message):
        raise refused(*named, "--out", trained_runs)


@pytest.mark.parametrize("told", [["a"], "abcd", [1, 2, 3, 4], ["a", "b", "c", "\x1b[2J"], {"a": 1}])
def test_class_names_in_a_file_that_are_none_are_passed_over(told: object, tmp_path: Path, pictures: Path) -> None:
    import zipfile

    path = tmp_path / "net.keras"
    model = Sequential([layers.Input((12, 12, 1)), layers.Flatten(), layers.Dense(4)])
    model.save(path)
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    metadata = json.loads(members["metadata.json"])
    metadata["cnnlab"]["class_names"] = told
    with zipfile.ZipFile(path, "w") as new:
        for name, content in members.items():
            new.writestr(name, json.dumps(metadata) if name == "metadata.json" else content)
    assert list(answered(path, pictures / "0.png")[0]["probabilities"]) == ["0", "1", "2", "3"]  # type: ignore[call-overload]
    load_model(path)
