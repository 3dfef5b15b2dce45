"""The cache of machine code: whatever lies there, the numbers are the same, and no process disturbs another."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from random_networks import case_of_seed

from cnnlab.backends.compiled import CompiledBackend
from cnnlab.compiler import compile_program, host_target, jit, object_cache
from cnnlab.compiler.object_cache import FOLDER_VARIABLE
from cnnlab.records import Adam, CosineDecay

CASE = case_of_seed(1)
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the cache a folder of its own."""
    folder = tmp_path / "objects"
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    return folder


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Write down each compilation."""
    texts: list[str] = []
    plain = jit.emit_object

    def emit(text: str, target: object) -> bytes:
        texts.append(text)
        return plain(text, target)

    monkeypatch.setattr(jit, "emit_object", emit)
    return texts


def outputs() -> np.ndarray:
    """Load a network anew and say what it says."""
    model = CompiledBackend().load(CASE.network, CASE.weights, loss=CASE.loss, threads=1)
    return model.predict(CASE.examples.batch(slice(None)), 8)


def trained() -> list[np.ndarray]:
    model = CompiledBackend().load(
        CASE.network, CASE.weights, loss=CASE.loss, optimizer=CASE.optimizer, seed=1, threads=2
    )
    for rows in CASE.batches(0):
        model.train_step(CASE.examples, rows, 0)
    return model.get_weights()


def test_a_warm_load_compiles_nothing_and_gives_the_same_bits(cache: Path, compiled: list[str]) -> None:
    cold_outputs, cold = outputs(), trained()
    assert len(compiled) == len(list(cache.iterdir())) == 2
    assert np.array_equal(outputs(), cold_outputs)
    assert all(np.array_equal(one, other) for one, other in zip(trained(), cold, strict=True))
    assert len(compiled) == 2


def test_another_learning_rate_or_a_schedule_needs_no_other_machine_code(cache: Path, compiled: list[str]) -> None:
    # The key is only right where the text does not depend on the rate either.
    rates = [0.1, 0.001, CosineDecay(0.1, 10)]
    optimizers = [*(Adam(rate) for rate in rates), Adam(0.1, decay=0.5)]
    programs = [compile_program(CASE.network, CASE.loss, optimizer) for optimizer in optimizers]
    assert len({program.llvm() for program in programs}) == 1
    assert len({program.key for program in programs}) == 1
    assert compile_program(CASE.network, CASE.loss, Adam(0.1, beta_1=0.8)).key != programs[0].key
    for program in programs:
        assert program.run is not None
    assert len(compiled) == 1


def test_without_the_variable_objects_lie_in_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER_VARIABLE)
    assert object_cache.folder().parts[-2:] == ("cnnlab", "objects")


def flipped(content: bytes) -> bytes:
    """Turn one bit over, in the machine code."""
    return content[:-100] + bytes([content[-100] ^ 1]) + content[-99:]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a bit turned over": flipped,
    "the end cut off": lambda content: content[: len(content) // 2],
    "nothing but its mark": lambda content: content[:16],
    "empty": lambda _: b"",
    "longer than it was": lambda content: content + b"\0",
    "a foreign file": lambda _: b"\x7fELF" + bytes(4000),
    "a wrong sum": lambda content: content[:16] + bytes(32) + content[48:],
    "of another make": lambda content: content.replace(b"cnnlab-object-1", b"cnnlab-object-0"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_is_not_whole_is_made_anew_and_replaced(
    damage: Callable[[bytes], bytes], cache: Path, compiled: list[str]
) -> None:
    expected = outputs()
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert object_cache.read(path.name) is None
    assert np.array_equal(outputs(), expected)
    assert len(compiled) == 2
    assert path.read_bytes() == whole


def test_a_folder_where_an_object_should_be_costs_a_compilation_and_nothing_else(
    cache: Path, compiled: list[str]
) -> None:
    expected = outputs()
    (path,) = cache.iterdir()
    path.unlink()
    path.mkdir()
    assert np.array_equal(outputs(), expected)
    assert len(compiled) == 2
    assert [entry.name for entry in cache.iterdir()] == [path.name]


def test_a_file_where_the_folder_should_be_costs_a_compilation_and_nothing_else(
    cache: Path, compiled: list[str]
) -> None:
    cache.write_text("not a folder")
    assert np.array_equal(outputs(), outputs())
    assert len(compiled) == 2
    assert cache.read_text() == "not a folder"


@pytest.mark.skipif(AS_ROOT or sys.platform == "win32", reason="nothing is read-only for this user, or on Windows")
def test_a_folder_that_is_read_only_costs_a_compilation_and_nothing_else(cache: Path, compiled: list[str]) -> None:
    cache.mkdir()
    cache.chmod(0o500)
    try:
        assert np.array_equal(outputs(), outputs())
    finally:
        cache.chmod(0o700)
    assert len(compiled) == 2
    assert not list(cache.iterdir())


def test_a_folder_that_refuses_every_file_costs_a_compilation_and_nothing_else(
    cache: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refused)
    assert np.array_equal(outputs(), outputs())
    assert len(compiled) == 2
    assert not list(cache.iterdir())


def test_another_processor_compiler_or_program_has_another_object() -> None:
    target = host_target()
    names = {
        object_cache.name_of("program", target),
        object_cache.name_of("other program", target),
        object_cache.name_of("program", replace(target, cpu="generic")),
        object_cache.name_of("program", replace(target, features="")),
        object_cache.name_of("program", replace(target, triple="aarch64-unknown-linux-gnu")),
    }
    assert len(names) == 5


def test_a_new_version_of_llvm_or_of_this_package_has_other_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    before = object_cache.name_of("program", host_target())
    monkeypatch.setattr(object_cache, "_makers", lambda: "another")
    assert object_cache.name_of("program", host_target()) != before


PROCESS = """
import sys
sys.path.insert(0, {here!r})
import test_object_cache
print(test_object_cache.outputs().tobytes().hex())
"""


@pytest.mark.slow
def test_processes_that_compile_the_same_at_once_do_not_disturb_each_other(cache: Path) -> None:
    paths = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "backends")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-c", PROCESS.format(here=paths[0])]
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert said[0][0] == said[1][0] == outputs().tobytes().hex() + "\n"
    (path,) = cache.iterdir()
    assert object_cache.read(path.name) is not None
