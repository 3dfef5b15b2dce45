"""Files of strangers: nothing outside is read, nothing is run, and no memory is taken by a file's word."""

import io
import os
import pickle
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from makers import NAMES, Images, idx_pair, pictures, zipped

from cnnlab.data import idx
from cnnlab.data.own import OwnData, Reading, load_own
from cnnlab.errors import CnnlabError, DataError


@contextmanager
def little_memory(most: int = 64 << 20) -> Iterator[None]:
    """Fail where more is taken meanwhile."""
    tracemalloc.start()
    try:
        yield
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < most


@pytest.mark.parametrize("name", ["../out.png", "a/../../out.png", "/etc/cat/x.png", "C:/x/y.png", "..\\x\\y.png"])
def test_names_that_lead_out_of_an_archive_are_refused(name: str, grey: Images, tmp_path: Path) -> None:
    path = zipped(pictures(tmp_path / "mine", grey))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"x")
    with pytest.raises(DataError, match=r"names that stay in the archive, got '.*nothing was unpacked"):
        load_own(path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["mine", "mine.zip"]


def test_an_archive_that_unpacks_to_more_than_anybody_needs_is_refused(grey: Images, tmp_path: Path) -> None:
    path = zipped(pictures(tmp_path / "mine", grey))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("apple/bomb.png", bytes(65 << 20))
    with little_memory(), pytest.raises(DataError, match=r"apple/bomb\.png.*at most 64 MiB"):
        load_own(path)


def test_members_that_lie_over_each_other_are_refused(grey: Images, tmp_path: Path) -> None:
    path = zipped(pictures(tmp_path / "mine", grey))
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        start = archive.start_dir
    at = start
    while content[at : at + 4] == b"PK\x01\x02":  # every member of the list says that it is the first one, and longer
        content[at + 20 : at + 24] = struct.pack("<I", len(content) // 2)
        content[at + 42 : at + 46] = struct.pack("<I", first.header_offset)
        at += 46 + sum(struct.unpack("<HHH", content[at + 28 : at + 34]))
    path.write_bytes(content)
    with pytest.raises(CnnlabError, match="members over each other"):
        load_own(path)


def test_links_that_lead_out_of_a_folder_are_refused_and_those_within_are_followed(
    grey: Images, tmp_path: Path
) -> None:
    folder = pictures(tmp_path / "mine", grey)
    (folder / NAMES[0] / "again.png").symlink_to(folder / NAMES[0] / "0000.png")
    assert len(load_own(folder).split.train) + len(load_own(folder).split.test) == 61
    secret = tmp_path / "secret.png"
    secret.write_bytes((folder / NAMES[0] / "0000.png").read_bytes())
    (folder / NAMES[0] / "link.png").symlink_to(secret)
    with pytest.raises(DataError, match=r"got a link to elsewhere: apple/link\.png"):
        load_own(folder)


@pytest.mark.parametrize("target", ["..", "mine", "nowhere", "/dev/zero"])
def test_links_to_folders_to_nothing_and_to_devices_are_refused(target: str, grey: Images, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "mine", grey)
    (folder / "birch.png").symlink_to(tmp_path / target if target != "/dev/zero" else target)
    with pytest.raises(DataError, match="a link to elsewhere"):
        load_own(folder)


def test_pipes_in_a_folder_are_not_waited_for(grey: Images, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "mine", grey)
    os.mkfifo(folder / NAMES[0] / "pipe.png")
    assert len(load_own(folder).split.train) == 48


def test_a_pickle_in_an_archive_is_never_opened(grey: Images, tmp_path: Path) -> None:
    class Bad:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "run",))

    np.savez(tmp_path / "a.npz", x=np.array([Bad()] * 60, object), y=grey.labels)
    with pytest.raises(DataError, match=r"arrays of numbers, got x\.npy of Python objects"):
        load_own(tmp_path / "a.npz")
    (tmp_path / "b.npz").write_bytes(pickle.dumps(Bad()))
    with pytest.raises(DataError, match="a folder with one folder for each class"):
        load_own(tmp_path / "b.npz")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("shape", [(60, 10**6, 10**6), (10**9, 6, 5), (60, 2**40), (60, -6, 5), (60,)])
def test_an_array_that_claims_more_than_it_has_takes_no_memory(
    shape: tuple[int, ...], grey: Images, tmp_path: Path
) -> None:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
    labels = io.BytesIO()
    np.save(labels, grey.labels)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", file.getvalue() + bytes(100))
        archive.writestr("y.npy", labels.getvalue())
    told = r"as many numbers as the header says|grey or colour images|a header with"
    with little_memory(), pytest.raises(CnnlabError, match=told):
        load_own(tmp_path / "a.npz")


def test_an_idx_file_that_claims_more_than_it_has_takes_no_memory(grey: Images, tmp_path: Path) -> None:
    for packed in ("", ".gz"):
        folder = idx_pair(tmp_path / f"mine{packed}", grey, "train", packed)
        lying = idx.header((2**31, 200, 200)) + bytes(100)
        (folder / f"train-images-idx3-ubyte{packed}").write_bytes(lying)
        with little_memory(), pytest.raises(DataError, match="bytes for shape"):
            load_own(folder)


def test_a_table_with_an_endless_line_takes_no_memory(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate(1 << 30)
        file.write(b"label,pixel0\n1,2\n")
    with little_memory(), pytest.raises(CnnlabError):
        load_own(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("label,pixel0\n" + "1" * (5 << 20))
    with little_memory(), pytest.raises(DataError, match="a line of more than"):
        load_own(tmp_path / "b.csv")


HARD = (
    "<script>alert(1)<",
    "v1.2 (final)",
    "gr\xfcn \u2603",
    "a b  c",
    "it's",
    '"quoted"',
    "%s {x}",
    "-rf",
    "\u202eevil",
)


def test_names_of_classes_are_text_and_nothing_else(tmp_path: Path) -> None:
    x = np.arange(2 * len(HARD), dtype=np.uint8)[:, None, None] + np.zeros((1, 3, 3), np.uint8)
    loaded = load_own(pictures(tmp_path / "mine", Images(x, np.arange(len(x)) % len(HARD)), HARD))
    assert set(loaded.split.class_names) == set(HARD)


def test_names_that_no_text_can_hold_are_refused(grey: Images, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "mine", grey)
    bad = os.fsencode(folder) + b"/caf\xe9"
    try:
        os.mkdir(bad)  # noqa: PTH102 - a Path has no bytes
    except OSError:
        pytest.skip("this file system has no such names")
    os.link(folder / NAMES[0] / "0000.png", bad + b"/1.png")
    with pytest.raises(DataError, match=r"names in UTF-8, got 'caf\\udce9'"):
        load_own(folder)


def test_a_share_or_a_size_that_is_none_is_refused() -> None:
    for share in (0, 1, -0.1, float("nan")):
        with pytest.raises(CnnlabError, match="a share between 0 and 1"):
            Reading(test_share=share)
    for size in ((0, 5), (257, 5), (5,), (5, 5, 3)):
        with pytest.raises(CnnlabError, match="a height and a width"):
            OwnData(Reading(resize=size))
