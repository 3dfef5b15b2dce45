"""`Model`: networks with branches, with all that `Sequential` has, and its files."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "backends"))

from keras_oracle import real_keras

from cnnlab import Study
from cnnlab.errors import NetworkError, NotSupportedError
from cnnlab.keras import Model, Sequential, layers, models
from cnnlab.keras.layers import Activation, BatchNormalization, Conv2D, Dense, GlobalAveragePooling2D, Input

NUMBERS = np.random.default_rng(0)
IMAGES = NUMBERS.random((30, 8, 8, 1)).astype(np.float32)
LABELS = NUMBERS.integers(0, 3, 30)


def squeezed(name: str = "squeezed") -> Model:
    """Return a residual block with squeeze-and-excite; Keras orders its layers otherwise than they are written."""
    inputs = Input((8, 8, 1))
    x = Conv2D(4, 3, padding="same", activation="relu")(inputs)
    y = BatchNormalization()(Conv2D(6, 3, padding="same")(x))
    if x.shape[-1] != 6:
        x = Conv2D(6, 1)(x)
    x = Activation("relu")(layers.add([x, y]))
    scale = Dense(6, activation="sigmoid")(GlobalAveragePooling2D()(x))
    x = layers.concatenate([layers.multiply([x, scale]), Conv2D(6, 1, activation="tanh")(x)])
    outputs = Dense(3, activation="softmax")(GlobalAveragePooling2D()(x))
    return Model(inputs=inputs, outputs=outputs, name=name, seed=4)


def trained() -> Model:
    model = squeezed()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(IMAGES, LABELS, 10, 2, verbose=0)
    return model


def test_a_model_with_branches_has_the_methods_of_a_sequential() -> None:
    model = trained()
    assert isinstance(Sequential(), Model)
    assert list(model.history.history) == ["accuracy", "loss"] if model.history else False
    loss, accuracy = model.evaluate(IMAGES, LABELS, verbose=0)
    assert loss > 0
    assert 0 <= accuracy <= 1
    assert model.predict(IMAGES).shape == (30, 3)
    assert isinstance(model.layers[0], Input)
    assert isinstance(model.get_layer("add"), layers.Add)
    told: list[str] = []
    model.summary(print_fn=told.append)
    assert "Connected to" in told[0]
    copy = Model.from_config(model.get_config())
    copy.set_weights(model.get_weights())
    assert np.array_equal(copy.predict(IMAGES), model.predict(IMAGES))
    assert repr(copy) == "<Model name=squeezed, built=True>"


def test_a_file_gives_back_the_class_and_the_model_goes_on_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    model = trained()
    model.save(tmp_path / "branched.keras")
    loaded = models.load_model(tmp_path / "branched.keras")
    assert type(loaded) is Model
    for one in (model, loaded):
        one.fit(IMAGES, LABELS, 10, 3, initial_epoch=2, verbose=0)
    assert all(np.array_equal(*pair) for pair in zip(model.get_weights(), loaded.get_weights(), strict=True))
    inputs = Input((4,))
    chain = Model(inputs, Dense(2)(inputs))
    chain.save(tmp_path / "chain.keras")
    assert type(models.load_model(tmp_path / "chain.keras")) is Model
    assert type(models.model_from_json(chain.to_json())) is Model
    Sequential([Input((4,)), Dense(2)]).save(tmp_path / "sequential.keras")
    assert type(models.load_model(tmp_path / "sequential.keras")) is Sequential


@pytest.mark.keras
def test_files_with_branches_go_to_keras_and_back_with_weights_and_memory(tmp_path: Path) -> None:
    inputs = Input((8, 8, 1))
    x = Conv2D(1, 2, activation="relu")(inputs)
    first, second = Conv2D(1, 2)(x), Conv2D(1, 2)(x)
    joined = layers.subtract([second, first])
    ours = Model(inputs, Dense(3, activation="softmax")(GlobalAveragePooling2D()(joined)), seed=1)
    # Of the same shape, in Keras in the other order: a file that confused both would be read in silence.
    assert [weight.node.name for weight in ours.network.weights][::2] == ["conv2d", "conv2d_2", "conv2d_1", "dense"]
    ours.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    ours.fit(IMAGES, LABELS, 10, 2, verbose=0)
    ours.save(tmp_path / "ours.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        keras = real_keras()
        theirs = keras.saving.load_model(tmp_path / "ours.keras")
        assert np.allclose(theirs.predict(IMAGES, verbose=0), ours.predict(IMAGES), atol=1e-6)
        names = [layer.name for layer in theirs.layers]
        assert names == [node.name for node in ours.network.nodes]
        theirs.fit(IMAGES, LABELS, batch_size=30, epochs=1, shuffle=False, verbose=0)
        theirs.save(tmp_path / "theirs.keras")
        theirs.save_weights(tmp_path / "theirs.weights.h5")
    ours.train_on_batch(IMAGES, LABELS)
    back = models.load_model(tmp_path / "theirs.keras")
    for mine, other in zip(ours.get_weights(), back.get_weights(), strict=True):
        assert np.allclose(mine, other, atol=2e-4)
    memory, other_memory = (model._built().model.get_state() for model in (ours, back))
    for name in memory:
        assert np.allclose(memory[name], other_memory[name], atol=1e-4), name
    ours.load_weights(tmp_path / "theirs.weights.h5")
    assert np.array_equal(ours.predict(IMAGES), back.predict(IMAGES))


def test_what_only_keras_has_is_refused_with_the_reason() -> None:
    inputs = Input((4,))
    out = Dense(2)(inputs)
    with pytest.raises(NotSupportedError, match="one of outputs: cnnlab's models have one input and one output, got 2"):
        Model(inputs, [out, out])
    with pytest.raises(NotSupportedError, match=r"Model: expected Model\(inputs, outputs\), the only kind"):
        Model()
    with pytest.raises(NetworkError, match="Model: expected inputs to be an Input, got Output"):
        Model(out, out)
    with pytest.raises(NetworkError, match="Model: expected outputs to be what a called layer gave, got none"):
        Model(inputs)
    with pytest.raises(NotSupportedError, match=r"expected predict\(x\), got a call of the model"):
        Model(inputs, out)(IMAGES)
    with pytest.raises(NotSupportedError, match=r"squeezed: expected a chain of layers.*Write Model\.from_network"):
        Sequential.from_config(squeezed().get_config())


def test_a_model_is_an_architecture_of_a_study() -> None:
    study = Study("branches").add(squeezed(), name="branched")
    assert study.plan.architectures[0].network.renamed("squeezed") == squeezed().network


def test_a_training_killed_by_a_fault_names_the_layer_where_numbers_were_lost() -> None:
    model = squeezed()
    model.compile("adam", "sparse_categorical_crossentropy")
    weights = model.get_weights()
    weights[0][...] = np.nan
    model.set_weights(weights)
    with pytest.raises(Exception, match="first appeared in the weights of conv2d"):
        model.train_on_batch(IMAGES, LABELS)
