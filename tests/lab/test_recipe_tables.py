"""A recipe that the store wrote is read as what it was."""

import json

import pytest

from cnnlab.errors import UsageError
from cnnlab.lab.recipe_tables import read_loss, read_optimizer, stored_recipe
from cnnlab.records import (
    SGD,
    Adam,
    CallbackRecipe,
    CategoricalCrossentropy,
    ExponentialDecay,
    PiecewiseConstantDecay,
    Recipe,
)
from cnnlab.store import recipe_as_dict

RECIPES = [
    Recipe(),
    Recipe(batch_size=7, epochs=3, optimizer=SGD(0.1, momentum=0.9, nesterov=True), shuffle=False),
    Recipe(optimizer=Adam(ExponentialDecay(0.1, 10, 0.9), clipnorm=1.0, use_ema=True)),
    Recipe(optimizer=SGD(PiecewiseConstantDecay((1, 2), (0.1, 0.01, 0.001)))),
    Recipe(loss=CategoricalCrossentropy(label_smoothing=0.1)),
    Recipe(callbacks=(CallbackRecipe("EarlyStopping", (("patience", 2), ("restore_best_weights", True))),)),
    Recipe(callbacks=(CallbackRecipe("mine:Own"),)),
    Recipe(class_weight="balanced"),
    Recipe(class_weight=(("0", 1.0), ("10", 0.5), ("a name, or two", 3.5))),
]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_survives_the_store(recipe: Recipe) -> None:
    assert stored_recipe(json.loads(json.dumps(recipe_as_dict(recipe)))) == recipe


def test_a_recipe_without_class_weights_is_kept_as_it_always_was() -> None:
    assert list(recipe_as_dict(Recipe())) == ["batch_size", "epochs", "optimizer", "loss", "shuffle", "callbacks"]


def test_a_table_without_a_name_is_refused_with_its_form() -> None:
    with pytest.raises(UsageError, match=r'expected optimizer with a name, got .*Write optimizer = \{ name = "\.\.\."'):
        read_optimizer({"learning_rate": 0.1})
    with pytest.raises(UsageError, match="expected loss with a name"):
        read_loss({"label_smoothing": 0.1})
