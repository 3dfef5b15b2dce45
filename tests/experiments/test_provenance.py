import re

import numpy as np

from cnnlab import data
from cnnlab.backends import get_backend
from cnnlab.backends.threads import available_threads
from cnnlab.experiments import provenance


def test_provenance_names_versions_machine_and_data() -> None:
    split = data.load("made-up")
    origin = provenance(get_backend("numpy"), split, None)
    assert origin.numpy == np.__version__
    assert origin.threads == available_threads() >= 1
    assert (origin.backend, origin.same_bits) == ("numpy", False)
    assert origin.data_sums == split.sums
    assert (origin.train_images, origin.test_images) == (320, 80)
    assert origin.cpu
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", origin.started)
    assert origin.commit is None or re.fullmatch(r"[0-9a-f]{40}(-dirty)?", origin.commit)


def test_threads_that_were_asked_for_are_the_ones_recorded() -> None:
    assert provenance(get_backend("numpy"), data.load("made-up"), 3).threads == 3
