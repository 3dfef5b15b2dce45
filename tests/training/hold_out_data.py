"""A small network and the made-up data with some of its images held out."""

from cnnlab import data
from cnnlab.arch import chain, initial_weights
from cnnlab.arch.layers import Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D
from cnnlab.backends import Model, get_backend
from cnnlab.lab.conduct import held_out
from cnnlab.records import Adam, Recipe, Split

NET = chain(
    "net",
    [
        Input((12, 12, 1)),
        Conv2D(4, 3, activation="relu"),
        MaxPooling2D(),
        Dropout(0.1),
        Flatten(),
        Dense(4, activation="softmax"),
    ],
)
RECIPE = Recipe(batch_size=16, epochs=3, optimizer=Adam(learning_rate=0.01))


def held_out_split(count: int | None) -> Split:
    return held_out(data.load("made-up"), count)


def loaded(recipe: Recipe = RECIPE, seed: int = 0) -> Model:
    return get_backend().load(NET, initial_weights(NET, seed), loss=recipe.loss, optimizer=recipe.optimizer, seed=seed)
