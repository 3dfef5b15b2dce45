"""A data set travels once to each worker, and is held against its sum where it arrives."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.errors import DataError
from cnnlab.experiments import Architecture
from cnnlab.experiments import shipment as module
from cnnlab.experiments.shipment import Arrivals, Shipment, in_file, shipment, unpacked
from cnnlab.lab.conduct import held_out
from cnnlab.records import Examples, Recipe, Split

MADE_UP = data.load("made-up")
HELD_OUT = held_out(MADE_UP, 50)
PARTS = ("train", "test", "validation")
NET = Architecture("net", chain("net", [Input((12, 12, 1)), Flatten(), Dense(4)]), Recipe())


def by_file(split: Split, folder: Path) -> Shipment:
    return shipment(split, folder)


def by_message(split: Split, folder: Path) -> Shipment:
    return shipment(split)


@pytest.mark.parametrize("pack", [by_file, by_message])
def test_what_arrives_is_what_was_sent(tmp_path: Path, pack: Callable[[Split, Path], Shipment]) -> None:
    assert unpacked(pack(MADE_UP, tmp_path)).validation is None
    there = unpacked(pack(HELD_OUT, tmp_path))
    for part in PARTS:
        for array in ("images", "labels"):
            sent, arrived = (getattr(getattr(split, part), array) for split in (HELD_OUT, there))
            assert sent.dtype == arrived.dtype
            assert np.array_equal(sent, arrived)
    assert (there.name, there.sums, there.class_names) == (MADE_UP.name, MADE_UP.sums, MADE_UP.class_names)


@pytest.mark.parametrize("part", [f"{part}_{array}" for part in PARTS for array in ("images", "labels")])
def test_a_flipped_bit_is_refused(tmp_path: Path, part: str) -> None:
    path = tmp_path / f"{part}.npy"
    shipped = shipment(HELD_OUT, tmp_path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"made-up on .*: expected data of sum [0-9a-f]{12}, got [0-9a-f]{12}"):
        unpacked(shipped)
    sent = shipment(HELD_OUT)
    flipped = np.array(sent.arrays[part])
    flipped.reshape(-1)[-1] ^= 1
    with pytest.raises(DataError, match=r"made-up on .*: expected data of sum"):
        unpacked(replace(sent, arrays={**sent.arrays, part: flipped}))


def test_what_is_mapped_from_a_file_is_named_and_not_written_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "a.npy", rng.integers(0, 256, (50, 6, 5), np.uint8))
    mapped = np.asarray(np.load(tmp_path / "a.npy", mmap_mode="r"))
    labels = np.arange(50, dtype=np.uint8)
    for start, stop in ((0, 50), (7, 50), (0, 20), (49, 50), (50, 50)):
        folder = tmp_path / f"{start}-{stop}"
        folder.mkdir()
        some = Examples(mapped[start:stop][..., None], labels[start:stop])
        sent = shipment(replace(MADE_UP, train=some, test=some), folder)
        assert np.array_equal(unpacked(sent).train.images, some.images)
        assert sorted(one.name for one in folder.iterdir()) == ["test_labels.npy", "train_labels.npy"]
    assert in_file(mapped[::2]) is None
    assert in_file(np.array(mapped)) is None
    content = bytearray((tmp_path / "a.npy").read_bytes())
    sent = shipment(replace(MADE_UP, train=Examples(mapped, labels)), tmp_path)
    content[-1] ^= 1
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(DataError, match="expected data of sum"):
        unpacked(sent)


def test_it_is_unpacked_once_for_all_runs_of_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    unpackings = []
    monkeypatch.setattr(module, "unpacked", lambda shipped: unpackings.append(1) or unpacked(shipped))
    arrivals, shipped = Arrivals(), shipment(MADE_UP)
    first = arrivals.prepared(shipped, NET)
    assert arrivals.prepared(shipment(MADE_UP), replace(NET, name="again")) is first
    assert len(unpackings) == 1
    arrivals.prepared(shipment(replace(MADE_UP, train=MADE_UP.train.head(100))), NET)
    assert len(unpackings) == 2
