"""NumPy computes exp, log and tanh with other bits on other processors; none of them reaches the weights."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from numpy._core import _multiarray_umath as cpu

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
IN_USE = [name for name in cpu.__cpu_dispatch__ if cpu.__cpu_features__[name]]
CODE = f"""
import hashlib, json, sys
sys.path[:0] = {[str(HERE), str(HERE.parent / "backends")]!r}
from dataclasses import replace
import numpy as np
import same_bits

def digest(arrays):
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()

sums = {{}}
for name in same_bits.NETWORKS:
    training = same_bits.of_the_zoo(name, 4, 64)
    sums[name] = digest(same_bits.train(training, training.model()).values())
breach = replace(training, weights=[np.log(np.exp(weight)) for weight in training.weights])
sums["breach"] = digest(same_bits.train(breach, breach.model()).values())
numbers = np.linspace(-80, 80, 10001)
sums["exp"] = digest([np.exp(numbers), np.exp(numbers.astype(np.float32))])
print(json.dumps(sums))
"""


def sums(disabled: list[str]) -> dict[str, str]:
    environment = os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(disabled)}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.skipif(not IN_USE, reason="NumPy uses no more than its baseline here")
def test_numpys_choice_of_instructions_changes_no_bit_of_a_training() -> None:
    with_all, with_none = sums([]), sums(IN_USE)
    planted = [found.pop("breach") for found in (with_all, with_none)]
    library = [found.pop("exp") for found in (with_all, with_none)]
    assert with_all == with_none
    if library[0] == library[1]:
        pytest.skip("the bits agree; but so do those of NumPy's exp here, so this machine proves little")
    assert planted[0] != planted[1]  # weights that have been through NumPy's exp and log
