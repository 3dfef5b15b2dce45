"""For which processors code is made, and what is said on one that lacks what it needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab.backends import choice, get_backend
from cnnlab.compiler import target
from cnnlab.compiler.target import ISA_VARIABLE, best_isa, host_target
from cnnlab.errors import NotSupportedError, UsageError

STUDY = """
name = "tiny"
[data]
name = "made-up"
[[architecture]]
name = "small"
input_shape = [12, 12, 1]
layers = [{ layer = "Flatten" }, { layer = "Dense", units = 4, activation = "softmax" }]
"""

AVX2 = {"avx2", "fma", "sse2"}
AVX512 = {*AVX2, "avx512f", "avx512bw", "avx512vl", "avx512dq"}


@pytest.mark.parametrize(
    ("machine", "features", "isa"),
    [
        ("x86_64", AVX512, "avx512"),
        ("AMD64", AVX2, "avx2"),
        ("x86_64", AVX512 - {"avx512dq"}, "avx2"),
        ("aarch64", {"neon"}, "neon"),
        ("arm64", set(), "neon"),
    ],
)
def test_the_widest_instructions_that_serve_are_taken(machine: str, features: set[str], isa: str) -> None:
    assert best_isa(machine, features) == isa


@pytest.mark.parametrize("features", [set(), {"avx2"}, {"fma"}, AVX512 - {"fma"}], ids=len)
def test_a_processor_without_avx2_or_fma_is_told_what_to_type(features: set[str]) -> None:
    with pytest.raises(
        NotSupportedError,
        match=r"the compiled backend: expected a processor with AVX2 and FMA \(most since 2013\), or a 64-bit ARM, "
        r"got x86_64 without them\. Type --backend numpy\.",
    ):
        best_isa("x86_64", features)


def test_an_unknown_instruction_set_is_refused_with_a_proposal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ISA_VARIABLE, "avx3")
    with pytest.raises(UsageError, match=r"expected the name of an instruction set, got 'avx3'.* 'avx2'\?"):
        host_target()


def test_instructions_that_the_processor_lacks_are_refused() -> None:
    missing = "neon" if host_target().is_x86 else "avx2"
    with pytest.raises(UsageError, match=f"expected a processor with {missing}, got "):
        host_target(missing)


@pytest.mark.skipif(not host_target().is_x86, reason="there is nothing narrower than NEON to choose")
def test_the_variable_chooses_narrower_instructions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ISA_VARIABLE, "avx2")
    narrow = host_target()
    assert (narrow.isa, narrow.register_bytes, narrow.registers) == ("avx2", 32, 16)
    assert "+avx512f" not in narrow.features
    assert "+fma" in narrow.features


def test_where_the_processor_lacks_them_the_default_is_numpy_and_the_reason_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(isa: str | None = None) -> target.Target:
        best_isa("x86_64", set())
        raise AssertionError

    monkeypatch.setattr("cnnlab.compiler.host_target", refused)
    choice.why_not_compiled.cache_clear()
    try:
        assert get_backend().name == "numpy"
        assert "AVX2" in choice.why_not_compiled()
        with pytest.raises(NotSupportedError, match=r"Type --backend numpy\."):
            get_backend("compiled")
    finally:
        choice.why_not_compiled.cache_clear()


def test_the_command_line_says_so_in_one_message(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    done = subprocess.run(
        [sys.executable, "-m", "cnnlab", "run", "study.toml"],
        cwd=tmp_path,
        env={**os.environ, ISA_VARIABLE: "avx3"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("expected the name of an instruction set, got 'avx3'") == 1
    assert "Traceback" not in done.stderr
