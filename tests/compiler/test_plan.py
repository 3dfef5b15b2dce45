"""The plan: where barriers stand, which memory each buffer has, how far its halo reaches."""

from itertools import pairwise

import numpy as np
import pytest
from larger_networks import larger_case_of_seed
from random_networks import case_numbers, case_of_seed

from cnnlab.arch import Layer, Shape, chain, graph, zoo
from cnnlab.arch.layers import (
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
    RandomFlip,
    RandomRotation,
)
from cnnlab.compiler.buffers import Buffer, Halo
from cnnlab.compiler.frame import LANES
from cnnlab.compiler.inspection import layer_views
from cnnlab.compiler.ir import F32, F64
from cnnlab.compiler.plan import Plan
from cnnlab.compiler.planning import make_plan
from cnnlab.records import Adam, SparseCategoricalCrossentropy

LOSS, OPTIMIZER = SparseCategoricalCrossentropy(), Adam()


def plan_of(*layers: Layer, shape: Shape = (9, 8, 2), training: bool = True) -> Plan:
    network = chain("planned", [*layers, Flatten(), Dense(3, activation="softmax")], input_shape=shape)
    return make_plan(network, LOSS, OPTIMIZER if training else None)


def phases(plan: Plan) -> list[list[str]]:
    """Name the pieces of each phase: those of each thread, then those of each tile."""
    return [[piece.name for piece in (*phase.by_thread, *phase.by_tile)] for phase in plan.phases]


def test_without_batch_normalization_a_step_needs_no_barrier_in_its_middle() -> None:
    plan = plan_of(Conv2D(4, 3, activation="relu"), MaxPooling2D(), Dropout(0.5))
    assert len(plan.phases) == 1
    names = phases(plan)[0]
    assert names.index("layer1_conv2d_forward") < names.index("loss") < names.index("layer1_conv2d_weights")
    assert [piece.name for piece in plan.shares] == ["layer5_dense_weights"]


def test_batch_normalization_waits_for_the_batch_going_forward_and_coming_back() -> None:
    plan = plan_of(Conv2D(4, 3), BatchNormalization(), Activation("relu"))
    first, second, third = phases(plan)
    assert first[-1] == "layer2_batchnormalization_look"
    assert second[0] == "layer2_batchnormalization_join"
    assert second[-1] == "layer2_batchnormalization_sums"
    assert "loss" in second
    assert third[0] == "layer2_batchnormalization_join_sums"
    assert "layer1_conv2d_weights" in third


def test_batch_normalization_that_nothing_trained_comes_before_needs_no_barrier_on_the_way_back() -> None:
    assert len(plan_of(BatchNormalization()).phases) == 2
    assert len(plan_of(Conv2D(4, 3), BatchNormalization(), Conv2D(4, 3), BatchNormalization()).phases) == 5


def test_in_evaluation_there_is_never_a_barrier() -> None:
    plan = plan_of(Conv2D(4, 3), BatchNormalization(), Dropout(0.5), BatchNormalization(), training=False)
    assert len(plan.phases) == 1
    assert not any("dropout" in name for name in phases(plan)[0])


def test_augmentation_is_code_in_training_only_and_wants_no_gradient() -> None:
    layers = (RandomFlip(), RandomRotation(0.1), Conv2D(4, 3))
    trained, evaluated = plan_of(*layers), plan_of(*layers, training=False)
    made = [name for name in phases(trained)[0] if "random" in name]
    assert made == ["layer1_randomflip_forward", "layer2_randomrotation_forward"]
    assert [step.key for step in trained.steps[:2]] == [0, 1]
    assert not any("random" in name for name in phases(evaluated)[0])
    assert [layer_views(evaluated)[place].notes for place in (1, 2)] == [("left out: training only",)] * 2


CASES = [*(("small", seed) for seed in case_numbers(60)), *(("larger", seed) for seed in case_numbers(30))]


def plan_of_case(kind: str, seed: int, training: bool = True) -> Plan:
    case = {"small": case_of_seed, "larger": larger_case_of_seed}[kind](seed)
    return make_plan(case.network, case.loss, case.optimizer if training else None, (F32, F64)[seed % 2])


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_no_two_buffers_overlap_and_each_has_its_room(training: bool) -> None:
    for kind, seed in CASES:
        plan = plan_of_case(kind, seed, training)
        for where, size in (("tile", plan.tile_bytes), ("scratch", plan.scratch_bytes)):
            placed = sorted((b.offset, b.offset + b.bytes, b.name) for b in plan.buffers if b.where == where)
            for (_, end, name), (start, _, other) in pairwise(placed):
                assert end <= start, f"{kind} {seed}: {name} and {other} overlap in the {where}'s memory"
            assert all(start % 64 == 0 for start, _, _ in placed), f"{kind} {seed}"
            assert max((end for _, end, _ in placed), default=0) <= size, f"{kind} {seed}"
        assert plan.tile_bytes % 64 == plan.scratch_bytes % 64 == 0


def test_what_outlives_a_barrier_lies_in_the_tiles_memory() -> None:
    for kind, seed in CASES:
        plan = plan_of_case(kind, seed)
        touched: dict[Buffer, set[int]] = {}
        for number, phase in enumerate(plan.phases):
            for piece in phase.by_tile:
                for buffer in piece.touches:
                    touched.setdefault(buffer, set()).add(number)
        for piece in plan.shares:
            for buffer in piece.touches:
                touched.setdefault(buffer, set()).add(len(plan.phases))
        own = {buffer for phase in plan.phases for piece in phase.by_thread for buffer in piece.touches}
        for buffer, numbers in touched.items():
            if len(numbers) > 1 and not buffer.passing and buffer not in own:
                assert buffer.where == "tile", f"{kind} {seed}: {buffer.name} is wanted in phases {numbers}"


def test_weights_lie_apart_in_whole_vectors_the_summed_ones_first_the_untrained_last() -> None:
    for kind, seed in CASES:
        plan = plan_of_case(kind, seed)
        places = sorted(plan.places, key=lambda place: place.first)
        for one, other in pairwise(places):
            assert one.first + one.size <= other.first, f"{kind} {seed}: {one.name} and {other.name} overlap"
        for place in places:
            assert place.first % LANES == 0
            assert place.trainable == (place.first < plan.trained)
            assert (place.trainable and place.summed) == (place.first < plan.summed)
            assert place.first + place.size <= plan.parameters
        assert plan.summed % LANES == plan.trained % LANES == 0


def halo_of(layer: Layer, shape: Shape = (9, 8, 2)) -> Halo:
    """Return the halo of what the layer reads."""
    return plan_of(layer, shape=shape).input.halo


def test_a_halo_is_as_wide_as_the_kernel_reaches_beyond_the_image() -> None:
    assert halo_of(Conv2D(4, 3)) == Halo()
    assert halo_of(Conv2D(4, 11, padding="same")) == Halo(5, 5, 5, 5)
    # TensorFlow puts the odd row of padding at the end.
    assert halo_of(Conv2D(4, (2, 4), padding="same")) == Halo(0, 1, 1, 2)
    assert halo_of(Conv2D(4, 3, dilation_rate=2, padding="same")) == Halo(2, 2, 2, 2)
    assert halo_of(Conv2D(4, 3, strides=2, padding="same")) == Halo(1, 1, 0, 1)
    assert halo_of(AveragePooling2D(3, strides=1, padding="same")) == Halo(1, 1, 1, 1)
    assert halo_of(MaxPooling2D(3, strides=1, padding="same")) == Halo()


def test_the_outputs_gradient_has_the_halo_that_the_flipped_kernel_reads() -> None:
    plan = plan_of(Conv2D(4, 1), Conv2D(5, 3))
    gradient = plan.steps[1].gradient
    assert gradient is not None
    assert gradient.halo == Halo(2, 2, 2, 2)
    first = plan.steps[0].gradient
    assert first is not None
    assert first.halo == Halo()


def test_the_bytes_of_a_buffer_are_those_of_its_cells_and_its_halo() -> None:
    buffer = Buffer("b", (3, 5, 7), F32, Halo(1, 2, 3, 4))
    cells = np.zeros((3, 5 + 3, 7 + 7, 16), np.float32)
    assert buffer.bytes == cells.nbytes
    assert (buffer.channel, buffer.row, buffer.column) == cells.strides[:3]
    assert buffer.origin == cells[0, 1, 3].ctypes.data - cells.ctypes.data
    assert not buffer.is_dense


def test_what_does_nothing_is_left_out_of_the_plan() -> None:
    plan = plan_of(Activation("linear"), Dropout(0.0), Flatten(), Flatten())
    assert [type(step.layer).__name__ for step in plan.steps] == ["Flatten", "Dense"]


@pytest.mark.parametrize("name", zoo.names())
def test_every_network_of_the_zoo_has_a_plan(name: str) -> None:
    plan = make_plan(zoo.network(name), LOSS, OPTIMIZER)
    assert plan.tile_bytes + plan.scratch_bytes < 2**25


def test_a_value_with_several_takers_has_a_buffer_for_each_and_one_with_a_single_taker_has_none() -> None:
    steps = [
        (Conv2D(4, 3, padding="same", activation="relu"), (0,)),
        (Conv2D(4, 3, padding="same"), (1,)),
        (Add(), (1, 2)),
        (Concatenate(), (3, 1)),
        (Flatten(), (4,)),
        (Dense(3, activation="softmax"), (5,)),
    ]
    plan = make_plan(graph("branched", Input((9, 8, 2)), steps), LOSS, OPTIMIZER)
    parts = {step.name: [part.name for part in step.parts] for step in plan.steps if step.parts}
    assert parts == {
        "layer1_conv2d": [
            f"layer1_conv2d gradient by {taker}" for taker in ("layer2_conv2d", "layer3_add", "layer4_concatenate")
        ]
    }
    names = phases(plan)[0]
    behind = ["layer4_concatenate_input2", "layer3_add_input1", "layer2_conv2d_input", "layer1_conv2d_gradient"]
    assert [name for name in names if name in behind] == behind
    assert names.index("layer1_conv2d_gradient") < names.index("layer1_conv2d_weights")


def test_a_layer_that_leads_nowhere_has_no_code() -> None:
    steps = [(Dense(3), (0,)), (Dense(5), (0,)), (Dense(2), (1,))]
    plan = make_plan(graph("loose", Input((4,)), steps), LOSS, OPTIMIZER)
    assert [step.name for step in plan.steps] == ["layer1_dense", "layer3_dense"]
