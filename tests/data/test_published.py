"""Data sets of which only sums of the files as published are known: made files of the same forms stand for them."""

import gzip
import hashlib
import io
import pickle
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from cnnlab import data
from cnnlab.data import cache, cifar10, idx, published
from cnnlab.data.catalogue import DATA_SETS, data_set
from cnnlab.data.failures import SourceError
from cnnlab.data.known import CIFAR10, FASHION_MNIST, KMNIST, KnownFiles
from cnnlab.data.parts import Parts
from cnnlab.data.request import Request
from cnnlab.data.search import obtain
from cnnlab.data.sources.keras_cache import KERAS_FOLDER
from cnnlab.errors import DataUnavailableError
from cnnlab.keras import backend
from cnnlab.keras.datasets import cifar10 as keras_cifar10
from cnnlab.keras.datasets import fashion_mnist, kmnist

SHAPES = ((40, 28, 28), (40,), (10, 28, 28), (10,))
EACH = 4


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Clothes:
    """A small data set in Fashion-MNIST's form."""

    known: KnownFiles
    arrays: Parts
    files: dict[str, bytes]

    def lay(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return folder


@pytest.fixture
def clothes(monkeypatch: pytest.MonkeyPatch) -> Clothes:
    rng = np.random.default_rng(2)
    arrays = {
        part.name: rng.integers(0, 256 if len(shape) == 3 else 10, shape, np.uint8)
        for part, shape in zip(FASHION_MNIST.parts, SHAPES, strict=True)
    }
    files = {
        f"{name}.gz": gzip.compress(idx.header(one.shape) + one.tobytes(), mtime=0) for name, one in arrays.items()
    }
    parts = tuple(
        replace(part, shape=arrays[part.name].shape, packed_md5=md5(files[f"{part.name}.gz"]))
        for part in FASHION_MNIST.parts
    )
    known = replace(FASHION_MNIST, parts=parts)
    monkeypatch.setitem(DATA_SETS, "fashion_mnist", replace(data_set("fashion_mnist"), files=known))
    return Clothes(known, arrays, files)


def same(found: Parts, arrays: Parts) -> bool:
    return all(np.array_equal(found[name], one) for name, one in arrays.items())


@pytest.mark.parametrize("place", [".", "raw", "fashion-mnist", "datasets/fashion-mnist", "FashionMNIST/raw"])
def test_packed_files_are_read_from_wherever_keras_and_torchvision_put_them(
    place: str, clothes: Clothes, tmp_path: Path
) -> None:
    clothes.lay(tmp_path / place)
    assert same(published.read_published(tmp_path, clothes.known), clothes.arrays)


def test_a_set_goes_through_keras_cache_into_ours_and_is_summed_at_every_load(clothes: Clothes, tmp_path: Path) -> None:
    clothes.lay(tmp_path / "keras-home" / "datasets" / "fashion-mnist")
    request = Request(clothes.known, tmp_path / "cache" / "fashion_mnist")
    assert KERAS_FOLDER.there(request)
    first = data.load("fashion_mnist", offline=True)
    again = data.load("fashion_mnist", offline=True)
    assert (first.train.images.shape, again.source.split(",")[0]) == ((40, 28, 28), "cache")
    assert first.sums == again.sums == {name: idx.sha256(one) for name, one in clothes.arrays.items()}
    assert first.class_names[0] == "T-shirt/top"
    assert {state.state for state in data.verify("fashion_mnist")} == {"ok"}
    part = tmp_path / "cache" / "fashion_mnist" / "t10k-labels-idx1-ubyte.npy"
    part.write_bytes(part.read_bytes()[:-1] + b"\x09")
    with pytest.raises(SourceError, match="t10k-labels-idx1-ubyte: expected SHA-256"):
        cache.read(request.cache, clothes.known)
    assert [state.state for state in data.verify("fashion_mnist")] == ["ok", "ok", "ok", "damaged"]
    (x_train, y_train), (_, y_test) = fashion_mnist.load_data()
    assert (x_train.shape, y_train.shape, y_test.shape) == ((40, 28, 28), (40,), (10,))
    x_train[0] = 1


def test_another_file_of_the_same_name_is_refused_before_it_is_unpacked(clothes: Clothes, tmp_path: Path) -> None:
    clothes.lay(tmp_path)
    other = tmp_path / "t10k-images-idx3-ubyte.gz"
    other.write_bytes(gzip.compress(gzip.decompress(other.read_bytes()), 1, mtime=0))
    with pytest.raises(
        DataUnavailableError, match=r"t10k-images-idx3-ubyte\.gz: expected MD5 .*, got .*: another file"
    ):
        data.load("fashion_mnist", path=tmp_path)
    other.write_bytes(bytes(1 << 20))
    with pytest.raises(DataUnavailableError, match="more bytes than it has"):
        data.load("fashion_mnist", path=tmp_path)


def test_plain_files_and_arrays_cannot_be_checked_and_are_refused_with_the_reason(
    clothes: Clothes, tmp_path: Path
) -> None:
    for name, content in clothes.files.items():
        (tmp_path / name.removesuffix(".gz")).write_bytes(gzip.decompress(content))
    with pytest.raises(DataUnavailableError, match=r"train-images-idx3-ubyte\.gz.*no sums of them were published"):
        data.load("fashion_mnist", path=tmp_path)


# CIFAR-10.


@dataclass(frozen=True)
class Photographs:
    """A small data set in CIFAR-10's form, as pixels one colour after the other."""

    pixels: list[np.ndarray]
    labels: list[np.ndarray]
    files: dict[str, bytes]

    def images(self, batch: int) -> np.ndarray:
        return self.pixels[batch].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)


def as_python_2(value: object) -> bytes:
    """Pickle under numpy 1's module name, as the published files do."""
    return pickle.dumps(value, protocol=3).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            told = tarfile.TarInfo(name)
            told.size = len(content)
            archive.addfile(told, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def photographs(monkeypatch: pytest.MonkeyPatch) -> Photographs:
    rng = np.random.default_rng(3)
    pixels = [rng.integers(0, 256, (EACH, 3072), np.uint8) for _ in range(6)]
    labels = [rng.integers(0, 10, EACH, np.uint8) for _ in range(6)]
    both = list(zip(pixels, labels, strict=True))
    batches = [as_python_2({"data": one, "labels": some.tolist(), "batch_label": "x"}) for one, some in both]
    rows = [np.concatenate([some[:, None], one], axis=1).tobytes() for one, some in both]
    names = [batch.name for batch in cifar10.BATCHES]
    files = {
        **dict(zip(names, batches, strict=True)),
        "binary": packed({f"cifar-10-batches-bin/{name}.bin": one for name, one in zip(names, rows, strict=True)}),
        "python": packed({f"cifar-10-batches-py/{name}": one for name, one in zip(names, batches, strict=True)}),
    }
    shapes = ((5 * EACH, 32, 32, 3), (5 * EACH,), (EACH, 32, 32, 3), (EACH,))
    known = replace(
        CIFAR10, parts=tuple(replace(part, shape=one) for part, one in zip(CIFAR10.parts, shapes, strict=True))
    )
    monkeypatch.setattr(cifar10, "CIFAR10", known)
    monkeypatch.setattr(cifar10, "BINARY", replace(cifar10.BINARY, md5=md5(files["binary"])))
    monkeypatch.setattr(cifar10, "PYTHON", replace(cifar10.PYTHON, md5=md5(files["python"])))
    summed = tuple(replace(batch, md5=md5(files[batch.name])) for batch in cifar10.BATCHES)
    monkeypatch.setattr(cifar10, "BATCHES", summed)
    monkeypatch.setitem(DATA_SETS, "cifar10", replace(data_set("cifar10"), files=known))
    return Photographs(pixels, labels, files)


def _binary(made: Photographs, folder: Path) -> Path:
    (folder / "cifar-10-binary.tar.gz").write_bytes(made.files["binary"])
    return folder


def _python(made: Photographs, folder: Path) -> Path:
    path = folder / "renamed.bin"
    path.write_bytes(made.files["python"])
    return path


def _keras_archive(made: Photographs, folder: Path) -> Path:
    (folder / "cifar-10-batches-py-target_archive").write_bytes(made.files["python"])
    return folder


def _unpacked(made: Photographs, folder: Path) -> Path:
    inside = folder / "cifar-10-batches-py-target" / "cifar-10-batches-py"
    inside.mkdir(parents=True)
    for batch in cifar10.BATCHES:
        (inside / batch.name).write_bytes(made.files[batch.name])
    return folder


FORMS = (_binary, _python, _keras_archive, _unpacked)


@pytest.mark.parametrize("lay", FORMS, ids=[lay.__name__.strip("_") for lay in FORMS])
def test_every_form_of_cifar10_gives_the_same_images(
    lay: Callable[[Photographs, Path], Path], photographs: Photographs, tmp_path: Path
) -> None:
    split = data.load("cifar10", path=lay(photographs, tmp_path))
    assert np.array_equal(split.train.images[EACH : 2 * EACH], photographs.images(1))
    assert np.array_equal(split.test.images, photographs.images(5))
    assert split.train.labels.tolist() == np.concatenate(photographs.labels[:5]).tolist()
    assert (split.class_names[3], split.train.images.dtype) == ("cat", np.uint8)


def test_cifar10_comes_in_keras_form_from_keras_own_folder(photographs: Photographs, tmp_path: Path) -> None:
    place = tmp_path / "keras-home" / "datasets"
    place.mkdir(parents=True)
    _unpacked(photographs, place)
    (x_train, y_train), (x_test, y_test) = keras_cifar10.load_data()
    assert [one.shape for one in (x_train, y_train, x_test, y_test)] == [
        (20, 32, 32, 3),
        (20, 1),
        (4, 32, 32, 3),
        (4, 1),
    ]
    assert {one.dtype for one in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    backend.set_image_data_format("channels_first")
    try:
        assert keras_cifar10.load_data()[0][0].shape == (20, 3, 32, 32)
    finally:
        backend.set_image_data_format("channels_last")


def test_a_batch_with_another_sum_is_never_unpickled(photographs: Photographs, tmp_path: Path) -> None:
    _unpacked(photographs, tmp_path)
    batch = tmp_path / "cifar-10-batches-py-target" / "cifar-10-batches-py" / "data_batch_3"
    batch.write_bytes(b"cos\nsystem\n(S'touch touched'\ntR.")
    with pytest.raises(DataUnavailableError, match=r"data_batch_3: expected MD5 .*: another file"):
        data.load("cifar10", path=tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"cos\nsystem\n(S'touch touched'\ntR.", r"a call of os\.system"),
        (as_python_2({"data": np.zeros((1, 3072), np.float32), "labels": [1]}), "expected pixels in a batch"),
        (as_python_2({"data": np.zeros((1, 3072), np.uint8), "labels": [10]}), "labels from 0 to 9"),
        (as_python_2({"data": np.zeros((2, 3072), np.uint8), "labels": [1]}), "2 labels in a batch, got 1"),
        (as_python_2([1]), "expected pixels"),
    ],
)
def test_even_with_the_right_sum_a_pickle_gives_pixels_and_labels_or_nothing(content: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        cifar10.pickled(content)


def test_an_archive_without_a_batch_or_with_half_a_record_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(packed({"a": b"1", "../b": b"2"}))
    with pytest.raises(SourceError, match=r"x\.tar\.gz: expected b, got none"):
        cifar10._members(path, ["a", "b"], 10)
    path.write_bytes(packed({"a": bytes(5000)})[:40])
    with pytest.raises(SourceError, match="cannot be unpacked"):
        cifar10._members(path, ["a"], 10_000)
    with pytest.raises(SourceError, match="whole records"):
        cifar10.records(bytes(3072))


def test_a_mirror_of_the_users_serves_the_files_as_they_were_published(
    clothes: Clothes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fetch(url: str, _folder: Path, read: Callable[[Path], object], *_: object) -> object:
        asked.append(url)
        path = tmp_path / url.rsplit("/", 1)[1]
        path.write_bytes(clothes.files[path.name])
        return read(path)

    monkeypatch.setenv("CNNLAB_MIRROR", "https://mirror.example/data/")
    monkeypatch.setattr("cnnlab.data.sources.mirrors.fetch", fetch)
    found = obtain(Request(clothes.known, tmp_path / "cache" / "fashion_mnist"))
    assert same(found.parts, clothes.arrays)
    assert asked == [f"https://mirror.example/data/fashion_mnist/{name}" for name in clothes.files]
    assert {KMNIST.mirror[:8], CIFAR10.mirror[:8], FASHION_MNIST.mirror[:8]} == {"https://"}
    assert kmnist.__all__ == ["load_data"]
