"""Folders of pictures as Keras' scripts read them."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnlab.errors import CnnlabError, NotSupportedError, UsageError
from cnnlab.keras import Sequential, layers
from cnnlab.keras.utils import image_dataset_from_directory, img_to_array, load_img

EXAMPLE = Path(__file__).parents[2] / "examples/own_pictures.py"
READ = {"color_mode": "grayscale", "image_size": (6, 5)}


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNLAB_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten pictures of each of three classes, every one with a grey of its own."""
    for number in range(30):
        place = tmp_path / "pictures" / ("pear", "apple", "fig")[number % 3]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((5, 4), 8 * number, np.uint8)).save(place / f"{number:02}.png")
    return tmp_path / "pictures"


def greys(images: np.ndarray) -> list[int]:
    return sorted(int(image.flat[0]) // 8 for image in images)


def test_each_picture_comes_once_an_epoch_with_the_label_of_its_folder(folder: Path) -> None:
    data: Any = image_dataset_from_directory(folder, batch_size=8, **READ)
    assert data.class_names == ["apple", "fig", "pear"]
    for _ in range(2):
        images, labels = (np.concatenate(parts) for parts in zip(*data, strict=True))
        assert images.shape == (30, 6, 5, 1)
        assert images.dtype == np.float32
        assert greys(images) == list(range(30))
        place = [("pear", "apple", "fig")[int(image.flat[0]) // 8 % 3] for image in images]
        assert [data.class_names[label] for label in labels] == place


def test_two_loops_have_two_orders_unless_it_shall_not_shuffle(folder: Path) -> None:
    mixed: Any = image_dataset_from_directory(folder, **READ)
    plain: Any = image_dataset_from_directory(folder, shuffle=False, **READ)
    assert not np.array_equal(next(iter(mixed))[0], next(iter(mixed))[0])
    assert np.array_equal(next(iter(plain))[0], next(iter(plain))[0])


def test_both_halves_are_the_whole_and_each_class_gives_its_share(folder: Path) -> None:
    words: dict[str, Any] = {**READ, "validation_split": 0.2, "seed": 3}
    train, validation = image_dataset_from_directory(folder, subset="both", **words)
    assert (train.n, validation.n) == (24, 6)
    assert greys(np.concatenate([train.images, validation.images])) == list(range(30))
    assert np.bincount(validation.labels).tolist() == [2, 2, 2]
    alone: Any = image_dataset_from_directory(folder, subset="validation", **words)
    assert greys(alone.images) == greys(validation.images)


def test_labels_may_be_rows_and_names_may_have_an_order(folder: Path) -> None:
    names = ["pear", "fig", "apple"]
    data: Any = image_dataset_from_directory(folder, label_mode="categorical", class_names=names, **READ)
    for image, row in zip(data.images, data.labels, strict=True):
        assert row.sum() == 1
        assert names[row.argmax()] == ("pear", "apple", "fig")[int(image.flat[0]) // 8 % 3]
    assert image_dataset_from_directory(folder, label_mode=None, **READ).labels is None


def test_labels_of_two_folders_may_be_a_column_and_those_of_three_not(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"label_mode='binary': expected folders of two classes, got 3. Use label_mod"):
        image_dataset_from_directory(folder, label_mode="binary", **READ)
    shutil.rmtree(folder / "pear")
    data: Any = image_dataset_from_directory(folder, label_mode="binary", **READ)
    assert data.labels.shape == (20, 1)
    assert [int(image.flat[0]) // 8 % 3 for image in data.images] == [1 + int(label) for label in data.labels[:, 0]]


def test_colours_become_greys_by_their_luminance_and_greys_become_colours(tmp_path: Path) -> None:
    for name, colour in (("red", (200, 0, 0)), ("green", (0, 200, 0))):
        (tmp_path / "c" / name).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (3, 3), colour).save(tmp_path / "c" / name / f"{number}.png")
    grey: Any = image_dataset_from_directory(tmp_path / "c", color_mode="grayscale", image_size=(3, 3), shuffle=False)
    found = {grey.class_names[label]: int(image.flat[0]) for image, label in zip(grey.images, grey.labels, strict=True)}
    assert found == {"red": 60, "green": 117}  # ITU-R BT.601, as Keras has it
    colours: Any = image_dataset_from_directory(tmp_path / "c", image_size=(3, 3))
    assert colours.images.shape == (6, 3, 3, 3)


@pytest.mark.filterwarnings("ignore:.*are constant")
def test_a_model_trains_evaluates_and_predicts_on_it_as_on_the_arrays(folder: Path) -> None:
    data: Any = image_dataset_from_directory(folder, batch_size=8, **READ)

    def model() -> Sequential:
        made = Sequential(
            [
                layers.Input((6, 5, 1)),
                layers.Rescaling(1 / 255),
                layers.Flatten(),
                layers.Dense(3, activation="softmax"),
            ],
            seed=1,
        )
        made.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return made

    one, other = model(), model()
    arrays = (data.images, data.labels)
    one.fit(data, validation_data=data, epochs=2, verbose=0)
    other.fit(*arrays, batch_size=8, validation_data=arrays, epochs=2, verbose=0)
    assert one.history.history == other.history.history
    assert (one.class_names, other.class_names) == (("apple", "fig", "pear"), ())
    assert one.evaluate(data, verbose=0) == other.evaluate(data.images, data.labels, verbose=0)
    assert np.array_equal(one.predict(data), other.predict(data.images))


def test_a_function_is_applied_to_every_batch(folder: Path) -> None:
    data: Any = image_dataset_from_directory(folder, batch_size=8, **READ)
    halved = data.map(lambda images, labels: (images / 510, labels)).cache().shuffle(10).prefetch(1)
    assert halved.images.max() < 0.5
    assert np.array_equal(halved.images, data.images.astype(np.float32) / 510)
    assert len(data.take(2)) == 2


@pytest.mark.parametrize(
    ("words", "kind", "message"),
    [
        ({"label_mode": "multi"}, NotSupportedError, "expected int, categorical, binary or None, got 'multi'"),
        ({"color_mode": "rgba"}, NotSupportedError, "expected rgb or grayscale, got 'rgba'"),
        ({"validation_split": 0.2}, UsageError, "expected a share and which subset, or neither"),
        ({"subset": "both"}, UsageError, "expected a share and which subset, or neither"),
        ({"validation_split": 0.2, "subset": "test"}, UsageError, "subset='test'"),
        (
            {"class_names": ["apple", "fig"]},
            UsageError,
            "expected the folders 'apple', 'fig', 'pear', got 'apple', 'fig'",
        ),
        ({"labels": [0, 1]}, NotSupportedError, "labels='inferred', the only value cnnlab has"),
        ({"image_size": (0, 4)}, CnnlabError, "resize"),
        ({"img_size": 3}, UsageError, "img_size"),
    ],
)
def test_what_cannot_be_is_refused(folder: Path, words: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        image_dataset_from_directory(folder, **{**READ, **words})


def test_one_picture_is_read_as_an_array(folder: Path) -> None:
    picture = load_img(folder / "pear/03.png", color_mode="grayscale", target_size=(7, 9))
    array = img_to_array(picture)
    assert (array.shape, array.dtype, array.flat[0]) == ((7, 9, 1), np.float32, 24.0)
    assert img_to_array(load_img(folder / "pear/03.png")).shape == (5, 4, 3)


def picture(content: bytes) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        (folder / "one.png").write_bytes(content)
        return folder / "one.png"

    return made


@pytest.mark.parametrize(
    ("made", "message"),
    [(picture(b"no picture"), "no PNG or JPEG"), (lambda folder: folder / "none.png", "no such file")],
)
def test_what_is_no_picture_is_refused(made: Callable[[Path], Path], message: str, tmp_path: Path) -> None:
    with pytest.raises(CnnlabError, match=message):
        load_img(made(tmp_path))


@pytest.mark.slow
def test_the_script_of_the_guide_trains_on_a_folder_and_saves_its_model(folder: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLE, folder], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "of the pictures held out are right" in done.stdout
    assert (tmp_path / "pictures.keras").is_file()


def test_the_guide_shows_the_script_as_it_is() -> None:
    body = EXAMPLE.read_text(encoding="utf-8").split('"""\n', 2)[-1].strip()
    assert f"```python\n{body}\n```" in (EXAMPLE.parents[1] / "docs/from-keras.md").read_text(encoding="utf-8")
