"""`docs/networks.md` says what is so."""

import doctest
import re
from pathlib import Path

from cnnlab.arch.activations import ACTIVATIONS
from cnnlab.arch.arguments import argument_names
from cnnlab.arch.initializers import INITIALIZERS
from cnnlab.arch.layers import LAYERS

PAGE = (Path(__file__).parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")


def words(line: str) -> list[str]:
    return re.findall(r"`([^`]+)`", line)


def test_its_examples_give_what_they_say() -> None:
    session = "".join(re.findall(r"```pycon\n(.*?)```", PAGE, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(session, {}, "networks.md", None, 0)
    assert len(test.examples) > 15
    assert doctest.DocTestRunner().run(test).failed == 0


def test_its_table_lists_every_layer_with_all_its_arguments_in_order() -> None:
    rows = [words(line) for line in PAGE.splitlines() if line.startswith("| `")]
    for name, layer in LAYERS.items():
        arguments = [argument for argument in argument_names(layer) if argument not in {"name", "input_shape"}]
        assert [name, *arguments] in rows
    assert len(rows) == len(LAYERS)


def test_it_lists_every_activation_and_every_initializer() -> None:
    listed = {line.split(":")[0]: words(line) for line in PAGE.splitlines() if line.startswith("- ")}
    assert listed["- Activations"][: len(ACTIVATIONS)] == list(ACTIVATIONS)
    assert words(PAGE[PAGE.index("- Initializers") :])[: len(INITIALIZERS)] == list(INITIALIZERS)
