"""Callbacks of a study file watch numbers that a study has."""

from pathlib import Path

import pytest

from cnnlab.errors import StudyFileError
from cnnlab.lab.study_file import load_plan, plan_from_text


def written(monitor: str) -> str:
    callback = f'{{ name = "EarlyStopping", monitor = "{monitor}", mode = "max", patience = 2 }}'
    return f'name = "x"\n[[architecture]]\nname = "one"\nzoo = "lenet-5"\ncallbacks = [{callback}]\n'


@pytest.mark.parametrize(
    ("monitor", "message"),
    [
        (
            "val_recall",
            "EarlyStopping, monitor: expected a number that a study has, got 'val_recall'. Known: loss, acc",
        ),
        ("val_acc", "got 'val_acc'. Did you mean 'val_accuracy'"),
        ("val_los", "got 'val_los'. Did you mean 'val_loss'"),
    ],
)
def test_a_callback_of_a_study_file_that_watches_what_no_study_has_is_refused(
    tmp_path: Path, monitor: str, message: str
) -> None:
    (tmp_path / "study.toml").write_text(written(monitor))
    with pytest.raises(StudyFileError, match=message) as refused:
        load_plan(tmp_path / "study.toml")
    assert "architecture 'one'" in str(refused.value)


def test_the_numbers_of_a_study_can_be_watched_and_a_stored_study_may_watch_any(tmp_path: Path) -> None:
    for monitor in ("loss", "accuracy", "val_loss", "val_accuracy"):
        (tmp_path / "study.toml").write_text(written(monitor))
        (one,) = load_plan(tmp_path / "study.toml").architectures
        assert dict(one.recipe.callbacks[0].arguments).get("monitor", "val_loss") == monitor
    assert plan_from_text(written("of_ones_own"), "store").architectures[0].name == "one"


def test_a_callback_that_watches_nothing_is_no_concern(tmp_path: Path) -> None:
    text = written("loss").partition("callbacks")[0] + 'callbacks = ["TerminateOnNaN"]\n'
    (tmp_path / "study.toml").write_text(text)
    assert load_plan(tmp_path / "study.toml").architectures[0].recipe.callbacks[0].name == "TerminateOnNaN"
