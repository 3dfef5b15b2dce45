"""What all tests share: how Keras is imported, Hypothesis' habits, and the count of networks held against Keras."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# Real Keras is the oracle of some tests. It reads these once, when it is imported.
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_ENABLE_X64", "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

# The oracle's own modules: `import keras_oracle` works in every test, and in tools/prove_parity.py.
sys.path.insert(0, str(Path(__file__).parent / "backends"))

# A deadline fails slow machines, not wrong code; the blob makes every failure one line to run again.
settings.register_profile("local", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many random networks were held against Keras."""
    passed = [report for report in terminalreporter.getreports("passed") if report.when == "call"]
    networks = sum("test_parity_with_keras.py" in report.nodeid and "[network " in report.nodeid for report in passed)
    if networks:
        terminalreporter.write_line(f"parity with Keras: {networks} random networks agree")
