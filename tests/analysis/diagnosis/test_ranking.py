from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.analysis import Interval
from cnnlab.analysis.diagnosis import (
    LEAST_GAIN,
    Candidate,
    Change,
    Gain,
    Ranked,
    RemoveLayer,
    SetArgument,
    SetRecipe,
    Suspect,
    apply,
    candidates,
    finalists,
    ranked,
    together,
)
from cnnlab.arch import zoo

NETWORK, RECIPE = zoo.network("architecture-3"), zoo.entry("architecture-3").recipe


THREE = dict.fromkeys(["dropout", "dropout_1", "dropout_2"], "d")


def removing(*layers: str) -> Change:
    return Change(f"without {' and '.join(layers)}", tuple(RemoveLayer(layer) for layer in layers))


def suspect(name: str, *changes: Change, weight: float = 0.5) -> Suspect:
    return Suspect(name, (), f"{name} was seen.", (), "description", changes, weight)


def gained(points: float, reach: float = 1.0) -> Gain:
    interval = Interval(points - reach, points + reach)
    return Gain(points, interval, interval, 6, 12)


def tried(*suspects: Suspect, most: int = 24) -> list[str]:
    return [one.change.text for one in candidates(suspects, NETWORK, RECIPE, most=most, least_weight=0.25)]


def test_the_strongest_suspect_is_tried_first_and_a_faint_one_not_at_all() -> None:
    faint, strong = (
        suspect("faint", removing("dropout"), weight=0.2),
        suspect("strong", removing("dropout_1"), weight=0.9),
    )
    middle = suspect("middle", removing("dropout_2"), weight=0.5)
    assert tried(faint, middle, strong) == ["without dropout_1", "without dropout_2"]


def test_two_suspects_with_the_same_change_share_one_trial() -> None:
    one, other = suspect("one", removing("dropout"), weight=0.9), suspect("other", removing("dropout"))
    (found,) = candidates([other, one], NETWORK, RECIPE, most=24, least_weight=0.25)
    assert [each.name for each in found.suspects] == ["one", "other"]
    assert found.layers == ("dropout",)


def test_a_change_that_changes_nothing_or_does_not_fit_is_not_tried() -> None:
    nothing = Change("strides 2 in conv2d", (SetArgument("conv2d", "strides", (2, 2)),))
    misfit = removing("no_such_layer")
    assert tried(suspect("any", nothing, misfit)) == []


def test_longer_training_is_no_counterfactual() -> None:
    assert tried(suspect("underfitting", Change("30 epochs", (SetRecipe("epochs", 30),)))) == []


def test_what_several_changes_do_together_is_left_to_the_two_best() -> None:
    single = suspect("dropout", removing("dropout"), removing("dropout_1"))
    both = suspect("several", removing("dropout", "dropout_1"))
    assert tried(single, both) == ["without dropout", "without dropout_1"]
    assert tried(both) == ["without dropout and dropout_1"]


def test_no_more_changes_are_tried_than_asked_for() -> None:
    every = suspect("dropout", *(removing(name) for name in ("dropout", "dropout_1", "dropout_2", "dropout_3")))
    assert len(tried(every, most=2)) == 2


def order(points: dict[str, float], kinds: dict[str, str]) -> tuple[Ranked, ...]:
    suspects = [suspect(kinds[layer], removing(layer)) for layer in points]
    listed = candidates(suspects, NETWORK, RECIPE, most=24, least_weight=0)
    return ranked({f"without {layer}": gained(value) for layer, value in points.items()}, listed)


def test_the_ranking_goes_by_what_was_gained() -> None:
    found = order({"dropout": 1, "dropout_1": 7, "dropout_2": 3}, THREE)
    assert [one.gain.points for one in found] == [7, 3, 1]


def test_each_kind_of_suspect_gets_a_figure_before_one_kind_gets_two() -> None:
    found = order(
        {"dropout": 9, "dropout_1": 8, "max_pooling2d": 2},
        {"dropout": "dropout", "dropout_1": "dropout", "max_pooling2d": "shrinking"},
    )
    assert [one.change.text for one in finalists(found, 2)] == ["without dropout", "without max_pooling2d"]


def test_what_the_ranking_leaves_no_hope_for_is_not_measured_again() -> None:
    found = order({"dropout": -3, "dropout_1": -0.4, "dropout_2": 0.2}, THREE)
    assert [one.change.text for one in finalists(found, 9)] == ["without dropout_2"]
    hopeless = [replace(one, gain=gained(LEAST_GAIN / 2, 0.1)) for one in found]
    assert finalists(hopeless, 9) == ()


def test_the_two_best_that_fit_together_are_made_together() -> None:
    wide = Change("filters 10 in conv2d_2", (SetArgument("conv2d_2", "filters", 10),))
    wider = Change("filters 20 in conv2d_2", (SetArgument("conv2d_2", "filters", 20),))
    suspects = [
        suspect("channels", wider, weight=0.9),
        suspect("channels", wide, weight=0.8),
        suspect("d", removing("dropout")),
    ]
    listed = candidates(suspects, NETWORK, RECIPE, most=24, least_weight=0)
    found = together(listed, NETWORK, RECIPE)
    assert found is not None
    one, other, both = found
    # The two widths undo each other: the second best is another one.
    assert (one.change.text, other.change.text) == ("filters 20 in conv2d_2", "without dropout")
    network, _ = apply(both.change, NETWORK, RECIPE)
    assert "dropout" not in [node.name for node in network.nodes]
    assert next(node for node in network.nodes if node.name == "conv2d_2").output_shape[-1] == 20


def test_two_changes_that_undo_the_same_layer_are_no_pair() -> None:
    both, one = removing("dropout", "dropout_1"), removing("dropout")
    listed = [Candidate(change, (suspect("d", change),)) for change in (both, one, removing("dropout_2"))]
    found = together(listed, NETWORK, RECIPE)
    assert found is not None
    assert [part.change.text for part in found[:2]] == ["without dropout and dropout_1", "without dropout_2"]


def test_a_single_change_has_no_partner() -> None:
    listed = candidates([suspect("d", removing("dropout"))], NETWORK, RECIPE, most=24, least_weight=0)
    assert together(listed, NETWORK, RECIPE) is None


@settings(max_examples=30)
@given(st.lists(st.floats(-20, 20), min_size=1, max_size=4), st.integers(1, 5))
def test_finalists_keep_the_order_of_the_ranking(points: list[float], most: int) -> None:
    layers = ["dropout", "dropout_1", "dropout_2", "dropout_3"][: len(points)]
    found = order(dict(zip(layers, points, strict=True)), dict.fromkeys(layers, "d"))
    chosen = finalists(found, most)
    places = [[one.candidate for one in found].index(one) for one in chosen]
    assert places == sorted(places)
    assert len(chosen) <= most
    hopeful = sum(value > 0 and value + 1 > LEAST_GAIN for value in points)
    assert len(chosen) == min(most, hopeful)


def test_object_sizes_are_those_of_the_digits() -> None:
    from cnnlab.analysis.diagnosis.objects import object_size

    images = np.zeros((3, 28, 28), np.uint8)
    images[:, 4:24, 4:24] = 200
    assert object_size(images) == 20
    assert object_size(images[..., None]) == 20
    assert object_size(255 - images) == 20
    assert object_size(np.full((2, 10, 10), 7, np.uint8)) == pytest.approx(10)
    assert object_size(np.zeros((2, 10), np.uint8)) is None
