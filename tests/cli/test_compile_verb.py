"""``cnnlab compile``."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cnnlab.arch import chain, to_keras_config, zoo
from cnnlab.arch.layers import Dense, Flatten, GaussianNoise, Reshape, Softmax, SpatialDropout2D, ZeroPadding2D
from cnnlab.cli.compile import compile_network
from cnnlab.errors import CnnlabError, NetworkError, UsageError

STUDY = str(Path(__file__).parents[2] / "examples" / "study.toml")
app = typer.Typer(rich_markup_mode=None, add_completion=False)
app.command()(compile_network)


def run(*arguments: str) -> str:
    """Run the verb, and let its errors through as the command line's main does."""
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, CnnlabError):
        raise result.exception
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


def pieces(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for phase in plan["phases"]:
        yield from [*phase["by_thread"], *phase["by_tile"]]
    for group in ("gathers", "labels", "shares"):
        yield from plan[group]


@pytest.mark.parametrize("name", zoo.names())
@pytest.mark.parametrize("show", ["layers", "plan"])
@pytest.mark.parametrize("program", [[], ["--evaluation"]], ids=["training", "evaluation"])
def test_every_screen_fits_80_columns(
    monkeypatch: pytest.MonkeyPatch, name: str, show: str, program: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = run(name, "--show", show, *program).splitlines()
    assert [line for line in lines if len(line) > 80 or line != line.rstrip()] == []
    assert lines[0].startswith(f"{name}, {'evaluation' if program else 'training'}, float32, ")


def test_layers_say_what_was_joined_and_what_was_left_out() -> None:
    lines = run("architecture-3", "--evaluation").splitlines()
    told = {line.split()[1]: line for line in lines if re.match(r" *\d+  ", line)}
    assert "relu joined" in told["conv2d"]
    assert "left out" in told["dropout"]
    assert "softmax in the loss" in told["dense_1"]
    assert lines[1] == "11 of 15 layers computed"


@pytest.mark.parametrize("program", [[], ["--evaluation"]], ids=["training", "evaluation"])
def test_layers_without_weights_say_what_is_copied_and_why_they_are_left_out(
    program: list[str], tmp_path: Path
) -> None:
    layers = [Reshape((4, 4, -1)), ZeroPadding2D(), SpatialDropout2D(0.5), GaussianNoise(0.1), GaussianNoise(0.0)]
    network = chain("n", [*layers, Reshape((6, 6, 3)), Flatten(), Dense(3), Softmax()], input_shape=(48,))
    path = tmp_path / "n.json"
    path.write_text(json.dumps(to_keras_config(network)), encoding="utf-8")
    lines = run(str(path), *program).splitlines()
    told = {line.split()[1]: line for line in lines if re.match(r" *\d+  ", line)}
    assert "copied" in told["reshape"]
    assert "copied" in told["zero_padding2d"]
    assert "left out: no change" in told["reshape_1"]
    assert "left out: in the loss" in told["softmax"]
    noise = "left out: training only" if program else "left out: no noise"
    assert noise in told["gaussian_noise_1"]
    assert ("left out: training only" in told["spatial_dropout2d"]) == bool(program)


@pytest.mark.parametrize("name", zoo.names())
def test_layers_as_json_have_each_layer_of_the_network(name: str) -> None:
    network = zoo.network(name)
    found = json.loads(run(name, "--json"))
    assert [layer["name"] for layer in found["layers"]] == [node.name for node in network.nodes]
    channels_last = [[*layer["output"][1:], layer["output"][0]] for layer in found["layers"]]
    images = [node for node in network.nodes if len(node.output_shape) == 3]
    assert [channels_last[node.index] for node in images] == [list(node.output_shape) for node in images]


@pytest.mark.parametrize("name", ["architecture-1", "architecture-2", "architecture-3"])
def test_buffers_of_the_plan_lie_side_by_side_and_are_all_the_memory_there_is(name: str) -> None:
    plan = json.loads(run(name, "--show", "plan", "--json"))
    for where, size in (("tile", plan["tile_bytes"]), ("thread", plan["thread_bytes"])):
        end = 0
        for buffer in (each for each in plan["buffers"] if each["where"] == where):
            assert buffer["offset"] == end
            end += buffer["bytes"]
        assert end == size
    known = {buffer["label"] for buffer in plan["buffers"]}
    assert {label for piece in pieces(plan) for label in piece["buffers"]} == known


def test_the_plan_of_training_counts_the_multiply_adds_of_every_gradient() -> None:
    plan = json.loads(run("architecture-2", "--show", "plan", "--json"))
    nodes = [node for node in zoo.network("architecture-2").nodes[1:] if node.layer.multiply_adds(node.input_shape)]
    work = [node.layer.multiply_adds(node.input_shape) for node in nodes]
    assert sum(piece["multiply_adds"] for piece in pieces(plan)) == 3 * sum(work) - work[0]


def test_memory_of_a_batch_is_that_of_its_tiles() -> None:
    plan = json.loads(run("architecture-1", "--show", "plan", "--json"))
    assert [(each["batch"], each["tiles"]) for each in plan["batches"]] == [(16, 1), (128, 8), (512, 32)]
    each = plan["tile_bytes"] + plan["sums_bytes"]
    assert [batch["bytes"] for batch in plan["batches"]] == [each, 8 * each, 32 * each]


def test_each_piece_of_the_plan_is_a_function_on_every_level() -> None:
    names = [piece["name"] for piece in pieces(json.loads(run("architecture-3", "--show", "plan", "--json")))]
    ir, llvm, asm = (run("architecture-3", "--show", level) for level in ("ir", "llvm", "asm"))
    assert [name for name in names if f"function {name}(" not in ir] == []
    assert [name for name in names if f"@{name}(" not in llvm] == []
    assert [name for name in names if f"{name}:\n" not in asm] == []


@pytest.mark.parametrize(
    ("level", "first"),
    [
        ("ir", r"# gradient by the bias\nfunction layer8_dense_bias\("),
        ("llvm", r"define internal void @layer8_dense_bias\("),
        ("asm", r"_?layer8_dense_bias:"),
    ],
)
def test_one_function_comes_alone(level: str, first: str) -> None:
    text = run("architecture-2", "--show", level, "--function", "layer8_dense_bias")
    assert re.match(first, text)
    assert "layer8_dense_input" not in text
    assert 5 < len(text.splitlines()) < 300


def test_another_processor_gets_its_own_instructions() -> None:
    words = ("architecture-3", "--evaluation", "--show", "asm", "--isa", "neon", "--function", "layer14_dense_forward")
    text = run(*words)
    assert re.search(r"\bfmla\s+v\d+\.4s", text)
    assert "vfmadd" not in text


def test_float64_is_float64_all_through() -> None:
    text = run("architecture-2", "--show", "ir", "--dtype", "float64", "--function", "layer8_dense_forward")
    assert re.search(r": f64x\d+ = fma ", text)
    assert "f32" not in text


def test_keras_json_and_study_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(to_keras_config(zoo.network("lenet-5"))), encoding="utf-8")
    assert json.loads(run(str(path), "--json")) == json.loads(run("lenet-5", "--json"))
    assert len(json.loads(run(STUDY, "--json"))) > 1
    assert json.loads(run(STUDY, "--architecture", "pooling", "--json"))["network"] == "pooling"
    assert run(STUDY, "--architecture", "pooling", "--show", "ir").startswith("# ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["architecture-2", "--show", "ir", "--function", "layer8_dense_bia"], "Did you mean 'layer8_dense_bias'?"),
        (
            ["architecture-2", "--function", "loss"],
            "expected --show ir, llvm or asm with --function, got --show layers",
        ),
        (["architecture-2", "--show", "asm", "--json"], "expected --show layers or plan with --json, got --show asm"),
        ([STUDY, "--show", "ir"], "expected one network for --show ir, got the notebook's second, pooling, strides."),
        ([STUDY, "--show", "ir"], 'Add --architecture "the notebook\'s second".'),
        ([STUDY, "--architecture", "poling"], "Did you mean 'pooling'?"),
        (["model.keras"], "compile: expected a network of the zoo, or a file"),
    ],
)
def test_what_cannot_be_shown_is_answered_with_the_next_step(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        run(*arguments)


def test_an_unknown_network_is_answered_with_the_nearest() -> None:
    with pytest.raises(NetworkError, match=r"Did you mean 'architecture-1'\?"):
        run("architectur-1")
