"""What all tests share: how Keras is imported, Hypothesis' habits, a cache of objects, the count of networks."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# Real Keras is the oracle of some tests. It reads these once, when it is imported.
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_ENABLE_X64", "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

# Modules that tests and proofs share: `import keras_oracle` works in every test, and in tools/.
sys.path[:0] = [str(Path(__file__).parent / folder) for folder in ("backends", "compiler", "store", "training")]

# A deadline fails slow machines, not wrong code; the blob makes every failure one line to run again.
settings.register_profile("local", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# A run of the tests compiles into a folder of its own: what it finds there it has made itself. The workers of a
# parallel run and the processes that tests start inherit it.
OBJECT_CACHE = "CNNLAB_OBJECT_CACHE"
OWN_CACHE = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder, unless somebody has named one."""
    if not os.environ.get(OBJECT_CACHE):
        config.stash[OWN_CACHE] = Path(tempfile.mkdtemp(prefix="cnnlab-objects-"))
        os.environ[OBJECT_CACHE] = str(config.stash[OWN_CACHE])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove it."""
    if OWN_CACHE in config.stash:
        shutil.rmtree(config.stash[OWN_CACHE], ignore_errors=True)
        os.environ.pop(OBJECT_CACHE, None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many random networks were held against Keras."""
    passed = [report for report in terminalreporter.getreports("passed") if report.when == "call"]
    networks = sum("test_parity_with_keras.py" in report.nodeid and "[network " in report.nodeid for report in passed)
    if networks:
        terminalreporter.write_line(f"parity with Keras: {networks} random networks agree")
