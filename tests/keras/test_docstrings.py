import doctest
import importlib
import pkgutil

import pytest

import cnnlab.keras
from cnnlab.keras import layers

# Importing one of these says a word; they hold no code.
OLD = [f"cnnlab.keras.layers.{module.name}" for module in pkgutil.iter_modules(layers.__path__)]
OLD.append("cnnlab.keras.utils.np_utils")
FOUND = [module.name for module in pkgutil.walk_packages(cnnlab.keras.__path__, "cnnlab.keras.")]
MODULES = ["cnnlab.lab.zoo", *(name for name in FOUND if name not in OLD)]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_give_what_they_say(name: str) -> None:
    failures, _ = doctest.testmod(importlib.import_module(name))
    assert failures == 0


def test_there_are_examples() -> None:
    found = [doctest.DocTestFinder().find(importlib.import_module(name)) for name in MODULES]
    assert sum(bool(test.examples) for tests in found for test in tests) >= 15
