"""What is refused is told with its place and the way out."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import Images, idx_pair, pictures, table

from cnnlab.data.own import OwnData, Reading, load_own, read_shape
from cnnlab.errors import DataError, DataUnavailableError, UsageError


def refused(path: Path, **reading: object) -> str:
    with pytest.raises(DataError) as told:
        load_own(path, OwnData(Reading(**reading)))
    return str(told.value)


def test_kaggles_table_to_predict_is_told_from_one_to_train_on(grey: Images, tmp_path: Path) -> None:
    flat = Images(grey.images[:, :5], grey.labels)
    (tmp_path / "k").mkdir()
    table(tmp_path / "k" / "train.csv", flat)
    lines = (tmp_path / "k" / "train.csv").read_text().splitlines()
    (tmp_path / "k" / "test.csv").write_text("\n".join(line.partition(",")[2] for line in lines))
    loaded = load_own(tmp_path / "k")
    assert len(loaded.split.test) == 12
    assert "test.csv has no column of labels" in loaded.notices[0]
    assert "Kaggle's test.csv, is to be predicted: give train.csv" in refused(tmp_path / "k" / "test.csv")


def test_a_table_says_which_line_is_wrong(grey: Images, tmp_path: Path) -> None:
    flat = Images(grey.images[:, :5], grey.labels)
    lines = table(tmp_path / "a.csv", flat).read_text().splitlines()
    first = grey.images[3, 0, 0]
    for change, wanted in (
        ("1,2,3", "line 5: expected 26 values as in the first line, got 3"),
        (
            lines[4].replace(",", ",x", 1),
            f"b.csv, line 5, column 'pixel0': expected pixels as numbers, got 'x{first}'",
        ),
        (",".join(["1", "256", *["0"] * 24]), "pixels from 0 to 255, or from 0 to 1, got 0 to 256"),
        (",".join(["1", "-1", *["0"] * 24]), "pixels from 0 to 255, or from 0 to 1, got -1 to 255"),
        (",".join(["1", "nan", *["0"] * 24]), "pixels from 0 to 255, or from 0 to 1, got nan"),
        (",".join(["", *["0"] * 25]), "line 5: expected a label, got an empty cell"),
    ):
        (tmp_path / "b.csv").write_text("\n".join([*lines[:4], change, *lines[5:]]))
        assert wanted in refused(tmp_path / "b.csv")


@settings(max_examples=30)
@given(wrong=st.integers(1, 599), column=st.integers(1, 4), named=st.booleans(), blank=st.integers(1, 600))
def test_the_cell_that_is_no_number_is_named_as_an_editor_counts_lines(
    tmp_path_factory: pytest.TempPathFactory, wrong: int, column: int, named: bool, blank: int
) -> None:
    path = tmp_path_factory.mktemp("table") / "t.csv"
    rows = [[str(index % 2), "1", "2", "3", "4"] for index in range(600)]
    rows[wrong][column] = " "
    lines = [",".join(row) for row in rows]
    lines.insert(blank, "")
    if named:
        lines.insert(0, "label,a,b,c,d")
    path.write_text("\n".join(lines))
    place = 1 + next(index for index, line in enumerate(lines) if " " in line)
    what = repr("-abcd"[column]) if named else str(column + 1)
    assert f"t.csv, line {place}, column {what}: expected pixels as numbers, got an empty cell" in refused(path)


def test_a_row_that_is_no_square_asks_for_the_shape(grey: Images, coloured: Images, tmp_path: Path) -> None:
    told = refused(table(tmp_path / "a.csv", grey))
    assert "a square number of pixels, got 30 in a row. Say what an image is: --shape 24x32" in told
    square = Images(coloured.images[:, :, :5], coloured.labels)
    assert "--shape 5x5x3" in refused(table(tmp_path / "b.csv", square))
    assert "expected 28 pixels, got 30 in a row" in refused(tmp_path / "a.csv", shape=(4, 7))
    flat = table(tmp_path / "c.csv", Images(grey.images[:, :5], grey.labels))
    assert "expected 28 pixels, got 25 in a row. Say what an image is: --shape 5x5 (" in refused(flat, shape=(4, 7))


def test_a_column_that_is_not_there_is_told_with_those_that_are(grey: Images, tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", Images(grey.images[:, :5], grey.labels), "species")
    assert "expected a column of labels (label, class, ...), got 26 columns, species, pixel0" in refused(path)
    assert "Did you mean 'species'?" in refused(path, label="spezies")
    assert load_own(path, OwnData(Reading(label="species"))).split.class_names == ("0", "1", "2")


def test_a_table_without_names_has_its_labels_in_front(grey: Images, tmp_path: Path) -> None:
    flat = Images(grey.images[:, :5], grey.labels)
    lines = table(tmp_path / "a.csv", flat).read_text().splitlines()
    (tmp_path / "b.csv").write_text("\n".join(lines[1:]))
    with gzip.open(tmp_path / "c.csv.gz", "wt") as file:
        file.write("\r\n".join(lines))
    (tmp_path / "d.csv").write_text("\n".join([f"id,{lines[0]}", *(f"{n},{line}" for n, line in enumerate(lines[1:]))]))
    sums = [load_own(tmp_path / name).split.sums for name in ("a.csv", "b.csv", "c.csv.gz", "d.csv")]
    assert sums[1:] == [sums[0]] * 3
    assert "left out: id." in load_own(tmp_path / "d.csv").notices[0]


def test_folders_without_classes_are_told_how_they_should_be(grey: Images, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "mine", grey)
    assert "at least two classes with images, got 1, 'apple'" in refused(_alone(folder / "apple", tmp_path / "one"))
    assert "one folder for each class, got 20 pictures in no folder of a class" in refused(folder / "apple")
    (tmp_path / "empty").mkdir()
    assert "one folder for each class, got no PNG or JPEG" in refused(tmp_path / "empty")


def _alone(folder: Path, target: Path) -> Path:
    target.mkdir()
    (target / folder.name).mkdir()
    for file in folder.iterdir():
        (target / folder.name / file.name).write_bytes(file.read_bytes())
    return target


def test_what_is_left_out_is_told_of(grey: Images, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "mine", grey)
    (folder / "apple" / "read.me").write_text("x")
    (folder / "apple" / "._0000.png").write_bytes(b"x")
    (folder / "apple" / "Thumbs.db").write_bytes(b"x")
    (folder / "loose.png").write_bytes((folder / "apple" / "0000.png").read_bytes())
    (folder / "willow").mkdir()
    notices = load_own(folder).notices
    assert "1 file is no PNG or JPEG by its name and is left out: apple/read.me." in notices
    assert "1 picture lies in no folder of a class and is left out: loose.png." in notices
    assert "1 folder has no picture and is left out: willow." in notices
    assert len(load_own(folder).split.train) == 48


def test_what_lies_beside_the_parts_is_left_out(grey: Images, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    pictures(folder, grey[slice(0, 45)], part="train")
    pictures(folder, grey[slice(45, 60)], part="extra")
    (folder / "test1").mkdir()
    (folder / "test1" / "1.png").write_bytes((folder / "train" / "apple" / "0000.png").read_bytes())
    loaded = load_own(folder)
    assert loaded.split.class_names == ("apple", "beech", "cedar")
    assert len(loaded.split.train) + len(loaded.split.test) == 45
    assert loaded.notices[0] == (
        "16 pictures lie in no folder of a class and are left out: "
        "extra/apple/0000.png, extra/apple/0003.png, extra/apple/0006.png and more."
    )


def test_a_class_may_be_called_train(grey: Images, tmp_path: Path) -> None:
    loaded = load_own(pictures(tmp_path / "mine", grey, ("bus", "train", "tram")))
    assert loaded.split.class_names == ("bus", "train", "tram")


def test_labels_that_are_none_are_refused(grey: Images, tmp_path: Path) -> None:
    for labels, wanted in (
        (grey.labels[:59], "60 labels, one for each image"),
        (np.linspace(0, 1, 60), "expected labels, got an array of float64"),
        (np.full((60, 3), 0.5), "rows of 3 that are not one-hot"),
        (np.arange(60) * 0, "at least two classes"),
    ):
        np.savez(tmp_path / "a.npz", x=grey.images, y=labels)
        assert wanted in refused(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", x=np.zeros((1100, 2, 2), np.uint8), y=np.arange(1100))
    assert "at most 1,000 classes, got 1,100" in refused(tmp_path / "b.npz")
    np.savez(tmp_path / "c.npz", pictures=grey.images, words=grey.labels)
    assert "arrays x_train and y_train, or images and labels, got pictures, words" in refused(tmp_path / "c.npz")


def test_pixels_that_are_none_are_refused(grey: Images, tmp_path: Path) -> None:
    for images, wanted in (
        (grey.images - 128.0, "pixels from 0 to 255, or from 0 to 1"),
        (grey.images.astype(complex), "arrays of numbers"),
        (np.zeros((60, 6, 5, 4), np.uint8), "grey or colour images"),
        (np.zeros((60, 300, 5), np.uint8), "at most 256 x 256"),
    ):
        np.savez(tmp_path / "a.npz", x=images, y=grey.labels)
        assert wanted in refused(tmp_path / "a.npz")


def test_images_without_labels_beside_them_are_told_what_is_missing(grey: Images, tmp_path: Path) -> None:
    folder = idx_pair(tmp_path / "mine", grey, "train")
    (folder / "train-labels-idx1-ubyte").unlink()
    assert "labels beside train-images-idx3-ubyte, train-labels-idx1-ubyte, got none" in refused(folder)


def test_nothing_at_a_path_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match="a folder or a file with images, got nothing there"):
        load_own(tmp_path / "nothing")


@pytest.mark.parametrize("text", ["32", "32x", "x32", "32x32x3x1", "-1x4", "32*32", ""])
def test_a_size_that_is_none_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="Write height x width, as 32x32"):
        read_shape(text, "--resize")
