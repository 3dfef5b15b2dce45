"""A table of seeds by images is taken apart as the textbook does it."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np

from cnnlab.analysis.comparison.crossed import crossed
from cnnlab.errors import UsageError

shapes = st.tuples(st.integers(2, 5), st.integers(2, 30))
tables = st_np.arrays(np.float64, shapes, elements=st.floats(-5, 5, width=32))
answers = st_np.arrays(np.bool_, shapes)


def by_loops(table: npt.NDArray[Any]) -> tuple[float, float, float]:
    """Sum the textbook's squares one by one."""
    seeds, images = table.shape
    whole = table.mean()
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    seed = sum((row - whole) ** 2 for row in rows) / (seeds - 1) / seeds
    image = sum((column - whole) ** 2 for column in columns) / images / images
    rest = sum((table[s, i] - rows[s] - columns[i] + whole) ** 2 for s in range(seeds) for i in range(images))
    return seed, image, rest / (seeds - 1) / (images - 1) / seeds / images


@given(st.one_of(tables, answers))
def test_the_three_parts_are_those_of_the_sums_of_squares(table: npt.NDArray[Any]) -> None:
    parts = crossed(table)
    seed, image, shared = by_loops(table.astype(float))
    assert parts.mean == pytest.approx(table.mean(), abs=1e-12)
    assert parts.seed_part == pytest.approx(seed, abs=1e-9)
    assert parts.image_part == pytest.approx(image, abs=1e-9)
    assert parts.shared == pytest.approx(shared, abs=1e-9)


def test_the_variance_is_that_of_means_over_other_seeds_and_other_images() -> None:
    # Left out, or taken off twice, what both parts count would move the sum by a fifth.
    random = np.random.default_rng(3)
    means, variances = [], []
    for _ in range(4_000):
        table = random.normal(0, 0.1, (3, 1)) + random.normal(0, 1, 60) + random.normal(0, 1, (3, 60))
        parts = crossed(table)
        means.append(parts.mean)
        variances.append(parts.variance)
    truth = 0.1**2 / 3 + 1 / 60 + 1 / 180
    assert np.mean(variances) == pytest.approx(truth, rel=0.05)
    assert np.var(means) == pytest.approx(truth, rel=0.1)


def test_one_seed_has_only_the_variance_of_its_images() -> None:
    parts = crossed(np.array([[True] * 30 + [False] * 10]))
    assert (parts.seed_part, parts.shared) == (0, 0)
    assert parts.variance == pytest.approx(0.75 * 0.25 / 40)
    assert parts.seed_spread == 0


def test_the_spread_of_seeds_is_without_the_noise_of_the_images() -> None:
    random = np.random.default_rng(4)
    skill = random.normal(0, 0.05, (400, 1))
    table = random.random((400, 200)) < 0.7 + skill
    assert crossed(table).seed_spread == pytest.approx(0.05, rel=0.15)
    assert table.mean(axis=1).std() > 0.055


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (5,)])
def test_a_table_without_seeds_or_images_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match=r"comparison: expected answers, seeds by images, got shape"):
        crossed(np.zeros(shape, dtype=bool))
