"""What the command line and the package import when they are started."""

import subprocess
import sys

import pytest

HEAVY = {
    "filelock",
    "h5py",
    "jinja2",
    "keras",
    "llvmlite",
    "matplotlib",
    "numpy",
    "onnxruntime",
    "pydantic",
    "rich",
    "scipy",
}
HEAVY |= {"sse_starlette", "starlette", "uvicorn"}
VERBS = ("run", "reproduce", "summary", "compile", "bench", "doctor", "data", "runs", "serve", "export", "predict")


def imported_by(*words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *words], capture_output=True, text=True, check=True, timeout=60
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    assert len(lines) > 50
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize("words", [("-m", "cnnlab", "--help"), ("-c", "import cnnlab")])
def test_help_and_a_bare_import_load_nothing_heavy(words: tuple[str, ...]) -> None:
    assert imported_by(*words) & HEAVY == set()


@pytest.mark.parametrize(
    "words",
    [(verb, "--help") for verb in VERBS] + [("--version",)],
)
def test_a_verb_loads_nothing_heavy_for_its_help_beyond_what_typer_itself_needs(words: tuple[str, ...]) -> None:
    assert imported_by("-m", "cnnlab", *words) & HEAVY <= {"pydantic"}
