"""The same images in every form are the same data set, to the byte."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from makers import NAMES, Images, idx_pair, pictures, table, zipped

from cnnlab.data.own import Loaded, OwnData, Reading, found_kind, kept_arrays, load_own
from cnnlab.data.own.raw import Part
from cnnlab.randomness import Stream, stream_key, words_at
from cnnlab.records import Examples

TRAIN, TEST = slice(0, 45), slice(45, 60)


def parts(loaded: Loaded) -> tuple[Images, Images]:
    train, test = loaded.split.train, loaded.split.test
    return Images(train.images, train.labels), Images(test.images, test.labels)


def same(found: Images, wanted: Images) -> bool:
    return np.array_equal(found.images, wanted.images) and np.array_equal(found.labels, wanted.labels)


def written(form: str, folder: Path, some: Images) -> Path:
    """Write images with a part to train on and one to test with, in a form that has an order."""
    train, test = some[TRAIN], some[TEST]
    folder.mkdir()
    arrays = {"x_train": train.images, "y_train": train.labels, "x_test": test.images, "y_test": test.labels}
    match form:
        case "npz as Keras names it":
            np.savez_compressed(folder / "a.npz", **arrays)
        case "npz stored, labels in a column":
            arrays["y_train"], arrays["y_test"] = train.labels[:, None], test.labels[:, None]
            np.savez(folder / "a.npz", **arrays)
        case "npz as MedMNIST names it, one-hot":
            hot = np.eye(3)
            np.savez(
                folder / "a.npz",
                train_images=train.images,
                train_labels=hot[train.labels],
                test_images=test.images,
                test_labels=hot[test.labels],
            )
        case "npz of shares of 255":
            arrays["x_train"], arrays["x_test"] = train.images / 255, (test.images / 255).astype(np.float32)
            np.savez(folder / "a.npz", **arrays)
        case "npz with a channel in front":
            arrays["x_train"], arrays["x_test"] = train.images[:, None], test.images[:, None]
            np.savez(folder / "a.npz", **arrays)
        case "two tables":
            table(folder / "train.csv", train)
            table(folder / "test.csv", test, "Class", at=7)
            return folder
        case "idx":
            idx_pair(folder, train, "train")
            return idx_pair(folder, test, "t10k")
        case "idx packed":
            idx_pair(folder, train, "train", ".gz")
            return idx_pair(folder, test, "t10k", ".gz")
    return folder / "a.npz"


FORMS = (
    "npz as Keras names it", "npz stored, labels in a column", "npz as MedMNIST names it, one-hot",
    "npz of shares of 255", "npz with a channel in front", "two tables", "idx", "idx packed",
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_parts_that_are_given_come_in_their_order_whatever_the_form(form: str, grey: Images, tmp_path: Path) -> None:
    reading = Reading(shape=(6, 5)) if form == "two tables" else Reading()
    loaded = load_own(written(form, tmp_path / "mine", grey), OwnData(reading))
    train, test = parts(loaded)
    assert same(train, grey[TRAIN])
    assert same(test, grey[TEST])
    assert loaded.split.class_names == ("0", "1", "2")


def test_every_form_has_the_sums_of_the_others(grey: Images, tmp_path: Path) -> None:
    sums = {
        json.dumps(load_own(written(form, tmp_path / str(index), grey), OwnData(Reading(shape=(6, 5)))).split.sums)
        for index, form in enumerate(FORMS)
    }
    arrays = {Part.TRAIN: (grey[TRAIN].images, grey[TRAIN].labels), Part.TEST: (grey[TEST].images, grey[TEST].labels)}
    folder = kept_arrays(arrays, Reading(), name="arrays")
    sums.add(json.dumps(load_own(folder).split.sums))
    assert len(sums) == 1


def threefry(seed: int, index: int) -> int:
    """Draw the number of one image, alone."""
    high, low = words_at(stream_key(seed, Stream.OWN_DATA), np.array([index]), 2)[0]
    return (int(high) << 32) + int(low)


def divided_slowly(labels: list[int], share: float, seed: int) -> tuple[list[int], list[int]]:
    """Divide images one by one: the oracle of what is done with arrays."""
    keys = [threefry(seed, index) for index in range(len(labels))]
    test: list[int] = []
    for label in sorted(set(labels)):
        rows = sorted((index for index, one in enumerate(labels) if one == label), key=lambda index: keys[index])
        test += rows[: min(max(1, int(len(rows) * share + 0.5)), len(rows) - 1)]
    train = [index for index in range(len(labels)) if index not in test]
    return sorted(train, key=lambda index: keys[index]), sorted(test, key=lambda index: keys[index])


@pytest.mark.parametrize(("share", "seed"), [(0.2, 0), (0.01, 2**32 - 1), (0.99, 3)])
def test_parts_that_are_drawn_are_those_of_the_slow_oracle(
    share: float, seed: int, grey: Images, tmp_path: Path
) -> None:
    order = np.argsort(grey.labels, kind="stable")  # the order of paths: class by class
    listed = Images(grey.images[order], grey.labels[order])
    train, test = divided_slowly(listed.labels.tolist(), share, seed)
    reading = Reading(test_share=share, split_seed=seed, shape=(6, 5))
    folder = pictures(tmp_path / "mine", grey)
    for path in (folder, zipped(folder), zipped(folder, "mine/")):
        found = load_own(path, OwnData(reading))
        assert found.split.class_names == NAMES
        assert same(parts(found)[0], Images(listed.images[train], listed.labels[train]))
        assert same(parts(found)[1], Images(listed.images[test], listed.labels[test]))
    np.savez(tmp_path / "b.npz", images=listed.images, labels=listed.labels)
    table(tmp_path / "c.csv", listed)
    idx_pair(tmp_path / "d", listed, "all")
    for path in (tmp_path / "b.npz", tmp_path / "c.csv", tmp_path / "d", tmp_path / "d" / "all-images-idx3-ubyte"):
        found = load_own(path, OwnData(reading))
        assert same(parts(found)[0], Images(listed.images[train], listed.labels[train])), path
        assert same(parts(found)[1], Images(listed.images[test], listed.labels[test])), path


def test_the_first_and_the_last_images_of_a_folder_are_of_all_classes(grey: Images, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "mine", grey[TRAIN], part="train")
    train = load_own(pictures(folder, grey[TEST], part="test")).split.train
    assert len(train) == 45
    assert set(train.head(12).labels) == set(train.behind(33).labels) == {0, 1, 2}


def test_folders_named_for_parts_are_parts_and_validation_images_come_last(grey: Images, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down"
    pictures(folder, grey[slice(0, 30)], part="Train")
    pictures(folder, grey[slice(30, 45)], part="val")
    pictures(folder, grey[TEST], part="TEST")
    loaded = load_own(tmp_path)  # the folders above, which hold one folder each, are passed through
    assert loaded.held_out == 15
    kinds = [
        contents(loaded.split.train.head(30)),
        contents(loaded.split.train.behind(30)),
        contents(loaded.split.test),
    ]
    assert kinds == [_listed(grey[slice(0, 30)]), _listed(grey[slice(30, 45)]), _listed(grey[TEST])]


def contents(examples: Examples) -> list[tuple[bytes, int]]:
    return _listed(Images(examples.images, examples.labels))


def _listed(some: Images) -> list[tuple[bytes, int]]:
    return sorted((image.tobytes(), int(label)) for image, label in zip(some.images, some.labels, strict=True))


def test_validation_images_are_tested_with_where_there_are_no_others(grey: Images, tmp_path: Path) -> None:
    pictures(tmp_path / "mine", grey[TRAIN], part="train")
    loaded = load_own(pictures(tmp_path / "mine", grey[TEST], part="valid"))
    assert (len(loaded.split.test), loaded.held_out) == (15, 0)
    assert "the validation images are tested with" in loaded.notices[0]


def test_colours_stay_colours_in_folders_arrays_and_flat_rows(coloured: Images, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=coloured.images, y=coloured.labels)
    np.savez(tmp_path / "b.npz", x=np.moveaxis(coloured.images, -1, 1), y=coloured.labels)
    table(tmp_path / "c.csv", coloured)
    reading = Reading(shape=(5, 7, 3))
    arrays = [load_own(tmp_path / name, OwnData(reading)).split.train for name in ("a.npz", "b.npz", "c.csv")]
    assert arrays[0].images.shape == (32, 5, 7, 3)
    assert len({contents(one)[0] for one in arrays}) == 1
    folder = load_own(pictures(tmp_path / "mine", coloured)).split
    assert sorted([*contents(folder.train), *contents(folder.test)]) == _listed(coloured)


def test_decimals_are_rounded_and_this_is_said(tmp_path: Path) -> None:
    x = np.tile(np.array([[0.4, 0.6], [254.6, 128.0]]), (4, 1, 1))
    np.savez(tmp_path / "a.npz", x=x, y=[0, 1] * 2)
    loaded = load_own(tmp_path / "a.npz")
    assert loaded.split.train.images[0].tolist() == [[0, 1], [255, 128]]
    assert "pixels with decimals are rounded" in loaded.notices[0]


def test_a_table_of_words_names_its_classes_by_them(grey: Images, tmp_path: Path) -> None:
    words = np.array(["zebra, \xf6ld", "ape", "<b>"])[grey.labels]
    flat = grey.images.reshape(60, -1)
    lines = [f'"{word}";' + ";".join(map(str, row)) for word, row in zip(words, flat.tolist(), strict=True)]
    head = "species;" + ";".join(f"p{index}" for index in range(30))
    (tmp_path / "a.csv").write_text("\n".join([head, *lines]), "utf-8-sig")
    loaded = load_own(tmp_path / "a.csv", OwnData(Reading(label="species", shape=(5, 6))))
    assert loaded.split.class_names == ("<b>", "ape", "zebra, \xf6ld")


def test_numbers_as_names_are_in_the_order_of_counting(tmp_path: Path) -> None:
    x = np.zeros((24, 2, 2), np.uint8)
    x[:] = np.arange(24)[:, None, None]
    names = tuple(str(number) for number in range(12))
    loaded = load_own(pictures(tmp_path / "mine", Images(x, np.arange(24) % 12), names))
    assert loaded.split.class_names == names
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(24) % 12 * 5 + 1)
    assert load_own(tmp_path / "a.npz").split.class_names == tuple(str(5 * number + 1) for number in range(12))


def test_names_of_classes_in_an_archive_are_taken(grey: Images, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=grey.images, y=grey.labels, class_names=np.array(NAMES))
    assert load_own(tmp_path / "a.npz").split.class_names == NAMES


def test_what_lies_at_a_path_is_told_by_looking_and_not_by_its_name(grey: Images, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=grey.images, y=grey.labels)
    (tmp_path / "a.npz").rename(tmp_path / "a.zip")
    pictures(tmp_path / "mine", grey)
    zipped(tmp_path / "mine").rename(tmp_path / "b.bin")
    idx_pair(tmp_path / "c", grey, "train")
    with zipfile.ZipFile(tmp_path / "plain.zip", "w") as archive:
        archive.writestr("read.me", "x")
    kinds = [found_kind(tmp_path / name) for name in ("a.zip", "b.bin", "c", "mine", "plain.zip")]
    assert kinds == ["npz", "zip", "idx", "folder", "zip"]
