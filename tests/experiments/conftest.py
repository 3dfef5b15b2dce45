"""What the tests of workers share."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import run_study


@pytest.fixture(scope="session")
def at_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Any]]:
    """Give the study as one process trains it; each kind of it once."""
    known: dict[str, dict[str, Any]] = {}

    def run(**options: object) -> dict[str, Any]:
        name = json.dumps(options, sort_keys=True)
        if name not in known:
            known[name] = run_study(tmp_path_factory.mktemp("home"), workers=1, **options)
        return known[name]

    return run
