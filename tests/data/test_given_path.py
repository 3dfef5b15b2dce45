"""The user's own files, in each form that is accepted."""

from __future__ import annotations

import gzip
import io
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cnnlab.errors import DataUnavailableError

if TYPE_CHECKING:
    from tests.data.conftest import Asker, Tiny

Lay = Callable[[object, Path], Path]


def _plain(tiny: Tiny, folder: Path) -> Path:
    for part in tiny.known.parts:
        (folder / part.name).write_bytes(tiny.raw(part))
    return folder


def _packed(tiny: Tiny, folder: Path) -> Path:
    for part in tiny.known.parts:
        (folder / f"{part.name}.gz").write_bytes(tiny.packed(part))
    return folder


def _dotted(tiny: Tiny, folder: Path) -> Path:
    for part in tiny.known.parts:
        (folder / part.name.replace("-idx", ".idx")).write_bytes(tiny.raw(part))
    return folder


def _mixed(tiny: Tiny, folder: Path) -> Path:
    first, *others = tiny.known.parts
    (folder / f"{first.name}.gz").write_bytes(tiny.packed(first))
    for part in others:
        (folder / part.name).write_bytes(tiny.raw(part))
    return folder


def _packed_under_a_plain_name(tiny: Tiny, folder: Path) -> Path:
    for part in tiny.known.parts:
        (folder / part.name).write_bytes(tiny.packed(part))
    return folder


def _torchvision(tiny: Tiny, folder: Path) -> Path:
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    _plain(tiny, raw)
    return folder


def _one_of_four(tiny: Tiny, folder: Path) -> Path:
    return _packed(tiny, folder) / f"{tiny.known.parts[2].name}.gz"


def _npz(tiny: Tiny, folder: Path) -> Path:
    file = folder / "digits.npz"
    file.write_bytes(tiny.npz)
    return file


def _npz_in_its_folder(tiny: Tiny, folder: Path) -> Path:
    (folder / "mnist.npz").write_bytes(tiny.npz)
    return folder


def _keras_home(tiny: Tiny, folder: Path) -> Path:
    (folder / "datasets").mkdir()
    (folder / "datasets" / "mnist.npz").write_bytes(tiny.npz)
    return folder


def _wide_npz(tiny: Tiny, folder: Path) -> Path:
    """As people save them: labels as int64, images with a channel axis, compressed."""
    arrays = tiny.by_key()
    wide = {key: array.astype(np.int64) if array.ndim == 1 else array[..., None] for key, array in arrays.items()}
    np.savez_compressed(folder / "wide.npz", **wide, note=np.zeros(3))
    return folder / "wide.npz"


ALL_FORMS = [
    _plain, _packed, _dotted, _mixed, _packed_under_a_plain_name, _torchvision, _one_of_four, _npz,
    _npz_in_its_folder, _keras_home, _wide_npz,
]  # fmt: skip


@pytest.mark.parametrize("lay", ALL_FORMS, ids=lambda lay: lay.__name__.strip("_"))
def test_files_are_read_in_every_accepted_form(lay: Lay, tiny: Tiny, ask: Asker, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    found = ask.obtain(path=lay(tiny, folder))
    assert tiny.same(found.parts)
    assert str(folder) in found.source


def test_what_was_read_from_a_path_is_in_the_cache_afterwards(
    tiny: Tiny, ask: Asker, tmp_path: Path, cached_names: list[str]
) -> None:
    ask.obtain(path=_npz(tiny, tmp_path))
    (tmp_path / "digits.npz").unlink()
    assert ask.obtain(offline=True).source == f"cache, made from {tmp_path / 'digits.npz'}"
    assert ask.cached_files() == cached_names


def test_a_good_cache_is_not_written_again_by_a_path(tiny: Tiny, ask: Asker, tmp_path: Path) -> None:
    ask.obtain(path=_npz(tiny, tmp_path))
    before = {file: file.stat().st_ino for file in ask.base.cache.iterdir()}
    ask.obtain(path=_npz(tiny, tmp_path))
    assert {file: file.stat().st_ino for file in ask.base.cache.iterdir()} == before


def test_a_tilde_in_the_path_is_the_home_folder(
    tiny: Tiny, ask: Asker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    _npz(tiny, tmp_path)
    assert ask.obtain(path=Path("~/digits.npz")).source == str(Path("~/digits.npz"))


def _missing(_tiny: Tiny, folder: Path) -> Path:
    return folder / "nowhere"


def _foreign(_tiny: Tiny, folder: Path) -> Path:
    for number in range(8):
        (folder / f"holiday-{number}.jpg").touch()
    return folder


def _three_of_four(tiny: Tiny, folder: Path) -> Path:
    (_plain(tiny, folder) / tiny.known.parts[3].name).unlink()
    return folder


def _cut_gz(tiny: Tiny, folder: Path) -> Path:
    file = _packed(tiny, folder) / f"{tiny.known.parts[0].name}.gz"
    file.write_bytes(file.read_bytes()[:-500])
    return folder


def _page_as_gz(tiny: Tiny, folder: Path) -> Path:
    (_packed(tiny, folder) / f"{tiny.known.parts[0].name}.gz").write_bytes(b"<!DOCTYPE html>")
    return folder


def _one_pixel_off(tiny: Tiny, folder: Path) -> Path:
    part = tiny.known.parts[0]
    raw = bytearray(tiny.raw(part))
    raw[100] ^= 1
    (_plain(tiny, folder) / part.name).write_bytes(raw)
    return folder


def _swapped(tiny: Tiny, folder: Path) -> Path:
    train, _, test, _ = tiny.known.parts
    _plain(tiny, folder)
    (folder / train.name).write_bytes(tiny.raw(test))
    return folder


def _bomb(tiny: Tiny, folder: Path) -> Path:
    """A few kilobytes that would unpack to 64 MB."""
    part = tiny.known.parts[0]
    (_packed(tiny, folder) / f"{part.name}.gz").write_bytes(gzip.compress(tiny.raw(part) + bytes(2**26)))
    return folder


def _cut_npz(tiny: Tiny, folder: Path) -> Path:
    file = _npz(tiny, folder)
    file.write_bytes(tiny.npz[:-1000])
    return file


def _npz_with_flipped_byte(tiny: Tiny, folder: Path) -> Path:
    content = bytearray(tiny.npz)
    content[5000] ^= 255
    (folder / "flipped.npz").write_bytes(content)
    return folder / "flipped.npz"


def _npz_of_other_keys(tiny: Tiny, folder: Path) -> Path:
    np.savez(folder / "other.npz", images=tiny.by_key()["x_train"], labels=np.zeros(3))
    return folder / "other.npz"


def _npz_of_floats(tiny: Tiny, folder: Path) -> Path:
    np.savez(folder / "floats.npz", **{key: array / 255 for key, array in tiny.by_key().items()})
    return folder / "floats.npz"


def _npz_of_objects(tiny: Tiny, folder: Path) -> Path:
    arrays = tiny.by_key() | {"y_train": np.array([pickle.Pickler(io.BytesIO()).__class__], dtype=object)}
    np.savez(folder / "objects.npz", **arrays, allow_pickle=True)
    return folder / "objects.npz"


def _npz_too_large(tiny: Tiny, folder: Path) -> Path:
    np.savez_compressed(folder / "large.npz", **tiny.by_key() | {"x_train": np.zeros(2**20, np.int64)})
    return folder / "large.npz"


FAULTS = [
    (_missing, r"no such file or folder"),
    (_foreign, r"expected mnist\.npz, or the files train-images-idx3-ubyte, .* got holiday-0\.jpg, .* and 2 more"),
    (_three_of_four, r"expected a file t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte\.gz, got none"),
    (_cut_gz, r"train-images-idx3-ubyte\.gz: it cannot be unpacked: Compressed file ended"),
    (_page_as_gz, r"begins with 00 00 08, got 3c 21 44 4f"),
    (_one_pixel_off, r"train-images-idx3-ubyte: expected SHA-256 [0-9a-f]{12}\.\.\., got [0-9a-f]{12}\.\.\."),
    (_swapped, r"train-images-idx3-ubyte: expected SHA-256"),
    (_bomb, r"train-images-idx3-ubyte\.gz: expected 31,360 bytes after the header, .* got 31,361"),
    (_cut_npz, r"digits\.npz cannot be read as \.npz: .*no zip archive"),
    (_npz_with_flipped_byte, r"flipped\.npz cannot be read as \.npz: .*Bad CRC-32"),
    (_npz_of_other_keys, r"expected an array 'x_train', got images, labels"),
    (_npz_of_floats, r"expected whole numbers of shape \(40, 28, 28\), got float64 of shape \(40, 28, 28\)"),
    (_npz_of_objects, r"objects\.npz cannot be read as \.npz: .*Python's objects"),
    (_npz_too_large, r"x_train: expected numbers of shape \(40, 28, 28\), got int64 of \(1048576,\)"),
]  # fmt: skip


@pytest.mark.parametrize(("lay", "reason"), FAULTS, ids=[lay.__name__.strip("_") for lay, _ in FAULTS])
def test_a_path_that_will_not_do_is_refused_with_its_reason(
    lay: Lay, reason: str, tiny: Tiny, ask: Asker, tmp_path: Path
) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    fix = "Correct the path, or leave it out to have the other sources asked"
    with pytest.raises(DataUnavailableError, match=rf"^mnist: .*own.*{reason}.*{fix}\.$"):
        ask.obtain(path=lay(tiny, folder))
    assert ask.cached_files() == []


def test_a_bad_path_is_not_passed_over_for_another_source(tiny: Tiny, ask: Asker, tmp_path: Path) -> None:
    ask.obtain(path=_npz(tiny, tmp_path))
    with pytest.raises(DataUnavailableError, match="no such file or folder"):
        ask.obtain(path=tmp_path / "mistyped.npz")


def test_the_users_files_are_left_as_they_are(tiny: Tiny, ask: Asker, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    before = {file.name: file.read_bytes() for file in _packed(tiny, folder).iterdir()}
    ask.obtain(path=folder)
    shutil.rmtree(ask.base.cache)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
