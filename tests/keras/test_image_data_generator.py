from typing import Any

import numpy as np
import pytest

from cnnlab import CnnlabWarning
from cnnlab.arch.layers import RandomFlip, RandomMap, RandomRotation, RandomTranslation, RandomZoom
from cnnlab.backends.reference.augmentation import mapped
from cnnlab.errors import CnnlabError
from cnnlab.keras import Sequential, layers
from cnnlab.keras.flow import Flow
from cnnlab.keras.preprocessing.image import ImageDataGenerator

Data = tuple[np.ndarray, np.ndarray]
NOTEBOOKS: dict[str, Any] = {
    "rotation_range": 10,
    "width_shift_range": 0.1,
    "height_shift_range": 0.1,
    "zoom_range": 0.1,
    "horizontal_flip": True,
}


def generator(**arguments: Any) -> ImageDataGenerator:  # noqa: ANN401 - Keras' arguments
    with pytest.warns(CnnlabWarning, match=r"ImageDataGenerator is an old spelling; it is read as layers in training"):
        return ImageDataGenerator(**arguments)


def network(front: list[Any] | None = None, seed: int = 3) -> Sequential:
    end = [layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(4, activation="softmax")]
    made = Sequential([layers.Input((12, 12, 1)), *(front or []), *end], seed=seed)
    made.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return made


def test_a_generator_trains_as_layers_in_front_do_and_leaves_the_model_as_it_is(data: Data) -> None:
    x, y = data
    ours, plain = network(), network()
    flow = generator(**NOTEBOOKS).flow(x, y, batch_size=64)
    theirs = network(list(flow.layers))
    theirs.set_weights(ours.get_weights())
    plain.set_weights(ours.get_weights())
    history = ours.fit(flow, steps_per_epoch=len(x) / 64, epochs=2, validation_data=(x, y), verbose=0)
    other = theirs.fit(x, y, batch_size=64, epochs=2, validation_data=(x, y), verbose=0)
    plain.fit(x, y, batch_size=64, epochs=2, verbose=0)
    assert history.history == other.history
    assert all(np.array_equal(a, b) for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(ours.get_weights(), plain.get_weights(), strict=True))
    assert [type(layer).__name__ for layer in ours.layers] == ["Conv2D", "Flatten", "Dense"]
    assert ours.evaluate(x, y, verbose=0) == theirs.evaluate(x, y, verbose=0)
    # What follows without a flow goes on with the optimizer's memory, and changes no image.
    plain.set_weights(ours.get_weights())
    plain._built().model.set_state(ours._built().model.get_state())
    for model in (ours, plain):
        model.fit(x, y, batch_size=64, epochs=3, initial_epoch=2, verbose=0)
    assert int(ours._built().model.get_state()["step"]) == 15
    assert all(np.array_equal(a, b) for a, b in zip(ours.get_weights(), plain.get_weights(), strict=True))


def test_a_generator_stands_for_these_layers() -> None:
    made = generator(
        **NOTEBOOKS | {"width_shift_range": 3.0, "zoom_range": (0.8, 1.1)}, vertical_flip=True, cval=3, fill_mode="wrap"
    )
    kinds = made.layers((10, 12))
    assert [type(layer) for layer in kinds] == [RandomRotation, RandomTranslation, RandomZoom, RandomFlip, RandomFlip]
    rotation, translation, zoom, flip, vertical = (layer.__dict__ for layer in kinds)
    assert rotation["factor"] == (-10 / 360, 10 / 360)
    assert (translation["height_factor"], translation["width_factor"]) == (0.1, 0.25)
    assert zoom["height_factor"] == zoom["width_factor"] == pytest.approx((-0.2, 0.1))
    assert (flip["mode"], vertical["mode"]) == ("horizontal", "vertical")
    assert {layer["fill_mode"] for layer in (rotation, translation, zoom)} == {"wrap"}


@pytest.mark.keras
def test_the_layers_in_their_order_make_the_map_of_keras_old_generator() -> None:
    from keras.src.legacy.preprocessing import image as old

    # Square: of other images Keras 3.15 takes the height for the width where it looks for the middle.
    shape = (12, 12, 2)
    picture = np.random.default_rng(0).random(shape).astype("float32")
    degrees, first, second, wide, tall = 17.0, 1.7, -2.3, 1.15, 0.9
    with pytest.warns(DeprecationWarning, match=r"scipy\.ndimage"):
        theirs = old.apply_affine_transform(
            picture, theta=degrees, tx=first, ty=second, zx=wide, zy=tall, row_axis=0, col_axis=1, channel_axis=2
        )
    rotation, translation, zoom = (RandomRotation(0.1), RandomTranslation(1.0, 1.0), RandomZoom(0.5, 0.5))
    # A shift of theirs is where to look, of ours where to go; and what they call x, rows by its origin, are columns.
    shift = np.array([[-second / shape[0], -first / shape[1]]])
    pairs: list[tuple[RandomMap, np.ndarray]] = [
        (rotation, np.array([[degrees / 360]])),
        (translation, shift),
        (zoom, np.array([[tall, wide]])),
    ]
    whole = np.eye(3)
    for layer, values in pairs:
        whole = whole @ np.vstack([layer.maps(values, *shape[:2]).reshape(2, 3), [0, 0, 1]])
    sampling = RandomZoom(0.1, fill_mode="nearest").sampling
    ours = mapped(picture[None], whole[:2].reshape(1, 6).astype("float32"), sampling)[0]
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_images_are_rescaled_and_normalized_as_by_keras_old_generator(data: Data) -> None:
    images = np.random.default_rng(1).integers(0, 256, (20, 6, 5, 3)).astype(np.uint8)
    made = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True, rescale=1 / 255)
    with pytest.raises(CnnlabError, match=r"flow: expected the mean of the images.* Call datagen\.fit\(x_train\)"):
        made.flow(images)
    made.fit(images)
    found = made.flow(images).images
    scaled = images / 255
    expected = (scaled - scaled.mean((0, 1, 2))) / (scaled.std((0, 1, 2)) + 1e-6)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    x, y = data
    model = network()
    flow = ImageDataGenerator(rescale=1 / 255).flow((x * 255).astype(np.uint8), y, batch_size=8)
    assert model.evaluate(flow, verbose=0) == pytest.approx(model.evaluate(x, y, verbose=0), abs=1e-5)
    assert np.allclose(model.predict(flow), model.predict(x), atol=1e-5)
    model.fit(flow, validation_data=flow, validation_steps=40, verbose=0)


def test_a_constant_fill_is_standardized_like_the_pixels() -> None:
    images = np.random.default_rng(1).random((9, 4, 4, 1)).astype(np.float32)
    made = generator(rotation_range=5, featurewise_center=True, rescale=2.0, fill_mode="constant", cval=0.5)
    made.fit(images)
    assert made.flow(images).layers[0].__dict__["fill_value"] == pytest.approx(1 - 2 * images.mean(), abs=1e-6)
    colour = np.concatenate([images, images * 2], axis=-1)
    made.fit(colour)
    with pytest.raises(CnnlabError, match="flow: expected one fill value for all channels"):
        made.flow(colour)


def test_the_first_images_are_those_of_the_validation() -> None:
    images, made = np.zeros((10, 4, 4, 1), np.float32), ImageDataGenerator(validation_split=0.25)
    images += np.arange(10).reshape(-1, 1, 1, 1)
    assert made.flow(images, subset="validation").images[:, 0, 0, 0].tolist() == [0, 1]
    assert made.flow(images, subset="training").images[:, 0, 0, 0].tolist() == list(range(2, 10))


def test_a_shear_that_is_next_to_nothing_is_left_out_with_a_word() -> None:
    with pytest.warns(CnnlabWarning, match=r"shear_range=0\.3 is in degrees, so next to nothing; it is left out"):
        made = ImageDataGenerator(shear_range=0.3)
    assert made.layers((28, 28)) == ()


def test_a_flow_gives_batches_to_look_at() -> None:
    images, labels = np.random.default_rng(0).random((10, 6, 6, 1)).astype(np.float32), np.arange(10)
    flow = generator(rotation_range=30).flow(images, labels, batch_size=4, shuffle=False, seed=2)
    assert (len(flow), flow.n) == (3, 10)
    batches = [next(flow) for _ in range(6)]
    assert [label.tolist() for _, label in batches[:3]] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert batches[0][0].shape == (4, 6, 6, 1)
    assert not np.array_equal(batches[0][0], batches[3][0])
    assert isinstance(flow, Flow)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shear_range": 5}, "ImageDataGenerator: expected shear_range of at most 1 degree, which is left out, got 5"),
        ({"zca_whitening": True}, "expected zca_whitening=False, the only value cnnlab has"),
        ({"samplewise_center": True}, "expected samplewise_center=False, the only value cnnlab has"),
        ({"brightness_range": (0.5, 1)}, "expected brightness_range=None, the only value"),
        ({"channel_shift_range": 0.1}, "expected channel_shift_range=0.0, the only value"),
        ({"preprocessing_function": abs}, "expected preprocessing_function=None, the only value"),
        ({"width_shift_range": 2}, "expected width_shift_range as a share of the image, got 2, by which Keras shifts"),
        ({"height_shift_range": [1, 2]}, "expected height_shift_range as one number, got"),
        ({"rotation": 3}, "expected an argument it has, got rotation=. Did you mean 'rotation_range'"),
        ({"interpolation_order": 3}, "expected interpolation_order 0 or 1, got 3"),
        ({"validation_split": 1}, "expected validation_split from 0 to below 1, got 1"),
        ({"rotation_range": 400}, "RandomRotation: expected factor from -1 to 1"),
    ],
)
def test_what_cannot_be_mapped_is_refused_by_name(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(CnnlabError, match=message):
        ImageDataGenerator(**arguments)


def test_what_a_flow_cannot_is_refused_by_name(data: Data) -> None:
    x, y = data
    flow, model = ImageDataGenerator().flow(x, y), network()
    for arguments, message in (
        ({"steps_per_epoch": 3}, r"fit: expected steps_per_epoch=10: an epoch is one pass over the 320 images, got 3"),
        ({"y": y}, r"fit: expected no labels or batch size beside a flow, got y=\. Give labels and batch size to flow"),
        ({"batch_size": 7}, r"got batch_size=7\. Give labels and batch size to flow\(\)"),
    ):
        with pytest.raises(CnnlabError, match=message):
            model.fit(flow, **arguments)
    with pytest.raises(CnnlabError, match=r"expected flow\(x, y\), got a folder\. Load the images into one array"):
        ImageDataGenerator().flow_from_directory("train")
    with pytest.raises(CnnlabError, match=r"flow: expected images of shape \(n, height, width, channels\), got shape"):
        ImageDataGenerator().flow(x[..., 0])
    with pytest.raises(CnnlabError, match=r"flow: expected 320 labels, as there are images, got 3"):
        ImageDataGenerator().flow(x, y[:3])
    with pytest.warns(CnnlabWarning, match="steps_per_epoch=4: an epoch here is one pass, with its last batch of 40"):
        model.fit(ImageDataGenerator().flow(x, y, batch_size=70), steps_per_epoch=4, verbose=0)
