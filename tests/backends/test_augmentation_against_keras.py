"""Keras' own layers on JAX, with the random values that they drew taken out and handed to ours."""

import warnings
from dataclasses import fields
from random import Random
from typing import Any

import numpy as np
import pytest
from keras_oracle import real_keras

from cnnlab.arch.layers import RandomFlip, RandomMap, RandomRotation, RandomTranslation, RandomZoom
from cnnlab.backends.reference.augmentation import mapped

pytestmark = pytest.mark.keras

FILLS = ("constant", "nearest", "reflect", "wrap")
# Odd and even, grey and colour; few, for JAX compiles each anew.
SHAPES = ((3, 7, 10, 1), (2, 8, 5, 3), (4, 9, 9, 1), (1, 4, 12, 3))


def drawn(random: Random) -> RandomMap:
    """Draw a layer with random arguments."""
    how: dict[str, Any] = {
        "fill_mode": random.choice(FILLS),
        "interpolation": random.choice(["bilinear", "bilinear", "nearest"]),
        "fill_value": random.uniform(-1, 1),
    }
    one, pair = random.uniform(0, 1), (random.uniform(-0.9, 0), random.uniform(0, 1))
    layers = [
        RandomTranslation(random.choice([one, pair]), random.choice([0.0, one, pair]), **how),
        RandomRotation(random.choice([one, pair]), **how),
        RandomZoom(random.choice([one / 2, pair]), random.choice([None, one / 2, pair]), **how),
        RandomFlip(random.choice(["horizontal", "vertical", "horizontal_and_vertical"])),
    ]
    return random.choice(layers)


def of_keras(layer: RandomMap, images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Let Keras change images; return them, the values it drew in our form, and its maps where it shows them."""
    keras = real_keras()
    names = [one.name for one in fields(layer) if one.name not in {"name", "input_shape", "seed", "data_format"}]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arguments = {name: getattr(layer, name) for name in names}
        theirs = getattr(keras.layers, type(layer).__name__)(**arguments, seed=3, data_format="channels_last")
        change = theirs.get_random_transformation(images, training=True)
        made = np.asarray(theirs.transform_images(images, change, training=True))
    height, width = images.shape[1:3]
    match layer:
        case RandomTranslation():
            shifts = np.asarray(change["translations"], np.float64)
            return made, shifts[:, ::-1] / (height, width), np.asarray(theirs._get_translation_matrix(shifts))[:, :6]
        case RandomRotation():
            turns = np.asarray(change["angle"], np.float64)[:, None] / 360
            return made, turns, np.asarray(change["rotation_matrix"])[:, :6]
        case RandomZoom():
            zooms = [np.asarray(change[name], np.float64) for name in ("height_zoom", "width_zoom")]
            matrix = theirs._get_zoom_matrix(np.concatenate(zooms[::-1], axis=1).astype("float32"), height, width)
            return made, np.concatenate(zooms, axis=1), np.asarray(matrix)[:, :6]
        case _:
            return made, np.where(np.asarray(change["flips"]).reshape(-1, 1), -1.0, 1.0), None


def near_a_tie(maps: np.ndarray, height: int, width: int) -> np.ndarray:
    """Tell where the nearest pixel hangs on the last bits."""
    y, x = np.mgrid[:height, :width]
    tie = np.zeros((len(maps), height, width), bool)
    for first in (0, 3):
        place = maps[:, first, None, None] * x + maps[:, first + 1, None, None] * y + maps[:, first + 2, None, None]
        tie |= np.abs(place - np.floor(place) - 0.5) < 1e-4
    return tie


def check(random: Random) -> None:
    """Compare one random layer on random images, odd and even, grey and colour."""
    layer = drawn(random)
    shape = random.choice(SHAPES)
    images = np.random.default_rng(random.getrandbits(32)).random(shape, np.float32)
    made, values, maps = of_keras(layer, images)
    ours = layer.maps(values, *shape[1:3])
    if maps is not None:
        np.testing.assert_allclose(ours, maps, atol=2e-5, rtol=1e-6, err_msg=repr(layer))
    # Ours from the maps that Keras used: its own float32 arithmetic of angles is not what is compared here.
    changed = mapped(images, (ours if maps is None else maps).astype(np.float32), layer.sampling)
    apart = np.abs(changed - made).max(axis=-1)
    if layer.sampling.interpolation == "nearest":
        apart[near_a_tie(ours, *shape[1:3])] = 0
    assert apart.max() <= 1e-5, f"{layer}, {shape}: differs by {apart.max():.3g}"
    # And from the values alone: places are then a few units of float32 apart.
    whole = np.abs(mapped(images, ours.astype(np.float32), layer.sampling) - made).max(axis=-1)
    if layer.sampling.interpolation == "nearest":
        whole[near_a_tie(ours, *shape[1:3])] = 0
    assert whole.max() <= 3e-5, f"{layer}, {shape}: differs by {whole.max():.3g} from the values"


# All kinds of layers, fills and interpolations. tools/prove_augmentation.py goes on from here.
@pytest.mark.parametrize("seed", [0, 2, 3, 17, 31, 35])
def test_with_keras_own_random_values_images_come_out_as_in_keras(seed: int) -> None:
    check(Random(seed))
