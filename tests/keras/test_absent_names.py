import importlib
import pickle
import subprocess
import sys
from operator import attrgetter

import numpy as np
import pytest

import cnnlab.keras
from cnnlab.errors import NotSupportedError, UsageError
from cnnlab.keras import Sequential, datasets, layers
from cnnlab.keras.absent import INSTEAD, OLD_NAMES, keras_names

MODULES = [name for name in keras_names() if name not in {".", "Sequential"}]


def face(name: str) -> object:
    """Return the face's part of the same name as Keras'."""
    if name == "Sequential":
        return Sequential([layers.Dense(2, input_shape=(2,))])
    return cnnlab.keras if name == "." else attrgetter(name)(cnnlab.keras)


@pytest.mark.keras
def test_the_list_of_names_is_that_of_real_keras() -> None:
    import keras

    real = {name: attrgetter(name)(keras) for name in MODULES} | {".": keras, "Sequential": keras.Sequential}
    for name, part in real.items():
        public = {word for word in dir(part) if not word.startswith("_")}
        assert keras_names()[name] == public | set(OLD_NAMES.get(name, ()))


@pytest.mark.parametrize("part", keras_names())
def test_every_name_of_keras_is_there_or_answers_with_what_to_do(part: str) -> None:
    here = face(part)
    absent = [name for name in sorted(keras_names()[part]) if not _has(here, name)]
    assert absent
    assert len(absent) < len(keras_names()[part]) or part == "."


def _has(part: object, name: str) -> bool:
    try:
        getattr(part, name)
    except NotSupportedError as refusal:
        message = str(refusal)
    else:
        return True
    # The place, the name, and a sentence that proposes something.
    assert f"got {name}, which only Keras has. " in message
    assert message.endswith(".")
    return False


def test_a_layer_of_keras_answers_from_an_import() -> None:
    with pytest.raises(NotSupportedError, match=r"cnnlab\.keras\.layers: expected .* got LSTM, which only Keras has"):
        from cnnlab.keras.layers import LSTM  # noqa: F401 - the import is the test


def test_a_layer_of_keras_answers_as_an_attribute() -> None:
    with pytest.raises(NotSupportedError, match=r"cnnlab\.keras\.layers: expected .* got LSTM, which only Keras has"):
        _ = layers.LSTM


def test_a_module_of_keras_answers_from_an_import() -> None:
    with pytest.raises(NotSupportedError, match=r"got applications, which only Keras has. cnnlab has small networks"):
        from cnnlab.keras.applications import VGG16  # noqa: F401 - the import is the test


def test_another_data_set_of_keras_answers_from_either_import() -> None:
    with pytest.raises(
        NotSupportedError, match=r"got cifar100, which only Keras has. The nearest that is here is cifar10"
    ):
        from cnnlab.keras.datasets import cifar100  # noqa: F401 - the import is the test
    with pytest.raises(
        NotSupportedError, match=r"got cifar100, which only Keras has. The nearest that is here is cifar10"
    ):
        importlib.import_module("cnnlab.keras.datasets.cifar100")


def test_a_callback_of_keras_that_is_not_here_names_one_that_is() -> None:
    with pytest.raises(NotSupportedError, match=r"callbacks: .*got TensorBoard, which only Keras has. Use CSVLogger"):
        from cnnlab.keras.callbacks import TensorBoard  # noqa: F401 - the import is the test


def test_an_absent_name_can_be_caught_as_an_import_error() -> None:
    with pytest.raises(ImportError, match=r"got clone_model, which only Keras has. Write Sequential\.from_config"):
        from cnnlab.keras.models import clone_model  # noqa: F401 - the import is the test


def test_a_misspelt_name_gets_a_proposal_from_an_import() -> None:
    with pytest.raises(
        UsageError, match=r"cnnlab\.keras\.layers: expected a name it has, got Conv2d. Did you mean 'Co"
    ):
        from cnnlab.keras.layers import Conv2d  # noqa: F401 - the import is the test


def test_a_name_that_nobody_has_is_an_ordinary_attribute_error() -> None:
    with pytest.raises(
        AttributeError, match=r"cnnlab\.keras\.datasets: expected a name it has, got xyzzy. Known: .*mnist"
    ):
        _ = datasets.xyzzy
    assert not hasattr(layers, "__wrapped__")
    with pytest.raises(ModuleNotFoundError, match=r"xyzzy"):
        importlib.import_module("cnnlab.keras.xyzzy")


def test_pickling_by_name_is_not_disturbed_by_the_messages() -> None:
    assert pickle.loads(pickle.dumps(np.add)) is np.add


def test_a_method_of_keras_answers_and_hasattr_says_no() -> None:
    model = Sequential([layers.Dense(2, input_shape=(2,))])
    with pytest.raises(NotSupportedError, match=r"got predict_classes, .*model\.predict\(x\)\.argmax\(axis=1\)"):
        model.predict_classes([[1, 2]])
    assert not hasattr(model, "fit_generator")
    with pytest.raises(AttributeError, match=r"expected a method of Sequential, got sumary. Did you mean 'summary'"):
        model.sumary()


def test_every_advice_is_about_a_name_that_is_not_here() -> None:
    everything = {name for names in keras_names().values() for name in names} | {"Functional"}
    assert set(INSTEAD) <= everything


def test_no_advice_is_about_a_callback_that_is_here() -> None:
    assert not set(INSTEAD) & set(cnnlab.keras.callbacks.__all__)


def test_only_modules_of_keras_are_answered_for() -> None:
    code = "import cnnlab.keras, importlib.util as u; print(u.find_spec('cnnlab.keras.xyzzy'), u.find_spec('nowhere'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None", "None"]
