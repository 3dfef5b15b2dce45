"""The examples in docstrings are run."""

import doctest

import pytest

import cnnlab.backends.choice
import cnnlab.backends.reference.backend
import cnnlab.randomness.threefry

MODULES = [cnnlab.backends.choice, cnnlab.backends.reference.backend, cnnlab.randomness.threefry]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_examples_give_what_they_say(module: object) -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
