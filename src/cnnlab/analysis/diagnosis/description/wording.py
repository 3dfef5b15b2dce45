"""How suspects and changes are put into words: one spelling for each, so that the same change reads the same."""

from collections.abc import Sequence
from itertools import groupby

from cnnlab.analysis.diagnosis.suspects import Change, Edit, InsertLayer, RemoveLayer, SetArgument, SetRecipe
from cnnlab.analysis.observation import listing


def amount(value: float) -> str:
    """Write a number: whole ones as such, others to four digits.

    Example:
        >>> amount(60000), amount(2.302585), amount(0.00001)
        ('60000', '2.303', '1e-05')
    """
    return str(int(value)) if value == int(value) else f"{value:.4g}"


def percent(share: float) -> str:
    """Write a share.

    Example:
        >>> percent(0.2373), percent(0.0049)
        ('24 %', '0.5 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.1 or not share else f"{100 * share:.1f} %"  # noqa: PLR2004 - two digits


def sides(size: tuple[int, int]) -> str:
    """Write a height and a width."""
    return f"{size[0]} x {size[1]}"


def names(found: Sequence[str]) -> str:
    """List all layers of a change or a suspect; a change that left one out would be another one."""
    return listing(list(found)) if len(found) <= 2 else f"{', '.join(found[:-1])} and {found[-1]}"  # noqa: PLR2004


def change(*edits: Edit) -> Change:
    """Make a change of its edits; the same edits always have the same words.

    Example:
        >>> change(RemoveLayer("dropout"), SetArgument("conv2d", "strides", 1)).text
        'without dropout and strides 1 in conv2d'
    """
    parts = [_words(list(group)) for _, group in groupby(edits, key=_what)]
    return Change(names(parts), edits)


def _what(edit: Edit) -> tuple[str, ...]:
    """Tell what an edit does, whatever the layer."""
    match edit:
        case RemoveLayer():
            return ("without",)
        case SetArgument(_, argument, value):
            return ("set", argument, repr(value))
        case InsertLayer(after, layer):
            return ("insert", after, repr(layer))
        case SetRecipe(field, value):
            return ("recipe", field, repr(value))


def _words(edits: list[Edit]) -> str:
    """Put edits that do the same to several layers into words."""
    first = edits[0]
    match first:
        case RemoveLayer():
            return f"without {names([edit.layer for edit in edits if isinstance(edit, RemoveLayer)])}"
        case SetArgument(_, argument, value):
            layers = names([edit.layer for edit in edits if isinstance(edit, SetArgument)])
            return f"{argument} {_spelt(value)} in {layers}"
        case InsertLayer(after, layer):
            return f"{layer.name or type(layer).__name__} behind {after}"
        case SetRecipe(field, value):
            return f"{_field(field)} {_spelt(value)}"


def _field(field: str) -> str:
    """Name a field of the recipe; the rate has one name, whatever gave rise to its change."""
    return "learning rate" if field == "optimizer.learning_rate" else field


def _spelt(value: object) -> str:
    """Write the value of an argument or a field."""
    return amount(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
