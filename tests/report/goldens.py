"""Text that is compared to a file beside the tests."""

import os
from pathlib import Path

FOLDER = Path(__file__).with_name("golden")


def check(name: str, text: str) -> None:
    """Compare a text to its golden file; UPDATE_GOLDEN=1 in the environment writes the file instead."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
    assert path.exists(), f"{path} is missing: run UPDATE_GOLDEN=1 pytest {Path(__file__).parent}, then read it"
    assert f"{text}\n" == path.read_text(encoding="utf-8"), (
        f"differs from {path}; if the new text is meant, run UPDATE_GOLDEN=1 pytest {Path(__file__).parent}"
    )
