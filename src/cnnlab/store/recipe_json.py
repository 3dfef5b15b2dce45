"""A recipe as plain values, ready for JSON."""

from typing import Any

from cnnlab.records import CallbackRecipe, Recipe, named_table
from cnnlab.records.class_weights import as_table


def recipe_as_dict(recipe: Recipe) -> dict[str, Any]:
    """Write a recipe with every argument of its optimizer, its loss and its callbacks.

    A callback object of the user's is written by its name alone.
    """
    return {
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
        "optimizer": named_table(recipe.optimizer),
        "loss": named_table(recipe.loss),
        "shuffle": recipe.shuffle,
        "callbacks": [_callback(one) for one in recipe.callbacks],
        # Only where it is set: recipes of before have no such key, and are the same recipes.
        **({} if recipe.class_weight is None else {"class_weight": as_table(recipe.class_weight)}),
    }


def _callback(one: CallbackRecipe) -> dict[str, Any]:
    return {"name": one.name, "arguments": dict(one.arguments), "own": one.own is not None}
