import io

import numpy as np
import pytest

from cnnlab.errors import UsageError
from cnnlab.keras import Sequential
from cnnlab.keras.display import in_kernel
from cnnlab.keras.progress import Progress, running_line, verbosity
from cnnlab.records import BatchDone, EpochDone, EpochRow, RunKey, RunStarted

Data = tuple[np.ndarray, np.ndarray]
KEY = RunKey("mine", 0)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_silence_prints_nothing(model: Sequential, data: Data, capsys: pytest.CaptureFixture[str]) -> None:
    model.fit(*data, verbose=0, validation_data=data)
    model.evaluate(*data, verbose=0)
    model.predict(data[0])
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("verbose", [2, "auto"])
def test_a_plain_line_for_each_epoch_where_nothing_can_be_redrawn(
    verbose: int, model: Sequential, data: Data, capsys: pytest.CaptureFixture[str]
) -> None:
    history = model.fit(*data, epochs=2, verbose=verbose, validation_data=data)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    for number, line in enumerate(lines):
        assert f"{number + 1}/2" in line
        assert f"val_accuracy {history.history['val_accuracy'][number]:.4f}" in line
        assert len(line) <= 80


def test_a_second_fit_counts_its_own_epochs(model: Sequential, data: Data, capsys: pytest.CaptureFixture[str]) -> None:
    model.fit(*data, epochs=2, verbose=0)
    model.fit(*data, verbose=2)
    assert "1/1" in capsys.readouterr().out


def test_a_terminal_sees_one_line_that_is_redrawn(
    model: Sequential, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    model.fit(*data, verbose="auto")
    drawn = terminal.getvalue().rstrip("\n").split("\r")
    assert terminal.getvalue().count("\n") == 1
    assert "left" in drawn[1]
    assert "left" not in drawn[-1]
    assert all(len(line) <= 80 for line in drawn)


def test_a_longer_line_is_wiped_by_the_next() -> None:
    terminal = Terminal()
    progress = Progress(1, 12, terminal)
    progress(RunStarted(KEY, 12, 469, 60000))
    progress(BatchDone(KEY, 1, 1, 1234.4657, 0.8501, 14.0))
    progress._drawn = -1.0  # as if that had been a while ago
    progress(BatchDone(KEY, 1, 234, 0.4657, 0.8501, 14.0))
    progress(EpochDone(KEY, EpochRow(1, 0.4, 0.8, None, None, 28.0), None))
    drawn = terminal.getvalue().rstrip("\n").split("\r")[1:]
    seen = [line.rstrip() for line in drawn]
    assert len(seen[0]) > len(seen[1]) > len(seen[2])
    assert len(drawn[1]) >= len(seen[0])
    assert len(drawn[2]) >= len(seen[1])


@pytest.mark.parametrize(("steps", "epochs"), [(1, 1), (469, 12), (60000, 1000)])
def test_the_running_line_keeps_to_eighty_columns(steps: int, epochs: int) -> None:
    lines = [
        running_line(BatchDone(KEY, epochs, s, 1234.5, 1.0, 1e5), epochs, steps) for s in {1, (steps + 1) // 2, steps}
    ]
    assert all(len(line) < 80 for line in lines)
    assert "[====================]" in running_line(BatchDone(KEY, 1, steps, 0.1, 0.9, 3.0), epochs, steps)


def test_evaluation_prints_one_line(model: Sequential, data: Data, capsys: pytest.CaptureFixture[str]) -> None:
    loss, accuracy = model.evaluate(*data, verbose=1)
    printed = capsys.readouterr().out
    assert printed.startswith("10/10  ")
    assert printed.endswith(f"loss {loss:.4f}  accuracy {accuracy:.4f}\n")


def test_a_notebook_is_told_from_a_terminal_and_a_pipe() -> None:
    kernel_stream = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})()
    assert in_kernel(kernel_stream)
    assert verbosity("auto", kernel_stream) == 1
    assert verbosity("auto", Terminal()) == 1
    assert verbosity("auto", io.StringIO()) == 2
    assert [verbosity(value, io.StringIO()) for value in (0, 1, 2, True, False)] == [0, 1, 2, 1, 0]
    with pytest.raises(UsageError, match=r"verbose: expected 'auto', 0, 1 or 2, got 'loud'"):
        verbosity("loud", io.StringIO())
