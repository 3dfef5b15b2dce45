"""Metrics in Keras' spelling: what compile takes, under which names the numbers come, who hears them, and files."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnlab.errors import CnnlabWarning, NotSupportedError, UsageError
from cnnlab.keras import Sequential, callbacks, metrics, models
from cnnlab.keras.layers import Dense, Flatten
from cnnlab.keras.progress import Progress, further_lines, running_line
from cnnlab.records import BatchDone, EpochRow, RunKey
from cnnlab.records import Precision as PrecisionRecord

Data = tuple[np.ndarray, np.ndarray]
SPARSE = "sparse_categorical_crossentropy"
ALL = (
    "accuracy",
    "top_k_categorical_accuracy",
    metrics.Precision(thresholds=0.3, name="precision"),
    metrics.Recall(thresholds=0.3, class_id=1, name="of_one"),
    metrics.BinaryAccuracy(),
    metrics.CategoricalAccuracy(name="right"),
)
NAMES = ["accuracy", "top_k_categorical_accuracy", "precision", "of_one", "binary_accuracy", "right"]


@pytest.fixture
def few(data: Data) -> Data:
    return data[0][:64], data[1][:64]


def small(told: Any, loss: str = "categorical_crossentropy") -> Sequential:  # noqa: ANN401 - what compile takes
    model = Sequential([Flatten(input_shape=(12, 12, 1)), Dense(4, activation="softmax")], seed=1)
    model.compile("adam", loss, metrics=told)
    return model


def fitted(told: Any, few: Data, *listed: Any, **others: Any) -> dict[str, list[float]]:  # noqa: ANN401
    arguments: dict[str, Any] = {"epochs": 2, "validation_data": few, "verbose": 0, **others}
    return small(told).fit(*few, callbacks=list(listed), **arguments).history


def test_numbers_come_under_keras_names_in_keras_order(few: Data) -> None:
    model = small(ALL)
    shown = sorted(["loss", *NAMES])
    assert list(model.fit(*few, verbose=0, validation_data=few).history) == [*shown, *(f"val_{n}" for n in shown)]
    assert model.metrics_names == ["loss", *NAMES]
    listed, named = model.evaluate(*few, verbose=0), model.evaluate(*few, verbose=0, return_dict=True)
    assert list(named) == shown
    assert listed == [named[name] for name in ("loss", *NAMES)]
    assert named["right"] == named["accuracy"]
    assert list(model.train_on_batch(*few, return_dict=True)) == shown
    assert len(model.test_on_batch(*few)) == len(shown)


def test_a_metric_says_of_an_evaluation_what_its_definition_says_of_the_outputs(few: Data) -> None:
    model = small([metrics.TopKCategoricalAccuracy(2, "top"), metrics.Precision(0.3, name="p"), metrics.Recall(0.3)])
    model.fit(*few, epochs=3, verbose=0)
    outputs, y = model.predict(few[0]), few[1]
    _, top, precision, recall = model.evaluate(*few, verbose=0)
    right = (outputs > 0.3)[y == 1].sum()
    assert precision == right / (outputs > 0.3).sum()
    assert recall == right / len(y)
    assert top == np.mean([y[i].argmax() in outputs[i].argsort()[-2:] for i in range(len(y))])
    assert 0 < recall < precision < 1


def test_names_are_unique_as_keras_makes_them(few: Data) -> None:
    assert small([metrics.Precision(), metrics.Precision(class_id=1)]).metrics_names == [
        "loss",
        "precision",
        "precision_1",
    ]
    history = fitted(["recall", "recall", "Recall", "accuracy", "accuracy"], few)
    assert sorted(history)[:6] == ["Recall", "accuracy", "accuracy_1", "loss", "recall", "recall_1"]
    assert history["recall"] == history["recall_1"]


def test_a_metric_is_called_by_name_in_either_spelling_by_its_function_or_by_its_class() -> None:
    told = ["Precision", metrics.top_k_categorical_accuracy, metrics.Recall]
    assert small(told).metrics_names == ["loss", "Precision", "top_k_categorical_accuracy", "recall"]
    assert metrics.get("sparse_top_k_categorical_accuracy") == metrics.SparseTopKCategoricalAccuracy()
    assert small("accuracy").metrics_names == ["loss", "accuracy"]


def test_class_numbers_have_metrics_of_their_own(few: Data) -> None:
    told = [metrics.SparseTopKCategoricalAccuracy(2), metrics.SparseCategoricalAccuracy(), "accuracy"]
    sparse, rows = small(told, SPARSE), small([metrics.TopKCategoricalAccuracy(2), metrics.CategoricalAccuracy()])
    numbers = sparse.evaluate(few[0], few[1].argmax(1), verbose=0)
    assert numbers[1:3] == rows.evaluate(*few, verbose=0)[1:]
    assert numbers[2] == numbers[3]


@pytest.mark.parametrize(
    ("told", "loss", "kind", "message"),
    [
        (["auc"], None, NotSupportedError, "compile, metrics: expected one of 'accuracy', BinaryAccuracy, .*got 'auc'"),
        (["F1Score"], None, NotSupportedError, "got 'F1Score'"),
        (["mae"], None, NotSupportedError, "got 'mae'"),
        (["recal"], None, UsageError, "got 'recal'. Did you mean 'recall'"),
        ([5], None, UsageError, "compile, metrics: expected one of .*, got 5"),
        (
            [lambda *_: 0],
            None,
            NotSupportedError,
            "compile, metrics: expected one of .*, got <lambda>, one of your own",
        ),
        ([metrics.Recall(name="loss")], None, UsageError, "metrics, name: expected a name .*, got 'loss'. .*'my_loss'"),
        ([metrics.Recall(name="val_loss")], None, UsageError, "expected a name that is not .*, got 'val_loss'"),
        ([metrics.BinaryAccuracy("learning_rate")], None, UsageError, "expected a name .*, got 'learning_rate'"),
        ([metrics.CategoricalAccuracy("epoch")], None, UsageError, "expected a name that is not .*, got 'epoch'"),
        (
            ["precision"],
            SPARSE,
            UsageError,
            r"compile, metrics: .*got Precision, .* Use y = to_categorical\(y\) and loss",
        ),
        (["binary_accuracy"], SPARSE, UsageError, "got BinaryAccuracy, which reads one-hot labels"),
        (["top_k_categorical_accuracy"], SPARSE, UsageError, "Write SparseTopKCategoricalAccuracy"),
        (["categorical_accuracy"], SPARSE, UsageError, "Write SparseCategoricalAccuracy"),
        (["sparse_top_k_categorical_accuracy"], None, UsageError, "Write TopKCategoricalAccuracy"),
    ],
)
def test_what_compile_cannot_count_is_refused_with_what_to_write(
    told: list[Any], loss: str | None, kind: type[Exception], message: str
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        small(told, loss or "categorical_crossentropy")
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: metrics.Precision(top_k=3), "Precision: expected top_k=None, the only value cnnlab has, got top_k=3"),
        (lambda: metrics.Recall([0.3, 0.5]), r"Recall, thresholds: expected a single .* Write a Recall for each"),
        (lambda: metrics.Recall(dtype="float64"), "Recall: expected dtype=None"),
        (lambda: metrics.SparseTopKCategoricalAccuracy(from_sorted_ids=True), "expected from_sorted_ids=False"),
        (lambda: metrics.BinaryAccuracy(dtype="float16"), "BinaryAccuracy: expected dtype=None"),
        (lambda: metrics.AUC, "metrics: expected a name that cnnlab has, got AUC, which only Keras has"),
    ],
)
def test_what_keras_metrics_have_and_these_do_not_is_refused_by_name(make: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(NotSupportedError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: metrics.Precision(treshold=0.3), "Precision: .*got treshold=. Did you mean 'thresholds'"),
        (lambda: metrics.Recall(class_ids=1), "Recall: .*Did you mean 'class_id'"),
        (lambda: metrics.BinaryAccuracy(thresholds=0.3), "BinaryAccuracy: .*Did you mean 'threshold'"),
        (lambda: metrics.TopKCategoricalAccuracy(top_k=3), "TopKCategoricalAccuracy: .*Known: k, name, dtype"),
    ],
)
def test_a_mistyped_argument_is_answered_with_the_right_one(make: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(UsageError, match=message):
        make()


def test_a_list_of_one_threshold_is_that_threshold() -> None:
    assert metrics.Precision([0.3], name="p") == PrecisionRecord(thresholds=0.3, name="p")


def test_a_class_that_the_network_has_not_is_refused_before_anything_is_trained(few: Data) -> None:
    with pytest.raises(UsageError, match="Recall, class_id: expected a class from 0 to 3, got 4"):
        fitted([metrics.Recall(class_id=4)], few)


# Who hears them.


@pytest.mark.parametrize("name", ["val_recall", "precision_1", "val_binary_accuracy", "Recall", "val_accuracy_1"])
@pytest.mark.parametrize("kind", ["EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint"])
def test_auto_knows_that_more_of_a_metric_is_better(name: str, kind: str) -> None:
    made = getattr(callbacks, kind)(*(["w.npz"] if kind == "ModelCheckpoint" else []), monitor=name)
    assert made._maximizes


@pytest.mark.parametrize("name", ["val_recal", "mine", "recall_", "val_loss_1"])
def test_auto_does_not_guess(name: str) -> None:
    with pytest.raises(UsageError, match="known whether more is better"):
        callbacks.EarlyStopping(monitor=name)


def test_early_stopping_ends_where_a_metric_no_longer_grows(few: Data) -> None:
    never = metrics.Recall(thresholds=1, name="recall")
    history = fitted([never], few, callbacks.EarlyStopping(monitor="val_recall", patience=1), epochs=5)
    assert history["val_recall"] == [0.0, 0.0]


def test_a_missing_number_is_told_with_those_that_are_there(few: Data) -> None:
    with pytest.warns(CnnlabWarning, match="no val_precision to monitor. Available: .*recall, .*val_recall"):
        fitted(["recall"], few, callbacks.EarlyStopping(monitor="val_precision"))


def test_the_table_has_a_column_for_each(few: Data, tmp_path: Path) -> None:
    history = fitted(ALL, few, callbacks.CSVLogger(tmp_path / "log.csv"))
    with (tmp_path / "log.csv").open() as table:
        rows = list(csv.DictReader(table))
    assert list(rows[0]) == ["epoch", *sorted(history)]
    assert [float(row["val_of_one"]) for row in rows] == history["val_of_one"]


def test_lines_tell_the_metrics_beneath_the_epochs(few: Data, capsys: pytest.CaptureFixture[str]) -> None:
    told = [metrics.Recall(0.3, name="recall"), metrics.Precision(name="a_long_name_of_a_metric_of_somebodys")]
    history = fitted(told, few, epochs=1, verbose=2)
    first, *more = capsys.readouterr().out.splitlines()
    assert "val_accuracy" in first
    numbers = " ".join(more).split()
    assert numbers[:2] == ["recall", f"{history['recall'][0]:.4f}"]
    assert numbers[4:6] == ["val_recall", f"{history['val_recall'][0]:.4f}"]
    assert all(len(line) <= 80 and line.startswith("   ") for line in more)
    small(told).evaluate(*few)
    assert "a_long_name_of_a_metric_of_somebodys 0.0000" in " ".join(capsys.readouterr().out.split())


def test_a_line_under_way_tells_what_has_room() -> None:
    batch = BatchDone(RunKey("a", 0), 10, 234, 0.4657, 0.8501, 14.0, (0.5, 0.25))
    start = "10/12 234/469  loss 0.4657  accuracy 0.8501"
    assert running_line(batch, 12, 469, ["recall", "precision"]) == f"{start}  recall 0.5000  14s left"
    assert running_line(batch, 12, 469, ["a_name_of_very_many_letters", "p"]) == f"{start}  p 0.2500  14s left"


def test_without_further_metrics_nothing_stands_beneath() -> None:
    stream = io.StringIO()
    assert not further_lines(EpochRow(1, 0.5, 0.5, 0.5, 0.5, 1.0), [])
    assert Progress(2, 1, stream)._counted == ()


def test_the_figure_in_a_notebook_has_their_numbers(few: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    class Place:
        texts: list[str] = []  # noqa: RUF012 - of this test alone

        def show(self, html: str, text: str) -> None:
            self.texts.append(text if "of_one" in html else "")

    monkeypatch.setattr("cnnlab.keras.fitting.live_display", Place)
    history = fitted(ALL, few, verbose=1)
    assert f"of_one {history['of_one'][-1]:.4f}" in Place.texts[-1]
    assert f"val_of_one {history['val_of_one'][-1]:.4f}" in Place.texts[-1]


def test_a_second_fit_and_a_new_compile_begin_counting_anew(few: Data) -> None:
    model = small(["recall"])
    model.fit(*few, verbose=0)
    model.compile("sgd", "categorical_crossentropy", metrics=[metrics.Precision(name="p")])
    assert list(model.fit(*few, verbose=0).history) == ["loss", "p"]
    assert list(model.evaluate(*few, verbose=0, return_dict=True)) == ["loss", "p"]


# Files.


def test_a_file_keeps_the_metrics_with_their_names_and_arguments(few: Data, tmp_path: Path) -> None:
    model = small(ALL)
    model.save(tmp_path / "m.keras")
    read = models.load_model(tmp_path / "m.keras")
    assert read._compiled == model._compiled
    assert read.evaluate(*few, verbose=0, return_dict=True) == model.evaluate(*few, verbose=0, return_dict=True)
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        told = json.loads(archive.read("config.json"))["compile_config"]["metrics"]
    assert told[0] == "accuracy"
    assert told[2] == {
        "module": "keras.metrics",
        "class_name": "Precision",
        "config": {"name": "precision", "dtype": "float32", "thresholds": 0.3, "class_id": None, "top_k": None},
        "registered_name": None,
    }


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"name": "p", "top_k": 5}, "expected top_k=None"),
        ({"name": "p", "thresholds": [0.1, 0.2]}, "expected a single threshold"),
        ({"name": "p", "class_id": "x"}, "class_id: expected a whole number"),
        ({"name": "p", "surprise": 1}, "Precision: expected an argument it has, got surprise="),
        ({"name": "p", "k": 1}, "Precision: expected an argument it has, got k="),
        ({"name": "p", "dtype": "float16"}, "expected dtype="),
    ],
)
def test_a_file_with_a_metric_that_cannot_be_is_refused(config: dict[str, Any], message: str, tmp_path: Path) -> None:
    model = small(["precision"])
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    told = json.loads(parts["config.json"])
    told["compile_config"]["metrics"][0]["config"] = config
    parts["config.json"] = json.dumps(told).encode()
    with zipfile.ZipFile(tmp_path / "n.keras", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(UsageError, match=rf"compile_config: .*{message}.*compile=False loads the model without it"):
        models.load_model(tmp_path / "n.keras")
