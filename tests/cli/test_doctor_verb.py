"""``cnnlab doctor``."""

import json
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from cnnlab import __version__
from cnnlab.backends import ReferenceBackend
from cnnlab.cli.doctor import doctor, machine_text
from cnnlab.lab import machine, self_check
from cnnlab.lab.machine import Cache, Checked, MachineReport, Processor, examine, read_check

app = typer.Typer(rich_markup_mode=None, add_completion=False)
app.command()(doctor)
GOOD = '{"check": {"ok": true, "difference": 1e-7, "same_bits": true, "threads": 2}}\n'
FOUND = MachineReport(
    cnnlab="0.1.0",
    commit="0" * 40 + "-dirty",
    python="3.11.7 (CPython)",
    platform="Linux-6.18.44-x86_64-with-glibc2.36",
    processor=Processor("AMD EPYC 9R14 96-Core Processor", "znver4", ("avx", "avx2", "fma", "avx512f"), "avx512"),
    cores=8,
    threads=2,
    versions={"numpy": "2.4.6", "llvmlite": "0.50.0", "llvm": "22.1.0"},
    why_not_compiled="",
    object_cache=Cache("~/.cache/cnnlab/objects", writable=True, objects=1200, bytes=33_361_944),
    mnist="in the cache, all sums right",
    self_check=Checked("ok", "probabilities within 7e-08 of NumPy's", 117.4, 232.6),
    environment={},
)


@pytest.mark.slow
def test_this_machine_passes_its_own_check() -> None:
    result = CliRunner().invoke(app, ["--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["cnnlab"], found["ok"], found["self_check"]["state"]) == (__version__, True, "ok")
    assert found["self_check"]["peak_one"] > 0
    assert found["processor"]["isa"] in {"avx2", "avx512", "neon"}
    assert set(found["versions"]) == {"numpy", "llvmlite", "llvm"}


def test_the_screen_fits_80_columns_and_says_each_thing_by_name() -> None:
    lines = machine_text(FOUND).splitlines()
    assert max(map(len, lines)) <= 80
    text = " ".join(" ".join(lines).split())
    for words in (
        "cnnlab 0.1.0, commit 0000",
        "processor AMD EPYC 9R14 96-Core Processor, znver4",
        "instructions avx512 chosen, of avx avx2 fma avx512f",
        "threads 2, one for each core this process may use, of 8",
        "llvmlite 0.50.0, LLVM 22.1.0",
        "compiled backend runs here",
        "object cache ~/.cache/cnnlab/objects, writable, 1,200 objects, 31.8 MiB",
        "MNIST in the cache, all sums right",
        "environment nothing set that changes things",
        "peak 117 GFLOP/s on 1 thread, 233 on 2",
        "self-check ok: probabilities within 7e-08 of NumPy's",
    ):
        assert words in text


def test_cores_that_are_not_free_are_told() -> None:
    busy = replace(FOUND, self_check=replace(FOUND.self_check, peak_all=117.0))
    assert "117 GFLOP/s on 1 thread, 117 on 2 (cores shared or slowed)" in machine_text(busy)


def test_what_is_not_in_order_is_said_aloud() -> None:
    cache = replace(FOUND.object_cache, writable=False)
    text = machine_text(replace(FOUND, object_cache=cache, why_not_compiled="no AVX2", environment={"CNNLAB_ISA": "x"}))
    assert "NOT writable: each program is" in text
    assert "compiled backend  NO: no AVX2" in text
    assert "CNNLAB_ISA=x" in text


def test_a_failed_check_is_exit_code_1_and_still_tells_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "examine", lambda: replace(FOUND, self_check=Checked("FAILED", "ended by SIGILL")))
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 1
    assert "self-check        FAILED: ended by SIGILL" in result.stdout
    assert "peak              not measured" in result.stdout
    assert json.loads(CliRunner().invoke(app, ["--json"]).stdout)["ok"] is False


def test_a_machine_with_numpy_alone_is_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "why_not_compiled", lambda: "llvmlite cannot be imported: none")
    found = examine()
    assert found.ok
    assert found.self_check == Checked("not run", "the compiled backend does not run here")


def test_a_wrong_word_in_the_environment_is_told_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CNNLAB_ISA", "avx99")
    monkeypatch.setenv("CNNLAB_OBJECT_CACHE", str(tmp_path / "objects"))
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    machine.why_not_compiled.cache_clear()
    try:
        found = examine()
    finally:
        machine.why_not_compiled.cache_clear()
    assert "got 'avx99'" in found.why_not_compiled
    assert found.environment["CNNLAB_ISA"] == "avx99"
    assert found.environment["OMP_NUM_THREADS"] == "3"
    assert found.processor.isa == ""
    assert (found.object_cache.writable, found.object_cache.objects) == (True, 0)


def test_a_cache_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CNNLAB_OBJECT_CACHE", str(tmp_path / "file" / "objects"))
    monkeypatch.setattr(machine, "why_not_compiled", lambda: "not now")
    assert examine().object_cache.writable is False


def test_the_check_reads_what_was_told_before_the_end() -> None:
    peak = '{"peak": {"one": 100.0, "all": 200.0}}\n'
    assert read_check(GOOD + peak, "", 0) == Checked(
        "ok", "probabilities within 1e-07 of NumPy's, the same bits on 1 and 2 threads", 100.0, 200.0
    )
    assert read_check(GOOD, "", -signal.SIGSEGV) == Checked("FAILED", "ended by SIGSEGV")
    assert read_check("", "Traceback\nValueError: no", 1) == Checked("FAILED", "ended with code 1: ValueError: no")
    assert read_check("", "", 0) == Checked("FAILED", "ended with code 0")


def test_other_bits_on_more_threads_are_a_failure_in_words() -> None:
    bad = GOOD.replace('"ok": true', '"ok": false').replace('"same_bits": true', '"same_bits": false')
    found = read_check(bad, "", 0)
    assert (found.state, found.told) == (
        "FAILED",
        "probabilities within 1e-07 of NumPy's, other bits on 2 threads than on 1",
    )


def test_the_check_is_right_here_and_sees_a_planted_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    assert self_check.self_check().ok

    class Faulty(ReferenceBackend):
        def load(self, network, weights, **options):  # noqa: ANN001, ANN003, ANN202
            return super().load(network, [*weights[:-1], weights[-1] + np.float32(0.01)], **options)

    monkeypatch.setattr(self_check, "get_backend", lambda name: Faulty())
    found = self_check.self_check()
    assert (found.ok, found.same_bits) == (False, True)
    assert found.difference > self_check.TOLERANCE
