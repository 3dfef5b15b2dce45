"""What was read once is mapped from the cache: found without opening a file, there whole or not at all."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from makers import NAMES, Images, pictures

from cnnlab.data.own import OwnData, Reading, kept_arrays, load_own
from cnnlab.data.own.raw import Part
from cnnlab.errors import CnnlabError, DataError, DataUnavailableError


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "own").iterdir())


def test_the_second_time_no_file_is_opened(grey: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pictures(tmp_path / "mine", grey)
    first = load_own(folder)
    monkeypatch.setattr("cnnlab.data.own.loading.opened_raw", lambda *_: pytest.fail("it is read again"))
    second = load_own(folder)
    assert second.split.sums == first.split.sums
    assert second.notices == first.notices
    assert not second.split.train.images.flags.writeable
    assert isinstance(second.split.train.images.base, np.memmap)


def test_whatever_changes_in_a_folder_it_is_read_again(grey: Images, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "mine", grey)
    seen = [load_own(folder).split.sums]
    file = folder / NAMES[0] / "0000.png"
    old, other = file.stat(), folder / NAMES[0] / "0003.png"
    content = bytearray(file.read_bytes())
    file.write_bytes(other.read_bytes())
    seen.append(load_own(folder).split.sums)
    file.write_bytes(content)  # of the same length, with the old time: the system's own time of the change tells it
    os.utime(file, ns=(old.st_atime_ns, old.st_mtime_ns))
    seen.append(load_own(folder).split.sums)
    file.unlink()
    seen.append(load_own(folder).split.sums)
    (folder / NAMES[0]).rename(folder / "aspen")
    seen.append(load_own(folder).split.sums)
    assert seen[0] == seen[2]
    assert len({json.dumps(sums) for sums in seen}) == 4
    assert len(kept(tmp_path)) == 5


def test_how_it_is_read_tells_copies_apart(grey: Images, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "mine", grey)
    readings = (Reading(), Reading(split_seed=1), Reading(test_share=0.5), Reading(resize=(4, 4)))
    shapes = [load_own(folder, OwnData(reading)).split.train.images.shape for reading in readings]
    assert shapes == [(48, 6, 5), (48, 6, 5), (30, 6, 5), (48, 4, 4)]
    assert len(kept(tmp_path)) == 4


@pytest.mark.parametrize("damage", ["a byte", "half a file", "a missing file", "the manifest", "names in the manifest"])
def test_a_damaged_copy_is_told_of_and_made_again(damage: str, grey: Images, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "mine", grey)
    wanted = load_own(folder)
    part = wanted.folder / "train-images.npy"
    match damage:
        case "a byte":
            content = bytearray(part.read_bytes())
            content[-1] ^= 1
            part.write_bytes(content)
        case "half a file":
            part.write_bytes(part.read_bytes()[:300])
        case "a missing file":
            part.unlink()
        case "the manifest":
            (wanted.folder / "manifest.json").write_text('{"format": 1}')
        case "names in the manifest":
            told = (wanted.folder / "manifest.json").read_text().replace("beech", "birch")
            (wanted.folder / "manifest.json").write_text(told)
    said: list[str] = []
    again = load_own(folder, notify=said.append)
    assert again.split.sums == wanted.split.sums
    assert again.split.class_names == NAMES
    assert len(said) == (damage != "a missing file")
    assert kept(tmp_path) == [wanted.folder]


def test_other_data_than_a_study_was_begun_with_are_refused(grey: Images, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "mine", grey)
    own = OwnData(Reading(), tuple(load_own(folder).split.sums.items()))
    load_own(folder, own)
    (folder / NAMES[0] / "0000.png").unlink()
    with pytest.raises(
        DataError, match=r"the data that the study was begun with \(train-images \w+\.\.\.\), got others"
    ):
        load_own(folder, own)


def test_data_that_were_moved_are_found_in_the_cache_by_their_sums(grey: Images, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "mine", grey)
    sums = load_own(folder).split.sums
    folder.rename(tmp_path / "moved")
    said: list[str] = []
    found = load_own(folder, OwnData(Reading(), tuple(sums.items())), notify=said.append)
    assert found.split.sums == sums
    assert "is not there any more; the copy in the cache is used" in said[0]
    shutil.rmtree(tmp_path / "cache")
    with pytest.raises(DataUnavailableError, match=r"got nothing there\..*--data PATH"):
        load_own(folder, OwnData(Reading(), tuple(sums.items())))


SLOW = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job in the background has it ignored
from pathlib import Path
import cnnlab.data.own.shelved as shelved
from cnnlab.data.own import load_own
true = shelved.decoded
def slow(*args, **more):
    print("reading", flush=True)
    time.sleep(0.05)
    return true(*args, **more)
shelved.decoded = slow
try:
    load_own(Path(sys.argv[1]))
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_in_the_middle_nothing_is_there_and_the_next_reading_is_whole(
    how: signal.Signals, grey: Images, tmp_path: Path
) -> None:
    folder = pictures(tmp_path / "mine", grey)
    with subprocess.Popen([sys.executable, "-c", SLOW, folder], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(how)
        rest = process.stdout.read()
    left = kept(tmp_path)
    assert all(one.name.startswith(".") for one in left)
    if how == signal.SIGINT:
        assert "interrupted" in rest
        assert not left
    else:
        old = time.time() - 4000
        for one in (*left, *left[0].iterdir()):
            os.utime(one, (old, old))
    loaded = load_own(folder)
    assert len(loaded.split.train) == 48
    assert kept(tmp_path) == [loaded.folder]  # what the killed one left is swept up as well


def test_a_disk_without_room_is_told_before_anything_is_written(
    grey: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(CnnlabError, match=r"0\.0 GB free for the prepared images.*CNNLAB_CACHE_DIR"):
        load_own(pictures(tmp_path / "mine", grey))
    assert not kept(tmp_path)


def test_a_cache_that_cannot_be_written_is_told(grey: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CNNLAB_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(CnnlabError, match="set CNNLAB_CACHE_DIR to a folder that can be written"):
        load_own(pictures(tmp_path / "mine", grey))


def test_progress_is_told_to_the_end(grey: Images, tmp_path: Path) -> None:
    steps: dict[str, list[tuple[int, int | None]]] = {}
    load_own(
        pictures(tmp_path / "mine", grey),
        progress=lambda name, done, total: steps.setdefault(name, []).append((done, total)),
    )
    assert {name: some[-1] for name, some in steps.items()} == {
        "Looking at mine": (60, 60),
        "Reading mine": (1800, 1800),
    }
    assert all(some == sorted(some) for some in steps.values())


def test_the_same_arrays_are_kept_once_and_others_beside_them(grey: Images, tmp_path: Path) -> None:
    def keep(images: np.ndarray, name: str = "arrays") -> Path:
        return kept_arrays({Part.TRAIN: (images, grey.labels)}, Reading(), name=name)

    folders = [keep(grey.images), keep(grey.images.copy()), keep(255 - grey.images), keep(grey.images, "others")]
    assert folders[0] == folders[1]
    assert len(set(folders)) == 3
