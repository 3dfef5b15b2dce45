"""Reads hostile files for the tests: imports once, and forks a child for each file that is named on its input.

A line in is JSON, ``{"reader": ..., "path": ..., "seconds": ...}``; a line out is an `Outcome` as JSON.
"""

import json
import os
import select
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from limited import Outcome, Watch
from readers import READERS, SUFFIXES
from sound import sound_files

_PATIENCE: Final = 30


def warm_up() -> None:
    """Let every reader read a sound file and refuse an empty one, so that no import is left for later."""
    warnings.simplefilter("ignore")  # to show one Python opens the source that it came from
    with tempfile.TemporaryDirectory() as folder:
        for reader, contents in sound_files().items():
            path = Path(folder, f"sound{SUFFIXES.get(reader, '')}")
            for written in (*contents, b""):
                path.write_bytes(written)
                try:
                    READERS[reader](path)
                except Exception as error:
                    if written:
                        raise RuntimeError(f"a sound file for {reader} was not read") from error


def in_a_child(answer: Callable[[], Outcome]) -> Outcome:
    """Fork, and return what the child answers."""
    back, out = os.pipe()
    child = os.fork()
    if not child:
        os.close(back)
        os.write(out, json.dumps(asdict(answer())).encode())
        os._exit(0)
    os.close(out)
    ready, _, _ = select.select([back], [], [], _PATIENCE)
    content = os.read(back, 1 << 16) if ready else b""
    os.close(back)
    if not content:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not content:
        how = "no end" if not ready else f"status {status}"
        return Outcome("broken", "Crash", f"the process ended without an answer: {how}", 0, 0, ())
    return Outcome(**json.loads(content))


def main() -> None:
    """Serve until the input ends."""
    warm_up()
    print("ready", flush=True)  # noqa: T201 - to whoever asks
    for line in sys.stdin:
        asked = json.loads(line)
        found = in_a_child(lambda: Watch(asked["seconds"]).read(asked["reader"], Path(asked["path"])))  # noqa: B023 - it is called at once
        print(json.dumps(asdict(found)), flush=True)  # noqa: T201 - likewise


if __name__ == "__main__":
    main()
