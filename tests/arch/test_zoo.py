import re

import pytest

from cnnlab.arch import chain, zoo
from cnnlab.arch.layers import BatchNormalization, Dropout
from cnnlab.errors import NetworkError

KNOWN = {
    "architecture-1": (69_135, 69_095, 128, 12),
    "architecture-2": (10_075, 10_075, 200, 10),
    "architecture-2-as-intended": (10_095, 10_085, 200, 10),
    "architecture-3": (2_615, 2_595, 200, 15),
    "mnist-convnet": (34_826, 34_826, 128, 15),
    "lenet-5": (61_706, 61_706, 128, 10),
}


def test_the_zoo_has_the_notebooks_networks_and_two_that_everyone_knows() -> None:
    assert zoo.names() == list(KNOWN)


@pytest.mark.parametrize("name", KNOWN)
def test_parameters_and_recipes_are_those_of_their_authors(name: str) -> None:
    network, recipe = zoo.network(name), zoo.entry(name).recipe
    assert (network.total_params, network.trainable_params, recipe.batch_size, recipe.epochs) == KNOWN[name]
    assert (network.name, network.input_shape, network.output_shape) == (name, (28, 28, 1), (10,))


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        (
            "architecture-1",
            "26x26x20 24x24x10 23x23x20 11x11x20 11x11x20 11x11x20 9x9x5 8x8x10 8x8x10 640 100 10",
        ),
        ("architecture-2", "28x28x5 14x14x5 14x14x10 7x7x10 7x7x5 4x4x5 80 100 10"),
        (
            "architecture-3",
            "14x14x5 7x7x5 7x7x5 4x4x10 2x2x10 2x2x10 1x1x5 1x1x5 1x1x5 1x1x5 5 5 5 100 10",
        ),
    ],
)
def test_shapes_are_those_the_notebook_printed(name: str, shapes: str) -> None:
    found = ["x".join(map(str, node.output_shape)) for node in zoo.network(name).nodes[1:]]
    assert found == shapes.split()


def test_the_intended_network_is_the_trained_one_with_the_three_layers_that_went_astray() -> None:
    trained, intended = zoo.entry("architecture-2").layers(), zoo.entry("architecture-2-as-intended").layers()
    astray = (Dropout, BatchNormalization)
    assert [layer for layer in intended if not isinstance(layer, astray)] == trained
    assert [type(layer).__name__ for layer in intended if isinstance(layer, astray)] == [
        "Dropout",
        "BatchNormalization",
        "Dropout",
    ]
    assert [type(layer).__name__ for layer in intended].index("Dropout") == 3


def test_what_the_notebook_published_stands_beside_its_networks() -> None:
    published = {name: zoo.entry(name).published for name in zoo.names()}
    found = {
        name: (round(p.test_loss, 4), round(p.test_accuracy, 4), p.seconds_per_epoch, p.epochs)
        for name, p in published.items()
        if p
    }
    assert found == {
        "architecture-1": (0.0281, 0.9903, 100.0, 12),
        "architecture-2": (0.0717, 0.9751, 37.0, 10),
        "architecture-3": (1.6352, 0.3115, 17.0, 15),
    }


@pytest.mark.parametrize("name", ["architecture_1", "Architecture 1", "ARCHITECTURE-1", " architecture - 1 "])
def test_a_name_may_be_written_in_other_ways(name: str) -> None:
    assert zoo.network(name) == zoo.network("architecture-1")


def test_each_look_up_gives_layers_of_its_own() -> None:
    entry = zoo.entry("lenet-5")
    assert entry.layers() is not entry.layers()
    assert chain("mine", entry.layers()[:-1]).output_shape == (84,)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("architecture-4", "expected a network of the zoo, got 'architecture-4'. Did you mean 'architecture-"),
        ("vgg16", "expected a network of the zoo, got 'vgg16'. Known: architecture-1, architecture-2, "),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, message: str) -> None:
    with pytest.raises(NetworkError, match=re.escape(message)):
        zoo.entry(name)


def test_every_entry_says_what_it_is_in_a_line() -> None:
    for name in zoo.names():
        entry = zoo.entry(name)
        assert 20 < len(entry.title) < 100
        assert all(note.endswith(".") for note in entry.notes)
