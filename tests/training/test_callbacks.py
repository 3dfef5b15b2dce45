"""What callbacks refuse, say and leave alone."""
# ruff: noqa: ANN001 - Hypothesis fills the arguments

import doctest
import importlib
import json
import pickle
import pkgutil
import threading
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from callback_stage import Stage, moments, play, whole
from hypothesis import given
from hypothesis import strategies as st

import cnnlab.training.callbacks as package
from cnnlab.errors import CnnlabError, CnnlabWarning, NonFiniteLossError, NotSupportedError, UsageError
from cnnlab.records import CallbackRecipe
from cnnlab.training.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
    callback_named,
    callback_of,
    callback_recipe,
    checked_callback,
    resumes_exactly,
)


class Counting(Callback):
    """A callback of a user's that remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs = [0]

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.epochs.append(epoch)

    def get_state(self) -> dict[str, Any]:
        return {"epochs": self.epochs}

    def set_state(self, state: dict[str, Any]) -> None:
        self.epochs = state["epochs"]


class Forgetful(Callback):
    pass


class HalfForgetful(Callback):
    def get_state(self) -> dict[str, Any]:
        return {}


class OwnStopping(EarlyStopping):
    pass


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EarlyStopping(patience=-1), r"EarlyStopping, patience: expected a whole number that is not negative"),
        (lambda: EarlyStopping(patience=1.5), r"EarlyStopping, patience: .*got 1\.5"),
        (lambda: EarlyStopping(patience=True), r"EarlyStopping, patience: .*got True"),
        (lambda: EarlyStopping(min_delta="a"), r"EarlyStopping, min_delta: expected a finite number, got 'a'"),
        (lambda: EarlyStopping(min_delta=float("nan")), r"min_delta: expected a finite number, got nan"),
        (lambda: EarlyStopping(mode="mni"), r"mode: expected one of 'auto', 'min', 'max', got 'mni'. Did you mean"),
        (lambda: EarlyStopping(baseline="0"), r"EarlyStopping, baseline: expected a finite number, got '0'"),
        (lambda: EarlyStopping(restore_best_weights=1), r"restore_best_weights: expected True or False, got 1"),
        (lambda: EarlyStopping(start_from_epoch=-2), r"start_from_epoch: .*got -2"),
        (lambda: EarlyStopping(verbose="yes"), r"EarlyStopping, verbose: .*got 'yes'"),
        (lambda: EarlyStopping(""), r"EarlyStopping, monitor: expected a text, got ''"),
        (
            lambda: EarlyStopping("val_los"),
            r"EarlyStopping, monitor: .*got 'val_los'. Did you mean 'val_loss'\? .*mode=",
        ),
        (lambda: ReduceLROnPlateau(factor=1), r"ReduceLROnPlateau, factor: expected a number from 0 to below 1, got 1"),
        (lambda: ReduceLROnPlateau(factor=-0.1), r"ReduceLROnPlateau, factor: .*got -0\.1"),
        (lambda: ReduceLROnPlateau(min_lr=-1), r"min_lr: expected a number that is not negative, got -1"),
        (lambda: ReduceLROnPlateau(cooldown=None), r"cooldown: .*got None"),
        (
            lambda: ReduceLROnPlateau(patiance=3),
            r"ReduceLROnPlateau: expected an argument it has, got patiance=. Did you mean 'patience'",
        ),
        (
            lambda: LearningRateScheduler(0.1),
            r"schedule: expected a function of epoch and learning rate, got 0\.1. Write",
        ),
        (lambda: LearningRateScheduler(lambda: 0.1), r"schedule: .*or of epoch, got one of \(\)"),
        (lambda: ModelCheckpoint("a.keras"), r"filepath: expected .*\.npz.*got 'a\.keras'. Write 'a\.npz'"),
        (lambda: ModelCheckpoint("d/{epoch}.weights.h5"), r"Write 'd/\{epoch\}\.npz'"),
        (lambda: ModelCheckpoint("name"), r"got 'name'. Write 'name\.npz'"),
        (lambda: ModelCheckpoint(3), r"ModelCheckpoint, filepath: expected a text, got 3"),
        (lambda: ModelCheckpoint("{epoch.npz"), r"filepath: expected braces in pairs.*Write \{\{ and \}\}"),
        (lambda: ModelCheckpoint("{}.npz"), r"filepath: expected a name in each pair of braces, got '\{\}\.npz'"),
        (lambda: ModelCheckpoint("{batch}.npz"), r"filepath: .*got save_freq='epoch'. Write save_freq=100"),
        (lambda: ModelCheckpoint("a.npz", save_freq="batch"), r"save_freq: expected 'epoch' or a number of batches"),
        (lambda: ModelCheckpoint("a.npz", save_freq=0), r"save_freq: expected a whole number of at least 1, got 0"),
        (lambda: ModelCheckpoint("a.npz", initial_value_threshold="x"), r"initial_value_threshold: .*got 'x'"),
        (lambda: CSVLogger(""), r"CSVLogger, filename: expected a text, got ''"),
        (lambda: CSVLogger("a", separator=", "), r"CSVLogger, separator: expected one character, got ', '"),
        (lambda: CSVLogger("a", append="yes"), r"CSVLogger, append: expected True or False, got 'yes'"),
        (lambda: TerminateOnNaN(raise_error=None), r"TerminateOnNaN, raise_error: expected True or False, got None"),
        (lambda: LambdaCallback(on_epoch_end=3), r"LambdaCallback, on_epoch_end: expected a function, got 3"),
        (lambda: LambdaCallback(on_epoch_ended=print), r"got on_epoch_ended=. Did you mean 'on_epoch_end'"),
    ],
)
def test_a_wrong_argument_is_refused_when_the_callback_is_made(make, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make()


def test_a_number_that_is_not_there_is_said_once_and_training_goes_on() -> None:
    callback, stage = EarlyStopping(patience=1), Stage()
    callback.set_model(stage)
    callback.on_train_begin()
    with pytest.warns(CnnlabWarning, match=r"there is no val_loss to monitor. Available: accuracy, loss\.") as said:
        seen = play(callback, stage, moments([{"accuracy": 0.5, "loss": 1.0}] * 5))
    assert (len(said), len(seen), stage.stop_training) == (1, 10, False)


def test_a_checkpoint_of_the_best_is_written_where_nobody_knows_the_best() -> None:
    stage, callback = Stage(), ModelCheckpoint("{architecture}-{seed}-{epoch}.npz", save_best_only=True)
    callback.set_model(stage)
    with pytest.warns(CnnlabWarning, match=r"ModelCheckpoint: there is no val_loss to monitor. Available: loss\."):
        play(callback, stage, moments([{"loss": 1.0}] * 2))
    # The name of an architecture may hold what no file's name may.
    assert [path for path, _ in stage.saved] == ["a-b-net-7-1.npz", "a-b-net-7-2.npz"]


def test_a_name_in_a_path_that_nobody_knows_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"ModelCheckpoint, filepath: .*got \{val_los\}. Did you mean 'val_loss'"):
        whole(ModelCheckpoint("{val_los}.npz"), moments([{"loss": 1.0, "val_loss": 1.0}]))
    with pytest.raises(UsageError, match=r"filepath: expected a path that can be filled in, got '\{loss:d\}\.npz'"):
        whole(ModelCheckpoint("{loss:d}.npz"), moments([{"loss": 1.0}]))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        CnnlabError, match=r"ModelCheckpoint, .*file: expected to be able to make a folder, got File ex"
    ):
        whole(ModelCheckpoint(tmp_path / "file" / "a.npz"), moments([{"loss": 1.0}]))


def test_the_old_epsilon_is_read_with_a_word() -> None:
    with pytest.warns(CnnlabWarning, match=r"ReduceLROnPlateau\(epsilon=\) .* read as min_delta=0\.01"):
        assert ReduceLROnPlateau(epsilon=0.01).min_delta == 0.01


@pytest.mark.parametrize("answer", [None, True, "0.1", -1, float("nan"), np.array([0.1])])
def test_a_schedule_that_returns_no_rate_is_refused(answer: object) -> None:
    with pytest.raises(UsageError, match=r"schedule of epoch 0: expected a learning rate that is not negative, got"):
        whole(LearningRateScheduler(lambda _: answer), moments([{"loss": 1.0}]))


def test_a_fault_in_a_schedule_is_the_users_to_see() -> None:
    def faulty(epoch: int, rate: float) -> float:
        return rate + epoch + "x"

    with pytest.raises(TypeError, match="unsupported operand"):
        whole(LearningRateScheduler(faulty), moments([{"loss": 1.0}]))


def test_a_loss_that_is_not_finite_is_handled_by_terminate_on_nan_alone(capsys: pytest.CaptureFixture[str]) -> None:
    error, stage = NonFiniteLossError("net, epoch 1, step 3 of the run: expected a finite loss."), Stage()
    for callback in (Callback(), EarlyStopping(), TerminateOnNaN(raise_error=True)):
        callback.set_model(stage)
        assert not callback.on_non_finite_loss(error)
    assert (stage.stop_training, capsys.readouterr().out) == (False, "")
    callback = TerminateOnNaN()
    callback.set_model(stage)
    assert callback.on_non_finite_loss(error)
    assert stage.stop_training
    assert stage.stop_reason == "TerminateOnNaN: the loss became infinite or NaN"
    assert capsys.readouterr().out == f"Invalid loss, terminating training: {error}\n"


def test_lambdas_are_called_at_their_moments() -> None:
    heard: list[tuple[Any, ...]] = []
    callback = LambdaCallback(
        on_train_begin=lambda logs=None: heard.append(("begin", logs)),
        on_train_batch_end=lambda batch, logs: heard.append((batch, logs)),
        on_epoch_end=lambda epoch, logs: heard.append(("epoch", epoch, logs)),
        on_test_begin=print,
    )
    whole(callback, moments([{"loss": 1.0}], batches=1))
    assert heard == [("begin", None), (0, {"loss": 1.0}), ("epoch", 0, {"loss": 1.0})]


def test_only_what_hears_batches_asks_for_them() -> None:
    class Old(Callback):
        heard = 0

        def on_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            self.heard += 1

    silent = [Callback(), Counting(), EarlyStopping(), ModelCheckpoint("a.npz"), LambdaCallback(on_epoch_end=print)]
    hearing = [Old(), ModelCheckpoint("a.npz", save_freq=3), LambdaCallback(on_train_batch_begin=print)]
    assert [callback.hears_batches() for callback in silent + hearing] == [False] * 5 + [True] * 3
    hearing[0].on_train_batch_end(0)
    assert hearing[0].heard == 1


@given(
    patience=st.integers(0, 20),
    min_delta=st.floats(0, 1),
    monitor=st.sampled_from(["val_loss", "accuracy"]),
    factor=st.floats(0, 1, exclude_max=True),
    name=st.sampled_from(["a.npz", "{epoch}-{seed}.npz"]),
    save_freq=st.just("epoch") | st.integers(1, 9),
    flag=st.booleans(),
)
def test_a_recipe_makes_the_same_callback_again(patience, min_delta, monitor, factor, name, save_freq, flag) -> None:
    made = [
        EarlyStopping(monitor, min_delta, patience, restore_best_weights=flag),
        ReduceLROnPlateau(monitor, factor, patience, min_delta=min_delta),
        ModelCheckpoint(name, monitor, save_freq=save_freq, save_best_only=flag),
        CSVLogger(name, separator=";", append=flag),
        TerminateOnNaN(raise_error=flag),
    ]
    for callback in made:
        recipe = callback_recipe(callback)
        arguments = json.loads(json.dumps(dict(recipe.arguments)))
        again = callback_of(CallbackRecipe(recipe.name, tuple(arguments.items())))
        assert type(again) is type(callback)
        assert vars(again) == vars(callback)
        assert callback_recipe(again) == recipe
        assert callback_named(recipe.name.lower(), **arguments).arguments() == callback.arguments()


def test_a_recipe_leaves_out_what_is_the_default() -> None:
    assert callback_recipe(EarlyStopping(patience=np.int64(0), min_delta=0.0)) == CallbackRecipe("EarlyStopping")
    assert callback_recipe(CSVLogger(Path("a.csv"))).arguments == (("filename", "a.csv"),)


def test_every_run_gets_a_copy_of_a_users_callback() -> None:
    mine = Counting()
    mine.set_model(threading.Lock())  # no copy of a model is wanted, and of this one there can be none
    recipe = callback_recipe(mine)
    assert (recipe.name.rpartition(":")[2], recipe.arguments) == ("Counting", ())
    one, other = callback_of(recipe), callback_of(recipe)
    one.on_epoch_end(1)
    assert (one.epochs, other.epochs, mine.epochs, recipe.own.epochs, one.model) == ([0, 1], [0], [0], [0], None)
    assert pickle.loads(pickle.dumps(EarlyStopping(patience=3))).patience == 3


def test_a_callback_with_a_function_is_kept_as_it_is() -> None:
    recipe = callback_recipe(LearningRateScheduler(abs, verbose=1))
    assert recipe.name.endswith("learning_rate_scheduler:LearningRateScheduler")
    assert recipe.arguments == (("verbose", 1),)
    assert callback_of(recipe).schedule is abs
    heard: list[int] = []
    callback_of(callback_recipe(LambdaCallback(on_epoch_end=lambda epoch, _: heard.append(epoch)))).on_epoch_end(4, {})
    assert heard == [4]


def test_what_cannot_be_copied_is_refused() -> None:
    mine = Counting()
    mine.lock = threading.Lock()
    with pytest.raises(
        UsageError, match=r"callbacks: expected a callback that can be copied.*got Counting \(cannot pickle"
    ):
        callback_recipe(mine)


def test_what_goes_on_exactly_is_known() -> None:
    exact = [EarlyStopping(), ModelCheckpoint("a.npz"), CSVLogger("a"), TerminateOnNaN(), Counting()]
    exact += [ReduceLROnPlateau(), LearningRateScheduler(abs)]
    # A class that inherits from one of ours may remember more than ours does.
    inexact = [LambdaCallback(), Forgetful(), HalfForgetful(), OwnStopping()]
    assert [resumes_exactly(callback) for callback in exact + inexact] == [True] * 7 + [False] * 4


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        (
            "EarlyStoping",
            {},
            r"callbacks: expected the name of a callback .*'EarlyStoping'. Did you mean 'EarlyStopping'",
        ),
        ("xyzzy", {}, r"Known: CSVLogger, EarlyStopping, ModelCheckpoint, ReduceLROnPlateau, TerminateOnNaN\."),
        ("TensorBoard", {}, r"expected one of CSVLogger, .*got 'TensorBoard'. Use CSVLogger\."),
        ("LearningRateScheduler", {}, r"got 'LearningRateScheduler'. Give the optimizer a schedule"),
        ("LambdaCallback", {}, r"got 'LambdaCallback'. Use Study"),
        ("mine:Own", {}, r"expected a callback of cnnlab's, got 'mine:Own'. Give it to a Study in Python"),
        ("EarlyStopping", {"patiance": 3}, r"EarlyStopping: .*got patiance=. Did you mean 'patience'"),
        ("EarlyStopping", {"patience": "3"}, r"EarlyStopping, patience: .*got '3'"),
        ("CSVLogger", {}, r"CSVLogger: expected filename=, got none"),
    ],
)
def test_a_wrong_name_is_refused_with_the_next_step(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        callback_named(name, **arguments)


def test_a_callback_named_by_itself_is_itself() -> None:
    mine = Counting()
    assert callback_named(mine) is mine
    assert isinstance(callback_named("reduce_lr_on_plateau"), ReduceLROnPlateau)


def test_what_only_looks_like_a_callback_is_refused() -> None:
    class Lookalike:
        def on_epoch_end(self, epoch: int, logs: object = None) -> None: ...

    with pytest.raises(UsageError, match=r"Lookalike. Let its class inherit from cnnlab\.keras\.callbacks\.Callback"):
        callback_recipe(Lookalike())
    with pytest.raises(UsageError, match=r"callbacks: expected a cnnlab\.keras\.callbacks\.Callback, got 3"):
        checked_callback(3)
    with pytest.raises(UsageError, match=r"got the class EarlyStopping. Write EarlyStopping\(\)"):
        checked_callback(EarlyStopping)


@pytest.mark.keras
def test_a_callback_of_real_keras_is_refused_with_where_ours_is() -> None:
    from keras_oracle import real_keras

    with pytest.raises(UsageError, match=r"got keras\..*EarlyStopping. Import EarlyStopping from cnnlab\.keras\.callb"):
        callback_recipe(real_keras().callbacks.EarlyStopping())


def test_a_hook_that_is_never_called_is_said() -> None:
    class Deep(Callback):
        def on_test_batch_end(self, batch: int, logs: object = None) -> None: ...

    with pytest.warns(CnnlabWarning, match=r"Deep\.on_test_batch_end is never called"):
        checked_callback(Deep())


def test_a_copy_of_a_callback_is_for_another_training() -> None:
    callback = EarlyStopping(patience=3)
    callback.set_model(Stage())
    assert deepcopy(callback).model is None
    assert callback.model is not None


def test_a_keras_name_that_is_not_here_is_not_among_those_that_are() -> None:
    from cnnlab.keras.absent import keras_names
    from cnnlab.training.callbacks.names import _KERAS_ONLY

    assert set(_KERAS_ONLY) <= keras_names()["callbacks"]
    assert not set(_KERAS_ONLY) & set(package.__all__)


def test_the_examples_in_docstrings_give_what_they_say() -> None:
    found = [f"{package.__name__}.{module.name}" for module in pkgutil.iter_modules(package.__path__)]
    results = [doctest.testmod(importlib.import_module(name)) for name in found]
    assert sum(result.attempted for result in results) >= 4
    assert sum(result.failed for result in results) == 0


def test_not_supported_is_what_it_is_called() -> None:
    with pytest.raises(NotSupportedError, match="TensorBoard"):
        callback_named("TensorBoard")
    with pytest.raises(NotSupportedError, match="weights"):
        ModelCheckpoint("a.h5")
