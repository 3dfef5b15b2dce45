"""A plan is brought to data: networks of the zoo and nothing else, and the definition that is kept says it all."""

from dataclasses import replace
from pathlib import Path

import pytest
from makers import Images, pictures

from cnnlab.arch import chain, zoo
from cnnlab.arch.layers import Dense, Flatten
from cnnlab.backends import get_backend
from cnnlab.data.own import OwnData, Reading
from cnnlab.errors import UsageError
from cnnlab.experiments import Architecture, provenance
from cnnlab.lab.own_data import load_data, with_data
from cnnlab.lab.plan import StudyPlan, from_zoo, notebook_plan
from cnnlab.lab.stored_studies import study_key
from cnnlab.lab.study_file import plan_from_text
from cnnlab.lab.study_toml import plan_as_toml
from cnnlab.records import Recipe


@pytest.fixture
def mine(coloured: Images, tmp_path: Path) -> Path:
    """Return a folder with images to train on, to validate with and to test with."""
    for part, rows in (("train", slice(0, 20)), ("val", slice(20, 30)), ("test", slice(30, 40))):
        pictures(tmp_path / "mine", coloured[rows], part=part)
    return tmp_path / "mine"


def silent(_: str) -> None:
    """Nobody listens."""


def test_networks_of_the_zoo_take_the_images_and_tell_the_classes_apart(mine: Path) -> None:
    own = OwnData(Reading(resize=(32, 24)))
    plan = StudyPlan("all", tuple(map(from_zoo, zoo.names())), "mine", mine, own=own)
    fitted, split = load_data(plan, notify=silent)
    for one, name in zip(fitted.architectures, zoo.names(), strict=True):
        entry = zoo.entry(name)
        assert (one.network.input_shape, one.network.output_shape) == ((32, 24, 3), (2,))
        assert [node.layer for node in one.network.nodes[1:-1]] == list(entry.layers()[1:-1])
        assert (one.recipe, one.published) == (entry.recipe, None)
    assert fitted.hold_out == 10
    assert len(split.train) == 30
    assert dict(fitted.own.sums) == split.sums
    assert plan_from_text(plan_as_toml(fitted), "kept") == fitted
    assert load_data(fitted, notify=pytest.fail)[0] == fitted, "a study that is gone on with is not changed again"


def test_a_network_of_the_users_stays_and_so_does_what_he_holds_out(mine: Path) -> None:
    own_network = Architecture("flat", chain("flat", [Flatten(input_shape=(9, 9, 1)), Dense(5)]), Recipe())
    plan = StudyPlan("own", (own_network,), "mine", mine, own=OwnData(), hold_out=3)
    fitted, _ = load_data(plan, notify=silent)
    assert fitted.architectures == plan.architectures
    assert fitted.hold_out == 3


def test_the_same_images_read_from_elsewhere_are_the_same_study(mine: Path) -> None:
    plan = StudyPlan("own", (from_zoo("lenet-5"),), "mine", mine, own=OwnData(Reading(resize=(28, 28))))
    fitted, split = load_data(plan, notify=silent)
    packed = replace(fitted, data_path=mine.with_suffix(".zip"), own=OwnData(Reading(kind="zip"), fitted.own.sums))
    origin = provenance(get_backend("numpy"), split, 1)
    assert study_key(packed, origin) == study_key(fitted, origin)
    others = replace(origin, data_sums={**origin.data_sums, "class-names": "other"})
    assert study_key(fitted, others) != study_key(fitted, origin)


def test_one_line_says_which_networks_were_changed(mine: Path) -> None:
    said: list[str] = []
    plan = StudyPlan("two", (from_zoo("lenet-5"),), "mine", mine, own=OwnData(Reading(resize=(28, 28))))
    load_data(plan, notify=said.append)
    assert said[-1] == "Here lenet-5 takes images of 28 x 28 x 3 and tells 2 classes apart."


def test_the_notebooks_study_knows_nothing_of_it(mine: Path) -> None:
    plan = notebook_plan()
    assert plan.own is None
    assert "kind" not in plan_as_toml(plan)
    assert plan_from_text(plan_as_toml(plan), "kept") == plan
    moved = with_data(with_data(plan, str(mine), split_seed=4), str(mine.parent))
    assert (moved.data, moved.data_path, moved.own) == ("mine", mine.parent, OwnData(Reading(split_seed=4)))


def test_a_known_name_is_not_read_as_ones_own() -> None:
    text = 'name = "x"\n[data]\nname = "mnist"\nresize = [8, 8]\n[[architecture]]\nzoo = "lenet-5"\n'
    with pytest.raises(UsageError, match=r"data: expected a name of your own, got 'mnist' with resize"):
        plan_from_text(text, "study.toml")
    fitted = replace(plan_from_text(text.replace('"mnist"', '"pets"'), "study.toml"), data_path=None)
    with pytest.raises(Exception, match=r"pets: expected to be told where the data are, got no path\. Add --data PATH"):
        load_data(fitted)
