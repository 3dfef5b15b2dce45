import io
import signal
import sys
import threading
from types import FrameType
from typing import Any

import numpy as np
import pytest

from cnnlab.files.interrupt import interrupt_held
from cnnlab.files.npz import npz_bytes, read_npz


def test_a_ctrl_c_that_is_held_back_comes_as_the_block_ends() -> None:
    reached = []

    def pressed() -> None:
        with interrupt_held():
            signal.raise_signal(signal.SIGINT)
            reached.append("the end")

    with pytest.raises(KeyboardInterrupt):
        pressed()
    assert reached == ["the end"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_thread_holds_nothing_back_and_changes_no_handler() -> None:
    seen: list[Any] = []

    def inside() -> None:
        with interrupt_held():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]


@pytest.mark.parametrize("way", ["written", "read"])
def test_a_ctrl_c_at_any_line_of_the_making_of_a_zip_file_leaves_nothing_for_python_to_complain_of(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = npz_bytes({"a": np.arange(3)})
    complaints: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    pressed_at = 0
    while True:
        pressed_at += 1
        lines = 0

        def press(frame: FrameType, event: str, _: object, at: int = pressed_at) -> object:
            nonlocal lines
            if frame.f_code.co_filename.endswith("zipfile.py") and frame.f_code.co_name == "__init__":
                lines += event == "line"
                if event == "line" and lines == at:
                    signal.raise_signal(signal.SIGINT)
            return press

        sys.settrace(press)
        try:
            npz_bytes({"a": np.arange(3)}) if way == "written" else read_npz(io.BytesIO(content))
        except KeyboardInterrupt:
            continue
        finally:
            sys.settrace(None)
        break
    assert pressed_at > 20
    assert not complaints
