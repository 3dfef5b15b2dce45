"""The weights after some steps, as one number each: the same on every machine that runs the tests.

    UPDATE_GOLDEN=1 .venv/bin/pytest tests/compiler/test_same_bits_hashes.py

writes them anew. One may where a change is meant to give other numbers (an order of a sum, an operation, a generator)
and its line in CHANGELOG.md says so; never to let a machine pass that gives other numbers than the others.
"""

import hashlib
import json
import os
from pathlib import Path

import pytest
from same_bits import NETWORKS, of_the_zoo, train

SUMS = Path(__file__).with_name("weights_hashes.json")
STEPS = 20


def digests(name: str) -> dict[str, str]:
    training = of_the_zoo(name, STEPS)
    model = training.model(threads=2)
    initial = model.get_weights()
    train(training, model)
    return {"initial": _digest(initial), f"after {STEPS} steps": _digest(model.get_weights())}


def _digest(weights: list) -> str:
    return hashlib.sha256(b"".join(weight.astype("<f4").tobytes() for weight in weights)).hexdigest()


@pytest.mark.parametrize("name", NETWORKS)
def test_the_bits_of_trained_weights_never_change(name: str) -> None:
    found = digests(name)
    if os.environ.get("UPDATE_GOLDEN"):
        known = json.loads(SUMS.read_text(encoding="utf-8")) if SUMS.exists() else {}
        SUMS.write_text(json.dumps(dict(sorted({**known, name: found}.items())), indent=2) + "\n", encoding="utf-8")
    assert found == json.loads(SUMS.read_text(encoding="utf-8"))[name]
