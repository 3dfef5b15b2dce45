"""Whole studies of a user's own images, as typed: from the first look at the data to the page with their names."""

import json
import re
import shutil
import tomllib
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from makers import Images, pictures, table
from PIL import Image
from sklearn.datasets import load_digits

from cnnlab.arch import zoo
from cnnlab.cli import main
from cnnlab.data import load
from cnnlab.data.own.pictures import resized
from cnnlab.errors import NetworkError
from cnnlab.lab.own_data import load_data, with_data
from cnnlab.lab.plan import from_zoo, notebook_plan
from cnnlab.records import Split
from cnnlab.report.words import format_bytes

SHAPES = ("<script>alert('x')<", "gr\xfcner Kreis", "v1.2 ball")


@pytest.fixture(scope="session")
def digits() -> Split:
    """Return MNIST before a test hides the machine's caches."""
    return load("mnist", offline=True)


class Terminal:
    """Types commands in a folder."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.code: object = 0
        self.err = ""

    def __call__(self, *words: str) -> str:
        self._monkeypatch.setattr("sys.argv", ["cnnlab", *words])
        self.code = 0
        try:
            main()
        except SystemExit as ended:
            self.code = ended.code or 0
        told = self._capsys.readouterr()
        self.err = told.err
        return told.out


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    monkeypatch.chdir(tmp_path)
    return Terminal(capsys, monkeypatch)


def page(folder: Path) -> str:
    (found,) = folder.glob("runs/*/report.html")
    return found.read_text("utf-8")


def small_digits(digits: Split, count: int) -> Images:
    images = np.stack([resized(np.asarray(image), (14, 14)) for image in digits.train.images[:count]])
    return Images(images, np.asarray(digits.train.labels[:count]))


def test_a_folder_of_digits_becomes_a_study_of_the_zoos_networks_with_a_page(typed: Terminal, tmp_path: Path) -> None:
    names = tuple(f"digit {number}" for number in range(10))
    scans = load_digits()
    pictures(tmp_path / "scans", Images(np.rint(scans.images * (255 / 16)).astype(np.uint8), scans.target), names)
    options = ("--epochs", "1", "--seeds", "1", "--hold-out", "40", "--limit", "1000", "--resize", "14x14")
    out = typed("run", "--data", "scans", *options)
    assert typed.code == 0, typed.err
    said = " ".join(typed.err.split())
    assert "Here architecture-1, architecture-2 and architecture-3 take images of 14 x 14 x 1 and tell 10" in said
    assert "scans: 1,000 of" in out
    assert max(map(len, (out + typed.err).splitlines())) <= 80
    html = page(tmp_path)
    assert all(name in html for name in names)
    assert "architecture-1" in html
    (folder,) = (tmp_path / "runs").glob("scans-*")
    told = tomllib.loads((folder / "study.toml").read_text())
    assert told["data"]["kind"] == "folder"
    assert sorted(told["data"]["sums"]) == ["class-names", "test-images", "test-labels", "train-images", "train-labels"]
    assert not told["notes"], "what is said of the notebook's study was said of another one"
    assert all("published" not in one for one in told["architecture"])
    assert '"classNames"' in html


def test_a_small_set_in_colour_keeps_its_hard_names_to_the_page(typed: Terminal, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for part, count in (("train", 30), ("test", 8)):
        for number, name in enumerate(SHAPES):
            (tmp_path / "shapes" / part / name).mkdir(parents=True)
            for index in range(count):
                pixels = rng.integers(0, 60, (16, 16, 3), np.uint8)
                pixels[3:12, 3:12, number] += 180
                Image.fromarray(pixels).save(tmp_path / "shapes" / part / name / f"{index}.png")
    command = ("run", "--data", "shapes", "--architectures", "architecture-3", "--epochs", "2", "--seeds", "2")
    told = json.loads(typed(*command, "--json"))
    assert typed.code == 0, typed.err
    assert told["class_names"] == list(SHAPES)
    html = page(tmp_path)
    assert "<script>alert" not in html
    assert SHAPES[1] in unescape(html)
    assert SHAPES[0] in unescape(html)
    assert "There is no drawing pad" in html

    # Another picture under the same path is refused by what the study keeps, and one that is brought back is not.
    (folder,) = (tmp_path / "runs").glob("shapes-*")
    study = str(folder / "study.toml")
    picture = tmp_path / "shapes" / "train" / SHAPES[1] / "0.png"
    content = picture.read_bytes()
    Image.new("RGB", (16, 16), "pink").save(picture)
    typed("run", study, "--seeds", "3")
    assert typed.code == 2
    assert "expected the data that the study was begun with (train-images" in typed.err
    picture.write_bytes(content)
    assert len(typed("runs", "list").splitlines()) == 3
    assert "architecture-3" in typed("compare", "--no-latency")

    # Moved, they are found in the cache; without that copy the message says what to type, and that works.
    (tmp_path / "shapes").rename(tmp_path / "moved")
    typed("report")
    assert typed.code == 0
    assert "not at hand" not in typed.err
    shutil.rmtree(tmp_path / "cache")
    typed("run", study, "--seeds", "3")
    assert typed.code == 4
    assert "got nothing there. Correct the path; of a study whose data were moved: cnnlab run" in typed.err
    typed("run", study, "--seeds", "3", "--data", "moved")
    assert typed.code == 0, typed.err
    assert len(list((tmp_path / "runs").glob("*/study.toml"))) == 1


def test_kaggles_table_becomes_a_study_and_a_diagnosis(digits: Split, typed: Terminal, tmp_path: Path) -> None:
    table(tmp_path / "train.csv", small_digits(digits, 240))
    typed("run", "--data", "train.csv", "--architectures", "architecture-3", "--epochs", "1", "--seeds", "1")
    assert typed.code == 0, typed.err
    html = page(tmp_path)
    assert re.search(r"train, 1\d\d training and \d\d test images", html)
    assert "cnnlab run study.toml --data PATH" in html
    typed("diagnose", "architecture-3", "--data", "train.csv", "--epochs", "1", "--hold-out", "100", "--limit", "0")
    assert typed.code == 2  # of a limit of none: the options are read as those of other data are


def test_a_study_file_names_data_with_all_that_says_how_to_read_them(
    digits: Split, typed: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnlab.lab.conduct.write_page", lambda *_: None)  # it takes seconds, and says nothing here
    some = small_digits(digits, 120)
    table(tmp_path / "digits.csv", Images(some.images[:, :10], some.labels), "what", at=140)
    (tmp_path / "study.toml").write_text(
        """
        name = "mine"
        seeds = 1
        [data]
        path = "digits.csv"
        label = "what"
        shape = [10, 14]
        resize = [8, 8]
        test_share = 0.25
        split_seed = 5
        [[architecture]]
        name = "flat"
        input_shape = [8, 8, 1]
        layers = [{ layer = "Flatten" }, { layer = "Dense", units = 10, activation = "softmax" }]
        """
    )
    typed("run", "study.toml")
    assert typed.code == 0, typed.err
    (folder,) = (tmp_path / "runs").glob("mine-*")
    data = tomllib.loads((folder / "study.toml").read_text())["data"]
    assert (data["name"], data["kind"], data["label"], data["shape"]) == ("digits", "csv", "what", [10, 14])
    assert (data["resize"], data["test_share"], data["split_seed"]) == ([8, 8], 0.25, 5)
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(folder / "study.toml", tmp_path / "elsewhere")
    assert "The only run of this study is there" in typed("run", "elsewhere/study.toml")


def test_mnists_own_files_are_mnist_wherever_they_lie(typed: Terminal, digits: Split, tmp_path: Path) -> None:
    np.savez(
        tmp_path / "mnist.npz",
        x_train=digits.train.images,
        y_train=digits.train.labels,
        x_test=digits.test.images,
        y_test=digits.test.labels,
    )
    plan = with_data(notebook_plan(), str(tmp_path / "mnist.npz"))
    assert (plan.data, plan.own) == ("mnist", None)
    assert with_data(notebook_plan(), "made-up").data == "made-up"


@pytest.mark.parametrize(
    ("words", "told", "code"),
    [
        (("--data", "minst"), "Did you mean 'mnist'?", 2),
        (("--data", "nowhere/"), "got nothing there", 4),
        (("--resize", "8x8"), "expected --data PATH beside it, got --resize alone", 2),
        (("--data", "mnist", "--resize", "8x8"), "data of your own to read so", 2),
        (("--data", "mine", "--resize", "8"), "Write height x width, as 32x32", 2),
        (("--data", "mine", "--test-share", "1.5"), "a share between 0 and 1", 2),
        (("--data", "mine"), "Choose larger images, --resize 28x28", 2),
    ],
)
def test_what_cannot_be_is_told_with_its_exit_code(
    words: tuple[str, ...], told: str, code: int, grey: Images, typed: Terminal, tmp_path: Path
) -> None:
    pictures(tmp_path / "mine", grey)
    typed("run", *words)
    assert told in " ".join(typed.err.split())
    assert typed.code == code
    assert not (tmp_path / "runs").exists()


def test_a_check_says_what_data_are_in_80_columns(typed: Terminal, grey: Images, tmp_path: Path) -> None:
    pictures(tmp_path / "mine", grey[slice(0, 45)], part="train")
    pictures(tmp_path / "mine", grey[slice(45, 60)], part="test")
    shutil.copy(tmp_path / "mine/train/apple/0000.png", tmp_path / "mine/test/beech/0000.png")
    out = typed("data", "check", "mine")
    assert typed.code == 0
    assert "mine: a folder of pictures, mine\n6 x 5 pixels, grey; 3 classes, 61 images" in out
    assert re.search(r"class  training  test\napple        15     5\nbeech        15     6\ncedar ", out)
    assert "Error: 1 of the 16 test images of mine stand among the training images" in " ".join(out.split())
    assert "Warning: 1 picture has more than one label in mine" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80
    told = json.loads(typed("data", "check", "mine", "--json"))
    assert told["usable"]
    assert told["counts"] == {"training": [15, 15, 15], "test": [5, 6, 5]}
    assert {one["kind"] for one in told["findings"]} == {"test-in-training", "two-labels"}


def test_a_check_says_where_the_copy_lies_and_how_much_all_copies_take(
    typed: Terminal, grey: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNLAB_CACHE_DIR", str(tmp_path / "cache"))
    sizes = []
    for count in (30, 60):  # the folder changes, and the older copy stays
        pictures(tmp_path / "mine", grey[slice(0, count)])
        out = typed("data", "check", "mine")
        told = json.loads(typed("data", "check", "mine", "--json"))["copy"]
        copy = Path(told["folder"])
        sizes.append(sum(one.stat().st_size for one in copy.iterdir()))
        assert copy.parent == tmp_path / "cache" / "own"
        assert (told["size"], told["all_size"]) == (sizes[-1], sum(sizes))
        assert str(copy) in out.replace("\n", "")
        assert f"takes {format_bytes(sizes[-1])}" in " ".join(out.split())
        assert ("all that are kept beside it" in " ".join(out.split())) == (count == 60)
    shutil.copytree(copy, tmp_path / "ready")
    assert json.loads(typed("data", "check", "ready", "--json"))["copy"] is None  # used where it lies


@pytest.mark.parametrize(("side", "small"), [(1, 1), (8, 1), (14, 0)])
def test_a_check_of_small_images_names_the_networks_that_a_run_would_train(
    typed: Terminal, tmp_path: Path, side: int, small: int
) -> None:
    pixels = np.arange(30 * side * side, dtype=np.uint8).reshape(30, side, side)
    np.savez(tmp_path / "small.npz", x_train=pixels, y_train=np.arange(30) % 3)
    told = " ".join(typed("data", "check", "small.npz").split())
    taken = json.loads(typed("data", "check", "small.npz", "--json"))["zoo"]
    plan = with_data(notebook_plan(), str(tmp_path / "small.npz"))
    for name in zoo.names():
        one = replace(plan, architectures=(from_zoo(name),))
        if name in taken:
            assert load_data(one)[0].architectures[0].network.input_shape == (side, side, 1)
        else:
            with pytest.raises(NetworkError, match=f"--architectures {','.join(taken)}"):
                load_data(one)
    if not small:
        assert told.endswith("cnnlab run --data trains the zoo's networks on them.")
    else:
        others = f"--architectures {','.join(taken)} or --resize 28x28."
        assert told.endswith(f"too small for architecture-1: with cnnlab run --data write {others}")


def test_a_check_names_all_that_is_wrong_at_once(typed: Terminal, grey: Images, tmp_path: Path) -> None:
    pictures(tmp_path / "mine", grey)
    for index in range(4):
        (tmp_path / "mine" / "apple" / f"x{index}.png").write_bytes(b"no picture")
    Image.new("L", (9, 9)).save(tmp_path / "mine" / "beech" / "odd.png")
    (tmp_path / "mine" / "willow").mkdir()
    told = json.loads(typed("data", "check", "mine", "--json"))
    assert typed.code == 2
    kinds = [(one["kind"], one["severity"]) for one in told["findings"]]
    assert kinds == [("broken", "error"), ("sizes", "error"), ("left-out", "warning")]
    assert told["findings"][0]["text"].startswith(
        "4 files are no picture that can be used: apple/x0.png: no PNG or JPEG"
    )
    assert told["counts"] == {"": [24, 21, 20]}
    text = typed("data", "check", "mine")
    assert "One cannot train on these data as they are" in text
    (tmp_path / "one" / "cat").mkdir(parents=True)
    Image.new("L", (9, 9)).save(tmp_path / "one" / "cat" / "a.png")
    assert "There is one class only, 'cat'" in typed("data", "check", "one")
    assert typed.code == 2
    typed("data", "check", "nothing")
    assert typed.code == 4
