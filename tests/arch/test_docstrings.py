import doctest
import importlib
import pkgutil

import pytest

import cnnlab.arch
import cnnlab.report.summary

MODULES = ["cnnlab.report.summary", *(m.name for m in pkgutil.walk_packages(cnnlab.arch.__path__, "cnnlab.arch."))]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_give_what_they_say(name: str) -> None:
    failures, _ = doctest.testmod(importlib.import_module(name))
    assert failures == 0


def test_there_are_examples() -> None:
    found = [doctest.DocTestFinder().find(importlib.import_module(name)) for name in MODULES]
    assert sum(bool(test.examples) for tests in found for test in tests) >= 12
