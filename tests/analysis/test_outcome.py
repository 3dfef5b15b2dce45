"""What an outcome hands to those who observe."""

from pathlib import Path

import studies

from cnnlab.arch import chain
from cnnlab.arch.layers import Dense
from cnnlab.arch.regularizers import L2
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.store import RunFolder


def test_observations_know_which_networks_are_regularized(tmp_path: Path) -> None:
    result = studies.study(studies.run("a", [(1.9, 0.6, 1.9, 0.6)]), studies.run("b", [(1.9, 0.6, 1.9, 0.6)]))
    networks = {
        name: chain(name, [Dense(10, "softmax", kernel_regularizer=rule)], input_shape=(4,))
        for name, rule in (("a", None), ("b", L2(0.1)))
    }
    observed = StudyOutcome(result, networks, 10, RunFolder(tmp_path, {}), interrupted=False).observations
    assert [one.subject for one in observed if one.kind == "collapse"] == ["a"]
    assert any(one.text.startswith("The losses of b contain what regularizers add") for one in observed)
