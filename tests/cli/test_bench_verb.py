"""``cnnlab bench layers``, and what it measures with; nothing here depends on how fast anything is."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cnnlab.arch import Network, chain, initial_weights, to_keras_config
from cnnlab.arch.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from cnnlab.backends.compiled import CompiledModel
from cnnlab.backends.compiled.crew import run_together
from cnnlab.cli import bench
from cnnlab.cli.bench_text import roofline_text
from cnnlab.compiler import Program, compile_program
from cnnlab.compiler.frame import Frame, ImageKind, LabelKind, Shared
from cnnlab.compiler.planning import make_plan
from cnnlab.errors import CnnlabError, NetworkError, UsageError
from cnnlab.experiments import Architecture
from cnnlab.lab.roofline import Roofline, roofline
from cnnlab.records import SGD, Adam, Examples, Recipe, SparseCategoricalCrossentropy

CONVOLUTION, LAST = 10 * 10 * 3 * 3 * 2 * 4, 100 * 5


def small() -> Network:
    layers = [
        Conv2D(4, 3, activation="relu", input_shape=(12, 12, 2)),
        MaxPooling2D(2),
        BatchNormalization(),
        Dropout(0.25),
        Flatten(),
        Dense(5, activation="softmax"),
    ]
    return chain("small", layers)


@pytest.fixture(scope="module")
def measured() -> Roofline:
    return roofline(Architecture("small", small(), Recipe(batch_size=20, optimizer=SGD())), seconds=1e-4)


def test_the_parts_are_those_of_the_program_in_its_order(measured: Roofline) -> None:
    plan = make_plan(small(), Recipe().loss, SGD())
    names = [row.name for row in measured.rows]
    pieces = [piece.name for phase in plan.phases for piece in (*phase.by_thread, *phase.by_tile)]
    shares = [piece.name for piece in plan.shares]
    assert [name for name in names if name in {*pieces, *shares}] == [*pieces, *shares]
    assert {"gather_scaled_bytes", "labels_classes", "reduce", "new_weights", "wait"} <= set(names)
    assert "gather_floats" not in names


def test_multiply_adds_count_once_forward_and_once_for_each_gradient_that_is_computed(measured: Roofline) -> None:
    assert measured.multiply_adds == 2 * CONVOLUTION + 3 * LAST
    by_name = {row.name: row for row in measured.rows}
    row = by_name["layer1_conv2d_forward"]
    assert row.multiply_adds == CONVOLUTION
    assert row.gflops is not None
    assert row.gflops == pytest.approx(2e-9 * CONVOLUTION * 20 / row.seconds)
    assert row.share_of_peak == pytest.approx(row.gflops / measured.peak_gflops)
    assert row.lost_seconds == pytest.approx(row.seconds * (1 - row.gflops / measured.peak_gflops))
    assert by_name["loss"].gflops is None
    assert by_name["loss"].lost_seconds == by_name["loss"].seconds


def test_the_whole_step_has_its_share_and_the_parts_their_sum(measured: Roofline) -> None:
    work = 2e-9 * measured.multiply_adds * 20
    assert measured.share_of_peak == pytest.approx(work / measured.step_seconds / measured.peak_gflops)
    assert measured.parts_seconds == pytest.approx(sum(row.seconds for row in measured.rows))
    assert measured.largest_gap.lost_seconds == max(row.lost_seconds for row in measured.rows)
    assert 0 < measured.had <= 1
    assert (measured.batch, measured.tiles, measured.threads, measured.data) == (20, 2, 1, "made-up images")


def test_the_screen_marks_the_largest_gap_and_fits_80_columns(measured: Roofline) -> None:
    rows = tuple(replace(row, seconds=1e-3, lost_seconds=1e-4) for row in measured.rows)
    rows = (*rows[:3], replace(rows[3], lost_seconds=5e-4), *rows[4:])
    lines = roofline_text(replace(measured, rows=rows, step_seconds=0.1), "small").splitlines()
    assert max(map(len, lines)) <= 80
    names = {row.name for row in rows}
    assert [words[0] for words in map(str.split, lines) if words[:1] and words[0] in names and words[-1] == "<"] == [
        rows[3].name
    ]
    assert lines[-1].endswith(f"cnnlab compile small --show asm --function {rows[3].name}")


@pytest.mark.parametrize(("had", "told"), [(0.5, True), (1.0, False)])
def test_a_busy_machine_is_told(measured: Roofline, had: float, told: bool) -> None:
    text = " ".join(roofline_text(replace(measured, had=had), "small").split())
    assert ("The machine was busy: the process had its cores for 50 % of" in text) is told


def test_small_parts_are_told_together(measured: Roofline) -> None:
    rows = tuple(replace(row, seconds=1e-9) for row in measured.rows)
    text = roofline_text(replace(measured, rows=rows, step_seconds=1.0), "small")
    assert f"{len(rows)} parts below 0.1 %" in text
    assert "layer1_conv2d_forward  " not in text


def test_timing_each_part_several_times_makes_the_numbers_of_the_step_from_nothing() -> None:
    network, loss = small(), SparseCategoricalCrossentropy()
    program = Program(make_plan(network, loss, Adam()), timed=True)
    model = CompiledModel(
        network,
        initial_weights(network, 0),
        loss=loss,
        training=program,
        evaluation=compile_program(network, loss),
        seed=0,
        threads=1,
    )
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (16, 12, 12, 2), np.uint8)
    examples = Examples(images, random.integers(0, 5, 16), 255.0)
    _, expected = model.gradients(
        examples, np.arange(16), 0
    )  # one tile, so that each part finds what the last one left
    memory = model.memory()
    frame = memory.own[0]
    for slots, slot in ((frame, Frame.SCRATCH), (memory.shared, Shared.TILES), (memory.shared, Shared.PARTIALS)):
        slots._kept[slot][:] = 0
    model._parameters.by_weight[:] = 0
    frame.put(Frame.TURNS, 3)
    plan, others = program.plan, {"collect", "norms", "new_weights"}
    others |= {piece.name for kind, piece in plan.gathers.items() if kind != ImageKind.SCALED_BYTES}
    others |= {piece.name for kind, piece in plan.labels.items() if kind != LabelKind.CLASSES}
    parts = [part for part in program.parts if part.name not in others]
    for part in parts:
        run_together(program.timer(part), [frame])
    found = model._parameters.gradients()
    assert len(parts) > 10
    for one, other in zip(expected, found, strict=True):
        assert one.any()
        assert one.tobytes() == other.tobytes()


def test_timers_are_there_only_when_they_are_asked_for() -> None:
    plan = make_plan(small(), Recipe().loss, SGD())
    plain, timed = Program(plan), Program(plan, timed=True)
    assert plain.key != timed.key
    names = {function.name for function in timed.module.functions} - {each.name for each in plain.module.functions}
    assert names == {part.timer for part in timed.parts}


@pytest.mark.slow
def test_the_verb_prints_json_on_stdout_and_progress_on_stderr(tmp_path: Path) -> None:
    path = tmp_path / "small.json"
    path.write_text(json.dumps(to_keras_config(small())), encoding="utf-8")
    result = CliRunner().invoke(bench.app, ["layers", str(path), "--batch", "17", "--threads", "2", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["network"], found["batch"], found["tiles"], found["threads"]) == ("small", 17, 2, 2)
    assert found["largest_gap"] in {row["name"] for row in found["rows"]}
    assert result.stderr == "Timing the parts of small, some seconds ...\n"


def test_a_network_without_classes_is_refused() -> None:
    network = chain("open", [Conv2D(3, 3, input_shape=(9, 9, 1))])
    with pytest.raises(NetworkError, match=r"open: expected an output of shape \(classes,\) for a loss"):
        roofline(Architecture("open", network, Recipe()))


def test_a_file_of_another_kind_is_refused() -> None:
    result = CliRunner().invoke(bench.app, ["layers", "model.keras"])
    assert isinstance(result.exception, CnnlabError)
    with pytest.raises(UsageError, match="bench layers: expected a network of the zoo, or a file"):
        raise result.exception
