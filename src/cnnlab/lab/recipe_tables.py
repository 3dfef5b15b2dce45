"""Recipes from tables of plain values: as a study file has them, and as the store has them."""

from typing import Any

from cnnlab.errors import UsageError, explain
from cnnlab.records import CallbackRecipe, LearningRateSchedule, Loss, Optimizer, Recipe, class_weights
from cnnlab.training import loss_named, optimizer_named, schedule_named


def stored_recipe(values: dict[str, Any]) -> Recipe:
    """Read a recipe as `store.recipe_as_dict` writes it.

    A callback of the user's is described by its name and arguments; it cannot be made again from that.
    """
    return Recipe(
        batch_size=int(values["batch_size"]),
        epochs=int(values["epochs"]),
        optimizer=read_optimizer(values["optimizer"]),
        loss=read_loss(values["loss"]),
        shuffle=bool(values["shuffle"]),
        callbacks=tuple(
            CallbackRecipe(one["name"], tuple(one["arguments"].items())) for one in values.get("callbacks", [])
        ),
        class_weight=class_weights(values.get("class_weight")),
    )


def read_optimizer(value: str | dict[str, Any]) -> Optimizer:
    """Read an optimizer: a name, or a table with "name" and arguments, of which the learning rate may be a table too.

    Raises:
        UsageError: If nobody has it, or it takes no such argument.
    """
    name, arguments = name_and_arguments(value, "optimizer")
    rate = arguments.get("learning_rate")
    if isinstance(rate, dict):
        arguments["learning_rate"] = _schedule(rate, f"optimizer {name}, learning_rate")
    return optimizer_named(name, **arguments)


def _schedule(table: dict[str, Any], place: str) -> LearningRateSchedule:
    try:
        name, arguments = name_and_arguments(table, "learning_rate")
        return schedule_named(name, **arguments)
    except UsageError as error:
        raise UsageError(f"{place}: {error}") from None


def read_loss(value: str | dict[str, Any]) -> Loss:
    """Read a loss: a name, or a table with "name" and arguments.

    Raises:
        UsageError: If nobody has it, or it takes no such argument.
    """
    name, arguments = name_and_arguments(value, "loss")
    return loss_named(name, **arguments)


def name_and_arguments(value: str | dict[str, Any], what: str) -> tuple[str, dict[str, Any]]:
    """Split a table into its name and the rest; a name alone has no arguments.

    Raises:
        UsageError: If the table has no name.
    """
    if isinstance(value, str):
        return value, {}
    arguments = dict(value)
    name = arguments.pop("name", None)
    if not isinstance(name, str):
        fix = f'{what} = {{ name = "...", ... }}'
        raise UsageError(explain(expected=f"{what} with a name", got=repr(value), fix=f"Write {fix}."))
    return name, arguments
