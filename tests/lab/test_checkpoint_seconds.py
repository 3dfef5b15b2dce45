"""The seconds between two checkpoints come from a variable, or are five."""

import pytest

from cnnlab.errors import UsageError
from cnnlab.lab.checkpointing import CHECKPOINT_EVERY, CHECKPOINT_VARIABLE, checkpoint_seconds


@pytest.mark.parametrize(
    ("given", "seconds"), [(None, CHECKPOINT_EVERY), ("", CHECKPOINT_EVERY), ("0", 0), ("2.5", 2.5)]
)
def test_the_variable_says_how_many_seconds(monkeypatch: pytest.MonkeyPatch, given: str | None, seconds: float) -> None:
    monkeypatch.delenv(CHECKPOINT_VARIABLE, raising=False)
    if given is not None:
        monkeypatch.setenv(CHECKPOINT_VARIABLE, given)
    assert checkpoint_seconds() == seconds


@pytest.mark.parametrize("given", ["-1", "nan", "inf", "five"])
def test_what_is_no_number_of_seconds_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv(CHECKPOINT_VARIABLE, given)
    with pytest.raises(UsageError, match=f"{CHECKPOINT_VARIABLE}: expected seconds from 0 on, got '{given}'"):
        checkpoint_seconds()
