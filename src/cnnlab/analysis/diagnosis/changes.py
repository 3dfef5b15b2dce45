"""What a change makes of a network and its recipe; all that it does not name stays as it was."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, assert_never

from cnnlab.analysis.diagnosis.suspects import Change, InsertLayer, RemoveLayer, SetArgument, SetRecipe
from cnnlab.arch import Layer, Network, graph
from cnnlab.arch.arguments import argument_names
from cnnlab.arch.layers import Activation, Input, LeakyReLU, ReLU, Softmax
from cnnlab.arch.network import snake_case
from cnnlab.errors import CnnlabError, NetworkError, UsageError, did_you_mean, explain
from cnnlab.records import Recipe

# What a layer is called and where the images come in are no arguments of what it does.
_NOT_ARGUMENTS = ("name", "input_shape")


@dataclass(frozen=True)
class _Part:
    """A layer that knows its inputs by their names, so that taking one out or putting one in moves no index."""

    name: str
    layer: Layer
    inputs: tuple[str, ...]


def apply(change: Change, network: Network, recipe: Recipe) -> tuple[Network, Recipe]:
    """Do the edits of a change, in their order.

    Every layer of the result carries its name explicitly: one that the change does not touch is called what it was
    called before, also where Keras would now number it differently.

    Args:
        change: What is to be done.
        network: The network as it is; it may branch.
        recipe: How it is trained.

    Returns:
        The changed network, under the same name, and the changed recipe.

    Raises:
        NetworkError: If an edit names a layer or an argument that is not there, if layers no longer fit together, or if
            the output has another shape than before, which the labels would not fit.
        UsageError: If an edit names a field of the recipe that is not there, or gives it a value that it cannot have.

    Example:
        >>> from cnnlab.arch import chain
        >>> from cnnlab.arch.layers import Dense, Dropout
        >>> network = chain("tiny", [Dense(8, input_shape=(4,)), Dropout(0.5), Dense(3)])
        >>> change = Change("without dropout", (RemoveLayer("dropout"),))
        >>> [node.name for node in apply(change, network, Recipe())[0].nodes]
        ['input_layer', 'dense', 'dense_1']
    """
    place = f"{network.name}, change {change.text!r}"
    parts = _parts(network)
    for edit in change.edits:
        if isinstance(edit, SetRecipe):
            recipe = _with_field(recipe, edit.field.split("."), edit, place)
        else:
            parts = _edited(parts, edit, place)
    return _joined(parts, network, place), recipe


def fits(change: Change, network: Network, recipe: Recipe) -> bool:
    """Tell whether a change can be applied."""
    try:
        apply(change, network, recipe)
    except CnnlabError:
        return False
    return True


def _parts(network: Network) -> list[_Part]:
    """Take a network apart."""
    names = [node.name for node in network.nodes]
    return [
        _Part(node.name, replace(node.layer, name=node.name), tuple(names[source] for source in node.inputs))
        for node in network.nodes
    ]


def _joined(parts: list[_Part], network: Network, place: str) -> Network:
    """Put a network together again, with the input and the data format it had."""
    index = {part.name: number for number, part in enumerate(parts)}
    steps = [(part.layer, tuple(index[source] for source in part.inputs)) for part in parts[1:]]
    first = Input(network.shown(network.input_shape), name=parts[0].name)
    try:
        changed = graph(network.name, first, steps, data_format=network.data_format)
    except NetworkError as error:
        raise NetworkError(f"{place}: {error}") from None
    if changed.output_shape != network.output_shape:
        raise NetworkError(
            explain(
                expected=f"an output of shape {network.output_shape} as before",
                got=f"shape {changed.output_shape}",
                where=place,
            )
        )
    return changed


def _edited(parts: list[_Part], edit: RemoveLayer | SetArgument | InsertLayer, place: str) -> list[_Part]:
    """Do one edit of the layers."""
    match edit:
        case RemoveLayer(name):
            return _without(parts, _find(parts, name, place), place)
        case SetArgument(name, argument, value):
            part = _find(parts, name, place)
            changed = replace(part, layer=_with_argument(part.layer, argument, value, f"{place}, layer {name!r}"))
            return [changed if other is part else other for other in parts]
        case InsertLayer(after, layer):
            return _with_layer(parts, _find(parts, after, place, input_too=True), layer)
        case _:
            assert_never(edit)


def _find(parts: list[_Part], name: str, place: str, *, input_too: bool = False) -> _Part:
    """Find a layer by its name; the input is only something to put a layer behind."""
    known = parts if input_too else parts[1:]
    for part in known:
        if part.name == name:
            return part
    raise NetworkError(
        explain(
            expected="the name of one of its layers",
            got=repr(name),
            where=place,
            fix=did_you_mean(name, [part.name for part in known]),
        )
    )


def _without(parts: list[_Part], gone: _Part, place: str) -> list[_Part]:
    """Take a layer out; what followed it takes its input."""
    if len(gone.inputs) != 1:
        raise NetworkError(
            explain(
                expected="a layer with one input, which what follows can take",
                got=f"{gone.name!r} with {len(gone.inputs)}",
                where=place,
            )
        )
    source = gone.inputs[0]
    if gone is parts[-1] and (source == parts[0].name or parts[-2].name != source):
        raise NetworkError(
            explain(
                expected="a layer that another can stand in for as the output",
                got=repr(gone.name),
                where=place,
            )
        )
    return [_taking(part, gone.name, source) for part in parts if part is not gone]


def _taking(part: _Part, instead_of: str, source: str) -> _Part:
    """Let a layer take another input in place of one of its own."""
    return replace(part, inputs=tuple(source if name == instead_of else name for name in part.inputs))


def _with_layer(parts: list[_Part], after: _Part, layer: Layer) -> list[_Part]:
    """Put a layer behind another; what took that one's output takes the new layer's."""
    name = layer.name or _free_name(layer, {part.name for part in parts})
    new = _Part(name, replace(layer, name=name), (after.name,))
    place = parts.index(after) + 1
    return [*parts[:place], new, *(_taking(part, after.name, name) for part in parts[place:])]


def _free_name(layer: Layer, taken: set[str]) -> str:
    """Name a layer as Keras would: by its kind, with the first number that is free."""
    stem = snake_case(type(layer).__name__)
    candidates = [stem, *(f"{stem}_{number}" for number in range(1, len(taken) + 1))]
    return next(name for name in candidates if name not in taken)


def _with_argument(layer: Layer, argument: str, value: Any, place: str) -> Layer:  # noqa: ANN401 - any argument's value
    """Make a layer anew with another value of one argument; it checks the value itself.

    A layer that is an activation by its own name, as ReLU is, becomes an Activation where it shall be another one.
    """
    if argument == "activation" and isinstance(layer, LeakyReLU | ReLU | Softmax):
        return Activation(value, name=layer.name)
    known = [name for name in argument_names(type(layer)) if name not in _NOT_ARGUMENTS]
    _check_known(argument, known, f"an argument of {type(layer).__name__}", place, NetworkError)
    try:
        return replace(layer, **{argument: value})
    except UsageError as error:
        raise type(error)(f"{place}: {error}") from None


def _with_field(record: Any, names: list[str], edit: SetRecipe, place: str) -> Any:  # noqa: ANN401 - any record of a recipe
    """Make a record anew with another value of a field, or of a field of a record in it."""
    what = type(record).__name__
    known = [field.name for field in fields(record) if field.init] if is_dataclass(record) else []
    _check_known(names[0], known, f"a field of {what} in {edit.field!r}", place, UsageError)
    value = edit.value
    if len(names) > 1:
        value = _with_field(getattr(record, names[0]), names[1:], edit, place)
    try:
        return replace(record, **{names[0]: value})
    except UsageError as error:
        raise type(error)(f"{place}: {error}") from None


def _check_known(name: str, known: Iterable[str], what: str, place: str, kind: type[UsageError]) -> None:
    """Refuse a name that is not there, and propose one that is."""
    choices = list(known)
    if name not in choices:
        fix = did_you_mean(name, choices) if choices else "It has none."
        raise kind(explain(expected=what, got=repr(name), where=place, fix=fix))
