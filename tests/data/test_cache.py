"""Our cache, and Keras'."""

from __future__ import annotations

import json
import mmap
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cnnlab.data import cache
from cnnlab.data.sources.keras_cache import KERAS_CACHE
from cnnlab.data.sources.own_cache import OWN_CACHE
from cnnlab.errors import DataUnavailableError

if TYPE_CHECKING:
    from tests.data.conftest import Asker, Tiny


@pytest.fixture
def keras_file(tiny: Tiny, tmp_path: Path) -> Path:
    file = tmp_path / "keras-home" / "datasets" / "mnist.npz"
    file.parent.mkdir(parents=True)
    file.write_bytes(tiny.npz)
    return file


def _base_of_all(array: np.ndarray) -> object:
    while isinstance(array, np.ndarray) and array.base is not None:
        array = array.base
    return array


def test_keras_download_is_found_under_keras_home(tiny: Tiny, ask: Asker, keras_file: Path) -> None:
    found = ask.obtain()
    assert tiny.same(found.parts)
    assert found.source == str(keras_file)
    assert ask.told == []


def test_without_keras_home_it_is_looked_for_in_the_home_folder(
    ask: Asker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert KERAS_CACHE.place(ask.request()) == str(Path("~/.keras/datasets/mnist.npz"))


def test_a_damaged_keras_file_is_told_of_and_passed_over(ask: Asker, keras_file: Path) -> None:
    keras_file.write_bytes(keras_file.read_bytes()[:-1000])
    with pytest.raises(
        DataUnavailableError, match=r"keras \(.*\): mnist\.npz cannot be read as \.npz: .*no zip archive"
    ):
        ask.obtain(offline=True)
    assert any("cannot be read" in line and line.endswith("the next source is asked") for line in ask.told)


@pytest.mark.usefixtures("keras_file")
def test_the_second_load_comes_from_the_cache(tiny: Tiny, ask: Asker, cached_names: list[str]) -> None:
    ask.obtain()
    found = ask.obtain(sources=(OWN_CACHE,))
    assert tiny.same(found.parts)
    assert found.source.startswith("cache, made from ")
    assert ask.cached_files() == cached_names


@pytest.mark.usefixtures("keras_file")
def test_arrays_from_the_first_and_the_second_load_are_mapped_from_files_and_read_only(ask: Asker) -> None:
    for found in (ask.obtain(), ask.obtain()):
        for array in found.parts.values():
            assert type(array) is np.ndarray
            assert isinstance(_base_of_all(array), mmap.mmap)
            assert not array.flags.writeable


@pytest.mark.usefixtures("keras_file")
def test_the_manifest_says_where_the_copy_came_from_and_its_sums(tiny: Tiny, ask: Asker, keras_file: Path) -> None:
    ask.obtain()
    manifest = json.loads((ask.base.cache / "manifest.json").read_text())
    assert manifest["source"] == str(keras_file)
    assert manifest["sums"] == {part.name: part.sha256 for part in tiny.known.parts}


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-7] ^= 4
    file.write_bytes(content)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _other_type(file: Path) -> None:
    np.save(file, np.load(file).astype(np.int16))


DAMAGES = [
    (_flip, r"expected SHA-256 [0-9a-f]{12}\.\.\., got"),
    (_cut, r"cannot be opened: "),
    (_empty, r"cannot be opened: "),
    (Path.unlink, r"cannot be opened: .*No such file"),
    (_other_type, r"expected uint8 of shape \(10, 28, 28\), got int16 of shape \(10, 28, 28\)"),
]


@pytest.mark.usefixtures("keras_file")
@pytest.mark.parametrize(("damage", "reason"), DAMAGES, ids=["flip", "cut", "empty", "gone", "other-type"])
def test_a_damaged_cache_is_told_of_and_rebuilt(
    damage: Callable[[Path], None], reason: str, tiny: Tiny, ask: Asker, cached_names: list[str]
) -> None:
    ask.obtain()
    damage(ask.base.cache / "t10k-images-idx3-ubyte.npy")
    found = ask.obtain()
    assert tiny.same(found.parts)
    assert len(ask.told) == 1
    assert re.search(rf"^cache \(.*{reason}.*; the next source is asked$", ask.told[0])
    assert ask.obtain(sources=(OWN_CACHE,)).source.startswith("cache")
    assert ask.cached_files() == cached_names


@pytest.mark.usefixtures("keras_file")
def test_a_damaged_manifest_does_not_hide_good_files(tiny: Tiny, ask: Asker) -> None:
    ask.obtain()
    (ask.base.cache / "manifest.json").write_text("{")
    found = ask.obtain(sources=(OWN_CACHE,))
    assert tiny.same(found.parts)
    assert found.source == "cache"


@pytest.mark.usefixtures("keras_file")
def test_the_state_of_each_part_is_told_on_its_own(tiny: Tiny, ask: Asker) -> None:
    ask.obtain()
    _flip(ask.base.cache / "t10k-images-idx3-ubyte.npy")
    (ask.base.cache / "t10k-labels-idx1-ubyte.npy").unlink()
    assert [each.state for each in cache.states(ask.base.cache, tiny.known)] == ["ok", "ok", "damaged", "missing"]


@pytest.mark.usefixtures("keras_file")
@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_write_that_fails_leaves_no_file_and_works_from_memory(
    failing: str, tiny: Tiny, ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    if failing == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(Path, "replace", full)
    found = ask.obtain()
    assert tiny.same(found.parts)
    assert ask.cached_files() == []
    assert len(ask.told) == 1
    assert "No space left on device): working from memory; set CNNLAB_CACHE_DIR" in ask.told[0]


@pytest.mark.usefixtures("keras_file")
def test_a_file_that_reads_back_differently_never_gets_its_name(
    tiny: Tiny, ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = np.save

    def save_badly(file: object, array: np.ndarray, **options: object) -> None:
        save(file, np.where(array == array.max(), 0, array).astype(np.uint8), **options)

    monkeypatch.setattr(np, "save", save_badly)
    found = ask.obtain()
    assert tiny.same(found.parts)
    assert ask.cached_files() == []
    assert "cannot be written (train-images-idx3-ubyte: expected SHA-256" in ask.told[0]


def _under_a_file(tmp_path: Path) -> Path:
    (tmp_path / "a-file").touch()
    return tmp_path / "a-file" / "mnist"


def _in_proc(_tmp_path: Path) -> Path:
    if not Path("/proc/self").exists():
        pytest.skip("no /proc here, whose folders nobody can write to")
    return Path("/proc/self/cnnlab-tests/mnist")


# Permissions do not stop root, who runs many containers; these two places do.
@pytest.mark.usefixtures("keras_file")
@pytest.mark.parametrize("place", [_under_a_file, _in_proc])
def test_a_cache_that_cannot_be_written_is_said_once_and_memory_serves(
    place: Callable[[Path], Path], tiny: Tiny, ask: Asker, tmp_path: Path
) -> None:
    folder = place(tmp_path)
    first = ask.obtain(cache=folder)
    second = ask.obtain(cache=folder)
    assert tiny.same(first.parts)
    assert second.parts is first.parts
    assert not any(array.flags.writeable for array in first.parts.values())
    assert [line.split("(")[0] for line in ask.told] == [f"the cache {folder} cannot be written "]


@pytest.mark.usefixtures("keras_file")
def test_drafts_of_killed_processes_go_after_a_day_and_living_ones_stay(ask: Asker) -> None:
    ask.base.cache.mkdir(parents=True)
    old, young = (ask.base.cache / f".{name}.tmp" for name in ("old", "young"))
    old.touch()
    young.touch()
    os.utime(old, (time.time() - 90_000,) * 2)
    ask.obtain()
    assert not old.exists()
    assert young.exists()
