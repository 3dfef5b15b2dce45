"""Study files with branches: read, refused, written and read again."""

from pathlib import Path

import pytest

from cnnlab.errors import CnnlabError
from cnnlab.lab.study_file import load_plan
from cnnlab.lab.study_toml import plan_as_toml

HEAD = 'name = "s"\n[[architecture]]\nname = "a"\ninput_shape = [8, 8, 1]\nlayers = [\n'
CONVOLUTION = 'layer = "Conv2D", filters = 2, kernel_size = 3, padding = "same"'
END = '{ layer = "Flatten" },\n{ layer = "Dense", units = 3, activation = "softmax" },\n]\n'


def plan(folder: Path, *lines: str):  # noqa: ANN201 - a StudyPlan
    (folder / "study.toml").write_text(HEAD + "".join(f"{{ {line} }},\n" for line in lines) + END)
    return load_plan(folder / "study.toml")


def test_layers_take_from_those_they_name_or_from_the_one_before(tmp_path: Path) -> None:
    network = (
        plan(
            tmp_path,
            f'{CONVOLUTION}, name = "stem"',
            CONVOLUTION,
            f'{CONVOLUTION}, inputs = ["stem"]',
            'layer = "Multiply", inputs = ["conv2d", "conv2d_1"]',
            'layer = "Concatenate", inputs = ["multiply", "input_layer"]',
        )
        .architectures[0]
        .network
    )
    assert [(node.name, node.inputs) for node in network.nodes[1:6]] == [
        ("stem", (0,)),
        ("conv2d", (1,)),
        ("conv2d_1", (1,)),
        ("multiply", (2, 3)),
        ("concatenate", (4, 0)),
    ]


def test_what_is_written_of_a_plan_is_the_same_network_again(tmp_path: Path) -> None:
    first = plan(tmp_path, f'{CONVOLUTION}, name = "x"', CONVOLUTION, 'layer = "Add", inputs = ["conv2d", "x"]')
    (tmp_path / "again.toml").write_text(plan_as_toml(first))
    again = load_plan(tmp_path / "again.toml")
    assert again.architectures == first.architectures


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            [CONVOLUTION, 'layer = "Add", inputs = ["conv2", "conv2d"]'],
            r"layer 2 'add', inputs: expected names of layers before it, got 'conv2'. Did you mean 'conv2d'",
        ),
        (
            [CONVOLUTION, 'layer = "Add", inputs = "conv2d"'],
            r"layer 2: expected inputs to be a list of names, got 'conv2d'",
        ),
        (
            [CONVOLUTION, f'{CONVOLUTION}, inputs = ["input_layer"]'],
            r"expected layers that another takes from, got 'conv2d', which none does. Name it in the inputs",
        ),
        (
            [
                CONVOLUTION,
                'layer = "Conv2D", filters = 2, kernel_size = 3',
                'layer = "Add", inputs = ["conv2d", "conv2d_1"]',
            ],
            r"'add' \(Add\) of 'conv2d' and 'conv2d_1': expected inputs of one shape.*got \(8, 8, 2\) and \(6, 6, 2\)",
        ),
    ],
)
def test_a_wire_that_leads_nowhere_is_refused_by_name(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(CnnlabError, match=message):
        plan(tmp_path, *lines)
