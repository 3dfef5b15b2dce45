"""A recipe as plain values, ready for JSON."""

from typing import Any

from cnnlab.records import CallbackRecipe, Recipe, named_table


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
    }


def _callback(one: CallbackRecipe) -> dict[str, Any]:
    return {"name": one.name, "arguments": dict(one.arguments), "own": one.own is not None}
