import re
from dataclasses import replace

import pytest
from drawn_networks import branched, networks
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.analysis.diagnosis import Change, Edit, InsertLayer, RemoveLayer, SetArgument, SetRecipe
from cnnlab.analysis.diagnosis.changes import apply, fits
from cnnlab.arch import Layer, Network, chain, graph, zoo
from cnnlab.arch.layers import Activation, Add, Conv2D, Dense, Dropout, Flatten, Input
from cnnlab.errors import NetworkError, NotSupportedError, UsageError
from cnnlab.records import SGD, Adam, CosineDecay, Recipe

THREE = zoo.network("architecture-3")
RECIPE = Recipe(batch_size=200, epochs=15)


def changed(network: Network, *edits: Edit) -> Network:
    return apply(Change("a change", edits), network, RECIPE)[0]


def refuses(message: str, kind: type[Exception] = NetworkError) -> pytest.RaisesExc[Exception]:
    return pytest.raises(kind, match="^" + re.escape(f"architecture-3, change 'a change'{message}"))


def bare(layer: Layer) -> Layer:
    """Return a layer without its name, to see what else it holds."""
    return replace(layer, name=None)


ANY = st.one_of(networks(), branched())

Tree = tuple[str, "tuple[Tree, ...]"]


def trees(network: Network) -> dict[str, Tree]:
    """Write what each node computes as a tree of names; dead ends have theirs too."""
    found: dict[str, Tree] = {}
    for node in network.nodes:
        found[node.name] = (node.name, tuple(found[network.nodes[source].name] for source in node.inputs))
    return found


def cut(tree: Tree, name: str) -> Tree:
    """Take every node of a name out of a tree; its only branch moves up."""
    kept = tuple(cut(branch, name) for branch in tree[1])
    return kept[0] if tree[0] == name else (tree[0], kept)


def grown(tree: Tree, after: str, new: str) -> Tree:
    """Put a new node over every node of a name."""
    here = (tree[0], tuple(grown(branch, after, new) for branch in tree[1]))
    return (new, (here,)) if tree[0] == after else here


@given(ANY)
def test_a_change_without_edits_changes_nothing_but_that_names_are_explicit(network: Network) -> None:
    result = changed(network)
    assert [(n.name, n.inputs, n.output_shape, n.parameters) for n in result.nodes] == [
        (n.name, n.inputs, n.output_shape, n.parameters) for n in network.nodes
    ]
    assert [bare(n.layer) for n in result.nodes[1:]] == [bare(n.layer) for n in network.nodes[1:]]
    assert [n.layer.name for n in result.nodes[1:]] == [n.name for n in network.nodes[1:]]
    assert (result.name, result.data_format, result.nodes[0]) == (network.name, network.data_format, network.nodes[0])


@given(ANY, st.data())
def test_removing_a_layer_takes_it_out_of_all_that_is_computed_and_leaves_the_rest(
    network: Network, data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(network.nodes[1:]))
    change = Change("a change", (RemoveLayer(gone.name),))
    if not fits(change, network, RECIPE):
        return
    result = apply(change, network, RECIPE)[0]
    assert trees(result) == {name: cut(tree, gone.name) for name, tree in trees(network).items() if name != gone.name}
    layers = {node.name: bare(node.layer) for node in network.nodes if node is not gone}
    assert {node.name: bare(node.layer) for node in result.nodes} == layers


@given(branched(), st.data())
def test_a_layer_of_one_input_that_keeps_its_shape_can_be_removed_unless_the_output_would_be_another_branch(
    network: Network, data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(network.nodes[1:]))
    last_alone = gone is network.nodes[-1] and (gone.inputs[0] == 0 or gone.inputs[0] != gone.index - 1)
    allowed = len(gone.inputs) == 1 and not last_alone
    assert fits(Change("a change", (RemoveLayer(gone.name),)), network, RECIPE) == allowed


@given(ANY, st.data())
def test_a_layer_is_inserted_between_a_layer_and_all_that_took_from_it(network: Network, data: st.DataObject) -> None:
    after = data.draw(st.sampled_from(network.nodes))
    result = changed(network, InsertLayer(after.name, Dropout(0.125, name="new")))
    old = {name: grown(tree, after.name, "new") for name, tree in trees(network).items()}
    old["new"] = old[after.name]
    old[after.name] = old[after.name][1][0]
    assert trees(result) == old
    inserted = next(node for node in result.nodes if node.name == "new")
    assert inserted.layer == Dropout(0.125, name="new")


@given(ANY, st.data())
def test_what_was_inserted_can_be_removed_again(network: Network, data: st.DataObject) -> None:
    after = data.draw(st.sampled_from(network.nodes)).name
    there_and_back = (InsertLayer(after, Dropout(0.5, name="new")), RemoveLayer("new"))
    assert changed(network, *there_and_back) == changed(network)


def test_an_inserted_layer_without_a_name_gets_the_first_that_is_free_and_takes_none_away() -> None:
    result = changed(THREE, InsertLayer("conv2d", Dropout(0.1)), InsertLayer("input_layer", Activation("relu")))
    names = [node.name for node in result.nodes]
    assert names[:4] == ["input_layer", "activation", "conv2d", "dropout_4"]
    assert [name for name in names if name not in {"activation", "dropout_4"}] == [node.name for node in THREE.nodes]


def test_layers_keep_their_names_when_an_earlier_one_of_their_kind_goes() -> None:
    result = changed(THREE, RemoveLayer("dropout"))
    assert [node.name for node in result.nodes if isinstance(node.layer, Dropout)] == [
        "dropout_1",
        "dropout_2",
        "dropout_3",
    ]


def test_an_argument_is_set_and_what_follows_gets_its_new_shape() -> None:
    result = changed(THREE, SetArgument("conv2d_1", "strides", 1), SetArgument("conv2d_1", "filters", 7))
    shapes = {node.name: node.output_shape for node in result.nodes}
    assert (shapes["conv2d_1"], shapes["max_pooling2d_1"], shapes["flatten"]) == ((7, 7, 7), (4, 4, 7), (5,))


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
def test_the_input_and_the_data_format_stay_as_they_were(layout: str) -> None:
    shape = (6, 5, 2) if layout == "channels_last" else (2, 6, 5)
    layers = [Input(shape, name="images"), Conv2D(3, 2, data_format=layout), Dropout(0.5), Flatten(), Dense(2)]
    network = graph("n", layers[0], [(layer, (index,)) for index, layer in enumerate(layers[1:])])
    result = changed(network, RemoveLayer("dropout"))
    assert (result.nodes[0].name, result.input_shape, result.data_format) == ("images", (6, 5, 2), layout)


def test_the_recipe_is_set_at_any_depth_and_the_network_is_not_touched() -> None:
    start = replace(RECIPE, optimizer=SGD(CosineDecay(0.5, 100), momentum=0.9))
    edits = (
        SetRecipe("epochs", 3),
        SetRecipe("loss.from_logits", value=True),
        SetRecipe("optimizer.learning_rate.initial_learning_rate", 0.25),
    )
    network, recipe = apply(Change("a change", edits), THREE, start)
    assert recipe == replace(
        start,
        epochs=3,
        loss=replace(start.loss, from_logits=True),
        optimizer=SGD(CosineDecay(0.25, 100), momentum=0.9),
    )
    assert network == changed(THREE)


def test_the_optimizer_can_be_replaced_as_a_whole() -> None:
    assert apply(Change("x", (SetRecipe("optimizer", Adam(0.1)),)), THREE, RECIPE)[1].optimizer == Adam(0.1)


def test_edits_are_done_in_their_order() -> None:
    edits = (InsertLayer("flatten", Dropout(0.5, name="new")), SetArgument("new", "rate", 0.25))
    result = changed(THREE, *edits)
    assert next(node.layer for node in result.nodes if node.name == "new") == Dropout(0.25, name="new")
    assert not fits(Change("x", edits[::-1]), THREE, RECIPE)


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ((RemoveLayer("dropout_7"),), ": expected the name of one of its layers, got 'dropout_7'. Did you mean 'drop"),
        ((RemoveLayer("input_layer"),), ": expected the name of one of its layers, got 'input_layer'."),
        ((SetArgument("input_layer", "shape", (3,)),), ": expected the name of one of its layers, got 'input_layer'."),
        (
            (SetArgument("conv2d", "stride", 1),),
            ", layer 'conv2d': expected an argument of Conv2D, got 'stride'. Did y",
        ),
        ((SetArgument("conv2d", "name", "c"),), ", layer 'conv2d': expected an argument of Conv2D, got 'name'."),
        ((SetArgument("conv2d", "strides", 0),), ", layer 'conv2d': Conv2D: expected strides to be a whole number"),
        ((InsertLayer("conv", Dropout(0.5)),), ": expected the name of one of its layers, got 'conv'. Did you mean "),
        (
            (InsertLayer("conv2d", Dropout(0.5, name="flatten")),),
            ": architecture-3: expected a name of its own for each layer, got 'flatten' twice",
        ),
        (
            (SetArgument("conv2d_2", "padding", "valid"),),
            ": architecture-3, layer 7 'conv2d_2' (Conv2D): expected an input of height at least 3",
        ),
        ((RemoveLayer("dense_1"),), ": expected an output of shape (10,) as before, got shape (100,)."),
        ((SetArgument("dense_1", "units", 9),), ": expected an output of shape (10,) as before, got shape (9,)."),
        ((RemoveLayer("flatten"),), ": expected an output of shape (10,) as before, got shape (1, 1, 10)."),
    ],
)
def test_an_edit_that_does_not_fit_is_refused_with_its_place(edits: tuple[Edit, ...], message: str) -> None:
    with refuses(message):
        changed(THREE, *edits)
    assert not fits(Change("a change", edits), THREE, RECIPE)


def test_what_cnnlab_does_not_have_is_refused_as_such() -> None:
    with refuses(", layer 'conv2d': Conv2D: expected groups=1", NotSupportedError):
        changed(THREE, SetArgument("conv2d", "groups", 5))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("epoch", 3, ": expected a field of Recipe in 'epoch', got 'epoch'. Did you mean 'epochs'?"),
        ("epochs", 0, ": recipe, epochs: expected a whole number of at least 1, got 0."),
        ("optimizer.rate", 1, ": expected a field of Adam in 'optimizer.rate', got 'rate'. "),
        ("optimizer.learning_rate", -1, ": optimizer Adam, learning_rate: expected a number that is not negative"),
        ("epochs.more", 1, ": expected a field of int in 'epochs.more', got 'more'. It has none."),
    ],
)
def test_a_field_of_the_recipe_that_is_not_there_or_cannot_be_is_refused(
    field: str, value: object, message: str
) -> None:
    with refuses(message, UsageError):
        changed(THREE, SetRecipe(field, value))


def test_a_layer_that_joins_two_cannot_be_removed() -> None:
    network = graph("architecture-3", Input((4,)), [(Dense(4), (0,)), (Add(name="both"), (0, 1))])
    with refuses(": expected a layer with one input, which what follows can take, got 'both' with 2."):
        changed(network, RemoveLayer("both"))


def test_the_output_cannot_be_removed_where_another_branch_would_become_it() -> None:
    network = graph("architecture-3", Input((4,)), [(Dense(4), (0,)), (Dense(4), (0,)), (Dropout(0.5), (1,))])
    with refuses(": expected a layer that another can stand in for as the output, got 'dropout'."):
        changed(network, RemoveLayer("dropout"))


def test_the_only_layer_cannot_be_removed() -> None:
    with refuses(": expected a layer that another can stand in for as the output, got 'dropout'."):
        changed(chain("architecture-3", [Dropout(0.5, input_shape=(4,))]), RemoveLayer("dropout"))
