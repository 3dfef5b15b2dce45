"""The proof of the streams, for some seconds."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import prove_web
from prove_web import Watched

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the memory from /proc"),
]


def test_a_sample_of_the_proof_holds(tmp_path: Path) -> None:
    found = prove_web.prove(tmp_path / "runs", streams=12, minutes=0.15)
    assert found.wrong == 0
    assert len(found.streams) == 12
    assert len(found.wanted) > 2
    assert found.growth < prove_web.ALLOWED


def test_what_the_proof_looks_for_it_sees() -> None:
    whole = [1, 2, 4, 7]
    for broken in ([1, 2, 4], [1, 2, 2, 4, 7], [2, 1, 4, 7], []):
        assert Watched([whole, broken], [0, 5, 9], whole).wrong == 1
    assert Watched([whole, whole], [0, 5, 9], whole).wrong == 0
    assert Watched([], [0, 5, 9], []).growth == 4
