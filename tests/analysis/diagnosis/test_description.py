import re
from dataclasses import fields, replace
from itertools import chain as joined

import pytest
from drawn_networks import branched, networks, recipes
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cnnlab.analysis.diagnosis import Change, InsertLayer, RemoveLayer, SetArgument, SetRecipe, Suspect
from cnnlab.analysis.diagnosis.changes import apply
from cnnlab.analysis.diagnosis.description import Thresholds, suspects_in_description
from cnnlab.analysis.diagnosis.description.walking import live, on_every_way
from cnnlab.arch import Network, graph, zoo
from cnnlab.arch.layers import Activation, BatchNormalization, Dense, Input
from cnnlab.records import Recipe

KNOWN = st.fixed_dictionaries(
    {"object_size": st.sampled_from([None, 6.0, 20.0]), "train_images": st.sampled_from([None, 600, 60000])}
)
ANY = st.one_of(networks(), networks(), networks(), branched())
THREE = zoo.entry("architecture-3")

# Drawing a network that fits takes many draws.
slow_to_draw = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def untraced(suspect: Suspect, network: Network) -> list[str]:
    """List the numbers of a text that stand in no evidence, as rounded there."""
    text = suspect.text
    for name in sorted((node.name for node in network.nodes), key=len, reverse=True):
        text = text.replace(name, "")
    found = re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?(?: %)?", text)
    return [word for word in found if not any(reads(word, value) for _, value in suspect.evidence)]


def reads(word: str, value: float) -> bool:
    """Tell whether a written number is a value, rounded to the digits it has."""
    percent = word.endswith(" %")
    digits = word.removesuffix(" %")
    mantissa, _, exponent = digits.partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return abs(float(digits) - value * (100 if percent else 1)) <= 0.5000001 * 10.0**-decimals


@slow_to_draw
@given(ANY, recipes(), KNOWN, st.one_of(st.none(), st.floats(0.0, 50.0)))
@example(THREE.network(), THREE.recipe, {"object_size": 20.0, "train_images": 60000}, 4.5)
def test_a_suspect_says_nothing_that_its_evidence_does_not_hold(
    network: Network, recipe: Recipe, known: dict[str, float], loss: float | None
) -> None:
    suspects = suspects_in_description(network, recipe, **known, initial_loss=loss)
    there = {node.name for node in live(network)}
    for suspect in suspects:
        assert untraced(suspect, network) == []
        assert set(suspect.layers) <= there
        assert suspect.text.isascii()
        assert suspect.text.endswith(".")
        assert "  " not in suspect.text
        assert suspect.step == "description"
        assert 0 < suspect.weight <= 1
        assert all(isinstance(value, int | float) and abs(value) < 1e300 for _, value in suspect.evidence)
        assert len(dict(suspect.evidence)) == len(suspect.evidence)
        assert len({change.text for change in suspect.changes}) == len(suspect.changes)
    assert [s.weight for s in suspects] == sorted((s.weight for s in suspects), reverse=True)


@slow_to_draw
@given(ANY, recipes(), KNOWN)
@example(THREE.network(), THREE.recipe, {"object_size": 20.0, "train_images": 60000})
def test_every_change_fits_removes_its_suspect_and_touches_nothing_that_it_does_not_name(
    network: Network, recipe: Recipe, known: dict[str, float]
) -> None:
    for suspect in suspects_in_description(network, recipe, **known):
        for change in suspect.changes:
            changed, trained = apply(change, network, recipe)
            again = [s for s in suspects_in_description(changed, trained, **known) if s.name == suspect.name]
            assert not any(s.layers == suspect.layers for s in again), (suspect, change)
            assert set(suspect.layers).isdisjoint(joined.from_iterable(s.layers for s in again)), (suspect, change)
            new = {node.name for node in changed.nodes} - {node.name for node in network.nodes}
            assert different_layers(network, changed) <= named_layers(change, new)
            assert different_fields(recipe, trained) == named_fields(change)


@slow_to_draw
@given(ANY, recipes(), KNOWN)
def test_the_same_words_are_always_the_same_edits(network: Network, recipe: Recipe, known: dict[str, float]) -> None:
    found = suspects_in_description(network, recipe, **known)
    changes = list(joined.from_iterable(suspect.changes for suspect in found))
    assert len({change.text for change in changes}) == len({repr(change.edits) for change in changes})


def test_a_softmax_that_is_inserted_gets_a_name_that_is_free() -> None:
    steps = [(Activation("tanh"), (0,)), (Activation("tanh"), (1,)), (Dense(10), (2,)), (BatchNormalization(), (3,))]
    network = graph("g", Input((30,)), steps)
    found = [s for s in suspects_in_description(network, Recipe()) if s.name == "unfit-output"]
    changed, _ = apply(found[0].changes[0], network, Recipe())
    assert [node.name for node in changed.nodes][-2:] == ["batch_normalization", "activation_2"]


def different_layers(before: Network, after: Network) -> set[str]:
    """Name the layers that only one of two networks has, or that differ."""
    first, second = (
        {node.name: replace(node.layer, name=node.name) for node in network.nodes} for network in (before, after)
    )
    return {name for name in first | second if first.get(name) != second.get(name)}


def named_layers(change: Change, new: set[str]) -> set[str]:
    """Name the layers that a change is about; an inserted one without a name may be the only new one."""
    named = {edit.layer for edit in change.edits if isinstance(edit, RemoveLayer | SetArgument)}
    inserted = [edit.layer.name for edit in change.edits if isinstance(edit, InsertLayer)]
    assert len(new) <= len(inserted)
    return named.union(*({name} if name else new for name in inserted))


def different_fields(before: Recipe, after: Recipe) -> set[str]:
    """Name the fields in which two recipes differ."""
    return {field.name for field in fields(before) if getattr(before, field.name) != getattr(after, field.name)}


def named_fields(change: Change) -> set[str]:
    return {edit.field.partition(".")[0] for edit in change.edits if isinstance(edit, SetRecipe)}


def ways(network: Network, index: int) -> list[tuple[int, ...]]:
    """List all ways from the input to a node, by walking each."""
    if index == 0:
        return [(0,)]
    return [(*way, index) for source in network.nodes[index].inputs for way in ways(network, source)]


@given(branched())
def test_what_lies_on_every_way_and_on_any_is_found_as_by_walking_each(network: Network) -> None:
    walked = [set(way) for way in ways(network, len(network.nodes) - 1)]
    assert {node.index for node in on_every_way(network)} == set.intersection(*walked) - {0}
    assert {node.index for node in live(network)} == set.union(*walked) - {0}


@pytest.mark.parametrize("name", ["mnist-convnet", "lenet-5", "architecture-2"])
def test_networks_that_train_well_have_no_suspect_above_three_tenths(name: str) -> None:
    entry = zoo.entry(name)
    found = suspects_in_description(entry.network(), entry.recipe, object_size=20, train_images=60000)
    assert [suspect for suspect in found if suspect.weight > 0.3] == []


def test_the_notebooks_third_network_gets_each_dropout_stride_and_pool_and_its_five_channels() -> None:
    found = suspects_in_description(THREE.network(), THREE.recipe, object_size=20, train_images=60000)
    texts = {change.text for suspect in found if suspect.weight >= 0.3 for change in suspect.changes}
    singles = {
        *(f"without {name}" for name in ("dropout", "dropout_1", "dropout_2", "dropout_3")),
        *(f"strides 1 in {name}" for name in ("conv2d", "conv2d_1", "conv2d_2")),
        *(f"without {name}" for name in ("max_pooling2d", "max_pooling2d_1", "max_pooling2d_2")),
        "filters 10 in conv2d_2",
        "without dropout_2 and dropout_3",
        "without dropout, dropout_1, dropout_2 and dropout_3",
    }
    assert singles <= texts


def test_thresholds_decide_what_is_suspected() -> None:
    never = Thresholds(
        numbers_per_class=0, few_channels=0, nothing_left=2, high_dropout=2, several_dropouts=99, shrunk=99,
        nearly_shrunk=99, average_left=2,
    )  # fmt: skip
    names = {s.name for s in suspects_in_description(THREE.network(), THREE.recipe, thresholds=never)}
    by_default = {s.name for s in suspects_in_description(THREE.network(), THREE.recipe)}
    assert names < by_default
    assert names.isdisjoint({"bottleneck", "few-channels", "dropout-leaves-nothing", "dropout", "several-dropouts"})


@pytest.mark.parametrize(
    ("word", "value", "same"),
    [("24 %", 0.2373, True), ("24 %", 0.2473, False), ("2.303", 2.302585, True), ("1e-05", 1e-5, True),
     ("1e-05", 3e-5, False), ("5", 5.0, True), ("5", 6.0, False), ("3.1 %", 0.03125, True), ("2.303", 2.31, False)],
)  # fmt: skip
def test_a_number_is_traced_only_to_the_value_that_it_rounds(word: str, value: float, same: bool) -> None:
    assert reads(word, value) == same
