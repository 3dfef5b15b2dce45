"""Makes `import studies` work in the tests of this folder, and trains two small networks for those that need some."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[1] / "analysis")]


@pytest.fixture(scope="session")
def trained_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store: "plain" with two seeds and "deep" with one, on the made-up data, each a study of its own."""
    from cnnlab import data
    from cnnlab.arch import chain
    from cnnlab.arch.layers import Conv2D, Dense, Flatten, Input
    from cnnlab.experiments import Architecture
    from cnnlab.lab.conduct import Means, conduct
    from cnnlab.lab.plan import StudyPlan
    from cnnlab.records import Recipe, SparseCategoricalCrossentropy

    folder = tmp_path_factory.mktemp("trained")
    plain = chain("plain", [Input((12, 12, 1)), Flatten(), Dense(4, activation="softmax")])
    deep = chain("deep", [Input((12, 12, 1)), Conv2D(3, 5, strides=2, padding="same"), Flatten(), Dense(4)])
    softmax = Architecture("plain", plain, Recipe(batch_size=16, epochs=6))
    logits = Architecture("deep", deep, Recipe(batch_size=16, loss=SparseCategoricalCrossentropy(from_logits=True)))
    small = StudyPlan("small", (softmax,), data="made-up", seeds=(0, 1))
    for plan in (small, StudyPlan("other", (logits,), data="made-up", seeds=(0,))):
        means = Means(threads=1, backend="numpy", workers=1)
        conduct(plan, data.load("made-up"), means, out=folder, page=False)
    return folder
