import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnlab.errors import CnnlabError, NotSupportedError, UsageError
from cnnlab.keras import Sequential
from cnnlab.keras.layers import BatchNormalization, Dense, Flatten

Same = Callable[[list[Any], list[Any]], bool]


def test_weights_come_back_to_the_bit_under_names_that_numpy_shows(
    tmp_path: Path, model: Sequential, same: Same
) -> None:
    model.save_weights(tmp_path / "w.npz")
    other = Sequential.from_network(model.network, seed=9)
    other.load_weights(str(tmp_path / "w.npz"))
    assert same(model.get_weights(), other.get_weights())
    with np.load(tmp_path / "w.npz") as stored:
        assert stored.files[:4] == [
            "conv2d/kernel",
            "conv2d/bias",
            "batch_normalization/gamma",
            "batch_normalization/beta",
        ]
    assert [path.name for path in tmp_path.iterdir()] == ["w.npz"]


@pytest.mark.parametrize("name", ["w.h5", "w.keras", "w"])
def test_another_kind_of_file_is_refused_with_the_name_to_write(name: str, tmp_path: Path, model: Sequential) -> None:
    for use in (model.save_weights, model.load_weights):
        with pytest.raises(
            NotSupportedError,
            match=rf"expected a name that ends in \.npz or in \.weights\.h5, got {name}. Write w\.weights\.h5",
        ):
            use(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_stays_if_it_must(tmp_path: Path, model: Sequential) -> None:
    (tmp_path / "w.npz").write_text("precious")
    with pytest.raises(UsageError, match=r"w.npz: expected a name that is free, got a file that is there"):
        model.save_weights(tmp_path / "w.npz", overwrite=False)
    assert (tmp_path / "w.npz").read_text() == "precious"


def test_a_missing_folder_is_named(tmp_path: Path, model: Sequential) -> None:
    with pytest.raises(UsageError, match=r"expected a folder that is there, got .*nowhere"):
        model.save_weights(tmp_path / "nowhere" / "w.npz")


def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, model: Sequential, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.save_weights(tmp_path / "w.npz")
    before = (tmp_path / "w.npz").read_bytes()

    def full(path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CnnlabError, match=r"w.npz: expected to be able to write, got No space left"):
        model.save_weights(tmp_path / "w.npz")
    monkeypatch.undo()
    assert (tmp_path / "w.npz").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["w.npz"]


def test_a_missing_file_is_named(tmp_path: Path, model: Sequential) -> None:
    with pytest.raises(UsageError, match=r"w.npz: expected a file of weights, got no such file"):
        model.load_weights(tmp_path / "w.npz")


def damage_end(content: bytes) -> bytes:
    return content[: len(content) // 2]


def damage_one_bit(content: bytes) -> bytes:
    # The gammas are all 1; only the checksum can tell that one of them is not.
    place = content.index(np.ones(4, np.float32).tobytes())
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize("damage", [damage_end, damage_one_bit, lambda _: b"", lambda _: b"<html>"])
def test_a_damaged_file_is_refused_and_changes_no_weight(
    damage: Callable[[bytes], bytes], tmp_path: Path, model: Sequential, same: Same
) -> None:
    path = tmp_path / "w.npz"
    model.save_weights(path)
    path.write_bytes(damage(path.read_bytes()))
    other = Sequential.from_network(model.network, seed=9)
    before = other.get_weights()
    with pytest.raises(
        UsageError, match=r"w.npz: expected a file of weights, got one that cannot be read \(.*write it a"
    ):
        other.load_weights(path)
    assert same(other.get_weights(), before)


def test_a_single_array_is_no_file_of_weights(tmp_path: Path, model: Sequential) -> None:
    with (tmp_path / "w.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(UsageError, match=r"got one that cannot be read"):
        model.load_weights(tmp_path / "w.npz")


def test_a_file_with_pickled_objects_is_not_opened(tmp_path: Path, model: Sequential) -> None:
    model.save_weights(tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz") as stored:
        others = dict(stored)
    np.savez(tmp_path / "w.npz", **{**others, "conv2d/kernel": np.array([{"any": "thing"}], dtype=object)})
    with pytest.raises(UsageError, match=r"got one that cannot be read .*Python's objects, which are a pickle"):
        model.load_weights(tmp_path / "w.npz")


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([Flatten(), Dense(5)], r"dense/kernel: expected floats of shape \(9, 5\), got float32 of shape \(9, 4\)"),
        ([Flatten(), Dense(4), BatchNormalization()], "expected the weight batch_normalization/gamma, got none"),
        ([Flatten(), Dense(4, use_bias=False)], "expected only weights of this network, got dense/bias"),
        ([Flatten(), Dense(4, name="other")], "expected the weight other/kernel, got none"),
    ],
)
def test_weights_of_another_network_are_refused_by_name(layers: list[Any], message: str, tmp_path: Path) -> None:
    saved, other = Sequential([Flatten(), Dense(4)]), Sequential(layers)
    for model in (saved, other):
        model.build((None, 3, 3, 1))
    saved.save_weights(tmp_path / "w.npz")
    with pytest.raises(UsageError, match=message):
        other.load_weights(tmp_path / "w.npz")


def test_a_file_that_fits_in_part_is_not_taken(tmp_path: Path, model: Sequential) -> None:
    with pytest.raises(NotSupportedError, match=r"load_weights: expected skip_mismatch=False"):
        model.load_weights(tmp_path / "w.npz", skip_mismatch=True)
