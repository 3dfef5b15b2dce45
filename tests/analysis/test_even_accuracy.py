"""Where training weighed classes, all classes count alike in what is called learnt."""

import doctest
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.analysis import even_accuracy as module
from cnnlab.analysis.compared import collapsed_seeds
from cnnlab.analysis.comparison import compare
from cnnlab.analysis.even_accuracy import even_accuracy
from cnnlab.records import Tested

LABELS = np.repeat([0, 1, 2], [900, 60, 40])
RARE = np.where(LABELS == 0, np.arange(1000) % 3, LABELS)  # right about every rare image, and a third of the others
ONE = np.zeros(1000, int)


def answered(*said: np.ndarray, weighed: bool) -> Tested:
    losses = np.ones((len(said), 1000))
    return Tested("net", tuple(range(len(said))), LABELS, np.stack(said), losses, weighed=weighed)


def test_the_example_gives_what_it_says() -> None:
    assert doctest.testmod(module).failed == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_an_even_accuracy_is_that_of_images_copied_until_all_classes_have_as_many(pairs: list[tuple[int, int]]) -> None:
    labels, said = (np.array(one) for one in zip(*pairs, strict=True))
    classes, counts = np.unique(labels, return_counts=True)
    copies = {one: int(np.lcm.reduce(counts)) // count for one, count in zip(classes, counts, strict=True)}
    right = [truth == named for truth, named in pairs for _ in range(copies[truth])]
    found = even_accuracy(labels, said[None])
    assert found.shares[0] == pytest.approx(np.mean(right))
    assert found.chance == 1 / len(classes)
    assert 1 <= found.images <= len(labels)


def test_as_many_images_of_each_class_are_as_many_images() -> None:
    labels = np.arange(90) % 3
    found = even_accuracy(labels, (labels * (np.arange(90) % 2))[None])
    assert found.images in {89, 90}  # 9 / (3 / 30), but for rounding
    assert found.shares[0] == pytest.approx((labels == labels * (np.arange(90) % 2)).mean())


def test_a_network_that_finds_rare_classes_has_collapsed_only_where_nobody_weighed_them() -> None:
    assert compare([answered(RARE, RARE, weighed=False)]).standings[0].collapsed == (0, 1)
    found = compare([answered(RARE, RARE, weighed=True)])
    assert found.standings[0].collapsed == ()
    assert collapsed_seeds(found) == []


def test_a_weighed_network_that_names_one_class_has_collapsed_and_the_sentence_says_by_what() -> None:
    found = compare([answered(RARE, ONE, RARE, weighed=True)])
    assert (found.standings[0].seeds, found.standings[0].collapsed) == ((0, 2), (1,))
    (observation,) = collapsed_seeds(found)
    assert "images no better than always naming one class, with every class counted alike. By that," in observation.text
    (caution, *_) = found.standings[0].warnings
    assert caution.startswith("1 of 3 seeds did no better than always naming one class, all counted alike.")
    other = replace(answered(RARE, ONE, RARE, weighed=True), architecture="other")
    assert compare([answered(RARE, weighed=True), other]).standings[1].seeds == (0, 2)
